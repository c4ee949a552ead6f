"""`grim`: percentages that no count makes, and means and SDs that no whole steps make.

Rules, each within half a unit of the last printed digit:
a printed proportion (``scale`` proportion with ``ni``) equals x / ni for some whole x;
a mean of n people on an instrument that moves in steps is a whole number of steps over n;
for one of those sums of steps, the sum of squares that the SD implies (with n - 1, or with n) contains a whole number
that is odd or even as the sum is. Steps are 0.5 for EDSS, and what a ``step`` cell says (1 for whole numbers).

Limits: silent where the digits are too few for the group (a step over n below the last digit), in adjusted rows, and
where people are missing from the mean but not from n: that fires, and is the first thing to check. A zero printed at
the end is lost, which makes the check milder.

References
----------
Brown, N. J. L., & Heathers, J. A. J. (2017). The GRIM test: a simple technique detects numerous anomalies in the
reporting of results in psychology. Social Psychological and Personality Science, 8(4), 363-369.
Anaya, J. (2016). The GRIMMER test: a method for testing the validity of reported measures of variability. PeerJ
Preprints, 4, e2400v1.
"""

from __future__ import annotations

import re
from math import ceil, floor

from irlbayes.core.types import Finding, Report, ReportTable
from irlbayes.effects.printed_digits import NOISE, ends
from irlbayes.effects.row_findings import about, numbers

STEPS = ((re.compile(r"EDSS( scores?)?", re.IGNORECASE), 0.5),)


def find(table: ReportTable) -> list[Finding]:
    """Return the rows whose percentage, mean or SD the group size cannot make."""
    rows = [report for report in table.reports if report.text("adjusted") != "yes"]
    return [finding for report in rows for finding in (*_proportion(report), *_means(report))]


def sums(value: float, n: float, step: float = 1.0) -> range:
    """Return the sums, in steps, over n people that print as this mean.

    Examples
    --------
    >>> sums(0.725, 274), sums(0.73, 274)  # 72.5 % of 274 people; 73 %
    (range(199, 199), range(199, 202))
    """
    low, high = (end * n / step for end in ends(value))
    noise = NOISE * max(abs(low), abs(high), 1.0)
    return range(ceil(low - noise), floor(high + noise) + 1)


def spread_is_possible(total: range, sd: float, n: float, step: float) -> bool:
    """Whether whole steps with one of these sums have an SD that prints so.

    Examples
    --------
    >>> spread_is_possible(range(11, 12), 0.84, 5, 1.0)  # 1, 2, 2, 3, 3
    True
    >>> spread_is_possible(range(11, 12), 0.87, 5, 1.0)
    False
    """
    low, high = (max(end, 0.0) / step for end in ends(sd))
    for one in total:
        for people in (n - 1.0, n):
            base = one**2 / n
            least, most = base + people * low**2, base + people * high**2
            noise = NOISE * max(most, 1.0)
            first = ceil(least - noise)
            if first + (first - one) % 2 <= most + noise:
                return True
    return False


def _proportion(report: Report) -> list[Finding]:
    cells = numbers(report, "estimate", "ni")
    if report.text("scale") != "proportion" or cells is None or cells[1] < 1 or sums(*cells):
        return []
    value, n = cells
    nearest = round(value * n)
    words = (
        f"No count out of {n:g} people is {100.0 * value:g} %: {nearest:g} of {n:g} is {100.0 * nearest / n:.4g} %;"
        " check the percentage, the number of people (missing values?), and whether it is an estimate of survival."
    )
    return [about("grim", words, report, column="estimate")]


def _step(report: Report) -> float | None:
    if declared := numbers(report, "step"):
        return declared[0] if declared[0] > 0 else None
    instrument = report.text("instrument").strip()
    return next((step for pattern, step in STEPS if pattern.fullmatch(instrument)), None)


def _means(report: Report) -> list[Finding]:
    step = _step(report)
    if step is None:
        return []
    found = []
    for group in (1, 2):
        cells = numbers(report, f"m{group}i", f"n{group}i")
        if cells is None or cells[1] < 1:
            continue
        mean, n = cells
        total = sums(mean, n, step)
        spread = numbers(report, f"sd{group}i")
        values = f"No {n:g} values in steps of {step:g} have the mean {mean:g}"
        if not total:
            below = floor(mean * n / step)
            words = (
                f"{values} (group {group}): {below * step / n:.5g} and {(below + 1) * step / n:.5g} are the nearest;"
                " check the mean, and how many people it is over."
            )
            found.append(about("grim", words, report, column=f"m{group}i"))
        elif spread is not None and n > 1 and not spread_is_possible(total, spread[0], n, step):
            words = (
                f"{values} with the SD {spread[0]:g} (group {group}); check both, how many people they are over, and"
                " whether the spread is an SD."
            )
            found.append(about("grim", words, report, column=f"sd{group}i"))
    return found
