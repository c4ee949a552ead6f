"""Evidence bases: a folder with its declaration, or one file with a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.scales import SCALES
from irlbayes.core.treatment import is_interaction
from irlbayes.core.types import Kind, Outcome, Report, ReportTable
from irlbayes.data.common_scale import common_scale
from irlbayes.data.declared import BESIDE, DECLARATION, PUBLISHED, declaration, hold
from irlbayes.data.files import RawTable, decode, parse_table, read_bytes, read_table
from irlbayes.data.reports import make_reports, vocabulary
from irlbayes.data.sources import ours, read_source

ROWS = "reports.csv"


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
    return table_of_rows(raw, kinds, path.stem, path.name, str(path), digest, scale)


def table_of_rows(
    raw: RawTable,
    kinds: Mapping[str, Kind],
    name: str,
    title: str,
    source: str,
    digest: str,
    scale: str | None = None,
) -> ReportTable:
    """Turn the rows of a file, as they stand in it, into an evidence base.

    Parameters
    ----------
    raw : RawTable
    kinds : Mapping
        Report kinds by name.
    name, title, source, digest : str
        Of the evidence base: where the rows are from, and the hash of what was read.
    scale : str, optional
        Scale of the effects; the one that the rows can all speak on by default.

    Returns
    -------
    ReportTable

    Raises
    ------
    InputError
        With every problem found.
    """
    if scale is not None and raw.scales:
        raise InputError(
            Problem("--scale", f"{raw.file} says the scale of its analyses", "Leave --scale out.", value=scale)
        )
    table, problems = ours(raw, vocabulary(kinds))
    reports = make_reports(table, kinds, None, problems)
    outcomes, words = outcomes_of_rows(reports, kinds, table.scales, scale)
    return ReportTable(name, title, source, digest, reports, outcomes, reading=(*table.notes, *words))


def outcomes_of_rows(
    reports: tuple[Report, ...], kinds: Mapping[str, Kind], said: Mapping[str, str], scale: str | None
) -> tuple[dict[str, Outcome], list[str]]:
    """Return the outcomes of a plain table, each on the scale that is given, or else that the file or its rows say.

    Parameters
    ----------
    reports : tuple of Report
    kinds : Mapping
        Report kinds by name.
    said : Mapping
        Scale of an outcome, where the file says it.
    scale : str, optional
        Scale of every other.

    Returns
    -------
    dict, list of str
        The outcomes by name, and what was inferred, in sentences.

    Raises
    ------
    InputError
        Rows of one outcome that speak on no common scale.
    """
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
    return folder_of_rows(path, kinds, read_table(path / ROWS), folder_digest(path))


def folder_digest(path: Path) -> str:
    """Return the hash of the files of an evidence folder."""
    digest = sha256()
    for name in sorted([*read_texts(path), ROWS]):
        digest.update(name.encode() + b"\0" + (path / name).read_bytes() + b"\0")
    return digest.hexdigest()


def folder_of_rows(
    path: Path, kinds: Mapping[str, Kind], raw: RawTable, digest: str, new: Mapping[str, str] | None = None
) -> ReportTable:
    """Hold rows to what an evidence folder declares: its own rows, or others in their place.

    Parameters
    ----------
    path : Path
    kinds : Mapping
        Report kinds by name.
    raw : RawTable
        Under our names.
    digest : str
        Hash of what was read.
    new : Mapping, optional
        Cohorts of studies that `studies.csv` need not know, by study.

    Returns
    -------
    ReportTable

    Raises
    ------
    InputError
        With every problem found.
    """
    return rows_declared(read_texts(path), str(path), kinds, raw, digest, new)


def rows_declared(
    texts: Mapping[str, str],
    place: str,
    kinds: Mapping[str, Kind],
    raw: RawTable,
    digest: str,
    new: Mapping[str, str] | None = None,
) -> ReportTable:
    """Hold rows to the texts of an evidence folder, wherever these are kept; the rest as of `folder_of_rows`.

    Parameters
    ----------
    texts : Mapping
        Of `read_texts`.
    place : str
        Folder to name in messages.
    kinds, raw, digest, new
        As of `folder_of_rows`.

    Raises
    ------
    InputError
        With every problem found.
    """
    declared = declaration(texts, place)
    tables = {name: parse_table(text, str(Path(place) / name)) for name, text in texts.items() if name in BESIDE}
    rows, problems = ours(raw, vocabulary(kinds), aliases=False)
    studies, readings = (tables.get(name) for name in BESIDE)
    if studies is not None and new:
        listed = {cells.get("study") for _, cells in studies.rows}
        more = tuple((0, {"study": name, "cohort": cohort}) for name, cohort in new.items() if name not in listed)
        studies = replace(studies, rows=(*studies.rows, *more))
    return hold(declared, rows, kinds, place, digest, studies, readings, problems)


def read_texts(path: Path) -> dict[str, str]:
    """Return the texts of an evidence folder by name: its declaration, and the tables that stand beside its rows."""
    present = [DECLARATION, *(name for name in (*BESIDE, PUBLISHED) if (path / name).exists())]
    return {name: decode(read_bytes(path / name), str(path / name)) for name in present}
