"""The three-level model as a posterior: what `exact` is for one row per cohort."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.answers import Marginal, Posterior, Unknowns
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.errors import FitError
from irlbayes.core.types import EffectTable
from irlbayes.posterior.exact import NO_ATTRS
from irlbayes.posterior.gate import exact_gate
from irlbayes.posterior.three_levels import Cohort, ThreeLevels, cohorts, pool

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
CHAINS, DRAWS = 4, 1000


def applies(effects: EffectTable, model: ModelSpec) -> str:
    """Say why quadrature does not reach a three-level model; empty where it does."""
    if model.random_effects.family != "normal":
        return f"cohorts of several rows have normal random effects only, not {model.random_effects}"
    if model.moderators:
        return "cohorts of several rows are not pooled with moderators"
    for role, prior in (("mu", model.mu), ("tau", model.tau), ("omega", model.within)):
        if prior is None or prior.family not in priors.FAMILIES:
            return f"{prior} is not a known family of priors for {role}"
    if model.mu.family == "student_t":
        return "cohorts of several rows are pooled under a normal prior of mu, not a Student t"
    if not model.mu.proper:
        return "omega is integrated over marginal likelihoods, which a flat prior of mu does not have"
    return "" if effects.studies else "there is no report"


def groups_of(effects: EffectTable, model: ModelSpec) -> tuple[Cohort, ...]:
    """Return the cohorts of an outcome's rows."""
    names = [study.report.cohort for study in effects.studies]
    return cohorts([study.curve for study in effects.studies], names, model.within_correlation)


def fit(effects: EffectTable, model: ModelSpec, seed: int = 20260, attrs: Mapping[str, Any] = NO_ATTRS) -> Posterior:
    """Fit a three-level model: every marginal by quadrature.

    Parameters
    ----------
    effects : EffectTable
        At least one row; rows of one cohort share its effect.
    model : ModelSpec
        With ``within``.
    seed : int
        Of the draws in ``tree``, and of the effects of rows that are not normal.
    attrs : Mapping
        Provenance to keep in the tree.

    Returns
    -------
    Posterior
        Where a row is not normal, the rows' own effects are independent draws; all else is by quadrature.

    Raises
    ------
    FitError
        Where quadrature does not apply, or the posterior cannot be resolved.
    """
    reason = applies(effects, model)
    if reason:
        raise FitError(f"The exact engine does not apply to {effects.outcome.name}: {reason}.")
    assert model.within is not None
    groups = groups_of(effects, model)
    try:
        prior = prior_unknowns(model.mu, model.tau, model.within)
        found = pool(groups, model.mu, model.tau, model.within)
    except ArithmeticError as error:
        raise FitError(
            f"The posterior of {effects.outcome.name} under model {model.name} could not be computed by quadrature: "
            f"{error}."
        ) from error
    verdict = exact_gate(found.error_bound)
    drawn = None if found.theta is not None else exact_draws(groups, found, model, seed)

    def grow(studies: bool) -> xr.DataTree:
        from irlbayes.posterior import store

        draws = drawn or exact_draws(groups, found, model, seed)
        facts = {"error_bound": found.error_bound, **attrs}
        told = store.provenance(effects, model, "exact", seed, verdict, ("irlbayes", "numpy", "scipy"), facts)
        return store.build(effects, model, prior, draws, {}, seed, told)

    theta: tuple[Marginal, ...] = found.theta or ()
    if drawn is not None:
        from irlbayes.posterior.draws import Draws

        theta = tuple(Draws(drawn["theta"][:, :, i]) for i in range(len(effects.studies)))
    return Posterior(
        engine="exact",
        effects=effects,
        model=model,
        prior=prior,
        after=Unknowns(found.mu, found.tau, found.theta_new, theta, omega=found.omega),
        gate=verdict,
        share=found.share,
        log_marginal_likelihood=found.log_marginal_likelihood,
        error_bound=found.error_bound,
        seed=seed,
        grow=grow,
    )


@lru_cache(maxsize=64)
def prior_unknowns(mu: Prior, tau: Prior, within: Prior) -> Unknowns:
    """Return the unknowns before the data; mu and a new effect are None where the prior of mu is flat."""
    found = pool((), mu if mu.proper else Prior("normal", (0.0, 1.0)), tau, within)
    if not mu.proper:
        return Unknowns(None, found.tau, None, omega=found.omega)
    return Unknowns(found.mu, found.tau, found.theta_new, omega=found.omega)


def exact_draws(groups: tuple[Cohort, ...], found: ThreeLevels, model: ModelSpec, seed: int) -> dict[str, Array]:
    """Draw independently from a three-level posterior.

    Returns
    -------
    dict
        mu, tau, omega and theta_new, dims (chain, draw), and theta, dims (chain, draw, row).

    Notes
    -----
    omega is drawn among the nodes of its density, which are dense enough to integrate over it; given omega, mu, tau and
    the cohorts' effects by `store.exact_draws`, and given these the rows'.
    """
    from irlbayes.posterior import store

    rng = np.random.default_rng((seed, 2))
    counts = rng.multinomial(CHAINS * DRAWS, found.omega.mass / found.omega.mass.sum())
    parts: list[dict[str, Array]] = []
    for node in np.flatnonzero(counts):
        omega, count = float(found.at[node]), int(counts[node])
        curves = [group.curve(omega) for group in groups]
        part = store.exact_draws(curves, model, found.given[node].tau, int(rng.integers(2**31)), 1, count)
        flat = {name: value[0] for name, value in part.items()}
        cohort, flat["omega"] = flat["theta"], np.full(count, omega)
        flat["theta"] = np.empty((count, sum(len(group.rows) for group in groups)))
        flat["theta_new"] = flat["theta_new"] + omega * rng.standard_normal(count)
        for place, group in enumerate(groups):
            _draw_rows(group, cohort[:, place], omega, flat["theta"], rng)
        parts.append(flat)
    order = rng.permutation(CHAINS * DRAWS)
    joined = {name: np.concatenate([part[name] for part in parts])[order] for name in parts[0]}
    return {name: value.reshape(CHAINS, DRAWS, *value.shape[1:]) for name, value in joined.items()}


def _draw_rows(group: Cohort, cohort: Array, omega: float, out: Array, rng: np.random.Generator) -> None:
    """Draw the effects of a cohort's rows given its own, into the columns of ``out``."""
    from irlbayes.posterior import store

    if group.y.size:
        a, b, covariance = group.row_given_cohort(omega)
        value, vector = np.linalg.eigh(covariance)
        root = vector * np.sqrt(np.maximum(value, 0.0))
        noise = rng.standard_normal((cohort.size, a.size)) @ root.T
        out[:, [group.rows[i] for i in group.normal]] = a + b * cohort[:, None] + noise
    for i, (row, curve) in enumerate(zip(group.rows, group.curves, strict=True)):
        if i not in group.normal:
            out[:, row] = store.effect(curve, cohort, np.full(cohort.size, omega), rng)
