"""`arm_counts`: events in treated and untreated patients, with and without rims: four arms.

theta is the log odds ratio of treatment in IRL-positive patients minus that in negative ones. Each subgroup's
likelihood is Fisher's noncentral hypergeometric probability given its margins, exact and without a correction of
zeros. The mean of the two log odds ratios, m, is left over, and is integrated under m ~ Normal(0, 2.5**2): with
probability 0.95 a treatment multiplies odds by no more than 134, or divides them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects.likelihoods import fitted, pair_graph, two_by_two

Array = NDArray[np.float64]
GROUPS = {"pos": "IRL-positive", "neg": "IRL-negative"}
CELLS = {
    "ai": "treated {} patients with the event",
    "n1i": "treated {} patients",
    "ci": "untreated {} patients with the event",
    "n2i": "untreated {} patients",
}
COLUMNS = tuple(
    Column(
        f"{name}_{group}",
        words.format(people),
        "count",
        "a whole number of at least 1" if name.startswith("n") else "a whole number of at least 0",
        (lambda value: value >= 1) if name.startswith("n") else (lambda value: value >= 0),
    )
    for group, people in GROUPS.items()
    for name, words in CELLS.items()
)
OPTIONAL = ()
SCALES = ("log_or",)
LIKELIHOODS = ("exact", "normal")
MEAN_SD = 2.5
REACH = 8.5  # sds of the prior of the mean
FINENESS = 0.35  # spacing of the nodes of the mean, in standard errors of the more precise subgroup
MOST_NODES = 4000


def _cells(report: Report, group: str) -> tuple[float, float, float, float]:
    a, n1, c, n2 = (report.number(f"{name}_{group}") for name in CELLS)
    return a, n1, c, n2


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    broken = []
    for group in GROUPS:
        a, n1, c, n2 = _cells(report, group)
        broken += [
            (f"{name}_{group}", f"events cannot exceed the patients of the arm, {size}_{group} = {n:g}", "check both")
            for name, x, size, n in (("ai", a, "n1i", n1), ("ci", c, "n2i", n2))
            if x > n
        ]
    return broken


def _log_odds_ratio(cells: tuple[float, float, float, float]) -> tuple[float, float]:
    """Return a subgroup's log odds ratio and its standard error, half an event added where a cell is zero."""
    a, n1, c, n2 = cells
    four = np.array([a, n1 - a, c, n2 - c])
    four = four + 0.5 * (four == 0).any()
    return float(np.log(four[0] * four[3] / (four[1] * four[2]))), float(np.sqrt((1.0 / four).sum()))


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the difference of the log odds ratios and its standard error."""
    (y_pos, s_pos), (y_neg, s_neg) = (_log_odds_ratio(_cells(report, group)) for group in GROUPS)
    return y_pos - y_neg, hypot(s_pos, s_neg)


def design_sei(report: Report) -> float:
    """Return the standard error."""
    return yi_sei(report)[1]


def _nodes(report: Report) -> tuple[Array, Array]:
    """Return nodes of the mean and their log weights: the trapezoid rule, prior included."""
    finest = min(_log_odds_ratio(_cells(report, group))[1] for group in GROUPS)
    count = min(MOST_NODES, 2 * int(np.ceil(REACH * MEAN_SD / (FINENESS * finest))) + 1)
    m = np.linspace(-REACH * MEAN_SD, REACH * MEAN_SD, max(count, 201))
    log_prior = -0.5 * (m / MEAN_SD) ** 2 - np.log(MEAN_SD * np.sqrt(2.0 * np.pi))
    return m, np.asarray(log_prior + np.log(m[1] - m[0]))


def log_value(report: Report) -> Callable[[Array], Array]:
    """Return log L as a function of theta."""
    first, second = (two_by_two.log_fisher(*_cells(report, group)) for group in GROUPS)
    m, log_weight = _nodes(report)

    def at(theta: Array) -> Array:
        half = 0.5 * np.asarray(theta, dtype=float)[..., None]
        return np.asarray(np.logaddexp.reduce(first(m + half) + second(m - half) + log_weight, axis=-1))

    return at


def curve(report: Report) -> Curve:
    """Return the likelihood, the mean of the two log odds ratios integrated."""
    yi, sei = yi_sei(report)
    return fitted.peaked(log_value(report), yi, sei, (-np.inf, np.inf))


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    found = []
    for group, people in GROUPS.items():
        a, n1, c, n2 = _cells(report, group)
        found.append(
            Step(
                f"L_{group}",
                f"P(ai = {a:g} | m = {a + c:g}, n1i = {n1:g}, n2i = {n2:g}; odds ratio) in {people} patients",
                source="Fisher (1935)",
            )
        )
    words = f"integral over m of L_pos(m + theta / 2) L_neg(m - theta / 2) Normal(m; 0, {MEAN_SD:g}^2)"
    return [*found, Step("likelihood", words)]


def notes(report: Report) -> list[str]:
    """Say where a size is shown with half an event."""
    cells = [_cells(report, group) for group in GROUPS]
    if any(0 in (a, c, n1 - a, n2 - c) for a, n1, c, n2 in cells):
        return ["a cell is zero: the size shown as reported has half an event added, the likelihood adds nothing"]
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the counts that the same margins would see; the mean is drawn from what the counts say about it."""
    m, log_weight = _nodes(report)
    first, second = (two_by_two.log_fisher(*_cells(report, group)) for group in GROUPS)
    level = first(m + 0.5 * theta) + second(m - 0.5 * theta) + log_weight
    share = np.exp(level - level.max())
    mean = float(rng.choice(m, p=share / share.sum()))
    found: dict[str, Value] = {}
    for group, effect in (("pos", mean + 0.5 * theta), ("neg", mean - 0.5 * theta)):
        a, n1, c, n2 = _cells(report, group)
        j, log_ways = two_by_two.outcomes(a, n1, c, n2)
        weight = np.exp(log_ways + j * effect - (log_ways + j * effect).max())
        drawn = float(rng.choice(j, p=weight / weight.sum()))
        found |= {f"ai_{group}": drawn, f"ci_{group}": a + c - drawn}
    return found


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    import pytensor.tensor as pt

    parts = []
    for i, report in enumerate(reports):
        m, log_weight = _nodes(report)
        first = pair_graph.log_fisher_each(m + 0.5 * theta[i], *_cells(report, "pos"))
        second = pair_graph.log_fisher_each(m - 0.5 * theta[i], *_cells(report, "neg"))
        parts.append(pt.logsumexp(first + second + log_weight))
    return pt.stack(parts)
