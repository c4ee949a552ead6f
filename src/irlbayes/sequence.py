"""How the evidence grew: every outcome answered again after each study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from irlbayes import workflow
from irlbayes.checks import loo_pit
from irlbayes.core.answers import SEED, Engine, Evidence, Marginal, Posterior, Result, Unknowns
from irlbayes.core.errors import FitError, InputError, Problem
from irlbayes.core.ordering import ORDERS, TIES, Groups, by_entry, by_precision, by_publication, days, precision
from irlbayes.core.sequence import Cumulated, Followed, Step, caveats, changed, whole
from irlbayes.core.summary import describe, summarize
from irlbayes.core.types import Outcome, Report, ReportTable, Study, Threshold
from irlbayes.posterior.gate import exact_gate
from irlbayes.posterior.refit import refit

DATED = ("published", "date", "year", "month")
SPREAD = ("median", "ci_low", "ci_high")
REPLICATES = 1000  # reports simulated for the tail probability of one that is not normal


@dataclass(frozen=True)
class Known:
    """What is known after some studies."""

    mu: Marginal | None
    tau: Marginal | None
    theta_new: Marginal | None
    log_marginal_likelihood: float | None
    error_bound: float | None = None
    passed: bool = True
    reason: str = ""


def cumulative(
    evidence: str | Path | ReportTable = "irl",
    *,
    by: str = "publication",
    ties: str = "rows",
    outcomes: Sequence[str] = (),
    use: str = "primary",
    drop_reports: Sequence[str] = (),
    likelihood: str | None = None,
    model: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    random_effects: str | None = None,
    engine: Engine = "auto",
    level: float = 0.95,
    thresholds: Sequence[float] = (),
    scale: str | None = None,
    sheet: str | None = None,
    seed: int = SEED,
    progress: Callable[[str, int, int], None] | None = None,
) -> Cumulated:
    """Answer every outcome again after each of its studies.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `workflow.analyze`.
    by : str
        Order of the studies: ``publication`` (``published`` or ``date``, a day, a month or a year, else ``year`` with
        ``month`` where it is there; columns of the table or of `studies.csv`), ``precision`` (the smallest standard
        error first; of a report without a size that of its design) or ``entry`` (the order of rows).
    ties : str
        Studies whose dates overlap, or whose standard errors are equal: ``rows`` takes them one by one in the order of
        their rows, ``together`` in one step.
    outcomes, use, drop_reports, likelihood, model, prior_mu, prior_tau, random_effects, engine, level, thresholds
        As for `workflow.analyze`.
    scale, sheet, seed, progress
        As for `workflow.analyze`. The seed is that of the reports that are simulated for tail probabilities too.

    Returns
    -------
    Cumulated
        Step 0 is the prior itself, the last step the answer of `workflow.analyze`.

    Raises
    ------
    InputError
        Anything wrong with the input or the options, such as a study without a year where they are ordered by it.

    Notes
    -----
    After studies 1 to j the posterior is that of these studies alone, by the same engine. The surprise of study j is
    said in two ways: ``tail = min(1, 2 min(P(report <= its own), P(report >= its own)))`` under the predictive
    distribution of a report of its kind and design given the studies before, exact for normal reports and simulated for
    others; and ``log_score``, the log of its predictive density or probability, the difference of two log marginal
    likelihoods. The scores of all steps add up to the last one's log marginal likelihood, in any order.

    References
    ----------
    Lau, J., Antman, E. M., Jimenez-Silva, J., Kupelnick, B., Mosteller, F., & Chalmers, T. C. (1992). Cumulative
    meta-analysis of therapeutic trials for myocardial infarction. N Engl J Med, 327(4), 248-254.
    Lau, J., Schmid, C. H., & Chalmers, T. C. (1995). Cumulative meta-analysis of clinical trials builds evidence for
    exemplary medical care. J Clin Epidemiol, 48(1), 45-57.

    Examples
    --------
    >>> found = cumulative("irl", outcomes=["relapse"]).followed[0]
    >>> for step in found.evidence.numbers["steps"][1:]:
    ...     print(step["words"])
    After kim2023 the probability that the mean effect is above 1 rose from 0.50 to 0.79.
    After reeves2024 the probability that the mean effect is above 1 rose from 0.79 to 0.97.
    """
    _refuse(by, ties)
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    analysis = workflow.analyze(
        table,
        outcomes=outcomes,
        use=use,
        drop_reports=drop_reports,
        likelihood=likelihood,
        model=model,
        prior_mu=prior_mu,
        prior_tau=prior_tau,
        random_effects=random_effects,
        engine=engine,
        level=level,
        thresholds=thresholds,
        seed=seed,
    )
    dates = {report.id: published(table, report) for report in table.reports}
    orders = _orders(analysis.results, by, ties, dates)
    extra = tuple(Threshold(float(value), "given", "given with this analysis") for value in thresholds)
    followed = []
    for number, result in enumerate(analysis.results, start=1):
        if progress is not None:
            progress(result.outcome.name, number, len(analysis.results))
        sizes = (*result.outcome.thresholds, *extra)
        steps = _steps(result, orders[result.outcome.name], dates, engine, sizes, level, seed)
        followed.append(_told(result, steps, by, ties, level))
    return Cumulated(analysis, by, ties, tuple(followed))


def _refuse(by: str, ties: str) -> None:
    """Refuse orders that there are none of."""
    problems = [
        Problem(option, f"one of {', '.join(known)}", "Choose one of them.", value=value)
        for option, known, value in (("--by", ORDERS, by), ("--ties", TIES, ties))
        if value not in known
    ]
    if problems:
        raise InputError(problems)


# --- the order of studies -----------------------------------------------------------------------------------


def published(table: ReportTable, report: Report) -> str:
    """Return when a report was published, as far as its row or `studies.csv` say; empty where they do not.

    Parameters
    ----------
    table : ReportTable
    report : Report
    """
    about = table.studies.get(report.study, {})
    cells = {name: report.text(name, about.get(name, "")).strip().removesuffix(".0") for name in DATED}
    if cells["published"] or cells["date"] or not cells["month"]:
        return cells["published"] or cells["date"] or cells["year"]
    return f"{cells['year']}-{cells['month']:0>2}"


def _orders(results: Sequence[Result], by: str, ties: str, dates: Mapping[str, str]) -> dict[str, Groups]:
    """Return the studies of each outcome in order.

    Raises
    ------
    InputError
        With every row whose date is needed and not known.
    """
    together, found = ties == "together", {}
    problems: dict[Problem, None] = {}
    for result in results:
        studies, name = result.posterior.effects.studies, result.outcome.name
        if by == "precision":
            found[name] = by_precision(studies, together)
        elif by == "entry":
            found[name] = by_entry(studies)
        else:
            known = {study.label: days(dates[study.report.id]) for study in studies}
            problems |= {_undated(study.report, dates): None for study in studies if known[study.label] is None}
            sure = {label: one for label, one in known.items() if one is not None}
            found[name] = by_publication([study for study in studies if study.label in sure], sure, together)
    if problems:
        raise InputError(list(problems))
    return found


def _undated(report: Report, dates: Mapping[str, str]) -> Problem:
    """Return the problem of a row whose date is not known."""
    rule = "a year, month or day of publication, where studies are ordered by it"
    fix = "Write 2024, 2024-06 or 2024-06-10 in a column year or published; or order them otherwise: --by entry."
    return Problem(report.file, rule, fix, report.line, "year", dates[report.id])


# --- step by step -------------------------------------------------------------------------------------------


def _steps(
    result: Result,
    groups: Groups,
    dates: Mapping[str, str],
    engine: Engine,
    thresholds: Sequence[Threshold],
    level: float,
    seed: int,
) -> list[Step]:
    """Answer one outcome before any study, and after each group of them."""
    posterior, outcome = result.posterior, result.outcome
    prior = posterior.prior
    known = Known(prior.mu, prior.tau, prior.theta_new, 0.0 if posterior.model.mu.proper else None)
    tau = {f"prior_{name}": value for name, value in summarize(prior.tau, level).items() if name in SPREAD}
    steps: list[Step] = [_step(0, known, prior, tau, outcome, thresholds, level)]
    so_far: tuple[Study, ...] = ()
    for number, group in enumerate(groups, start=1):
        so_far, before = (*so_far, *group), known
        known = _of(posterior) if number == len(groups) else _after(so_far, posterior, engine)
        rng = np.random.default_rng((seed, 5, number))
        step = {
            **_step(len(so_far), known, prior, tau, outcome, thresholds, level),
            "step": number,
            "added": [_added(study, dates[study.report.id], before, rng) for study in group],
            "log_score": _log_score(group, before, known),
        }
        steps.append({**step, "words": changed(steps[-1], step, outcome, level)})
    return steps


def _step(
    k: int,
    known: Known,
    prior: Unknowns,
    prior_tau: Mapping[str, float],
    outcome: Outcome,
    thresholds: Sequence[Threshold],
    level: float,
) -> dict[str, Any]:
    """Return what is known after k studies in numbers, each beside its prior value."""
    null = outcome.null
    mu = None if known.mu is None else describe(known.mu, prior.mu, null, level, thresholds)
    new = None if known.theta_new is None else describe(known.theta_new, prior.theta_new, null, level, thresholds)
    tau = None if known.tau is None else {**summarize(known.tau, level), **prior_tau}
    return {
        "step": 0,
        "k": k,
        "added": [],
        "mu": mu,
        "new_study": new,
        "tau": tau,
        "log_marginal_likelihood": known.log_marginal_likelihood,
        "log_score": None,
        "error_bound": known.error_bound,
        "passed": known.passed,
        "reason": known.reason,
        "words": "Before any report.",
    }


def _of(posterior: Posterior) -> Known:
    """Return what a posterior says."""
    after, evidence = posterior.after, posterior.log_marginal_likelihood
    return Known(after.mu, after.tau, after.theta_new, evidence, posterior.error_bound, posterior.gate.passed)


def _after(studies: Sequence[Study], posterior: Posterior, engine: Engine) -> Known:
    """Pool some of the studies behind a posterior, by the engine that found it where that can."""
    model, proper = posterior.model, posterior.model.mu.proper
    if posterior.engine == "exact":
        try:
            found = refit(studies, model)
        except ArithmeticError as error:
            if engine == "exact" or not proper:  # under a flat prior it is only too early
                return Known(None, None, None, None, passed=not proper, reason=str(error))
        else:
            evidence, error_bound = found.log_marginal_likelihood, found.error_bound
            return Known(found.mu, found.tau, found.theta_new, evidence, error_bound, exact_gate(error_bound).passed)
    effects = replace(posterior.effects, studies=tuple(studies))
    try:
        return _of(workflow.fit(effects, model, engine, posterior.seed))
    except InputError as error:
        return Known(None, None, None, None, reason=error.problems[0].rule)
    except FitError as error:
        return Known(None, None, None, None, passed=False, reason=str(error))


def _added(study: Study, date: str, before: Known, rng: np.random.Generator) -> dict[str, Any]:
    """Return which study was added, how precise its report is, and how far out it lies in what was expected of it."""
    tail = None
    if before.theta_new is not None:
        low, high = loo_pit.transform(study, before.theta_new, REPLICATES, rng)
        tail = min(1.0, 2.0 * min(high, 1.0 - low))
    se, of = precision(study)
    report = study.report
    return {
        "study": study.label,
        "id": report.id,
        "report": report.kind,
        "published": date or None,
        "se": se,
        "se_of": of,
        "tail": tail,
    }


def _log_score(group: Sequence[Study], before: Known, after: Known) -> float | None:
    """Return the log predictive density or probability of what was added; None where it is not known."""
    if before.log_marginal_likelihood is not None and after.log_marginal_likelihood is not None:
        return after.log_marginal_likelihood - before.log_marginal_likelihood
    if len(group) > 1 or before.theta_new is None:
        return None
    with np.errstate(divide="ignore"):
        levels = group[0].curve.log_value(before.theta_new.x) + np.log(before.theta_new.mass)
    return float(np.logaddexp.reduce(levels))


def _told(result: Result, steps: Sequence[Step], by: str, ties: str, level: float) -> Followed:
    """Return the steps of an outcome as an answer."""
    numbers = {"by": by, "ties": ties, "level": level, "null": result.outcome.null, "steps": list(steps)}
    passed = all(step["passed"] for step in steps)
    return Followed(
        result, Evidence("cumulative", whole(steps, result, by, level), numbers, passed, caveats(steps, by, ties))
    )
