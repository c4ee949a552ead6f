"""Cells that follow from others by arithmetic: totals from counts, SDs from standard errors, each with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt

from irlbayes.core.errors import Problem
from irlbayes.data.files import RawTable
from irlbayes.data.rules import NUMBER

CLOSE = 1e-9


@dataclass(frozen=True)
class Rule:
    """One cell from others.

    Parameters
    ----------
    makes : str
    needs : tuple of str
    formula : str
        In symbols, with the names of the columns.
    value : callable
        ``value(*numbers)``, in the order of ``needs``.
    exact : bool
        Whether a filled cell must agree.
    """

    makes: str
    needs: tuple[str, ...]
    formula: str
    value: Callable[..., float]
    exact: bool = False


def total(events: float, others: float) -> float:
    """Return a group's size from its events and the people without one.

    Examples
    --------
    >>> total(4, 119)
    123
    """
    return events + others


def sd_from_se(se: float, n: float) -> float:
    """Return a group's standard deviation from the standard error of its mean.

    Examples
    --------
    >>> sd_from_se(0.5, 16)
    2.0
    """
    return se * sqrt(n)


def sd_from_variance(variance: float) -> float:
    """Return a standard deviation from a variance.

    Examples
    --------
    >>> sd_from_variance(4)
    2.0
    """
    return sqrt(variance)


def rest(both: float, one: float) -> float:
    """Return the size of one group from that of both and of the other.

    Examples
    --------
    >>> rest(30, 14)
    16
    """
    return both - one


RULES: tuple[Rule, ...] = (
    Rule("n1i", ("ai", "bi"), "ai + bi", total, exact=True),
    Rule("n2i", ("ci", "di"), "ci + di", total, exact=True),
    Rule("n2i", ("n_total", "n1i"), "n_total - n1i", rest),
    Rule("n1i", ("n_total", "n2i"), "n_total - n2i", rest),
    Rule("sd1i", ("se1i", "n1i"), "se1i * sqrt(n1i)", sd_from_se),
    Rule("sd2i", ("se2i", "n2i"), "se2i * sqrt(n2i)", sd_from_se),
    Rule("sd1i", ("var1i",), "sqrt(var1i)", sd_from_variance),
    Rule("sd2i", ("var2i",), "sqrt(var2i)", sd_from_variance),
)
INPUTS = ("bi", "di", "n_total", "se1i", "se2i", "var1i", "var2i")
"""Columns of numbers that are read for what follows from them alone."""


def derive(table: RawTable) -> tuple[RawTable, list[Problem]]:
    """Fill the cells that follow from others, and say how in `RawTable.origins`.

    Parameters
    ----------
    table : RawTable
        With our names for its columns.

    Returns
    -------
    RawTable, list of Problem
        The table with the made cells; and inputs that are no numbers, or totals that contradict their parts.

    Examples
    --------
    >>> table = RawTable("t.csv", ("ai", "bi"), ((2, {"ai": "4", "bi": "119"}),))
    >>> made, _ = derive(table)
    >>> made.rows[0][1]["n1i"], made.origins[2]["n1i"]
    ('123', 'n1i = ai + bi = 4 + 119 = 123')
    """
    usable = [rule for rule in RULES if _possible(rule, table.header)]
    labelled = "author" in table.header and "study" not in table.header and "id" not in table.header
    if not usable and not labelled:
        return table, []
    problems = [_not_a_number(table, line, name, cells) for line, cells in table.rows for name in _broken(cells)]
    origins = {line: dict(words) for line, words in table.origins.items()}
    rows = []
    for line, cells in table.rows:
        filled = dict(cells)
        for rule in usable:
            value = _value(rule, filled)
            if value is None:
                continue
            if rule.makes not in filled:
                filled[rule.makes] = shown(value)
                origins.setdefault(line, {})[rule.makes] = _words(rule, filled, value)
            elif rule.exact and _differs(filled[rule.makes], value):
                problems.append(_contradiction(table, line, rule, filled, value))
        if labelled and "author" in filled:
            filled["study"] = ", ".join(filled[name] for name in ("author", "year") if name in filled)
            origins.setdefault(line, {})["study"] = "columns author and year" if "year" in filled else "column author"
        rows.append((line, filled))
    made = {name for _, cells in rows for name in cells} - set(table.header)
    new = [name for name in dict.fromkeys([*(rule.makes for rule in RULES), "study"]) if name in made]
    return replace(table, header=(*table.header, *new), rows=tuple(rows), origins=origins), problems


def _possible(rule: Rule, header: Sequence[str]) -> bool:
    makes = {other.makes for other in RULES if other is not rule}
    return rule.needs[0] in header and all(name in header or name in makes for name in rule.needs)


def _broken(cells: Mapping[str, str]) -> list[str]:
    return [name for name in INPUTS if name in cells and (not NUMBER.match(cells[name]) or float(cells[name]) < 0)]


def _not_a_number(table: RawTable, line: int, name: str, cells: Mapping[str, str]) -> Problem:
    return Problem(
        table.file, "a number of at least 0", "Correct the cell, or leave it blank.", line, name, cells[name]
    )


def _value(rule: Rule, cells: Mapping[str, str]) -> float | None:
    """Return what a rule makes of a row; None where a cell is missing or no number."""
    if not all(name in cells and NUMBER.match(cells[name]) for name in rule.needs):
        return None
    numbers = [float(cells[name]) for name in rule.needs]
    if any(number < 0 or not isfinite(number) for number in numbers):
        return None
    value = float(rule.value(*numbers))
    return value if isfinite(value) and value >= 0 else None


def shown(value: float) -> str:
    """Return a number as a cell: whole numbers without a point, the rest so that they read back exactly.

    Examples
    --------
    >>> shown(12.0), shown(0.1), shown(-0.0)
    ('12', '0.1', '-0.0')
    """
    if value.is_integer() and abs(value) < 1e15 and str(value) != "-0.0":
        return str(int(value))
    return repr(value)


def _words(rule: Rule, cells: Mapping[str, str], value: float) -> str:
    numbers = rule.formula
    for name in rule.needs:
        numbers = numbers.replace(name, cells[name])
    return f"{rule.makes} = {rule.formula} = {numbers} = {shown(value)}"


def _differs(cell: str, value: float) -> bool:
    return bool(NUMBER.match(cell)) and abs(float(cell) - value) > CLOSE * max(1.0, abs(value))


def _contradiction(table: RawTable, line: int, rule: Rule, cells: Mapping[str, str], value: float) -> Problem:
    return Problem(
        table.file,
        f"{rule.makes} is {rule.formula} = {shown(value)}",
        f"Correct {rule.makes}, {' or '.join(rule.needs)}, or remove what is not needed.",
        line,
        rule.makes,
        cells[rule.makes],
    )
