"""The predictive probability that the next study, or several, will bring a probability to a level."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.planned import Assured, Loss, Region
from irlbayes.posterior.outlook import Outlook

Array = NDArray[np.float64]
OUTSIDE = 1e-7  # predictive probability beyond each end of the reports that are looked at
POINTS = 161  # reports that are looked at for one that just passes
CLOSE = 1e-12  # of a report that just passes, in units of the axis


def assure(outlook: Outlook, sei: float, loss: Loss | None = None, points: int = POINTS) -> Assured:
    """Return what a normal report of one more study would do.

    Parameters
    ----------
    outlook : Outlook
    sei : float
        Standard error of the report; 0 for a study without end, whose own true effect is then known.
    loss : Loss, optional
    points : int
        Reports that are looked at for one that just passes.

    Returns
    -------
    Assured

    Notes
    -----
    ``P(u > 0 | y)`` is a ratio of two sums over the terms; heterogeneity makes it fall again for a report far out, so
    every crossing of the level is looked for. The probability of the passing reports is a sum of normal probabilities.
    """
    at = axis(outlook, sei, points=points)

    def chance(y: Array) -> Array:
        density, beyond = outlook.table(y, sei, mean=False)
        return np.asarray(beyond / density)

    passing = regions(chance, at, outlook.goal.level)
    assurance = sum(float(np.diff(outlook.below(np.array(ends), sei))[0]) for ends in passing)
    values = {} if loss is None else _values(outlook, sei, at, loss)
    return Assured(float(np.clip(assurance, 0.0, 1.0)), _on_scale(outlook, passing), values)


def axis(outlook: Outlook, sei: float, studies: int = 1, points: int = POINTS) -> Array:
    """Return reports over all that are likely, closest around their median.

    Parameters
    ----------
    outlook : Outlook
    sei : float
    studies : int
        How many reports it is the mean of.
    points : int
    """
    low, high, median, unit = outlook.span(sei, OUTSIDE, studies)
    first, last = np.arcsinh((np.array([low, high]) - median) / unit)
    return np.asarray(median + unit * np.sinh(np.linspace(float(first), float(last), points)))


def regions(function: Callable[[Array], Array], at: Array, level: float) -> tuple[Region, ...]:
    """Return the intervals where a function reaches a level; beyond the ends of the axis it stays as it is there.

    Parameters
    ----------
    function : callable
        Vectorized.
    at : Array, dims (point,)
        Increasing, and close enough that between two neighbors it crosses at most once.
    level : float
    """
    gap = function(at) - level
    above = gap >= 0.0
    change = np.flatnonzero(above[1:] != above[:-1])
    edges = [_root(lambda y: float(function(np.array([y]))[0]) - level, float(at[i]), float(at[i + 1])) for i in change]
    edges = ([-np.inf] if above[0] else []) + edges + ([np.inf] if above[-1] else [])
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=CLOSE * (high - low), rtol=1e-14))


def _on_scale(outlook: Outlook, passing: Sequence[Region]) -> tuple[Region, ...]:
    """Return intervals of u as intervals of the effect, in rising order."""
    goal = outlook.goal
    ends = [sorted(goal.value + goal.side * end for end in region) for region in passing]
    return tuple((low, high) for low, high in sorted(ends))


def _values(outlook: Outlook, sei: float, at: Array, loss: Loss) -> dict[str, float]:
    """Return what the decision is worth now, with the report, and with mu known."""

    def criterion(y: Array) -> Array:
        density, beyond, mean = outlook.table(y, sei)
        return np.asarray((mean if loss.family == "linear" else beyond - loss.act * density) / density)

    act = regions(criterion, at, 0.0)
    if loss.family == "linear":
        gained = sum(float(np.diff(outlook.mean_below(np.array(ends), sei))[0]) for ends in act)
        return worth(outlook, loss, gained)
    total = 0.0
    for ends in act:
        y, mass = _legendre(at, ends)
        density, beyond, _ = outlook.table(y, sei)
        total += float(mass @ ((loss.acting + loss.waiting) * beyond - loss.acting * density))
    return worth(outlook, loss, total)


def worth(outlook: Outlook, loss: Loss, gained: float) -> dict[str, float]:
    """Return the expected value of information from what acting on it gains over never acting.

    Parameters
    ----------
    outlook : Outlook
    loss : Loss
    gained : float
        Expected gain of acting where the report says so.

    Returns
    -------
    dict
        ``evsi``, ``evpi``, and ``now``: the gain of the better decision without the report.
    """
    if loss.family == "linear":
        without, perfect = outlook.mean(), outlook.gain()
    else:
        chance = outlook.above()
        without = (loss.acting + loss.waiting) * chance - loss.acting
        perfect = loss.waiting * chance
    now = max(0.0, without)
    return {"now": now, "evsi": max(0.0, gained - now), "evpi": max(0.0, perfect - now)}


def _legendre(at: Array, ends: Region) -> tuple[Array, Array]:
    """Return Gauss-Legendre nodes and weights over the part of an axis within an interval."""
    edges = np.unique(np.clip(np.append(at[::8], [at[-1], *ends]), max(ends[0], at[0]), min(ends[1], at[-1])))
    node, weight = np.polynomial.legendre.leggauss(8)
    half = 0.5 * np.diff(edges)
    middle = 0.5 * (edges[1:] + edges[:-1])
    return (middle[:, None] + half[:, None] * node).ravel(), (half[:, None] * weight).ravel()
