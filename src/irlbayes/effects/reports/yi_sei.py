"""`yi_sei`: an effect and its standard error (or variance), already on the scale of pooling.

L(theta) = Normal(yi; theta, sei ** 2). What every R user has in hand after `escalc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import derivation
from irlbayes.effects.columns import SCALE, UNIT
from irlbayes.effects.likelihoods import normal

Array = NDArray[np.float64]

YI = Column("yi", "effect, on the scale of pooling (a log for ratios)")
SEI = Column("sei", "standard error of yi", "number", "above 0", lambda value: value > 0)
VI = Column("vi", "sampling variance of yi: sei squared", "number", "above 0", lambda value: value > 0)

COLUMNS = (YI,)
OPTIONAL = (SEI, VI, SCALE, UNIT)
ONE_OF = ("sei", "vi")
SCALES = ("reported",)
LIKELIHOODS = ("normal",)
AGREEMENT = 1e-3  # sei ** 2 and vi as printed to four digits


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    if not report.has("sei") and not report.has("vi"):
        return [("sei", "yi needs its standard error (sei) or its variance (vi)", "fill one of the two")]
    if report.has("sei", "vi") and abs(report.number("sei") ** 2 / report.number("vi") - 1.0) > AGREEMENT:
        return [("vi", "sei and vi disagree: vi is sei squared", "correct or remove one of the two")]
    return []


def yi_sei(report: Report) -> tuple[float, float]:
    """Return yi and sei."""
    return report.number("yi"), report.number("sei") if report.has("sei") else float(np.sqrt(report.number("vi")))


def curve(report: Report) -> Curve:
    """Return the normal likelihood."""
    return normal_curve(*yi_sei(report))


def design_sei(report: Report) -> float:
    """Return sei."""
    return yi_sei(report)[1]


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    yi, sei = yi_sei(report)
    if report.has("sei"):
        return [derivation.normal(yi, sei)]
    return [Step("sei", f"sqrt(vi) = sqrt({report.number('vi'):g})", sei), derivation.normal(yi, sei)]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the yi that the same design would report."""
    sei = design_sei(report)
    return {"yi": float(rng.normal(theta, sei)), "sei": sei}


def estimates(report: Report, theta: Array, rng: np.random.Generator) -> Array:
    """Return the yi of many replicates, as `simulate` draws them one by one, dims (replicate,)."""
    return rng.normal(theta, design_sei(report))


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    return normal.log_likelihood(theta, [yi_sei(report) for report in reports])
