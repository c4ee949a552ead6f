"""The pipeline, in order, in one place: read, effects, declare, fit, ask. Nothing else composes stages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path

from irlbayes import __version__, standing
from irlbayes.answering import refuse_level, result
from irlbayes.core.answers import SEED, Analysis, Engine, Posterior, Result, Settings, Skipped
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import FitError, InputError, Problem, unknown
from irlbayes.core.types import EffectTable, Outcome, ReportTable, Threshold
from irlbayes.data import evidence as evidence_data
from irlbayes.data.readings import read_as
from irlbayes.effects import forensic
from irlbayes.effects import table as effects_table
from irlbayes.effects.moderators import design as design_of
from irlbayes.models import declare, extensions
from irlbayes.posterior import clusters, exact
from irlbayes.posterior.refusals import refuse


def read_reports(
    evidence: str | Path = "irl", scale: str | None = None, sheet: str | None = None, clustered: bool = False
) -> ReportTable:
    """Read and validate an evidence base, so that everything after it can trust the rows.

    Parameters
    ----------
    evidence : str or Path
        A bundled name (``irl``), a folder like `data/irl`, a CSV, XLSX or RevMan file, or a ledger (its rows in force).
    scale : str, optional
        Scale of a file's effects (``smd``, ``log_or``, ...); the one that its rows can all speak on by default.
    sheet : str, optional
        Sheet of an XLSX file; the first with a table by default.
    clustered : bool
        Whether a cohort may have several primary rows in one outcome.

    Returns
    -------
    ReportTable

    Raises
    ------
    InputError
        With every problem found, each with file, line, column, value, rule and fix.

    Examples
    --------
    >>> len(read_reports("irl").reports)
    140
    """
    if standing.is_ledger(Path(evidence)):
        table = standing.read(Path(evidence), scale, sheet)
    else:
        table = evidence_data.read_evidence(evidence, effects_table.kinds(), scale, sheet)
    problems = effects_table.unusable(table) + ([] if clustered else effects_table.repeated_cohorts(table))
    for name in dict.fromkeys(reading.name for reading in table.readings):
        otherwise = [found for found in effects_table.unusable(read_as(table, name)) if found not in problems]
        problems += [replace(found, rule=f"read as {name}: {found.rule}") for found in otherwise]
    if problems:
        raise InputError(problems)
    return table


def effect_table(
    table: ReportTable,
    outcome: str,
    use: str = "primary",
    drop_reports: Collection[str] = (),
    likelihood: str | None = None,
    moderators: str | None = None,
    clustered: bool = False,
) -> EffectTable:
    """Turn the reports of one outcome into study likelihoods.

    Parameters
    ----------
    table : ReportTable
    outcome : str
    use : str
        ``primary``, or ``sensitivity`` to add rows of cohorts without a primary row.
    drop_reports : collection of str
        Report kinds to leave out.
    likelihood : str, optional
        Likelihood of the rows that have it, such as ``normal``; each kind's own by default.
    moderators : str, optional
        Right side of a formula over columns of the table or of its studies, such as ``year + design``.
    clustered : bool
        Whether every row of a cohort enters, and not one; for a model with ``within``.

    Returns
    -------
    EffectTable

    Raises
    ------
    InputError
        Unknown outcome, use, report kind or likelihood.

    Examples
    --------
    >>> [study.label for study in effect_table(read_reports("irl"), "relapse").studies]
    ['reeves2024', 'kim2023']
    """
    problems = unknown("--outcome", [outcome], table.outcomes, f"an outcome of {table.name}")
    problems += choice_problems(use, drop_reports, likelihood)
    if not clustered:
        problems += effects_table.repeated_cohorts(table, outcome)
    if problems:
        raise InputError(problems)
    found = effects_table.effect_table(
        table, table.outcomes[outcome], use, drop_reports, likelihood or "", forensic.findings(table), clustered
    )
    if not moderators or not found.studies:
        return found
    return replace(found, design=design_of(moderators, found.studies, table.studies))


def choice_problems(use: str, drop_reports: Collection[str], likelihood: str | None) -> list[Problem]:
    """Return what is wrong with a choice of rows and likelihood, whatever the table."""
    kinds = effects_table.kinds()
    likelihoods = dict.fromkeys(name for kind in kinds.values() for name in kind.LIKELIHOODS)
    return [
        *unknown("--use", [use], effects_table.USES),
        *unknown("--drop-report", drop_reports, kinds, "a report kind"),
        *unknown(
            "--likelihood", [likelihood] if likelihood else [], likelihoods, "a likelihood that a report kind has"
        ),
    ]


def load_model(
    outcome: Outcome,
    name: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    random_effects: str | None = None,
    moderators: str | None = None,
    prior_beta: str | None = None,
    within: str | None = None,
    within_correlation: float = 0.0,
) -> ModelSpec:
    """Load the model of an outcome: the one named, else the outcome's own, else the default of its scale.

    Parameters
    ----------
    outcome : Outcome
    name : str, optional
        A declaration of `models/`.
    prior_mu, prior_tau : str, optional
        Priors that replace the declared ones, such as ``normal(0, 4)`` and ``half_cauchy(0.5)``.
    random_effects : str, optional
        Random effects that replace the declared ones: ``normal``, ``student_t(4)``, ``contaminated(0.1, 5)``.
    moderators, prior_beta : str, optional
        Formula of the moderators, and the prior of every coefficient but the intercept (by default that of mu around
        zero).
    within : str, optional
        Prior of omega, the sd between rows of one cohort, such as ``half_normal(0.25)``, or ``default`` for a
        half-normal with the scale of tau's; every row of a cohort then enters.
    within_correlation : float
        Correlation of the sampling errors of one cohort's normal rows.

    Returns
    -------
    ModelSpec

    Examples
    --------
    >>> str(load_model(read_reports("irl").outcomes["disability"]).mu)
    'normal(0, 1)'
    """
    chosen = declare.choose(outcome, name, prior_mu, prior_tau, random_effects)
    chosen = extensions.moderated(chosen, moderators, prior_beta)
    return extensions.clustered(chosen, within, within_correlation)


def fit(
    effects: EffectTable, model: ModelSpec, engine: Engine = "auto", seed: int = SEED, progress: bool = False
) -> Posterior:
    """Fit a model to the studies of one outcome.

    Parameters
    ----------
    effects : EffectTable
    model : ModelSpec
    engine : str
        ``exact`` (quadrature), ``nuts`` (PyMC sampled by nutpie), or ``auto``: exact where it applies and meets its own
        error bound, else NUTS.
    seed : int
        Of the draws.
    progress : bool
        Whether NUTS shows its progress.

    Returns
    -------
    Posterior

    Raises
    ------
    InputError
        No studies, a model of another scale, or a posterior that would be improper.
    FitError
        When the engine cannot compute the posterior.

    Examples
    --------
    >>> table = read_reports("irl")
    >>> posterior = fit(effect_table(table, "relapse"), load_model(table.outcomes["relapse"]))
    >>> posterior.engine, posterior.gate.passed
    ('exact', True)
    """
    refuse(effects, model, engine)
    clustered = model.within is not None
    reason = clusters.applies(effects, model) if clustered else exact.applies(effects, model)
    attrs = {"irlbayes_version": __version__, "model_fingerprint": declare.fingerprint(model)}
    if engine == "exact" and reason:
        raise FitError(f"the exact engine does not apply: {reason}; use --engine nuts")
    if not reason and engine != "nuts":
        try:
            posterior = (clusters.fit if clustered else exact.fit)(effects, model, seed=seed, attrs=attrs)
        except FitError:
            if engine == "exact":
                raise
        else:
            if posterior.gate.passed or engine == "exact":
                return posterior
    from irlbayes.models import graph
    from irlbayes.posterior import nuts

    return nuts.fit(effects, model, graph.build, seed=seed, progress=progress, attrs=attrs)


def analyze(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    use: str = "primary",
    drop_reports: Sequence[str] = (),
    likelihood: str | None = None,
    model: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    random_effects: str | None = None,
    moderators: str | None = None,
    prior_beta: str | None = None,
    within: str | None = None,
    within_correlation: float = 0.0,
    engine: Engine = "auto",
    level: float = 0.95,
    thresholds: Sequence[float] = (),
    scale: str | None = None,
    sheet: str | None = None,
    seed: int = SEED,
    progress: Callable[[str, int, int], None] | None = None,
) -> Analysis:
    """Do the main job: every outcome of an evidence base, from reports to probabilities.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `read_reports`, or a table already read.
    outcomes : sequence of str
        Outcomes to answer; all by default.
    use, drop_reports, likelihood
        As for `effect_table`.
    model, prior_mu, prior_tau, random_effects, moderators, prior_beta, within, within_correlation
        As for `load_model`.
    engine, seed
        As for `fit`.
    level : float
        Probability of the intervals.
    thresholds : sequence of float
        Sizes of effect beside the declared ones, on the outcome's scale (a log for ratios).
    scale, sheet
        As for `read_reports`.
    progress : callable, optional
        Called with the outcome's name, its number and the number of outcomes.

    Returns
    -------
    Analysis

    Raises
    ------
    InputError
        Anything wrong with the input or the options; nothing is answered then.

    Examples
    --------
    >>> analysis = analyze("irl", outcomes=["relapse"])
    >>> analysis.results[0].answers["pooled"].numbers["p_gt_null"] > 0.9
    True
    """
    refuse_level(level)
    if not all(isfinite(value) for value in thresholds):
        raise InputError(Problem("--threshold", "a finite number", "Write a number on the scale of pooling."))
    table = evidence if isinstance(evidence, ReportTable) else read_reports(evidence, scale, sheet, within is not None)
    names = list(dict.fromkeys(outcomes)) or list(table.outcomes)
    tables = {
        name: effect_table(table, name, use, drop_reports, likelihood, moderators, within is not None) for name in names
    }
    wanted = [name for name in names if tables[name].studies]
    chosen = (model, prior_mu, prior_tau, random_effects, moderators, prior_beta, within, within_correlation)
    specs = {name: load_model(table.outcomes[name], *chosen) for name in wanted}
    skipped = [
        Skipped(name, effects_table.why_empty(tables[name], use), failed=name in outcomes)
        for name in names
        if name not in wanted
    ]
    extra = tuple(Threshold(float(value), "given", "given with this analysis") for value in thresholds)
    results: list[Result] = []
    refused: list[Problem] = []
    for number, name in enumerate(wanted, start=1):
        if progress is not None:
            progress(name, number, len(wanted))
        try:
            posterior = fit(tables[name], specs[name], engine, seed, progress is not None)
        except InputError as error:
            refused += error.problems
            skipped.append(Skipped(name, str(error), failed=True))
        except FitError as error:
            skipped.append(Skipped(name, str(error), failed=True))
        else:
            results.append(result(posterior, level, (*table.outcomes[name].thresholds, *extra)))
    if refused and not results:
        raise InputError(refused)
    order = {name: place for place, name in enumerate(names)}
    skipped.sort(key=lambda item: order[item.outcome])
    return Analysis(
        table, Settings(use, tuple(drop_reports), engine, level, seed, likelihood or ""), tuple(results), tuple(skipped)
    )


def fingerprints(analysis: Analysis) -> dict[str, str]:
    """Return the fingerprint of each outcome's model."""
    return {result.outcome.name: declare.fingerprint(result.posterior.model) for result in analysis.results}
