"""Rows as a record keeps them: plain data that reads back as the same reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from irlbayes.core.errors import Problem
from irlbayes.core.types import Report
from irlbayes.data.derive import shown
from irlbayes.data.files import RawTable
from irlbayes.data.reports import EVERY_ROW

Row = Mapping[str, Any]
EFFECT = "effect"  # the outcome of a table that names none


def plain(report: Report) -> dict[str, Any]:
    """Return a report as plain data: every cell under our names, and how cells came about.

    Parameters
    ----------
    report : Report
        A row without an id of its own gets its study's name, with its outcome where that has one.

    Examples
    --------
    >>> plain(Report("a", "a", "a", "edss", "yi_sei", "primary", "t.csv", 2, {"yi": 0.5, "sei": 0.2}))["cells"]["id"]
    'a.edss'
    """
    book = {
        "id": report.id if report.has("id") else identity(report.study, report.outcome),
        "study": report.study,
        "cohort": report.cohort,
        "outcome": report.outcome,
        "report": report.kind,
        "use": report.use,
    }
    cells = {**book, **{name: value for name, value in report.values.items() if name not in book}}
    return {"cells": cells, "origins": dict(report.origins)} if report.origins else {"cells": cells}


def identity(study: str, outcome: str) -> str:
    """Return the id of a row that has none."""
    return study if outcome == EFFECT else f"{study}.{outcome}"


def report(row: Row, file: str, line: int) -> Report:
    """Return the report of a row that was checked when it was kept."""
    cells = row["cells"]
    identity, study, cohort, outcome, kind, use = (str(cells[name]) for name in EVERY_ROW)
    return Report(identity, study, cohort, outcome, kind, use, file, line, cells, origins=row.get("origins", {}))


def digest(row: Row) -> str:
    """Return the hash of a row."""
    return sha256(json.dumps(row["cells"], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def raw(rows: Sequence[Row], file: str, notes: Iterable[str] = ()) -> RawTable:
    """Return rows as a raw table, header on line 1, for whoever checks them again.

    Parameters
    ----------
    rows : sequence of Mapping
        As from `plain`.
    file : str
        Name to show in messages.
    notes : iterable of str
    """
    header = dict.fromkeys([*EVERY_ROW, *(name for row in rows for name in row["cells"])])
    lines = []
    for line, row in enumerate(rows, start=2):
        texts = {name: shown(cell) if isinstance(cell, float) else cell for name, cell in row["cells"].items()}
        lines.append((line, texts))
    origins = {line: row["origins"] for line, row in enumerate(rows, start=2) if "origins" in row}
    return RawTable(file, tuple(header), tuple(lines), tuple(notes), origins)


def completed(
    table: RawTable, outcomes: Sequence[str], cohorts: Mapping[str, str] | None = None
) -> tuple[RawTable, list[Problem]]:
    """Fill the names that a table leaves out, as a record needs them.

    Parameters
    ----------
    table : RawTable
        Under our names.
    outcomes : sequence of str
        Known outcomes; a table that names none speaks of the only one.
    cohorts : Mapping, optional
        Cohort of every study that is known, where studies are declared; a new one is a cohort of its own. Without it a
        cohort is what a plain table makes it: the row itself.

    Returns
    -------
    RawTable, list of Problem
        Every row with study, outcome, id, cohort and use; rows whose names cannot be told.
    """
    problems = []
    lines = []
    only = outcomes[0] if len(outcomes) == 1 else EFFECT if not outcomes else ""
    for line, cells in table.rows:
        study, outcome = cells.get("study") or cells.get("id", ""), cells.get("outcome") or only
        if not study:
            problems.append(Problem(table.file, "study is filled in every row", "Name the study.", line, "study"))
        if not outcome:
            rule = f"outcome is filled in every row; outcomes here: {', '.join(outcomes)}"
            problems.append(Problem(table.file, rule, "Name the outcome.", line, "outcome"))
        own = cells.get("id") or study
        book = {
            "id": cells.get("id") or identity(study, outcome),
            "study": study,
            "cohort": cells.get("cohort") or (own if cohorts is None else cohorts.get(study, study)),
            "outcome": outcome,
            "use": cells.get("use") or "primary",
        }
        lines.append((line, {**cells, **{name: text for name, text in book.items() if text}}))
    return replace(table, rows=tuple(lines)), problems
