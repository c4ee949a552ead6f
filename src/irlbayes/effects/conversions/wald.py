"""Wald intervals, tests and standard errors: any of them from another.

Everything is on the scale where the interval is symmetric: take logs of a ratio and its limits first.

References
----------
Higgins, J. P. T., et al. (eds.) Cochrane Handbook for Systematic Reviews of Interventions, sections 6.3.1 and 6.3.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def normal_quantile(level: float) -> float:
    """Return the z of a two-sided interval, such as 1.96 for a level of 0.95.

    Examples
    --------
    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    from scipy.special import ndtri

    return float(-ndtri((1.0 - level) / 2.0))


def se_from_interval(low: ArrayLike, high: ArrayLike, level: float = 0.95) -> Array:
    """Return the standard error behind an interval: ``(high - low) / (2 z)``.

    Parameters
    ----------
    low, high : Array, dims (study,)
        Limits on the scale of analysis.
    level : float
        Of the interval, between 0 and 1.

    Examples
    --------
    >>> float(se_from_interval(np.log(0.71), np.log(1.07)).round(6))
    0.104632
    """
    return np.asarray(np.subtract(high, low) / (2.0 * normal_quantile(level)), dtype=float)


def se_from_limit(estimate: ArrayLike, limit: ArrayLike, level: float = 0.95) -> Array:
    """Return the standard error from the estimate and one limit of its interval.

    Examples
    --------
    >>> float(se_from_limit(1.0, 1.0 + 1.959963984540054))
    1.0
    """
    return np.asarray(np.abs(np.subtract(limit, estimate)) / normal_quantile(level), dtype=float)


def se_from_z(estimate: ArrayLike, z: ArrayLike) -> Array:
    """Return the standard error from the test statistic: ``abs(estimate / z)``.

    Examples
    --------
    >>> float(se_from_z(0.35, 2.1).round(6))
    0.166667
    """
    return np.asarray(np.abs(np.divide(estimate, z)), dtype=float)


def se_from_p(estimate: ArrayLike, p: ArrayLike) -> Array:
    """Return the standard error from the estimate and its two-sided p-value.

    Examples
    --------
    >>> float(se_from_p(0.35, 0.03).round(6))
    0.161284
    """
    from scipy.special import ndtri

    return se_from_z(estimate, -ndtri(np.divide(p, 2.0)))


def interval(estimate: ArrayLike, se: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Return the limits of the Wald interval.

    Examples
    --------
    >>> [round(float(limit), 6) for limit in interval(0.0, 1.0)]
    [-1.959964, 1.959964]
    """
    half = normal_quantile(level) * np.asarray(se, dtype=float)
    return np.subtract(estimate, half), np.add(estimate, half)


def p_from_se(estimate: ArrayLike, se: ArrayLike) -> Array:
    """Return the two-sided p-value of the Wald test.

    Examples
    --------
    >>> float(p_from_se(1.959963984540054, 1.0).round(6))
    0.05
    """
    from scipy.special import ndtr

    return np.asarray(2.0 * ndtr(-np.abs(np.divide(estimate, se))), dtype=float)
