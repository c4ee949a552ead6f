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
from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import LOG_2PI, Curve
from irlbayes.core.fitting import OVERLAP, interpolation, median
from irlbayes.core.spread import NORMAL, Spread, log_smooth_spread
from irlbayes.posterior.mixtures import Slices
from irlbayes.posterior.precisions import precisions

Array = NDArray[np.float64]
LOG_NEGLIGIBLE = -42.0  # ends of grids below this share (1e-18) of the peak are left out
NEAR = -33.0  # fitted slices only down to here: below is the noise of the fit
STEP = 0.40  # spacing of the grid of mu, in units of the narrowest sd that its posterior can have
SCAN, OUTSIDE = 41, 20  # nodes of the first look: over the curves, and beyond them on each side
CLOSER, ENOUGH, MOST_LOOKS = 41, 20, 8  # nodes of a closer look; how many must lie in a posterior; how often
DIFFERENCES = (4.0 / 5.0, -1.0 / 5.0, 4.0 / 105.0, -1.0 / 280.0)  # first derivative from nodes 1 to 4 steps away
LOOSER = 1.6  # spacing where only the mass is wanted, and no interpolation
COARSER = 1.15  # spacing of the second grid, which measures the error of the first
SHARED = 1.5  # a grid is shared with a left-out study's while it needs at most this many times the nodes
MOST_NODES = 1200
FARTHEST_T = 1e4  # scales of a Student t prior within which a grid may look for the posterior
T_LEFT = 1e-11  # and the prior's probability beyond where it looks


@dataclass(frozen=True)
class SliceSet:
    """Slices of one model at the same values of tau.

    Parameters
    ----------
    whole : Slices
        Of all studies.
    left_out : tuple of Slices
        Of all but each one; empty where they were not asked for.
    coarser : Slices
        Of all studies, on a coarser grid.
    share : Array, dims (slice, study)
        Each study's share of the information about mu.
    curve_error : Array, dims (slice, 3)
        Relative error that fitted curves bring in: its mean over mu, and its mean times mu and mu squared.
    """

    whole: Slices
    coarser: Slices
    left_out: tuple[Slices, ...]
    share: Array
    curve_error: Array


