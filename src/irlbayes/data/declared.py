"""What an evidence base declares, and its rows held to it: from texts, wherever they are kept."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.readings import Reading
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Column, Kind, Outcome, Published, Report, ReportTable, Threshold
from irlbayes.data.files import RawTable, parse_table
from irlbayes.data.published import read_published
from irlbayes.data.readings import read_readings
from irlbayes.data.reports import make_reports
from irlbayes.data.rules import check_cells, required, unique

DECLARATION = "evidence.toml"
PUBLISHED = "published_pooled.csv"
STUDIES_FILE, READINGS_FILE = BESIDE = "studies.csv", "readings.csv"
SCHEMA = "irlbayes/evidence/1"
OUTCOME_KEYS = {
    "label",
    "scale",
    "unit",
    "harm",
    "model",
    "instruments",
    "only_instruments",
    "contrasts",
    "beside",
    "notes",
    "thresholds",
    "treatment",
    "under_treatment",
}
TREATMENT = ("", "interaction", "response", "exposure")
THRESHOLD_KINDS = ("between-group", "within-patient", "distribution-based", "conventional")
STUDIES = (
    Column("study", "name of the study, as in reports.csv", "text"),
    Column("cohort", "patients behind it", "text"),
    Column("year", "year of publication", "count"),
    Column("n_total", "patients in all", "count"),
    Column("n_irl_pos", "patients with rim lesions", "count"),
    Column("n_irl_neg", "patients without", "count"),
)


@dataclass(frozen=True)
class Declared:
    """What an evidence base says about itself, without its rows."""

    name: str
    title: str
    outcomes: Mapping[str, Outcome]
    notes: tuple[str, ...] = ()
    published: Mapping[str, tuple[Published, ...]] = field(default_factory=dict)
    contrasts: Mapping[str, str] = field(default_factory=dict)


def declaration(texts: Mapping[str, str], place: str) -> Declared:
    """Read what an evidence base declares.

    Parameters
    ----------
    texts : Mapping
        Text of `evidence.toml`, and of `published_pooled.csv` where there is one.
    place : str
        Folder to name in messages.

    Returns
    -------
    Declared

    Raises
    ------
    InputError
        With every problem found.
    """
    file = str(Path(place) / DECLARATION)
    content = _content(texts[DECLARATION], file)
    beside = str(Path(place) / PUBLISHED)
    published = read_published(parse_table(texts[PUBLISHED], beside)) if PUBLISHED in texts else {}
    outcomes, problems = _outcomes(file, content, published)
    if problems:
        raise InputError(problems)
    base = Path(place).name
    return Declared(
        name=str(content.get("name", base)),
        title=str(content.get("title", base)),
        outcomes=outcomes,
        notes=tuple(content.get("notes", ())),
        published={name: tuple(rows) for name, rows in published.items()},
        contrasts={str(name): str(words) for name, words in content.get("contrasts", {}).items()},
    )


def hold(
    declared: Declared,
    rows: RawTable,
    kinds: Mapping[str, Kind],
    place: str,
    digest: str,
    studies: RawTable | None = None,
    readings: RawTable | None = None,
    cells: Sequence[Problem] = (),
) -> ReportTable:
    """Hold rows to what their evidence base declares.

    Parameters
    ----------
    declared : Declared
    rows : RawTable
        Under our names.
    kinds : Mapping
        Report kinds by name.
    place, digest : str
        Where the rows are from, and the hash of what was read.
    studies, readings : RawTable, optional
        `studies.csv` and `readings.csv`.
    cells : sequence of Problem
        Problems of cells that are known already, to be told with all others.

    Returns
    -------
    ReportTable

    Raises
    ------
    InputError
        With every problem found.
    """
    reports = make_reports(rows, kinds, list(declared.outcomes), cells)
    problems = unknown_contrasts(reports, declared.contrasts)
    problems += [] if studies is None else _study_problems(studies, reports)
    read: tuple[Reading, ...] = ()
    if readings is not None:
        try:
            read = read_readings(readings, reports, kinds)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return ReportTable(
        name=declared.name,
        title=declared.title,
        source=place,
        sha256=digest,
        reports=reports,
        outcomes=declared.outcomes,
        notes=declared.notes,
        published=declared.published,
        reading=rows.notes,
        studies={cells["study"]: cells for _, cells in (studies.rows if studies else ()) if "study" in cells},
        contrasts=declared.contrasts,
        readings=read,
    )


def _content(text: str, file: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(file, f"the TOML cannot be read: {error}", "Correct the file there.")) from None
    if content.get("schema") != SCHEMA:
        raise InputError(
            Problem(
                file,
                f'schema = "{SCHEMA}" on the first line',
                "Add it, or update the file to this version.",
                value=str(content.get("schema", "")),
            )
        )
    if not isinstance(content.get("outcomes"), dict) or not content["outcomes"]:
        raise InputError(Problem(file, "at least one [outcomes.NAME] table", "Declare the outcomes of reports.csv."))
    return content


def _outcomes(
    file: str, content: Mapping[str, Any], published: Mapping[str, list[Published]]
) -> tuple[dict[str, Outcome], list[Problem]]:
    outcomes: dict[str, Outcome] = {}
    problems: list[Problem] = []
    for name, table in content["outcomes"].items():
        place = f"[outcomes.{name}]"
        broken = _outcome_problems(file, place, table, content.get("contrasts", {}))
        beside = []
        for review, measure in table.get("beside", []):
            found = [row for row in published.get(name, []) if (row.review, row.measure) == (review, measure)]
            beside += found
            if not found:
                broken.append(
                    Problem(
                        file,
                        f"{place} beside names a row of published_pooled.csv",
                        "Copy review and measure as they stand there.",
                        value=f"{review}, {measure}",
                    )
                )
        problems += broken
        if not broken:
            outcomes[name] = Outcome(
                name=name,
                label=table.get("label", name),
                scale=table["scale"],
                null=SCALES[table["scale"]].null,
                harm=table.get("harm", ""),
                unit=table.get("unit", ""),
                model=table.get("model", ""),
                instruments=tuple(table.get("instruments", ())),
                only_instruments=bool(table.get("only_instruments", False)),
                contrasts=tuple(table.get("contrasts", ())),
                thresholds=tuple(
                    Threshold(float(t["value"]), t["kind"], t["source"]) for t in table.get("thresholds", ())
                ),
                reference=tuple(beside),
                notes=tuple(table.get("notes", ())),
                treatment=table.get("treatment", ""),
                under_treatment=tuple(table.get("under_treatment", ())),
            )
    return outcomes, problems


def _outcome_problems(file: str, place: str, table: Mapping[str, Any], contrasts: Mapping[str, str]) -> list[Problem]:
    problems = [
        Problem(file, f"{place} has no key {key}", f"Known keys: {', '.join(sorted(OUTCOME_KEYS))}.")
        for key in sorted(set(table) - OUTCOME_KEYS)
    ]
    scale = table.get("scale", "")
    if scale not in SCALES:
        problems.append(
            Problem(file, f"{place} scale is one of {', '.join(SCALES)}", "Name the scale.", value=str(scale))
        )
    elif SCALES[scale].own_unit and not table.get("unit"):
        problems.append(
            Problem(file, f"{place} needs a unit: its scale, {scale}, has none of its own", 'Add unit = "...".')
        )
    if table.get("harm", "") not in ("+", "-", ""):
        problems.append(
            Problem(file, f"{place} harm is +, - or empty", "Name the sign that is worse.", value=str(table["harm"]))
        )
    problems += _treatment_problems(file, place, table)
    for contrast in table.get("contrasts", []):
        if contrast not in contrasts:
            problems.append(
                Problem(file, f"{place} names a contrast of [contrasts]", "Declare it there.", value=str(contrast))
            )
    for threshold in table.get("thresholds", []):
        if set(threshold) != {"value", "kind", "source"} or threshold["kind"] not in THRESHOLD_KINDS:
            problems.append(
                Problem(
                    file,
                    f"{place} thresholds have value, kind ({', '.join(THRESHOLD_KINDS)}) and source",
                    "Complete the threshold.",
                    value=str(threshold),
                )
            )
    return problems


def _treatment_problems(file: str, place: str, table: Mapping[str, Any]) -> list[Problem]:
    said, scale = table.get("treatment", ""), SCALES.get(table.get("scale", ""))
    if said not in TREATMENT:
        words = f"{place} treatment is one of {', '.join(TREATMENT[1:])}, or left out"
        return [Problem(file, words, "Correct it.", value=str(said))]
    if said != "interaction":
        return []
    problems = []
    if table.get("harm", "") not in ("+", "-"):
        words = f"{place} compares effects of treatment, and needs to know which sign is worse for patients"
        problems.append(Problem(file, words, 'Add harm = "+" where more is worse, harm = "-" where less is.'))
    if scale is not None and scale.null is None:
        words = f"{place} compares effects of treatment, and its scale has no value of no effect"
        problems.append(Problem(file, words, "Name the scale of a comparison, such as log_or.", value=scale.name))
    return problems


def _study_problems(table: RawTable, reports: tuple[Report, ...]) -> list[Problem]:
    missing = [name for name in ("study", "cohort") if name not in table.header]
    if missing:
        return [Problem(table.file, f"the columns {', '.join(missing)} are missing", "Add them.")]
    problems = check_cells(table, STUDIES) + required(table, ("study", "cohort")) + unique(table, "study")
    cohorts = {cells["study"]: cells.get("cohort") for _, cells in table.rows if "study" in cells}
    for report in reports:
        if report.study not in cohorts:
            problems.append(
                Problem(
                    report.file,
                    f"a study of {table.file}",
                    "Add the study there, or correct its name.",
                    report.line,
                    "study",
                    report.study,
                )
            )
        elif cohorts[report.study] != report.cohort:
            problems.append(
                Problem(
                    report.file,
                    f"the cohort that {table.file} gives this study: {cohorts[report.study]}",
                    "Correct one of the two.",
                    report.line,
                    "cohort",
                    report.cohort,
                )
            )
    return problems


def unknown_contrasts(reports: Sequence[Report], contrasts: Mapping[str, str]) -> list[Problem]:
    """Return a problem for every row whose contrast is not declared."""
    return [
        Problem(
            report.file,
            f"a contrast that evidence.toml declares: {', '.join(contrasts)}",
            "Correct it, or declare it.",
            report.line,
            "contrast",
            report.text("contrast"),
        )
        for report in reports
        if contrasts and report.text("contrast") and report.text("contrast") not in contrasts
    ]
