"""`subgroup_estimates`: an effect of treatment printed for IRL-positive and for IRL-negative patients.

theta is the effect in positive patients minus that in negative ones, on the scale of pooling: the log of a ratio of
ratios. L(theta) = Normal(y; theta, sei ** 2), y the difference of the estimates, ``sei**2`` the sum of their squared
standard errors: the two subgroups are other people.

References
----------
Altman, D. G., & Bland, J. M. (2003). Interaction revisited: the difference between two estimates. BMJ, 326, 219.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.treatment import INTERACTION
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import arms, intervals, printed
from irlbayes.effects.columns import LEVEL, SCALE, UNIT
from irlbayes.effects.likelihoods import normal

COLUMNS = arms.columns(
    [
        Column("estimate", "printed effect of treatment in {} patients; for a ratio, the ratio itself"),
        Column("ci_lb", "lower end of its interval, {} patients"),
        Column("ci_ub", "upper end of its interval, {} patients"),
    ]
)
OPTIONAL = (LEVEL, SCALE, UNIT)
SCALES = ("reported",)
LIKELIHOODS = ("normal",)
CONTRAST = INTERACTION


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    return [
        (f"{column}_{group}", rule, fix)
        for group in arms.GROUPS
        for column, rule, fix in intervals.check(arms.subgroup(report, group))
    ]


def _both(report: Report) -> tuple[tuple[float, float], tuple[float, float]]:
    pos, neg = (intervals.yi_sei(arms.subgroup(report, group)) for group in arms.GROUPS)
    return pos, neg


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the difference of the two effects and its standard error, on the scale of pooling."""
    return arms.difference(*_both(report))


def curve(report: Report) -> Curve:
    """Return the normal likelihood."""
    return normal_curve(*yi_sei(report))


def design_sei(report: Report) -> float:
    """Return the standard error."""
    return yi_sei(report)[1]


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    change = printed.transformation(report)
    effect = ("" if change == "none" else f"{change} of the ") + "effect printed for {} patients"
    error = f"(upper - lower) / (2 z) on the scale of pooling, z = {intervals.quantile(report):.6g}"
    return arms.steps_of(*_both(report), effect, error)


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all of it."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return what the same design would print; the true effect in negative patients is the observed one."""
    base = _both(report)[1][0]
    return {
        **arms.with_suffix(intervals.simulate(arms.subgroup(report, "pos"), base + theta, rng), "pos"),
        **arms.with_suffix(intervals.simulate(arms.subgroup(report, "neg"), base, rng), "neg"),
    }


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    return normal.log_likelihood(theta, [yi_sei(report) for report in reports])
