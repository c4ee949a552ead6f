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
from math import hypot
from statistics import NormalDist
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import derivation, printed
from irlbayes.effects.columns import LEVEL, SCALE, UNIT
from irlbayes.effects.likelihoods import normal

GROUPS = {"pos": "IRL-positive", "neg": "IRL-negative"}
COLUMNS = tuple(
    Column(f"{name}_{group}", f"{words} of the treatment effect in {people} patients; for a ratio, the ratio itself")
    for group, people in GROUPS.items()
    for name, words in (
        ("estimate", "printed estimate"),
        ("ci_lb", "lower end of the interval"),
        ("ci_ub", "upper end of the interval"),
    )
)
OPTIONAL = (LEVEL, SCALE, UNIT)
SCALES = ("reported",)
LIKELIHOODS = ("normal",)


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    broken = printed.out_of_range(report, *(column.name for column in COLUMNS))
    if broken:
        return broken
    for group in GROUPS:
        low, middle, high = (report.number(f"{name}_{group}") for name in ("ci_lb", "estimate", "ci_ub"))
        if low >= high:
            broken.append((f"ci_lb_{group}", "the lower end lies below the upper end", "check the order of the ends"))
        elif not low <= middle <= high:
            words = f"the estimate lies inside its interval, {low:g} to {high:g}"
            broken.append((f"estimate_{group}", words, "check all three numbers"))
    return broken


def _z(report: Report) -> float:
    return NormalDist().inv_cdf(0.5 + 0.5 * (report.number("level") if report.has("level") else 0.95))


def _of(report: Report, group: str) -> tuple[float, float]:
    """Return a subgroup's effect and its standard error, on the scale of pooling."""
    low, high = printed.value(report, f"ci_lb_{group}"), printed.value(report, f"ci_ub_{group}")
    return printed.value(report, f"estimate_{group}"), (high - low) / (2.0 * _z(report))


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the difference of the two effects and its standard error, on the scale of pooling."""
    (y_pos, s_pos), (y_neg, s_neg) = (_of(report, group) for group in GROUPS)
    return y_pos - y_neg, hypot(s_pos, s_neg)


def curve(report: Report) -> Curve:
    """Return the normal likelihood."""
    return normal_curve(*yi_sei(report))


def design_sei(report: Report) -> float:
    """Return the standard error."""
    return yi_sei(report)[1]


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    found = []
    for group, people in GROUPS.items():
        y, s = _of(report, group)
        found.append(Step(f"y_{group}", f"effect in {people} patients, on the scale of pooling", y))
        found.append(Step(f"s_{group}", f"(upper - lower) / (2 z), z = {_z(report):.6g}", s))
    yi, sei = yi_sei(report)
    found.append(Step("yi", "y_pos - y_neg", yi))
    found.append(Step("sei", "sqrt(s_pos^2 + s_neg^2)", sei, "Altman & Bland (2003)"))
    return [*found, derivation.normal(yi, sei)]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all of it."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return what the same design would print; the effect in negative patients stays where it is."""
    base = _of(report, "neg")[0]
    cells: dict[str, Value] = {}
    for group, mean in (("pos", base + theta), ("neg", base)):
        sei = _of(report, group)[1]
        y, reach = rng.normal(mean, sei), sei * _z(report)
        for name, value in (("estimate", y), ("ci_lb", y - reach), ("ci_ub", y + reach)):
            cells[f"{name}_{group}"] = printed.back(report, float(value))
    return cells


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    return normal.log_likelihood(theta, [yi_sei(report) for report in reports])
