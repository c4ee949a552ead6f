"""Begg and Mazumdar's rank correlation between effects and their sampling variances.

References
----------
Begg, C. B., & Mazumdar, M. (1994). Operating characteristics of a rank correlation test for publication bias.
Biometrics, 50(4), 1088-1101.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Funnel
from irlbayes.core.least_squares import line

Array = NDArray[np.float64]
FEWEST, NEEDS_SIZE, NEEDS_NULL = 3, True, False
FLAG = 0.1
ROUNDING = 1e-12
SMALLEST = 1e-12  # share of its variance that a study keeps when it is nearly the whole mean


def answer(funnel: Funnel) -> Evidence:
    """Correlate the ranks of standardized effects and sampling variances.

    Parameters
    ----------
    funnel : Funnel

    Returns
    -------
    Evidence
        ``k``, ``tau`` (Kendall's), ``p``, ``exact`` (whether p is), ``usable`` and ``flag`` (usable and p < 0.10).

    Raises
    ------
    ArithmeticError
        All standard errors are alike.
    """
    tau, p, exact = rank_correlation(funnel.yi, funnel.sei)
    usable = not funnel.obstacles
    form = "exact" if exact else "normal approximation, values tie"
    statement = f"Begg's rank correlation: Kendall's tau = {tau:.3f}, p = {p:.3g} ({form})."
    numbers = {
        "k": int(funnel.yi.size),
        "tau": tau,
        "p": p,
        "exact": exact,
        "usable": usable,
        "flag": usable and p < FLAG,
    }
    caveats = ("It has less power than Egger's test.", *funnel.limits)
    return Evidence("begg", statement, numbers, True, caveats)


def rank_correlation(yi: Array, sei: Array) -> tuple[float, float, bool]:
    """Return Kendall's tau, its two-sided p, and whether that is exact.

    Parameters
    ----------
    yi, sei : Array, dims (study,)

    Raises
    ------
    ArithmeticError
        All standard errors or all effects are alike.

    Notes
    -----
    Effects are standardized by the variance of their difference from the equal-effects mean. Without ties p is exact;
    with ties tau is tau-b and p its normal approximation without a continuity correction, as in metafor's `ranktest`.

    Examples
    --------
    >>> rank_correlation(np.array([0.1, 0.5, 0.4]), np.array([0.1, 0.2, 0.3]))[2]
    True
    """
    from scipy.stats import kendalltau

    if np.ptp(sei) == 0.0:
        raise ArithmeticError("all standard errors are alike, so there is no funnel to look at")
    if np.ptp(yi) <= ROUNDING * np.max(np.abs(yi)):
        raise ArithmeticError("all effects are alike, so they have no ranks")
    vi = sei**2
    mean = line(yi, vi)
    standardized = (yi - mean.beta[0]) / np.sqrt(np.maximum(vi - mean.covariance[0, 0], SMALLEST * vi))
    exact = all(np.unique(values).size == values.size for values in (standardized, vi))
    found = kendalltau(standardized, vi, method="exact" if exact else "asymptotic")
    return float(found.statistic), float(found.pvalue), exact
