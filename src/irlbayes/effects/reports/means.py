"""`means`: mean, SD and size of two groups.

On the SMD scale L(theta) is the noncentral-t density of the t statistic, exactly; on the log variability ratio it is
the F density of the ratio of the two variances, exactly. Mean differences and log ratios of means are normal with
metafor's variance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import lgamma, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.publication import Statement
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import by_measure, derivation
from irlbayes.effects.columns import N1I, N2I, UNIT, group_sizes
from irlbayes.effects.likelihoods import fitted, noncentral_t, normal, t_graph

Array = NDArray[np.float64]
M1I = Column("m1i", "mean of group 1")
M2I = Column("m2i", "mean of group 2")
SD_FIX = "Give the standard deviation; a standard error goes in se1i or se2i."
SD1I = Column("sd1i", "standard deviation of group 1", "number", "above 0", lambda value: value > 0, SD_FIX)
SD2I = Column("sd2i", "standard deviation of group 2", "number", "above 0", lambda value: value > 0, SD_FIX)

COLUMNS = (M1I, SD1I, N1I, M2I, SD2I, N2I)
OPTIONAL = (UNIT,)
SCALES = ("smd", "md", "rom", "log_vr")
LIKELIHOODS = ("exact", "normal")
MEASURE = {"smd": "SMD", "md": "MD", "rom": "ROM", "log_vr": "VR"}


def _scale(report: Report) -> str:
    return report.scale or SCALES[0]


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    return [
        (f"n{group}i", "a spread needs at least 2 people in the group", "check the group size")
        for group in (1, 2)
        if report.number(f"n{group}i") < 2
    ]


def _statistic(report: Report) -> float:
    """Return Student's t of the two groups, variances pooled."""
    n1, n2 = group_sizes(report)
    pooled = _pooled_sd(report)
    return (report.number("m1i") - report.number("m2i")) / pooled * noncentral_t.root_size(n1, n2)


def _pooled_sd(report: Report) -> float:
    n1, n2 = group_sizes(report)
    squares = (n1 - 1.0) * report.number("sd1i") ** 2 + (n2 - 1.0) * report.number("sd2i") ** 2
    return sqrt(squares / (n1 + n2 - 2.0))


def curve(report: Report) -> Curve:
    """Return the likelihood of the effect on the report's scale."""
    scale = _scale(report)
    if scale == "smd":
        return noncentral_t.observed(_statistic(report), *group_sizes(report))
    if scale == "log_vr":
        df1, df2 = (n - 1.0 for n in group_sizes(report))
        return fitted.peaked(_log_f(report), _log_ratio(report), sqrt(0.5 / df1 + 0.5 / df2))
    pair = yi_sei(report)
    if pair is None:
        raise ArithmeticError(f"no {MEASURE[scale]} from these means (a ratio needs means of one sign)")
    return normal_curve(*pair)


def statement(report: Report) -> Statement | None:
    """Return the t statistic, on the SMD scale; other scales are cut by their Wald p-value."""
    if _scale(report) != "smd":
        return None
    t = _statistic(report)
    return Statement(((t, t),), *group_sizes(report))


def _log_ratio(report: Report) -> float:
    return log(report.number("sd1i") / report.number("sd2i"))


def _log_f(report: Report) -> Callable[[Array], Array]:
    """Return the log density of the log ratio of the SDs, as a function of its true value.

    Notes
    -----
    ``(sd1i / sd2i)**2 exp(-2 theta)`` is F with n1i - 1 and n2i - 1 degrees of freedom, for normal groups.
    """
    df1, df2 = (n - 1.0 for n in group_sizes(report))
    constant = log(2.0) + lgamma(0.5 * (df1 + df2)) - lgamma(0.5 * df1) - lgamma(0.5 * df2)
    observed, half = _log_ratio(report), 0.5 * (log(df1) - log(df2))

    def log_value(theta: Array) -> Array:
        x = observed - np.asarray(theta) + half
        return np.asarray(constant + df1 * x - 0.5 * (df1 + df2) * np.logaddexp(0.0, 2.0 * x))

    return log_value


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return the effect of the scale's measure and its standard error; None where the measure has none."""
    return by_measure.yi_sei(report, MEASURE[_scale(report)])


def design_sei(report: Report) -> float:
    """Return the standard error of the scale's measure."""
    pair = yi_sei(report)
    return pair[1] if pair else 1.0 / noncentral_t.root_size(*group_sizes(report))


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    scale = _scale(report)
    n1, n2 = group_sizes(report)
    m1, m2, sd1, sd2 = (report.number(name) for name in ("m1i", "m2i", "sd1i", "sd2i"))
    if scale == "smd":
        sd = _pooled_sd(report)
        return [
            Step("sd", f"pooled: sqrt((({n1:g} - 1) {sd1:g}^2 + ({n2:g} - 1) {sd2:g}^2) / {n1 + n2 - 2.0:g})", sd),
            Step("t", f"r (m1i - m2i) / sd = r ({m1:g} - {m2:g}) / {sd:.6g}", _statistic(report)),
            *derivation.observed_t(_statistic(report), n1, n2),
        ]
    if scale == "log_vr":
        return [
            Step("yi", f"log(sd1i / sd2i) = log({sd1:g} / {sd2:g})", _log_ratio(report)),
            Step("likelihood", f"F density of exp(2 (yi - theta)) with {n1 - 1:g} and {n2 - 1:g} degrees of freedom"),
        ]
    return by_measure.steps(report, MEASURE[scale])


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return means and SDs of two normal groups of the same sizes; group 2's true mean and SD are the observed ones.

    On a ratio of means the other group keeps its relative spread; on a variability ratio the means stay.
    """
    n1, n2 = group_sizes(report)
    scale = _scale(report)
    mean2, sd2 = report.number("m2i"), report.number("sd2i")
    sd1 = report.number("sd1i")
    if scale == "smd":
        mean2, sd1 = 0.0, sd2
    mean1 = {"smd": mean2 + theta * sd2, "md": mean2 + theta, "rom": mean2 * np.exp(theta), "log_vr": mean2}[scale]
    if scale == "log_vr":
        sd1 = sd2 * float(np.exp(theta))
    cells: dict[str, Value] = {}
    for group, mean, sd, n in ((1, mean1, sd1, n1), (2, mean2, sd2, n2)):
        cells[f"m{group}i"] = float(rng.normal(mean, sd / sqrt(n)))
        cells[f"sd{group}i"] = float(sd * sqrt(rng.chisquare(n - 1.0) / (n - 1.0)))
    return cells


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    scale = _scale(reports[0])
    if scale == "smd":
        return t_graph.log_density(theta, [_statistic(r) for r in reports], [group_sizes(r) for r in reports])
    if scale == "log_vr":
        return _f_graph(theta, reports)
    return normal.log_likelihood(theta, [pair for report in reports if (pair := yi_sei(report))])


def _f_graph(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the log F density of the ratio of variances, as a graph in theta, dims (report,)."""
    import pytensor.tensor as pt
    from scipy.special import gammaln

    df1, df2 = np.array([group_sizes(report) for report in reports]).T - 1.0
    ratio = df1 / df2 * pt.exp(2.0 * (np.array([_log_ratio(report) for report in reports]) - theta))
    constant = log(2.0) + gammaln(0.5 * (df1 + df2)) - gammaln(0.5 * df1) - gammaln(0.5 * df2)
    return constant + 0.5 * df1 * pt.log(ratio) - 0.5 * (df1 + df2) * pt.log1p(ratio)
