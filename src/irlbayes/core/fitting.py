"""Fit a smooth curve, sampled on demand, by packets or by equally spaced normal terms.

Three designs of packets are tried, cheapest first; each is laid out in units of the curve's own mean and sd, so that
its least-squares matrix is the same for every curve and is inverted once. Where none reaches the tolerance, equally
spaced normal terms interpolate, and packets of ever smaller width carry the kinks.

This module knows arrays only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.packets import Packet, functions

Array = NDArray[np.float64]
Function = Callable[[Array], Array]
SQRT_2PI = float(np.sqrt(2.0 * np.pi))
OVERLAP = 1.2  # width of fitted normal terms, in steps between them
MOST_TERMS = 1500
AIM = 0.01  # of the tolerance: a design that comes so close is taken at once
SPARED = 0.02  # of the tolerance: what dropped coefficients may cost
TAPS = 80  # beyond this many nodes an interpolating term's weights are below 1e-15
NEGLIGIBLE = 1e-13  # distance from its limit at which a curve ends
BROAD = 0.2  # spacing of the broad terms around kinks, in sds
FALL, LADDER, DEGREES = 1.7, 40, 6  # at a kink: ratio and number of the widths, coefficients of each
MOST_KINKS = 4


@dataclass(frozen=True)
class Design:
    """Where packets lie, in units of a curve's sd from its mean.

    Parameters
    ----------
    center, width : tuple of float
    count : tuple of int
        Coefficients of each packet.
    low, high, step : float
        Interval that is sampled, and the spacing of the nodes.
    """

    center: tuple[float, ...]
    width: tuple[float, ...]
    count: tuple[int, ...]
    low: float
    high: float
    step: float

    def mirrored(self) -> Design:
        """Return the design for a long tail on the other side."""
        return Design(tuple(-c for c in self.center), self.width, self.count, -self.high, -self.low, self.step)


# The numbers of LONG and WIDE were found by a random search over binomial and hypergeometric curves of few events.
PLAIN = Design((0.0,), (1.05,), (50,), -16.0, 16.0, 0.25)
LONG = Design(
    (2.40, 0.37, -2.25, 0.02, -7.38, -3.56), (0.34, 0.61, 0.64, 1.24, 2.37, 1.50), (24, 16, 10, 14, 10, 6),
    -27.0, 11.0, 0.125,
)  # fmt: skip
WIDE = Design(
    (0.21, 0.17, -0.85, 0.13, -8.31, 5.54), (0.39, 0.69, 1.86, 1.14, 2.28, 2.26), (20, 16, 12, 16, 10, 6),
    -22.0, 22.0, 0.125,
)  # fmt: skip
DESIGNS = (PLAIN, LONG, LONG.mirrored(), WIDE)


@dataclass(frozen=True)
class _Basis:
    """A design's functions at nodes (every second point) and between them, lowest degrees of every packet first."""

    z: Array
    value: Array
    packet: NDArray[np.intp]
    orthonormal: Array
    triangle: Array


@lru_cache(maxsize=8)
def _basis(design: Design) -> _Basis:
    z = np.linspace(design.low, design.high, 2 * round((design.high - design.low) / design.step) + 1)
    parts = list(zip(design.center, design.width, design.count, strict=True))
    value = np.concatenate([functions((z - center) / width, count) for center, width, count in parts], axis=1)
    rank = np.concatenate([np.arange(count) / count for count in design.count])
    order = np.argsort(rank, kind="stable")
    packet = np.repeat(np.arange(len(parts)), design.count)[order]
    return _Basis(z, value[:, order], packet, *np.linalg.qr(value[::2, order]))


@dataclass(frozen=True)
class Place:
    """Where a curve (or its rise) lies.

    Parameters
    ----------
    mean, sd : float
    ends : tuple of float
        Beyond them the curve is at its limits.
    """

    mean: float
    sd: float
    ends: tuple[float, float]

    def beyond(self, sds: float) -> Place:
        """Return the place with ends at least so many sds away."""
        reach = sds * self.sd
        return replace(self, ends=(min(self.ends[0], self.mean - reach), max(self.ends[1], self.mean + reach)))


