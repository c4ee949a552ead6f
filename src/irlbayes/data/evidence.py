"""Evidence bases: a folder with its declaration, or one file with a table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.readings import Reading
from irlbayes.core.scales import SCALES
from irlbayes.core.treatment import is_interaction
from irlbayes.core.types import Column, Kind, Outcome, Published, Report, ReportTable, Threshold
from irlbayes.data.common_scale import common_scale
from irlbayes.data.files import RawTable, decode, read_bytes, read_table
from irlbayes.data.published import read_published
from irlbayes.data.readings import read_readings
from irlbayes.data.reports import make_reports, vocabulary
from irlbayes.data.rules import check_cells, required, unique
from irlbayes.data.sources import ours, read_source

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


def bundled() -> dict[str, Path]:
    """Return the bundled evidence bases by name."""
    return {path.parent.name: path.parent for path in sorted(folder("data").glob("*/evidence.toml"))}


def read_evidence(
    evidence: str | Path, kinds: Mapping[str, Kind], scale: str | None = None, sheet: str | None = None
) -> ReportTable:
    """Read and validate an evidence base.

    Parameters
    ----------
    evidence : str or Path
        A bundled name (``irl``), a folder like `data/irl`, or a CSV, XLSX or RevMan 5 file.
    kinds : Mapping
        Report kinds by name.
    scale : str, optional
        Scale of a file's effects; by default the one that the file says, and ``none`` where it says none. A folder
        and a RevMan file declare their own.
    sheet : str, optional
        Sheet of a spreadsheet; by default the first one that has a table.

    Returns
    -------
    ReportTable

    Raises
    ------
    InputError
        With every problem found.
    """
    refuse_unknown("--scale", [scale] if scale is not None else [], SCALES)
    path = Path(evidence)
    known = bundled()
    if not path.exists() and str(evidence) in known:
        path = known[str(evidence)]
    if path.is_dir():
        if sheet is not None:
            raise InputError(
                Problem(str(path), "a sheet is named for a spreadsheet alone", "Leave the sheet out.", value=sheet)
            )
        if scale is not None:
            raise InputError(
                Problem(
                    "--scale",
                    "an evidence folder declares the scale of each outcome",
                    "Leave --scale out.",
                    value=scale,
                )
            )
        return _read_folder(path, kinds)
    if not path.exists():
        raise InputError(
            Problem(
                str(evidence),
                "there is no such file, folder or bundled evidence base",
                f"Bundled: {', '.join(known)}. Otherwise give the path of a file or a folder.",
            )
        )
    return _read_file(path, kinds, scale, sheet)


def _read_file(path: Path, kinds: Mapping[str, Kind], scale: str | None, sheet: str | None) -> ReportTable:
    raw, digest = read_source(path, sheet)
    if scale is not None and raw.scales:
        raise InputError(
            Problem("--scale", f"{raw.file} says the scale of its analyses", "Leave --scale out.", value=scale)
        )
    table, problems = ours(raw, vocabulary(kinds))
    reports = make_reports(table, kinds, None, problems)
    outcomes, words = _outcomes_of_rows(reports, kinds, table.scales, scale)
    return ReportTable(path.stem, path.name, str(path), digest, reports, outcomes, reading=(*table.notes, *words))


def _outcomes_of_rows(
    reports: tuple[Report, ...], kinds: Mapping[str, Kind], said: Mapping[str, str], scale: str | None
) -> tuple[dict[str, Outcome], list[str]]:
    """Return the outcomes of a plain table, each on the scale that is given, or else that the file or its rows say."""
    outcomes: dict[str, Outcome] = {}
    words: list[str] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(report.outcome for report in reports):
        rows = [report for report in reports if report.outcome == name]
        chosen, sentence = said.get(name) or scale or "", ""
        if not chosen:
            try:
                chosen, sentence = common_scale(rows, kinds)
            except InputError as error:
                problems += error.problems
                continue
        words += [f"{name}: {sentence}"] if sentence else []
        units = {report.text("unit") for report in rows} - {""}
        unit = units.pop() if SCALES[chosen].own_unit and len(units) == 1 else ""
        by_irl = any(report.use == "primary" and is_interaction(report, kinds[report.kind]) for report in rows)
        outcomes[name] = Outcome(
            name=name,
            label=name,
            scale=chosen,
            null=SCALES[chosen].null,
            harm="",
            unit=unit,
            treatment="interaction" if by_irl else "",
        )
    if problems:
        raise InputError(problems)
    return outcomes, words


def _read_folder(path: Path, kinds: Mapping[str, Kind]) -> ReportTable:
    declaration = path / "evidence.toml"
    content = _read_toml(declaration)
    tables = {name: path / name for name in ("reports.csv", "studies.csv", "published_pooled.csv", "readings.csv")}
    published = read_published(tables["published_pooled.csv"]) if tables["published_pooled.csv"].exists() else {}
    outcomes, problems = _outcomes(str(declaration), content, published)
    if problems:
        raise InputError(problems)
    table, problems = ours(read_table(tables["reports.csv"]), vocabulary(kinds), aliases=False)
    reports = make_reports(table, kinds, list(outcomes), problems)
    problems = _unknown_contrasts(reports, content.get("contrasts", {}))
    studies: dict[str, dict[str, str]] = {}
    if tables["studies.csv"].exists():
        raw = read_table(tables["studies.csv"])
        problems += _study_problems(raw, reports)
        studies = {cells["study"]: cells for _, cells in raw.rows if "study" in cells}
    readings: tuple[Reading, ...] = ()
    if tables["readings.csv"].exists():
        try:
            readings = read_readings(tables["readings.csv"], reports, kinds)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    digest = sha256()
    for file in sorted([declaration, *(table for table in tables.values() if table.exists())]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return ReportTable(
        name=str(content.get("name", path.name)),
        title=str(content.get("title", path.name)),
        source=str(path),
        sha256=digest.hexdigest(),
        reports=reports,
        outcomes=outcomes,
        notes=tuple(content.get("notes", ())),
        published={name: tuple(rows) for name, rows in published.items()},
        reading=table.notes,
        studies=studies,
        contrasts={str(name): str(words) for name, words in content.get("contrasts", {}).items()},
        readings=readings,
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(decode(read_bytes(path), str(path)))
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(str(path), f"the TOML cannot be read: {error}", "Correct the file there.")) from None
    if content.get("schema") != SCHEMA:
        raise InputError(
            Problem(
                str(path),
                f'schema = "{SCHEMA}" on the first line',
                "Add it, or update the file to this version.",
                value=str(content.get("schema", "")),
            )
        )
    if not isinstance(content.get("outcomes"), dict) or not content["outcomes"]:
        raise InputError(
            Problem(str(path), "at least one [outcomes.NAME] table", "Declare the outcomes of reports.csv.")
        )
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


def _unknown_contrasts(reports: tuple[Report, ...], contrasts: Mapping[str, str]) -> list[Problem]:
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
