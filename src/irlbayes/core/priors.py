"""Prior families: density, support and tail, in plain NumPy.

One table serves the exact engine, the reader of prior strings and the checks; the PyMC form of each family
lives in `models.graph`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, lgamma, log, pi

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import Prior

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """One family of priors.

    Parameters
    ----------
    role : str
        ``mu`` or ``tau``.
    parameters : tuple of str
        Names of the parameters, in order.
    log_pdf : callable
        ``log_pdf(x, *parameters)``, vectorized in x.
    positive : tuple of str
        Parameters that must be above zero.
    tail : callable
        ``tail(*parameters)``: power a of a tail x ** -a; infinite where the tail falls faster.
    size : callable
        ``size(*parameters)``: rough size of what is meant, for laying out grids; infinite for ``flat``.
    example : str
        How to write it.
    log_axis : bool
        Whether the density is smooth in log x rather than in x: the engine then works in log x.
    """

    role: str
    parameters: tuple[str, ...]
    log_pdf: Callable[..., Array]
    positive: tuple[str, ...]
    tail: Callable[..., float]
    size: Callable[..., float]
    example: str
    log_axis: bool = False


def _normal(x: Array, mean: float, sd: float) -> Array:
    return np.asarray(-0.5 * ((x - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2.0 * np.pi))


def _flat(x: Array) -> Array:
    return np.zeros_like(x)


def _half_normal(x: Array, scale: float) -> Array:
    return np.asarray(np.where(x < 0, -np.inf, np.log(2.0) + _normal(x, 0.0, scale)))


def _half_cauchy(x: Array, scale: float) -> Array:
    return np.asarray(np.where(x < 0, -np.inf, np.log(2.0 / (np.pi * scale)) - 2.0 * np.log(np.hypot(1.0, x / scale))))


def _uniform(x: Array, lower: float, upper: float) -> Array:
    return np.where((x >= lower) & (x <= upper), -np.log(upper - lower), -np.inf)


def _student_t(x: Array, df: float, location: float, scale: float) -> Array:
    constant = lgamma(0.5 * (df + 1.0)) - lgamma(0.5 * df) - 0.5 * log(df * pi) - log(scale)
    gap = np.abs(x - location) / (scale * df**0.5)
    return np.asarray(constant - (df + 1.0) * np.where(gap < 1.0, 0.5 * np.log1p(gap**2), np.log(np.hypot(1.0, gap))))


def _half_student_t(x: Array, df: float, scale: float) -> Array:
    return np.asarray(np.where(x < 0, -np.inf, np.log(2.0) + _student_t(x, df, 0.0, scale)))


def _in_log(x: Array, log_pdf: Callable[..., Array], *parameters: float) -> Array:
    """Return the log density of x from the one of log x."""
    log_x = np.log(np.where(x > 0, x, 1.0))
    return np.where(x > 0, log_pdf(log_x, *parameters) - log_x, -np.inf)


def _log_normal(x: Array, mu: float, sigma: float) -> Array:
    return _in_log(x, _normal, mu, sigma)


def _log_student_t(x: Array, df: float, location: float, scale: float) -> Array:
    return _in_log(x, _student_t, df, location, scale)


def _inverse_gamma(x: Array, shape: float, scale: float) -> Array:
    inside = np.where(x > 0, x, 1.0)
    with np.errstate(over="ignore"):
        level = shape * log(scale) - lgamma(shape) - (shape + 1.0) * np.log(inside) - scale / inside
    return np.where(x > 0, level, -np.inf)


def _infinite(*parameters: float) -> float:
    return inf


def _last(*parameters: float) -> float:
    return parameters[-1]


# A tail 1 / (x log(x) ** (df + 1)) with df > 0: what is integrable but for a power of the log is integrable with it.
JUST_ABOVE_ONE = 1.0 + 1e-9

FAMILIES: dict[str, Family] = {
    "normal": Family("mu", ("mean", "sd"), _normal, ("sd",), _infinite, _last, "normal(0, 1)"),
    "student_t": Family(
        "mu",
        ("df", "location", "scale"),
        _student_t,
        ("df", "scale"),
        lambda df, location, scale: df + 1.0,
        _last,
        "student_t(5, 0, 0.43)",
    ),
    "flat": Family("mu", (), _flat, (), lambda: 0.0, _infinite, "flat"),
    "half_normal": Family("tau", ("scale",), _half_normal, ("scale",), _infinite, _last, "half_normal(0.5)"),
    "half_cauchy": Family("tau", ("scale",), _half_cauchy, ("scale",), lambda scale: 2.0, _last, "half_cauchy(0.5)"),
    "half_student_t": Family(
        "tau",
        ("df", "scale"),
        _half_student_t,
        ("df", "scale"),
        lambda df, scale: df + 1.0,
        _last,
        "half_student_t(4, 0.5)",
    ),
    "log_normal": Family(
        "tau",
        ("mu", "sigma"),
        _log_normal,
        ("sigma",),
        _infinite,
        lambda mu, sigma: exp(mu),
        "log_normal(-1.28, 0.87)",
        log_axis=True,
    ),
    "log_student_t": Family(
        "tau",
        ("df", "location", "scale"),
        _log_student_t,
        ("df", "scale"),
        lambda df, location, scale: JUST_ABOVE_ONE,
        lambda df, location, scale: exp(location),
        "log_student_t(5, -1.72, 1.295)",
        log_axis=True,
    ),
    "inverse_gamma": Family(
        "tau",
        ("shape", "scale"),
        _inverse_gamma,
        ("shape", "scale"),
        lambda shape, scale: shape + 1.0,
        lambda shape, scale: scale / (shape * max(1.0 - 1.0 / (9.0 * shape), 0.3) ** 3),
        "inverse_gamma(1.71, 0.4)",
        log_axis=True,
    ),
    "uniform": Family("tau", ("lower", "upper"), _uniform, ("upper",), _infinite, _last, "uniform(0, 4)"),
}


def log_pdf(prior: Prior, x: Array) -> Array:
    """Return the log density of a prior at points x (0 everywhere for ``flat``)."""
    return FAMILIES[prior.family].log_pdf(np.asarray(x, dtype=float), *prior.parameters)


def support(prior: Prior) -> tuple[float, float]:
    """Return the ends of a prior's support, in units of the effect."""
    if prior.family == "uniform":
        return prior.parameters[0], prior.parameters[1]
    return (0.0 if FAMILIES[prior.family].role == "tau" else -np.inf), np.inf


def tail(prior: Prior) -> float:
    """Return the power a of a prior's tail x ** -a; infinite where it falls faster."""
    return FAMILIES[prior.family].tail(*prior.parameters)


def scale(prior: Prior) -> float:
    """Return the rough size of what a prior means, for laying out grids; infinite for ``flat``.

    It is the sd, scale or upper end; the median where log tau has a symmetric prior; for an inverse gamma close
    to its median (the cube-root approximation of Wilson & Hilferty 1931).
    """
    return FAMILIES[prior.family].size(*prior.parameters)
