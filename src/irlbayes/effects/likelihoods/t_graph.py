"""The noncentral-t terms as PyTensor graphs, for the general engine.

The same conditioning on the chi variable as `noncentral_t`, but on a plain trapezoid rule in log x, so that the two
engines share the formula and not the quadrature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.effects.likelihoods.noncentral_t import root_size
from irlbayes.effects.likelihoods.stacked import stack

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


def _rules(t: Sequence[float], sizes: Sequence[tuple[float, float]]) -> tuple[Array, Array, Array]:
    """Return nodes and log weights of every row's rule, dims (row, node), and its root size, dims (row, 1)."""
    rules = [_rule(n1 + n2 - 2.0, one) for one, (n1, n2) in zip(t, sizes, strict=True)]
    x, log_weight = (stack(part, fill) for part, fill in zip(zip(*rules, strict=True), (1.0, -np.inf), strict=True))
    return x, log_weight, np.array([[root_size(*pair)] for pair in sizes])


def log_density(theta: Any, t: Sequence[float], sizes: Sequence[tuple[float, float]]) -> Any:
    """Return the log of the noncentral-t density at t of groups of these sizes, as a graph in theta, dims (row,)."""
    import pytensor.tensor as pt

    x, log_weight, root = _rules(t, sizes)
    gap = np.array(t)[:, None] * x - theta[:, None] * root
    return pt.logsumexp(log_weight + np.log(x) - 0.5 * np.log(2.0 * np.pi) - 0.5 * gap**2, axis=-1)


def log_beyond(theta: Any, t: Sequence[float], sizes: Sequence[tuple[float, float]]) -> Any:
    """Return the log probability of T > t (of T < t where t is negative), as a graph in theta, dims (row,)."""
    import pymc as pm
    import pytensor.tensor as pt

    x, log_weight, root = _rules(t, sizes)
    at = np.array(t)[:, None]
    side = np.where(at > 0.0, 1.0, -1.0)
    beyond = pm.logcdf(pm.Normal.dist(0.0, 1.0), theta[:, None] * (side * root) - side * at * x)
    return pt.logsumexp(log_weight + beyond, axis=-1)


def log_between(theta: Any, low: Sequence[float], high: Sequence[float], sizes: Sequence[tuple[float, float]]) -> Any:
    """Return the log probability of low < T < high, as a graph in theta, dims (row,)."""
    import pytensor.tensor as pt

    widest = [max(abs(one), abs(other)) for one, other in zip(low, high, strict=True)]
    x, log_weight, root = _rules(widest, sizes)
    ncp = theta[:, None] * root
    flip = pt.switch(ncp > 0, -1.0, 1.0)  # work on the side where the difference of two tails keeps its digits
    near, far = (flip * (np.array(end)[:, None] * x - ncp) for end in (low, high))
    inside = 0.5 * pt.abs(pt.erfc(-far / np.sqrt(2.0)) - pt.erfc(-near / np.sqrt(2.0)))
    return pt.log(pt.maximum(pt.sum(np.exp(log_weight) * inside, axis=-1), 1e-290))
