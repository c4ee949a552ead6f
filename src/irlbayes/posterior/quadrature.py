"""The exact engine: pooling by deterministic quadrature.

Every study is a `Curve`, so averaging over its random effect is closed form. Given tau, the posterior of
mu is normal when all curves are normal, and otherwise a fitted sum of normal terms on a grid of its own;
tau is integrated on the nodes of its own resolved density. No draws, no seed.

References
----------
Röver, C. (2020). Bayesian random-effects meta-analysis using the bayesmeta R package. J Stat Softw, 93(6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.curve import LOG_2PI, OVERLAP, SQRT_2PI, Curve, interpolation
from irlbayes.core.density import Density, build
from irlbayes.core.types import Prior

Array = NDArray[np.float64]
LOG_NEGLIGIBLE = -42.0  # slices and grid ends below this share (1e-18) of the peak are left out
STEP = 0.40  # spacing of the grid of mu, in units of the narrowest sd that its posterior can have
COARSER = 1.15  # spacing of the second grid, which measures the error of the first
NOISE = 1e-12  # of a sum of fitted normal terms, as a share of its peak
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
        keep = log_weight > log_weight.max() + (2.0 * LOG_NEGLIGIBLE if single else -33.0)
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
class ExactPosterior:
    """Every marginal of a pooled model, as densities.

    Parameters
    ----------
    mu, tau, theta_new : Density
    theta : tuple of Density
        One per study, in the order of the curves.
    share : Array, dims (study,)
        Posterior mean share of the information about mu; what is left to one is the prior's.
    log_marginal_likelihood : float or None
        None where the prior of mu is flat.
    error_bound : float
        Largest change of any summary of mu, tau and theta_new on a coarser grid, relative to its size or
        (for locations) to the posterior sd.
    """

    mu: Density
    tau: Density
    theta_new: Density
    theta: tuple[Density, ...]
    share: Array
    log_marginal_likelihood: float | None
    error_bound: float


def solve(curves: Sequence[Curve], mu: Prior, tau: Prior, studies: bool = True) -> ExactPosterior:
    """Pool curves under a normal random effect, exactly.

    Parameters
    ----------
    curves : sequence of Curve
        One per study; none gives the prior itself.
    mu, tau : Prior
    studies : bool
        Whether the studies' own (shrunken) effects are wanted.

    Returns
    -------
    ExactPosterior

    Raises
    ------
    ArithmeticError
        When the posterior is improper or cannot be resolved.
    """
    fine = _pool(tuple(curves), mu, tau, 1.0)
    coarse = _pool(tuple(curves), mu, tau, COARSER)
    error = max(_distance(fine, coarse), max((curve.error for curve in curves), default=0.0))
    around = fine.theta_new.quantile(np.array([0.16, 0.5, 0.84]))
    theta = tuple(_study(fine, i, around) for i in range(len(curves))) if studies else ()
    return ExactPosterior(fine.mu, fine.tau, fine.theta_new, theta, fine.share, fine.log_evidence, error)


def moments(curves: Sequence[Curve], mu: Prior, tau: Prior) -> int:
    """Count the moments of tau and of a new effect that exist.

    The marginal of tau falls as ``tau ** -a``: a is the power of the prior's tail, plus one for each curve that
    bounds its effect on both sides, less one when mu is flat.
    """
    bounded = sum(curve.limits == (0.0, 0.0) for curve in curves)
    power = priors.FAMILIES[tau.family].tail + bounded - (mu.family == "flat")
    return int(power > 2.0) + int(power > 3.0)


@dataclass(frozen=True)
class _Pooled:
    mu: Density
    tau: Density
    theta_new: Density
    slices: Slices
    log_weight: Array  # of each slice, node mass included
    log_evidence: float | None
    share: Array
    left_out: tuple[tuple[Slices, Array], ...]  # per study: slices and log weights without it
    curves: tuple[Curve, ...]
    counted: int


def _pool(curves: tuple[Curve, ...], mu: Prior, tau: Prior, coarseness: float) -> _Pooled:
    normal = all(curve.is_normal for curve in curves)
    slicer = _NormalSlicer(curves, mu, tau) if normal else _GridSlicer(curves, mu, tau, coarseness)
    sizes = [curve.detail for curve in curves] + [priors.scale(tau)]
    counted = moments(curves, mu, tau)
    density, log_evidence = build(
        slicer.log_tau,
        origin=0.0,
        unit=float(np.median(sizes)),
        support=priors.support(tau),
        moments=counted,
        depth=110.0 if normal or np.isfinite(priors.FAMILIES[tau.family].tail) else 40.0,
        tolerance=1e-10 * 100.0 ** (coarseness > 1.0),
    )
    with np.errstate(divide="ignore"):
        log_node = np.log(density.mass)
    kept = log_node > log_node.max() + (2.0 * LOG_NEGLIGIBLE if normal else -33.0)
    at, log_node = density.x[kept], log_node[kept]
    slices, left_out, share = slicer.slices(at, np.exp(log_node))
    half = int(np.searchsorted(np.cumsum(np.exp(log_node)), 0.5))
    settled = 2 if mu.proper else counted
    mu_density = _marginal(slices, log_node, half, settled, normal, coarseness, widen=False)
    new_density = _marginal(slices, log_node, half, counted, normal, coarseness, widen=True)
    proper = mu.proper and tau.proper
    without = tuple((part, part.log_mass + log_node - slices.log_mass) for part in left_out)
    return _Pooled(
        mu_density,
        density,
        new_density,
        slices,
        log_node,
        log_evidence if proper else None,
        share,
        without,
        curves,
        counted,
    )


def _marginal(
    slices: Slices, log_node: Array, half: int, moments: int, normal: bool, coarseness: float, widen: bool
) -> Density:
    """Resolve mu (or a new effect: ``widen``), its mean and sd taken from the slices themselves."""
    node = np.exp(log_node - np.logaddexp.reduce(log_node))
    variance = slices.variance + (slices.tau**2 if widen else 0.0)
    mean = float(node @ slices.mean)
    sd = float(np.sqrt(node @ (variance + (slices.mean - mean) ** 2)))
    density = _resolve(
        partial(slices.log_mixture, log_weight=log_node, widen=widen),
        mean if moments == 2 else float(slices.mean[half]),
        float(np.sqrt(variance[half])),
        moments,
        normal,
        coarseness > 1.0,
    )
    return replace(density, given=(mean, sd))


def _resolve(
    log_pdf: Callable[[Array], Array], origin: float, unit: float, moments: int, closed_form: bool, coarse: bool = False
) -> Density:
    """Resolve a density: to the far tails in closed form, to the noise of the fit otherwise."""
    if closed_form:
        return build(log_pdf, origin, unit, moments=moments, depth=110.0, tolerance=1e-9)[0]
    depth, noise = (22.0, 1e-9) if coarse else (27.0, NOISE)
    return build(log_pdf, origin, unit, moments=moments, depth=depth, tolerance=1e-8, noise=noise)[0]


def _study(pooled: _Pooled, i: int, around: Array) -> Density:
    """A study's effect: its own likelihood times the prediction of the others for a new one."""
    slices, log_weight = pooled.left_out[i]
    curve = pooled.curves[i]
    bounded = curve.limits == (0.0, 0.0)
    low, origin, high = around
    unit = 0.5 * float(high - low)
    if bounded:
        places = np.concatenate([curve.center, curve.at])
        height = np.exp(curve.log_value(places))
        own = float(np.average(places, weights=height))
        reach = float(np.sqrt(np.average((places - own) ** 2, weights=height) + curve.detail**2))
        share = unit**2 / (unit**2 + reach**2)
        origin, unit = origin + share * (own - origin), reach * float(np.sqrt(share))
    return _resolve(
        lambda x: curve.log_value(x) + slices.log_mixture(x, log_weight, widen=True),
        float(origin),
        unit,
        2 if bounded else pooled.counted,
        closed_form=slices.center.shape[1] == 1 and curve.is_normal,
    )


