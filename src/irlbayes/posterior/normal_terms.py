"""Sums of normal terms as distributions: tails and quantiles without a density laid out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import SQRT_2PI

Array = NDArray[np.float64]
CLOSE = 1e-14  # of a quantile, in sds
MOST_STEPS = 100
WIDEN = 1.5  # of the bracket that a quantile is looked for in
SMALLEST = 1e-18  # weights below this share of the largest one are left out


@dataclass(frozen=True, eq=False)
class NormalTerms:
    """``sum weight Normal(center, sd ** 2)``; weights sum to one, and small ones may be negative.

    Parameters
    ----------
    weight, center, sd : Array, dims (term,)
    """

    weight: Array
    center: Array
    sd: Array

    def above(self, values: Array) -> Array:
        """Return P(X > values), same shape as ``values``."""
        from scipy.special import ndtr

        tail = ndtr((self.center - values.reshape(-1, 1)) / self.sd) @ self.weight
        return np.asarray(np.clip(tail, 0.0, 1.0).reshape(values.shape))

    def log_pdf(self, x: Array) -> Array:
        """Return the log density, same shape as ``x``."""
        z = (x.reshape(-1, 1) - self.center) / self.sd
        height = np.exp(-0.5 * z**2) @ (self.weight / self.sd) / SQRT_2PI
        return np.asarray(np.log(np.maximum(height, 1e-300)).reshape(x.shape))

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Draw values, dims (draw,), by their quantiles."""
        return self.quantile(rng.uniform(size=count))

    def quantile(self, p: Array) -> Array:
        """Return x with P(X <= x) = p, same shape as ``p``: Newton steps kept inside a bracket."""
        from scipy.special import ndtr

        flat = p.reshape(-1, 1)
        upper = flat > 0.5
        goal = np.where(upper, 1.0 - flat, flat)
        side = np.where(upper, -1.0, 1.0)

        def tail(x: Array) -> Array:
            return np.asarray(ndtr(side * (x - self.center) / self.sd) @ self.weight[:, None])

        middle = float(self.weight @ self.center)
        unit = float(np.median(self.sd))
        low, high = np.full_like(flat, middle - unit), np.full_like(flat, middle + unit)
        for _ in range(MOST_STEPS):
            short = side * (tail(low) - goal) > 0.0, side * (tail(high) - goal) < 0.0
            if not (short[0].any() or short[1].any()):
                break
            reach = high - low
            low, high = np.where(short[0], low - WIDEN * reach, low), np.where(short[1], high + WIDEN * reach, high)
        x = 0.5 * (low + high)
        for _ in range(MOST_STEPS):
            z = (x - self.center) / self.sd
            mass = np.maximum(ndtr(side * z) @ self.weight[:, None], 1e-300)
            gap = side * (np.log(mass) - np.log(goal))
            low, high = np.where(gap < 0, x, low), np.where(gap < 0, high, x)
            slope = np.exp(-0.5 * z**2) @ (self.weight / self.sd)[:, None] / SQRT_2PI
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                newton = x - gap * mass / slope
            moved = np.where((newton >= low) & (newton <= high), newton, 0.5 * (low + high))
            done = bool((np.abs(moved - x) <= CLOSE * np.maximum(unit, np.abs(x))).all())
            x = moved
            if done:
                break
        return np.asarray(x.reshape(p.shape))


def normal_terms(weight: Array, center: Array, sd: Array) -> NormalTerms:
    """Return terms of any dims that broadcast, without those that carry nothing."""
    weight, center, sd = (part.ravel() for part in np.broadcast_arrays(weight, center, sd))
    kept = np.abs(weight) > SMALLEST * np.abs(weight).max()
    weight = weight[kept]
    return NormalTerms(weight / weight.sum(), center[kept], sd[kept])
