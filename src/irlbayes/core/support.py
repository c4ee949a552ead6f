"""What a likelihood alone supports: the effects under which a report is nearly as probable as under the best one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve

Array = NDArray[np.float64]
FINE = 241  # places on which the peak and the ends of an interval are looked for
ROUND, ROUNDS = 33, 3  # of finer axes around each
REACH = 8.0  # widths of a curve's widest term beyond its places


def support(curve: Curve, z: float) -> tuple[list[list[float | None]], float]:
    """Return where a likelihood is at least ``exp(-z**2 / 2)`` of its maximum, and the log of that maximum.

    Parameters
    ----------
    curve : Curve
    z : float
        Normal quantile; 1.96 gives the usual 95 % interval of a normal report.

    Returns
    -------
    list of list of float or None
        Intervals, in order; an end is None where the report does not bound the effect on that side.
    float
        Log of the largest likelihood.

    Examples
    --------
    >>> from irlbayes.core.curve import normal_curve
    >>> support(normal_curve(0.5, 0.25), 2.0)[0]
    [[0.0, 1.0]]
    """
    if curve.is_flat:
        return [[None, None]], float(curve.log_value(np.zeros(1))[0])
    if curve.is_normal:
        center, reach = float(curve.center[0]), z * float(curve.width[0])
        return [[center - reach, center + reach]], float(curve.log_value(curve.center)[0])
    low, high = curve.span
    reach = REACH * curve.widest
    theta = np.unique(np.concatenate([np.linspace(low - reach, high + reach, FINE), curve.places]))
    level = curve.log_value(theta)
    best = int(level.argmax())
    peak, top, step = float(theta[best]), float(level[best]), (high - low + 2.0 * reach) / (FINE - 1)
    for _ in range(ROUNDS):
        near = np.linspace(peak - step, peak + step, ROUND)
        here = curve.log_value(near)
        peak, top, step = float(near[here.argmax()]), max(top, float(here.max())), step / (ROUND // 2)
    goal = top - 0.5 * z**2
    inside = level >= goal
    change = np.flatnonzero(inside[1:] != inside[:-1])
    crossings = _crossings(curve, theta[change], theta[change + 1], inside[change], goal)
    edges: list[float | None] = [*([None] if inside[0] else []), *crossings, *([None] if inside[-1] else [])]
    return [list(pair) for pair in zip(edges[::2], edges[1::2], strict=True)], top


def _crossings(curve: Curve, low: Array, high: Array, leaving: NDArray[np.bool_], goal: float) -> list[float]:
    """Return where the log likelihood passes a level, on ever finer axes between places on either side of it."""
    if not low.size:
        return []
    share = np.linspace(0.0, 1.0, ROUND)[:, None]
    for _ in range(ROUNDS):
        theta = low + share * (high - low)
        gap = curve.log_value(theta) - goal
        after = np.argmax((gap >= 0.0) != leaving, axis=0)  # the first place on the other side
        pick = np.arange(low.size)
        below, above = gap[after - 1, pick], gap[after, pick]
        low, high = theta[after - 1, pick], theta[after, pick]
    return [float(one) for one in low + (high - low) * below / (below - above)]


def deviance(curve: Curve, at: float) -> float:
    """Return twice the log of how much less probable a report is under an effect than under the best one.

    Parameters
    ----------
    curve : Curve
    at : float
        Effect.

    Examples
    --------
    >>> from irlbayes.core.curve import normal_curve
    >>> round(deviance(normal_curve(0.5, 0.25), 0.0), 9)
    4.0
    """
    _, top = support(curve, 1.0)
    return max(2.0 * (top - float(curve.log_value(np.array([at]))[0])), 0.0)
