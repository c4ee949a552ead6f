"""Are ranks uniform? Chi-square over bins, and the simultaneous envelope of their empirical distribution.

References
----------
Säilynoja, T., Bürkner, P.-C., & Vehtari, A. (2022). Graphical test for discrete uniformity and its applications in
goodness-of-fit evaluation and multiple sample comparison. Statistics and Computing, 32, 32.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BINS = 20
SIMULATIONS = 4000


def chi_square(ranks: Array, bins: int = BINS) -> float:
    """Return the p-value of a chi-square test of uniform ranks.

    Parameters
    ----------
    ranks : Array, dims (data set,)
        Posterior probabilities below the true values, from 0 to 1.
    bins : int

    Examples
    --------
    >>> chi_square(np.linspace(0.0005, 0.9995, 1000))
    1.0
    """
    from scipy.stats import chisquare

    counts, _ = np.histogram(ranks, bins=bins, range=(0.0, 1.0))
    return float(chisquare(counts).pvalue)


def inside_envelope(ranks: Array, level: float = 0.99) -> bool:
    """Whether the empirical distribution of ranks stays within a simultaneous band.

    Parameters
    ----------
    ranks : Array, dims (data set,)
    level : float
        Probability that uniform ranks stay inside everywhere.
    """
    points, low, high = envelope(ranks.size, level)
    share = np.searchsorted(np.sort(ranks), points, side="right") / ranks.size
    return bool(((share >= low) & (share <= high)).all())


@lru_cache(maxsize=32)
def envelope(size: int, level: float) -> tuple[Array, Array, Array]:
    """Return points, and the ends of ArviZ's simultaneous band around the empirical distribution there.

    Parameters
    ----------
    size : int
        Number of ranks, at least two.
    level : float
        Probability that uniform ranks stay inside everywhere.

    Returns
    -------
    tuple of Array, dims (point,)
    """
    from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

    points = np.arange(1, size) / size
    rng = np.random.default_rng(214)
    pointwise = simulate_confidence_bands(size, 1, points, level, SIMULATIONS, rng)
    low, high = get_pointwise_confidence_band(pointwise, size, points)
    return points, np.asarray(low), np.asarray(high)
