"""The next study as a count of people out of a total: exactly binomial."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.planned import Design, Stratum
from irlbayes.core.types import Value
from irlbayes.effects.likelihoods import two_by_two

Array = NDArray[np.float64]
SCALES = EXACT = ("logit",)
GROUPS, UNIT = 1, "patients"


def needs(scale: str) -> tuple[str, ...]:
    """Return nothing: the effect is the proportion itself."""
    return ()


def cells(design: Design, scale: str, theta: float) -> dict[str, Value]:
    """Return the count that the study would report where everything is as expected."""
    return {"xi": design.size1 * float(_expit(theta)), "ni": design.size1}


def strata(design: Design, theta: float) -> tuple[Stratum, ...]:
    """Return the counts that the study can report."""
    from scipy.special import bdtr

    n = design.size1

    def log_likelihood(x: Array, at: Array) -> Array:
        return np.stack([two_by_two.log_binomial(float(count), n)(at) for count in x])

    def cumulative(x: Array, at: Array) -> Array:
        return np.where(x[:, None] < 0.0, 0.0, bdtr(np.clip(x, 0.0, n)[:, None], int(n), _expit(at)))

    return (
        Stratum(
            weight=1.0,
            low=0.0,
            high=n,
            discrete=True,
            log_likelihood=log_likelihood,
            cumulative=cumulative,
            expected=lambda at: n * _expit(at),
            detail=float(2.0 / np.sqrt(n)),
            show=lambda x: f"{x:g} of {n:g}",
        ),
    )


def _expit(x: Array | float) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(x))))
