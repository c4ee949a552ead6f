"""`arm_rates`: events over person-time in treated and untreated patients, with rims and without: four arms.

theta is the log rate ratio of treatment in IRL-positive patients minus that in negative ones: the log of a ratio of
rate ratios. L(theta) is the probability of the events in the four arms given each subgroup's total and the events of
both treated arms together (`likelihoods.four_arms`): exact, without a prior for any other unknown.

Counts per arm cannot show overdispersion: where the same patients relapse again and again, it is too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve
from irlbayes.core.treatment import INTERACTION
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import arms
from irlbayes.effects.columns import UNIT
from irlbayes.effects.likelihoods import four_arms, pair_graph

COLUMNS = arms.columns(
    [
        Column("x1i", "events in treated {} patients", "count", "a whole number of at least 0", lambda x: x >= 0),
        Column("t1i", "person-time of treated {} patients", "number", "above 0", lambda x: x > 0),
        Column("x2i", "events in untreated {} patients", "count", "a whole number of at least 0", lambda x: x >= 0),
        Column("t2i", "person-time of untreated {} patients", "number", "above 0", lambda x: x > 0),
    ]
)
OPTIONAL = (UNIT,)
SCALES = ("log_irr",)
LIKELIHOODS = ("exact", "normal")
CONTRAST = INTERACTION
MEASURE = "IRR"
OVERDISPERSION = "counts of repeated events cannot show overdispersion: the interval is too narrow where there is any"


def _cells(report: Report, group: str) -> tuple[float, float, float, float]:
    x1, t1, x2, t2 = (report.number(f"{name}_{group}") for name in ("x1i", "t1i", "x2i", "t2i"))
    return x1, t1, x2, t2


def _arms(report: Report) -> tuple[four_arms.Arms, four_arms.Arms]:
    return four_arms.rates(*_cells(report, "pos")), four_arms.rates(*_cells(report, "neg"))


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return nothing: the cells have no rule between them."""
    return []


def curve(report: Report) -> Curve:
    """Return the likelihood of the difference of the two log rate ratios."""
    return four_arms.curve(*_arms(report), yi_sei(report)[0])


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the difference of the log rate ratios and its standard error, half an event added where one is zero."""
    found = arms.yi_sei(report, MEASURE)
    assert found is not None
    return found


def design_sei(report: Report) -> float:
    """Return the standard error."""
    return yi_sei(report)[1]


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    (x1, t1, x2, t2), (y1, u1, y2, u2) = (_cells(report, group) for group in arms.GROUPS)
    return [
        Step("events_pos", f"x1i_pos + x2i_pos = {x1:g} + {x2:g}, over {t1:g} and {t2:g}", x1 + x2),
        Step("events_neg", f"x1i_neg + x2i_neg = {y1:g} + {y2:g}, over {u1:g} and {u2:g}", y1 + y2),
        Step("treated", f"x1i_pos + x1i_neg = {x1:g} + {y1:g}", x1 + y1),
        Step(
            "likelihood",
            f"P(x1i_pos = {x1:g} | events_pos, events_neg, treated; ratio of rate ratios exp(theta)),"
            " Fisher's noncentral hypergeometric",
            source="Fisher (1935); Zelen (1971)",
        ),
    ]


def notes(report: Report) -> list[str]:
    """Say what the data cannot show."""
    if curve(report).is_flat:
        return ["the events could not have fallen otherwise: the row says nothing about the ratio of rate ratios"]
    return [OVERDISPERSION]


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the events that the same totals would see."""
    drawn = dict(zip(arms.GROUPS, four_arms.draw(*_arms(report), theta, rng), strict=True))
    found: dict[str, Value] = {}
    for group, events in drawn.items():
        x1, _, x2, _ = _cells(report, group)
        found |= {f"x1i_{group}": events, f"x2i_{group}": x1 + x2 - events}
    return found


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    rows = [(*four_arms.outcomes(*_arms(report)), report.number("x1i_pos")) for report in reports]
    return pair_graph.log_tilted(theta, rows)
