"""Findings about rows: where they stand, and the cells of a row that are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from irlbayes.core.types import Finding, Report


def about(check: str, words: str, *reports: Report, column: str = "") -> Finding:
    """Return a finding about rows, placed at the last of them.

    Parameters
    ----------
    check : str
        Name of the check.
    words : str
        What looks wrong, with the numbers, and what to check.
    *reports : Report
    column : str
        Cell to look at first.
    """
    last = max(reports, key=lambda report: report.line)
    outcomes = {report.outcome for report in reports}
    return Finding(
        check=check,
        reports=tuple(report.id for report in reports),
        outcome=last.outcome if len(outcomes) == 1 else "",
        words=words,
        file=last.file,
        line=last.line,
        column=column,
    )


def numbers(report: Report, *names: str) -> tuple[float, ...] | None:
    """Return cells as numbers, or None where one is blank or is no finite number.

    A cell of a column that no report kind knows is text, so a number there is read here.

    Examples
    --------
    >>> row = Report("a", "a", "a", "edss", "means", "primary", "r.csv", 2, {"m1i": 2.5, "n1i": "40", "sd1i": "?"})
    >>> numbers(row, "m1i", "n1i")
    (2.5, 40.0)
    >>> numbers(row, "m1i", "sd1i") is None
    True
    """
    found = []
    for name in names:
        try:
            value = float(report.values[name])
        except (KeyError, ValueError):
            return None
        if not isfinite(value):
            return None
        found.append(value)
    return tuple(found)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
