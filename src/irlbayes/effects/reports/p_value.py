"""`p_value`: a two-sided p-value of a comparison of two groups, with its sign where the paper gives one.

L(theta) is the noncentral-t density at ``t = +-critical(p)``; with sign "?" the sum over both signs. A bound
(``pval_relation`` "<") is the probability of the region beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve, join
from irlbayes.core.publication import Statement
from irlbayes.core.types import Report, Step, Value
from irlbayes.effects import derivation
from irlbayes.effects.columns import N1I, N2I, PVAL, PVAL_RELATION, SIGN, group_sizes, two_or_more
from irlbayes.effects.likelihoods import noncentral_t, t_graph
from irlbayes.effects.likelihoods.stacked import by_form

COLUMNS = (PVAL, SIGN, N1I, N2I)
OPTIONAL = (PVAL_RELATION,)
SCALES = ("smd",)
LIKELIHOODS = ("exact", "normal")


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    return two_or_more(report)


def _statistic(report: Report) -> float:
    n1, n2 = group_sizes(report)
    return noncentral_t.critical(report.number("pval"), n1 + n2 - 2.0)


def _bound(report: Report) -> bool:
    return report.text("pval_relation", "=") == "<"


def curve(report: Report) -> Curve:
    """Return the likelihood of the printed p-value."""
    sizes, t = group_sizes(report), _statistic(report)
    upper = noncentral_t.above(t, *sizes) if _bound(report) else noncentral_t.observed(t, *sizes)
    lower = noncentral_t.below(-t, *sizes) if _bound(report) else noncentral_t.observed(-t, *sizes)
    return {"+": lambda: upper, "-": lambda: lower, "?": lambda: join(upper, lower)}[report.text("sign")]()


def statement(report: Report) -> Statement:
    """Return the t statistic, or the region beyond it, of the printed p-value; both signs where none is printed."""
    t, far = _statistic(report), np.inf if _bound(report) else _statistic(report)
    signs = {"+": ((t, far),), "-": ((-far, -t),), "?": ((t, far), (-far, -t))}
    return Statement(signs[report.text("sign")], *group_sizes(report))


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return Hedges' g and its standard error where p is exact and the sign is known."""
    if _bound(report) or report.text("sign") == "?":
        return None
    t = _statistic(report) * (1.0 if report.text("sign") == "+" else -1.0)
    return noncentral_t.hedges(t, *group_sizes(report))


def design_sei(report: Report) -> float:
    """Return the standard error of the SMD, at the observed size where there is one."""
    pair = yi_sei(report)
    return pair[1] if pair else 1.0 / noncentral_t.root_size(*group_sizes(report))


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    n1, n2 = group_sizes(report)
    t, df = _statistic(report), n1 + n2 - 2.0
    bound, sign = _bound(report), report.text("sign")
    relation = "beyond" if bound else "at"
    where = {"+": f"+{t:.6g}", "-": f"-{t:.6g}", "?": f"+{t:.6g} and at -{t:.6g}, summed: the sign is not known"}[sign]
    form = "probability of t" if bound else "density of t"
    return [
        Step("t", f"quantile 1 - p/2 of Student t, p = {report.number('pval'):g}, {df:g} degrees of freedom", t),
        derivation.root(n1, n2),
        Step(
            "likelihood",
            f"{form} {relation} {where}, under noncentral t with {df:g} degrees of freedom and noncentrality theta * r",
            source="Hedges (1981)",
        ),
    ]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the p-value (or whether the bound was passed: a p above it is exact) of the same design."""
    n1, n2 = group_sizes(report)
    t = noncentral_t.draw(theta, n1, n2, rng)
    p = noncentral_t.two_sided_p(t, n1 + n2 - 2.0)
    known = "?" if report.text("sign") == "?" else ("+" if t > 0 else "-")
    if _bound(report) and p < report.number("pval"):
        return {"pval": report.number("pval"), "pval_relation": "<", "sign": known}
    return {"pval": p, "pval_relation": "=", "sign": known}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""
    import pytensor.tensor as pt

    def write(form: tuple[bool, bool], part: Any, rows: list[Report]) -> Any:
        bound, either = form
        level = t_graph.log_beyond if bound else t_graph.log_density
        sizes = [group_sizes(row) for row in rows]
        t = [-_statistic(row) if row.text("sign") == "-" else _statistic(row) for row in rows]
        here = level(part, t, sizes)
        return pt.logaddexp(here, level(part, [-one for one in t], sizes)) if either else here

    return by_form(theta, reports, lambda report: (_bound(report), report.text("sign") == "?"), write)
