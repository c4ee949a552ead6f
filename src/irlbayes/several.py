"""Several outcomes at once, so that each one borrows strength from what the same cohorts report of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from irlbayes import __version__, workflow
from irlbayes.answering import refuse_level
from irlbayes.core.answers import SEED, Engine, Marginal, Posterior, Settings, Unknowns
from irlbayes.core.assumptions import RandomEffects
from irlbayes.core.errors import FitError, InputError, Problem
from irlbayes.core.joint import (
    Correlation,
    JointModel,
    JointPosterior,
    Together,
    cells,
    pairs,
    prior_of_pair,
    prior_sd_of_pair,
)
from irlbayes.core.summary import describe, summarize
from irlbayes.core.types import EffectTable, ReportTable
from irlbayes.effects import table as effects_table
from irlbayes.models import correlations, declare
from irlbayes.posterior import joint_exact
from irlbayes.posterior.draws import Draws
from irlbayes.posterior.refusals import refuse

MOSTLY_PRIOR = 0.9  # posterior sd of a correlation, as a share of the prior's, above which it is called mostly prior
STRIKING = ("direction", "significance", "p_value")


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
        alone.append(workflow.fit(one, spec, "auto", seed))
    if progress is not None:
        progress("together", len(names) + 1, len(names) + 1)
    posterior = _fit(alone, model, engine, seed, draws, tune)
    settings = Settings(use, tuple(drop_reports), engine, level, seed, likelihood or "")
    told = tuple(_outcome(posterior, alone[o], o, level) for o in range(len(names)))
    linked = tuple(_pair(posterior, pair, level) for pair in pairs(len(names)))
    return Together(
        table, settings, posterior, tuple(alone), told, linked, _statement(posterior, told), _caveats(posterior, linked)
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
    if engine == "exact" or not (why or engine == "nuts"):
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


def _outcome(posterior: JointPosterior, alone: Posterior, o: int, level: float) -> dict[str, Any]:
    """Return an outcome's numbers together and alone, and how much its spread shrank."""
    outcome = alone.effects.outcome
    both = cells(posterior.tables)
    shared = [cohort for cohort, found in both.items() if o in found and len(found) > 1]
    after = posterior.after[o]

    def numbers(unknowns: Unknowns) -> dict[str, Any]:
        assert unknowns.mu is not None
        assert unknowns.theta_new is not None
        return {
            "mu": describe(unknowns.mu, alone.prior.mu, outcome.null, level, outcome.thresholds),
            "tau": summarize(unknowns.tau, level),
            "new_study": describe(unknowns.theta_new, alone.prior.theta_new, outcome.null, level, outcome.thresholds),
        }

    ratio, error = _ratio(after.mu, alone.after.mu)
    new, _ = _ratio(after.theta_new, alone.after.theta_new)
    return {
        "outcome": outcome.name,
        "scale": outcome.scale,
        "unit": outcome.unit or None,
        "null": outcome.null,
        "harm": outcome.harm or None,
        "k": len(alone.effects.studies),
        "shared": len(shared),
        "together": numbers(after),
        "alone": {**numbers(alone.after), "engine": alone.engine},
        "sd_ratio": {"mu": ratio, "mcse": error, "new_study": new},
    }


def _ratio(together: Marginal | None, alone: Marginal | None) -> tuple[float | None, float | None]:
    """Return the sd together over the sd alone, and its Monte Carlo standard error; None where there is no sd."""
    if together is None or alone is None or together.sd is None or alone.sd is None:
        return None, None
    error = 0.0
    for one in (together, alone):
        if isinstance(one, Draws):
            import arviz as az

            error = float(np.hypot(error, az.mcse(one.values, method="sd") / one.sd))
    ratio = together.sd / alone.sd
    return ratio, ratio * error


def _pair(posterior: JointPosterior, pair: tuple[int, int], level: float) -> dict[str, Any]:
    """Return what is known of two outcomes' correlations, and which cohorts link them."""
    model, names = posterior.model, [table.outcome.name for table in posterior.tables]
    both = cells(posterior.tables)
    linking = [cohort for cohort, found in both.items() if {*pair} <= {*found}]
    normal = [
        cohort for cohort in linking if all(posterior.tables[o].studies[both[cohort][o]].curve.is_normal for o in pair)
    ]
    inside = {o for within in posterior.within for o in within}
    return {
        "outcomes": [names[o] for o in pair],
        "cohorts": linking,
        "cohorts_with_two_normal_reports": normal,
        "between": _correlation(model.between, posterior.between.get(pair), pair, len(names), level),
        "within": _correlation(model.within, posterior.within.get(pair), pair, len(inside) or len(names), level),
    }


