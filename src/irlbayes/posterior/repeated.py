"""Several more studies of one size: the probability that they bring a probability to a level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irlbayes.posterior.assurance import assure, axis
from irlbayes.posterior.outlook import Outlook

Array = NDArray[np.float64]
SQUARES = 16  # sums of squares between the studies that are looked at
POINTS = 61  # means of the studies that are looked at, for each
HALVINGS = 20


def several(outlook: Outlook, sei: float, studies: int) -> float:
    """Return the probability that several normal reports of one standard error will have passed the level.

    Parameters
    ----------
    outlook : Outlook
        With normal random effects.
    sei : float
        Standard error of each report; 0 for studies without end.
    studies : int
        At least one.

    Notes
    -----
    Of m reports around the same mu with the same variance ``v = sei ** 2 + tau ** 2``, their mean and their sum of
    squares S around it say all that they say: the mean is normal with variance ``v / m``, and ``S / v`` chi-squared
    with m - 1 degrees of freedom, apart from it. The probability is therefore an integral over S, by Gauss-Legendre in
    its predictive probability, of a sum of normal probabilities over the passing means. Nothing is drawn.
    """
    if studies == 1:
        return assure(outlook, sei, points=POINTS).assurance
    from scipy.special import ndtri

    weight = _weights(outlook, sei, studies)
    at = axis(outlook, sei, studies, POINTS)
    density, beyond = outlook.table(at, sei, studies, weight, mean=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        chance = np.clip(beyond / density, 1e-15, 1.0 - 1e-15)
    gap = ndtri(np.where(np.isfinite(chance), chance, 0.5)) - ndtri(outlook.goal.level)
    total = 0.0
    for case in range(weight.shape[1]):
        edges = _edges(at, gap[:, case])
        below = outlook.below(edges, sei, studies, weight[:, case])
        total += float((below[1::2] - below[::2]).sum())
    return float(np.clip(total, 0.0, 1.0))


def _edges(at: Array, gap: Array) -> Array:
    """Return where a tabulated function is above zero: ends of the intervals, in rising order."""
    above = gap >= 0.0
    change = np.flatnonzero(above[1:] != above[:-1])
    inner = [_crossing(at, gap, int(place)) for place in change]
    return np.array([*([-np.inf] if above[0] else []), *inner, *([np.inf] if above[-1] else [])])


def _crossing(at: Array, gap: Array, place: int) -> float:
    """Return where a tabulated function is zero after a place: the cubic of the inverse through the nearest four."""
    low, high = float(at[place]), float(at[place + 1])
    near = slice(max(place - 1, 0), place + 3)
    x, y = at[near], gap[near]
    apart = y[:, None] - y
    np.fill_diagonal(apart, 1.0)
    others = np.where(np.eye(y.size, dtype=bool), 1.0, -y)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = float(x @ (others / apart).prod(axis=1))
    linear = low + (high - low) * float(gap[place] / (gap[place] - gap[place + 1]))
    return found if low <= found <= high else linear


def _weights(outlook: Outlook, sei: float, studies: int) -> Array:
    """Return the terms' weights at each sum of squares, dims (term, case); all of them sum to one."""
    from scipy.special import gammainc

    half = 0.5 * (studies - 1)
    tau, place = np.unique(outlook.tau, return_inverse=True)
    share = np.bincount(place, outlook.weight)
    variance = sei**2 + tau**2
    node, mass = np.polynomial.legendre.leggauss(SQUARES)
    goal = 0.5 * (node + 1.0)
    low = np.full(SQUARES, np.log(variance.min()) - 60.0 / half)
    high = np.full(SQUARES, np.log(variance.max()) + np.log(200.0 + 20.0 * studies))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        under = gammainc(half, 0.5 * np.exp(middle)[:, None] / variance) @ share < goal
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    squares = np.exp(0.5 * (low + high))
    ratio = 0.5 * squares / variance[:, None]
    level = half * np.log(ratio) - ratio  # log density of log S, up to a constant
    density = np.exp(level - level.max(axis=0))
    density /= share @ density
    return np.asarray(outlook.weight[:, None] * density[place] * (0.5 * mass))
