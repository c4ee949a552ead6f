"""The next study as events over person-time in one group: exactly Poisson."""

from __future__ import annotations

from math import exp, log

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.planned import Design, Stratum
from irlbayes.core.types import Value

Array = NDArray[np.float64]
SCALES = EXACT = ("log_rate",)
GROUPS, UNIT = 1, "person-years"


def needs(scale: str) -> tuple[str, ...]:
    """Return nothing: the effect is the rate itself."""
    return ()


def cells(design: Design, scale: str, theta: float) -> dict[str, Value]:
    """Return the events that the study would report where everything is as expected."""
    return {"xi": design.size1 * exp(theta), "ti": design.size1}


def strata(design: Design, theta: float) -> tuple[Stratum, ...]:
    """Return the events that the study can report."""
    from scipy.special import pdtr

    t = design.size1

    def log_likelihood(x: Array, at: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(x[:, None] * (at + log(t)) - t * np.exp(at))

    def cumulative(x: Array, at: Array) -> Array:
        return np.where(x[:, None] < 0.0, 0.0, pdtr(np.maximum(x, 0.0)[:, None], t * np.exp(at)))

    return (
        Stratum(
            weight=1.0,
            low=0.0,
            high=np.inf,
            discrete=True,
            log_likelihood=log_likelihood,
            cumulative=cumulative,
            expected=lambda at: np.asarray(t * np.exp(at)),
            detail=float((t * exp(theta + 1.0)) ** -0.5),  # of a rate e times as high
            show=lambda x: f"{x:g} events in {t:g} person-years",
        ),
    )
