"""`medians`: medians of two groups with quartiles, ranges, or both.

`exact`: L(theta) is the density of the printed order statistics themselves in two normal groups with a common SD
(`effects.likelihoods.order_statistics`). `converted`: each group's mean and SD are estimated from its five numbers, and
the two groups then speak as means do, in the noncentral-t density of the resulting t statistic, as if these were the
means and SDs of the data; too narrow. Hedges' g is that of the converted numbers either way, and so are mean
differences and ratios of means.

References
----------
Wan et al. (2014) BMC Med Res Methodol 14:135; Luo et al. (2018) Stat Methods Med Res 27:1785; Shi et al. (2020)
Res Synth Methods 11:641; skewness: Shi et al. (2023) Stat Methods Med Res 32:1338. As metafor's `conv.fivenum`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import by_measure, derivation
from irlbayes.effects.columns import N1I, N2I, UNIT, group_sizes
from irlbayes.effects.conversions.five_numbers import mean_sd
from irlbayes.effects.likelihoods import noncentral_t, normal, order_statistics, order_statistics_graph, t_graph
from irlbayes.effects.likelihoods.quantiles import Five
from irlbayes.effects.likelihoods.stacked import by_form

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
SCALES = ("smd", "md", "rom")
LIKELIHOODS = ("exact", "converted", "normal")
MEASURE = {"smd": "SMD", "md": "MD", "rom": "ROM"}


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


def _scale(report: Report) -> str:
    return report.scale or SCALES[0]


def _as_means(report: Report) -> Report:
    """Return the row with the means and SDs that its medians stand for."""
    cells: dict[str, Value] = {}
    for group in (1, 2):
        cells[f"m{group}i"], cells[f"sd{group}i"] = mean_sd(*_five(report, group))
    return replace(report, values={**report.values, **cells})


def curve(report: Report) -> Curve:
    """Return the likelihood of the effect on the report's scale."""
    if _scale(report) != "smd":
        pair = yi_sei(report)
        if pair is None:
            raise ArithmeticError("no ratio of means from these medians: they need one sign")
        return normal_curve(*pair)
    if _exact(report):
        return order_statistics.observed(*_printed(report))
    return noncentral_t.observed(_statistic(report), *group_sizes(report))


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return the measure of the scale, and its standard error, of the means and SDs that the medians stand for."""
    if _scale(report) != "smd":
        return by_measure.yi_sei(_as_means(report), MEASURE[_scale(report)])
    return noncentral_t.hedges(_statistic(report), *group_sizes(report))


def design_sei(report: Report) -> float:
    """Return the standard error of the scale's measure."""
    pair = yi_sei(report)
    return pair[1] if pair else 1.0 / noncentral_t.root_size(*group_sizes(report))


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    n1, n2 = group_sizes(report)
    if _exact(report) and _scale(report) == "smd":
        listed = [
            derivation.given(report, *(name for name in _names(group) if report.has(name)), f"n{group}i")
            for group in (1, 2)
        ]
        return [
            Step(
                "likelihood",
                f"density of these order statistics ({'; '.join(listed)}) in two normal groups with a common SD,"
                " origin and unit integrated out",
                source="David & Nagaraja (2003)",
            )
        ]
    source = "Luo et al. (2018); Wan et al. (2014); Shi et al. (2020)"
    found = []
    for group in (1, 2):
        mean, sd = mean_sd(*_five(report, group))
        found += [
            Step(f"m{group}i", f"mean of group {group} from its quantiles", mean, source),
            Step(f"sd{group}i", f"SD of group {group} from its quantiles", sd, source),
        ]
    if _scale(report) != "smd":
        return [*found, *by_measure.steps(_as_means(report), MEASURE[_scale(report)])]
    t = _statistic(report)
    return [*found, Step("t", "t statistic of these means and SDs", t), *derivation.observed_t(t, n1, n2)]


def notes(report: Report) -> list[str]:
    """Say where printed values are tied; skewness is a finding of `effects/forensics/skewed_medians.py`."""
    found = []
    tied = [
        f"group {group}"
        for group in (1, 2)
        if len(given := [value for value in _five(report, group)[:5] if value is not None]) > len(set(given))
    ]
    if tied:
        found.append(f"printed quantiles of {' and '.join(tied)} are equal: coarse steps, so the SD is rough")
    if _scale(report) != "smd":
        found.append("the mean and SD were made from medians, whose own error the standard error leaves out")
    return found


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return five numbers of two normal samples of the same sizes.

    On the SMD scale the common SD is the unit; on the others group 2 keeps its mean, and both groups their SDs.
    """
    cells: dict[str, Value] = {}
    scale = _scale(report)
    (_, sd1), (mean2, sd2) = mean_sd(*_five(report, 1)), mean_sd(*_five(report, 2))
    groups = {
        "smd": ((theta, 1.0), (0.0, 1.0)),
        "md": ((mean2 + theta, sd1), (mean2, sd2)),
        "rom": ((mean2 * float(np.exp(theta)), sd1), (mean2, sd2)),
    }[scale]
    for group, (mean, sd) in enumerate(groups, start=1):
        sample = rng.normal(mean, sd, int(report.number(f"n{group}i")))
        shares = dict(zip(_names(group), (0.0, 0.25, 0.5, 0.75, 1.0), strict=True))
        names = [name for name in shares if report.has(name)]
        cells |= zip(names, np.quantile(sample, [shares[name] for name in names]).tolist(), strict=True)
    return cells


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    if _scale(reports[0]) != "smd":
        return normal.log_likelihood(theta, [pair for report in reports if (pair := yi_sei(report))])

    def write(exact: bool, part: Any, rows: list[Report]) -> Any:
        if exact:
            return order_statistics_graph.log_density(part, [_printed(row) for row in rows])
        return t_graph.log_density(part, [_statistic(row) for row in rows], [group_sizes(row) for row in rows])

    return by_form(theta, reports, _exact, write)
