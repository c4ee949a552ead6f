"""A marginal known by its draws: what a sampler found, with the questions that a density answers.

NumPy only; ArviZ is imported by the density, its mode and the shortest interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FAR = 10.0  # interquartile ranges from the median beyond which a draw is too far to place the mode


@dataclass(frozen=True, eq=False)
class Draws:
    """One unknown as draws; a `core.types.Marginal`.

    Parameters
    ----------
    values : Array, dims (chain, draw)
        In units of the unknown.
    moments : int
        How many moments the distribution behind the draws has: 0, 1 (mean) or 2 (mean and sd). A mean of draws always
        exists, and says nothing where the distribution has none.

    Examples
    --------
    >>> draws = Draws(np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> draws.mean, float(draws.sf(2.0)), float(draws.quantile(0.5))
    (2.5, 0.5, 2.5)
    """

    values: Array
    moments: int = 2

    @cached_property
    def x(self) -> Array:
        """All draws, dims (node,), increasing."""
        return np.sort(self.values, axis=None)

    @cached_property
    def mass(self) -> Array:
        """Probability carried by each draw, dims (node,); sums to 1."""
        return np.full(self.x.size, 1.0 / self.x.size)

    @cached_property
    def mean(self) -> float | None:
        """Mean, or None where it does not exist."""
        return float(self.x.mean()) if self.moments >= 1 else None

    @cached_property
    def sd(self) -> float | None:
        """Standard deviation, or None where it does not exist."""
        return float(self.x.std()) if self.moments >= 2 else None

    @cached_property
    def _smooth(self) -> tuple[Array, Array]:
        """Places and heights of ArviZ's kernel density estimate, which corrects for an end of the support."""
        import arviz as az

        low, middle, high = np.quantile(self.x, [0.25, 0.5, 0.75])
        near = self.x[np.abs(self.x - middle) <= FAR * (high - low)]
        if near.size < 2 or near[0] == near[-1]:
            return np.array([middle]), np.array([0.0])
        grid, height, _ = az.kde(near)
        return np.asarray(grid), np.asarray(height) * near.size / self.x.size

    @cached_property
    def mode(self) -> float:
        """Highest point of the estimated density."""
        grid, height = self._smooth
        return float(grid[np.argmax(height)])

    def log_pdf(self, x: Array) -> Array:
        """Return the log of the density as a kernel estimates it, ``-inf`` beyond `support`; same shape as ``x``."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.interp(x, *self._smooth, left=0.0, right=0.0)))

    @property
    def support(self) -> tuple[float, float]:
        """Ends of where the density is estimated."""
        grid, _ = self._smooth
        return float(grid[0]), float(grid[-1])

    def cdf(self, x: Array | float) -> Array:
        """Return P(X <= x), the share of draws."""
        return np.asarray(np.searchsorted(self.x, x, side="right") / self.x.size)

    def sf(self, x: Array | float) -> Array:
        """Return P(X > x), the share of draws."""
        return np.asarray((self.x.size - np.searchsorted(self.x, x, side="right")) / self.x.size)

    def quantile(self, p: Array | float) -> Array:
        """Return x with P(X <= x) = p, linear between draws."""
        return np.asarray(np.quantile(self.x, p))

    def interval(self, level: float) -> tuple[float, float]:
        """Return the central interval: equal tails of (1 - level) / 2."""
        low, high = self.quantile(np.array([0.5 - 0.5 * level, 0.5 + 0.5 * level]))
        return float(low), float(high)

    def shortest(self, level: float) -> tuple[float, float]:
        """Return the shortest interval of a given probability (ArviZ's highest-density interval)."""
        import arviz as az

        low, high = az.hdi(self.x, prob=level)
        return float(low), float(high)
