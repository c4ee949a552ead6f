"""`direction`: the paper says only which group was higher.

L(theta) = P(T > 0) (or < 0) under the noncentral t, which is Phi(theta sqrt(n1 n2 / (n1 + n2))): the weakest report
still counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, probit_curve
from irlbayes.core.publication import Statement
from irlbayes.core.types import Report, Step, Value
from irlbayes.effects import derivation
from irlbayes.effects.columns import N1I, N2I, SIGN, group_sizes, two_or_more
from irlbayes.effects.likelihoods import noncentral_t

COLUMNS = (SIGN, N1I, N2I)
OPTIONAL = ()
SCALES = ("smd",)
LIKELIHOODS = ("exact",)


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    broken = two_or_more(report)
    if report.text("sign") == "?":
        broken.append(("sign", "a direction report needs + or -", "leave out a row that says nothing"))
    return broken


def curve(report: Report) -> Curve:
    """Return the probability of the reported sign."""
    blur = np.array([1.0 / noncentral_t.root_size(*group_sizes(report))])
    if report.text("sign") == "+":
        return probit_curve(np.zeros(1), blur, np.ones(1))
    return probit_curve(np.zeros(1), blur, -np.ones(1), floor=1.0)


def statement(report: Report) -> Statement:
    """Return the half of the t axis that has the reported sign."""
    return Statement((((0.0, np.inf) if report.text("sign") == "+" else (-np.inf, 0.0)),), *group_sizes(report))


def yi_sei(report: Report) -> None:
    """Return None: a direction has no size."""
    return


def design_sei(report: Report) -> float:
    """Return the standard error of an SMD near zero at these group sizes."""
    return 1.0 / noncentral_t.root_size(*group_sizes(report))


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    n1, n2 = group_sizes(report)
    above = report.text("sign") == "+"
    return [
        derivation.root(n1, n2),
        Step(
            "likelihood",
            f"P(t {'>' if above else '<'} 0) = Phi({'' if above else '-'}theta * r), two normal groups",
        ),
    ]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the sign that the same design would show."""
    return {"sign": "+" if noncentral_t.draw(theta, *group_sizes(report), rng) > 0 else "-"}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    import pymc as pm

    size = np.array([noncentral_t.root_size(*group_sizes(report)) for report in reports])
    sign = np.array([1.0 if report.text("sign") == "+" else -1.0 for report in reports])
    return pm.logcdf(pm.Normal.dist(0.0, 1.0), theta * size * sign)
