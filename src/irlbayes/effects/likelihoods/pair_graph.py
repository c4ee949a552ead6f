"""The terms of `two_by_two` and `pair` as PyTensor graphs, for the general engine.

The baseline is integrated by Gauss-Legendre panels over a wide fixed range, where `pair` uses a trapezoid rule whose
range follows the data: the two engines share the formula and not the quadrature.

On a log scale the panels lie over the log risk or logit of the group that knows more (the anchor), and the baseline is
that plus ``lean * theta``: where the other group has a zero cell, theta goes far and the anchor stays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.effects.likelihoods import two_by_two
from irlbayes.effects.likelihoods.pair import BASELINE_SD

Array = NDArray[np.float64]
WIDEST = 2.5  # panel, in logits: a zero cell is a step of width one somewhere


def log_fisher(theta: Any, a: float, n1: float, c: float, n2: float) -> Any:
    """Return the log probability of a 2x2 table given its margins, as a graph in the log odds ratio."""
    return log_tilted(theta, *two_by_two.outcomes(a, n1, c, n2), a)


def log_tilted(theta: Any, j: Array, log_ways: Array, a: float) -> Any:
    """Return the log of ``ways(a) exp(a theta)`` as a share of its sum over j, as a graph in theta."""
    import pytensor.tensor as pt

    return -pt.logsumexp(log_ways - log_ways[j == a] + (j - a) * theta)


def log_binomial(theta: Any, a: float, n1: float, c: float, n2: float, scale: str, share: float) -> Any:
    """Return the log likelihood of two binomial counts, the baseline integrated, as a graph in theta."""
    import pytensor.tensor as pt
    from scipy.special import gammaln

    constant = sum(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) for x, n in ((a, n1), (c, n2)))
    logits = [float(np.log((x + 0.5) / (n - x + 0.5))) for x, n in ((a, n1), (c, n2))]
    known = [(x + 0.5) * (n - x + 0.5) / (n + 1.0) for x, n in ((a, n1), (c, n2))]
    inside = (0 < a < n1, 0 < c < n2) if scale != "rd" else (False, False)
    eta, log_weight = _panels(theta, logits, known, inside, share)
    p1, q1, p2, q2 = {"log_or": _odds, "log_rr": _ratio, "rd": _difference}[scale](theta, eta, share)
    pairs = ((a, p1), (n1 - a, q1), (c, p2), (n2 - c, q2))
    return constant + pt.logsumexp(log_weight + sum(count * log_risk for count, log_risk in pairs if count))


def log_poisson(theta: Any, x1: float, t1: float, x2: float, t2: float, share: float) -> Any:
    """Return the log likelihood of two Poisson counts, the baseline integrated, as a graph in the log rate ratio."""
    import pytensor.tensor as pt
    from scipy.special import gammaln

    constant = x1 * np.log(t1) + x2 * np.log(t2) - gammaln(x1 + 1) - gammaln(x2 + 1)
    log_rates = [float(np.log((x + 0.5) / t)) for x, t in ((x1, t1), (x2, t2))]
    eta, log_weight = _panels(theta, log_rates, [x1 + 0.5, x2 + 0.5], (x1 > 0, x2 > 0), share)
    one, two = eta + (1.0 - share) * theta, eta - share * theta
    return constant + pt.logsumexp(log_weight + x1 * one + x2 * two - t1 * pt.exp(one) - t2 * pt.exp(two))


def _panels(
    theta: Any, centers: list[float], known: list[float], inside: tuple[bool, bool], share: float
) -> tuple[Any, Any]:
    """Return baselines and log weights (their prior included) of Gauss-Legendre panels, narrow near the middle.

    Parameters
    ----------
    theta : graph
    centers, known : list of float
        Where each group's logit or log rate lies, and the information about it.
    inside : tuple of bool
        Whether each group can be the anchor: a zero or full cell bounds nothing on one side.
    share : float
        Where between group 2 (0) and group 1 (1) the baseline lies.
    """
    group = int(np.argmax(known))
    anchored = inside[group]
    lean = (share - 1.0 if group == 0 else share) if anchored else 0.0
    middle = centers[group] if anchored else 0.5 * sum(centers)
    width = min(1.0, 2.0 / np.sqrt(sum(known)))
    edges = [0.0]
    while edges[-1] < 110.0:
        edges.append(edges[-1] + (width if edges[-1] <= 12.0 * width else min(0.25 * edges[-1], WIDEST)))
    ends = middle + np.concatenate([-np.array(edges[:0:-1]), np.array(edges)])
    node, weight = np.polynomial.legendre.leggauss(16)
    half = 0.5 * np.diff(ends)[:, None]
    eta = (ends[:-1, None] + half * (1.0 + node)).ravel()
    if lean:
        eta = eta + lean * theta
    log_prior = -0.5 * (eta / BASELINE_SD) ** 2 - np.log(BASELINE_SD * np.sqrt(2.0 * np.pi))
    return eta, np.log((half * weight).ravel()) + log_prior


def _odds(theta: Any, eta: Any, share: float) -> tuple[Any, Any, Any, Any]:
    import pytensor.tensor as pt

    one, two = eta + (1.0 - share) * theta, eta - share * theta
    return -pt.softplus(-one), -pt.softplus(one), -pt.softplus(-two), -pt.softplus(two)


def _ratio(theta: Any, eta: Any, share: float) -> tuple[Any, Any, Any, Any]:
    import pytensor.tensor as pt

    size = pt.abs(theta)
    gap = -pt.expm1(-size)
    log_inverse = np.log(4.0) - size - 2.0 * eta
    root = pt.sqrt(gap**2 + pt.exp(log_inverse))
    log_total, log_large = pt.log(2.0 - gap + root), pt.log(root + gap)
    log_small = log_inverse - log_large
    log_p2 = np.log(2.0) - pt.maximum(theta, 0.0) - log_total
    q1, q2 = pt.switch(theta <= 0.0, log_large, log_small), pt.switch(theta <= 0.0, log_small, log_large)
    return log_p2 + theta, q1 - log_total, log_p2, q2 - log_total


def _difference(theta: Any, eta: Array, share: float) -> tuple[Any, Any, Any, Any]:
    import pytensor.tensor as pt

    gap = pt.minimum(pt.abs(theta), 1.0 - 1e-12)  # beyond one there is no difference of risks: no likelihood, below
    half = 0.5 * gap
    sides = []
    for sign in (1.0, -1.0):
        product = np.exp(sign * 2.0 * eta)
        scale = np.maximum(product, 1.0)
        size, one = product / scale, 1.0 / scale
        k = size * (1.0 - half**2) + one * half**2
        root = pt.sqrt((size - one) ** 2 * half**2 + size * one)
        below = size * (1.0 - half - half**2) + one * half**2 + half * root
        least = size * (1.0 - gap) * k / ((size + root) * below)
        sides.append((pt.log(least), pt.log(k / (size + root) + half)))
    (low_p, high_p), (high_q, low_q) = sides
    up = theta >= 0.0
    outside = pt.switch(pt.abs(theta) < 1.0, 0.0, -np.inf)
    return (
        pt.switch(up, high_p, low_p) + outside,
        pt.switch(up, high_q, low_q),
        pt.switch(up, low_p, high_p) + outside,
        pt.switch(up, low_q, high_q),
    )
