"""Statements about two group means as exact curves of the standardized mean difference.

With n1 and n2 people, ``t = smd_observed * sqrt(n1 n2 / (n1 + n2))`` is noncentral t with n1 + n2 - 2 degrees of
freedom and noncentrality ``theta * sqrt(n1 n2 / (n1 + n2))``. Conditioning on ``x = s / sigma`` (a chi variable
over the root of its degrees of freedom) makes ``t x`` normal, so that

    density of t          = integral of x * phi(t x - ncp) f(x) dx
    probability of T <= t = integral of     Phi(t x - ncp) f(x) dx

and a Gauss rule for f(x) turns both into a short sum of normal or probit terms in theta: a `Curve`, exactly
up to the rule's error (below 1e-12).

References
----------
Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related estimators.
Journal of Educational Statistics, 6(2), 107-128.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, join, normal_mixture, probit_curve
from irlbayes.effects.cells.two_means import hedges_j

Array = NDArray[np.float64]
FARTHEST = 1.0  # |t| times the sd of x, up to which the Gauss rule is used


@lru_cache(maxsize=512)
def chi_rule(df: float, t: float) -> tuple[Array, Array]:
    """Return nodes and weights of a rule for x = chi(df) / sqrt(df).

    Parameters
    ----------
    df : float
        Degrees of freedom.
    t : float
        Statistic whose kernel ``phi(t x - ncp)`` the rule must resolve; larger values need more nodes.

    Returns
    -------
    nodes, weights : Array, dims (node,)
        Weights sum to one.

    Notes
    -----
    A Gauss rule from the Jacobi matrix of a fine trapezoid rule (Golub & Welsch 1969); for a statistic that is far for
    its degrees of freedom, the trapezoid rule itself.
    """
    spread = 1.0 / np.sqrt(2.0 * df)
    if abs(t) * spread > FARTHEST:
        return _trapezoid(df, min(1.0 / abs(t), 0.5), 0.4 * min(1.0 / abs(t), spread))
    x, weight = _trapezoid(df, 0.5, 0.1 * spread)
    count = int(10 + np.ceil(14.0 * max(abs(t) * spread, spread)))
    diagonal, beside = np.empty(count), np.empty(count)
    before, vector = np.zeros_like(x), np.sqrt(weight)
    basis = np.empty((count, x.size))
    norm = 0.0
    for step in range(count):
        basis[step] = vector
        diagonal[step] = float((vector * x) @ vector)
        following = (x - diagonal[step]) * vector - norm * before
        found = basis[: step + 1]
        following -= (found @ following) @ found  # full reorthogonalization keeps the rule positive
        norm = float(np.linalg.norm(following))
        beside[step] = norm
        if norm < 1e-14:
            count = step + 1
            break
        before, vector = vector, following / norm
    jacobi = np.diag(diagonal[:count]) + np.diag(beside[: count - 1], 1) + np.diag(beside[: count - 1], -1)
    nodes, vectors = np.linalg.eigh(jacobi)
    return nodes, vectors[0] ** 2


def _trapezoid(df: float, bend: float, step: float) -> tuple[Array, Array]:
    """Return nodes and weights of x: a trapezoid rule in v with x = bend * log(1 + exp(v / bend)).

    The axis is logarithmic near zero, where the density of x may rise from a corner, and plain further out, where a
    kernel of fixed width must be resolved.
    """
    v = np.arange(-bend * (46.0 / df + 5.0), np.sqrt(92.0 / df) + 2.0, step)
    x = bend * np.logaddexp(0.0, v / bend)
    log_weight = (df - 1.0) * np.log(x) - 0.5 * df * x**2 - np.logaddexp(0.0, -v / bend)
    keep = log_weight > log_weight.max() - 46.0
    weight = np.exp(log_weight[keep] - log_weight.max())
    return x[keep], weight / weight.sum()


def root_size(n1: float, n2: float) -> float:
    """Return sqrt(n1 n2 / (n1 + n2)): the noncentrality of an SMD of one."""
    return float(np.sqrt(n1 * n2 / (n1 + n2)))


def critical(p: float, df: float) -> float:
    """Return the positive t whose two-sided p-value is p."""
    from scipy.special import stdtrit

    return float(-stdtrit(df, p / 2.0))


def observed(t: float, n1: float, n2: float) -> Curve:
    """Return the likelihood of an observed t: the noncentral-t density."""
    size = root_size(n1, n2)
    nodes, weights = chi_rule(n1 + n2 - 2.0, t)
    return normal_mixture(t * nodes / size, np.array([1.0 / size]), weights * nodes / size)


def above(t: float, n1: float, n2: float) -> Curve:
    """Return the likelihood of "T > t"."""
    size = root_size(n1, n2)
    nodes, weights = chi_rule(n1 + n2 - 2.0, t)
    return probit_curve(t * nodes / size, np.array([1.0 / size]), weights)


def below(t: float, n1: float, n2: float) -> Curve:
    """Return the likelihood of "T < t"."""
    size = root_size(n1, n2)
    nodes, weights = chi_rule(n1 + n2 - 2.0, t)
    return probit_curve(t * nodes / size, np.array([1.0 / size]), -weights, floor=1.0)


def between(low: float, high: float, n1: float, n2: float) -> Curve:
    """Return the likelihood of "low < T < high"."""
    size = root_size(n1, n2)
    parts = []
    for t, sign in ((low, 1.0), (high, -1.0)):
        nodes, weights = chi_rule(n1 + n2 - 2.0, t)
        parts.append(probit_curve(t * nodes / size, np.array([1.0 / size]), sign * weights))
    return join(*parts)


def draw(theta: float, n1: float, n2: float, rng: np.random.Generator) -> float:
    """Draw the t statistic of a study whose SMD is theta."""
    df = n1 + n2 - 2.0
    return float((rng.standard_normal() + theta * root_size(n1, n2)) / np.sqrt(rng.chisquare(df) / df))


def two_sided_p(t: float, df: float) -> float:
    """Return the two-sided p-value of a t statistic."""
    from scipy.special import stdtr

    return float(2.0 * stdtr(df, -abs(t)))


def hedges(t: float, n1: float, n2: float) -> tuple[float, float]:
    """Return Hedges' g and its standard error from a t statistic.

    Notes
    -----
    ``g = J t / root_size`` with the exact J, and ``vi = 1/n1 + 1/n2 + g**2 / (2 (n1 + n2))``, metafor's ``SMD``
    with ``vtype = "LS"``.
    """
    df = n1 + n2 - 2.0
    correction = float(hedges_j(np.array([df]))[0]) if df > 1 else 1.0  # three people leave nothing to correct with
    g = correction * t / root_size(n1, n2)
    return g, float(np.sqrt(1.0 / n1 + 1.0 / n2 + g**2 / (2.0 * (n1 + n2))))
