"""`estimate_ci`: a printed estimate with its confidence interval.

L(theta) = Normal(y; theta, sei ** 2) with ``sei = (ub - lb) / (2 z)`` on the scale of pooling: ratios are logged first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import derivation, intervals, printed
from irlbayes.effects.columns import ESTIMATE, LEVEL, PVAL, PVAL_RELATION, SCALE, UNIT
from irlbayes.effects.likelihoods import normal

Array = NDArray[np.float64]

CI_LB = Column("ci_lb", "lower end of the printed interval")
CI_UB = Column("ci_ub", "upper end of the printed interval")

COLUMNS = (ESTIMATE, CI_LB, CI_UB)
OPTIONAL = (LEVEL, SCALE, UNIT, PVAL, PVAL_RELATION)  # a p beside its interval is checked, not used
SCALES = ("reported",)
LIKELIHOODS = ("normal",)


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    return intervals.check(report)


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the estimate and its standard error, on the scale of pooling."""
    return intervals.yi_sei(report)


def curve(report: Report) -> Curve:
    """Return the normal likelihood."""
    return normal_curve(*yi_sei(report))


def design_sei(report: Report) -> float:
    """Return the standard error."""
    return yi_sei(report)[1]


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    yi, sei = yi_sei(report)
    z, level = intervals.quantile(report), intervals.level(report)
    low, high = printed.value(report, "ci_lb"), printed.value(report, "ci_ub")
    return [
        *printed.steps(report, "estimate", "ci_lb", "ci_ub"),
        Step("z", f"normal quantile {0.5 + 0.5 * level:g}", z),
        Step("sei", f"(upper - lower) / (2 z) = ({high:.6g} - {low:.6g}) / (2 * {z:.6g})", sei),
        derivation.normal(yi, sei),
    ]


def notes(report: Report) -> list[str]:
    """Return nothing: a lopsided interval is a finding of `effects/forensics/lopsided_interval.py`."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the estimate and interval that the same design would print."""
    return intervals.simulate(report, theta, rng)


def estimates(report: Report, theta: Array, rng: np.random.Generator) -> Array:
    """Return the estimates of many replicates on the scale of pooling, as `simulate` draws them, dims (replicate,)."""
    return rng.normal(theta, design_sei(report))


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    return normal.log_likelihood(theta, [yi_sei(report) for report in reports])
