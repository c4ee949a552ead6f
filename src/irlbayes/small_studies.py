"""Small-study effects: every picture and test of `asymmetry/`, on every outcome of an evidence base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from statistics import NormalDist
from typing import Any, cast

from irlbayes import workflow
from irlbayes.core.answers import Evidence, Result
from irlbayes.core.errors import refuse_unknown
from irlbayes.core.funnels import Asymmetry, Funnel, Look, Looked, Mark
from irlbayes.core.registry import leaves
from irlbayes.core.types import ReportTable, Study

SMALLEST_P = 1e-300  # a p that underflows to zero has no quantile


def looks() -> Mapping[str, Asymmetry]:
    """Return every picture and test by name: the files of `asymmetry/`."""
    return cast("Mapping[str, Asymmetry]", leaves("irlbayes.asymmetry"))


def look(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    only: Sequence[str] = (),
    scale: str | None = None,
    sheet: str | None = None,
    **options: Any,
) -> Look:
    """Look at an evidence base for small-study effects: funnels, tests, power.

    Parameters
    ----------
    evidence, outcomes, scale, sheet
        As for `workflow.analyze`.
    only : sequence of str
        Pictures and tests; all by default.
    **options
        Other arguments of `workflow.analyze`.

    Returns
    -------
    Look

    Raises
    ------
    InputError
        Anything wrong with the input or the options.

    Examples
    --------
    >>> found = look("irl", outcomes=["relapse"], only=["egger"])
    >>> found.looked[0].skipped["egger"]
    'needs at least 3 rows with a size; here 1'
    """
    known = looks()
    refuse_unknown("--only", only, known)
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    analysis = workflow.analyze(table, outcomes=outcomes, **options)
    names = tuple(only) or tuple(known)
    level = float(options.get("level", 0.95))
    return Look(analysis, tuple(_looked(funnel(result, level), names) for result in analysis.results))


def funnel(result: Result, level: float = 0.95) -> Funnel:
    """Return the rows of one outcome as a funnel.

    Parameters
    ----------
    result : Result
    level : float
        Probability of intervals.
    """
    posterior = result.posterior
    null = result.outcome.null
    marks = tuple(
        Mark(
            study.label,
            study.report.kind,
            study.yi,
            study.sei,
            study.design_sei,
            None if null is None else z_interval(study, null),
        )
        for study in posterior.effects.studies
    )
    assert posterior.after.mu is not None
    return Funnel(result.outcome, marks, posterior.after.mu, posterior.after.tau, level)


def z_interval(study: Study, null: float) -> tuple[float, float]:
    """Return the ends of a row's ``|z|``: from its exact p, else its size, else its bound or verdict, else nothing.

    Parameters
    ----------
    study : Study
    null : float
    """
    report = study.report
    exact = report.has("pval") and report.text("pval_relation", "=") == "="
    if exact:
        z = _quantile(report.number("pval"))
        return z, z
    if study.yi is not None and study.sei is not None:
        z = abs(study.yi - null) / study.sei
        return z, z
    if report.has("pval"):
        return _quantile(report.number("pval")), inf
    if report.has("verdict", "alpha"):
        z = _quantile(report.number("alpha"))
        return (0.0, z) if report.text("verdict") == "not_significant" else (z, inf)
    return 0.0, inf


def _quantile(p: float) -> float:
    return abs(NormalDist().inv_cdf(max(p, SMALLEST_P) / 2.0))


def _looked(one: Funnel, names: Sequence[str]) -> Looked:
    """Run pictures and tests on one outcome."""
    answers: dict[str, Evidence] = {}
    skipped: dict[str, str] = {}
    for name, module in looks().items():
        if name not in names:
            continue
        count = len(one.sized) if module.NEEDS_SIZE else len(one.marks)
        if module.NEEDS_NULL and one.outcome.null is None:
            skipped[name] = "needs a null, and this outcome has none"
        elif count < module.FEWEST:
            skipped[name] = f"needs at least {module.FEWEST} rows with a size; here {count}"
        else:
            try:
                answers[name] = module.answer(one)
            except ArithmeticError as error:
                skipped[name] = str(error)
    return Looked(one, answers, skipped)
