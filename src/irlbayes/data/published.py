"""Pooled results that reviews printed, for showing beside ours."""

from __future__ import annotations

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.types import Column, Published
from irlbayes.data.files import RawTable
from irlbayes.data.rules import check_cells, parse, required

PUBLISHED = (
    Column("review", "name of the review", "text"),
    Column("outcome", "outcome it speaks about", "text"),
    Column("measure", "effect measure, as printed", "text"),
    Column("estimate", "pooled estimate"),
    Column("ci_lb", "lower end of its 95 % interval"),
    Column("ci_ub", "upper end of its 95 % interval"),
    Column("k", "studies pooled", "count"),
    Column("n", "patients pooled", "count"),
)
PUBLISHED_P = (
    Column("pval", "printed p, or its bound", "number", "above 0 and at most 1", lambda value: 0 < value <= 1),
    Column("pval_relation", "= or <", "text", "one of =, <", lambda value: value in ("=", "<")),
)


def read_published(table: RawTable) -> dict[str, list[Published]]:
    """Read `published_pooled.csv`, by outcome.

    Parameters
    ----------
    table : RawTable

    Raises
    ------
    InputError
        With every problem of the table.
    """
    missing = [column.name for column in PUBLISHED if column.name not in table.header]
    if missing:
        raise InputError(
            Problem(table.file, f"the columns {', '.join(missing)} are missing", "Add them; leave blanks blank.")
        )
    columns = (*PUBLISHED, *PUBLISHED_P)
    problems = check_cells(table, columns) + required(table, ("review", "outcome", "measure"))
    if problems:
        raise InputError(problems)
    by_name = {column.name: column for column in columns}
    rows: dict[str, list[Published]] = {}
    for line, cells in table.rows:
        value = {name: parse(cell, by_name.get(name)) for name, cell in cells.items()}
        numbers = {name: float(value[name]) if name in value else None for name in ("estimate", "ci_lb", "ci_ub", "k")}
        low, middle, high = numbers["ci_lb"], numbers["estimate"], numbers["ci_ub"]
        if low is not None and middle is not None and high is not None and not low <= middle <= high:
            problems.append(
                Problem(
                    table.file,
                    f"the estimate lies inside its interval, {low:g} to {high:g}",
                    "Check all three numbers.",
                    line,
                    "estimate",
                    cells["estimate"],
                )
            )
        rows.setdefault(str(value["outcome"]), []).append(
            Published(
                review=str(value["review"]),
                measure=str(value["measure"]),
                estimate=middle,
                ci_lb=low,
                ci_ub=high,
                k=None if numbers["k"] is None else int(numbers["k"]),
                note=cells.get("note", ""),
                doi=cells.get("doi", ""),
                pval=float(value["pval"]) if "pval" in value else None,
                pval_relation=cells.get("pval_relation", "="),
                file=table.file,
                line=line,
            )
        )
    if problems:
        raise InputError(problems)
    return rows
