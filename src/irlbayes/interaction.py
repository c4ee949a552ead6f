"""Do treatments help IRL-positive patients more: the question put to a whole evidence base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from irlbayes import workflow
from irlbayes.answering import refuse_level
from irlbayes.core.answers import SEED, Analysis, Engine, Settings
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.treatment import ByRims, Treatment
from irlbayes.core.types import EffectTable, Published, ReportTable
from irlbayes.effects import bearing
from irlbayes.posterior.exact import prior_unknowns
from irlbayes.questions.treatment import prior_alone


def treatment(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    harm: str | None = None,
    use: str = "primary",
    drop_reports: Sequence[str] = (),
    model: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    random_effects: str | None = None,
    engine: Engine = "auto",
    level: float = 0.95,
    scale: str | None = None,
    sheet: str | None = None,
    seed: int = SEED,
    progress: Callable[[str, int, int], None] | None = None,
) -> Treatment:
    """Ask whether treatments help IRL-positive patients more, and what in the evidence can say so.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `workflow.analyze`.
    outcomes : sequence of str
        Outcomes to answer, among those that compare effects of treatment; all of them by default.
    harm : str, optional
        ``+`` where more of the outcome is worse for patients, ``-`` where less is; for a plain table, which does not
        say. An evidence folder declares it.
    use, drop_reports, model, prior_mu, prior_tau, random_effects, engine, level, scale, sheet, seed, progress
        As for `workflow.analyze`.

    Returns
    -------
    Treatment
        With every row that has to do with treatment, and why it answers or does not.

    Raises
    ------
    InputError
        Nothing asks the question, or the side that is worse is not known; anything wrong with input or options.

    Examples
    --------
    >>> found = treatment("irl")
    >>> found.answers[0].count, round(found.answers[0].evidence.numbers["prior_p_helps_more"], 9)
    (0, 0.5)
    """
    refuse_level(level)
    read = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    table = _with_harm(read, harm)
    names = _asked(table, outcomes)
    chosen = {name: workflow.effect_table(table, name, use, drop_reports) for name in names}
    priors = (model, prior_mu, prior_tau, random_effects)
    models = {name: workflow.load_model(table.outcomes[name], *priors) for name in names}
    with_rows = [name for name in names if chosen[name].studies]
    analysis = Analysis(table, Settings(use, tuple(drop_reports), engine, level, seed), (), ())
    if with_rows:
        analysis = workflow.analyze(
            table,
            outcomes=with_rows,
            use=use,
            drop_reports=drop_reports,
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            random_effects=random_effects,
            engine=engine,
            level=level,
            seed=seed,
            progress=progress,
        )
    return Treatment(
        table,
        tuple(_answer(chosen[name], models[name], analysis, level) for name in names),
        bearing.bearings(table, list(chosen.values())),
        _published(table),
        bearing.wanted(),
        analysis,
    )


def _with_harm(table: ReportTable, harm: str | None) -> ReportTable:
    """Return a table whose outcomes say which sign is worse, where they did not."""
    if harm is None:
        return table
    declared = [outcome.name for outcome in table.outcomes.values() if outcome.is_interaction and outcome.harm]
    if harm not in ("+", "-"):
        raise InputError(Problem("--harm", "+ or -", "Write + where more of it is worse for patients.", value=harm))
    if declared:
        words = f"an evidence folder declares the harm of each outcome ({', '.join(declared)})"
        raise InputError(Problem("--harm", words, "Leave --harm out.", value=harm))
    outcomes = {name: replace(one, harm=harm if one.is_interaction else "") for name, one in table.outcomes.items()}
    return replace(table, outcomes=outcomes)


def _asked(table: ReportTable, outcomes: Sequence[str]) -> list[str]:
    """Return the outcomes that compare effects of treatment, or those of them that are named."""
    known = [name for name, outcome in table.outcomes.items() if outcome.is_interaction]
    if not known:
        rows = "; ".join(bearing.wanted())
        raise InputError(
            Problem(
                table.source,
                "no row compares the effect of treatment with rims to its effect without, and no outcome asks for it",
                f'Rows that do: {rows}. In a folder, declare an outcome with treatment = "interaction".',
            )
        )
    problems = [
        Problem("--outcome", f"one that compares effects of treatment: {', '.join(known)}", "Choose one.", value=name)
        for name in outcomes
        if name not in known
    ]
    names = list(dict.fromkeys(outcomes)) or known
    silent = [name for name in names if name in known and not table.outcomes[name].harm]
    if silent and not problems:
        words = f"which sign of {', '.join(silent)} is worse for patients is not said, so that more help has no side"
        problems.append(Problem("--harm", words, "Give --harm + where more of it is worse (relapses), else --harm -."))
    if problems:
        raise InputError(problems)
    return names


def _answer(effects: EffectTable, model: ModelSpec, analysis: Analysis, level: float) -> ByRims:
    outcome, count = effects.outcome, len(effects.studies)
    if not count:
        prior = prior_unknowns(model.mu, model.tau, model.random_effects)
        return ByRims(outcome, model, prior_alone(outcome, model, prior, level), 0)
    for result in analysis.results:
        if result.outcome.name == outcome.name:
            return ByRims(outcome, model, result.answers["treatment"], count)
    reasons = [item.reason for item in analysis.skipped if item.outcome == outcome.name]
    return ByRims(outcome, model, None, count, "; ".join(reasons))


def _published(table: ReportTable) -> tuple[Published, ...]:
    """Return what reviews printed about outcomes that have to do with treatment."""
    return tuple(
        row
        for name, rows in table.published.items()
        if name in table.outcomes and table.outcomes[name].treatment
        for row in rows
    )