class _NormalSlicer:
    """Slices when every curve is normal: mu given tau is normal, in closed form."""

    def __init__(self, curves: tuple[Curve, ...], mu: Prior, tau: Prior) -> None:
        self.y = np.array([curve.center[0] for curve in curves])
        self.s2 = np.array([curve.width[0] ** 2 for curve in curves])
        self.log_scale = float(sum(np.log(curve.weight[0]) for curve in curves))
        self.tau_prior = tau
        self.flat = mu.family == "flat"
        self.mean, self.precision = (0.0, 0.0) if self.flat else (mu.parameters[0], mu.parameters[1] ** -2)
        self.origin = float(np.average(self.y, weights=1.0 / self.s2)) if self.y.size else self.mean

    def log_tau(self, tau: Array) -> Array:
        return self._slices(tau, np.ones(self.y.size, dtype=bool)).log_mass

    def slices(self, tau: Array, node: Array) -> tuple[Slices, tuple[Slices, ...], Array]:
        every = np.ones(self.y.size, dtype=bool)
        left_out = tuple(self._slices(tau, np.arange(self.y.size) != i) for i in range(self.y.size))
        weight = 1.0 / (self.s2 + tau[:, None] ** 2)
        share = (weight / (weight.sum(axis=1, keepdims=True) + self.precision)).T @ node
        return self._slices(tau, every), left_out, share

    def _slices(self, tau: Array, use: NDArray[np.bool_]) -> Slices:
        variance = self.s2[use] + tau[:, None] ** 2
        weight = 1.0 / variance
        total = weight.sum(axis=1) + self.precision
        y, mean = self.y[use] - self.origin, self.mean - self.origin
        center = ((weight * y).sum(axis=1) + self.precision * mean) / total
        square = (weight * (y - center[:, None]) ** 2).sum(axis=1) + self.precision * (mean - center) ** 2
        log_prior = 0.0 if self.flat else 0.5 * np.log(self.precision)
        log_likelihood = -0.5 * (np.log(variance).sum(axis=1) + use.sum() * LOG_2PI + square)
        log_mass = log_prior + log_likelihood - 0.5 * np.log(total) + (0.5 * LOG_2PI if self.flat else 0.0)
        return Slices(
            tau=tau,
            log_mass=np.asarray(log_mass + self.log_scale + priors.log_pdf(self.tau_prior, tau)),
            center=(center + self.origin)[:, None],
            width=np.asarray(total**-0.5),
            weight=np.ones((tau.size, 1)),
        )


