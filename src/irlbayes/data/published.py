"""Pooled results that reviews printed, for showing beside ours."""

from __future__ import annotations

from irlbayes.core.dates import days
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import PRINTED
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
PUBLISHED_MORE = (
    Column(
        "scale", "how the numbers are printed", "text", f"one of {', '.join(PRINTED)}", lambda name: name in PRINTED
    ),
    Column(
        "search_to",
        "last day of the review's search",
        "text",
        "a date such as 2024-06-10, 2024-06 or 2024",
        lambda text: days(text) is not None,
    ),
    Column("tau", "printed tau, on the scale of pooling", "number", "0 or more", lambda value: value >= 0),
    Column("i2", "printed I squared", "number", "a share: at least 0 and below 1", lambda value: 0 <= value < 1),
    Column("pi_lb", "lower end of its 95 % prediction interval"),
    Column("pi_ub", "upper end of its 95 % prediction interval"),
)
NUMBERS = ("estimate", "ci_lb", "ci_ub", "k", "tau", "i2", "pi_lb", "pi_ub")


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
    columns = (*PUBLISHED, *PUBLISHED_P, *PUBLISHED_MORE)
    problems = check_cells(table, columns) + required(table, ("review", "outcome", "measure"))
    if problems:
        raise InputError(problems)
    by_name = {column.name: column for column in columns}
    rows: dict[str, list[Published]] = {}
    for line, cells in table.rows:
        value = {name: parse(cell, by_name.get(name)) for name, cell in cells.items()}
        numbers = {name: float(value[name]) if name in value else None for name in NUMBERS}
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
                scale=cells.get("scale", ""),
                search_to=cells.get("search_to", ""),
                tau=numbers["tau"],
                i2=numbers["i2"],
                pi_lb=numbers["pi_lb"],
                pi_ub=numbers["pi_ub"],
            )
        )
    if problems:
        raise InputError(problems)
    return rows
