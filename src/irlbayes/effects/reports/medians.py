"""`medians`: medians of two groups with quartiles, ranges, or both.

`exact`: L(theta) is the density of the printed order statistics themselves in two normal groups with a common SD
(`effects.order_statistics`). `converted`: each group's mean and SD are estimated from its five numbers, and
the two groups then speak as means do, in the noncentral-t density of the resulting t statistic, as if these were the
means and SDs of the data; too narrow. Hedges' g is that of the converted numbers either way.

References
----------
Wan et al. (2014) BMC Med Res Methodol 14:135; Luo et al. (2018) Stat Methods Med Res 27:1785; Shi et al. (2020)
Res Synth Methods 11:641; skewness: Shi et al. (2023) Stat Methods Med Res 32:1338. As metafor's `conv.fivenum`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve
from irlbayes.core.types import Column, Report, Value
from irlbayes.effects import noncentral_t, order_statistics, order_statistics_graph, t_graph
from irlbayes.effects.columns import N1I, N2I, UNIT, group_sizes
from irlbayes.effects.quantiles import Five

MEDIAN1I = Column("median1i", "median of group 1")
MEDIAN2I = Column("median2i", "median of group 2")
QUARTILES = tuple(
    Column(f"{end}_{group}i", f"{words} quartile of group {group}")
    for group in (1, 2)
    for end, words in (("q1", "lower"), ("q3", "upper"))
)
RANGE = tuple(
    Column(f"{end}{group}i", f"{words} of group {group}")
    for group in (1, 2)
    for end, words in (("min", "minimum"), ("max", "maximum"))
)

LIKELIHOODS = ("exact", "converted")
LIKELIHOOD = Column(
    "likelihood",
    "exact (of the quantiles themselves; the default) or converted (to means and SDs, too narrow)",
    "text",
    "one of exact, converted",
    lambda value: value in LIKELIHOODS,
)

COLUMNS = (MEDIAN1I, MEDIAN2I, N1I, N2I)
OPTIONAL = (*QUARTILES, *RANGE, UNIT, LIKELIHOOD)
SCALE_OF = "smd"


def _names(group: int) -> tuple[str, str, str, str, str]:
    return f"min{group}i", f"q1_{group}i", f"median{group}i", f"q3_{group}i", f"max{group}i"


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    broken = []
    for group in (1, 2):
        low, q1, _, q3, high = names = _names(group)
        for pair in ((q1, q3), (low, high)):
            if report.has(pair[0]) != report.has(pair[1]):
                missing = pair[0] if not report.has(pair[0]) else pair[1]
                broken.append((missing, f"{pair[0]} and {pair[1]} come as a pair", "fill both or neither"))
        if not any(report.has(name) for name in (q1, q3, low, high)):
            broken.append(
                (
                    q1,
                    f"group {group} needs quartiles ({q1}, {q3}) or a range ({low}, {high})",
                    "fill one pair, or report the comparison as p_value, significance or direction",
                )
            )
        given = [(name, report.number(name)) for name in names if report.has(name)]
        for (left, a), (right, b) in pairwise(given):
            if a > b:
                broken.append((right, f"{left} is at most {right}", "check the order of the numbers"))
        if len(given) > 1 and given[0][1] == given[-1][1]:
            broken.append(
                (given[-1][0], f"group {group} has no spread", "check the numbers: a group without spread has no SMD")
            )
        if report.number(f"n{group}i") < 2:
            broken.append((f"n{group}i", "a spread needs at least 2 people in the group", "check the group size"))
    return broken


def mean_sd(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Estimate a group's mean and SD from its median with quartiles, a range, or both.

    Parameters
    ----------
    low, q1, median, q3, high : float or None
        The five numbers; quartiles or the range may be None.
    n : float
        Group size.

    Returns
    -------
    tuple of float
        Mean (Luo 2018) and SD (Wan 2014; Shi 2020 with all five).

    Examples
    --------
    >>> [round(v, 6) for v in mean_sd(2, None, 6, None, 14, 20)]
    [6.594468, 3.211576]
    """
    inverse = NormalDist().inv_cdf
    range_unit, quartile_unit = 2.0 * inverse((n - 0.375) / (n + 0.25)), 2.0 * inverse((0.75 * n - 0.125) / (n + 0.25))
    if q1 is None or q3 is None:
        assert low is not None
        assert high is not None
        weight = 4.0 / (4.0 + n**0.75)
        return weight * (low + high) / 2.0 + (1.0 - weight) * median, (high - low) / range_unit
    if low is None or high is None:
        weight = 0.7 + 0.39 / n
        return weight * (q1 + q3) / 2.0 + (1.0 - weight) * median, (q3 - q1) / quartile_unit
    outer, inner = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    mean = outer * (low + high) / 2.0 + inner * (q1 + q3) / 2.0 + (1.0 - outer - inner) * median
    share = 1.0 / (1.0 + 0.07 * n**0.6)
    return mean, share * (high - low) / range_unit + (1.0 - share) * (q3 - q1) / quartile_unit


