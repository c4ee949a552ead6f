"""Rows that arrive, from a file or as cells, checked against each other and against everything a ledger holds."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.types import Outcome, Report, ReportTable, Value
from irlbayes.data import kept
from irlbayes.data.declared import STUDIES, unknown_contrasts
from irlbayes.data.derive import shown
from irlbayes.data.evidence import outcomes_of_rows
from irlbayes.data.files import RawTable, read_table
from irlbayes.data.reports import make_reports, vocabulary
from irlbayes.data.rules import check_cells, required, unique
from irlbayes.data.sources import ours, read_source
from irlbayes.effects import table as effects_table
from irlbayes.standing import Standing

Cells = Mapping[str, Value]
Fault = tuple[str, str, str]  # column, rule and fix
OPTION = "--row"


@dataclass(frozen=True)
class Received:
    """Rows that may enter a ledger.

    Parameters
    ----------
    reports : tuple of Report
    outcomes : Mapping
        Outcomes that a plain ledger did not know, by name.
    studies : Mapping
        Cells about new studies, by study.
    source : Mapping
        ``file`` and ``sha256``; empty for rows that were given as cells.
    reading : tuple of str
        What was recognized while reading, in sentences.
    """

    reports: tuple[Report, ...]
    outcomes: Mapping[str, Outcome]
    studies: Mapping[str, Mapping[str, str]]
    source: Mapping[str, str]
    reading: tuple[str, ...]


def receive(
    rows: str | Path | Sequence[Cells],
    standing: Standing,
    *,
    replaceable: Mapping[str, int] | None = None,
    sheet: str | None = None,
    studies: str | Path | None = None,
) -> Received:
    """Read rows and check them against everything that is there.

    Parameters
    ----------
    rows : str, Path or sequence of Mapping
        A file of any kind that an analysis reads, or rows as cells by column.
    standing : Standing
    replaceable : Mapping, optional
        Ids of rows in force that may come again, and the entries in which they stand.
    sheet : str, optional
        Sheet of a spreadsheet.
    studies : str or Path, optional
        A table like `studies.csv` about new studies.

    Returns
    -------
    Received

    Raises
    ------
    InputError
        With every problem found.
    """
    kinds = effects_table.kinds()
    if isinstance(rows, str | Path):
        raw, digest = read_source(Path(rows), sheet)
        source = {"file": Path(rows).name, "sha256": digest}
    else:
        raw, source = _as_table(rows), {}
    table, problems = ours(raw, vocabulary(kinds))
    about, more = ({}, []) if studies is None else _about(Path(studies))
    problems += more
    cohorts = {name: str(cells.get("cohort", name)) for name, cells in {**standing.studies, **about}.items()}
    table, more = kept.completed(table, list(standing.outcomes), cohorts if standing.is_declared else None)
    table = _without_others(table, standing)
    problems += more + _against(table, standing, replaceable or {}, cohorts)
    reports = make_reports(table, kinds, None, problems)
    new, words = _new_outcomes(reports, standing, table)
    outcomes = {**standing.outcomes, **new}
    beside = ReportTable("", "", table.file, "", reports, outcomes)
    problems = effects_table.unusable(beside) + unknown_contrasts(reports, standing.declared.contrasts)
    if not standing.clustered:
        problems += effects_table.repeated_cohorts(beside)
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    told = {name: cells for name, cells in about.items() if any(report.study == name for report in reports)}
    if standing.is_declared:
        for report in reports:
            if report.study not in standing.studies:
                told.setdefault(report.study, _minimal(report))
    return Received(reports, new, told, source, (*table.notes, *words))


def cells_given(texts: Sequence[str]) -> list[dict[str, str]]:
    """Read rows given on a command line: ``study=... outcome=... ai=4 n1i=120``, a text per row.

    Parameters
    ----------
    texts : sequence of str
        Values with blanks are quoted.

    Raises
    ------
    InputError
        With everything that is no ``column=value``.

    Examples
    --------
    >>> cells_given(["study='Smith 2026' yi=0.5"])
    [{'study': 'Smith 2026', 'yi': '0.5'}]
    """
    rows = []
    problems = []
    for number, text in enumerate(texts, start=1):
        try:
            words = shlex.split(text)
        except ValueError as error:
            problems.append(Problem(OPTION, f"quotation marks in pairs ({error})", "Close them.", number, value=text))
            continue
        cells: dict[str, str] = {}
        for word in words:
            name, sign, value = word.partition("=")
            if not sign or not name:
                fix = 'Write --row "study=smith2026 outcome=relapse report=counts ai=9 n1i=40 ci=4 n2i=41".'
                problems.append(Problem(OPTION, "cells are written column=value", fix, number, value=word))
            elif name in cells:
                problems.append(Problem(OPTION, "a column once", "Remove one of them.", number, name, value))
            else:
                cells[name] = value
        if not cells and not problems:
            problems.append(Problem(OPTION, "a row has cells", "Write column=value.", number))
        rows.append(cells)
    if problems:
        raise InputError(problems)
    return rows


def _as_table(rows: Sequence[Cells]) -> RawTable:
    """Return cells as a table, a line per row."""
    if not rows:
        raise InputError(Problem(OPTION, "at least one row", "Give a file, or rows as cells."))
    texts = [
        {name: shown(float(cell)) if isinstance(cell, int | float) else str(cell) for name, cell in row.items()}
        for row in rows
    ]
    header = tuple(dict.fromkeys(name for row in texts for name in row))
    filled = [{name: cell.strip() for name, cell in row.items() if cell.strip()} for row in texts]
    return RawTable(OPTION, header, tuple(enumerate(filled, start=1)))


def _without_others(table: RawTable, standing: Standing) -> RawTable:
    """Leave out rows of outcomes that are declared and that the ledger does not keep."""
    others = [cells["outcome"] for _, cells in table.rows if cells.get("outcome") in standing.not_kept]
    if not others:
        return table
    rows = tuple(row for row in table.rows if row[1].get("outcome") not in standing.not_kept)
    said = f"rows of outcomes that the ledger does not keep were passed over: {', '.join(dict.fromkeys(others))}"
    if not rows:
        rule = f"a row of an outcome that the ledger keeps: {', '.join(standing.outcomes)}"
        raise InputError(Problem(table.file, rule, "Choose other rows, or begin a ledger that keeps more."))
    return replace(table, rows=rows, notes=(*table.notes, said))


def _about(path: Path) -> tuple[dict[str, dict[str, str]], list[Problem]]:
    """Return what a table says about studies."""
    raw = read_table(path)
    missing = [name for name in ("study", "cohort") if name not in raw.header]
    if missing:
        return {}, [Problem(raw.file, f"the columns {', '.join(missing)} are missing", "Add them.")]
    problems = check_cells(raw, STUDIES) + required(raw, ("study", "cohort")) + unique(raw, "study")
    return {cells["study"]: cells for _, cells in raw.rows if "study" in cells}, problems


def _against(
    table: RawTable, standing: Standing, replaceable: Mapping[str, int], cohorts: Mapping[str, str]
) -> list[Problem]:
    """Return what speaks against rows in the light of those that are there."""
    return [
        Problem(table.file, rule, fix, line, column, cells.get(column, ""))
        for line, cells in table.rows
        for column, rule, fix in (
            *_known_row(cells, standing, replaceable),
            *_undeclared(cells, standing, cohorts),
            *_other_scale(cells, standing, table.scales),
        )
    ]


def _known_row(cells: Cells, standing: Standing, replaceable: Mapping[str, int]) -> list[Fault]:
    """Return why a row cannot come beside those that are there: it is one of them, or its cohort has one."""
    faults = []
    name = str(cells.get("id", ""))
    if name in standing.rows and name not in replaceable:
        entry = standing.places[name]
        rule = f"a row that is not there yet; this one stands in entry {entry}"
        faults.append(("id", rule, f'Give it another id, or correct it: --supersedes {entry} --reason "...".'))
    other = standing.primary.get((str(cells.get("cohort", "")), str(cells.get("outcome", ""))))
    if cells.get("use") == "primary" and other and other != name and not standing.clustered:
        rule = f"one primary row per cohort and outcome; {other} (entry {standing.places[other]}) is another"
        faults.append(("cohort", rule, "Mark this one sensitivity, or give it a cohort of its own."))
    return faults


def _undeclared(cells: Cells, standing: Standing, cohorts: Mapping[str, str]) -> list[Fault]:
    """Return what an evidence base with a declaration, or a choice of outcomes, does not know."""
    faults = []
    study, outcome = str(cells.get("study", "")), str(cells.get("outcome", ""))
    wanted = standing.settings["outcomes"]
    if not standing.is_declared:
        rule = f"an outcome that the ledger keeps: {', '.join(wanted)}"
        return [("outcome", rule, "Correct it.")] if wanted and outcome and outcome not in wanted else []
    if outcome and outcome not in standing.outcomes:
        rule = f"an outcome that the ledger declares: {', '.join(standing.outcomes)}"
        faults.append(("outcome", rule, "Correct it."))
    if study in cohorts and cells.get("cohort") != cohorts[study]:
        faults.append(("cohort", f"the cohort that this study has: {cohorts[study]}", "Correct one of the two."))
    return faults


def _other_scale(cells: Cells, standing: Standing, scales: Mapping[str, str]) -> list[Fault]:
    """Return where a file says another scale than its outcome is pooled on."""
    outcome = str(cells.get("outcome", ""))
    said = scales.get(outcome)
    if not said or outcome not in standing.outcomes or said == standing.outcomes[outcome].scale:
        return []
    rule = f"effects on {standing.outcomes[outcome].scale}, as the ledger pools them; the file has {said}"
    return [("outcome", rule, "Give the rows on that scale.")]


def _new_outcomes(
    reports: tuple[Report, ...], standing: Standing, table: RawTable
) -> tuple[dict[str, Outcome], list[str]]:
    """Return the outcomes that a plain ledger learns of with these rows."""
    unknown = tuple(report for report in reports if report.outcome not in standing.outcomes)
    if not unknown:
        return {}, []
    return outcomes_of_rows(unknown, effects_table.kinds(), table.scales, standing.settings["scale"])


def _minimal(report: Report) -> dict[str, str]:
    """Return what a row says about a study of which nothing else is known."""
    cells = {"study": report.study, "cohort": report.cohort}
    year = report.text("year")
    return {**cells, "year": year.removesuffix(".0")} if year else cells
