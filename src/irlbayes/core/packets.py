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


def smoothed(packets: Sequence[Packet], mu: Array, var: Array, slope: bool = False) -> Array:
    """Return the sum of packets averaged over Normal(mu, var), or its derivative with respect to mu.

    Parameters
    ----------
    packets : sequence of Packet
    mu : Array, dims (tau, mu)
    var : Array, dims (tau, 1)
    slope : bool
        Whether the derivative is wanted.

    Returns
    -------
    Array, dims (tau, mu)
    """
    total = np.zeros(mu.shape)
    rows = max(1, IN_CACHE // mu.shape[1])
    for start in range(0, mu.shape[0], rows):
        part = slice(start, start + rows)
        for packet in packets:
            _add(total[part], packet, mu[part], var[part], slope)
    return total


def _add(total: Array, packet: Packet, mu: Array, var: Array, slope: bool) -> None:
    """Add one smoothed packet to a block of rows."""
    spread = np.sqrt(packet.width**2 + var)
    share = packet.width / spread
    coefficient = packet.coefficient * share ** np.arange(1.0, packet.coefficient.size + 1.0)
    if slope:  # the derivative of He_k exp is minus He_(k + 1) exp
        higher = -np.sqrt(np.arange(1.0, packet.coefficient.size + 1.0)) * coefficient / spread
        coefficient = np.concatenate([np.zeros_like(spread), higher], axis=1)
    size = np.abs(coefficient).max(axis=0)
    power = coefficient[:, : int(np.flatnonzero(size > SMALLEST * size.max()).max(initial=0)) + 1]
    power = power @ _to_powers(power.shape[1])
    z = (mu - packet.center) / spread
    np.clip(z, -OUTERMOST, OUTERMOST, out=z)
    value = np.empty_like(z)
    value[:] = power[:, -1:]
    for k in range(power.shape[1] - 2, -1, -1):
        value *= z
        value += power[:, k : k + 1]
    z *= z
    z *= -0.5
    value *= np.exp(z, out=z)
    total += value


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
