"""A study is a likelihood curve: any report, in one closed form.

Every report kind ends here. Its likelihood for the study's effect theta is kept as

    L(theta) = floor + sum_j step_j * Phi((theta - at_j) / blur_j)
                     + sum_m weight_m * Normal(theta; center_m, width_m ** 2)

because this family is closed under the one operation that pooling needs: averaging over a normal
random effect, ``Z(mu, tau) = integral of L(theta) Normal(theta | mu, tau ** 2)``, only widens every
term (``width ** 2 + tau ** 2``). No inner quadrature is left, whatever the paper printed.
Normal, noncentral-t and interval-censored reports are members exactly; other smooth
curves (binomial, hypergeometric) are fitted once, with the error measured (`fit_curve`).

This module knows arrays only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LOG_2PI = float(np.log(2.0 * np.pi))
SQRT_2PI = float(np.sqrt(2.0 * np.pi))
ROUNDING = 1e-15  # terms that cancel below this share of the largest one are noise
VANISHING = 1e-12  # share of the peak below which a limit is rounding
OVERLAP = 1.2  # width of fitted normal terms, in steps between them


@dataclass(frozen=True)
class Curve:
    """The likelihood of one study's effect, closed under normal smoothing.

    Parameters
    ----------
    center, width, weight : Array, dims (term,)
        Normal terms; ``weight`` may be negative where the curve was fitted.
    at, blur, step : Array, dims (edge,)
        Probit terms: rises (or falls, when ``step`` is negative) of the likelihood.
    floor : float
        Value of the likelihood as theta goes to minus infinity.
    detail : float
        Width of the narrowest feature, in units of the effect.
    error : float
        Largest distance from the true curve, as a share of its maximum; 0 when exact.

    Notes
    -----
    ``center``, ``width``, ``at`` and ``blur`` are in the units of the effect.

    Examples
    --------
    >>> curve = normal_curve(0.4, 0.2)
    >>> float(np.exp(curve.log_smooth(np.array([0.0]), np.array([0.3]))[0, 0]))
    0.5979711715367911
    """

    center: Array
    width: Array
    weight: Array
    at: Array
    blur: Array
    step: Array
    floor: float = 0.0
    detail: float = 1.0
    error: float = 0.0

    @property
    def is_normal(self) -> bool:
        """Whether the curve is one normal term, so that mu stays normal given tau."""
        return self.center.size == 1 and self.at.size == 0 and self.floor == 0.0

    @cached_property
    def peak(self) -> float:
        """Largest likelihood, on a grid of the curve's own terms."""
        if self.at.size or self.floor != 0.0:
            return float(max(*self.limits, self.floor + np.abs(self.step).sum()))
        return float(np.exp(replace(self, error=0.0).log_value(self.center)).max())

    @property
    def limits(self) -> tuple[float, float]:
        """Likelihood at minus and plus infinity; a positive limit bounds nothing on that side."""
        high = self.floor + float(self.step.sum())
        size = abs(self.floor) + float(np.abs(self.step).sum())
        return self.floor, high if abs(high) > VANISHING * size else 0.0

    @property
    def bounded(self) -> tuple[bool, bool]:
        """Whether the likelihood vanishes at minus and at plus infinity, so that it bounds the effect there."""
        low, high = self.limits
        return low <= VANISHING * self.peak, high <= VANISHING * self.peak

    @property
    def span(self) -> tuple[float, float]:
        """Interval of effects that holds every center and edge."""
        places = np.concatenate([self.center, self.at])
        return float(places.min()), float(places.max())

    def scaled(self, factor: float) -> Curve:
        """Return the curve of ``factor * theta`` (a positive change of unit, no Jacobian)."""
        return replace(
            self,
            center=self.center * factor,
            width=self.width * factor,
            weight=self.weight * factor,
            at=self.at * factor,
            blur=self.blur * factor,
            detail=self.detail * factor,
        )

    def log_value(self, theta: Array) -> Array:
        """Return log L(theta), same shape as ``theta``."""
        theta = np.asarray(theta, dtype=float)
        return np.asarray(self.log_smooth(theta.reshape(1, -1), np.zeros(1))[0].reshape(theta.shape))

    def log_smooth(self, mu: Array, tau: Array) -> Array:
        """Return log Z(mu, tau), the likelihood averaged over Normal(mu, tau ** 2).

        Parameters
        ----------
        mu : Array, dims (tau, mu) or (mu,)
            Means of the random effect.
        tau : Array, dims (tau,)
            Its standard deviations, zero included.

        Returns
        -------
        Array, dims (tau, mu)
        """
        mu = np.atleast_2d(mu)
        var = tau[:, None] ** 2
        if self.is_normal:
            total = self.width[0] ** 2 + var
            out = -0.5 * (LOG_2PI + np.log(total) + (mu - self.center[0]) ** 2 / total)
            return np.asarray(out + np.log(self.weight[0]))
        rows = max(1, 2_000_000 // (mu.shape[1] * max(1, self.center.size)))
        blocks = range(0, tau.size, rows)
        wide = np.broadcast_to(mu, (tau.size, mu.shape[1]))
        return np.asarray(np.concatenate([self._log_mixture(wide[b : b + rows], var[b : b + rows]) for b in blocks]))

    def slope_smooth(self, mu: Array, tau: Array) -> Array:
        """Return the derivative of log Z(mu, tau) with respect to mu, dims (tau, mu); parameters as `log_smooth`."""
        mu = np.atleast_2d(mu)
        var = tau[:, None] ** 2
        if self.is_normal:
            return np.asarray((self.center[0] - mu) / (self.width[0] ** 2 + var))
        log_value = self.log_smooth(mu, tau)
        spread = self.width**2 + var
        gap = self.center - mu[:, :, None]
        kernel = np.exp(-0.5 * gap**2 / spread[:, None, :] - log_value[:, :, None])
        total = np.einsum("lmt,lmt,lt->lm", kernel, gap, self.weight / spread**1.5 / SQRT_2PI)
        if self.at.size:
            blur = self.blur**2 + var
            away = self.at - mu[:, :, None]
            kernel = np.exp(-0.5 * away**2 / blur[:, None, :] - log_value[:, :, None])
            total = total + np.einsum("lmj,lj->lm", kernel, self.step / np.sqrt(blur) / SQRT_2PI)
        return np.asarray(total)

    def _log_mixture(self, mu: Array, var: Array) -> Array:
        """Log of all terms for a block of rows; noise of cancelling terms is floored."""
        flat = self._flat(mu, var)
        if not self.center.size:
            return np.asarray(np.log(np.maximum(flat, 1e-300)))
        spread = self.width**2 + var
        exponent = mu[:, :, None] - self.center
        exponent *= exponent
        exponent *= (-0.5 / spread)[:, None, :]
        scale = self.weight / np.sqrt(spread) / SQRT_2PI
        if self.error == 0.0 and not self.at.size and self.floor == 0.0:
            top = exponent.max(axis=-1)
            exponent -= top[:, :, None]
            total = np.einsum("lmt,lt->lm", np.exp(exponent, out=exponent), scale)
            least = ROUNDING * np.abs(scale).max(axis=-1, keepdims=True)
            return np.asarray(top + np.log(np.maximum(total, least)))
        total = flat + np.einsum("lmt,lt->lm", np.exp(exponent, out=exponent), scale)
        return np.asarray(np.log(np.maximum(total, ROUNDING * self.peak)))

    def _flat(self, mu: Array, var: Array) -> Array:
        """Floor and probit terms, on the plain scale."""
        if not self.at.size:
            return np.full(mu.shape, self.floor)
        from scipy.special import ndtr

        slope = 1.0 / np.sqrt(self.blur**2 + var)
        low, high = self.limits
        right = mu > np.average(self.at, weights=np.abs(self.step))
        side = np.where(right, -1.0, 1.0)  # summed from the nearer end, so that a falling tail keeps its digits
        rises = ndtr((mu[:, :, None] - self.at) * slope[:, None, :] * side[:, :, None])
        return np.asarray(np.where(right, high, low) + side * np.einsum("lmj,j->lm", rises, self.step))


def normal_curve(center: float, width: float) -> Curve:
    """Return the likelihood of a normal estimate: Normal(center; theta, width ** 2)."""
    return normal_mixture(np.array([center]), np.array([width]), np.ones(1))


def normal_mixture(center: Array, width: Array, weight: Array) -> Curve:
    """Return a curve of normal terms only."""
    none = np.zeros(0)
    width = np.broadcast_to(width, center.shape)
    return Curve(center, width, weight, none, none, none, detail=float(width.min()))


def probit_curve(at: Array, blur: Array, step: Array, floor: float = 0.0) -> Curve:
    """Return a curve of probit terms only: a report of a region, not of a value."""
    none = np.zeros(0)
    blur = np.broadcast_to(blur, at.shape)
    return Curve(none, none, none, at, blur, step, floor, detail=float(blur.min()))


def flat_curve() -> Curve:
    """Return the likelihood of a report that says nothing about the effect: one everywhere."""
    none = np.zeros(0)
    return Curve(none, none, none, none, none, none, floor=1.0)


def join(*curves: Curve) -> Curve:
    """Return the sum of curves: the report was one of several things (a p-value without its sign)."""
    parts = {
        name: np.concatenate([getattr(curve, name) for curve in curves])
        for name in ("center", "width", "weight", "at", "blur", "step")
    }
    return Curve(
        **parts,
        floor=sum(curve.floor for curve in curves),
        detail=min(curve.detail for curve in curves),
        error=max(curve.error for curve in curves),
    )


def fit_curve(
    log_likelihood: Callable[[Array], Array],
    center: float,
    width: float,
    limits: tuple[float, float] = (0.0, 0.0),
    tolerance: float = 1e-10,
) -> Curve:
    """Fit normal terms to a smooth curve, so that a report of any form can be pooled.

    Parameters
    ----------
    log_likelihood : callable
        Vectorized log L(theta).
    center, width : float
        Rough place and width of the curve (of its rise, where a limit is positive).
    limits : tuple of float
        L at minus and plus infinity; a positive limit is carried by one probit term.
    tolerance : float
        Largest distance, as a share of the curve's maximum, between nodes.

    Returns
    -------
    Curve
        With the measured ``error``.

    Raises
    ------
    ArithmeticError
        When the curve is too rough to reach the tolerance.

    Notes
    -----
    Equally spaced normal terms of width 1.2 steps interpolate the samples; the Toeplitz system is
    well conditioned (about 1e3), and for an analytic curve the error falls exponentially with the step.
    """
    low, high = limits
    top = max(float(log_likelihood(np.array([center]))[0]), np.log(max(low, high, 1e-300)))

    def remainder(theta: Array) -> Array:
        with np.errstate(under="ignore"):
            value = np.exp(log_likelihood(theta) - top)
        if low == high == 0.0:
            return np.asarray(value)
        from scipy.special import ndtr

        return np.asarray(value - (low + (high - low) * ndtr((theta - center) / width)) / np.exp(top))

    left, right = (_reach(remainder, center, width * sign) for sign in (-1.0, 1.0))
    step = 0.7 * width
    for _ in range(14):
        count = int(np.ceil((right - left) / step)) + 1
        if count > 1500:
            break
        nodes = np.asarray(left + step * np.arange(count), dtype=float)
        weight = interpolation(count) @ remainder(nodes) * step
        curve = normal_mixture(nodes, np.array([OVERLAP * step]), weight)
        middle = np.asarray(nodes[:-1] + 0.5 * step)
        fitted = np.einsum(
            "mt,t->m",
            np.exp(-0.5 * ((middle[:, None] - nodes) / (OVERLAP * step)) ** 2),
            weight / (OVERLAP * step * SQRT_2PI),
        )
        error = float(np.abs(fitted - remainder(middle)).max())
        if error < tolerance:
            scaled = replace(curve, weight=curve.weight * np.exp(top), detail=0.8 * width, error=error)
            if low == high == 0.0:
                return scaled
            rise = probit_curve(np.array([center]), np.array([width]), np.array([high - low]), low)
            return join(scaled, rise)
        step *= 0.8
    raise ArithmeticError(f"a likelihood curve near {center:g} could not be fitted to {tolerance:g} of its maximum")


def _reach(remainder: Callable[[Array], Array], center: float, stride: float) -> float:
    """Walk outward until the curve is negligible, and return where."""
    offsets = stride * np.concatenate([np.arange(0.0, 12.0, 0.25), np.geomspace(12.0, 4000.0, 300)])
    small = np.abs(remainder(center + offsets)) < 1e-13
    if small.all():
        return center + 12.0 * stride
    last = int(np.flatnonzero(~small)[-1])
    if last + 1 == offsets.size:
        raise ArithmeticError(f"a likelihood curve near {center:g} does not fall off")
    return float(center + offsets[last + 1])


@lru_cache(maxsize=16)
def interpolation(count: int) -> Array:
    """Return the matrix that turns samples at unit steps into weights of normal terms of width 1.2."""
    nodes = np.arange(count)
    kernel = np.exp(-0.5 * ((nodes[:, None] - nodes) / OVERLAP) ** 2) / (OVERLAP * SQRT_2PI)
    return np.linalg.inv(kernel)
