"""Mean and SD of a group from its median with quartiles, a range, or both.

References
----------
Default (``luo/wan/shi``): Wan et al. (2014) BMC Med Res Methodol 14:135; Luo et al. (2018) Stat Methods Med Res
27:1785; Shi et al. (2020) Res Synth Methods 11:641. Older: Hozo et al. (2005) BMC Med Res Methodol 5:13; Walter & Yao
(2007) J Clin Epidemiol 60:849; Bland (2015) Int J Stat Med Res 4:57. Log-normal: Shi et al. (2020) Stat Med
39:1532-1557, as in metafor's `conv.fivenum`. Skewness: Shi et al. (2023) Stat Methods Med Res 32:1338.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, nan, sqrt
from statistics import NormalDist

Five = tuple[float | None, float | None, float, float | None, float | None]


def mean_sd(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Estimate a group's mean and SD from its median with quartiles, a range, or both.

    Parameters
    ----------
    low, q1, median, q3, high : float or None
        The five numbers; quartiles or the range may be None.
    n : float
        Group size.

    Returns
    -------
    tuple of float
        Mean (Luo 2018) and SD (Wan 2014; Shi 2020 with all five).

    Examples
    --------
    >>> [round(v, 6) for v in mean_sd(2, None, 6, None, 14, 20)]
    [6.594468, 3.211576]
    """
    range_unit, quartile_unit = _units(n)
    if q1 is None or q3 is None:
        assert low is not None
        assert high is not None
        weight = 4.0 / (4.0 + n**0.75)
        return weight * (low + high) / 2.0 + (1.0 - weight) * median, (high - low) / range_unit
    if low is None or high is None:
        weight = 0.7 + 0.39 / n
        return weight * (q1 + q3) / 2.0 + (1.0 - weight) * median, (q3 - q1) / quartile_unit
    outer, inner = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    mean = outer * (low + high) / 2.0 + inner * (q1 + q3) / 2.0 + (1.0 - outer - inner) * median
    share = 1.0 / (1.0 + 0.07 * n**0.6)
    return mean, share * (high - low) / range_unit + (1.0 - share) * (q3 - q1) / quartile_unit


