"""`counts`: events and people in two groups.

On the log odds ratio L(theta) is Fisher's noncentral hypergeometric probability given the margins: no baseline, no
prior for one, no correction of zeros. On the log risk ratio and the risk difference it is the binomial pair, the
baseline integrated under the stated prior of `pair`. ``likelihood = "binomial"`` (or ``"binomial_control"``) asks for
the pair on the log odds ratio too, with the mean of the two logits (or group 2's) as baseline (Jackson et al. 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import by_measure
from irlbayes.effects.columns import N1I, N2I
from irlbayes.effects.likelihoods import fitted, pair, pair_graph, two_by_two
from irlbayes.effects.likelihoods.stacked import by_form

AI = Column("ai", "people with the event in group 1", "count", "a whole number of at least 0", lambda value: value >= 0)
CI = Column("ci", "people with the event in group 2", "count", "a whole number of at least 0", lambda value: value >= 0)

COLUMNS = (AI, N1I, CI, N2I)
OPTIONAL = ()
SCALES = ("log_or", "log_rr", "rd")
LIKELIHOODS = ("exact", "binomial", "binomial_control", "normal")
MEASURE = {"log_or": "OR", "log_rr": "RR", "rd": "RD"}


def _scale(report: Report) -> str:
    return report.scale or SCALES[0]


def _cells(report: Report) -> tuple[float, float, float, float]:
    return report.number("ai"), report.number("n1i"), report.number("ci"), report.number("n2i")


def _likelihood(report: Report) -> str:
    named = report.text("likelihood", "exact")
    return "binomial" if named == "exact" and _scale(report) != "log_or" else named


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    a, n1, c, n2 = _cells(report)
    return [
        (name, f"events cannot exceed the people in the group, {size} = {n:g}", f"check {name} and {size}")
        for name, x, size, n in (("ai", a, "n1i", n1), ("ci", c, "n2i", n2))
        if x > n
    ]


def _risks(report: Report) -> pair.Risks:
    control = _likelihood(report) == "binomial_control"
    if control and _scale(report) != "log_or":
        raise ArithmeticError("binomial_control is a likelihood of the odds ratio; leave likelihood blank")
    return partial(pair.odds, share=0.0) if control else pair.RISKS[_scale(report)]


def curve(report: Report) -> Curve:
    """Return the likelihood of the effect on the report's scale."""
    a, n1, c, n2 = _cells(report)
    if _likelihood(report) == "exact":
        return two_by_two.fisher(a, n1, c, n2)
    log_value = pair.binomial(a, n1, c, n2, _risks(report)).log_value
    near, width = by_measure.yi_sei(report, MEASURE[_scale(report)]) or (0.0, 1.0)
    if _likelihood(report) == "binomial_control" and a in (0, n1):
        limit = float(log_value(np.array([-300.0 if a == 0 else 300.0]))[0])
        return fitted.one_sided(log_value, near, falls=a == 0, limit=limit)
    if (a, c) in ((0, n2), (n1, 0)) and _scale(report) != "rd":  # nobody in one group, everybody in the other
        return fitted.one_sided(log_value, near, falls=a == 0)
    if (a, c) in ((0, n2), (n1, 0)):
        raise ArithmeticError("nobody in one group and everybody in the other, an edge of the risk difference")
    bounds = (-1.0, 1.0) if _scale(report) == "rd" else (-np.inf, np.inf)
    return fitted.peaked(log_value, near, width, bounds)


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return the effect and standard error of the scale's measure, half an event added where a cell is zero."""
    return by_measure.yi_sei(report, MEASURE[_scale(report)])


def design_sei(report: Report) -> float:
    """Return the standard error of the scale's measure."""
    pair_ = yi_sei(report)
    return pair_[1] if pair_ else 1.0


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    a, n1, c, n2 = _cells(report)
    if _likelihood(report) == "exact":
        return [
            Step("m", f"ai + ci = {a:g} + {c:g}", a + c),
            Step(
                "likelihood",
                f"P(ai = {a:g} | m = {a + c:g}, n1i = {n1:g}, n2i = {n2:g}; odds ratio exp(theta)),"
                " Fisher's noncentral hypergeometric",
                source="Fisher (1935); Stijnen et al. (2010)",
            ),
        ]
    words = {
        "log_or": "eta the mean of the two logits" if _likelihood(report) == "binomial" else "eta the logit of group 2",
        "log_rr": "eta half the log odds product",
        "rd": "eta half the log odds product",
    }[_scale(report)]
    return [
        Step(
            "likelihood",
            f"integral over eta of Binomial({a:g}; {n1:g}, p1) Binomial({c:g}; {n2:g}, p2)"
            f" Normal(eta; 0, {pair.BASELINE_SD:g}^2), {words}",
            source="Richardson, Robins & Wang (2017); Jackson et al. (2018)",
        )
    ]


def notes(report: Report) -> list[str]:
    """Say when the table has one possible outcome, and that a size is shown with half an event where a cell is zero."""
    a, n1, c, n2 = _cells(report)
    if _likelihood(report) == "exact" and a + c in (0, n1 + n2):
        return ["no events (or only events) in both groups: the table says nothing about the odds ratio"]
    if 0 in (a, c, n1 - a, n2 - c):
        return ["a cell is zero: the size shown as reported has half an event added, the likelihood adds nothing"]
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the counts that the same design would see.

    Given the margins on the odds ratio; else with a baseline drawn from what the counts say about it.
    """
    a, n1, c, n2 = _cells(report)
    if _likelihood(report) == "exact":
        j, log_ways = two_by_two.outcomes(a, n1, c, n2)
        log_weight = log_ways + j * theta
        weight = np.exp(log_weight - log_weight.max())
        drawn = float(rng.choice(j, p=weight / weight.sum()))
        return {"ai": drawn, "ci": a + c - drawn}
    risks = _risks(report)
    eta = pair.binomial(a, n1, c, n2, risks).draw(theta, rng)
    p1, _, p2, _ = (min(1.0, float(np.exp(p[0]))) for p in risks(np.array([theta]), np.array([eta])))
    return {"ai": float(rng.binomial(int(n1), p1)), "ci": float(rng.binomial(int(n2), p2))}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""

    def write(likelihood: str, part: Any, rows: list[Report]) -> Any:
        cells = [_cells(row) for row in rows]
        if likelihood == "exact":
            return pair_graph.log_fisher(part, cells)
        return pair_graph.log_binomial(part, cells, _scale(rows[0]), 0.0 if likelihood == "binomial_control" else 0.5)

    return by_form(theta, reports, _likelihood, write)
