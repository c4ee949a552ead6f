"""The noncentral-t terms as PyTensor graphs, for the general engine.

The same conditioning on the chi variable as `noncentral_t`, but on a plain trapezoid rule in log x, so that the two
engines share the formula and not the quadrature.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.effects.likelihoods.noncentral_t import root_size

Array = NDArray[np.float64]


def _rule(df: float, t: float) -> tuple[Array, Array]:
    """Return nodes and log weights of a trapezoid rule for x = chi(df) / sqrt(df)."""
    spread = 1.0 / np.sqrt(2.0 * df)
    highest = min(9.0 * spread, 3.0)
    step = min(0.45 * spread, 0.45 / (max(abs(t), 1e-9) * np.exp(min(highest, 6.0 * spread))), 0.08)
    u = np.arange(-9.0 * spread - 40.0 / df, highest, step)
    log_weight = df * (u - 0.5 * np.expm1(2.0 * u))
    keep = log_weight > log_weight.max() - 40.0
    u, log_weight = u[keep], log_weight[keep]
    return np.exp(u), log_weight - np.log(np.exp(log_weight).sum())


def log_density(theta: Any, t: float, n1: float, n2: float) -> Any:
    """Return the log of the noncentral-t density at t, as a graph in theta."""
    import pytensor.tensor as pt

    x, log_weight = _rule(n1 + n2 - 2.0, t)
    gap = t * x - theta * root_size(n1, n2)
    return pt.logsumexp(log_weight + np.log(x) - 0.5 * gap**2 - 0.5 * np.log(2.0 * np.pi))


def log_beyond(theta: Any, t: float, n1: float, n2: float) -> Any:
    """Return the log probability of T > t (of T < t where t is negative), as a graph in theta."""
    import pymc as pm
    import pytensor.tensor as pt

    x, log_weight = _rule(n1 + n2 - 2.0, t)
    side = 1.0 if t > 0 else -1.0
    return pt.logsumexp(log_weight + pm.logcdf(pm.Normal.dist(0.0, 1.0), side * (theta * root_size(n1, n2) - t * x)))


def log_between(theta: Any, low: float, high: float, n1: float, n2: float) -> Any:
    """Return the log probability of low < T < high, as a graph in theta."""
    import pytensor.tensor as pt

    x, log_weight = _rule(n1 + n2 - 2.0, max(abs(low), abs(high)))
    ncp = theta * root_size(n1, n2)
    flip = pt.switch(ncp > 0, -1.0, 1.0)  # work on the side where the difference of two tails keeps its digits
    near, far = flip * (low * x - ncp), flip * (high * x - ncp)
    inside = 0.5 * pt.abs(pt.erfc(-far / np.sqrt(2.0)) - pt.erfc(-near / np.sqrt(2.0)))
    return pt.log(pt.maximum(pt.sum(np.exp(log_weight) * inside), 1e-290))
