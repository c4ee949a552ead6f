"""`lopsided_interval`: a printed interval whose middle is not its estimate, on the scale that is pooled.

Rule: on the scale of pooling (logs of ratios, logits of proportions) the middle of the interval and the estimate are
ranges, half a unit of the last printed digit to either side; they have nothing in common. Where they agree on another
scale (plain instead of log, or log instead of plain), that is said: the interval was then computed there.

Limits: Clopper-Pearson, profile-likelihood and bootstrap intervals are lopsided rightly. A zero that the paper
printed at the end of a number is lost, so a lopsidedness smaller than the wider rounding is not seen.

References
----------
Altman, D. G., & Bland, J. M. (2011). How to obtain the P value from a confidence interval. BMJ, 343, d2304 (intervals
of ratios are symmetric on the log scale).
"""

from __future__ import annotations

from collections.abc import Sequence

from irlbayes.core.types import Finding, Report, ReportTable
from irlbayes.effects import printed
from irlbayes.effects.printed_digits import apart, ends
from irlbayes.effects.row_findings import about, numbers

CELLS = ("ci_lb", "estimate", "ci_ub")
SCALE_WORDS = {"none": "as printed", "log": "on the log scale", "logit": "on the logit scale"}


def find(table: ReportTable) -> list[Finding]:
    """Return the `estimate_ci` rows whose interval is lopsided by more than rounding explains."""
    return [finding for report in table.reports if report.kind == "estimate_ci" for finding in _look(report)]


def lopsided(
    low: float,
    middle: float,
    high: float,
    transformation: str,
    halves: Sequence[float | None] = (None, None, None),
) -> bool | None:
    """Whether an interval is lopsided by more than rounding explains; None where its digits cannot tell.

    ``halves`` are half units of the last digits, where the zeros at their ends are known.

    Examples
    --------
    >>> lopsided(0.9, 1.45, 2.34, "log"), lopsided(0.9, 1.45, 2.34, "none")
    (False, True)
    """
    try:
        lower, center, upper = (
            ends(value, transformation, half) for value, half in zip((low, middle, high), halves, strict=True)
        )
    except ValueError:
        return None
    return apart((0.5 * (lower[0] + upper[0]), 0.5 * (lower[1] + upper[1])), center)


def _look(report: Report) -> list[Finding]:
    cells = numbers(report, *CELLS)
    transformation = printed.transformation(report)
    if cells is None:
        return []
    low, middle, high = cells
    if not lopsided(low, middle, high, transformation):
        return []
    elsewhere = [
        other for other in ("none", "log") if other != transformation and lopsided(low, middle, high, other) is False
    ]
    words = (
        f"The interval {low:g} to {high:g} is lopsided around {middle:g} {SCALE_WORDS[transformation]} by more than"
        " rounding explains, and its width was used"
    )
    if elsewhere == ["none"]:
        words += "; it is symmetric as printed, so it looks computed on the plain scale: "
        words += (
            "prefer the count of people, if it is printed."
            if transformation == "logit"
            else "check whether the estimate is a ratio."
        )
    elif elsewhere == ["log"]:
        words += "; it is symmetric on the log scale, so it looks like a ratio: check the scale cell."
    else:
        words += ": check the three numbers, and whether the interval is a bootstrap or an exact one."
    return [about("lopsided_interval", words, report, column="ci_lb")]
