"""The terms of `two_by_two` and `pair` as PyTensor graphs, for the general engine.

The baseline is integrated by Gauss-Legendre panels over a wide fixed range, where `pair` uses a trapezoid rule whose
range follows the data: the two engines share the formula and not the quadrature.

On a log scale the panels lie over the log risk or logit of the group that knows more (the anchor), and the baseline is
that plus ``lean * theta``: where the other group has a zero cell, theta goes far and the anchor stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.effects.likelihoods import two_by_two
from irlbayes.effects.likelihoods.pair import BASELINE_SD
from irlbayes.effects.likelihoods.stacked import by_form, stack

Array = NDArray[np.float64]
Cells = tuple[float, float, float, float]
WIDEST = 2.5  # panel, in logits: a zero cell is a step of width one somewhere


def log_fisher(theta: Any, cells: Sequence[Cells]) -> Any:
    """Return the log probability of 2x2 tables given their margins, as a graph in the log odds ratio, dims (row,)."""
    return log_tilted(theta, [(*two_by_two.outcomes(*row), row[0]) for row in cells])


def log_tilted(theta: Any, rows: Sequence[tuple[Array, Array, float]]) -> Any:
    """Return the log of ``ways(a) exp(a theta)`` as a share of its sum over j, rows (j, log ways, a), dims (row,)."""
    import pytensor.tensor as pt

    more = stack([j - a for j, _, a in rows], 0.0)
    log_ways = stack([log_ways - log_ways[j == a] for j, log_ways, a in rows], -np.inf)
    return -pt.logsumexp(log_ways + more * theta[:, None], axis=-1)


def log_binomial(theta: Any, cells: Sequence[Cells], scale: str, share: float) -> Any:
    """Return the log likelihood of pairs of binomial counts, baselines integrated, as a graph in theta, dims (row,)."""

    def counts(row: Cells) -> tuple[bool, ...]:
        a, n1, c, n2 = row
        return a > 0, n1 > a, c > 0, n2 > c

    return by_form(theta, cells, counts, lambda there, part, rows: _log_binomial(part, rows, scale, share, there))


def _log_binomial(theta: Any, cells: Sequence[Cells], scale: str, share: float, there: tuple[bool, ...]) -> Any:
    """Return what `log_binomial` does, of rows with the same empty cells: the log risks of these are left out."""
    import pytensor.tensor as pt
    from scipy.special import gammaln

    a, n1, c, n2 = np.array(cells, dtype=float).T
    pairs = [(a, n1), (c, n2)]
    constant = sum(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) for x, n in pairs)
    logits = np.array([np.log((x + 0.5) / (n - x + 0.5)) for x, n in pairs]).T
    known = np.array([(x + 0.5) * (n - x + 0.5) / (n + 1.0) for x, n in pairs]).T
    inside = np.array([(x > 0) & (x < n) & (scale != "rd") for x, n in pairs]).T
    theta = theta[:, None]
    eta, log_weight = _panels(theta, logits, known, inside, share)
    risks = {"log_or": _odds, "log_rr": _ratio, "rd": _difference}[scale](theta, eta, share)
    terms = zip((a, n1 - a, c, n2 - c), risks, there, strict=True)
    level = sum(count[:, None] * log_risk for count, log_risk, some in terms if some)
    return constant + pt.logsumexp(log_weight + level, axis=-1)


def log_poisson(theta: Any, cells: Sequence[Cells], share: float) -> Any:
    """Return the log likelihood of pairs of Poisson counts, baselines integrated, as a graph in theta, dims (row,)."""
    import pytensor.tensor as pt
    from scipy.special import gammaln

    x1, t1, x2, t2 = np.array(cells, dtype=float).T[:, :, None]
    constant = (x1 * np.log(t1) + x2 * np.log(t2) - gammaln(x1 + 1) - gammaln(x2 + 1))[:, 0]
    log_rates = np.hstack([np.log((x1 + 0.5) / t1), np.log((x2 + 0.5) / t2)])
    theta = theta[:, None]
    eta, log_weight = _panels(theta, log_rates, np.hstack([x1, x2]) + 0.5, np.hstack([x1, x2]) > 0, share)
    one, two = eta + (1.0 - share) * theta, eta - share * theta
    level = log_weight + x1 * one + x2 * two - t1 * pt.exp(one) - t2 * pt.exp(two)
    return constant + pt.logsumexp(level, axis=-1)


def _panels(theta: Any, centers: Array, known: Array, inside: NDArray[np.bool_], share: float) -> tuple[Any, Any]:
    """Return baselines and log weights (their prior included) of every row's panels, dims (row, node).

    The baselines are numbers where no group of any row is an anchor, and else a graph.
    """
    rules = [_rule(*row, share) for row in zip(centers, known, inside, strict=True)]
    eta, log_weight = stack([one for one, _, _ in rules], 0.0), stack([one for _, one, _ in rules], -np.inf)
    lean = np.array([[one] for _, _, one in rules])
    moved = eta + lean * theta if lean.any() else eta
    return moved, log_weight - 0.5 * (moved / BASELINE_SD) ** 2 - np.log(BASELINE_SD * np.sqrt(2.0 * np.pi))


def _rule(centers: Array, known: Array, inside: NDArray[np.bool_], share: float) -> tuple[Array, Array, float]:
    """Return places and log weights of Gauss-Legendre panels, narrow near the middle, and how far they go with theta.

    Parameters
    ----------
    centers, known : numpy.ndarray, dims (group,)
        Where each group's logit or log rate lies, and the information about it.
    inside : numpy.ndarray, dims (group,)
        Whether each group can be the anchor: a zero or full cell bounds nothing on one side.
    share : float
        Where between group 2 (0) and group 1 (1) the baseline lies.
    """
    group = int(np.argmax(known))
    anchored = inside[group]
    lean = (share - 1.0 if group == 0 else share) if anchored else 0.0
    middle = centers[group] if anchored else 0.5 * centers.sum()
    width = min(1.0, 2.0 / np.sqrt(known.sum()))
    edges = [0.0]
    while edges[-1] < 110.0:
        edges.append(edges[-1] + (width if edges[-1] <= 12.0 * width else min(0.25 * edges[-1], WIDEST)))
    ends = middle + np.concatenate([-np.array(edges[:0:-1]), np.array(edges)])
    node, weight = np.polynomial.legendre.leggauss(16)
    half = 0.5 * np.diff(ends)[:, None]
    eta = (ends[:-1, None] + half * (1.0 + node)).ravel()
    return eta, np.log((half * weight).ravel()), lean


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
