"""One effect in the words of another: d, odds ratios, risks, correlations, and the inverses of transformed proportions.

Every function is vectorized: arrays in, an array of the same shape out.

References
----------
Cohen, J. (1988). Statistical power analysis for the behavioral sciences (2nd ed.) (U1, U2, U3).
Hasselblad, V., & Hedges, L. V. (1995). Meta-analysis of screening and diagnostic tests. Psychological Bulletin,
117(1), 167-178; Chinn, S. (2000). A simple method for converting an odds ratio to effect size for use in
meta-analysis. Statistics in Medicine, 19(22), 3127-3131 (pi / sqrt(3)).
Cox, D. R., & Snell, E. J. (1989). Analysis of binary data (2nd ed.) (1.65).
McGraw, K. O., & Wong, S. P. (1992). A common language effect size statistic. Psychological Bulletin, 111(2), 361-365.
Rosenthal, R., & Rubin, D. B. (1982). A simple, general purpose display of magnitude of experimental effect. Journal of
Educational Psychology, 74(2), 166-169 (binomial effect size display).
Miller, J. J. (1978). The inverse of the Freeman-Tukey double arcsine transformation. American Statistician, 32(4), 138.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
LOGISTIC = float(np.pi / np.sqrt(3.0))  # log odds per SD, for a logistic outcome
COX_SNELL = 1.65  # log odds per SD, for a normal outcome


def _phi(x: ArrayLike) -> Array:
    """Return the standard normal distribution function."""
    from scipy.special import ndtr

    return np.asarray(ndtr(np.asarray(x, dtype=np.float64)), dtype=np.float64)


# --- d in other words: two normal groups with one SD ------------------------------------------------------------


def d_to_u1(d: ArrayLike) -> Array:
    """Return Cohen's U1, the share of both groups that does not overlap: ``(2 u - 1) / u``, ``u = Phi(|d| / 2)``.

    Examples
    --------
    >>> float(d_to_u1(0.5).round(6))
    0.329732
    """
    u = _phi(np.abs(d) / 2.0)
    return (2.0 * u - 1.0) / u


def d_to_u2(d: ArrayLike) -> Array:
    """Return Cohen's U2, the share of group 1 above the same share of group 2: ``Phi(d / 2)``.

    Examples
    --------
    >>> float(d_to_u2(0.5).round(6))
    0.598706
    """
    return _phi(np.asarray(d) / 2.0)


def d_to_u3(d: ArrayLike) -> Array:
    """Return Cohen's U3, the share of group 1 above the mean of group 2: ``Phi(d)``.

    Examples
    --------
    >>> float(d_to_u3(0.5).round(6))
    0.691462
    """
    return _phi(d)


def d_to_overlap(d: ArrayLike) -> Array:
    """Return the overlapping coefficient, the area that two densities share: ``2 Phi(-|d| / 2)``.

    Examples
    --------
    >>> float(d_to_overlap(0.5).round(6))
    0.802587
    """
    return 2.0 * _phi(-np.abs(d) / 2.0)


def d_to_cles(d: ArrayLike) -> Array:
    """Return the probability that one of group 1 is above one of group 2: ``Phi(d / sqrt(2))``.

    Examples
    --------
    >>> float(d_to_cles(0.5).round(6))
    0.638163
    """
    return _phi(np.asarray(d) / np.sqrt(2.0))


def cles_to_d(probability: ArrayLike) -> Array:
    """Return the d whose `d_to_cles` is this probability.

    Examples
    --------
    >>> float(cles_to_d(d_to_cles(0.5)).round(12))
    0.5
    """
    from scipy.special import ndtri

    return np.asarray(ndtri(np.asarray(probability, dtype=np.float64)) * np.sqrt(2.0), dtype=np.float64)


def d_to_cliff(d: ArrayLike) -> Array:
    """Return Cliff's delta, P(above) less P(below): ``2 Phi(d / sqrt(2)) - 1``.

    Examples
    --------
    >>> float(d_to_cliff(0.5).round(6))
    0.276326
    """
    return 2.0 * d_to_cles(d) - 1.0


def d_to_besd(d: ArrayLike) -> Array:
    """Return the success share of the binomial effect size display: ``1/2 + r/2``, ``r = d / sqrt(d**2 + 4)``.

    Examples
    --------
    >>> float(d_to_besd(0.5).round(6))
    0.621268
    """
    return 0.5 + d_to_r(d) / 2.0


def d_to_r(d: ArrayLike) -> Array:
    """Return the point-biserial correlation of two groups of one size: ``d / sqrt(d**2 + 4)``.

    Examples
    --------
    >>> float(d_to_r(0.5).round(6))
    0.242536
    """
    d = np.asarray(d, dtype=float)
    return d / np.sqrt(d**2 + 4.0)


def r_to_d(r: ArrayLike) -> Array:
    """Return the d behind a point-biserial correlation of two groups of one size: ``2 r / sqrt(1 - r**2)``.

    Examples
    --------
    >>> float(r_to_d(d_to_r(0.5)).round(12))
    0.5
    """
    r = np.asarray(r, dtype=float)
    return 2.0 * r / np.sqrt(1.0 - r**2)


# --- d and odds ratios ------------------------------------------------------------------------------------------


def d_to_log_or(d: ArrayLike) -> Array:
    """Return the log odds ratio of a logistic outcome cut in two: ``d pi / sqrt(3)``.

    Examples
    --------
    >>> float(d_to_log_or(0.5).round(6))
    0.9069
    """
    return np.asarray(d, dtype=float) * LOGISTIC


def log_or_to_d(log_or: ArrayLike) -> Array:
    """Return the inverse of `d_to_log_or`.

    Examples
    --------
    >>> float(log_or_to_d(0.5).round(6))
    0.275664
    """
    return np.asarray(log_or, dtype=float) / LOGISTIC


def d_to_log_or_normal(d: ArrayLike) -> Array:
    """Return the log odds ratio of a normal outcome cut in two, approximately: ``1.65 d``.

    Examples
    --------
    >>> float(d_to_log_or_normal(0.5).round(6))
    0.825
    """
    return np.asarray(d, dtype=float) * COX_SNELL


def log_or_to_d_normal(log_or: ArrayLike) -> Array:
    """Return the inverse of `d_to_log_or_normal`.

    Examples
    --------
    >>> float(log_or_to_d_normal(0.5).round(6))
    0.30303
    """
    return np.asarray(log_or, dtype=float) / COX_SNELL


# --- odds ratios and risks --------------------------------------------------------------------------------------


def log_or_to_rd(log_or: ArrayLike, risk: ArrayLike) -> Array:
    """Return the risk difference that a log odds ratio makes at a risk of group 2.

    Examples
    --------
    >>> float(log_or_to_rd(-0.8, 0.05).round(6))
    -0.026897
    """
    risk = np.asarray(risk, dtype=float)
    odds = risk * np.exp(log_or)
    return np.asarray(odds / (1.0 - risk + odds) - risk)


def log_or_to_rr(log_or: ArrayLike, risk: ArrayLike) -> Array:
    """Return the risk ratio that a log odds ratio makes at a risk of group 2: ``OR / (1 - risk + risk OR)``.

    Examples
    --------
    >>> float(log_or_to_rr(-0.8, 0.05).round(6))
    0.462051
    """
    ratio = np.exp(np.asarray(log_or, dtype=float))
    return np.asarray(ratio / (np.asarray(risk, dtype=float) * (ratio - 1.0) + 1.0))


# --- correlations and proportions -------------------------------------------------------------------------------


def r_to_z(r: ArrayLike) -> Array:
    """Return Fisher's z of a correlation, taken as 1 or -1 beyond those: ``atanh(r)``.

    Examples
    --------
    >>> float(r_to_z(0.3).round(6))
    0.30952
    """
    with np.errstate(divide="ignore"):
        return np.asarray(np.arctanh(np.clip(np.asarray(r, dtype=float), -1.0, 1.0)))


def z_to_r(z: ArrayLike) -> Array:
    """Return the correlation of a Fisher z: ``tanh(z)``.

    Examples
    --------
    >>> float(z_to_r(0.5).round(6))
    0.462117
    """
    return np.asarray(np.tanh(np.asarray(z, dtype=float)))


def logit(p: ArrayLike) -> Array:
    """Return ``log(p / (1 - p))``.

    Examples
    --------
    >>> float(logit(0.25).round(6))
    -1.098612
    """
    from scipy.special import logit as scipy_logit

    return np.asarray(scipy_logit(np.asarray(p, dtype=float)), dtype=float)


def expit(x: ArrayLike) -> Array:
    """Return the inverse of `logit`.

    Examples
    --------
    >>> float(expit(0.5).round(6))
    0.622459
    """
    from scipy.special import expit as scipy_expit

    return np.asarray(scipy_expit(np.asarray(x, dtype=float)), dtype=float)


def freeman_tukey(p: ArrayLike, n: ArrayLike) -> Array:
    """Return the double arcsine of a proportion p of n people.

    Notes
    -----
    ``(asin(sqrt(x / (n + 1))) + asin(sqrt((x + 1) / (n + 1)))) / 2`` with x = p n.

    Examples
    --------
    >>> float(freeman_tukey(0.2, 50.0).round(6))
    0.470854
    """
    n = np.asarray(n, dtype=float)
    x = np.asarray(p, dtype=float) * n
    return np.asarray(0.5 * (np.arcsin(np.sqrt(x / (n + 1.0))) + np.arcsin(np.sqrt((x + 1.0) / (n + 1.0)))))


def inverse_freeman_tukey(value: ArrayLike, n: ArrayLike) -> Array:
    """Return the proportion of n people whose double arcsine is this (Miller 1978), 0 or 1 beyond what n allows.

    Parameters
    ----------
    value : array
        Double arcsine, such as an average of studies.
    n : array
        People; for a pooled value the harmonic mean of the studies' sizes.

    Examples
    --------
    >>> inverse_freeman_tukey(freeman_tukey([0.0, 0.2, 1.0], 50.0), 50.0).round(12).tolist()
    [0.0, 0.2, 1.0]
    """
    y, n = np.asarray(value, dtype=float), np.asarray(n, dtype=float)
    with np.errstate(all="ignore"):
        sine = np.sin(2.0 * y)
        p = 0.5 * (1.0 - np.sign(np.cos(2.0 * y)) * np.sqrt(1.0 - (sine + (sine - 1.0 / sine) / n) ** 2))
    p = np.where(y >= freeman_tukey(1.0, n), 1.0, p)
    return np.where(y <= freeman_tukey(0.0, n), 0.0, p)
