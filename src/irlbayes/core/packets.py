"""Packets: a normal density times a polynomial, closed under normal smoothing.

A packet is ``sum_k c_k He_k(z) / sqrt(k!) * exp(-z ** 2 / 2)`` with ``z = (theta - center) / width``: a sum of
derivatives of one normal density. Smoothing by Normal(0, tau ** 2) widens it to the width
``spread = sqrt(width ** 2 + tau ** 2)`` and multiplies c_k by ``(width / spread) ** (k + 1)``, so that the polynomial
loses its upper degrees as tau grows. One exponential and a Horner scheme do the work of dozens of normal terms.

This module knows arrays only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SMALLEST = 1e-16  # coefficients below this share of the largest one are dropped
OUTERMOST = 38.0  # widths beyond which a packet is zero
IN_CACHE = 16_384  # numbers worked on at once
TOGETHER = 4  # packets worked on at once


@dataclass(frozen=True)
class Packet:
    """A normal density times a polynomial.

    Parameters
    ----------
    center, width : float
        Place and scale, in units of the effect.
    coefficient : Array, dims (degree,)
        Of the normalized Hermite polynomials, He_k / sqrt(k!).
    """

    center: float
    width: float
    coefficient: Array

    def scaled(self, factor: float) -> Packet:
        """Return the packet of ``factor * theta``."""
        return replace(self, center=self.center * factor, width=self.width * factor)

    def times(self, factor: float) -> Packet:
        """Return the packet multiplied by a number."""
        return replace(self, coefficient=self.coefficient * factor)

    def widened(self, sd: float) -> Packet:
        """Return the packet averaged over Normal(0, sd ** 2)."""
        spread = float(np.hypot(self.width, sd))
        shrink = (self.width / spread) ** np.arange(1, self.coefficient.size + 1)
        return Packet(self.center, spread, self.coefficient * shrink)


def smoothed(sets: Sequence[Sequence[Packet]], mu: Array, var: Array) -> Array:
    """Return sums of packets averaged over Normal(mu, var).

    Parameters
    ----------
    sets : sequence of sequences of Packet
        Summed within each; all are worked on together, those of like degree in one block.
    mu : Array, dims (tau, mu)
    var : Array, dims (tau, 1)

    Returns
    -------
    Array, dims (set, tau, mu)
    """
    total = np.zeros((len(sets), *mu.shape))
    owned = [(packet, owner) for owner, packets in enumerate(sets) for packet in packets]
    owned.sort(key=lambda pair: pair[0].coefficient.size)
    for start in range(0, len(owned), TOGETHER):
        group = owned[start : start + TOGETHER]
        rows = max(1, IN_CACHE // (mu.shape[1] * len(group)))
        for row in range(0, mu.shape[0], rows):
            part = slice(row, row + rows)
            values = _evaluate([packet for packet, _ in group], mu[part], var[part])
            for (_, owner), value in zip(group, values, strict=True):
                total[owner, part] += value
    return total


def _evaluate(packets: Sequence[Packet], mu: Array, var: Array) -> Array:
    """Return smoothed packets, dims (packet, tau, mu)."""
    degrees = max(packet.coefficient.size for packet in packets)
    coefficient = np.zeros((len(packets), 1, degrees))
    for i, packet in enumerate(packets):
        coefficient[i, 0, : packet.coefficient.size] = packet.coefficient
    center, width = np.array([[packet.center, packet.width] for packet in packets]).T[:, :, None, None]
    spread = np.sqrt(width**2 + var)
    coefficient = coefficient * (width / spread) ** np.arange(1.0, degrees + 1.0)
    size = np.abs(coefficient).max(axis=1)
    size = (size / np.maximum(size.max(axis=1, keepdims=True), 1e-300)).max(axis=0)
    power = coefficient[:, :, : int(np.flatnonzero(size > SMALLEST).max(initial=0)) + 1]
    power = power @ _to_powers(power.shape[2])
    z = (mu - center) / spread
    np.clip(z, -OUTERMOST, OUTERMOST, out=z)
    value = np.empty_like(z)
    value[:] = power[:, :, -1:]
    for k in range(power.shape[2] - 2, -1, -1):
        value *= z
        value += power[:, :, k : k + 1]
    z *= z
    z *= -0.5
    value *= np.exp(z, out=z)
    return np.asarray(value)


@lru_cache(maxsize=128)
def _to_powers(count: int) -> Array:
    """Return the matrix from coefficients of He_k / sqrt(k!) to those of powers, dims (degree, power)."""
    matrix = np.zeros((count, count))
    matrix[0, 0] = 1.0
    for k in range(1, count):
        matrix[k, 1:] = matrix[k - 1, :-1]
        if k > 1:
            matrix[k] -= np.sqrt(k - 1.0) * matrix[k - 2]
        matrix[k] /= np.sqrt(k)
    return matrix


def functions(z: Array, count: int) -> Array:
    """Return He_k(z) / sqrt(k!) exp(-z ** 2 / 2) for k below count, dims (*z, degree)."""
    z = np.clip(z, -OUTERMOST, OUTERMOST)
    columns = [np.exp(-0.5 * z**2)]
    for k in range(1, count):
        before = np.sqrt(k - 1.0) * columns[k - 2] if k > 1 else 0.0
        columns.append((z * columns[k - 1] - before) / np.sqrt(k))
    return np.stack(columns, axis=-1)
