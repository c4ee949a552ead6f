"""Distribution functions, quantiles and means of the prior families, in closed form.

SciPy's special functions are imported inside, so that a plain analysis starts without them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, gamma, pi, sqrt

from irlbayes.core.assumptions import Prior

Pair = tuple[Callable[..., float], Callable[..., float]]  # distribution function and quantile


def _normal() -> Pair:
    from scipy.special import ndtr, ndtri

    return lambda x, mean, sd: ndtr((x - mean) / sd), lambda p, mean, sd: mean + sd * ndtri(p)


def _student_t() -> Pair:
    from scipy.special import stdtr, stdtrit

    return (
        lambda x, df, location, scale: stdtr(df, (x - location) / scale),
        lambda p, df, location, scale: location + scale * stdtrit(df, p),
    )


def _half(whole: Callable[[], Pair], *center: float, before: int = 0) -> Callable[[], Pair]:
    """Return the pair of |x| from that of an x symmetric around zero; ``before`` parameters precede the center."""

    def pair() -> Pair:
        cdf, quantile = whole()

        def full(values: tuple[float, ...]) -> tuple[float, ...]:
            return (*values[:before], *center, *values[before:])

        return (
            lambda x, *values: max(0.0, 1.0 - 2.0 * cdf(-x, *full(values))),
            lambda p, *values: -quantile(0.5 * (1.0 - p), *full(values)),
        )

    return pair


def _in_log(of_log: Callable[[], Pair]) -> Callable[[], Pair]:
    def pair() -> Pair:
        from numpy import log

        cdf, quantile = of_log()
        return (
            lambda x, *values: cdf(log(x), *values) if x > 0 else 0.0,
            lambda p, *values: exp(quantile(p, *values)),
        )

    return pair


def _inverse_gamma() -> Pair:
    from scipy.special import gammaincc, gammainccinv

    return (
        lambda x, shape, scale: gammaincc(shape, scale / x) if x > 0 else 0.0,
        lambda p, shape, scale: scale / gammainccinv(shape, p),
    )


def _half_cauchy() -> Pair:
    cdf, quantile = _half(_student_t, 0.0, before=1)()
    return lambda x, scale: cdf(x, 1.0, scale), lambda p, scale: quantile(p, 1.0, scale)


def _uniform() -> Pair:
    return (
        lambda x, lower, upper: min(1.0, max(0.0, (x - lower) / (upper - lower))),
        lambda p, lower, upper: lower + p * (upper - lower),
    )


def _half_student_t_mean(df: float, scale: float) -> float | None:
    if df <= 1.0:
        return None
    return 2.0 * scale * sqrt(df / pi) * gamma(0.5 * (df + 1.0)) / (gamma(0.5 * df) * (df - 1.0))


PAIRS: dict[str, Callable[[], Pair]] = {
    "normal": _normal,
    "student_t": _student_t,
    "half_normal": _half(_normal, 0.0),
    "half_cauchy": _half_cauchy,
    "half_student_t": _half(_student_t, 0.0, before=1),
    "log_normal": _in_log(_normal),
    "log_student_t": _in_log(_student_t),
    "inverse_gamma": _inverse_gamma,
    "uniform": _uniform,
}
MEANS: dict[str, Callable[..., float | None]] = {
    "normal": lambda mean, sd: mean,
    "student_t": lambda df, location, scale: location if df > 1.0 else None,
    "half_normal": lambda scale: scale * sqrt(2.0 / pi),
    "half_cauchy": lambda scale: None,
    "half_student_t": _half_student_t_mean,
    "log_normal": lambda mu, sigma: exp(mu + 0.5 * sigma**2),
    "log_student_t": lambda df, location, scale: None,
    "inverse_gamma": lambda shape, scale: scale / (shape - 1.0) if shape > 1.0 else None,
    "uniform": lambda lower, upper: 0.5 * (lower + upper),
}


def cdf(prior: Prior, x: float) -> float:
    """Return P(X <= x) under a proper prior, in units of the effect.

    Examples
    --------
    >>> round(cdf(Prior("half_normal", (0.5,)), 1.0), 4)
    0.9545
    """
    return float(PAIRS[prior.family]()[0](x, *prior.parameters))


def quantile(prior: Prior, p: float) -> float:
    """Return x with P(X <= x) = p under a proper prior, in units of the effect.

    Examples
    --------
    >>> round(quantile(Prior("inverse_gamma", (1.71, 0.4)), 0.5), 3)
    0.288
    """
    return float(PAIRS[prior.family]()[1](p, *prior.parameters))


def mean(prior: Prior) -> float | None:
    """Return the mean of a proper prior; None where its tail is too heavy to have one."""
    return MEANS[prior.family](*prior.parameters)
