"""The likelihood of printed quantiles as a PyTensor graph, for the general engine.

The integral is that of `order_statistics`, by another rule: Gauss-Legendre nodes in log beta and, for every beta, in
the location of the group that knows its location better. It is taken once, at Chebyshev nodes of theta; the graph is
the polynomial through the logs, which a sampler evaluates in a microsecond, and a line beyond.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from irlbayes.effects.likelihoods import order_statistics, quantiles
from irlbayes.effects.likelihoods.quantiles import Five, Printed, on_own_scale
from irlbayes.effects.likelihoods.stacked import stack

Array = NDArray[np.float64]
NODES = 48  # nodes on an axis
NEGLIGIBLE = 40.0  # logarithms below the largest weight at which a node is dropped
RESOLVED = 1e-11  # coefficients of the polynomial that are left out


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


def _nodes(value: Callable[[Array], Array], low: float, high: float) -> tuple[Array, Array, Array]:
    """Return Chebyshev nodes on [-1, 1], a function's values there and the ends' slopes, enough nodes for 1e-11.

    Raises
    ------
    ArithmeticError
        When the function is too rough for a polynomial.
    """
    for degree in (32, 64, 128, 256):
        node = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
        level = value(0.5 * (low + high) + 0.5 * (high - low) * node)
        coefficients = chebyshev.chebfit(node, level, degree)
        if np.abs(coefficients[-4:]).max() < RESOLVED:
            return node, level, np.asarray(chebyshev.chebval(np.array([-1.0, 1.0]), chebyshev.chebder(coefficients)))
    raise ArithmeticError("the likelihood of these quantiles is too rough for a polynomial")


def log_density(theta: Any, rows: Sequence[tuple[Five, float, Five, float]]) -> Any:
    """Return the log likelihood of two groups' quantiles as a graph in theta, constant as `order_statistics.observed`.

    Parameters
    ----------
    theta : tensor, dims (row,)
        Standardized mean differences.
    rows : sequence of (five1, n1, five2, n2)
        Minimum, lower quartile, median, upper quartile and maximum (or None) and size of each group.
    """
    import pytensor.tensor as pt

    nodes, weights, levels, ends = zip(*(_polynomial(*row) for row in rows), strict=True)
    node, weight, level = (
        stack(nodes, 2.0),
        stack(weights, 0.0),
        stack(levels, 0.0),
    )  # a node of no weight, out of reach
    low, high, fall, rise = np.array(ends).T
    within = pt.clip(theta, low, high)
    share = weight / (((2.0 * within - (low + high)) / (high - low))[:, None] - node)
    beyond = pt.switch(theta < low, fall, rise) * (theta - within) * 2.0 / (high - low)
    return (share * level).sum(axis=-1) / share.sum(axis=-1) + beyond


def _polynomial(
    five1: Five, n1: float, five2: Five, n2: float
) -> tuple[Array, Array, Array, tuple[float, float, float, float]]:
    """Return nodes, barycentric weights and log likelihoods of one row; its range of theta and the ends' slopes."""
    groups, apart = on_own_scale(five1, n1, five2, n2)
    beta, nu_inner, log_weight, inner = _rule(groups, apart)
    outer = groups[1 - inner]
    side = 1.0 if inner == 1 else -1.0  # nu1 = nu2 + theta, nu2 = nu1 - theta, each from its own origin

    def value(places: Array) -> Array:
        out = []
        for place in places:
            nu = side * (place - beta * apart) + nu_inner
            level = log_weight + quantiles.log_density(outer, beta[:, None], nu[:, None])[:, 0]
            out.append(level.max() + np.log(np.exp(level - level.max()).sum()))
        return np.array(out)

    step, first, inside = order_statistics.lattice(groups, apart)
    low, high = first * step, (first + inside.size - 1) * step
    node, level, slopes = _nodes(value, low, high)
    weight = np.sin(np.arccos(node)) * (-1.0) ** np.arange(node.size)  # of the barycentric formula
    return node, weight, level, (low, high, float(slopes[0]), float(slopes[1]))
