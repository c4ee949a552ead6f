"""SDs of change scores: from the SDs before and after and a correlation that somebody states.

There is no default correlation: the SD of change moves with it more than with anything else, so whoever assumes one
says which, and why.

References
----------
Higgins, J. P. T., et al. (eds.) Cochrane Handbook for Systematic Reviews of Interventions, section 6.5.2.8.
Abrams, K. R., Gillies, C. L., & Lambert, P. C. (2005). Meta-analysis of heterogeneously reported trials assessing
change from baseline. Statistics in Medicine, 24(24), 3823-3844.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irlbayes.core.errors import InputError, Problem

Array = NDArray[np.float64]


def sd_of_change(sd_before: ArrayLike, sd_after: ArrayLike, correlation: float) -> Array:
    """Return the SD of (after minus before), dims (group,).

    Parameters
    ----------
    sd_before, sd_after : Array
        SDs of the measurements.
    correlation : float
        Between the measurements of one person: stated by the caller, from a study that reports it.

    Raises
    ------
    InputError
        If the correlation is beyond -1 or 1.

    Notes
    -----
    ``sqrt(sd_before**2 + sd_after**2 - 2 correlation sd_before sd_after)``.

    Examples
    --------
    >>> float(sd_of_change(4.0, 4.4, 0.5).round(4))
    4.2143
    """
    if not -1.0 <= correlation <= 1.0:
        raise InputError(
            Problem(
                "correlation",
                "a correlation lies between -1 and 1",
                "state the correlation between the two measurements of one person, and where it is from",
                value=str(correlation),
            )
        )
    before, after = np.asarray(sd_before, dtype=float), np.asarray(sd_after, dtype=float)
    return np.asarray(np.sqrt(before**2 + after**2 - 2.0 * correlation * before * after), dtype=float)


def correlation_of_change(sd_before: ArrayLike, sd_after: ArrayLike, sd_change: ArrayLike) -> Array:
    """Return the correlation that a study with all three SDs implies.

    Notes
    -----
    ``(sd_before**2 + sd_after**2 - sd_change**2) / (2 sd_before sd_after)``; NaN beyond -1 or 1, where the three SDs
    contradict each other.

    Examples
    --------
    >>> float(correlation_of_change(4.0, 4.4, sd_of_change(4.0, 4.4, 0.5)).round(12))
    0.5
    """
    before, after, change = (np.asarray(sd, dtype=float) for sd in (sd_before, sd_after, sd_change))
    found = (before**2 + after**2 - change**2) / (2.0 * before * after)
    return np.where(np.abs(found) <= 1.0, found, np.nan)
