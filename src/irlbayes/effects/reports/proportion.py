"""`proportion`: a count of people out of a total.

L(theta) = Binomial(xi; ni, expit(theta)) on the logit scale, exactly: zero and full cells need no correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import lgamma, log
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects.columns import SCALE
from irlbayes.effects.likelihoods import two_by_two

XI = Column("xi", "people with the event", "count", "a whole number of at least 0", lambda value: value >= 0)
NI = Column("ni", "people in all", "count", "a whole number of at least 1", lambda value: value >= 1)

COLUMNS = (XI, NI)
OPTIONAL = (SCALE,)
SCALES = ("logit",)
LIKELIHOODS = ("exact", "normal")


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    if report.number("xi") > report.number("ni"):
        return [("xi", f"events cannot exceed the total, ni = {report.number('ni'):g}", "check xi and ni")]
    return []


def curve(report: Report) -> Curve:
    """Return the binomial likelihood of the logit."""
    return two_by_two.binomial(report.number("xi"), report.number("ni"))


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return the logit and its standard error; None for a zero or full cell, which has neither."""
    x, n = report.number("xi"), report.number("ni")
    if not 0 < x < n:
        return None
    return log(x / (n - x)), (x * (n - x) / n) ** -0.5


def design_sei(report: Report) -> float:
    """Return the standard error of the logit; for a zero or full cell, with half an event added."""
    x, n = report.number("xi"), report.number("ni")
    if not 0 < x < n:
        x, n = x + 0.5, n + 1.0
    return float((x * (n - x) / n) ** -0.5)


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    x, n = report.number("xi"), report.number("ni")
    return [Step("likelihood", f"Binomial({x:g}; {n:g}, 1 / (1 + exp(-theta)))")]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the count that the same design would see."""
    n = report.number("ni")
    return {"xi": float(rng.binomial(int(n), 1.0 / (1.0 + np.exp(-theta)))), "ni": n}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    import pytensor.tensor as pt

    x = np.array([report.number("xi") for report in reports])
    n = np.array([report.number("ni") for report in reports])
    ways = np.array([lgamma(b + 1) - lgamma(a + 1) - lgamma(b - a + 1) for a, b in zip(x, n, strict=True)])
    return ways - x * pt.softplus(-theta) - (n - x) * pt.softplus(theta)
