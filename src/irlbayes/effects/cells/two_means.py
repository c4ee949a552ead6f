"""Means of two groups, or the t, p, d or correlation that a paper printed instead, and the exact bias correction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irlbayes.effects.cells.outcomes import Array, Cells
from irlbayes.effects.conversions.t_and_p import t_from_signed_p

COLUMNS = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
ALTERNATIVES = (("di", "n1i", "n2i"), ("ti", "n1i", "n2i"), ("pi", "n1i", "n2i"), ("ri", "n1i", "n2i"))
"""Instead of means and SDs: d (uncorrected), t, a two-sided p with the effect's sign, a point-biserial correlation."""


@dataclass(frozen=True)
class Means:
    """Two groups, dims (study,): mean, SD and size of each."""

    m1: Array
    sd1: Array
    n1: Array
    m2: Array
    sd2: Array
    n2: Array

    @property
    def n(self) -> Array:
        """People in both groups."""
        return self.n1 + self.n2

    @property
    def df(self) -> Array:
        """Degrees of freedom of the pooled SD."""
        return self.n - 2.0

    @property
    def pooled(self) -> Array:
        """Pooled SD."""
        return np.sqrt(((self.n1 - 1.0) * self.sd1**2 + (self.n2 - 1.0) * self.sd2**2) / self.df)

    @property
    def d(self) -> Array:
        """Difference of means in pooled SDs, not corrected for bias."""
        return (self.m1 - self.m2) / self.pooled

    @property
    def inverse_sizes(self) -> Array:
        """1/n1 + 1/n2."""
        return 1.0 / self.n1 + 1.0 / self.n2


def means(cells: Cells) -> Means:
    """Read the groups; a study with di, ti, pi or ri has unit SDs and means that are d apart.

    Parameters
    ----------
    cells : Mapping
        `COLUMNS`, or one of `ALTERNATIVES`; NaN where a study does not give a cell. Dims (study,).

    Examples
    --------
    >>> cells = {"ti": np.array([2.1]), "n1i": np.array([20.0]), "n2i": np.array([22.0])}
    >>> means(cells).d.round(6).tolist()
    [0.64881]
    """
    d, blank = given_d(cells), np.full_like(cells["n1i"], np.nan)
    m1, sd1, m2, sd2 = (cells.get(name, blank) for name in ("m1i", "sd1i", "m2i", "sd2i"))
    given = ~np.isnan(d)
    return Means(
        np.where(given, d, m1),
        np.where(given, 1.0, sd1),
        cells["n1i"],
        np.where(given, 0.0, m2),
        np.where(given, 1.0, sd2),
        cells["n2i"],
    )


def given_d(cells: Cells) -> Array:
    """Return d from the first of di, ti, pi (signed) and ri that a study has, NaN where it has none.

    Notes
    -----
    ``d = t sqrt(1/n1 + 1/n2)``, and ``d = sqrt(h) r / sqrt(1 - r**2)`` with ``h = (n1 + n2 - 2)(1/n1 + 1/n2)``.
    """
    n1, n2 = cells["n1i"], cells["n2i"]
    blank, inverse = np.full_like(n1, np.nan), 1.0 / n1 + 1.0 / n2
    t, r = cells.get("ti", blank), cells.get("ri", blank)
    if "pi" in cells:
        t = np.where(np.isnan(t), t_from_signed_p(cells["pi"], n1 + n2 - 2.0), t)
    d = cells.get("di", blank)
    d = np.where(np.isnan(d), t * np.sqrt(inverse), d)
    return np.where(np.isnan(d), np.sqrt((n1 + n2 - 2.0) * inverse) * r / np.sqrt(1.0 - r**2), d)


def hedges_j(df: Array, correct: bool = True) -> Array:
    """Return the exact factor that takes the bias out of a standardized mean difference.

    Parameters
    ----------
    df : Array, dims (study,)
        Degrees of freedom of the SD; there is no correction at 1 and below.
    correct : bool
        False for a factor of 1 everywhere.

    Notes
    -----
    ``J = gamma(df/2) / (sqrt(df/2) gamma((df - 1)/2))``.

    References
    ----------
    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related estimators. Journal of
    Educational Statistics, 6(2), 107-128.

    Examples
    --------
    >>> hedges_j(np.array([1.0, 10.0])).round(6).tolist()
    [nan, 0.922746]
    """
    from scipy.special import gammaln

    if not correct:
        return np.ones_like(df)
    safe = np.where(df > 1.0, df, 2.0)
    j = np.exp(gammaln(safe / 2.0) - 0.5 * np.log(safe / 2.0) - gammaln((safe - 1.0) / 2.0))
    return np.where(df > 1.0, j, np.nan)