def _correlation(
    assumed: Correlation, after: Marginal | None, pair: tuple[int, int], count: int, level: float
) -> dict[str, Any]:
    """Return a correlation after and before the data; after equals before where the reports say nothing."""
    if assumed.matrix is not None:
        return {"stated": float(assumed.matrix[pair])}
    low, high = prior_of_pair(assumed.eta, count, np.array([0.5 - 0.5 * level, 0.5 + 0.5 * level]))
    sd = prior_sd_of_pair(assumed.eta, count)
    prior = {"median": 0.0, "sd": sd, "ci_low": float(low), "ci_high": float(high), "p_gt_0": 0.5}
    if after is None or after.sd is None:
        return {"stated": None, **prior, "prior": prior, "sd_ratio": 1.0}
    ends = after.interval(level)
    return {
        "stated": None,
        "median": float(after.quantile(0.5)),
        "sd": after.sd,
        "ci_low": ends[0],
        "ci_high": ends[1],
        "p_gt_0": float(after.sf(0.0)),
        "prior": prior,
        "sd_ratio": after.sd / sd,
    }


def _statement(posterior: JointPosterior, outcomes: Sequence[Mapping[str, Any]]) -> str:
    """Say in two sentences what was pooled and how much was borrowed."""
    found = cells(posterior.tables)
    several = sum(len(places) > 1 for places in found.values())
    told = (
        f"{len(outcomes)} {'outcome' if len(outcomes) == 1 else 'outcomes'} of {len(found)} cohorts, {several} of which"
        f" {'reports' if several == 1 else 'report'} two or more."
    )
    ratios = {one["outcome"]: one["sd_ratio"] for one in outcomes if one["sd_ratio"]["mu"] is not None}
    narrower = {name: r for name, r in ratios.items() if 1.0 - r["mu"] > 2.0 * r["mcse"] + 1e-9}
    if not narrower:
        return f"{told} No mean effect became more precise than alone, beyond Monte Carlo error: nothing was borrowed."
    best = min(narrower, key=lambda name: narrower[name]["mu"])
    listed = ", ".join(f"{name} {r['mu']:.2f}" for name, r in narrower.items())
    return (
        f"{told} Posterior sds of the mean effect, as shares of those alone, where they shrank beyond Monte Carlo"
        f" error: {listed}. {best} borrowed most."
    )


def _caveats(posterior: JointPosterior, linked: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Say what a reader should know before leaning on what was borrowed."""
    gate = [
        f"The posterior failed a check: {check.name}, {check.rule}."
        for check in posterior.gate.checks
        if not check.passed
    ]
    return (
        *gate,
        *_on_between(posterior, linked),
        *_on_signs(posterior),
        *_on_within(posterior),
        *_on_reports(posterior),
    )


def _on_between(posterior: JointPosterior, linked: Sequence[Mapping[str, Any]]) -> list[str]:
    if posterior.model.between.stated is not None:
        return [
            "The correlation of true effects is stated: what was borrowed follows from it, and no report checks it."
        ]
    weak = [
        f"{' and '.join(one['outcomes'])} ({len(one['cohorts'])}, {one['between']['sd_ratio']:.2f} of the prior's)"
        for one in linked
        if one["between"]["sd_ratio"] > MOSTLY_PRIOR
    ]
    if not weak:
        return []
    return [
        "Correlations of true effects that are mostly prior (in parentheses: cohorts that report both, posterior sd):"
        f" {'; '.join(weak)}."
    ]


def _on_signs(posterior: JointPosterior) -> list[str]:
    harms = {table.outcome.harm for table in posterior.tables} - {""}
    if len(harms) < 2:
        return []
    lower = [table.outcome.name for table in posterior.tables if table.outcome.harm == "-"]
    return [
        f"Correlations are of the effects as they are. Lower is worse for {', '.join(lower)}, higher for the others: a"
        " negative correlation between the two sorts means that cohorts which are worse on one are worse on the other."
    ]


def _on_within(posterior: JointPosterior) -> list[str]:
    """Say what is assumed of sampling errors that the same patients share."""
    found, within = cells(posterior.tables), posterior.model.within
    linking = {cohort: places for cohort, places in found.items() if len(places) > 1}
    if not linking:
        return []
    reports = [posterior.tables[o].studies[place] for places in linking.values() for o, place in places.items()]
    partial = sum(not study.curve.is_normal for study in reports)
    told = []
    if partial:
        told.append(
            f"{partial} of the {len(reports)} reports of linking cohorts are not normal and have no closed joint"
            " likelihood: they are taken as independent given the cohort's effects, although the same patients gave"
            " them."
        )
    if partial == len(reports) and not within.none:
        told.append("No cohort has two normal reports: the within-study correlation has nothing to act on.")
    elif partial < len(reports):
        how = {True: "taken as 0", False: "stated"}[within.none] if within.stated is not None else "estimated"
        told.append(f"The within-study correlation of normal reports is not known from the papers; it is {how} here.")
    return told


def _on_reports(posterior: JointPosterior) -> list[str]:
    studies = [study for table in posterior.tables for study in table.studies]
    count = sum(study.report.kind in STRIKING for study in studies)
    told = [
        "Outcomes that a cohort does not report are taken as missing for reasons that do not depend on their results;"
        " borrowing does not mend selective reporting."
    ]
    if count:
        told.append(
            f"{count} of {len(studies)} reports are p-values, verdicts or directions. Abstracts print what is striking,"
            " and no model of that selection is applied."
        )
    return told


def fingerprints(found: Together) -> list[str]:
    """Return the fingerprint of each outcome's model."""
    return [declare.fingerprint(model) for model in found.posterior.model.models]
