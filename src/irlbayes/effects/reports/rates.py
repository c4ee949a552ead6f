"""`rates`: events over person-time in two groups.

On the log rate ratio L(theta) is the binomial probability of x1i given x1i + x2i with logit theta + log(t1i / t2i):
exact, without a baseline, zeros included. ``likelihood = "poisson"`` (or ``"poisson_control"``) asks for the Poisson
pair with the mean log rate (or group 2's) integrated under the stated prior of `pair`. A rate difference is normal
with metafor's variance.

Counts per group cannot show overdispersion: where the same patients relapse again and again, every one of these
likelihoods is too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import by_measure
from irlbayes.effects.columns import UNIT
from irlbayes.effects.likelihoods import fitted, normal, pair, pair_graph, two_by_two
from irlbayes.effects.likelihoods.stacked import by_form

X1I = Column("x1i", "events in group 1", "count", "a whole number of at least 0", lambda value: value >= 0)
X2I = Column("x2i", "events in group 2", "count", "a whole number of at least 0", lambda value: value >= 0)
T1I = Column("t1i", "person-time of group 1", "number", "above 0", lambda value: value > 0)
T2I = Column("t2i", "person-time of group 2, in the same unit", "number", "above 0", lambda value: value > 0)

COLUMNS = (X1I, T1I, X2I, T2I)
OPTIONAL = (UNIT,)
SCALES = ("log_irr", "ird")
LIKELIHOODS = ("exact", "poisson", "poisson_control", "normal")
MEASURE = {"log_irr": "IRR", "ird": "IRD"}
OVERDISPERSION = "counts of repeated events cannot show overdispersion: the interval is too narrow where there is any"


def _scale(report: Report) -> str:
    return report.scale or SCALES[0]


def _cells(report: Report) -> tuple[float, float, float, float]:
    return report.number("x1i"), report.number("t1i"), report.number("x2i"), report.number("t2i")


def _share(report: Report) -> float | None:
    """Return where between group 2 (0) and the mean (0.5) the integrated baseline lies; None where there is none."""
    return {"poisson": 0.5, "poisson_control": 0.0}.get(report.text("likelihood"))


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return nothing: the cells have no rule between them."""
    return []


def curve(report: Report) -> Curve:
    """Return the likelihood of the effect on the report's scale."""
    x1, t1, x2, t2 = _cells(report)
    if _scale(report) == "ird":
        found = yi_sei(report)
        if found is None:
            raise ArithmeticError("no rate difference with a standard error: there is no event")
        return normal_curve(*found)
    share = _share(report)
    if share is None:
        return two_by_two.binomial(x1, x1 + x2, log(t1 / t2))
    log_value = pair.poisson(x1, t1, x2, t2, share).log_value
    near, width = by_measure.yi_sei(report, "IRR") or (0.0, 1.0)
    if share == 0.0 and x1 == 0:
        limit = float(log_value(np.array([-300.0]))[0])
        return fitted.one_sided(log_value, near, falls=True, limit=limit)
    return fitted.peaked(log_value, near, width)


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return the effect and standard error of the scale's measure, half an event added where a count is zero."""
    return by_measure.yi_sei(report, MEASURE[_scale(report)])


def design_sei(report: Report) -> float:
    """Return the standard error of the scale's measure."""
    found = yi_sei(report)
    return found[1] if found else 1.0


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    x1, t1, x2, t2 = _cells(report)
    if _scale(report) == "ird":
        return by_measure.steps(report, "IRD")
    share = _share(report)
    if share is None:
        return [
            Step("offset", f"log(t1i / t2i) = log({t1:g} / {t2:g})", log(t1 / t2)),
            Step("likelihood", f"Binomial({x1:g}; {x1 + x2:g}, 1 / (1 + exp(-theta - offset)))"),
        ]
    words = "the mean of the two log rates" if share else "the log rate of group 2"
    return [
        Step(
            "likelihood",
            f"integral over eta of Poisson({x1:g}; {t1:g} rate 1) Poisson({x2:g}; {t2:g} rate 2)"
            f" Normal(eta; 0, {pair.BASELINE_SD:g}^2), eta {words}",
        )
    ]


def notes(report: Report) -> list[str]:
    """Say what the data cannot show."""
    if report.number("x1i") + report.number("x2i") == 0 and _scale(report) == "log_irr":
        return ["no events in either group: the row says nothing about the rate ratio"]
    return [OVERDISPERSION]


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the events that the same design would see.

    Given their total on the rate ratio; else with a baseline drawn from what the counts say about it.
    """
    x1, t1, x2, t2 = _cells(report)
    if _scale(report) == "ird":
        rate2 = max((x1 + x2) / (t1 + t2) - theta * t1 / (t1 + t2), 0.0)
        return {
            "x1i": float(rng.poisson(t1 * max(rate2 + theta, 0.0))),
            "x2i": float(rng.poisson(t2 * rate2)),
        }
    share = _share(report)
    if share is None:
        drawn = float(rng.binomial(int(x1 + x2), 1.0 / (1.0 + np.exp(-theta) * t2 / t1)))
        return {"x1i": drawn, "x2i": x1 + x2 - drawn}
    eta = pair.poisson(x1, t1, x2, t2, share).draw(theta, rng)
    return {
        "x1i": float(rng.poisson(t1 * np.exp(eta + (1.0 - share) * theta))),
        "x2i": float(rng.poisson(t2 * np.exp(eta - share * theta))),
    }


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    import pytensor.tensor as pt
    from scipy.special import gammaln

    if _scale(reports[0]) == "ird":
        return normal.log_likelihood(theta, [found for report in reports if (found := yi_sei(report))])

    def write(share: float | None, part: Any, rows: list[Report]) -> Any:
        cells = [_cells(row) for row in rows]
        if share is not None:
            return pair_graph.log_poisson(part, cells, share)
        x1, t1, x2, t2 = np.array(cells).T
        logit = part + np.log(t1 / t2)
        ways = gammaln(x1 + x2 + 1) - gammaln(x1 + 1) - gammaln(x2 + 1)
        return ways - x1 * pt.softplus(-logit) - x2 * pt.softplus(logit)

    return by_form(theta, reports, _share, write)
