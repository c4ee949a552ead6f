"""Curves as few shapes: a rise, and a normal times a polynomial. Packed once, before anything is pooled.

A curve may have dozens of terms that lie close together: of a noncentral t likelihood, or of a fit by interpolation.
Together they are one shape, ``rise * Phi(z) + exp(-z ** 2 / 2) sum_k d_k He_k(z)`` of ``z = (theta - center) / width``.
Averaging over a random effect widens it, and multiplies d_k by ``(width / wider) ** (k + 1)``, as for a packet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import ROUNDING, SQRT_2PI, Curve
from irlbayes.posterior.batch.partial_tables import LARGEST, tables

Array = NDArray[np.float64]
Index = NDArray[np.int64]
APART = 1.0  # gap between centers, in widths, at which terms become two shapes
SMALL = 2e-15  # coefficients of Hermite functions below this share of the largest one are dropped
CLOSE = (
    1e-12  # share of the peak that a shape may be off its terms, or as much as they are off; otherwise they are kept
)
CHECKED = 129  # places at which it is looked at
ROOT_FACTORIAL = np.exp([0.5 * lgamma(k + 1.0) for k in range(LARGEST)])


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape of a curve: see the module. ``coefficient`` has dims (degree,)."""

    center: float
    width: float
    rise: float
    coefficient: Array

    def at(self, theta: Array) -> Array:
        """Return its values."""
        from scipy.special import ndtr

        z = np.clip((theta - self.center) / self.width, -38.0, 38.0)
        total = self.rise * ndtr(z) if self.rise else np.zeros_like(z)
        before, now, height = np.zeros_like(z), np.exp(-0.5 * z**2), np.zeros_like(z)
        for k, d in enumerate(self.coefficient):
            height += d * now
            before, now = now, z * now - k * before
        return np.asarray(total + height)


@dataclass(frozen=True, eq=False)
class Packed:
    """Curves in flat arrays; likelihoods are relative to the peak.

    Parameters
    ----------
    first : Index, dims (curve + 1,)
        Where the shapes of each curve begin.
    floor, error, log_peak, mean, precision : Array, dims (curve,)
        Its limit on the left; what it may be off; and a normal that is like it (precision 0: there is none).
    center, width, rise : Array, dims (shape,)
    start : Index, dims (shape + 1,)
        Where the coefficients of each shape begin.
    coefficient : Array, dims (coefficient,)
    """

    first: Index
    floor: Array
    error: Array
    log_peak: Array
    mean: Array
    precision: Array
    center: Array
    width: Array
    rise: Array
    start: Index
    coefficient: Array


def pack(curves: Sequence[Curve]) -> Packed:
    """Pack curves; normal ones are packed too."""
    first, start = [0], [0]
    told: list[tuple[float, ...]] = []
    flat: list[Shape] = []
    for curve in curves:
        shapes, error = shapes_of(curve)
        peak = curve.peak
        flat += [Shape(s.center, s.width, s.rise / peak, s.coefficient / peak) for s in shapes]
        first.append(len(flat))
        size = abs(curve.floor) + float(np.abs(curve.step).sum())
        told.append((curve.floor / peak, error + ROUNDING * size / peak, float(np.log(peak)), *_like(curve)))
    for shape in flat:
        start.append(start[-1] + shape.coefficient.size)
    floor, error_, log_peak, mean, precision = np.array(told).reshape(-1, 5).T.copy()
    center, width, rise = np.array([(s.center, s.width, s.rise) for s in flat]).reshape(-1, 3).T.copy()
    coefficient = np.concatenate([np.zeros(0), *(s.coefficient for s in flat)])
    ends = np.array(first), np.array(start)
    return Packed(ends[0], floor, error_, log_peak, mean, precision, center, width, rise, ends[1], coefficient)


def _like(curve: Curve) -> tuple[float, float]:
    """Return mean and precision of a curve that bounds its effect; precision 0 where it does not."""
    if not all(curve.bounded):
        return 0.0, 0.0
    low, high = curve.span
    reach = 5.0 * curve.widest
    theta = np.linspace(low - reach, high + reach, 201)
    height = np.maximum(np.exp(curve.log_value(theta)), 0.0)
    mean = float(np.average(theta, weights=height))
    return mean, float(1.0 / np.average((theta - mean) ** 2, weights=height))


def shapes_of(curve: Curve) -> tuple[list[Shape], float]:
    """Return the shapes of a curve, and its error with theirs, as a share of its peak."""
    shapes = [
        Shape(p.center, p.width, 0.0, p.coefficient / ROOT_FACTORIAL[: p.coefficient.size]) for p in curve.packets
    ]
    error = curve.error
    for at, width, weight, rising in (
        (curve.center, curve.width, curve.weight, False),
        (curve.at, curve.blur, curve.step, True),
    ):
        for group in _groups(at, width, weight, rising):
            one, off = _one_shape(at[group], width[group], weight[group], rising)
            if off <= max(CLOSE, curve.error) * curve.peak:
                shapes.append(one)
                error += off / curve.peak
            else:
                shapes += [_term(at[i], width[i], weight[i], rising) for i in group]
    return shapes, error


def _term(at: float, width: float, weight: float, rising: bool) -> Shape:
    if rising:
        return Shape(float(at), float(width), float(weight), np.zeros(0))
    return Shape(float(at), float(width), 0.0, np.array([weight / width / SQRT_2PI]))


def _groups(at: Array, width: Array, weight: Array, rising: bool) -> list[Index]:
    """Return which terms lie together; rises and falls are kept apart."""
    sides = [np.flatnonzero(weight > 0.0), np.flatnonzero(weight < 0.0)] if rising else [np.arange(at.size)]
    groups: list[Index] = []
    for side in sides:
        if side.size:
            order = side[np.argsort(at[side])]
            gap = np.diff(at[order]) > APART * np.maximum(width[order][1:], width[order][:-1])
            groups += np.split(order, np.flatnonzero(gap) + 1)
    return groups


def _one_shape(at: Array, width: Array, weight: Array, rising: bool) -> tuple[Shape, float]:
    """Return terms as one shape, and how far it is off them."""
    if at.size == 1:
        return _term(at[0], width[0], weight[0], rising), 0.0
    total = float(weight.sum())
    center = float(weight @ at) / total
    square = float(weight @ ((at - center) ** 2 + width**2)) / total
    if not (np.isfinite(square) and square > 0.0):
        return _term(at[0], width[0], weight[0], rising), np.inf
    sd = square**0.5
    found = tables()
    z = found.z[-1]
    values = np.exp(-0.5 * ((center + sd * z[:, None] - at) / width) ** 2) @ (weight / width) * (sd / SQRT_2PI)
    share = values @ found.project[-1]
    count = int(np.flatnonzero(np.abs(share) > SMALL * np.abs(share).max()).max()) + 1
    alpha = share[:count] @ found.widen[:count, :count]
    theta = center + sd * np.linspace(-9.0, 9.0, CHECKED)
    if rising:
        shape = Shape(center, sd, total, -alpha[1:] / SQRT_2PI)
        truth = _ndtr((theta[:, None] - at) / width) @ weight
    else:
        shape = Shape(center, sd, 0.0, alpha / (sd * SQRT_2PI))
        truth = np.exp(-0.5 * ((theta[:, None] - at) / width) ** 2) @ (weight / width) / SQRT_2PI
    return shape, float(np.abs(shape.at(theta) - truth).max())


def _ndtr(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))
