"""Decimal commas: understood where a whole table writes them, refused where they could mean something else."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from irlbayes.core.errors import Problem
from irlbayes.core.types import Column
from irlbayes.data.files import RawTable

COMMA = re.compile(r"^[+\-]?\d*,\d+([eE][+\-]?\d+)?$")
POINT = re.compile(r"^[+\-]?\d*\.\d+([eE][+\-]?\d+)?$")
WHOLE = re.compile(r"^[+\-]?\d+$")
THOUSANDS = re.compile(r"^[+\-]?[1-9]\d{0,2},\d{3}$")

Place = tuple[int, str, str]


def understand(
    table: RawTable, columns: Mapping[str, Column], also: Collection[str] = ()
) -> tuple[RawTable, list[Problem]]:
    """Read decimal commas as decimals.

    A point is always a decimal point. A comma is a decimal comma where no cell of the table has a point and at least
    one comma cannot separate thousands (0,5 can not; 1,234 can). A count such as 1,234 is refused. What a
    spreadsheet stored as a number is no question and gives no answer.

    Parameters
    ----------
    table : RawTable
    columns : Mapping
        Known columns by name; those of numbers are looked at.
    also : collection of str
        Other columns of numbers.

    Returns
    -------
    RawTable, list of Problem
        Cells with points, a sentence in the notes; and every comma that cannot be understood.

    Examples
    --------
    >>> table = RawTable("t.csv", ("yi",), ((2, {"yi": "0,5"}), (3, {"yi": "1,234"})))
    >>> understand(table, {"yi": Column("yi", "effect")})[0].rows
    ((2, {'yi': '0.5'}), (3, {'yi': '1.234'}))
    """
    numbers = {name for name, column in columns.items() if column.type != "text"} | set(also)
    counts = {name for name, column in columns.items() if column.type == "count"}
    commas = _cells(table, numbers, COMMA)
    if not commas:
        return table, []
    problems = [
        _problem(table, place, "a whole number, without a separator between thousands", "Write it in digits alone")
        for place in commas
        if place[1] in counts and THOUSANDS.match(place[2])
    ]
    rest = [place for place in commas if not (place[1] in counts and THOUSANDS.match(place[2]))]
    points = _cells(table, numbers, POINT)
    if points:
        line, column, value = points[0]
        rule = f"a number, with a point for decimals as elsewhere in this table ({value} in line {line}, {column})"
        return table, problems + [_problem(table, place, rule, "Write all decimals alike") for place in rest]
    if not rest or all(THOUSANDS.match(value) for _, _, value in rest):
        rule = "a number that can be read in one way: this comma could mark decimals or thousands"
        return table, problems + [_problem(table, place, rule, "Write it with a point, or without") for place in rest]
    said = f"decimals are written with commas: {rest[0][2]} is {rest[0][2].replace(',', '.')}"
    return _converted(table, numbers, columns, said), problems


def _cells(table: RawTable, names: Collection[str], pattern: re.Pattern[str]) -> list[Place]:
    present = [name for name in table.header if name in names]
    return [
        (line, name, cells[name])
        for line, cells in table.rows
        for name in present
        if name in cells and (line, name) not in table.stored and pattern.match(cells[name])
    ]


def _problem(table: RawTable, place: Place, rule: str, fix: str) -> Problem:
    line, column, value = place
    return Problem(table.file, rule, f"{fix}.", line, column, value)


def _converted(table: RawTable, numbers: Collection[str], columns: Mapping[str, Column], said: str) -> RawTable:
    """Return the table with points; a column that is not known follows where all its cells are numbers."""
    follow = {
        name
        for name in table.header
        if name not in columns
        and all(COMMA.match(cells[name]) or WHOLE.match(cells[name]) for _, cells in table.rows if name in cells)
    }
    change = {*numbers, *follow}
    rows = tuple(
        (line, {name: v.replace(",", ".") if name in change and COMMA.match(v) else v for name, v in cells.items()})
        for line, cells in table.rows
    )
    return replace(table, rows=rows, notes=(*table.notes, said))
