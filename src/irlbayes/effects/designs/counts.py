"""The next study as events and people in two groups: the events in group 1, at every number of events in group 2.

The risk in group 2 is stated, so that its events say nothing of the effect. The study will be read as every study of
counts is, by Fisher's noncentral hypergeometric distribution given the margins, which knows no stated risk.
"""

from __future__ import annotations

from functools import partial
from math import log

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.planned import Design, Stratum, thinned
from irlbayes.core.types import Value
from irlbayes.effects.likelihoods import two_by_two

Array = NDArray[np.float64]
SCALES = ("log_or", "log_rr", "rd")
EXACT = ("log_or",)
GROUPS, UNIT = 2, "patients"


def needs(scale: str) -> tuple[str, ...]:
    """Return the assumptions that every scale of counts needs: the risk in group 2."""
    return ("risk",)


def _risk1(design: Design, scale: str, theta: float) -> float:
    risk = design.risk or 0.0
    if scale == "log_or":
        return float(_expit(log(risk / (1.0 - risk)) + theta))
    return float(risk * np.exp(theta)) if scale == "log_rr" else risk + theta


def cells(design: Design, scale: str, theta: float) -> dict[str, Value]:
    """Return the events that the study would report where everything is as expected.

    Raises
    ------
    ArithmeticError
        When the effect and the risk in group 2 leave no possible risk in group 1.
    """
    risk1, risk = _risk1(design, scale, theta), design.risk or 0.0
    if not 0.0 < risk1 < 1.0:
        raise ArithmeticError(
            f"a risk of {risk:g} in group 2 and the mean effect leave a risk of {risk1:.3g} in group 1"
        )
    n1, n2 = design.size1, design.size2
    return {"ai": n1 * risk1, "n1i": n1, "ci": n2 * risk, "n2i": n2}


def strata(design: Design, theta: float) -> tuple[Stratum, ...]:
    """Return the events in group 1 that the study can report, for every likely number in group 2."""
    from scipy.special import bdtr, gammaln

    n1, n2, risk = design.size1, design.size2, design.risk or 0.0
    every = np.arange(n2 + 1.0)
    log_ways = gammaln(n2 + 1) - gammaln(every + 1) - gammaln(n2 - every + 1)
    level = log_ways + every * log(risk) + (n2 - every) * np.log1p(-risk)
    events, weight = thinned(every, np.exp(level))
    middle = float(events[int(weight.cumsum().searchsorted(0.5))])
    logit = log(risk / (1.0 - risk))
    normalizers: dict[tuple[float, int, float], Array] = {}

    def normalizer(m: float, at: Array) -> Array:
        """Return the log of the sum over tables with m events, less that of the ways to a reference table's."""
        key = (m, at.size, float(at[0]))
        if key not in normalizers:
            a = float(np.clip(np.round(m - middle), max(0.0, m - n2), min(n1, m)))
            normalizers[key] = a * at + _ways(a, m) - two_by_two.log_fisher(a, n1, m - a, n2)(at)
        return normalizers[key]

    def _ways(a: Array | float, m: Array | float) -> Array:
        return np.asarray(-gammaln(a + 1) - gammaln(n1 - a + 1) - gammaln(m - a + 1) - gammaln(n2 - m + a + 1))

    def log_likelihood(c: float, x: Array, at: Array) -> Array:
        return np.stack([_ways(a, a + c) + a * at - normalizer(float(a + c), at) for a in x])

    def cumulative(x: Array, at: Array) -> Array:
        return np.where(x[:, None] < 0.0, 0.0, bdtr(np.clip(x, 0.0, n1)[:, None], int(n1), _expit(logit + at)))

    def show(c: float, a: float) -> str:
        return f"{a:g} of {n1:g} with the event against {c:g} of {n2:g}"

    detail = _narrowest(n1, events, n2)
    return tuple(
        Stratum(
            weight=float(share),
            low=0.0,
            high=n1,
            discrete=True,
            log_likelihood=partial(log_likelihood, float(c)),
            cumulative=cumulative,
            expected=lambda at: n1 * _expit(logit + at),
            detail=detail,
            show=partial(show, float(c)),
        )
        for c, share in zip(events, weight, strict=True)
    )


def _narrowest(n1: float, events: Array, n2: float) -> float:
    """Return the sd of the most telling table: half of group 1 with the event."""
    return float(np.sqrt(4.0 / n1 + (1.0 / (events + 0.5) + 1.0 / (n2 - events + 0.5)).min()))


def _expit(x: Array | float) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(x))))
