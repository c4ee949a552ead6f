"""The likelihood of printed quantiles as a PyTensor graph, for the general engine.

The integral is that of `order_statistics`, by another rule: Gauss-Legendre nodes in log beta and, for every beta, in
the location of the group that knows its location better. The density of the other group is evaluated in the graph, at
the location that theta implies, so nothing is interpolated and the tails keep their slope.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.effects.likelihoods import order_statistics, quantiles
from irlbayes.effects.likelihoods.quantiles import CLOSE, LEGENDRE, Five, Printed, on_own_scale

Array = NDArray[np.float64]
NODES = 48  # nodes on an axis
NEGLIGIBLE = 40.0  # logarithms below the largest weight at which a node is dropped


def _rule(groups: list[Printed], apart: float) -> tuple[Array, Array, Array, int]:
    """Return beta (ascending), nu of the inner group (from its own origin), log weights, and which group that is."""
    rough = order_statistics.grid(groups, apart)
    inner = int(rough.width[1].min() <= rough.width[0].min())
    node, weight = np.polynomial.legendre.leggauss(max(NODES, int(1.6 * rough.beta.size)))
    low, high = np.log(rough.beta[[0, -1]])
    beta = np.exp(low + 0.5 * (high - low) * (node + 1.0))
    log_weight = np.log(0.5 * (high - low) * weight) - np.log(beta)  # d beta / beta^2 = d s / beta
    middle, wide = (np.interp(beta, rough.beta, one[inner]) for one in (rough.nu, rough.width))
    half = wide * order_statistics.reach(
        groups[inner], rough.beta, rough.nu[inner], rough.width[inner], rough.top[inner]
    )
    place, share = np.polynomial.legendre.leggauss(NODES)
    nu = middle[:, None] + half[:, None] * place
    log_share = log_weight[:, None] + np.log(half)[:, None] + np.log(share)
    log_share = log_share + quantiles.log_density(groups[inner], beta[:, None], nu)
    possible = log_share + np.interp(beta, rough.beta, rough.top[1 - inner])[:, None]
    kept = possible > possible.max() - NEGLIGIBLE
    return np.broadcast_to(beta[:, None], nu.shape)[kept], nu[kept], log_share[kept] - rough.reference, inner


def _log_below(z: Any) -> Any:
    """Return the log of the normal distribution function."""
    import pytensor.tensor as pt

    away = pt.abs(z)
    tail = pt.log(0.5 * pt.erfcx(away / np.sqrt(2.0))) - 0.5 * away**2
    return pt.switch(z < 0.0, tail, pt.log1p(-pt.exp(tail)))


def _log_between(beta: Array, gap: float, left: Any) -> Any:
    """Return the log of the normal probability over a gap, as `quantiles.log_between`; beta ascends."""
    import pytensor.tensor as pt

    width = beta * gap
    count = int(np.searchsorted(width, CLOSE))
    parts = []
    if count:
        half = 0.5 * width[:count, None]
        middle = left[:count, None] + half
        move = LEGENDRE[0] * half
        total = pt.sum(LEGENDRE[1] * pt.exp(-move * (middle + 0.5 * move)), axis=1)
        parts.append(pt.log(total) + np.log(0.5 * beta[:count] * (gap or 1.0)) - 0.5 * middle[:, 0] ** 2)
        parts[0] = parts[0] - 0.5 * np.log(2.0 * np.pi)
    if count < width.size:
        a = left[count:]
        b = a + width[count:]
        right = a + b > 0.0
        near, far = _log_below(pt.switch(right, -a, b)), _log_below(pt.switch(right, -b, a))
        parts.append(near + pt.log(-pt.expm1(far - near)))
    return pt.concatenate(parts)


def log_density(theta: Any, five1: Five, n1: float, five2: Five, n2: float) -> Any:
    """Return the log likelihood of two groups' quantiles as a graph in theta, constant as `order_statistics.observed`.

    Parameters
    ----------
    theta : tensor scalar
        Standardized mean difference.
    five1, five2 : sequence of float or None
        Minimum, lower quartile, median, upper quartile, maximum.
    n1, n2 : float
        Sizes of the groups.
    """
    import pytensor.tensor as pt

    groups, apart = on_own_scale(five1, n1, five2, n2)
    beta, nu_inner, log_weight, inner = _rule(groups, apart)
    outer = groups[1 - inner]
    side = 1.0 if inner == 1 else -1.0  # nu1 = nu2 + theta, nu2 = nu1 - theta, each from its own origin
    nu = side * (theta - beta * apart) + nu_inner
    z = [beta * value - nu for value in outer.value]
    below, *inside, above = outer.powers
    total = log_weight + outer.value.size * np.log(beta) - 0.5 * sum(one**2 for one in z)
    if below > 0.0:
        total = total + below * _log_below(z[0])
    if above > 0.0:
        total = total + above * _log_below(-z[-1])
    for power, gap, left in zip(inside, np.diff(outer.value), z[:-1], strict=True):
        if power != 0.0:
            total = total + power * _log_between(beta, float(gap), left)
    return pt.logsumexp(total)
