"""Are more reports significant than their power allows? The test of excess significance.

References
----------
Ioannidis, J. P. A., & Trikalinos, T. A. (2007a). An exploratory test for an excess of significant findings. Clinical
Trials, 4(3), 245-253.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Z_05, Funnel, Mark, power
from irlbayes.core.least_squares import line

Array = NDArray[np.float64]
FEWEST, NEEDS_SIZE, NEEDS_NULL = 2, True, True
FLAG = 0.1
LIMITS = (
    "It takes one true effect for all studies, so heterogeneity alone can make it positive; a large p does not clear"
    " the reports (Ioannidis & Trikalinos 2007a).",
)


def answer(funnel: Funnel) -> Evidence:
    """Compare the number of reports with p < 0.05 with the sum of their powers.

    Parameters
    ----------
    funnel : Funnel

    Returns
    -------
    Evidence
        As `excess` for rows with a size at their equal-effects mean ``theta``; ``verdicts`` the same for every row
        whose verdict at 0.05 is known, with size or without, at the same ``theta`` and the design's standard errors
        (None where no row is added); ``k``, ``p``, ``usable`` (ten rows or more) and ``flag`` (usable and p < 0.10).
    """
    null = funnel.outcome.null or 0.0
    theta = float(line(funnel.yi, funnel.sei**2).beta[0])
    found = excess(np.abs(funnel.yi - null) / funnel.sei > Z_05, power(theta - null, funnel.sei))
    usable = funnel.yi.size >= 10
    statement = _said(found, funnel.yi.size)
    verdicts = _verdicts(funnel.marks, theta - null)
    if verdicts is not None:
        statement += f" With the verdicts of rows without a size: {_said(verdicts, verdicts['k'])}"
    numbers = {
        "k": int(funnel.yi.size),
        "theta": theta,
        **found,
        "verdicts": verdicts,
        "usable": usable,
        "flag": usable and found["p"] < FLAG,
    }
    few = () if usable else ("With fewer than 10 reports it has hardly any power.",)
    return Evidence("excess_significance", statement, numbers, True, (*LIMITS, *few))


def excess(significant: Sequence[bool] | NDArray[np.bool_], powers: ArrayLike) -> dict[str, Any]:
    """Return observed and expected counts of significant reports, and the probability of as many or more.

    Parameters
    ----------
    significant : sequence of bool, dims (study,)
    powers : array_like, dims (study,)

    Returns
    -------
    dict
        ``observed``, ``expected``, ``ratio``, and ``p``: exact, from the distribution of a sum of unequal coins.

    Examples
    --------
    >>> excess([True, True], [0.5, 0.5])["p"]
    0.25
    """
    powers = np.asarray(powers, dtype=float)
    observed, expected = int(np.count_nonzero(significant)), float(np.sum(powers))
    chance = np.ones(1)
    for one in powers:
        chance = np.convolve(chance, [1.0 - one, one])
    return {
        "observed": observed,
        "expected": expected,
        "ratio": observed / expected,
        "p": float(min(1.0, np.sum(chance[observed:]))),
    }


def chi_squared(observed: float, expected: float, k: int) -> tuple[float, float]:
    """Return the chi-squared statistic of the same counts, and the one-sided p for an excess.

    Parameters
    ----------
    observed, expected : float
    k : int
        Reports.
    """
    from scipy.special import ndtr

    z = (observed - expected) / np.sqrt(expected * (k - expected) / k)
    return float(z**2), float(ndtr(-z))


def _verdicts(marks: Sequence[Mark], distance: float) -> dict[str, Any] | None:
    """Return the same for every row whose verdict at 0.05 is known; None where no row without a size is."""
    known = [mark for mark in marks if mark.significant is not None]
    if all(mark.yi is not None for mark in known):
        return None
    above = [bool(mark.significant) for mark in known]
    return {"k": len(known), **excess(above, power(distance, [mark.spread for mark in known]))}


def _said(found: dict[str, Any], k: int) -> str:
    return (
        f"{found['observed']} of {k} reports have p < 0.05, {found['expected']:.1f} expected"
        f" (ratio {found['ratio']:.2f}); probability of as many or more {found['p']:.3g}."
    )