def skewness(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Return the statistic and the critical value (5 %) of the test of skewness of Shi et al. (2023)."""

    def lean(a: float, b: float) -> float:
        return abs((a + b - 2.0 * median) / (b - a)) if b > a else 0.0

    if q1 is None or q3 is None:
        assert low is not None
        assert high is not None
        return lean(low, high), 1.01 / log(n + 9.0) + 2.43 / (n + 1.0)
    if low is None or high is None:
        return lean(q1, q3), 2.66 / sqrt(n) - 5.92 / n**2
    return max(2.65 * log(0.6 * n) / sqrt(n) * lean(low, high), lean(q1, q3)), 3.0 / sqrt(n) - 40.0 / n**3


def _five(report: Report, group: int) -> tuple[float | None, float | None, float, float | None, float | None, float]:
    low, q1, q2, q3, high = (report.number(name) if report.has(name) else None for name in _names(group))
    assert q2 is not None
    return low, q1, q2, q3, high, report.number(f"n{group}i")


def _exact(report: Report) -> bool:
    return (report.text("likelihood") or LIKELIHOODS[0]) == "exact"


def _printed(report: Report) -> tuple[Five, float, Five, float]:
    """Return the five numbers and the size of each group."""
    five1, five2 = _five(report, 1), _five(report, 2)
    return five1[:5], five1[5], five2[:5], five2[5]


def _statistic(report: Report) -> float:
    n1, n2 = group_sizes(report)
    (m1, s1), (m2, s2) = mean_sd(*_five(report, 1)), mean_sd(*_five(report, 2))
    pooled = sqrt(((n1 - 1.0) * s1**2 + (n2 - 1.0) * s2**2) / (n1 + n2 - 2.0))
    return (m1 - m2) / pooled * noncentral_t.root_size(n1, n2)


def curve(report: Report) -> Curve:
    """Return the likelihood of the SMD."""
    if _exact(report):
        return order_statistics.observed(*_printed(report))
    return noncentral_t.observed(_statistic(report), *group_sizes(report))


def yi_sei(report: Report) -> tuple[float, float]:
    """Return Hedges' g and its standard error."""
    return noncentral_t.hedges(_statistic(report), *group_sizes(report))


def design_sei(report: Report) -> float:
    """Return the standard error of Hedges' g."""
    return yi_sei(report)[1]


def notes(report: Report) -> list[str]:
    """Say which groups are visibly skewed, and where printed values are tied."""
    skewed, tied = [], []
    for group in (1, 2):
        statistic, limit = skewness(*_five(report, group))
        if statistic > limit:
            skewed.append(f"group {group} ({statistic:.2f} against a limit of {limit:.2f})")
        given = [value for value in _five(report, group)[:5] if value is not None]
        if len(set(given)) < len(given):
            tied.append(f"group {group}")
    found = []
    if skewed:
        found.append(
            f"medians show skewness in {' and '.join(skewed)}, so the mean and SD made from them are rough"
            " (Shi et al. 2023)"
        )
    if tied:
        found.append(f"printed quantiles of {' and '.join(tied)} are equal: coarse steps, so the SD is rough")
    return found


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return five numbers of two normal samples of the same sizes, the pooled SD as unit."""
    cells: dict[str, Value] = {}
    for group, mean in ((1, theta), (2, 0.0)):
        sample = rng.normal(mean, 1.0, int(report.number(f"n{group}i")))
        for name, at in zip(_names(group), (0.0, 0.25, 0.5, 0.75, 1.0), strict=True):
            if report.has(name):
                cells[name] = float(np.quantile(sample, at))
    return cells


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    import pytensor.tensor as pt

    return pt.stack(
        [
            order_statistics_graph.log_density(theta[i], *_printed(r))
            if _exact(r)
            else t_graph.log_density(theta[i], _statistic(r), *group_sizes(r))
            for i, r in enumerate(reports)
        ]
    )
