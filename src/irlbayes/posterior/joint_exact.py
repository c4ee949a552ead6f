"""Several outcomes at once without draws, where that is possible: apart, or two with normal reports.

Apart: where no cohort reports two of the outcomes nothing links them, whatever their correlation, and each posterior is
the outcome's own; the correlation keeps its prior. The same holds where the correlations are stated to be 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Gate, Posterior, Unknowns
from irlbayes.core.errors import FitError
from irlbayes.core.joint import JointModel, JointPosterior, cells, normal_together, pairs
from irlbayes.core.types import EffectTable
from irlbayes.posterior import joint_store
from irlbayes.posterior.bivariate import Bivariate, draw, solve
from irlbayes.posterior.exact import NO_ATTRS
from irlbayes.posterior.gate import exact_gate
from irlbayes.posterior.two_outcomes import Rows, TwoOutcomes

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
LIBRARIES = ("irlbayes", "numpy", "scipy")
CHAINS, DRAWS = 4, 1000


def apart(alone: Sequence[Posterior], model: JointModel) -> str:
    """Say why the outcomes are independent; empty where they are not."""
    tables = tuple(one.effects for one in alone)
    if len(tables) == 1:
        return "one outcome"
    if all(len(found) == 1 for found in cells(tables).values()):
        return "no cohort reports two of the outcomes, so that nothing links them"
    if model.between.none and (model.within.none or not normal_together(tables)):
        return "the correlations are stated to be 0, so that nothing links the outcomes"
    return ""


def applies(alone: Sequence[Posterior], model: JointModel) -> str:
    """Say why quadrature does not reach outcomes that are linked; empty where it does."""
    if len(alone) != 2:
        return f"{len(alone)} linked outcomes leave more unknowns than quadrature reaches"
    if any(not study.curve.is_normal for one in alone for study in one.effects.studies):
        return "linked outcomes need normal likelihoods for quadrature, and some reports have others"
    if any(one.mu.family != "normal" for one in model.models):
        return "linked outcomes need normal priors of mu for quadrature"
    if model.within.stated is None and normal_together(tuple(one.effects for one in alone)):
        return "an estimated within-study correlation leaves one unknown too many for quadrature"
    return ""


def fit(
    alone: Sequence[Posterior], model: JointModel, seed: int = 20260, attrs: Mapping[str, Any] = NO_ATTRS
) -> JointPosterior:
    """Fit several outcomes at once by quadrature.

    Parameters
    ----------
    alone : sequence of Posterior
        Each outcome's own.
    model : JointModel
    seed : int
        Of the draws in ``tree``; no other number depends on it.
    attrs : Mapping
        Provenance to keep in the tree.

    Returns
    -------
    JointPosterior

    Raises
    ------
    FitError
        Where quadrature does not apply, or the posterior cannot be resolved.
    """
    reason = apart(alone, model)
    if reason:
        return _apart(alone, model, reason, seed, attrs)
    refused = applies(alone, model)
    if refused:
        raise FitError(f"The exact engine does not apply: {refused}; use --engine nuts.")
    tables = tuple(one.effects for one in alone)
    names = " and ".join(table.outcome.name for table in tables)
    problem = _problem(tables, model)
    try:
        found = solve(problem)
    except ArithmeticError as error:
        raise FitError(f"The posterior of {names} could not be computed by quadrature: {error}.") from error
    after = tuple(Unknowns(found.mu[o], found.tau[o], found.theta_new[o]) for o in (0, 1))
    between = {} if found.between is None else {(0, 1): found.between}
    weights = [study.curve.weight[0] for table in tables for study in table.studies]
    verdict = exact_gate(found.error_bound)
    facts = {"error_bound": found.error_bound, **attrs}
    return JointPosterior(
        "exact",
        "two outcomes with normal reports",
        tables,
        model,
        after,
        between,
        {},
        verdict,
        found.error_bound,
        found.log_marginal_likelihood + float(np.log(weights).sum()),
        seed,
        _grower(alone, model, verdict, seed, facts, "exact", lambda rng: _draw(found, rng)),
    )


def _apart(
    alone: Sequence[Posterior], model: JointModel, reason: str, seed: int, attrs: Mapping[str, Any]
) -> JointPosterior:
    verdict = Gate(tuple(check for one in alone for check in one.gate.checks))
    bounds = [one.error_bound for one in alone]
    evidence = [one.log_marginal_likelihood for one in alone]
    engine: Literal["exact", "nuts"] = "exact" if all(one.engine == "exact" for one in alone) else "nuts"
    return JointPosterior(
        engine,
        reason,
        tuple(one.effects for one in alone),
        model,
        tuple(Unknowns(one.after.mu, one.after.tau, one.after.theta_new) for one in alone),
        {},
        {},
        verdict,
        max((bound for bound in bounds if bound is not None), default=None) if engine == "exact" else None,
        None if None in evidence else float(sum(part for part in evidence if part is not None)),
        seed,
        _grower(alone, model, verdict, seed, attrs, engine, lambda rng: _draw_apart(alone, model, rng)),
    )


def _grower(
    alone: Sequence[Posterior],
    model: JointModel,
    verdict: Gate,
    seed: int,
    facts: Mapping[str, Any],
    engine: str,
    drawn: Callable[[np.random.Generator], dict[str, Array]],
) -> Callable[[], xr.DataTree]:
    def grow() -> xr.DataTree:
        tables = tuple(one.effects for one in alone)
        told = joint_store.provenance(tables, model, engine, seed, verdict, LIBRARIES, facts)
        prior = [one.prior for one in alone]
        return joint_store.build(tables, model, prior, drawn(np.random.default_rng(seed)), [], {}, seed, told)

    return grow


def _draw_apart(alone: Sequence[Posterior], model: JointModel, rng: np.random.Generator) -> dict[str, Array]:
    """Join the outcomes' own draws; what a cohort does not report is drawn given what it does."""
    tables = tuple(one.effects for one in alone)
    least = min(one.tree["posterior"].sizes["draw"] for one in alone)
    trees = [one.tree["posterior"].to_dataset().isel(draw=slice(least)) for one in alone]
    shape = trees[0]["mu"].shape
    values = {name: np.stack([tree[name].values for tree in trees], axis=-1) for name in ("mu", "tau")}
    count = len(alone)
    stated = np.eye(count) if model.between.matrix is None else model.between.matrix
    matrix = np.broadcast_to(stated, (*shape, count, count))
    if model.between.stated is None and count > 1:
        drawn = joint_store.correlations(model.between.eta, count, int(np.prod(shape)), rng)
        matrix = drawn.reshape(*shape, count, count)
        low, high = zip(*pairs(count), strict=True)
        values["between"] = matrix[..., list(low), list(high)]
    root = np.linalg.cholesky(matrix)

    def scatter() -> Array:
        return np.asarray((root @ rng.standard_normal((*shape, count, 1)))[..., 0])

    values["theta_new"] = values["mu"] + values["tau"] * scatter()
    theta = []
    for found in cells(tables).values():
        z = scatter()
        if len(found) == 1:
            ((o, place),) = found.items()
            own = (trees[o]["theta"].values[..., place] - values["mu"][..., o]) / values["tau"][..., o]
            z = z + matrix[..., o] * (own - z[..., o])[..., None]
        else:  # correlations are stated to be 0
            for o, place in found.items():
                z[..., o] = (trees[o]["theta"].values[..., place] - values["mu"][..., o]) / values["tau"][..., o]
        theta.append(values["mu"] + values["tau"] * z)
    return {**values, "theta": np.stack(theta, axis=-2)}