@dataclass(frozen=True)
class Fit:
    """Packets and normal terms, and their largest distance from the curve.

    Parameters
    ----------
    packets : tuple of Packet
    center : Array, dims (term,)
    width : float
    weight : Array, dims (term,)
    error : float
    """

    packets: tuple[Packet, ...]
    center: Array
    width: float
    weight: Array
    error: float


def fit_packets(curve: Function, place: Place, tolerance: float) -> Fit | None:
    """Fit packets to a curve of height about one that is negligible beyond its ends; None above the tolerance."""
    mean, sd = place.mean, place.sd
    low, high = (place.ends[0] - mean) / sd, (place.ends[1] - mean) / sd
    best = None
    for design in DESIGNS:
        if low < design.low or high > design.high:
            continue
        basis = _basis(design)
        value = curve(mean + sd * basis.z)
        part = basis.orthonormal.T @ value[::2]
        left = np.sqrt(np.cumsum(part[::-1] ** 2)[::-1])  # distance that stays without this function and the later ones
        kept = int((left > SPARED * tolerance).sum())
        coefficient = np.linalg.solve(basis.triangle[:kept, :kept], part[:kept])
        error = float(np.abs(basis.value[:, :kept] @ coefficient - value).max())
        if error < tolerance and (best is None or error < best.error):
            packets = (
                Packet(mean + sd * center, sd * width, coefficient[basis.packet[:kept] == i])
                for i, (center, width) in enumerate(zip(design.center, design.width, strict=True))
            )
            some = tuple(packet for packet in packets if packet.coefficient.size)
            best = Fit(some, np.zeros(0), 1.0, np.zeros(0), error)
        if error < AIM * tolerance:
            break
    return best


def locate(curve: Function, center: float, width: float, limits: tuple[float, float]) -> Place:
    """Walk outward until a curve of height about one is at its limits, and measure where it (or its rise) lies.

    Raises
    ------
    ArithmeticError
        When it does not get there.
    """
    inner = np.arange(-12.0, 12.01, 0.25)
    theta, value = center + width * inner, curve(center + width * inner)
    outer = np.geomspace(12.0, 4000.0, 300)[1:]
    if abs(value[-1] - limits[1]) >= NEGLIGIBLE:
        beyond = center + width * outer
        theta, value = np.append(theta, beyond), np.append(value, curve(beyond))
    if abs(value[0] - limits[0]) >= NEGLIGIBLE:
        beyond = center - width * outer[::-1]
        theta, value = np.append(beyond, theta), np.append(curve(beyond), value)
    from_left = np.flatnonzero(np.abs(value - limits[0]) >= NEGLIGIBLE)
    from_right = np.flatnonzero(np.abs(value - limits[1]) >= NEGLIGIBLE)
    first, last = from_left.min(initial=theta.size) - 1, from_right.max(initial=-1) + 1
    if first < 0 or last >= theta.size:
        raise ArithmeticError(f"a likelihood curve near {center:g} does not fall off")
    gap = np.diff(theta)
    mass = np.abs(np.diff(value)) if any(limits) else 0.5 * (value[1:] + value[:-1]) * gap
    mass /= mass.sum()
    middle = theta[:-1] + 0.5 * gap
    mean = float(mass @ middle)
    sd = float(np.sqrt(mass @ ((middle - mean) ** 2 + gap**2 / 12.0)))
    return Place(mean, sd, (float(theta[first]), float(theta[last])))


def rounding(curve: Function, place: Place) -> float:
    """Return the noise of a curve's own arithmetic, from the median eighth difference; no kink moves that."""
    close = place.mean + place.sd * 1e-3 * np.arange(-20.0, 21.0)
    noise = median(np.abs(np.diff(curve(close), 8)))
    return noise / (0.67 * 113.4)  # median of a normal in sds, and root of the squared weights' sum


