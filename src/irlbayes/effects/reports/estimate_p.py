"""`estimate_p`: a printed estimate with its exact two-sided p-value.

L(theta) = Normal(y; theta, sei ** 2) with ``sei = |y| / z(p)``; the t quantile replaces z where both group sizes
are given. Ratios are logged first.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.types import Report, Step, Value
from irlbayes.effects import derivation, printed
from irlbayes.effects.columns import ESTIMATE, N1I, N2I, PVAL, PVAL_RELATION, SCALE, UNIT
from irlbayes.effects.likelihoods import noncentral_t, normal

COLUMNS = (ESTIMATE, PVAL)
OPTIONAL = (PVAL_RELATION, N1I, N2I, SCALE, UNIT)
SCALES = ("reported",)
LIKELIHOODS = ("normal",)


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    broken = printed.out_of_range(report, "estimate")
    if broken:
        return broken
    if report.text("pval_relation", "=") == "<":
        broken.append(
            (
                "pval_relation",
                "an estimate needs its exact p-value; a bound gives no standard error",
                "use the kind significance with alpha set to the bound, or give an interval",
            )
        )
    y, p = printed.value(report, "estimate"), report.number("pval")
    if p == 1.0:
        broken.append(("pval", "a p-value of 1 gives no standard error", "give the interval or the standard error"))
    elif y == 0.0:
        broken.append(
            ("estimate", "an estimate of no effect has p = 1, so p below 1 contradicts it", "check both numbers")
        )
    if report.has("n1i", "n2i") and report.number("n1i") + report.number("n2i") < 3:
        broken.append(("n1i", "the two groups need at least 3 people in all", "check n1i and n2i"))
    return broken


def yi_sei(report: Report) -> tuple[float, float]:
    """Return the estimate and the standard error that its p-value implies."""
    y = printed.value(report, "estimate")
    return y, abs(y) / _quantile(report)


def _quantile(report: Report) -> float:
    """Return the t (with both group sizes) or z that the p-value stands for."""
    p = report.number("pval")
    if report.has("n1i", "n2i"):
        return noncentral_t.critical(p, report.number("n1i") + report.number("n2i") - 2.0)
    return -NormalDist().inv_cdf(p / 2.0)


def curve(report: Report) -> Curve:
    """Return the normal likelihood."""
    return normal_curve(*yi_sei(report))


def design_sei(report: Report) -> float:
    """Return the standard error."""
    return yi_sei(report)[1]


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    yi, sei = yi_sei(report)
    quantile, p = _quantile(report), report.number("pval")
    sized = report.has("n1i", "n2i")
    words = f"{report.number('n1i') + report.number('n2i') - 2.0:g} degrees of freedom" if sized else "no group sizes"
    name = "t" if sized else "z"
    return [
        *printed.steps(report, "estimate"),
        Step(name, f"quantile 1 - p/2 of {'Student t' if sized else 'the normal'}, p = {p:g}, {words}", quantile),
        Step("sei", f"|yi| / {name} = {abs(yi):.6g} / {quantile:.6g}", sei),
        derivation.normal(yi, sei),
    ]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the estimate and p-value that the same design would print."""
    _, sei = yi_sei(report)
    y = float(rng.normal(theta, sei))
    if report.has("n1i", "n2i"):
        p = noncentral_t.two_sided_p(y / sei, report.number("n1i") + report.number("n2i") - 2.0)
    else:
        p = erfc(abs(y / sei) / sqrt(2.0))
    return {"estimate": printed.back(report, y), "pval": p}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    return normal.log_likelihood(theta, [yi_sei(report) for report in reports])
