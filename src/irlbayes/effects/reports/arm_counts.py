"""`arm_counts`: events in treated and untreated patients, with rims and without: four arms.

theta is the log odds ratio of treatment in IRL-positive patients minus that in negative ones: the log of a ratio of
odds ratios. L(theta) is the probability of the events in the four arms given each subgroup's margins and the events of
both treated arms together (`likelihoods.four_arms`): exact, without a prior for any other unknown, and without a
correction of zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve
from irlbayes.core.treatment import INTERACTION
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import arms
from irlbayes.effects.likelihoods import four_arms, pair_graph

COLUMNS = arms.columns(
    [
        Column("ai", "treated {} patients with the event", "count", "a whole number of at least 0", lambda x: x >= 0),
        Column("n1i", "treated {} patients", "count", "a whole number of at least 1", lambda x: x >= 1),
        Column("ci", "untreated {} patients with the event", "count", "a whole number of at least 0", lambda x: x >= 0),
        Column("n2i", "untreated {} patients", "count", "a whole number of at least 1", lambda x: x >= 1),
    ]
)
OPTIONAL = ()
SCALES = ("log_or",)
LIKELIHOODS = ("exact", "normal")
CONTRAST = INTERACTION
MEASURE = "OR"


def _cells(report: Report, group: str) -> tuple[float, float, float, float]:
    a, n1, c, n2 = (report.number(f"{name}_{group}") for name in ("ai", "n1i", "ci", "n2i"))
    return a, n1, c, n2


def _arms(report: Report) -> tuple[four_arms.Arms, four_arms.Arms]:
    return four_arms.counts(*_cells(report, "pos")), four_arms.counts(*_cells(report, "neg"))


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    broken = []
    for group in arms.GROUPS:
        a, n1, c, n2 = _cells(report, group)
        broken += [
            (f"{name}_{group}", f"events cannot exceed the patients of the arm, {size}_{group} = {n:g}", "check both")
            for name, x, size, n in (("ai", a, "n1i", n1), ("ci", c, "n2i", n2))
            if x > n
        ]
    return broken


def curve(report: Report) -> Curve:
    """Return the likelihood of the difference of the two log odds ratios."""
    return four_arms.curve(*_arms(report), yi_sei(report)[0])


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the difference of the log odds ratios and its standard error, half an event added where a cell is zero."""
    found = arms.yi_sei(report, MEASURE)
    assert found is not None
    return found


def design_sei(report: Report) -> float:
    """Return the standard error."""
    return yi_sei(report)[1]


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    (a, n1, c, n2), (b, o1, d, o2) = (_cells(report, group) for group in arms.GROUPS)
    return [
        Step("events_pos", f"ai_pos + ci_pos = {a:g} + {c:g}, of {n1:g} and {n2:g} patients", a + c),
        Step("events_neg", f"ai_neg + ci_neg = {b:g} + {d:g}, of {o1:g} and {o2:g} patients", b + d),
        Step("treated", f"ai_pos + ai_neg = {a:g} + {b:g}", a + b),
        Step(
            "likelihood",
            f"P(ai_pos = {a:g} | events_pos, events_neg, treated; ratio of odds ratios exp(theta)),"
            " Zelen's exact distribution of two 2x2 tables",
            source="Zelen (1971)",
        ),
    ]


def notes(report: Report) -> list[str]:
    """Say when the arms have one possible outcome, and that a size is shown with half an event where a cell is zero."""
    if curve(report).is_flat:
        return ["the events could not have fallen otherwise: the row says nothing about the ratio of odds ratios"]
    cells = [_cells(report, group) for group in arms.GROUPS]
    if any(0 in (a, c, n1 - a, n2 - c) for a, n1, c, n2 in cells):
        return ["a cell is zero: the size shown as reported has half an event added, the likelihood adds nothing"]
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the counts that the same margins would see."""
    drawn = dict(zip(arms.GROUPS, four_arms.draw(*_arms(report), theta, rng), strict=True))
    found: dict[str, Value] = {}
    for group, events in drawn.items():
        a, _, c, _ = _cells(report, group)
        found |= {f"ai_{group}": events, f"ci_{group}": a + c - events}
    return found


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    rows = [(*four_arms.outcomes(*_arms(report)), report.number("ai_pos")) for report in reports]
    return pair_graph.log_tilted(theta, rows)
