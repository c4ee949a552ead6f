"""The next study as events over person-time in two groups: the events in group 1, at every number in group 2.

The rate in group 2 is stated, so that its events say nothing of the effect. The study will be read as every study of
rates is, by the binomial of the events in group 1 among all, which knows no stated rate.
"""

from __future__ import annotations

from functools import partial
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.planned import Design, Stratum, thinned
from irlbayes.core.types import Value
from irlbayes.effects.likelihoods import two_by_two

Array = NDArray[np.float64]
SCALES = ("log_irr", "ird")
EXACT = ("log_irr",)
GROUPS, UNIT = 2, "person-years"


def needs(scale: str) -> tuple[str, ...]:
    """Return the assumptions that every scale of rates needs: the rate in group 2."""
    return ("rate",)


def cells(design: Design, scale: str, theta: float) -> dict[str, Value]:
    """Return the events that the study would report where everything is as expected.

    Raises
    ------
    ArithmeticError
        When the effect and the rate in group 2 leave no possible rate in group 1.
    """
    rate = design.rate or 0.0
    rate1 = rate * exp(theta) if scale == "log_irr" else rate + theta
    if rate1 <= 0.0:
        raise ArithmeticError(
            f"a rate of {rate:g} in group 2 and the mean effect leave a rate of {rate1:.3g} in group 1"
        )
    t1, t2 = design.size1, design.size2
    return {"x1i": t1 * rate1, "t1i": t1, "x2i": t2 * rate, "t2i": t2}


def strata(design: Design, theta: float) -> tuple[Stratum, ...]:
    """Return the events in group 1 that the study can report, for every likely number in group 2."""
    from scipy.special import gammaln, pdtr

    t1, t2, rate = design.size1, design.size2, design.rate or 0.0
    mean = t2 * rate
    every = np.arange(np.floor(mean + 12.0 * np.sqrt(mean) + 30.0))
    events, weight = thinned(every, np.exp(every * log(mean) - mean - gammaln(every + 1)))
    shift, detail = log(t1 / t2), float(max(events.max(), 1.0) ** -0.5)

    def log_likelihood(x2: float, x: Array, at: Array) -> Array:
        return np.stack([two_by_two.log_binomial(float(x1), float(x1 + x2), shift)(at) for x1 in x])

    def cumulative(x: Array, at: Array) -> Array:
        return np.where(x[:, None] < 0.0, 0.0, pdtr(np.maximum(x, 0.0)[:, None], t1 * rate * np.exp(at)))

    def show(x2: float, x1: float) -> str:
        return f"{x1:g} events in {t1:g} person-years against {x2:g} in {t2:g}"

    return tuple(
        Stratum(
            weight=float(share),
            low=0.0,
            high=np.inf,
            discrete=True,
            log_likelihood=partial(log_likelihood, float(x2)),
            cumulative=cumulative,
            expected=lambda at: t1 * rate * np.exp(at),
            detail=detail,
            show=partial(show, float(x2)),
        )
        for x2, share in zip(events, weight, strict=True)
    )
