"""`skewed_medians`: medians with quartiles or ranges that lean too far for a mean and an SD to be made of them.

Rule: the statistic of Shi et al. (2023) exceeds its 5 % limit in a group of a `medians` row (the rule by which
metafor's `conv.fivenum` refuses). Silent in groups of fewer than five people, where the formula of the limit leaves its
range (it turns negative).

Limits: the test sees the ends that are printed, nothing between them; one group in twenty fires without any skewness.
One wrong end (a failed test scored 0) looks like skewness.

References
----------
Shi, J., Luo, D., Wan, X., Liu, Y., Liu, J., Bian, Z., & Tong, T. (2023). Detecting the skewness of data from the
five-number summary and its application in meta-analysis. Statistical Methods in Medical Research, 32(7), 1338-1360.
"""

from __future__ import annotations

from irlbayes.core.types import Finding, Report, ReportTable
from irlbayes.effects.conversions.five_numbers import skewness
from irlbayes.effects.row_findings import about, listed, numbers

FEWEST = 5


def find(table: ReportTable) -> list[Finding]:
    """Return the `medians` rows in which a group is visibly skewed."""
    return [finding for report in table.reports if report.kind == "medians" for finding in _look(report)]


def _look(report: Report) -> list[Finding]:
    skewed = []
    for group in (1, 2):
        center = numbers(report, f"median{group}i", f"n{group}i")
        quartiles = numbers(report, f"q1_{group}i", f"q3_{group}i") or (None, None)
        extremes = numbers(report, f"min{group}i", f"max{group}i") or (None, None)
        if center is None or center[1] < FEWEST or (quartiles[0] is None and extremes[0] is None):
            continue
        statistic, limit = skewness(extremes[0], quartiles[0], center[0], quartiles[1], extremes[1], center[1])
        if statistic > limit:
            skewed.append(f"group {group} ({statistic:.2f} against a limit of {limit:.2f})")
    if not skewed:
        return []
    words = (
        f"Medians show skewness in {listed(skewed)} (Shi et al. 2023), so the mean and SD made from them are rough:"
        " check the five numbers, and prefer a printed mean and SD, a log scale or a p-value of the same comparison."
    )
    return [about("skewed_medians", words, report, column="median1i")]
