"""`medians`: medians of two groups with quartiles, ranges, or both.

Each group's mean and SD are estimated from its five numbers, and the two groups then speak as means do: L(theta)
is the noncentral-t density of the resulting t statistic.

References
----------
Wan et al. (2014) BMC Med Res Methodol 14:135; Luo et al. (2018) Stat Methods Med Res 27:1785; Shi et al. (2020)
Res Synth Methods 11:641; skewness: Shi et al. (2023) Stat Methods Med Res 32:1338. As metafor's `conv.fivenum`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve
from irlbayes.core.types import Column, Report, Value
from irlbayes.effects import noncentral_t, t_graph
from irlbayes.effects.columns import N1I, N2I, UNIT, group_sizes
from irlbayes.effects.conversions.five_numbers import mean_sd

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

COLUMNS = (MEDIAN1I, MEDIAN2I, N1I, N2I)
OPTIONAL = (*QUARTILES, *RANGE, UNIT)
SCALES = ("smd",)
LIKELIHOODS = ("exact",)


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


def _five(report: Report, group: int) -> tuple[float | None, float | None, float, float | None, float | None, float]:
    low, q1, q2, q3, high = (report.number(name) if report.has(name) else None for name in _names(group))
    assert q2 is not None
    return low, q1, q2, q3, high, report.number(f"n{group}i")


def _statistic(report: Report) -> float:
    n1, n2 = group_sizes(report)
    (m1, s1), (m2, s2) = mean_sd(*_five(report, 1)), mean_sd(*_five(report, 2))
    pooled = sqrt(((n1 - 1.0) * s1**2 + (n2 - 1.0) * s2**2) / (n1 + n2 - 2.0))
    return (m1 - m2) / pooled * noncentral_t.root_size(n1, n2)


def curve(report: Report) -> Curve:
    """Return the noncentral-t likelihood of the SMD."""
    return noncentral_t.observed(_statistic(report), *group_sizes(report))


def yi_sei(report: Report) -> tuple[float, float]:
    """Return Hedges' g and its standard error."""
    return noncentral_t.hedges(_statistic(report), *group_sizes(report))


def design_sei(report: Report) -> float:
    """Return the standard error of Hedges' g."""
    return yi_sei(report)[1]


def notes(report: Report) -> list[str]:
    """Return nothing: skewed medians are a finding of `effects/forensics/skewed_medians.py`."""
    return []


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

    return pt.stack([t_graph.log_density(theta[i], _statistic(r), *group_sizes(r)) for i, r in enumerate(reports)])
