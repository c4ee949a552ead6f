"""How far an answer may be trusted: every check of `checks/`, on every outcome of an evidence base."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from irlbayes import workflow
from irlbayes.core import rivals
from irlbayes.core.answers import SEED, Evidence, Result
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.errors import InputError, IrlbayesError, Problem, unknown
from irlbayes.core.examining import Case, Examination, Examined
from irlbayes.core.registry import leaves
from irlbayes.core.types import ReportTable
from irlbayes.data import reports as report_columns
from irlbayes.effects import table as effects_table
from irlbayes.models import library
from irlbayes.posterior.refit import above, refit, scores
from irlbayes.posterior.subgroups import regroup
from irlbayes.processes import pool

REPLICATES = 1000
MOST_LEVELS, FEWEST_IN_A_LEVEL = 4, 2
DIVIDING = ("instrument", "contrast")  # columns of an evidence folder that may divide studies into groups
OF_STUDIES = ("design",)  # of its studies.csv


def checks() -> Mapping[str, Callable[[Case], Evidence | None]]:
    """Return every check by name: the files of `checks/`."""
    return {name: module.answer for name, module in leaves("irlbayes.checks").items()}


def check(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    only: Sequence[str] = (),
    replicates: int = REPLICATES,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
    pulse: Callable[[], None] | None = None,
    scale: str | None = None,
    sheet: str | None = None,
    **options: Any,
) -> Examination:
    """Examine the answers about an evidence base: priors, fit, influence.

    Parameters
    ----------
    evidence, outcomes, scale, sheet
        As for `workflow.analyze`.
    only : sequence of str
        Checks to run; all by default.
    replicates : int
        Data sets that predictive checks simulate.
    workers : int
        Processes that share the outcomes.
    progress : callable, optional
        Called with the outcome's name, its number and the number of outcomes.
    pulse : callable, optional
        Called before every check where one process does the work; what it raises ends it.
    **options
        Other arguments of `workflow.analyze`.

    Returns
    -------
    Examination

    Raises
    ------
    InputError
        Anything wrong with the input or the options.

    Examples
    --------
    >>> found = check("irl", outcomes=["relapse"], only=["bayes_factor"])
    >>> found.examined[0].checks["bayes_factor"].passed
    True
    """
    known = checks()
    problems = unknown("--only", only, known)
    if replicates < 100:
        problems.append(Problem("--replicates", "at least 100", "Write 1000.", value=str(replicates)))
    if problems:
        raise InputError(problems)
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    analysis = workflow.analyze(table, outcomes=outcomes, **options)
    beat = pulse if min(workers, len(analysis.results)) <= 1 else None
    work = partial(_examine, table, options, tuple(only) or tuple(known), replicates, beat)
    names = [result.outcome.name for result in analysis.results]
    found = []
    alone = min(workers, len(names)) < 2
    with nullcontext() if alone else pool(min(workers, len(names))) as many:
        # another process fits again: a posterior does not travel
        run = map(work, analysis.results) if many is None else many.map(work, names)
        for number, one in enumerate(run, start=1):
            if progress is not None:
                progress(names[number - 1], number, len(names))
            found.append(one)
    examined = tuple(
        Examined(result, answers, skipped, _verdict(result, answers))
        for result, (answers, skipped) in zip(analysis.results, found, strict=True)
    )
    return Examination(analysis, examined)


def _examine(
    table: ReportTable,
    options: Mapping[str, Any],
    names: Sequence[str],
    replicates: int,
    pulse: Callable[[], None] | None,
    of: Result | str,
) -> tuple[dict[str, Evidence], dict[str, str]]:
    """Run checks on one outcome: its result, or its name where that is still to be fitted."""
    result = of if isinstance(of, Result) else workflow.analyze(table, outcomes=[of], **options).results[0]
    posterior = result.posterior
    case = Case(
        posterior,
        refit,
        regroup,
        scores,
        above,
        panel(result),
        labels(table, result),
        float(options.get("level", 0.95)),
        int(options.get("seed", SEED)),
        replicates,
    )
    answers: dict[str, Evidence] = {}
    skipped: dict[str, str] = {}
    for name, ask in checks().items():
        if name not in names:
            continue
        if pulse is not None:
            pulse()
        try:
            answer = ask(case)
        except (ArithmeticError, IrlbayesError) as error:
            skipped[name] = str(error)
            continue
        if answer is not None:
            answers[name] = answer
        else:
            skipped[name] = "does not apply here"
    return answers, skipped


def panel(result: Result) -> tuple[ModelSpec, ...]:
    """Return an outcome's model under other priors, each named for what it is; the declared one first.

    Beside wider, narrower and heavy-tailed ones: those of the library that are marked for the panel and fit the scale,
    and a sceptic's and an enthusiast's of the largest declared threshold. None comes twice.

    Parameters
    ----------
    result : Result
    """
    model, outcome, mu = result.posterior.model, result.outcome, result.posterior.after.mu
    assert mu is not None
    rows = [(one.name, one.mu, one.tau) for one in rivals.panel(model)]
    rows += [(name, mu or model.mu, tau or model.tau) for name, mu, tau in library.panel(outcome.scale)]
    above = outcome.null is None or float(mu.sf(outcome.null)) >= 0.5
    rows += [(f"{name}({size:g})", prior, model.tau) for name, size, prior in library.sized(outcome, above)]
    once: dict[tuple[Prior, Prior], str] = {}
    for name, mu_prior, tau_prior in rows:
        once.setdefault((mu_prior, tau_prior), name)
    return tuple(replace(model, name=name, mu=mu, tau=tau) for (mu, tau), name in once.items())


def labels(table: ReportTable, result: Result) -> dict[str, tuple[str, ...]]:
    """Return the columns that may divide an outcome's studies into groups, with each study's value.

    Parameters
    ----------
    table : ReportTable
    result : Result

    Returns
    -------
    dict
        Columns with two to four values that at least two studies have each: of a plain table those that no report
        kind reads, of an evidence folder ``instrument``, ``contrast`` and the ``design`` of its studies.
    """
    studies = result.posterior.effects.studies
    own = set(report_columns.vocabulary(effects_table.kinds())) - {*DIVIDING}
    columns = dict.fromkeys(name for study in studies for name in study.report.values if name not in own)
    found = {name: tuple(study.report.text(name) for study in studies) for name in columns}
    for name in OF_STUDIES:
        found[name] = tuple(table.studies.get(study.report.study, {}).get(name, "") for study in studies)
    kept = {}
    for name, values in found.items():
        levels = [values.count(level) for level in {*values} - {""}]
        large = [count for count in levels if count >= FEWEST_IN_A_LEVEL]
        if len(large) >= 2 and len(levels) <= MOST_LEVELS:
            kept[name] = values
    return kept


def _verdict(result: Result, answers: Mapping[str, Evidence]) -> str:
    """Say all of it in a sentence or two."""
    alarms = [name for name, found in answers.items() if not found.passed]
    mostly = answers["prior_share"].numbers["mostly_prior"] if "prior_share" in answers else []
    if not result.passed:
        return "Do not use: the posterior itself failed its gate."
    if alarms:
        words = " ".join(answers[name].statement for name in alarms)
        return f"Look before you lean on it: {words}"
    if mostly:
        verb = "is" if len(mostly) == 1 else "are"
        return f"Nothing contradicts the model, but {' and '.join(mostly)} {verb} mostly prior."
    return "Nothing contradicts the model, and the data carry most of the answer."
