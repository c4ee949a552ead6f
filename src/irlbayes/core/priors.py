"""Prior families: density, support and tail, in plain NumPy.

One table serves the exact engine, the reader of prior strings and the checks; the PyMC form of each family
lives in `models.graph`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    tail : float
        Power a of a tail x ** -a; infinite where the tail falls faster.
    example : str
        How to write it.
    """

    role: str
    parameters: tuple[str, ...]
    log_pdf: Callable[..., Array]
    positive: tuple[str, ...]
    tail: float
    example: str


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


FAMILIES: dict[str, Family] = {
    "normal": Family("mu", ("mean", "sd"), _normal, ("sd",), np.inf, "normal(0, 1)"),
    "flat": Family("mu", (), _flat, (), 0.0, "flat"),
    "half_normal": Family("tau", ("scale",), _half_normal, ("scale",), np.inf, "half_normal(0.5)"),
    "half_cauchy": Family("tau", ("scale",), _half_cauchy, ("scale",), 2.0, "half_cauchy(0.5)"),
    "uniform": Family("tau", ("lower", "upper"), _uniform, ("upper",), np.inf, "uniform(0, 4)"),
}


def log_pdf(prior: Prior, x: Array) -> Array:
    """Return the log density of a prior at points x (0 everywhere for ``flat``)."""
    return FAMILIES[prior.family].log_pdf(np.asarray(x, dtype=float), *prior.parameters)


def support(prior: Prior) -> tuple[float, float]:
    """Return the ends of a prior's support, in units of the effect."""
    if prior.family == "uniform":
        return prior.parameters[0], prior.parameters[1]
    return (0.0 if FAMILIES[prior.family].role == "tau" else -np.inf), np.inf


def scale(prior: Prior) -> float:
    """Return the size of a prior's last parameter: its sd, scale or upper end; infinite for ``flat``."""
    return prior.parameters[-1] if prior.parameters else float("inf")
