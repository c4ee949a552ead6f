"""Rules for cells, stated once and read by two: a quick pass that accepts, and pandera that reports.

A cell rule is a predicate on the cell's text. The quick pass asks only whether every cell keeps every rule, in plain
Python, so that a valid table costs no import. When one does not, pandera checks the whole table
lazily and its failure cases become the problems that the reader sees (`docs/decisions/0004`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from irlbayes.core.errors import Problem
from irlbayes.core.types import Column, Value
from irlbayes.data.files import RawTable

FORMULA = re.compile(r"^[=@].|^[+\-]\s*[A-Za-z(]")
NUMBER = re.compile(r"^[+\-]?(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?$")
NOT_FINITE = re.compile(r"^[+\-]?(nan|inf|infinity)$", re.IGNORECASE)


@dataclass(frozen=True)
class CellRule:
    """One rule for the text of one column's cells."""

    words: str
    fix: str
    keeps: Callable[[str], bool]


def cell_rules(column: Column) -> tuple[CellRule, ...]:
    """Return the rules of a column, in the order in which a reader would check them.

    Examples
    --------
    >>> rules = cell_rules(Column("sei", "standard error", "number", "above 0", lambda value: value > 0))
    >>> [rule.keeps("0") for rule in rules]
    [True, True, True, False]
    """
    rules = [
        CellRule("a cell holds a value, not a formula", "Paste the value that the formula shows.", _not_formula),
    ]
    if column.type == "text":
        if column.rule:
            rules.append(CellRule(column.rule, column.fix or f"Correct {column.name}.", column.accepts))
        return tuple(rules)
    rules += [
        CellRule("a number, with a point for decimals", "Correct the cell, or leave it blank.", _is_number),
        CellRule("a finite number", "Leave the cell blank where there is no number.", _is_finite),
    ]
    if column.type == "count":
        rules.append(CellRule("a whole number", "Give a count of people or events.", _when_number(float.is_integer)))
    if column.rule:
        rules.append(
            CellRule(
                column.rule, column.fix or f"Correct {column.name}: {column.meaning}.", _when_number(column.accepts)
            )
        )
    return tuple(rules)


def _not_formula(cell: str) -> bool:
    return FORMULA.match(cell) is None or NOT_FINITE.match(cell) is not None


def _is_number(cell: str) -> bool:
    return not _not_formula(cell) or NUMBER.match(cell) is not None or NOT_FINITE.match(cell) is not None


def _is_finite(cell: str) -> bool:
    if NOT_FINITE.match(cell):
        return False
    return NUMBER.match(cell) is None or math.isfinite(float(cell))


def _when_number(accepts: Callable[[float], bool]) -> Callable[[str], bool]:
    def keeps(cell: str) -> bool:
        return NUMBER.match(cell) is None or not math.isfinite(float(cell)) or bool(accepts(float(cell)))

    return keeps


def parse(cell: str, column: Column | None) -> Value:
    """Return a checked cell as a number or text."""
    return cell if column is None or column.type == "text" else float(cell)


def check_cells(table: RawTable, columns: Sequence[Column]) -> list[Problem]:
    """Check every cell of the known columns against every rule of its column.

    Parameters
    ----------
    table : RawTable
    columns : sequence of Column

    Returns
    -------
    list of Problem
        All of them, in the order of the file; empty where every rule is kept.
    """
    known = {column.name: column for column in columns}
    present = [known[name] for name in table.header if name in known]
    if all(
        rule.keeps(cells[column.name])
        for column in present
        for rule in cell_rules(column)
        for _, cells in table.rows
        if column.name in cells
    ):
        return []
    from irlbayes.data.schema import failures

    return failures(table, present)


def required(table: RawTable, names: Iterable[str]) -> list[Problem]:
    """Return a problem for every blank cell of columns that every row must fill."""
    return [
        Problem(table.file, f"{name} is filled in every row", f"Fill {name}.", line, name)
        for line, cells in table.rows
        for name in names
        if name not in cells
    ]


def unique(table: RawTable, name: str, key: Callable[[Mapping[str, str]], str] | None = None) -> list[Problem]:
    """Return a problem for every repeated value of a column."""
    first: dict[str, int] = {}
    problems = []
    for line, cells in table.rows:
        if name not in cells:
            continue
        value = key(cells) if key else cells[name]
        if value in first:
            problems.append(
                Problem(
                    table.file,
                    f"{name} is unique; line {first[value]} has it too",
                    f"Remove the row that is there twice, or give it a {name} of its own.",
                    line,
                    name,
                    cells[name],
                )
            )
        else:
            first[value] = line
    return problems
