"""`significance`: the paper says only whether a comparison of two groups passed its level.

L(theta) is the noncentral-t probability of the stated region: beyond the critical t on the stated side, or within
both. "p < 0.05" is this kind with that alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from irlbayes.core.curve import Curve
from irlbayes.core.publication import Statement
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import derivation
from irlbayes.effects.columns import ALPHA, N1I, N2I, SIGN, group_sizes, two_or_more
from irlbayes.effects.likelihoods import noncentral_t, t_graph
from irlbayes.effects.likelihoods.stacked import by_form

VERDICTS = ("significant_higher", "significant_lower", "not_significant")
VERDICT = Column(
    "verdict",
    "what the paper concluded about group 1 against group 2",
    "text",
    f"one of {', '.join(VERDICTS)}",
    lambda value: value in VERDICTS,
)

COLUMNS = (VERDICT, ALPHA, N1I, N2I)
OPTIONAL = (SIGN,)
SCALES = ("smd",)
LIKELIHOODS = ("exact",)


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    broken = two_or_more(report)
    contradicting = {"significant_higher": "-", "significant_lower": "+"}.get(report.text("verdict"))
    if contradicting and report.text("sign") == contradicting:
        broken.append(
            ("sign", f"sign {contradicting} contradicts the verdict {report.text('verdict')}", "correct one of the two")
        )
    return broken


def _region(report: Report) -> tuple[float, float]:
    """Return the ends of the region of t that the verdict (and a printed sign) leaves."""
    n1, n2 = group_sizes(report)
    t = noncentral_t.critical(report.number("alpha"), n1 + n2 - 2.0)
    verdict, sign = report.text("verdict"), report.text("sign", "?")
    if verdict == "significant_higher":
        return t, np.inf
    if verdict == "significant_lower":
        return -np.inf, -t
    return (0.0 if sign == "+" else -t), (0.0 if sign == "-" else t)


def curve(report: Report) -> Curve:
    """Return the probability of the verdict."""
    sizes = group_sizes(report)
    low, high = _region(report)
    if np.isinf(high):
        return noncentral_t.above(low, *sizes)
    if np.isinf(low):
        return noncentral_t.below(high, *sizes)
    return noncentral_t.between(low, high, *sizes)


def statement(report: Report) -> Statement:
    """Return the region of t that the verdict leaves."""
    return Statement((_region(report),), *group_sizes(report))


def yi_sei(report: Report) -> None:
    """Return None: a verdict has no size."""
    return


def design_sei(report: Report) -> float:
    """Return the standard error of an SMD near zero at these group sizes."""
    return 1.0 / noncentral_t.root_size(*group_sizes(report))


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    n1, n2 = group_sizes(report)
    low, high = _region(report)
    df = n1 + n2 - 2.0
    critical = noncentral_t.critical(report.number("alpha"), df)
    ends = " < ".join(
        part for part in ("" if np.isinf(low) else f"{low:.6g}", "t", "" if np.isinf(high) else f"{high:.6g}") if part
    )
    return [
        Step(
            "t",
            f"quantile 1 - alpha/2 of Student t, alpha = {report.number('alpha'):g}, {df:g} degrees of freedom",
            critical,
        ),
        derivation.root(n1, n2),
        Step(
            "likelihood",
            f"P({ends}) under noncentral t with {df:g} degrees of freedom and noncentrality theta * r",
            source="Hedges (1981)",
        ),
    ]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the verdict that the same design would reach."""
    n1, n2 = group_sizes(report)
    t = noncentral_t.draw(theta, n1, n2, rng)
    beyond = abs(t) > noncentral_t.critical(report.number("alpha"), n1 + n2 - 2.0)
    verdict = ("significant_higher" if t > 0 else "significant_lower") if beyond else "not_significant"
    sign = "?" if report.text("sign", "?") == "?" and not beyond else ("+" if t > 0 else "-")
    return {"verdict": verdict, "sign": sign}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,)."""

    def write(inside: bool, part: Any, rows: list[Report]) -> Any:
        low, high = zip(*map(_region, rows), strict=True)
        sizes = [group_sizes(row) for row in rows]
        if inside:
            return t_graph.log_between(part, low, high, sizes)
        return t_graph.log_beyond(part, [a if np.isinf(b) else b for a, b in zip(low, high, strict=True)], sizes)

    return by_form(theta, reports, lambda report: bool(np.isfinite(_region(report)).all()), write)
