"""`rate`: events over person-time in one group.

L(theta) = Poisson(xi; ti exp(theta)) on the log rate, exactly: no events need no correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import lgamma, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import by_measure
from irlbayes.effects.columns import UNIT
from irlbayes.effects.likelihoods import fitted

Array = NDArray[np.float64]
XI = Column("xi", "people with the event, or events", "count", "a whole number of at least 0", lambda value: value >= 0)
TI = Column("ti", "person-time", "number", "above 0", lambda value: value > 0)

COLUMNS = (XI, TI)
OPTIONAL = (UNIT,)
SCALES = ("log_rate",)
LIKELIHOODS = ("exact", "normal")


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return nothing: the cells have no rule between them."""
    return []


def curve(report: Report) -> Curve:
    """Return the Poisson likelihood of the log rate."""
    x, t = report.number("xi"), report.number("ti")
    constant = x * log(t) - lgamma(x + 1)

    def log_value(theta: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(constant + x * theta - t * np.exp(theta))

    if x == 0:
        return fitted.one_sided(log_value, log(log(2.0) / t), falls=True)
    return fitted.peaked(log_value, log(x / t), x**-0.5)


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return the log rate and its standard error, half an event added to none."""
    return by_measure.yi_sei(report, "IRLN")


def design_sei(report: Report) -> float:
    """Return the standard error of the log rate; with half an event where there is none."""
    return float((report.number("xi") or 0.5) ** -0.5)


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    x, t = report.number("xi"), report.number("ti")
    return [Step("likelihood", f"Poisson({x:g}; {t:g} exp(theta))")]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the events that the same time would see."""
    t = report.number("ti")
    return {"xi": float(rng.poisson(t * np.exp(theta))), "ti": t}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    import pymc as pm
    import pytensor.tensor as pt

    x = np.array([report.number("xi") for report in reports], dtype=int)
    t = np.array([report.number("ti") for report in reports])
    return pm.logp(pm.Poisson.dist(t * pt.exp(theta)), x)
