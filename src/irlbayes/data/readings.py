"""Other readings of ambiguous wording: declared per row, beside the primary one, with the words that allow them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.readings import Reading
from irlbayes.core.types import AS_PRINTED, Column, Kind, Report, ReportTable
from irlbayes.data.files import RawTable
from irlbayes.data.reports import vocabulary
from irlbayes.data.rules import check_cells, parse, required

OWN = (
    Column("id", "row of reports.csv that can be read otherwise", "text"),
    Column(
        "reading",
        "name of the reading, shared by rows that are read in the same way",
        "text",
        f"a name without spaces or commas, and not {AS_PRINTED}, which is the row as it stands",
        lambda value: value != AS_PRINTED and not any(mark in value for mark in " ,=()"),
    ),
    Column("report", "report kind under this reading", "text"),
    Column("quote", "words of the row's why or numbers that allow the reading", "text"),
    Column("why", "reason of the reading", "text"),
)
NAMES = tuple(column.name for column in OWN)
QUOTED = ("why", "numbers")


def read_readings(table: RawTable, reports: tuple[Report, ...], kinds: Mapping[str, Kind]) -> tuple[Reading, ...]:
    """Read `readings.csv`: which rows may mean something else, and what.

    Parameters
    ----------
    table : RawTable
    reports : tuple of Report
        The rows as they stand in `reports.csv`.
    kinds : Mapping
        Report kinds by name.

    Returns
    -------
    tuple of Reading

    Raises
    ------
    InputError
        With every problem of the file.
    """
    missing = [name for name in NAMES if name not in table.header]
    if missing:
        raise InputError(Problem(table.file, f"the columns {', '.join(missing)} are missing", "Add them.", 1))
    known = vocabulary(kinds)
    cells = {column.name for kind in kinds.values() for column in (*kind.COLUMNS, *kind.OPTIONAL)}
    problems = [
        Problem(table.file, f"{name} is a column that a report kind reads", "Correct its name.", 1, name)
        for name in table.header
        if name not in NAMES and name not in cells
    ]
    changed = [known[name] for name in table.header if name in cells]
    problems += check_cells(table, [*OWN, *changed]) + required(table, NAMES) + _repeated(table)
    rows = {report.id: report for report in reports}
    broken = {problem.row for problem in problems}
    found = []
    for line, row in table.rows:
        if line in broken:
            continue
        faults = _faults(table.file, line, row, rows, kinds)
        if not faults:
            values = {column.name: parse(row[column.name], column) for column in changed if column.name in row}
            reading = Reading(row["reading"], row["id"], row["report"], values, row["quote"], row["why"], line)
            faults = _broken(table.file, reading, rows[reading.id], kinds)
            found.append(reading)
        problems += faults
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    return tuple(found)


def _repeated(table: RawTable) -> list[Problem]:
    """Return a problem for every row that is read twice in the same way."""
    first: dict[tuple[str | None, str | None], int] = {}
    problems = []
    for line, cells in table.rows:
        pair = cells.get("id"), cells.get("reading")
        if first.setdefault(pair, line) != line:
            rule = f"one line for a row and a reading; line {first[pair]} has both too"
            problems.append(
                Problem(table.file, rule, "Remove one of the two.", line, "reading", cells.get("reading", ""))
            )
    return problems


def _faults(
    file: str, line: int, cells: Mapping[str, str], rows: Mapping[str, Report], kinds: Mapping[str, Kind]
) -> list[Problem]:
    """Return what is wrong with the names and the quotation of one line."""
    problems = []
    if cells["id"] not in rows:
        near = get_close_matches(cells["id"], list(rows), 1)
        fix = f"Did you mean {near[0]}? Correct it." if near else "Correct it."
        problems.append(Problem(file, "the id of a row of reports.csv", fix, line, "id", cells["id"]))
    else:
        row = rows[cells["id"]]
        if row.use == "context":
            rule = "a row that can be pooled; this one is marked context"
            problems.append(Problem(file, rule, "Remove the line, or mark the row otherwise.", line, "id", row.id))
        if not any(cells["quote"] in row.text(name) for name in QUOTED):
            rule = f"the quote stands word by word in the row's {' or '.join(QUOTED)}"
            fix = f"Copy it from line {row.line} of {Path(row.file).name}."
            problems.append(Problem(file, rule, fix, line, "quote", cells["quote"]))
    if cells["report"] not in kinds:
        fix = "Correct it."
        problems.append(Problem(file, f"a known report kind: {', '.join(kinds)}", fix, line, "report", cells["report"]))
    return problems


def _broken(file: str, reading: Reading, row: Report, kinds: Mapping[str, Kind]) -> list[Problem]:
    """Return why a row cannot be read so: cells that its kind needs, rules between cells, or nothing that changes."""
    line, kind = reading.line, kinds[reading.kind]
    read = as_read(row, reading)
    if (read.kind, read.values) == (row.kind, row.values):
        rule, fix = "a reading changes the report kind or a cell", f"Remove it: {AS_PRINTED} is the row as it stands."
        return [Problem(file, rule, fix, line, "reading", reading.name)]
    likelihood = read.text("likelihood")
    if likelihood and likelihood not in kind.LIKELIHOODS:
        rule = f"the row names the likelihood {likelihood}, which {reading.kind} has not"
        return [Problem(file, rule, f"Likelihoods: {', '.join(kind.LIKELIHOODS)}.", line, "report", reading.kind)]
    lacking = [column for column in kind.COLUMNS if not read.has(column.name)]
    if lacking:
        return [
            Problem(
                file,
                f"{reading.kind} needs {column.name}, which neither this line nor the row has",
                f"Fill {column.name}: {column.meaning}.",
                line,
                column.name,
            )
            for column in lacking
        ]
    shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in read.values.items()}
    return [
        Problem(file, rule, f"{fix[:1].upper()}{fix[1:]}.", line, column, shown.get(column, ""))
        for column, rule, fix in kind.check(read)
    ]


def as_read(row: Report, reading: Reading) -> Report:
    """Return a row under a reading: its kind and the cells that the reading fills; the others stay."""
    return replace(row, kind=reading.kind, values={**row.values, "report": reading.kind, **reading.values})


def read_as(table: ReportTable, name: str) -> ReportTable:
    """Return an evidence base with every row that has a reading of that name under it.

    Parameters
    ----------
    table : ReportTable
    name : str
    """
    readings = {reading.id: reading for reading in table.readings if reading.name == name}
    reports = (as_read(row, readings[row.id]) if row.id in readings else row for row in table.reports)
    return replace(table, reports=tuple(reports))
