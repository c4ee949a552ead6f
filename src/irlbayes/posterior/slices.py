"""The posterior of mu at fixed values of tau, as sums of normal terms: one slice per tau.

When every curve is normal a slice is one normal, in closed form. Otherwise prior times likelihoods is evaluated on
equally spaced nodes over all mu that matter and interpolated by normal terms. Both slicers answer the same two calls:
``log_tau`` (the marginal of tau) and ``slices`` (of all studies, and with each one left out).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.curve import LOG_2PI, Curve
from irlbayes.core.fitting import OVERLAP, interpolation
from irlbayes.core.types import Prior

Array = NDArray[np.float64]
LOG_NEGLIGIBLE = -42.0  # ends of grids below this share (1e-18) of the peak are left out
FAR = -84.0  # closed-form slices are kept down to here: they carry the far tails
NEAR = -33.0  # fitted slices only down to here: below is the noise of the fit
STEP = 0.40  # spacing of the grid of mu, in units of the narrowest sd that its posterior can have
NOISE = 1e-12  # of a sum of fitted normal terms, as a share of its peak
SCAN, OUTSIDE = 41, 30  # nodes of the first look: over the curves, and beyond them on each side
SHARED = 1.5  # a grid is shared with a left-out study's while it needs at most this many times the nodes
MOST_NODES = 1200


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

    def log_mixture(self, x: Array, log_weight: Array, widen: bool) -> Array:
        """Log density at x of mu (or of a new effect: ``widen``) mixed over slices."""
        single = self.center.shape[1] == 1
        keep = log_weight > log_weight.max() + (FAR if single else NEAR)
        center, weight, log_weight = self.center[keep], self.weight[keep], log_weight[keep]
        if not single:
            present = np.abs(weight * np.exp(log_weight - log_weight.max())[:, None]).max(axis=0) > 1e-3 * NOISE
            center, weight = center[:, present], weight[:, present]
        spread = self.width[keep] ** 2 + (self.tau[keep] ** 2 if widen else 0.0)
        log_scale = log_weight - 0.5 * np.log(spread) - 0.5 * LOG_2PI
        out = np.empty(x.size)
        block = max(1, 1_000_000 // center.size)
        for start in range(0, x.size, block):
            exponent = x[start : start + block, None, None] - center
            exponent *= exponent
            exponent *= (-0.5 / spread)[:, None]
            if single:
                level = exponent[:, :, 0] + log_scale
                top = level.max(axis=1)
                value = top + np.log(np.exp(level - top[:, None]).sum(axis=1))
            else:
                factor = weight * np.exp(log_scale - log_scale.max())[:, None]
                total = np.einsum("xlm,lm->x", np.exp(exponent, out=exponent), factor)
                value = np.log(np.maximum(total, 1e-300)) + log_scale.max()
            out[start : start + block] = value
        return out


@dataclass(frozen=True)
class SliceSet:
    """Slices of one model at the same values of tau.

    Parameters
    ----------
    whole : Slices
        Of all studies.
    left_out : tuple of Slices
        Of all but each one; empty where they were not asked for.
    share : Array, dims (slice, study)
        Each study's share of the information about mu.
    curve_error : Array, dims (slice,)
        Relative error that fitted curves bring in.
    """

    whole: Slices
    left_out: tuple[Slices, ...]
    share: Array
    curve_error: Array


class NormalSlicer:
    """Slices when every curve is normal: mu given tau is normal, in closed form."""

    def __init__(self, curves: Sequence[Curve], mu: Prior, tau: Prior) -> None:
        self.y = np.array([curve.center[0] for curve in curves])
        self.s2 = np.array([curve.width[0] ** 2 for curve in curves])
        self.log_scale = np.array([np.log(curve.weight[0]) for curve in curves])
        self.tau_prior = tau
        self.flat = mu.family == "flat"
        self.mean, self.precision = (0.0, 0.0) if self.flat else (mu.parameters[0], mu.parameters[1] ** -2)
        self.origin = float(np.average(self.y, weights=1.0 / self.s2)) if self.y.size else self.mean

    def log_tau(self, tau: Array) -> Array:
        """Return the log of prior(tau) times the marginal likelihood at tau, dims (slice,)."""
        return self.at(tau).log_mass

    def slices(self, tau: Array, each: bool = True) -> SliceSet:
        """Return the slices of all studies, and (``each``) of all but each one."""
        weight = 1.0 / (self.s2 + tau[:, None] ** 2)
        share = weight / (weight.sum(axis=1, keepdims=True) + self.precision)
        left_out = tuple(self.at(tau, without=i) for i in range(self.y.size)) if each else ()
        return SliceSet(self.at(tau), left_out, np.asarray(share), np.zeros(tau.size))

    def at(self, tau: Array, without: int | None = None) -> Slices:
        """Return the slices, of all studies or without one."""
        use = np.arange(self.y.size) != without
        variance = self.s2[use] + tau[:, None] ** 2
        weight = 1.0 / variance
        total = weight.sum(axis=1) + self.precision
        y, mean = self.y[use] - self.origin, self.mean - self.origin
        center = ((weight * y).sum(axis=1) + self.precision * mean) / total
        square = (weight * (y - center[:, None]) ** 2).sum(axis=1) + self.precision * (mean - center) ** 2
        log_prior = 0.5 * LOG_2PI if self.flat else 0.5 * np.log(self.precision)
        log_likelihood = -0.5 * (np.log(variance).sum(axis=1) + use.sum() * LOG_2PI + square)
        log_mass = log_prior + log_likelihood - 0.5 * np.log(total) + self.log_scale[use].sum()
        return Slices(
            tau=tau,
            log_mass=np.asarray(log_mass + priors.log_pdf(self.tau_prior, tau)),
            center=(center + self.origin)[:, None],
            width=np.asarray(total**-0.5),
            weight=np.ones((tau.size, 1)),
        )


@dataclass(frozen=True)
class Grid:
    """Equally spaced nodes of mu at each tau, with the log of prior and likelihoods there.

    Parameters
    ----------
    mu : Array, dims (slice, node)
    step : Array, dims (slice,)
    log_each : Array, dims (slice, node, study)
        Log likelihood of each study, its random effect integrated out.
    log_prior : Array, dims (slice, node)
    """

    mu: Array
    step: Array
    log_each: Array
    log_prior: Array

    def log_height(self, without: int | None = None) -> Array:
        """Return the log of prior times likelihoods, dims (slice, node), of all studies or without one."""
        use = np.arange(self.log_each.shape[-1]) != without
        return np.asarray(self.log_prior + self.log_each[:, :, use].sum(axis=-1))

    def mass(self) -> Array:
        """Return the posterior probability of each node at its tau, dims (slice, node); rows sum to one."""
        log_height = self.log_height()
        height = np.exp(log_height - log_height.max(axis=1, keepdims=True))
        return np.asarray(height / height.sum(axis=1, keepdims=True))


class GridSlicer:
    """Slices for any mixture of curves: mu given tau as a sum of normal terms on a grid of its own."""

    def __init__(self, curves: Sequence[Curve], mu: Prior, tau: Prior, coarseness: float = 1.0) -> None:
        self.curves, self.mu_prior, self.tau_prior, self.coarseness = tuple(curves), mu, tau, coarseness
        self.sd = priors.scale(mu)
        self.precision = 0.0 if np.isinf(self.sd) else self.sd**-2
        spans = [curve.span for curve in curves] + ([] if np.isinf(self.sd) else [(mu.parameters[0],) * 2])
        self.hull = min(low for low, _ in spans), max(high for _, high in spans)
        self.detail = np.array([curve.detail for curve in curves])

    def log_tau(self, tau: Array) -> Array:
        """Return the log of prior(tau) times the marginal likelihood at tau, dims (slice,)."""
        return self._slices(self.grid(tau), tau, None, terms=False).log_mass

    def slices(self, tau: Array, each: bool = True) -> SliceSet:
        """Return the slices of all studies, and (``each``) of all but each one.

        Left-out studies whose posterior lies near the whole one's share its grid; the others have their own.
        """
        every = range(len(self.curves))
        windows = self._windows(tau, [None, *every])
        shared = low, high = windows[0]
        most = SHARED * self._count(*shared, self._step(tau, None))
        near = []
        for i in every:
            union = np.minimum(low, windows[i + 1][0]), np.maximum(high, windows[i + 1][1])
            if self._count(*union, self._step(tau, None)) <= most:
                near.append(i)
                shared = np.minimum(shared[0], union[0]), np.maximum(shared[1], union[1])
        together = self._grid(tau, *shared, self._step(tau, None))
        left_out = []
        for i in every if each else ():
            grid = together if i in near else self._grid(tau, *windows[i + 1], self._step(tau, i))
            left_out.append(self._slices(grid, tau, i))
        return SliceSet(
            self._slices(together, tau, None), tuple(left_out), self._share(together, tau), self._curve_error(together)
        )

    def at(self, tau: Array, without: int | None = None) -> Slices:
        """Return the slices, of all studies or without one."""
        return self._slices(self.grid(tau, without), tau, without)

    def _share(self, grid: Grid, tau: Array) -> Array:
        """Return each study's share of the information about mu, dims (slice, study).

        The information of a study is the mean over mu of minus the second derivative of its log likelihood, which
        equals the mean of its slope times the slope of the log posterior.
        """
        slopes = np.stack([curve.slope_smooth(grid.mu, tau) for curve in self.curves], axis=-1)
        whole = slopes.sum(axis=-1) - self.precision * (
            grid.mu - (self.mu_prior.parameters[0] if self.precision else 0.0)
        )
        information = np.einsum("ln,ln,lni->li", grid.mass(), whole, slopes)
        return np.asarray(information / (information.sum(axis=1, keepdims=True) + self.precision))

    def _curve_error(self, grid: Grid) -> Array:
        """Return the mean over mu of each fitted curve's error relative to its value there, summed, dims (slice,)."""
        size = np.array([curve.error * curve.peak if curve.error else 0.0 for curve in self.curves])
        if not size.any():
            return np.zeros(grid.step.size)
        with np.errstate(over="ignore"):
            relative = (size * np.exp(-grid.log_each)).sum(axis=-1)
        return np.asarray((grid.mass() * np.minimum(relative, 1.0)).sum(axis=1))

    def grid(self, tau: Array, without: int | None = None) -> Grid:
        """Place equally spaced nodes over all mu that matter, with all studies or without one."""
        (window,) = self._windows(tau, [without])
        return self._grid(tau, *window, self._step(tau, without))

    def _grid(self, tau: Array, low: Array, high: Array, step: Array) -> Grid:
        count = self._count(low, high, step)
        step = (high - low) / (count - 1)
        mu = low[:, None] + step[:, None] * np.arange(count)
        return Grid(mu, step, *self._heights(mu, tau))

    def _heights(self, mu: Array, tau: Array) -> tuple[Array, Array]:
        each = [curve.log_smooth(mu, tau) for curve in self.curves]
        return np.stack(each, axis=-1), priors.log_pdf(self.mu_prior, mu)

    def _step(self, tau: Array, without: int | None) -> Array:
        """Return the spacing that resolves the narrowest posterior that these studies can leave."""
        use = np.arange(self.detail.size) != without
        precision = (1.0 / (self.detail[use] ** 2 + tau[:, None] ** 2)).sum(axis=1)
        return np.asarray(STEP * self.coarseness * (precision + self.precision) ** -0.5)

    @staticmethod
    def _count(low: Array, high: Array, step: Array) -> int:
        return min(int(np.ceil(((high - low) / step).max())) + 1, MOST_NODES)

    def _windows(self, tau: Array, sets: Sequence[int | None]) -> list[tuple[Array, Array]]:
        """Return, per set of studies, where its posterior of mu begins and ends at each tau.

        A first look at every fourth tau, over the curves and far beyond, finds the ends; each tau takes the wider of
        its two neighbors'.
        """
        order = np.argsort(tau)
        knots = np.unique(np.append(np.arange(0, tau.size, 4), tau.size - 1))
        at = tau[order[knots]]
        place = np.searchsorted(knots, np.argsort(order))
        before = np.maximum(place - 1, 0)
        reach = 9.0 * (np.sqrt(self.detail.max() ** 2 + at**2) if np.isinf(self.sd) else np.full(at.size, self.sd))
        inside = np.broadcast_to(np.linspace(*self.hull, SCAN), (at.size, SCAN))
        beyond = reach[:, None] * (np.sinh(np.linspace(0.0, 4.0, OUTSIDE + 1)[1:]) / np.sinh(4.0))
        mu = np.concatenate([self.hull[0] - beyond[:, ::-1], inside, self.hull[1] + beyond], axis=1)
        look = Grid(mu, np.empty(0), *self._heights(mu, at))
        rows = np.arange(at.size)
        windows = []
        for without in sets:
            height = look.log_height(without)
            alive = height > height.max(axis=1, keepdims=True) + LOG_NEGLIGIBLE
            low = mu[rows, np.maximum(alive.argmax(axis=1) - 1, 0)]
            high = mu[rows, np.minimum(mu.shape[1] - alive[:, ::-1].argmax(axis=1), mu.shape[1] - 1)]
            windows.append((np.minimum(low[place], low[before]), np.maximum(high[place], high[before])))
        return windows

    def _slices(self, grid: Grid, tau: Array, without: int | None, terms: bool = True) -> Slices:
        """Turn heights on a grid into normal terms; without ``terms``, into their mass alone."""
        log_height = grid.log_height(without)
        top = log_height.max(axis=1)
        height = np.exp(log_height - top[:, None])
        log_mass = top + np.log(height.sum(axis=1) * grid.step) + priors.log_pdf(self.tau_prior, tau)
        weight = height
        if terms:
            weight = height @ interpolation(grid.mu.shape[1]).T
            weight /= weight.sum(axis=1, keepdims=True)
        return Slices(tau, np.asarray(log_mass), grid.mu, OVERLAP * grid.step, weight)
