"""A study is a likelihood curve: any report, in one closed form.

Every report kind ends here. Its likelihood for the study's effect theta is kept as

    L(theta) = floor + sum_j step_j * Phi((theta - at_j) / blur_j)
                     + sum_m weight_m * Normal(theta; center_m, width_m ** 2) + sum of packets

(a packet is a normal density times a polynomial, `core.packets`) because this family is closed under the one operation
that pooling needs: averaging over a normal random effect, ``Z(mu, tau) = integral of L(theta) Normal(theta | mu,
tau ** 2)``, only widens every term (``width ** 2 + tau ** 2``). No inner quadrature is left, whatever the paper
printed. Normal, noncentral-t and interval-censored reports are members exactly; other curves (binomial, hypergeometric)
are fitted once, with the error measured (`fit_curve`).

This module knows arrays only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import fitting
from irlbayes.core.packets import Packet, smoothed

Array = NDArray[np.float64]
LOG_2PI = float(np.log(2.0 * np.pi))
SQRT_2PI = float(np.sqrt(2.0 * np.pi))
ROUNDING = 1e-15  # terms that cancel below this share of the largest one are noise
VANISHING = 1e-12  # share of the peak below which a limit is rounding
ROUGH_TOLERANCE = 1e-7  # of a curve with kinks
ROUGH_DETAIL = 0.2  # of such a curve's sd
NOISIEST = 1e-7  # share of the peak: a curve whose own rounding is larger is refused
SPREAD = np.linspace(-6.0, 6.0, 97)  # places of a packet, in its widths
IN_CACHE = 32_768  # numbers worked on at once


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
    packets : tuple of Packet
        Of a fitted curve.

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
    packets: tuple[Packet, ...] = ()

    @property
    def is_normal(self) -> bool:
        """Whether the curve is one normal term, so that mu stays normal given tau."""
        return self.center.size == 1 and self.at.size == 0 and self.floor == 0.0 and not self.packets

    @property
    def is_flat(self) -> bool:
        """Whether the curve is a constant: the study says nothing."""
        return not (self.center.size or self.at.size or self.packets)

    @cached_property
    def places(self) -> Array:
        """Points that cover the curve's terms, dims (place,); none where it is flat."""
        spread = [packet.center + packet.width * SPREAD for packet in self.packets]
        return np.concatenate([self.center, self.at, *spread])

    @cached_property
    def peak(self) -> float:
        """Largest likelihood: of edges alone a bound, otherwise at the curve's own places and its limits."""
        if not self.center.size and not self.packets:
            return float(max(*self.limits, self.floor + np.abs(self.step).sum()))
        return max(*self.limits, float(self._plain(self.places[None, :], np.zeros((1, 1))).max()))

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
        """Interval of effects that holds every center and edge; (0, 0) where the curve is flat."""
        reach = [packet.center + packet.width * side for packet in self.packets for side in (-4.0, 4.0)]
        places = np.concatenate([self.center, self.at, reach])
        return (float(places.min()), float(places.max())) if places.size else (0.0, 0.0)

    @property
    def widest(self) -> float:
        """Width of the widest term; 0 where the curve is flat."""
        widths = [packet.width for packet in self.packets]
        return float(np.concatenate([self.width, self.blur, widths]).max(initial=0.0))

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
            packets=tuple(packet.scaled(factor) for packet in self.packets),
        )

    def widened(self, sd: float) -> Curve:
        """Return the curve averaged over Normal(0, sd ** 2), as a curve: every term is widened."""
        return replace(
            self,
            width=np.hypot(self.width, sd),
            blur=np.hypot(self.blur, sd),
            detail=float(np.hypot(self.detail, sd)),
            packets=tuple(packet.widened(sd) for packet in self.packets),
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
        wide = np.broadcast_to(mu, (tau.size, mu.shape[1]))
        if self.error == 0.0 and not (self.at.size or self.floor or self.packets):
            return self._log_normals(wide, var)
        return self._log(self._plain(wide, var))

    def _log(self, total: Array) -> Array:
        """Log of a sum of terms; noise of cancelling terms is floored, edges alone keep their digits far out."""
        least = ROUNDING * self.peak if self.center.size or self.packets else 1e-300
        return np.asarray(np.log(np.maximum(total, least, out=total), out=total))

    def _blocks(self, rows: int, columns: int) -> list[slice]:
        """Cut rows so that one block of them, times the terms, stays in the processor's cache."""
        each = max(1, IN_CACHE // (columns * max(1, self.center.size, self.at.size)))
        return [slice(start, start + each) for start in range(0, rows, each)]

    def _exponent(self, mu: Array, spread: Array) -> Array:
        exponent = mu[:, :, None] - self.center
        exponent *= exponent
        exponent *= (-0.5 / spread)[:, None, :]
        return exponent

    def _log_normals(self, mu: Array, var: Array) -> Array:
        """Log of a sum of normal terms that keeps its digits far out; noise of cancelling terms is floored."""
        out = np.empty(mu.shape)
        spread = self.width**2 + var
        scale = self.weight / np.sqrt(spread) / SQRT_2PI
        for part in self._blocks(*mu.shape):
            exponent = self._exponent(mu[part], spread[part])
            top = exponent.max(axis=-1)
            exponent -= top[:, :, None]
            total = (np.exp(exponent, out=exponent) @ scale[part][:, :, None])[:, :, 0]
            least = ROUNDING * np.abs(scale[part]).max(axis=-1, keepdims=True)
            out[part] = top + np.log(np.maximum(total, least))
        return out

    def _plain(self, mu: Array, var: Array, packets: Array | None = None) -> Array:
        """Sum of all terms, on the plain scale; ``packets`` where their sum is known."""
        total = smoothed([self.packets], mu, var)[0] if packets is None else packets
        spread = self.width**2 + var
        scale = self.weight / np.sqrt(spread) / SQRT_2PI
        for part in self._blocks(*mu.shape):
            if self.at.size or self.floor:
                total[part] += self._flat(mu[part], var[part])
            if self.center.size:
                exponent = self._exponent(mu[part], spread[part])
                total[part] += (np.exp(exponent, out=exponent) @ scale[part][:, :, None])[:, :, 0]
        return np.asarray(total)

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


def log_smooth_all(curves: Sequence[Curve], mu: Array, tau: Array) -> Array:
    """Return log Z(mu, tau) of several curves, dims (curve, tau, mu): `Curve.log_smooth`, but packets together."""
    var = tau[:, None] ** 2
    fitted = [i for i, curve in enumerate(curves) if curve.packets]
    sums = dict(zip(fitted, smoothed([curves[i].packets for i in fitted], mu, var), strict=True))
    out = np.empty((len(curves), *mu.shape))
    for i, curve in enumerate(curves):
        out[i] = curve._log(curve._plain(mu, var, sums[i])) if i in sums else curve.log_smooth(mu, tau)
    return out


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
    """Return the likelihood of a study that says nothing: one, whatever the effect."""
    none = np.zeros(0)
    return Curve(none, none, none, none, none, none, floor=1.0, detail=float("inf"))


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
        packets=tuple(packet for curve in curves for packet in curve.packets),
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
        When the curve does not fall off, or is too rough or too noisy to be fitted.

    Notes
    -----
    Tried in turn (`core.fitting`): packets, equally spaced normal terms, and for curves with kinks both, to 1e-7. The
    tolerance is raised to the noise that the curve's own arithmetic shows.
    """
    low, high = limits
    top = max(float(log_likelihood(np.array([center]))[0]), np.log(max(low, high, 1e-300)))

    def sample(theta: Array) -> Array:
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(log_likelihood(theta) - top))

    ends = low / np.exp(top), high / np.exp(top)
    place = fitting.locate(sample, center, width, ends)
    noise = fitting.rounding(sample, place)
    if noise > NOISIEST:
        raise ArithmeticError(f"a likelihood curve near {center:g} is noise to {noise:.1g} of its maximum")
    rises = low != 0.0 or high != 0.0

    def remainder(theta: Array) -> Array:
        if not rises:
            return sample(theta)
        from scipy.special import ndtr

        return np.asarray(sample(theta) - (ends[0] + (ends[1] - ends[0]) * ndtr((theta - place.mean) / place.sd)))

    tolerance = max(tolerance, 10.0 * noise)
    detail = 0.8 * min(width, place.sd)
    found = fitting.fit_packets(remainder, place, tolerance)
    if not found:  # what is left of the curve ends where its rise does
        wide = place.beyond(8.0) if rises else place
        found = fitting.fit_terms(remainder, wide, width, tolerance)
    if not found:
        found, detail = fitting.fit_kinks(remainder, wide, max(tolerance, ROUGH_TOLERANCE)), ROUGH_DETAIL * place.sd
    if not found:
        raise ArithmeticError(f"a likelihood curve near {center:g} could not be fitted to {tolerance:g} of its maximum")
    scale, none = float(np.exp(top)), np.zeros(0)
    fitted = Curve(
        found.center,
        np.full(found.center.size, found.width),
        found.weight * scale,
        none,
        none,
        none,
        detail=detail,
        error=max(found.error, float(np.spacing(max(1.0, abs(top))))),
        packets=tuple(packet.times(scale) for packet in found.packets),
    )
    rise = probit_curve(np.array([place.mean]), np.array([place.sd]), np.array([high - low]), low)
    return join(fitted, replace(rise, detail=detail)) if rises else fitted
