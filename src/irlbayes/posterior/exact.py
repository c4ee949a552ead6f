"""The exact engine as a posterior: quadrature, its own error as the gate, and independent draws on demand.

A fit imports NumPy only (and `scipy.special` where a curve has edges); what draws need is imported when ``tree`` is
first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from irlbayes.core import priors
from irlbayes.core.answers import Posterior, Unknowns
from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.design import Design
from irlbayes.core.errors import FitError
from irlbayes.core.types import EffectTable
from irlbayes.posterior.gate import exact_gate
from irlbayes.posterior.quadrature import NORMAL_EFFECTS, ExactPosterior, solve, unbounded_side
from irlbayes.posterior.regression import regression_draws, solve_regression

if TYPE_CHECKING:
    import xarray as xr

NO_ATTRS: Mapping[str, Any] = MappingProxyType({})


def applies(effects: EffectTable, model: ModelSpec) -> str:
    """Say whether quadrature reaches a model.

    Parameters
    ----------
    effects : EffectTable
    model : ModelSpec

    Returns
    -------
    str
        Empty where it does; otherwise why not.

    Notes
    -----
    A study's shrunken effect is its own likelihood times what the others predict. With a flat prior the others alone
    must therefore bound mu on both sides, whichever study is left out.
    """
    for role, prior in (("mu", model.mu), ("tau", model.tau)):
        if prior.family not in priors.FAMILIES:
            return f"{prior.family!r} is not a known family of priors for {role}"
    if not effects.studies:
        return "there is no report"
    if effects.design is not None:
        return _regression_applies(effects, model)
    if model.mu.proper:
        return ""
    for out in effects.studies:
        side = unbounded_side([study.curve for study in effects.studies if study is not out])
        if side:
            return f"mu has a flat prior, and without {out.label} no report bounds it from {side}"
    return ""


def fit(effects: EffectTable, model: ModelSpec, seed: int = 20260, attrs: Mapping[str, Any] = NO_ATTRS) -> Posterior:
    """Fit a model without draws: every marginal by quadrature, with the error measured.

    Parameters
    ----------
    effects : EffectTable
        At least one study.
    model : ModelSpec
    seed : int
        Of the draws in ``tree``; no other number depends on it.
    attrs : Mapping
        Provenance to keep in the tree.

    Returns
    -------
    Posterior

    Raises
    ------
    FitError
        Where quadrature does not apply, or the posterior cannot be resolved.
    """
    reason = applies(effects, model)
    if reason:
        raise FitError(f"The exact engine does not apply to {effects.outcome.name}: {reason}.")
    curves = [study.curve for study in effects.studies]
    if effects.design is not None:
        return _fit_regression(effects, model, effects.design, seed, attrs)
    try:
        prior = prior_unknowns(model.mu, model.tau, model.random_effects)
        exact = solve(curves, model.mu, model.tau, random_effects=model.random_effects)
    except ArithmeticError as error:
        raise FitError(
            f"The posterior of {effects.outcome.name} under model {model.name} could not be computed by quadrature: "
            f"{error}."
        ) from error
    gate = exact_gate(exact.error_bound)

    def grow(studies: bool) -> xr.DataTree:
        from irlbayes.posterior import store

        draws = store.exact_draws(curves, model, exact.tau, seed, draws=1000 if studies else 500, studies=studies)
        facts = {"error_bound": exact.error_bound, **attrs}
        told = store.provenance(effects, model, "exact", seed, gate, ("irlbayes", "numpy", "scipy"), facts)
        return store.build(effects, model, prior, draws, {}, seed, told)

    return Posterior(
        engine="exact",
        effects=effects,
        model=model,
        prior=prior,
        after=_unknowns(exact),
        gate=gate,
        share=exact.share,
        log_marginal_likelihood=exact.log_marginal_likelihood,
        error_bound=exact.error_bound,
        seed=seed,
        grow=grow,
        clash=exact.clash,
    )


def _regression_applies(effects: EffectTable, model: ModelSpec) -> str:
    """Say whether quadrature reaches a model with moderators: normal reports and normal random effects only."""
    if model.random_effects != NORMAL_EFFECTS:
        return f"moderators with {model.random_effects} random effects leave more than one unknown to integrate"
    if "student_t" in (model.mu.family, model.beta.family if model.beta else ""):
        return "moderators need normal or flat priors of the coefficients, not a Student t"
    partial = [study.label for study in effects.studies if not study.curve.is_normal]
    if partial:
        return f"moderators need normal likelihoods, and {partial[0]} has another"
    return ""


def _fit_regression(
    effects: EffectTable, model: ModelSpec, design: Design, seed: int, attrs: Mapping[str, Any]
) -> Posterior:
    curves = [study.curve for study in effects.studies]
    try:
        found = solve_regression(curves, design.matrix, design.priors(model), model.tau, design.average)
        prior = prior_with_moderators(design, model)
    except ArithmeticError as error:
        raise FitError(f"The meta-regression of {effects.outcome.name} could not be computed: {error}.") from error
    gate = exact_gate(found.error_bound)

    def grow(studies: bool) -> xr.DataTree:
        from irlbayes.posterior import store

        rows = (design.matrix, design.priors(model), model.tau, found.tau, design.average)
        draws = regression_draws(curves, *rows, seed)
        facts = {"error_bound": found.error_bound, **attrs}
        told = store.provenance(effects, model, "exact", seed, gate, ("irlbayes", "numpy", "scipy"), facts)
        return store.build(effects, model, prior, draws, {}, seed, told)

    beta = dict(zip(design.names, found.beta, strict=True))
    return Posterior(
        engine="exact",
        effects=effects,
        model=model,
        prior=prior,
        after=Unknowns(found.mu, found.tau, found.theta_new, found.theta, beta),
        gate=gate,
        share=None,
        log_marginal_likelihood=found.log_marginal_likelihood,
        error_bound=found.error_bound,
        seed=seed,
        grow=grow,
    )


def prior_with_moderators(design: Design, model: ModelSpec) -> Unknowns:
    """Return the unknowns of a meta-regression before the data; coefficients with a flat prior are left out."""
    at_average = prior_unknowns(design.prior_of_average(model), model.tau)
    beta = {
        name: prior_unknowns(prior, model.tau).mu
        for name, prior in zip(design.names, design.priors(model), strict=True)
        if prior.proper
    }
    return replace(at_average, beta={name: one for name, one in beta.items() if one is not None})


def _unknowns(exact: ExactPosterior) -> Unknowns:
    return Unknowns(exact.mu, exact.tau, exact.theta_new, exact.theta)


@lru_cache(maxsize=64)
def prior_unknowns(mu: Prior, tau: Prior, random_effects: RandomEffects = NORMAL_EFFECTS) -> Unknowns:
    """Return the unknowns before the data; mu and a new effect are None where the prior of mu is flat.

    Raises
    ------
    ArithmeticError
        When a density cannot be resolved.
    """
    if not mu.proper:
        return Unknowns(None, solve([], Prior("normal", (0.0, 1.0)), tau).tau, None)
    found = solve([], mu, tau, random_effects=random_effects)
    return Unknowns(found.mu, found.tau, found.theta_new)
