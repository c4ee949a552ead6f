"""Several outcomes at once, so that each one borrows strength from what the same cohorts report of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from irlbayes import __version__, borrowing, workflow
from irlbayes.answering import refuse_level
from irlbayes.core.answers import SEED, Engine, Posterior, Settings
from irlbayes.core.assumptions import RandomEffects
from irlbayes.core.errors import FitError, InputError, Problem
from irlbayes.core.joint import (
    JointModel,
    JointPosterior,
    Together,
    pairs,
)
from irlbayes.core.types import EffectTable, ReportTable
from irlbayes.effects import table as effects_table
from irlbayes.models import correlations, declare
from irlbayes.posterior import joint_exact
from irlbayes.posterior.refusals import refuse


def together(
    evidence: str | Path | ReportTable = "irl",
    outcomes: Sequence[str] = (),
    *,
    correlation: Sequence[str] = (),
    eta: float | None = None,
    within_correlation: Sequence[str] = (),
    use: str = "primary",
    drop_reports: Sequence[str] = (),
    likelihood: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    engine: Engine = "auto",
    level: float = 0.95,
    scale: str | None = None,
    sheet: str | None = None,
    seed: int = SEED,
    draws: int = 2000,
    tune: int = 1000,
    progress: Callable[[str, int, int], None] | None = None,
) -> Together:
    """Pool several outcomes at once: a cohort's true effects on them are correlated, and so may be its errors.

    Parameters
    ----------
    evidence, use, drop_reports, likelihood, level, scale, sheet
        As for `workflow.analyze`.
    outcomes : sequence of str
        At least one.
    correlation : sequence of str
        Correlations of true effects between cohorts, stated: ``0.5`` for all pairs, or ``disability:relapse=0.5`` for
        each. Estimated by default.
    eta : float, optional
        Of the LKJ prior of the correlation matrix; 2 by default, 1 is uniform.
    within_correlation : sequence of str
        Correlations of the sampling errors of one cohort's normal reports, written likewise, or ``estimated``; 0 by
        default.
    prior_mu, prior_tau : str, optional
        Priors that replace those of every outcome's own model.
    engine : str
        ``exact``, ``nuts``, or ``auto``: exact where it applies, else NUTS.
    seed : int
        Of the draws.
    draws, tune : int
        Kept and warm-up draws of each of four chains, where NUTS is used.
    progress : callable, optional
        Called with what is fitted, its number and how many there are.

    Returns
    -------
    Together
        Correlations are of the effects as they are: where higher is worse for one outcome and lower for another, a
        negative correlation means that a cohort is worse on both.

    Raises
    ------
    InputError
        Anything wrong with the input or the options; nothing is answered then.
    FitError
        When an engine cannot compute a posterior.

    References
    ----------
    Riley, R. D. (2009). Multivariate meta-analysis: the effect of ignoring within-study correlation. Journal of the
    Royal Statistical Society A, 172(4), 789-811.

    Examples
    --------
    >>> found = together("irl", ["relapse", "brain_volume"])
    >>> found.posterior.engine, found.outcomes[0]["sd_ratio"]["mu"]
    ('exact', 1.0)
    """
    names = list(dict.fromkeys(outcomes))
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    if not names:
        rule = f"outcomes of {table.name}: {', '.join(table.outcomes)}"
        raise InputError(Problem("--outcome", rule, "Name two or more that the same cohorts report."))
    _, tables, between, within = _every(
        lambda: refuse_level(level),
        lambda: _tables(table, names, use, drop_reports, likelihood),
        lambda: correlations.between(correlation, eta, names),
        lambda: correlations.within(within_correlation, names),
    )
    specs = tuple(workflow.load_model(table.outcomes[name], None, prior_mu, prior_tau) for name in names)
    model = JointModel(specs, between, within)
    _refuse(tables, model, engine)
    alone = []
    for number, (one, spec) in enumerate(zip(tables, specs, strict=True), start=1):
        if progress is not None:
            progress(one.outcome.name, number, len(names) + 1)
        alone.append(workflow.fit(one, spec, "auto" if len(names) > 1 else engine, seed))
    if progress is not None:
        progress("together", len(names) + 1, len(names) + 1)
    posterior = _fit(alone, model, engine, seed, draws, tune)
    settings = Settings(use, tuple(drop_reports), engine, level, seed, likelihood or "")
    told = tuple(borrowing.outcome(posterior, alone[o], o, level) for o in range(len(names)))
    linked = tuple(borrowing.pair(posterior, pair, level) for pair in pairs(len(names)))
    return Together(
        table,
        settings,
        posterior,
        tuple(alone),
        told,
        linked,
        borrowing.statement(posterior, told),
        borrowing.caveats(posterior, linked),
    )


def _every(*steps: Callable[[], Any]) -> list[Any]:
    """Return what every step gives, or refuse with the problems of all of them."""
    found: list[Any] = []
    problems: list[Problem] = []
    for step in steps:
        try:
            found.append(step())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _tables(
    table: ReportTable, names: Sequence[str], use: str, drop_reports: Sequence[str], likelihood: str | None
) -> tuple[EffectTable, ...]:
    """Return the studies of every outcome; refuse an outcome that has none."""
    problems: list[Problem] = []
    found = []
    for name in names:
        try:
            found.append(workflow.effect_table(table, name, use, drop_reports, likelihood))
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    for one in found:
        if not one.studies:
            why = effects_table.why_empty(one, use)
            problems.append(Problem("--outcome", f"no report enters: {why}", "Leave it out.", value=one.outcome.name))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _refuse(tables: tuple[EffectTable, ...], model: JointModel, engine: str) -> None:
    """Refuse what has no answer, before any engine starts."""
    problems = []
    for one, spec in zip(tables, model.models, strict=True):
        if spec.mu.proper:
            refuse(one, spec, engine)
        else:
            rule = "a proper prior of every mean effect, where outcomes are pooled together"
            problems.append(Problem("--prior-mu", rule, 'Write "normal(0, 4)".', value=str(spec.mu)))
        if spec.random_effects != RandomEffects():
            rule = f"normal random effects, where outcomes are pooled together; {one.outcome.name} has others"
            problems.append(Problem(f"model {spec.name}", rule, "Leave it out.", value=str(spec.random_effects)))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))


def _fit(
    alone: Sequence[Posterior], model: JointModel, engine: Engine, seed: int, draws: int, tune: int
) -> JointPosterior:
    """Fit by quadrature where it applies and meets its own error bound, else by NUTS."""
    attrs = {
        "irlbayes_version": __version__,
        "model_fingerprints": ", ".join(declare.fingerprint(one) for one in model.models),
    }
    why = "" if joint_exact.apart(alone, model) else joint_exact.applies(alone, model)
    if engine == "exact" or len(alone) == 1 or not (why or engine == "nuts"):
        try:
            found = joint_exact.fit(alone, model, seed, attrs)
        except FitError as error:
            if engine == "exact":
                raise
            why = str(error)
        else:
            if found.gate.passed or engine == "exact" or joint_exact.apart(alone, model):
                return found
            why = "quadrature did not meet its own error bound"
    from irlbayes.models import joint_graph
    from irlbayes.posterior import joint_nuts

    return joint_nuts.fit(alone, model, joint_graph.build, why or "asked for", seed, draws, tune, attrs=attrs)


def fingerprints(found: Together) -> list[str]:
    """Return the fingerprint of each outcome's model."""
    return [declare.fingerprint(model) for model in found.posterior.model.models]
