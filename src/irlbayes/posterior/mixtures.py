"""Mixtures over tau of sums of normal terms: what the posterior of mu, and of a new effect, are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import LOG_2PI
from irlbayes.core.spread import Spread

Array = NDArray[np.float64]
FAR = -84.0  # closed-form slices are kept down to here: they carry the far tails
NOISE = 1e-12  # of a sum of fitted normal terms, as a share of its peak
IN_CACHE = 50_000  # numbers worked on at once
AT_ONCE = 4096  # terms of a mixture that are worked on at once, at several points: a block of both stays in cache
MANY = 5000  # terms of a mixture, beyond which equal ones are looked for


@dataclass(frozen=True)
class Slices:
    """The posterior of mu at each tau: ``sum_m weight Normal(center, width ** 2)``.

    Parameters
    ----------
    tau, log_mass : Array, dims (slice,)
        ``log_mass`` is the log of prior(tau) times the integral of prior and likelihood over mu.
    center, weight : Array, dims (slice, term)
        Weights sum to one over the terms.
    width : Array, dims (slice,)
    """

    tau: Array
    log_mass: Array
    center: Array
    width: Array
    weight: Array

    @property
    def mean(self) -> Array:
        """Posterior mean of mu at each tau, dims (slice,)."""
        return np.asarray((self.weight * self.center).sum(axis=1))

    @property
    def variance(self) -> Array:
        """Posterior variance of mu at each tau, dims (slice,)."""
        gap = self.center - self.mean[:, None]
        return np.asarray((self.weight * gap**2).sum(axis=1) + self.width**2)

    def by_tau(self, count: int) -> Array:
        """Return the log of prior(tau) times the marginal likelihood at each of ``count`` taus, dims (tau,)."""
        return np.asarray(np.logaddexp.reduce(self.log_mass.reshape(count, -1), axis=1))

    def shared_out(self, log_node: Array) -> Array:
        """Return the log weight of each slice from that of its tau, dims (slice,)."""
        part = self.log_mass.reshape(log_node.size, -1)
        if part.shape[1] == 1:
            return log_node
        return np.asarray(log_node[:, None] + part - np.logaddexp.reduce(part, axis=1, keepdims=True)).ravel()

    def log_mixture(self, log_weight: Array, widen: Spread | None) -> Callable[[Array], Array]:
        """Return the log density of mu (or of a new effect, where ``widen`` is its spread) mixed over slices."""
        if self.center.shape[1] > 1:
            several = log_mixtures([self], [log_weight], widen)
            return lambda x: several(x)[:, 0]
        part = _spread_out(self, widen)
        log_weight = (log_weight[:, None] + part.log_weight).ravel()
        keep = log_weight > log_weight.max() + FAR
        center = np.repeat(self.center[:, 0], part.log_weight.size)[keep]
        spread = part.variance.ravel()[keep]
        log_weight = log_weight[keep]
        if spread.size > MANY:
            center, spread, log_weight = _merged(center, spread, log_weight)
        log_scale = log_weight - 0.5 * np.log(spread) - 0.5 * LOG_2PI

        narrow = -0.5 / spread
        block = max(1, IN_CACHE // center.size)

        def at(x: Array) -> Array:
            out = np.empty(x.size)
            for start in range(0, x.size, block):
                level = x[start : start + block, None] - center
                level *= level
                level *= narrow
                level += log_scale
                top = level.max(axis=1)
                level -= top[:, None]
                out[start : start + block] = top + np.log(np.exp(level, out=level).sum(axis=1))
            return out

        return at


def _merged(center: Array, spread: Array, log_weight: Array) -> tuple[Array, Array, Array]:
    """Return normal terms with those added together that differ by less than 1e-12 of their variance and sd."""
    grain = 1e12
    rounded = np.round(grain * np.log(spread)) + 1j * np.round(grain * (center - center[0]) / np.sqrt(spread))
    _, first, place = np.unique(rounded, return_index=True, return_inverse=True)
    top = log_weight.max()
    total = np.bincount(place, np.exp(log_weight - top))
    return center[first], spread[first], np.asarray(top + np.log(total))


@dataclass(frozen=True)
class _SpreadOut:
    """Variance of the terms of each slice, dims (slice, component), and the log weight of each component."""

    variance: Array
    log_weight: Array


def _spread_out(slices: Slices, widen: Spread | None) -> _SpreadOut:
    own = slices.width[:, None] ** 2
    if widen is None:
        return _SpreadOut(own, np.zeros(1))
    return _SpreadOut(own + (slices.tau[:, None] * widen.ratio) ** 2, widen.log_weight)


def log_mixtures(
    sets: Sequence[Slices], log_weights: Sequence[Array], widen: Spread | None
) -> Callable[[Array], Array]:
    """Return the log densities of several mixtures of the same normal terms, as a function from x to dims (x, set).

    Parameters
    ----------
    sets : sequence of Slices
        On one grid: they differ in their weights.
    log_weights : sequence of Array, dims (slice,)
    widen : Spread or None
        Spread of a new effect, where that is meant; None for mu.
    """
    first = sets[0]
    out = _spread_out(first, widen)
    tops = np.array([log_weight.max() for log_weight in log_weights])
    with np.errstate(under="ignore"):
        pairs = zip(sets, log_weights, tops, strict=True)
        share = np.stack([part.weight * np.exp(level - top)[:, None] for part, level, top in pairs], axis=-1)
        share = share[:, :, None, :] * np.exp(out.log_weight)[:, None]
    size = np.abs(share)
    keep = (size > 1e-2 * NOISE * size.max(axis=(0, 1, 2))).any(axis=-1)
    share = share[keep]
    center = np.broadcast_to(first.center[:, :, None], keep.shape)[keep]
    spread = np.broadcast_to(out.variance[:, None, :], keep.shape)[keep]
    factor = share / np.sqrt(2.0 * np.pi * spread)[:, None]
    narrow = -0.5 / spread
    terms = min(center.size, AT_ONCE)
    block = max(1, IN_CACHE // terms)

    def at(x: Array) -> Array:
        out = np.zeros((x.size, len(sets)))
        for first in range(0, center.size, terms):
            some = slice(first, first + terms)
            for start in range(0, x.size, block):
                exponent = x[start : start + block, None] - center[some]
                exponent *= exponent
                exponent *= narrow[some]
                out[start : start + block] += np.exp(exponent, out=exponent) @ factor[some]
        return np.asarray(np.log(np.maximum(out, 1e-300)) + tops)

    return at
