"""A 2x2 table from its margins and an association: odds ratio, phi coefficient or chi-squared.

References
----------
Bonett, D. G. (2007). Transforming odds ratios into correlations for meta-analytic research. American Psychologist,
62(3), 254-255.
Viechtbauer, W. (2010). Conducting meta-analyses in R with the metafor package. Journal of Statistical Software, 36(3)
(its function `conv.2x2`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Four = tuple[Array, Array, Array, Array]


def from_odds_ratio(odds_ratio: ArrayLike, ni: ArrayLike, n1i: ArrayLike, n2i: ArrayLike) -> Four:
    """Return ai, bi, ci, di, rounded to whole people, from the odds ratio and the margins.

    Parameters
    ----------
    odds_ratio : Array, dims (study,)
    ni : Array
        People in the table.
    n1i : Array
        Total of the first row, ai + bi.
    n2i : Array
        Total of the first column, ai + ci (not the size of a second group).

    Returns
    -------
    tuple of Array
        NaN for a study whose table would have a negative cell.

    Notes
    -----
    The share of the first cell solves ``OR = p11 p22 / (p12 p21)``: with ``x = OR (p1. + p.1) + p2. - p.1``,
    ``p11 = (x - sqrt(x**2 - 4 p1. p.1 OR (OR - 1))) / (2 (OR - 1))``; independence where OR is 1.

    Examples
    --------
    >>> [float(cell) for cell in from_odds_ratio(2.5, 100.0, 50.0, 30.0)]
    [20.0, 30.0, 10.0, 40.0]
    """
    ratio, ni, n1i, n2i = (np.asarray(value, dtype=float) for value in (odds_ratio, ni, n1i, n2i))
    row, column = n1i / ni, n2i / ni
    x = ratio * (row + column) + 1.0 - row - column
    with np.errstate(all="ignore"):
        share = (x - np.sqrt(x**2 - 4.0 * row * column * ratio * (ratio - 1.0))) / (2.0 * (ratio - 1.0))
    return _complete(np.where(ratio == 1.0, row * column, share), ni, n1i, n2i)


def from_phi(phi: ArrayLike, ni: ArrayLike, n1i: ArrayLike, n2i: ArrayLike) -> Four:
    """Return ai, bi, ci, di, rounded to whole people, from the phi coefficient and the margins.

    Notes
    -----
    ``p11 = p1. p.1 + phi sqrt(p1. p2. p.1 p.2)``; margins as in `from_odds_ratio`.

    Examples
    --------
    >>> [float(cell) for cell in from_phi(0.25, 120.0, 60.0, 40.0)]
    [27.0, 33.0, 13.0, 47.0]
    """
    phi, ni, n1i, n2i = (np.asarray(value, dtype=float) for value in (phi, ni, n1i, n2i))
    row, column = n1i / ni, n2i / ni
    return _complete(row * column + phi * np.sqrt(row * (1 - row) * column * (1 - column)), ni, n1i, n2i)


def from_chi_squared(
    chi_squared: ArrayLike, ni: ArrayLike, n1i: ArrayLike, n2i: ArrayLike, correct: bool = True
) -> Four:
    """Return ai, bi, ci, di, rounded to whole people, from chi-squared and the margins.

    Parameters
    ----------
    chi_squared : Array, dims (study,)
        With the sign of the association.
    ni, n1i, n2i : Array
        Margins as in `from_odds_ratio`.
    correct : bool
        Whether the statistic has Yates's correction for continuity.

    Notes
    -----
    ``phi = sqrt(chi2 / n)``, plus ``n / (2 sqrt(n1 (n - n1) n2 (n - n2)))`` to take the correction back.

    Examples
    --------
    >>> [float(cell) for cell in from_chi_squared(4.2, 80.0, 40.0, 25.0)]
    [17.0, 23.0, 8.0, 32.0]
    """
    chi_squared, ni, n1i, n2i = (np.asarray(value, dtype=float) for value in (chi_squared, ni, n1i, n2i))
    phi = np.sqrt(np.abs(chi_squared) / ni)
    if correct:
        phi = phi + ni / (2.0 * np.sqrt(n1i * (ni - n1i) * n2i * (ni - n2i)))
    return from_phi(np.sign(chi_squared) * phi, ni, n1i, n2i)


def _complete(share: Array, ni: Array, n1i: Array, n2i: Array) -> Four:
    """Return the four cells from the share of the first, NaN where one would be negative."""
    a = np.round(ni * share)
    four = (a, n1i - a, n2i - a, ni - n1i - n2i + a)
    possible = np.all(np.stack([cell >= 0.0 for cell in four]), axis=0)
    a, b, c, d = (np.where(possible, cell, np.nan) for cell in four)
    return a, b, c, d
