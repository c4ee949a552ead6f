"""What several outcomes borrowed from each other: numbers, words and caveats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from irlbayes.core.answers import Marginal, Posterior, Unknowns
from irlbayes.core.joint import Correlation, JointPosterior, cells, prior_of_pair, prior_sd_of_pair
from irlbayes.core.summary import describe, summarize
from irlbayes.posterior.draws import Draws

MOSTLY_PRIOR = 0.9  # posterior sd of a correlation, as a share of the prior's, above which it is called mostly prior
STRIKING = ("direction", "significance", "p_value")


def outcome(posterior: JointPosterior, alone: Posterior, o: int, level: float) -> dict[str, Any]:
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


def pair(posterior: JointPosterior, pair: tuple[int, int], level: float) -> dict[str, Any]:
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


def statement(posterior: JointPosterior, outcomes: Sequence[Mapping[str, Any]]) -> str:
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


def caveats(posterior: JointPosterior, linked: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
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
