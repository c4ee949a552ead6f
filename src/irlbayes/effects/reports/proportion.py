"""`proportion`: a count of people out of a total.

L(theta) = Binomial(xi; ni, expit(theta)) on the logit scale, exactly: zero and full cells need no correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1, lgamma, log, log1p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, fit_curve
from irlbayes.core.types import Column, Report, Value
from irlbayes.effects.columns import SCALE

XI = Column("xi", "people with the event", "count", "a whole number of at least 0", lambda value: value >= 0)
NI = Column("ni", "people in all", "count", "a whole number of at least 1", lambda value: value >= 1)

COLUMNS = (XI, NI)
OPTIONAL = (SCALE,)
SCALE_OF = "logit"


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    if report.number("xi") > report.number("ni"):
        return [("xi", f"events cannot exceed the total, ni = {report.number('ni'):g}", "check xi and ni")]
    return []


def curve(report: Report) -> Curve:
    """Return the binomial likelihood of the logit."""
    x, n = report.number("xi"), report.number("ni")
    constant = lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1)
    if 0 < x < n:
        share, mode = x / n, log(x / (n - x))
        highest = constant + x * log(share) + (n - x) * log1p(-share)

        def log_value(theta: NDArray[np.float64]) -> NDArray[np.float64]:
            away = theta - mode  # differences from the mode keep their digits for millions of people
            far = np.logaddexp(log1p(-share), log(share) + away)
            with np.errstate(over="ignore"):
                near = np.log1p(share * np.expm1(away))
            return np.asarray(highest + x * away - n * np.where(np.abs(away) < 1.0, near, far))

        return fit_curve(log_value, mode, (x * (n - x) / n) ** -0.5)

    def log_tail(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(-n * np.logaddexp(0.0, -theta if x else theta))

    half = -log(expm1(log(2.0) / n))  # where all ni have the event with probability one half
    return fit_curve(log_tail, half if x else -half, 1.5, limits=(0.0, 1.0) if x else (1.0, 0.0))


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


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the count that the same design would see."""
    n = report.number("ni")
    return {"xi": float(rng.binomial(int(n), 1.0 / (1.0 + np.exp(-theta)))), "ni": n}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    import pymc as pm

    x = np.array([report.number("xi") for report in reports], dtype=int)
    n = np.array([report.number("ni") for report in reports], dtype=int)
    return pm.logp(pm.Binomial.dist(n=n, logit_p=theta), x)