class _GridSlicer:
    """Slices for any mixture of curves: mu given tau on equally spaced normal terms."""

    def __init__(self, curves: tuple[Curve, ...], mu: Prior, tau: Prior, coarseness: float) -> None:
        self.curves, self.mu_prior, self.tau_prior, self.coarseness = curves, mu, tau, coarseness
        self.sd = priors.scale(mu)
        spans = [curve.span for curve in curves] + ([] if np.isinf(self.sd) else [(mu.parameters[0],) * 2])
        self.hull = min(low for low, _ in spans), max(high for _, high in spans)
        self.detail = np.array([curve.detail for curve in curves])

    def log_tau(self, tau: Array) -> Array:
        _, _, log_height, top, step = self._grid(tau)
        mass = np.exp(log_height - top[:, None]).sum(axis=1) * step
        return np.asarray(top + np.log(mass) + priors.log_pdf(self.tau_prior, tau))

    def slices(self, tau: Array, node: Array) -> tuple[Slices, tuple[Slices, ...], Array]:
        mu, log_each, log_height, _, step = self._grid(tau)
        whole, slope = self._slices(tau, mu, log_height, step)
        left_out = []
        share = np.empty(len(self.curves))
        curvature = np.empty((tau.size, len(self.curves)))
        for i in range(len(self.curves)):
            part, part_slope = self._slices(tau, mu, log_height - log_each[:, :, i], step)
            left_out.append(part)
            height = np.exp(log_height - log_height.max(axis=1, keepdims=True))
            solid = height > 1e-11
            gap = np.where(solid, slope - part_slope, 0.0)
            curvature[:, i] = (np.where(solid, slope, 0.0) * gap * height).sum(axis=1) / height.sum(axis=1)
        total = curvature.sum(axis=1) + (0.0 if np.isinf(self.sd) else self.sd**-2)
        share = (curvature / total[:, None]).T @ node
        return whole, tuple(left_out), share

    def _log_height(self, mu: Array, tau: Array) -> tuple[Array, Array]:
        """Log of prior and likelihoods over mu: their sum, and each study's part."""
        each = np.stack([curve.log_smooth(mu, tau) for curve in self.curves], axis=-1)
        return each.sum(axis=-1) + priors.log_pdf(self.mu_prior, mu), each

    def _grid(self, tau: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Place equally spaced nodes over all mu that matter, with or without any one study."""
        order = np.argsort(tau)
        knots = np.unique(np.append(np.arange(0, tau.size, 4), tau.size - 1))
        ends = self._window(tau[order[knots]])
        place = np.searchsorted(knots, np.argsort(order))  # the knot at or after each tau
        before = np.maximum(place - 1, 0)
        low, high = np.minimum(ends[0][place], ends[0][before]), np.maximum(ends[1][place], ends[1][before])
        precision = (1.0 / (self.detail**2 + tau[:, None] ** 2)).sum(axis=1) + (
            0.0 if np.isinf(self.sd) else self.sd**-2
        )
        step = STEP * self.coarseness * precision**-0.5
        count = min(int(np.ceil(((high - low) / step).max())) + 1, MOST_NODES)
        step = (high - low) / (count - 1)
        mu = low[:, None] + step[:, None] * np.arange(count)
        log_height, each = self._log_height(mu, tau)
        return mu, each, log_height, log_height.max(axis=1), step

    def _window(self, tau: Array) -> tuple[Array, Array]:
        reach = 9.0 * (np.sqrt(self.detail.max() ** 2 + tau**2) if np.isinf(self.sd) else np.full(tau.size, self.sd))
        inside = np.linspace(*self.hull, 41)
        outside = np.sinh(np.linspace(0.0, 4.0, 31)[1:]) / np.sinh(4.0)
        mu = np.concatenate(
            [
                self.hull[0] - reach[:, None] * outside[::-1],
                np.broadcast_to(inside, (tau.size, 41)),
                self.hull[1] + reach[:, None] * outside,
            ],
            axis=1,
        )
        log_height, each = self._log_height(mu, tau)
        alive = np.zeros(mu.shape, dtype=bool)
        for height in [log_height, *(log_height - each[:, :, i] for i in range(len(self.curves)))]:
            alive |= height > height.max(axis=1, keepdims=True) + LOG_NEGLIGIBLE
        first = np.maximum(alive.argmax(axis=1) - 1, 0)
        last = np.minimum(mu.shape[1] - alive[:, ::-1].argmax(axis=1), mu.shape[1] - 1)
        rows = np.arange(tau.size)
        return mu[rows, first], mu[rows, last]

    def _slices(self, tau: Array, mu: Array, log_height: Array, step: Array) -> tuple[Slices, Array]:
        """Turn heights on the grid into normal terms; also the slope of the log height."""
        top = log_height.max(axis=1)
        height = np.exp(log_height - top[:, None])
        weight = height @ interpolation(mu.shape[1]).T
        log_mass = top + np.log(height.sum(axis=1) * step) + priors.log_pdf(self.tau_prior, tau)
        slope = (weight @ _slope_kernel(mu.shape[1]).T) / np.maximum(height, 1e-300) / step[:, None]
        weight /= weight.sum(axis=1, keepdims=True)
        return Slices(tau, np.asarray(log_mass), mu, OVERLAP * step, weight), slope


def _slope_kernel(count: int) -> Array:
    """Derivative, at unit-spaced nodes, of normal terms of width 1.2."""
    gap = np.arange(count)[:, None] - np.arange(count)
    return np.asarray(-gap / OVERLAP**2 * np.exp(-0.5 * (gap / OVERLAP) ** 2) / (OVERLAP * SQRT_2PI))


def _distance(fine: _Pooled, coarse: _Pooled) -> float:
    """Largest relative change of the summaries between two grids."""
    probabilities = np.array([0.025, 0.5, 0.975])
    worst = 0.0
    for name in ("mu", "tau", "theta_new"):
        a: Density = getattr(fine, name)
        b: Density = getattr(coarse, name)
        ours, theirs = a.quantile(probabilities), b.quantile(probabilities)
        size = float(ours[-1] - ours[0]) / 4.0
        worst = max(worst, float(np.abs(ours - theirs).max()) / size)
        for left, right in ((a.mean, b.mean), (a.sd, b.sd)):
            if left is not None and right is not None:
                worst = max(worst, abs(left - right) / size)
    return worst