def _problem(tables: tuple[EffectTable, ...], model: JointModel) -> TwoOutcomes:
    found = cells(tables)
    y, sei = np.full((2, len(found), 2), np.nan)
    for row, places in enumerate(found.values()):
        for o, place in places.items():
            curve = tables[o].studies[place].curve
            y[row, o], sei[row, o] = curve.center[0], curve.width[0]
    between, within = (None if one.matrix is None else float(one.matrix[0, 1]) for one in (model.between, model.within))
    return TwoOutcomes(Rows(y, sei), model.models, between, within or 0.0, model.between.eta)


def _draw(found: Bivariate, rng: np.random.Generator) -> dict[str, Array]:
    """Draw from two linked outcomes: hyper-parameters and mu, and given these every cohort's effects."""
    count = CHAINS * DRAWS
    drawn = draw(found, count, rng)
    mu, tau, r = drawn["mu"], np.stack([drawn["tau_0"], drawn["tau_1"]], axis=-1), drawn["between"]

    def scatter() -> Array:
        z = rng.standard_normal((count, 2))
        z[:, 1] = r * z[:, 0] + np.sqrt(1.0 - r**2) * z[:, 1]
        return tau * z

    covariance = tau[:, :, None] * tau[:, None, :]
    covariance[:, 0, 1] *= r
    covariance[:, 1, 0] *= r
    rows, theta = found.model.rows, []
    within = np.broadcast_to(found.model.within, len(rows.y))
    for y, sei, correlation in zip(rows.y, rows.sei, within, strict=True):
        there = np.flatnonzero(np.isfinite(y))
        errors = np.outer(sei, sei) * np.where(np.eye(2, dtype=bool), 1.0, correlation)
        errors = errors[np.ix_(there, there)]
        start = mu + scatter()  # an effect and its report before the data, moved by what the report really was
        reported = start[:, there] + rng.multivariate_normal(np.zeros(there.size), errors, count)
        pull = np.linalg.solve(covariance[:, there][:, :, there] + errors, (y[there] - reported)[..., None])
        theta.append(start + (covariance[:, :, there] @ pull)[..., 0])
    new = mu + scatter()
    values = {"mu": mu, "tau": tau, "theta_new": new, "theta": np.stack(theta, axis=1)}
    if found.between is not None:
        values["between"] = r[:, None]
    return {name: value.reshape(CHAINS, DRAWS, *value.shape[1:]) for name, value in values.items()}
