"""Test statistics and p-values: one from the other, and effects from either."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def t_from_p(p: Array, df: Array) -> Array:
    """Return the positive t whose two-sided p-value is p, dims (study,).

    Parameters
    ----------
    p : Array
        Two-sided p-values; NaN outside [0, 1].
    df : Array
        Degrees of freedom; NaN below 1.

    Examples
    --------
    >>> t_from_p(np.array([0.05, 0.05]), np.array([10.0, 1e9])).round(6).tolist()
    [2.228139, 1.959964]
    """
    from scipy.special import stdtrit

    p, df = np.asarray(p, dtype=float), np.asarray(df, dtype=float)
    known = (p >= 0.0) & (p <= 1.0) & (df >= 1.0)
    return np.where(known, -stdtrit(np.where(known, df, 1.0), np.where(known, p, 1.0) / 2.0), np.nan)


def t_from_signed_p(p: Array, df: Array) -> Array:
    """Return t from a two-sided p-value that carries the sign of the effect.

    Examples
    --------
    >>> t_from_signed_p(np.array([-0.05]), np.array([10.0])).round(6).tolist()
    [-2.228139]
    """
    return np.sign(p) * t_from_p(np.abs(p), df)


def p_from_t(t: Array, df: Array) -> Array:
    """Return the two-sided p-value of t, dims (study,).

    Examples
    --------
    >>> p_from_t(np.array([-2.228139]), np.array([10.0])).round(6).tolist()
    [0.05]
    """
    from scipy.special import stdtr

    return np.asarray(2.0 * stdtr(df, -np.abs(t)), dtype=float)


def d_from_t(t: Array, n1: Array, n2: Array) -> Array:
    """Return d, not corrected for bias, from the t of two independent groups: ``t sqrt(1/n1 + 1/n2)``.

    Examples
    --------
    >>> d_from_t(np.array([2.1]), np.array([20.0]), np.array([22.0])).round(6).tolist()
    [0.64881]
    """
    return np.asarray(t * np.sqrt(1.0 / n1 + 1.0 / n2), dtype=float)


def r_from_t(t: Array, df: Array) -> Array:
    """Return a (partial) correlation from its t: ``t / sqrt(t**2 + df)``.

    Examples
    --------
    >>> r_from_t(np.array([2.0]), np.array([60.0])).tolist()
    [0.25]
    """
    return np.asarray(t / np.sqrt(t**2 + df), dtype=float)
