"""`arm_means`: mean, SD and size of treated and untreated patients, with rims and without: four arms.

theta is the effect of treatment in IRL-positive patients minus that in negative ones, as a difference of SMDs or mean
differences, or the log of a ratio of ratios of means. L(theta) = Normal(y; theta, sei ** 2) from metafor's effect and
variance in each subgroup: the difference of two noncentral t statistics has no simple exact form.

References
----------
Altman, D. G., & Bland, J. M. (2003). Interaction revisited: the difference between two estimates. BMJ, 326, 219.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.treatment import INTERACTION
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import arms, by_measure
from irlbayes.effects.columns import UNIT
from irlbayes.effects.likelihoods import normal
from irlbayes.effects.measure import measures

SD_FIX = "Give the standard deviation, not the standard error."
COLUMNS = arms.columns(
    [
        Column("m1i", "mean of treated {} patients"),
        Column("sd1i", "standard deviation of treated {} patients", "number", "above 0", lambda x: x > 0, SD_FIX),
        Column("n1i", "treated {} patients", "count", "a whole number of at least 1", lambda x: x >= 1),
        Column("m2i", "mean of untreated {} patients"),
        Column("sd2i", "standard deviation of untreated {} patients", "number", "above 0", lambda x: x > 0, SD_FIX),
        Column("n2i", "untreated {} patients", "count", "a whole number of at least 1", lambda x: x >= 1),
    ]
)
OPTIONAL = (UNIT,)
SCALES = ("smd", "md", "rom")
LIKELIHOODS = ("normal",)
CONTRAST = INTERACTION
MEASURE = {"smd": "SMD", "md": "MD", "rom": "ROM"}


def _measure(report: Report) -> str:
    return MEASURE[report.scale or SCALES[0]]


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    return [
        (f"n{arm}i_{group}", "a spread needs at least 2 patients in the arm", "check the size of the arm")
        for group in arms.GROUPS
        for arm in (1, 2)
        if report.number(f"n{arm}i_{group}") < 2
    ]


def curve(report: Report) -> Curve:
    """Return the normal likelihood."""
    found = yi_sei(report)
    if found is None:
        raise ArithmeticError(f"no {_measure(report)} from these means (a ratio needs means of one sign)")
    return normal_curve(*found)


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return the difference of the subgroups' effects and its standard error; None where a ratio has none."""
    return arms.yi_sei(report, _measure(report))


def design_sei(report: Report) -> float:
    """Return the standard error."""
    found = yi_sei(report)
    return found[1] if found else 1.0


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    name = _measure(report)
    pos, neg = (by_measure.yi_sei(arms.subgroup(report, group), name) for group in arms.GROUPS)
    if pos is None or neg is None:
        return []
    return arms.steps_of(pos, neg, f"{measures()[name].words} in {{}} patients, metafor's {name}")


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return means and SDs of normal arms of the same sizes; the effect in negative patients is the observed one.

    Untreated arms keep their observed means and SDs as true ones, treated arms their SDs (on the SMD the untreated
    arm's; on a ratio of means their relative spread).
    """
    name = _measure(report)
    base = by_measure.yi_sei(arms.subgroup(report, "neg"), name)
    cells: dict[str, Value] = {}
    for group, effect in (("pos", theta), ("neg", 0.0)):
        one = arms.subgroup(report, group)
        effect += base[0] if base else 0.0
        m2, sd2, sd1 = one.number("m2i"), one.number("sd2i"), one.number("sd1i")
        if name == "SMD":
            m1, sd1 = m2 + effect * sd2, sd2
        elif name == "MD":
            m1 = m2 + effect
        else:
            m1 = m2 * float(np.exp(effect))
            sd1 = abs(m1 / one.number("m1i")) * sd1
        for arm, mean, sd in ((1, m1, sd1), (2, m2, sd2)):
            n = one.number(f"n{arm}i")
            cells[f"m{arm}i_{group}"] = float(rng.normal(mean, sd / sqrt(n)))
            cells[f"sd{arm}i_{group}"] = float(sd * sqrt(rng.chisquare(n - 1.0) / (n - 1.0)))
    return cells


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    return normal.log_likelihood(theta, [found for report in reports if (found := yi_sei(report))])