class NormalSlicer:
    """Slices when every curve is normal: mu given tau is normal, in closed form.

    Under a Student t prior it is normal given tau and the precision that the prior is mixed over. There is then a
    slice for each pair of them: every tau in turn, with all its precisions.
    """

    def __init__(self, curves: Sequence[Curve], mu: Prior, tau: Prior) -> None:
        self.y = np.array([curve.center[0] for curve in curves])
        self.s2 = np.array([curve.width[0] ** 2 for curve in curves])
        self.log_scale = np.array([np.log(curve.weight[0]) for curve in curves])
        self.tau_prior = tau
        self.flat = mu.family == "flat"
        self.mean = 0.0 if self.flat else mu.parameters[-2]
        self._fine = self._coarse = np.array([0.0 if self.flat else mu.parameters[-1] ** -2]), np.zeros(1)
        if mu.family == "student_t":
            self._fine, self._coarse = (
                (factor * mu.parameters[-1] ** -2, log_weight)
                for factor, log_weight in (precisions(mu.parameters[0]), precisions(mu.parameters[0], COARSER))
            )
        self.origin = float(np.average(self.y, weights=1.0 / self.s2)) if self.y.size else self.mean

    def log_tau(self, tau: Array) -> Array:
        """Return the log of prior(tau) times the marginal likelihood at tau, dims (slice,)."""
        return self.at(tau).by_tau(tau.size)

    def slices(self, tau: Array, each: bool = True) -> SliceSet:
        """Return the slices of all studies, and (``each``) of all but each one."""
        whole = self.at(tau)
        weight = 1.0 / (self.s2 + whole.tau[:, None] ** 2)
        share = weight * whole.width[:, None] ** 2
        left_out = tuple(self.at(tau, without=i) for i in range(self.y.size)) if each else ()
        coarser = whole if self._coarse is self._fine else self.at(tau, coarse=True)
        return SliceSet(whole, coarser, left_out, np.asarray(share), np.zeros((whole.tau.size, 3)))

    def at(self, tau: Array, without: int | None = None, coarse: bool = False) -> Slices:
        """Return the slices, of all studies or without one."""
        use = np.arange(self.y.size) != without
        nodes, log_weight = self._coarse if coarse else self._fine
        precision, log_weight = np.tile(nodes, tau.size), np.tile(log_weight, tau.size)
        tau = np.repeat(tau, nodes.size)
        variance = self.s2[use] + tau[:, None] ** 2
        weight = 1.0 / variance
        total = weight.sum(axis=1) + precision
        y, mean = self.y[use] - self.origin, self.mean - self.origin
        center = ((weight * y).sum(axis=1) + precision * mean) / total
        square = (weight * (y - center[:, None]) ** 2).sum(axis=1) + precision * (mean - center) ** 2
        log_prior = 0.5 * LOG_2PI if self.flat else 0.5 * np.log(precision) + log_weight
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
    log_each : Array, dims (study, slice, node)
        Log likelihood of each study, its random effect integrated out.
    log_prior : Array, dims (slice, node)
    """

    mu: Array
    step: Array
    log_each: Array
    log_prior: Array

    def log_height(self, without: int | None = None) -> Array:
        """Return the log of prior times likelihoods, dims (slice, node), of all studies or without one."""
        if without is None:
            return np.asarray(self.log_prior + self.log_each.sum(axis=0))
        return np.asarray(
            self.log_prior + self.log_each[:without].sum(axis=0) + self.log_each[without + 1 :].sum(axis=0)
        )

    def mass(self) -> Array:
        """Return the posterior probability of each node at its tau, dims (slice, node); rows sum to one."""
        log_height = self.log_height()
        height = np.exp(log_height - log_height.max(axis=1, keepdims=True))
        return np.asarray(height / height.sum(axis=1, keepdims=True))


class GridSlicer:
    """Slices for any mixture of curves: mu given tau as a sum of normal terms on a grid of its own."""

    def __init__(
        self, curves: Sequence[Curve], mu: Prior, tau: Prior, spread: Spread = NORMAL, finer: float = 1.0
    ) -> None:
        self.curves, self.mu_prior, self.tau_prior, self.spread = tuple(curves), mu, tau, spread
        self.step = STEP * finer
        self.sd = priors.scale(mu)
        self.precision = 0.0 if np.isinf(self.sd) else self.sd**-2
        self.df = mu.parameters[0] if mu.family == "student_t" else np.inf
        if np.isfinite(self.df):  # its Fourier transform exp(-scale sqrt(df) |w|) is then resolved as a normal's
            self.precision *= (self.df + 16.0) / self.df
        spans = [curve.span for curve in curves] + ([] if np.isinf(self.sd) else [(mu.parameters[-2],) * 2])
        self.hull = min(low for low, _ in spans), max(high for _, high in spans)
        self.detail = np.array([curve.detail for curve in curves])
        self._knots = median([*self.detail, priors.scale(tau)]) * np.sinh(np.linspace(0.0, 6.0, 37))
        self._found: tuple[Array, Array] | None = None

    def log_tau(self, tau: Array) -> Array:
        """Return the log of prior(tau) times the marginal likelihood at tau, dims (slice,)."""
        window = self._whole_window(tau)
        return self._slices(self._grid(tau, *window, self._step(tau, None), LOOSER), tau, None, terms=False).log_mass

    def slices(self, tau: Array, each: bool = True) -> SliceSet:
        """Return the slices of all studies, and (``each``) of all but each one.

        Left-out studies whose posterior lies near the whole one's share its grid; the others have their own.
        """
        every = range(len(self.curves) if each else 0)
        windows = self._windows(tau, [None, *every]) if each else [self._whole_window(tau)]
        shared = low, high = windows[0]
        step = self._step(tau, None)
        coarser = self._grid(tau, low, high, step, COARSER)
        most = SHARED * self._count(low, high, step)
        near = []
        for i in every:
            union = np.minimum(shared[0], windows[i + 1][0]), np.maximum(shared[1], windows[i + 1][1])
            if self._count(*union, step) <= most:
                near.append(i)
                shared = union
        together = self._grid(tau, *shared, step)
        left_out = []
        for i in every:
            grid = together if i in near else self._grid(tau, *windows[i + 1], self._step(tau, i))
            left_out.append(self._slices(grid, tau, i))
        whole = self._slices(together, tau, None)
        return SliceSet(
            whole,
            self._slices(coarser, tau, None),
            tuple(left_out),
            self._share(together),
            self._curve_error(together),
        )

    def at(self, tau: Array) -> Slices:
        """Return the slices of all studies."""
        (window,) = self._windows(tau, [None])
        return self._slices(self._grid(tau, *window, self._step(tau, None)), tau, None)

    def _share(self, grid: Grid) -> Array:
        """Return each study's share of the information about mu, dims (slice, study).

        The information of a study is the mean over mu of minus the second derivative of its log likelihood, which
        equals the mean of its slope times the slope of the log posterior. Slopes are differences of eighth order.
        """
        slopes = np.zeros_like(grid.log_each)
        for k, factor in enumerate(DIFFERENCES, start=1):
            inner = grid.log_each[:, :, 4 + k : grid.mu.shape[1] - 4 + k]
            slopes[:, :, 4:-4] += factor * (inner - grid.log_each[:, :, 4 - k : -4 - k])
        slopes /= grid.step[:, None]
        gap = grid.mu - (self.mu_prior.parameters[-2] if self.precision else 0.0)
        if np.isfinite(self.df):
            prior = (self.df + 1.0) * gap / (self.df * self.sd**2 + gap**2)
        else:
            prior = self.precision * gap
        weighted = grid.mass() * (slopes.sum(axis=0) - prior)
        information = np.einsum("ln,iln->li", weighted, slopes)
        held = -(weighted * prior).sum(axis=1, keepdims=True) if np.isfinite(self.df) else self.precision
        return np.asarray(information / (information.sum(axis=1, keepdims=True) + held))

    def _curve_error(self, grid: Grid) -> Array:
        """Return the mean over mu of the fitted curves' relative errors, also times mu and mu squared."""
        size = np.array([curve.error * curve.peak if curve.error else 0.0 for curve in self.curves])
        lost = self._lost(grid) if np.isfinite(self.df) else np.zeros((grid.step.size, 3))
        if not size.any():
            return lost
        with np.errstate(over="ignore"):
            relative = np.tensordot(size, np.exp(-grid.log_each), axes=1)
        part = grid.mass() * np.minimum(relative, 1.0)
        return lost + np.stack([(part * grid.mu**power).sum(axis=1) for power in (0, 1, 2)], axis=-1)

    def _lost(self, grid: Grid) -> Array:
        """Return what a tail of power df + 1 holds beyond the ends of a grid, also times mu and mu squared."""
        total = np.zeros((grid.step.size, 3))
        middle, mass = self.mu_prior.parameters[-2], grid.mass()
        for end in (0, -1):
            far = grid.mu[:, end]
            for power in range(min(3, int(np.ceil(self.df)))):
                total[:, power] += mass[:, end] / grid.step * np.abs(far - middle) / (self.df - power) * far**power
        return total

    def _grid(self, tau: Array, low: Array, high: Array, step: Array, looser: float = 1.0) -> Grid:
        count = min(self._count(low, high, looser * step), int(MOST_NODES / looser))
        step = (high - low) / (count - 1)
        mu = low[:, None] + step[:, None] * np.arange(count)
        return Grid(mu, step, *self._heights(mu, tau))

    def _heights(self, mu: Array, tau: Array) -> tuple[Array, Array]:
        return log_smooth_spread(self.curves, mu, tau, self.spread), priors.log_pdf(self.mu_prior, mu)

    def _step(self, tau: Array, without: int | None) -> Array:
        """Return the spacing that resolves the narrowest posterior that these studies can leave."""
        use = np.arange(self.detail.size) != without
        between = self.spread.narrowing * tau[:, None] ** 2
        precision = (1.0 / (self.detail[use] ** 2 + between)).sum(axis=1)
        return np.asarray(self.step * (precision + self.precision) ** -0.5)

    @staticmethod
    def _count(low: Array, high: Array, step: Array) -> int:
        return min(int(np.ceil(((high - low) / step).max())) + 1, MOST_NODES)

    def _windows(self, tau: Array, sets: Sequence[int | None]) -> list[tuple[Array, Array]]:
        """Return, per set of studies, where its posterior of mu begins and ends at each tau.

        Found at every fourth tau; each tau takes the wider of its two neighbors' windows.
        """
        order = np.argsort(tau)
        knots = np.unique(np.append(np.arange(0, tau.size, 4), tau.size - 1))
        place = np.searchsorted(knots, np.argsort(order))
        return [_wider(low, high, place) for low, high in self._look(tau[order[knots]], sets)]

    def _whole_window(self, tau: Array) -> tuple[Array, Array]:
        """Return the window of all studies, from ends found once at fixed values of tau."""
        if tau.max() > self._knots[-1]:
            return self._windows(tau, [None])[0]
        if self._found is None:
            (self._found,) = self._look(self._knots, [None])
        return _wider(*self._found, np.searchsorted(self._knots, tau))

    def _look(self, at: Array, sets: Sequence[int | None]) -> list[tuple[Array, Array]]:
        """Return each set's window: a first look over the curves and far beyond, then closer between the ends."""
        reach = self._reach(at)
        inside = np.broadcast_to(np.linspace(*self.hull, SCAN), (at.size, SCAN))
        beyond = reach[:, None] * (np.sinh(np.linspace(0.0, 4.0, OUTSIDE + 1)[1:]) / np.sinh(4.0))
        mu = np.concatenate([self.hull[0] - beyond[:, ::-1], inside, self.hull[1] + beyond], axis=1)
        for _ in range(MOST_LOOKS):
            ends, fewest = self._ends(mu, at, sets)
            if fewest > ENOUGH:
                break
            low, high = np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0)
            mu = np.linspace(low, high, CLOSER, axis=1)
        return ends

    def _reach(self, tau: Array) -> Array:
        """Return how far beyond the curves and the prior's center the posterior may reach, dims (slice,)."""
        by_curves = 9.0 * np.sqrt(self.detail.max() ** 2 + tau**2)
        if np.isinf(self.sd):
            return np.asarray(by_curves)
        if np.isinf(self.df):
            return np.full(tau.size, 9.0 * self.sd)
        by_prior = self.sd * min(self.df**0.5 * T_LEFT ** (-1.0 / self.df) + 9.0, FARTHEST_T)
        return np.minimum(by_curves, by_prior) if self._held() else np.full(tau.size, by_prior)

    def _held(self) -> bool:
        """Whether curves bound mu on both sides."""
        return all(any(curve.bounded[side] for curve in self.curves) for side in (0, 1))

    def _ends(self, mu: Array, tau: Array, sets: Sequence[int | None]) -> tuple[list[tuple[Array, Array]], int]:
        """Return the nodes around each set's posterior, and the least number of nodes that any has."""
        look = Grid(mu, np.empty(0), *self._heights(mu, tau))
        rows, last = np.arange(tau.size), mu.shape[1] - 1
        ends, fewest = [], mu.shape[1]
        for without in sets:
            height = look.log_height(without)
            alive = height > height.max(axis=1, keepdims=True) + LOG_NEGLIGIBLE
            first, final = alive.argmax(axis=1), last - alive[:, ::-1].argmax(axis=1)
            fewest = min(fewest, int((final - first).min()))
            ends.append((mu[rows, np.maximum(first - 1, 0)], mu[rows, np.minimum(final + 1, last)]))
        return ends, fewest

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


def _wider(low: Array, high: Array, place: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return the wider of the windows at a place and the one before it."""
    before = np.maximum(place - 1, 0)
    return np.minimum(low[place], low[before]), np.maximum(high[place], high[before])
