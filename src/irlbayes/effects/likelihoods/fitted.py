"""Curves of any smooth likelihood: place and width are found, then `core.curve.fit_curve` does the rest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, fit_curve

Array = NDArray[np.float64]
LogLikelihood = Callable[[Array], Array]


def peaked(
    log_value: LogLikelihood, near: float, width: float, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> Curve:
    """Fit a likelihood that has a peak and falls off on both sides.

    Parameters
    ----------
    log_value : callable
        Vectorized log L(theta).
    near, width : float
        A first guess of place and width; the peak is looked for within 60 widths.
    bounds : tuple of float
        Ends of what theta can be; the likelihood is zero outside.

    Returns
    -------
    Curve

    Raises
    ------
    ArithmeticError
        When the curve is too rough for its fit.
    """

    def inside(theta: Array) -> Array:
        kept = (theta > bounds[0]) & (theta < bounds[1])
        out = np.full(theta.shape, -np.inf)
        if kept.any():
            out[kept] = log_value(theta[kept])
        return out

    low, high = max(bounds[0], near - 60.0 * width), min(bounds[1], near + 60.0 * width)
    grid = near + width * 60.0 * np.sinh(np.linspace(-5.0, 5.0, 41)) / np.sinh(5.0)
    grid = np.unique(np.clip(grid, low, high))
    for _ in range(4):
        height = inside(grid)
        best = int(np.argmax(height))
        center, top = float(grid[best]), float(height[best])
        grid = np.linspace(grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)], 17)
    left = _where(lambda distance: inside(center - distance) - top, -0.5, width)
    right = _where(lambda distance: inside(center + distance) - top, -0.5, width)
    return fit_curve(inside, center, min(left, right))


def one_sided(log_value: LogLikelihood, near: float, falls: bool, limit: float = 0.0) -> Curve:
    """Fit a likelihood that is level on one side and falls to zero on the other: a zero or full cell.

    Parameters
    ----------
    log_value : callable
        Vectorized log L(theta).
    near : float
        A first guess of where it has fallen to half.
    falls : bool
        Whether it falls with theta; else it rises.
    limit : float
        Log of the level.
    """
    side = 1.0 if falls else -1.0

    def drop(distance: Array) -> Array:
        return np.asarray(log_value(side * distance) - limit)

    half, sixth = (_where(drop, float(np.log(level)), 1.0, side * near) for level in (0.5, 1.0 / 6.0))
    level = float(np.exp(limit))
    return fit_curve(log_value, side * half, sixth - half, limits=(level, 0.0) if falls else (0.0, level))


def _where(falling: Callable[[Array], Array], level: float, width: float, start: float | None = None) -> float:
    """Return the distance at which a falling function passes a level, to a thousandth of the width."""
    if start is None:
        grid = width * np.geomspace(1e-4, 1e4, 60)
    else:
        grid = start + width * np.sinh(np.linspace(-8.0, 8.0, 65)) * 0.1
    for _ in range(3):
        below = falling(grid) < level
        if not below.any():
            return float(grid[-1])
        first = int(np.argmax(below))
        grid = np.linspace(grid[max(first - 1, 0)], grid[first], 20)
    return float(grid[-1])
