"""One outcome step by step: before any study, after a review where one starts it, and after each study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from irlbayes import workflow
from irlbayes.checks import loo_pit
from irlbayes.core.answers import Engine, Marginal, Posterior
from irlbayes.core.errors import FitError, InputError
from irlbayes.core.ordering import Groups, precision
from irlbayes.core.sequence import Step, changed
from irlbayes.core.starts import Started
from irlbayes.core.summary import describe, summarize
from irlbayes.core.types import Outcome, Study, Threshold
from irlbayes.posterior.exact import prior_unknowns
from irlbayes.posterior.gate import exact_gate
from irlbayes.posterior.refit import refit

SPREAD = ("median", "ci_low", "ci_high")
REPLICATES = 1000  # reports simulated for the tail probability of one that is not normal


@dataclass(frozen=True)
class Known:
    """What is known after some studies; the unknowns are None where there is no answer yet."""

    mu: Marginal | None = None
    tau: Marginal | None = None
    theta_new: Marginal | None = None
    log_marginal_likelihood: float | None = None
    error_bound: float | None = None
    passed: bool = True
    reason: str = ""


def steps(
    posterior: Posterior,
    groups: Groups,
    dates: Mapping[str, str],
    thresholds: Sequence[Threshold],
    *,
    engine: Engine,
    level: float,
    seed: int,
    started: Started | None = None,
) -> list[Step]:
    """Answer one outcome before any study, after a review where one starts it, and after each group of studies.

    Parameters
    ----------
    posterior : Posterior
        After all of them.
    groups : tuple of tuple of Study
    dates : Mapping
        Date of publication by id of a report.
    thresholds : sequence of Threshold
    engine : str
    level : float
        Probability of the intervals.
    seed : int
        Of the reports that are simulated for tail probabilities.
    started : Started, optional
        The published result behind the posterior's prior.
    """
    outcome = posterior.effects.outcome
    prior = _prior(posterior, started)
    told = _Told(outcome, prior, thresholds, level)
    found: list[Step] = [told.step(0, prior)]
    known = prior
    if started is not None:
        known = _of_prior(posterior)
        found.append(told.next(found[-1], 0, known, [_review(started, prior)]))
    so_far: tuple[Study, ...] = ()
    for number, group in enumerate(groups, start=1):
        so_far, before = (*so_far, *group), known
        known = _of(posterior) if number == len(groups) else _after(so_far, posterior, engine)
        rng = np.random.default_rng((seed, 5, number))
        added = [_added(study, dates[study.report.id], before, rng) for study in group]
        found.append(told.next(found[-1], len(so_far), known, added, _log_score(group, before, known)))
    return found


@dataclass(frozen=True)
class _Told:
    """What is known as numbers and words, each number beside its prior value."""

    outcome: Outcome
    prior: Known
    thresholds: Sequence[Threshold]
    level: float

    @cached_property
    def prior_tau(self) -> Mapping[str, float]:
        """The prior of tau as numbers; empty where it is not known."""
        found = {} if self.prior.tau is None else summarize(self.prior.tau, self.level)
        return {f"prior_{name}": found[name] for name in SPREAD if name in found}

    def step(self, k: int, known: Known) -> Step:
        """Return what is known after k reports in numbers."""
        asked = self.outcome.null, self.level, self.thresholds
        mu = None if known.mu is None else describe(known.mu, self.prior.mu, *asked)
        new = None if known.theta_new is None else describe(known.theta_new, self.prior.theta_new, *asked)
        tau = None if known.tau is None else {**summarize(known.tau, self.level), **self.prior_tau}
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

    def next(
        self, before: Step, k: int, known: Known, added: Sequence[Mapping[str, Any]], score: float | None = None
    ) -> Step:
        """Return the step after another one."""
        found = {**self.step(k, known), "step": before["step"] + 1, "added": list(added), "log_score": score}
        return {**found, "words": changed(before, found, self.outcome, self.level)}


# --- what is known ------------------------------------------------------------------------------------------


def _prior(posterior: Posterior, started: Started | None) -> Known:
    """Return the prior: that of the model before the published result, where there is one."""
    if started is None:
        return _of_prior(posterior)
    found = prior_unknowns(started.base.mu, started.base.tau, started.base.random_effects)
    return Known(found.mu, found.tau, found.theta_new)


def _of_prior(posterior: Posterior) -> Known:
    prior = posterior.prior
    return Known(prior.mu, prior.tau, prior.theta_new, 0.0 if posterior.model.mu.proper else None)


def _of(posterior: Posterior) -> Known:
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
                return Known(passed=not proper, reason=str(error))
        else:
            evidence, error_bound = found.log_marginal_likelihood, found.error_bound
            return Known(found.mu, found.tau, found.theta_new, evidence, error_bound, exact_gate(error_bound).passed)
    effects = replace(posterior.effects, studies=tuple(studies))
    try:
        return _of(workflow.fit(effects, model, engine, posterior.seed))
    except InputError as error:
        return Known(reason=error.problems[0].rule)
    except FitError as error:
        return Known(passed=False, reason=str(error))


# --- what was added -----------------------------------------------------------------------------------------


def _added(study: Study, date: str, before: Known, rng: np.random.Generator) -> dict[str, Any]:
    """Return which study was added, how precise its report is, and how far out it lies in what was expected of it."""
    tail = None
    if before.theta_new is not None:
        low, high = loo_pit.transform(study, before.theta_new, REPLICATES, rng)
        tail = min(1.0, 2.0 * min(high, 1.0 - low))
    se, of = precision(study)
    return {
        "study": study.label,
        "id": study.report.id,
        "report": study.report.kind,
        "published": date or None,
        "se": se,
        "se_of": of,
        "tail": tail,
    }


def _review(started: Started, before: Known) -> dict[str, Any]:
    """Return the published result as what a step added; its tail is that of a normal estimate of the mean."""
    from scipy.special import ndtr

    start, tail = started.start, None
    if before.mu is not None:
        below = float(before.mu.mass @ ndtr((start.estimate - before.mu.x) / start.se))
        tail = 2.0 * min(below, 1.0 - below)
    return {
        "study": start.review,
        "id": None,
        "report": "review",
        "published": None,
        "se": start.se,
        "se_of": "report",
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
