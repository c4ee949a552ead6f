"""A printed estimate with its interval: the rules it keeps, its standard error, and another one like it."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from irlbayes.core.types import Report, Value
from irlbayes.effects import printed

PRINTED = ("estimate", "ci_lb", "ci_ub")


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules that an estimate and its interval break.

    Parameters
    ----------
    report : Report
        With ``estimate``, ``ci_lb`` and ``ci_ub``, and perhaps ``level`` and ``scale``.
    """
    broken = printed.out_of_range(report, *PRINTED)
    if broken:
        return broken
    middle, low, high = (report.number(name) for name in PRINTED)
    if low >= high:
        broken.append(("ci_lb", "the lower end lies below the upper end", "check the order of the two ends"))
    elif not low <= middle <= high:
        broken.append(
            ("estimate", f"the estimate lies inside its interval, {low:g} to {high:g}", "check all three numbers")
        )
    return broken


def level(report: Report) -> float:
    """Return the confidence level of the interval: 0.95 where the row says none."""
    return report.number("level") if report.has("level") else 0.95


def quantile(report: Report) -> float:
    """Return the normal quantile that half the interval stands for."""
    return NormalDist().inv_cdf(0.5 + 0.5 * level(report))


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the estimate and its standard error, on the scale of pooling."""
    middle, low, high = (printed.value(report, name) for name in PRINTED)
    return middle, (high - low) / (2.0 * quantile(report))


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the estimate and interval that the same design would print."""
    _, sei = yi_sei(report)
    y, reach = rng.normal(theta, sei), sei * quantile(report)
    return {
        name: printed.back(report, float(value)) for name, value in zip(PRINTED, (y, y - reach, y + reach), strict=True)
    }