def skewness(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Return the statistic and the critical value (5 %) of the test of skewness of Shi et al. (2023)."""

    def lean(a: float, b: float) -> float:
        return abs((a + b - 2.0 * median) / (b - a)) if b > a else 0.0

    if q1 is None or q3 is None:
        assert low is not None
        assert high is not None
        return lean(low, high), 1.0 / log(n + 9.0) + 2.5 / (n + 1.0)
    if low is None or high is None:
        return lean(q1, q3), 2.65 / sqrt(n) - 6.0 / n**2
    return max(2.65 * log(0.6 * n) / sqrt(n) * lean(low, high), lean(q1, q3)), 3.0 / sqrt(n) - 40.0 / n**3


def log_normal_mean_sd(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Estimate mean and SD of a group whose logarithms are normal.

    Parameters
    ----------
    low, q1, median, q3, high : float or None
        The five numbers, all above zero; quartiles or the range may be None.
    n : float
        Group size.

    Notes
    -----
    Mean m and SD s of the logarithms as `mean_sd` has them, s**2 over a bias factor, and then
    ``exp(m + s**2/2) / f`` and ``sqrt(exp(2m + 2s**2)/f1 - exp(2m + s**2)/f2)`` with f, f1, f2 near one, which take
    out the bias that the estimates of s**2 and s**4 bring.

    Examples
    --------
    >>> [round(v, 6) for v in log_normal_mean_sd(2, None, 6, None, 14, 20)]
    [6.531495, 3.442643]
    """
    logs = tuple(None if value is None else log(value) for value in (low, q1, median, q3, high))
    five: Five = (logs[0], logs[1], log(median), logs[3], logs[4])
    mean, sd = mean_sd(*five, n)
    if q1 is None or q3 is None:
        inflation, fourth = 1.01 + 0.25 / log(n) ** 2, 1.0 + 2.23 / log(n) ** 2
        first, second, third, least = 0.565, 0.37, 2.26, 1.48
    elif low is None or high is None:
        inflation, fourth = 1.0 + 1.58 / n, 1.0 + 19.2 / n**1.2
        first, second, third, least = 0.57, 0.75, 2.28, 3.0
    else:
        inflation, fourth = 1.0 + 0.28 / log(n) ** 2, 1.0 + 3.93 / n
        first, second, third, least = 0.405, 0.315, 1.62, 1.26
    variance, quartic = sd**2 / inflation, sd**4 / fourth
    unbias = 1.0 + (first * variance + second * quartic) / n
    unbias_square = 1.0 + (third * variance + 4.0 * least * quartic) / n
    unbias_mean = 1.0 + (third * variance + least * quartic) / n
    square = exp(2.0 * mean + 2.0 * variance) / unbias_square - exp(2.0 * mean + variance) / unbias_mean
    return exp(mean + variance / 2.0) / unbias, sqrt(square) if square >= 0.0 else nan


def hozo(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Estimate mean and SD from a median and a range (Hozo 2005); NaN for anything else.

    Examples
    --------
    >>> hozo(2, None, 6, None, 14, 20)
    (7.0, 3.0)
    """
    if low is None or high is None or q1 is not None or q3 is not None:
        return nan, nan
    mean = (low + 2.0 * median + high) / 4.0 if n <= 25 else float(median)
    if n <= 15:
        return mean, sqrt(((low - 2.0 * median + high) ** 2 / 4.0 + (high - low) ** 2) / 12.0)
    return mean, (high - low) / (4.0 if n <= 70 else 6.0)


def wan(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Estimate mean and SD as Wan et al. (2014) did, before Luo's and Shi's weights.

    Examples
    --------
    >>> [round(v, 6) for v in wan(2, 4, 6, 9, 14, 20)]
    [6.75, 3.600403]
    """
    range_unit, quartile_unit = _units(n)
    if q1 is None or q3 is None:
        assert low is not None
        assert high is not None
        return (low + 2.0 * median + high) / 4.0, (high - low) / range_unit
    if low is None or high is None:
        return (q1 + median + q3) / 3.0, (q3 - q1) / quartile_unit
    mean = (low + 2.0 * q1 + 2.0 * median + 2.0 * q3 + high) / 8.0
    return mean, ((high - low) / range_unit + (q3 - q1) / quartile_unit) / 2.0


def bland(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Estimate mean and SD from all five numbers (Bland 2015); NaN for fewer.

    Examples
    --------
    >>> [round(v, 6) for v in bland(2, 4, 6, 9, 14, 20)]
    [6.75, 3.172144]
    """
    if low is None or q1 is None or q3 is None or high is None:
        return nan, nan
    total = low + 2.0 * q1 + 2.0 * median + 2.0 * q3 + high
    squares = low**2 + 2.0 * q1**2 + 2.0 * median**2 + 2.0 * q3**2 + high**2
    products = low * q1 + q1 * median + median * q3 + q3 * high
    return total / 8.0, sqrt(squares / 16.0 + products / 8.0 - total**2 / 64.0)


def walter(
    low: float | None, q1: float | None, median: float, q3: float | None, high: float | None, n: float
) -> tuple[float, float]:
    """Estimate mean and SD from a median and a range (Walter & Yao 2007); NaN for anything else.

    Notes
    -----
    The SD is the range over the range expected of n draws from a standard normal, an integral of
    ``1 - (1 - Phi(x))**n - Phi(x)**n``.

    Examples
    --------
    >>> [round(v, 6) for v in walter(2, None, 6, None, 14, 20)]
    [6.0, 3.212894]
    """
    if low is None or high is None or q1 is not None or q3 is not None:
        return nan, nan
    return float(median), (high - low) / expected_range(n)


def expected_range(n: float) -> float:
    """Return the expected range of n draws from a standard normal distribution, by the trapezoid rule.

    Examples
    --------
    >>> round(expected_range(2), 10)
    1.1283791671
    """
    import numpy as np
    from scipy.special import log_ndtr

    x = np.linspace(-12.0, 12.0, 2401)
    inside = -np.expm1(n * log_ndtr(x)) - np.exp(n * log_ndtr(-x))
    return float(inside.sum() * (x[1] - x[0]))


METHODS: dict[str, Callable[..., tuple[float, float]]] = {
    "luo/wan/shi": mean_sd,
    "hozo2005": hozo,
    "wan2014": wan,
    "bland2015": bland,
    "walter2007": walter,
}
"""Ways from five numbers to a mean and an SD of a normal group, by metafor's names, its default first."""


def _units(n: float) -> tuple[float, float]:
    """Return the range and the quartile distance expected of n standard normal draws (Wan 2014)."""
    inverse = NormalDist().inv_cdf
    return 2.0 * inverse((n - 0.375) / (n + 0.25)), 2.0 * inverse((0.75 * n - 0.125) / (n + 0.25))
