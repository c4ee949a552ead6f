"""Quadrature over the weights of a step function, under their cumulative Dirichlet(1, ..., 1) prior.

The weights fall from 1 (the most striking interval) to ``omega_J``: they are J - 1 independent uniforms in falling
order. Each is then the one before it times the largest of as many uniforms as are left, a Beta(m, 1), and these ratios
are independent: a product rule. With ``ratio = t ** 3`` the nodes crowd near zero, where strong selection lives, and a
Gauss-Jacobi rule takes the Jacobian into its weights.

References
----------
Golub, G. H. & Welsch, J. H. (1969). Calculation of Gauss quadrature rules. Math Comp, 23, 221-230.
Vevea, J. L. & Hedges, L. V. (1995). A general linear model for estimating effect size in the presence of publication
bias. Psychometrika, 60(3), 419-435.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
POWER = 3
ORDERS = {1: (1, 1), 2: (26, 20), 3: (15, 12), 4: (10, 8)}  # nodes of each ratio: of the rule and of a coarser one
USUAL = 16  # studies that these orders are for; a posterior of many is narrower, as the root of their number
MANY = 150  # points of (mu, tau)
FEW = 3  # nodes of a rule that only shows where something is
MOST_OF_FEW = 6  # weights beyond which two nodes show it
MORE = 7  # of the rules of five weights and more


def rule(
    count: int, studies: int = USUAL, looser: bool = False, few: bool = False, points: int = MANY
) -> tuple[Array, Array]:
    """Return nodes of falling weights, and the probability of each.

    Parameters
    ----------
    count : int
        Number of weights J, the first fixed at one.
    studies : int
        How many bear on them.
    looser : bool
        Whether the coarser rule is wanted, which measures the error of the other.
    few : bool
        Whether three nodes of each ratio do.
    points : int
        Points of (mu, tau) that it serves; where they are few, nothing smooths the integrand and twice the nodes cost
        little.

    Returns
    -------
    omega : Array, dims (node, weight)
    probability : Array, dims (node,)

    Examples
    --------
    >>> omega, probability = rule(3)
    >>> (probability @ omega).round(12).tolist()
    [1.0, 0.666666666667, 0.333333333333]
    """
    fine, coarse = ORDERS.get(count, (MORE, MORE - 2))
    grown = max(1.0, studies / USUAL) ** 0.5 * (2.0 if points < MANY else 1.0)
    if few and count > MOST_OF_FEW:
        return _rule(count, FEW - 1)
    return _rule(count, FEW if few else int(np.ceil((coarse if looser else fine) * grown)))


@lru_cache(maxsize=32)
def _rule(count: int, nodes: int) -> tuple[Array, Array]:
    omega, probability = np.ones((1, 1)), np.ones(1)
    for left in range(count - 1, 0, -1):
        ratio, share = _largest_of(left, nodes)
        grown = omega[:, None, -1:] * ratio[None, :, None]
        repeated = np.repeat(omega[:, None], nodes, axis=1)
        omega = np.concatenate([repeated, grown], axis=2).reshape(-1, omega.shape[1] + 1)
        probability = (probability[:, None] * share).ravel()
    return omega, probability


def _largest_of(many: int, nodes: int) -> tuple[Array, Array]:
    """Return a rule for the largest of ``many`` uniforms."""
    from scipy.special import roots_jacobi

    x, weight = roots_jacobi(nodes, 0.0, POWER * many - 1.0)
    return (0.5 * (x + 1.0)) ** POWER, weight / weight.sum()
