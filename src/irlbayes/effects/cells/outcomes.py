"""What every effect measure shares: cells in, effects and variances out, NaN for what does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Cells = Mapping[str, Array]
Pair = tuple[Array, Array]
Effect = Callable[..., Pair]


def outcomes(formula: Effect) -> Effect:
    """Let a formula divide by zero in silence, and blank both numbers of a study where either is not finite.

    Parameters
    ----------
    formula : callable
        ``formula(cells, vtype, **options)`` returning yi and vi, dims (study,).

    Returns
    -------
    callable
        The same, with NaN for yi and vi of every study where one of them is infinite or not a number.

    Examples
    --------
    >>> odds = outcomes(lambda cells: (np.log(cells["x"]), 1.0 / cells["x"]))
    >>> [values.tolist() for values in odds({"x": np.array([1.0, 0.0])})]
    [[0.0, nan], [1.0, nan]]
    """

    @wraps(formula)
    def silent(*args: object, **options: object) -> Pair:
        with np.errstate(all="ignore"):
            yi, vi = formula(*args, **options)
        yi, vi = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
        known = np.isfinite(yi) & np.isfinite(vi)
        return np.where(known, yi, np.nan), np.where(known, vi, np.nan)

    return silent


def weighted_mean(x: Array, weight: Array) -> float:
    """Return the mean of x over the studies that have both, as the ``AV`` variances use it.

    Examples
    --------
    >>> weighted_mean(np.array([1.0, 3.0, np.nan]), np.array([1.0, 3.0, 5.0]))
    2.5
    """
    known = ~(np.isnan(x) | np.isnan(weight))
    return float(np.sum(x[known] * weight[known]) / np.sum(weight[known]))


def fisher_z(yi: Array, vi: Array) -> Pair:
    """Return a correlation's Fisher z and its variance by the delta method, ``vi / (1 - yi**2)**2``.

    Parameters
    ----------
    yi, vi : Array, dims (study,)
        Correlations, taken as 1 or -1 beyond those, and their variances.
    """
    return np.arctanh(np.clip(yi, -1.0, 1.0)), vi / (1.0 - np.minimum(yi**2, 1.0)) ** 2