def median(values: Sequence[float] | Array) -> float:
    """Return the median; NumPy's own imports masked arrays first, which costs more than a fit."""
    ordered = np.sort(values)
    return float(0.5 * (ordered[(ordered.size - 1) // 2] + ordered[ordered.size // 2]))


def fit_terms(curve: Function, place: Place, width: float, tolerance: float) -> Fit | None:
    """Interpolate a curve by equally spaced normal terms, closer and closer; None above the tolerance."""
    left, right = place.ends
    inverse, between = _filters()
    step = 0.7 * width
    while (count := int(np.ceil((right - left) / step)) + 1) <= MOST_TERMS:
        nodes = np.asarray(left + step * np.arange(count), dtype=float)
        weight = np.convolve(curve(nodes), inverse)[TAPS : TAPS + count]
        fitted = np.convolve(weight, between)[TAPS : TAPS + count - 1]
        error = float(np.abs(fitted - curve(nodes[:-1] + 0.5 * step)).max())
        if error < tolerance:
            return Fit((), nodes, OVERLAP * step, weight * step, error)
        step *= 0.8
    return None


@lru_cache(maxsize=1)
def _filters() -> tuple[Array, Array]:
    """Return the weights of normal terms from samples at unit steps, and the values halfway from those weights."""
    inverse = interpolation(2 * TAPS + 1)[TAPS]
    offset = np.arange(-TAPS + 0.5, TAPS + 1.0)
    return inverse, np.exp(-0.5 * (offset / OVERLAP) ** 2) / (OVERLAP * SQRT_2PI)


@lru_cache(maxsize=16)
def interpolation(count: int) -> Array:
    """Return the matrix that turns samples at unit steps into weights of normal terms of width 1.2."""
    nodes = np.arange(count)
    kernel = np.exp(-0.5 * ((nodes[:, None] - nodes) / OVERLAP) ** 2) / (OVERLAP * SQRT_2PI)
    return np.asarray(np.linalg.inv(kernel))


def fit_kinks(curve: Function, place: Place, tolerance: float) -> Fit | None:
    """Fit a curve with kinks: broad terms, and at each kink packets of ever smaller width; None above the tolerance.

    Notes
    -----
    What a normal of width w leaves of a kink is the integral, over smaller widths, of normal densities centered at it.
    Widths that fall by a constant factor are therefore a quadrature rule for kinks and for jumps of higher derivatives.
    The distance is measured at many points, ever closer to the kinks.
    """
    left, right = place.ends
    step = BROAD * place.sd
    width = OVERLAP * step
    broad = np.arange(left - 4.0 * step, right + 5.0 * step, step)
    even = np.arange(broad[0], broad[-1], step / 6.0)
    near = step * FALL ** -np.arange(-6.0, LADDER + 3.0, 0.08)
    widths = step * FALL ** -np.arange(float(LADDER))
    kinks: list[float] = []
    for _ in range(MOST_KINKS + 1):
        theta = np.unique(np.concatenate([even, *[kink + side * near for kink in kinks for side in (-1.0, 1.0)]]))
        columns = [np.exp(-0.5 * ((theta[:, None] - broad) / width) ** 2) / (SQRT_2PI * width)]
        columns += [functions((theta - kink) / scale, DEGREES) for kink in kinks for scale in widths]
        basis, value = np.concatenate(columns, axis=1), curve(theta)
        coefficient = np.linalg.lstsq(basis[::2], value[::2], rcond=1e-14)[0]
        distance = np.abs(basis @ coefficient - value)
        error = float(distance.max())
        if error < tolerance:
            ladders = coefficient[broad.size :].reshape(-1, DEGREES)
            rungs = [(kink, float(scale)) for kink in kinks for scale in widths]
            packets = tuple(Packet(*rung, part) for rung, part in zip(rungs, ladders, strict=True))
            return Fit(packets, broad, width, coefficient[: broad.size], error)
        kinks.append(_kink(curve, float(theta[distance.argmax()]), 3.0 * step))
    return None


def _kink(curve: Function, near: float, reach: float) -> float:
    """Return where the slope or curvature jumps: the largest fourth difference, closer and closer."""
    while reach > 1e-11 * max(abs(near), reach):
        theta = near + reach * np.linspace(-1.0, 1.0, 65)
        bend = np.abs(np.diff(curve(theta), 4))
        if bend.max() < NEGLIGIBLE:
            break
        near, reach = float(theta[2 + bend.argmax()]), 0.1 * reach
    return near
