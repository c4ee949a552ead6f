"""`changes`: means and SDs before and after, in two groups, with a stated correlation between the two visits.

L(theta) is normal on the mean difference of the changes. The SD of a change is
``sqrt(sd_pre**2 + sd_post**2 - 2 ri sd_pre sd_post)`` (Cochrane Handbook, section 6.5.2.8): it hangs on ``ri``, which
papers seldom print, so it has no default. There is no SMD: whether to divide by the SD of a score or of a change is a
choice that this row cannot make.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import derivation
from irlbayes.effects.columns import N1I, N2I, UNIT, group_sizes
from irlbayes.effects.likelihoods import normal


def _columns(group: int, size: Column) -> tuple[Column, ...]:
    return (
        Column(f"m{group}i_pre", f"mean of group {group} before"),
        Column(
            f"sd{group}i_pre",
            f"standard deviation of group {group} before",
            "number",
            "above 0",
            lambda value: value > 0,
        ),
        Column(f"m{group}i_post", f"mean of group {group} after"),
        Column(
            f"sd{group}i_post",
            f"standard deviation of group {group} after",
            "number",
            "above 0",
            lambda value: value > 0,
        ),
        size,
    )


R_PRE_POST = Column(
    "r_pre_post",
    "correlation between before and after, assumed or printed",
    "number",
    "above -1 and below 1",
    lambda value: -1 < value < 1,
)

COLUMNS = (*_columns(1, N1I), *_columns(2, N2I), R_PRE_POST)
OPTIONAL = (UNIT,)
SCALES = ("md",)
LIKELIHOODS = ("normal",)


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    return [
        (f"n{group}i", "a spread needs at least 2 people in the group", "check the group size")
        for group in (1, 2)
        if report.number(f"n{group}i") < 2
    ]


def _change(report: Report, group: int) -> tuple[float, float]:
    """Return a group's mean change and its SD."""
    pre, post = report.number(f"sd{group}i_pre"), report.number(f"sd{group}i_post")
    variance = pre**2 + post**2 - 2.0 * report.number("r_pre_post") * pre * post
    return report.number(f"m{group}i_post") - report.number(f"m{group}i_pre"), sqrt(variance)


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the difference of the mean changes and its standard error."""
    (change1, sd1), (change2, sd2) = _change(report, 1), _change(report, 2)
    n1, n2 = group_sizes(report)
    return change1 - change2, sqrt(sd1**2 / n1 + sd2**2 / n2)


def curve(report: Report) -> Curve:
    """Return the normal likelihood."""
    return normal_curve(*yi_sei(report))


def design_sei(report: Report) -> float:
    """Return the standard error."""
    return yi_sei(report)[1]


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    yi, sei = yi_sei(report)
    found = []
    for group in (1, 2):
        change, sd = _change(report, group)
        pre, post = report.number(f"sd{group}i_pre"), report.number(f"sd{group}i_post")
        r = report.number("r_pre_post")
        found += [
            Step(f"change {group}", f"m{group}i_post - m{group}i_pre", change),
            Step(
                f"sd {group}",
                f"sqrt({pre:g}^2 + {post:g}^2 - 2 * {r:g} * {pre:g} * {post:g})",
                sd,
                "Cochrane Handbook, section 6.5.2.8",
            ),
        ]
    n1, n2 = group_sizes(report)
    return [
        *found,
        Step("yi", "change 1 - change 2", yi),
        Step("sei", f"sqrt(sd1^2 / {n1:g} + sd2^2 / {n2:g})", sei),
        derivation.normal(yi, sei),
    ]


def notes(report: Report) -> list[str]:
    """Say what the answer hangs on."""
    return [f"the spread of the changes rests on a correlation of {report.number('r_pre_post'):g} between the visits"]


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the means after that the same design would print; the rest stays as it is."""
    yi, sei = yi_sei(report)
    drawn = float(rng.normal(theta, sei))
    return {**report.values, "m1i_post": report.number("m1i_post") + drawn - yi}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    return normal.log_likelihood(theta, [yi_sei(report) for report in reports])
