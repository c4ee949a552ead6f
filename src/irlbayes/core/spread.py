"""How true effects spread around their mean: every family as a scale mixture of normals.

A normal random effect only widens the terms of a curve. A Student-t one is a normal whose variance is divided by
lambda ~ Gamma(nu / 2, rate nu / 2), and a contaminated one is one of two normals, so that both are sums of widened
curves, and the engine stays in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, lgamma

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import RandomEffects
from irlbayes.core.curve import Curve, log_smooth_all

Array = NDArray[np.float64]
WIDEST_STEP = 0.5  # of log lambda
NEGLIGIBLE = 1e-9  # share of the density's peak that the trapezoid rule may miss, and left-out nodes carry
MOST_NODES = 400


@dataclass(frozen=True, eq=False)
class Spread:
    """A distribution T of effects in units of tau around 0: ``sum_j exp(log_weight) Normal(0, ratio ** 2)``.

    Parameters
    ----------
    ratio, log_weight : Array, dims (component,)
    variance : float
        Of T; infinite where it does not exist.
    moments : int
        How many moments T has, up to two.
    narrowing : float
        Variance of the normal with T's curvature at its peak; 1 for the normal itself.
    """

    ratio: Array
    log_weight: Array
    variance: float = 1.0
    moments: int = 2
    narrowing: float = 1.0

    @property
    def is_normal(self) -> bool:
        """Whether T is the standard normal."""
        return self.ratio.size == 1

    def draw(self, size: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Draw from T."""
        if self.is_normal:
            return rng.standard_normal(size)
        component = rng.choice(self.ratio.size, size=size, p=np.exp(self.log_weight - self._log_total))
        return np.asarray(self.ratio[component] * rng.standard_normal(size))

    @property
    def _log_total(self) -> float:
        return float(np.logaddexp.reduce(self.log_weight))


NORMAL = Spread(np.ones(1), np.zeros(1))


@cache
def spread_of(family: RandomEffects) -> Spread:
    """Return a family of random effects as a mixture of normals.

    Parameters
    ----------
    family : RandomEffects

    Returns
    -------
    Spread

    Notes
    -----
    The Student-t density by the trapezoid rule in log lambda is off by less than 1e-8 of its peak (measured in
    `tests/core/test_spread.py`).
    """
    if family.family == "normal":
        return NORMAL
    if family.family == "contaminated":
        share, ratio = family.parameters
        return Spread(
            np.array([1.0, ratio]),
            np.log([1.0 - share, share]),
            variance=1.0 - share + share * ratio**2,
        )
    (df,) = family.parameters
    half, step = 0.5 * df, _step(df)
    log_lambda = np.arange(-MOST_NODES, MOST_NODES + 1) * step
    level = half * (log_lambda + np.log(half)) - half * np.exp(log_lambda) - lgamma(half) + np.log(step)
    # a component adds its weight times sqrt(lambda) to the peak of the density
    kept = level + np.maximum(0.5 * log_lambda, 0.0) > np.log(NEGLIGIBLE)
    return Spread(
        np.exp(-0.5 * log_lambda[kept]),
        level[kept] - np.logaddexp.reduce(level[kept]),
        variance=df / (df - 2.0) if df > 2.0 else inf,
        moments=int(df > 1.0) + int(df > 2.0),
        narrowing=df / (df + 1.0),
    )


def _step(df: float) -> float:
    """Return the widest spacing of log lambda whose error is negligible: the density's transform one cycle on."""
    from scipy.special import loggamma

    peak = 0.5 * (df + 1.0)
    step = WIDEST_STEP
    while (loggamma(peak + 2j * np.pi / step) - loggamma(peak)).real > np.log(0.5 * NEGLIGIBLE):
        step *= 0.95
    return step


def log_smooth_spread(curves: Sequence[Curve], mu: Array, tau: Array, spread: Spread) -> Array:
    """Return log of the likelihoods averaged over mu + tau T, dims (curve, tau, mu).

    Parameters
    ----------
    curves : sequence of Curve
    mu : Array, dims (tau, mu)
    tau : Array, dims (tau,)
    spread : Spread
    """
    if spread.is_normal:
        return log_smooth_all(curves, mu, tau)
    total = np.full((len(curves), *mu.shape), -np.inf)
    for ratio, log_weight in zip(spread.ratio, spread.log_weight, strict=True):
        np.logaddexp(total, log_smooth_all(curves, mu, ratio * tau) + log_weight, out=total)
    return total
