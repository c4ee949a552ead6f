"""Hermite functions at their own nodes: how a density seen in n places becomes a normal times a polynomial.

With ``x = m + w z`` the span of ``He_k(z) exp(-z ** 2 / 2)``, k < n, is that of the Hermite functions
``psi_k(y) = He_k(y) / sqrt(k!) exp(-y ** 2 / 4)`` of ``y = sqrt(2) z``. These are orthonormal, so that a density is
projected on them without loss of digits, and the size of the last coefficients tells what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SIZES = (12, 16, 20, 24, 32, 40, 48, 64)
LARGEST = SIZES[-1]
QUARTER = (2.0 * np.pi) ** 0.25


@dataclass(frozen=True, eq=False)
class Tables:
    """What the kernels look up, for each of `SIZES` (dims (size, ...), padded with zeros).

    Parameters
    ----------
    z : Array, dims (size, node)
        Places, in widths from the center.
    weight : Array, dims (size, node)
        Of the nodes in an integral over z.
    project : Array, dims (size, node, degree)
        From values to coefficients of the Hermite functions of sqrt(2) z.
    widen : Array, dims (from, to)
        From these to coefficients of ``He_k(z) exp(-z ** 2 / 2) / sqrt(2 pi)``.
    """

    z: Array
    weight: Array
    project: Array
    widen: Array


def hermite_functions(y: Array, count: int) -> Array:
    """Return ``He_k(y) / sqrt(k!) exp(-y ** 2 / 4) / (2 pi) ** (1 / 4)`` for k below count, dims (degree, place)."""
    rows = np.zeros((count, y.size))
    rows[0] = np.exp(-0.25 * y**2) / QUARTER
    for k in range(count - 1):
        before = np.sqrt(k) * rows[k - 1] if k else 0.0
        rows[k + 1] = (y * rows[k] - before) / np.sqrt(k + 1.0)
    return rows


@cache
def tables() -> Tables:
    """Return the tables, computed once."""
    count, n = len(SIZES), LARGEST
    z, weight = np.zeros((count, n)), np.zeros((count, n))
    project, widen = np.zeros((count, n, n)), np.zeros((n, n))
    for k in range(n):
        for i in range(k // 2 + 1):
            low = k - 2 * i
            ratio = float(factorial(k) / (factorial(i) * factorial(low)))
            widen[k, low] = QUARTER * 2.0 ** (0.5 * k - 2.0 * i) * ratio / float(factorial(k)) ** 0.5
    for place, size in enumerate(SIZES):
        off = np.sqrt(np.arange(1.0, size))
        y = np.linalg.eigvalsh(np.diag(off, 1) + np.diag(off, -1))
        y = 0.5 * (y - y[::-1])
        rows = hermite_functions(y, size)
        spread = 1.0 / (rows**2).sum(axis=0)
        z[place, :size] = y / np.sqrt(2.0)
        weight[place, :size] = spread / np.sqrt(2.0)
        project[place, :size, :size] = (rows * spread).T
    return Tables(z, weight, project, widen)
