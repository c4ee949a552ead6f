"""What the compiled rule does not answer: the general engine, one data set after another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve
from irlbayes.core.density import Density
from irlbayes.posterior.quadrature import solve

Array = NDArray[np.float64]


def solved(
    curves: Sequence[Curve],
    mu: Prior,
    tau: Prior,
    null: float,
    at: Array,
    probabilities: Array,
    studies: bool = False,
) -> tuple[Array, Array]:
    """Return the numbers of one data set, as `pools.NUMBERS` has them, and mean and sd of each study's own effect.

    Raises
    ------
    ArithmeticError
        When the posterior is improper or cannot be resolved.
    """
    found = solve(curves, mu, tau, studies=studies)
    row: list[float] = []
    for density in (found.mu, found.tau, found.theta_new):
        row += [*_moments(density), *density.quantile(probabilities)]
        if density is not found.tau:
            row.append(float(density.sf(null)))
    evidence = found.log_marginal_likelihood
    row += [np.nan if evidence is None else evidence, found.error_bound, float(found.tau.x.size)]
    for density, value in zip((found.mu, found.tau, found.theta_new), at, strict=True):
        row.append(np.nan if np.isnan(value) else float(density.cdf(value)))
    return np.array(row), np.array([_moments(density) for density in found.theta]).reshape(-1, 2).T


def _moments(density: Density) -> tuple[float, float]:
    mean, sd = density.mean, density.sd
    return np.nan if mean is None else mean, np.nan if sd is None else sd
