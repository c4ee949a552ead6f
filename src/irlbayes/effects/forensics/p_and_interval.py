"""`p_and_interval`: a printed interval and a printed p-value that cannot both be right.

Rule: every estimate and interval that rounds to the printed ones is turned into a two-sided normal p, about the null
of its scale (logs of ratios). The range of those p has nothing in common with the numbers that print as the given p,
or lie on the given side of a bound. Where rounding lets the estimate be the middle of its interval it is taken to be,
which narrows both; where not (`lopsided_interval`), the standard error is taken from the whole width and from either
side, and any may agree. With group sizes (``n1i``, ``n2i``), or for a published result of k studies, Student's t on any
number of degrees of freedom from the smaller group's n - 1 (Welch), or k - 1 (Knapp & Hartung), may explain the p as
well. A published p of 0.000 is the bound 0.0005.

Limits: a row without group sizes is held to the normal distribution, and a t interval on few degrees of freedom fires;
where such a t would explain the p, its degrees of freedom are named. So does a p of another test (score, likelihood
ratio, permutation) when it is far from Wald's. Which of the two numbers is wrong cannot be told.

References
----------
Altman, D. G., & Bland, J. M. (2011). How to obtain the P value from a confidence interval. BMJ, 343, d2304.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import erfc, inf, sqrt
from statistics import NormalDist

from irlbayes.core.scales import PRINTED, SCALES
from irlbayes.core.types import Finding, Published, Report, ReportTable
from irlbayes.effects.likelihoods import noncentral_t
from irlbayes.effects.printed_digits import apart, ends, half_unit
from irlbayes.effects.row_findings import about, numbers

Range = tuple[float, float]
MEASURES = ("smd", "md", "rd", "or", "rr", "irr", "hr", "ratio")  # words of a published measure that name a scale
Z_ROUNDED = 2e-5  # relative; 1.96 for the quantile 1.959964
FEWEST_DF, MOST_DF = 1, 60  # degrees of freedom that are tried as an explanation


def find(table: ReportTable) -> list[Finding]:
    """Return the rows and published results whose p does not fit their interval."""
    reviews = [(name, one) for name, results in table.published.items() for one in results]
    return [
        *(finding for report in table.reports for finding in _row(report, table)),
        *(finding for name, one in reviews for finding in _review(one, name)),
    ]


def ratios(low: float, middle: float, high: float, transformation: str = "none") -> Range | None:
    """Return the least and greatest |estimate - null| over half the interval's width that the digits allow.

    Examples
    --------
    >>> [round(ratio, 2) for ratio in ratios(0.01, 0.52, 1.03)]
    [1.0, 1.04]
    """
    try:
        lower, center, upper = (ends(value, transformation) for value in (low, middle, high))
    except ValueError:
        return None
    middles = 0.5 * (lower[0] + upper[0]), 0.5 * (lower[1] + upper[1])
    widths = [(0.5 * (upper[0] - lower[1]), 0.5 * (upper[1] - lower[0]))]
    if apart(middles, center):
        widths += [(upper[0] - center[1], upper[1] - center[0]), (center[0] - lower[1], center[1] - lower[0])]
    else:
        center = max(center[0], middles[0]), min(center[1], middles[1])
    narrow, wide = max(min(width[0] for width in widths), 0.0), max(width[1] for width in widths)
    largest = max(abs(center[0]), abs(center[1]))
    smallest = 0.0 if center[0] <= 0.0 <= center[1] else min(abs(center[0]), abs(center[1]))
    return smallest / wide * (1.0 - Z_ROUNDED), largest / narrow * (1.0 + Z_ROUNDED) if narrow > 0.0 else inf


def implied(ratio: Range, level: float = 0.95, df: float | None = None) -> Range:
    """Return the range of two-sided p-values behind a range of ratios: normal, or Student's t.

    Examples
    --------
    >>> [round(p, 3) for p in implied((0.99, 1.05))]
    [0.04, 0.052]
    >>> [round(p, 3) for p in implied((0.99, 1.05), df=3)]
    [0.044, 0.051]
    """
    if df is None:
        z = NormalDist().inv_cdf(0.5 + 0.5 * level)
        return erfc(ratio[1] * z / sqrt(2.0)), erfc(ratio[0] * z / sqrt(2.0))
    t = noncentral_t.critical(1.0 - level, df)
    return noncentral_t.two_sided_p(ratio[1] * t, df), noncentral_t.two_sided_p(ratio[0] * t, df)


def printed_p(pval: float, relation: str = "=") -> Range:
    """Return the range of p-values that print so.

    Examples
    --------
    >>> printed_p(0.05, "<"), printed_p(0.25)
    ((0.0, 0.05), (0.245, 0.255))
    """
    if relation in ("<", "<="):
        return 0.0, pval
    if relation in (">", ">="):
        return pval, 1.0
    return max(pval - half_unit(pval), 0.0), min(pval + half_unit(pval), 1.0)


def _row(report: Report, table: ReportTable) -> list[Finding]:
    cells, p = numbers(report, "ci_lb", "estimate", "ci_ub"), numbers(report, "pval")
    outcome = table.outcomes.get(report.outcome)
    scale = report.text("scale") or (outcome.scale if outcome else "")
    if cells is None or p is None:
        return []
    level = (numbers(report, "level") or (0.95,))[0]
    sizes = numbers(report, "n1i", "n2i")
    df = min(sizes) - 1.0 if sizes else None
    low, middle, high = cells
    words = disagreement(low, middle, high, scale, p[0], report.text("pval_relation", "="), level, df)
    return [about("p_and_interval", words, report, column="pval")] if words else []


def _review(one: Published, outcome: str) -> list[Finding]:
    if one.estimate is None or one.ci_lb is None or one.ci_ub is None or one.pval is None:
        return []
    named = [word for word in re.findall(r"[a-z]+", one.measure.lower()) if word in MEASURES]
    df = None if one.k is None else one.k - 1.0
    words = disagreement(
        one.ci_lb, one.estimate, one.ci_ub, named[0] if named else "", one.pval, one.pval_relation, df=df
    )
    if not words:
        return []
    place = f"{one.review}, {one.measure}: {words[0].lower()}{words[1:]}"
    return [Finding("p_and_interval", (), outcome, place, one.file, one.line, "pval")]


def disagreement(
    low: float,
    middle: float,
    high: float,
    scale: str,
    pval: float,
    relation: str = "=",
    level: float = 0.95,
    df: float | None = None,
) -> str:
    """Say how a printed interval and a printed p disagree; nothing where they may agree.

    Parameters
    ----------
    low, middle, high, pval : float
        As printed.
    scale : str
        Of the printed numbers, a name of `core.scales.PRINTED`; any other is not looked at.
    relation : str
        ``=``, or ``<`` for a bound.
    level : float
        Of the interval.
    df : float, optional
        Fewest degrees of freedom of a t that may explain the p.

    Examples
    --------
    >>> disagreement(0.34, 0.77, 1.21, "smd", 0.0005, "<")
    ''
    >>> disagreement(0.01, 0.52, 1.03, "smd", 0.0005, "<")[:74]
    'The interval 0.01 to 1.03 around 0.52 implies a p between 0.042 and 0.05, '
    """
    if scale not in PRINTED or SCALES[PRINTED[scale][0]].null is None or not low <= middle <= high or low == high:
        return ""
    ratio = ratios(low, middle, high, PRINTED[scale][1])
    if ratio is None or not 0.0 < level < 1.0:
        return ""
    told, normal = printed_p(pval, relation), implied(ratio, level)
    if not apart(normal, told):
        return ""
    if df is not None and df >= 1.0:
        student = implied(ratio, level, df)
        if not apart((min(normal[0], student[0]), max(normal[1], student[1])), told):
            return ""
    return (
        f"The interval {low:g} to {high:g} around {middle:g} implies a p between {_shown(normal[0])} and"
        f" {_shown(normal[1])}, and p {relation} {pval:g} is printed{_explanation(ratio, level, told, normal)}."
    )


def _explanation(ratio: Range, level: float, told: Range, normal: Range) -> str:
    fitting = [df for df in range(FEWEST_DF, MOST_DF + 1) if not apart(implied(ratio, level, df), told)]
    if not apart((0.5 * normal[0], 0.5 * normal[1]), told):
        return ", which fits a one-sided test: check which test the p is from"
    if fitting:
        degrees = _span(fitting)
        return f", which fits a t interval on {degrees} degrees of freedom: check the method, and both numbers"
    return ": check both, and whether the p belongs to another test (heterogeneity, an adjusted model)"


def _span(values: Iterable[int]) -> str:
    ordered = sorted(values)
    return f"{ordered[0]}" if ordered[0] == ordered[-1] else f"{ordered[0]} to {ordered[-1]}"


def _shown(p: float) -> str:
    return f"{p:.2g}" if p >= 1e-4 else f"{p:.0e}"
