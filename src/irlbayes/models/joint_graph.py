"""Several outcomes at once as a PyMC graph, for the general engine.

The graph is non-centered: a cohort's effects are ``theta = mu + tau * (L z)`` with ``z`` standard normal, dims (cohort,
outcome), and L the Cholesky factor of the correlation of true effects between cohorts. Only the cells that a cohort
reports contribute to the likelihood; the others are what the model expects of that cohort. Normal reports of a cohort
whose errors correlate enter by their density around mu, and the cohort's effects are then drawn given them.

PyMC is imported when a graph is built, not with this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.joint import Correlation, JointModel, cells, normal_together, pairs
from irlbayes.core.types import EffectTable
from irlbayes.models.graph import say, variable
from irlbayes.models.numbers import Numbers

if TYPE_CHECKING:
    import pymc as pm


def build(model: JointModel, tables: tuple[EffectTable, ...]) -> pm.Model:
    """Write several outcomes and their studies as one PyMC model.

    Parameters
    ----------
    model : JointModel
    tables : tuple of EffectTable
        One per outcome, at least two, each with a study.

    Returns
    -------
    pymc.Model
        With mu and tau (dims outcome), theta (dims cohort, outcome; each outcome's scale), the correlations ``between``
        (dims pair) where they are unknown, ``within`` (dims pair_within: pairs of outcomes that a cohort reports with
        normal likelihoods) where these are, and the potentials of `models.graph`.
    """
    import pymc as pm

    names = [table.outcome.name for table in tables]
    found = cells(tables)
    joint = normal_together(tables)
    involved = sorted({o for outcomes in joint.values() for o in outcomes})
    coords: dict[str, Any] = {"outcome": names, "cohort": list(found), "pair": _names(names, range(len(names)))}
    if involved and model.within.stated is None:
        coords["pair_within"] = _names(names, involved)
    with pm.Model(coords=coords, check_bounds=False) as graph:
        numbers = Numbers(pm)
        mu, tau = (
            pm.Deterministic(role, _each(pm, numbers, role, names, model), dims="outcome") for role in ("mu", "tau")
        )
        factor = _factor(pm, "between", model.between, len(names), "pair")
        z = pm.Normal("z", 0.0, 1.0, dims=("cohort", "outcome"))
        theta = mu + tau * (z[:, None, :] * factor[None, :, :]).sum(axis=-1)  # a product of matrices, without BLAS
        together: set[tuple[int, int]] = set()
        if joint and not model.within.none:
            together = {(o, found[cohort][o]) for cohort, outcomes in joint.items() for o in outcomes}
            errors = _errors(pm, model.within, involved, len(names))
            spread = (factor[:, None, :] * factor[None, :, :]).sum(axis=-1) * tau[:, None] * tau[None, :]
            noise = pm.Normal("noise", 0.0, 1.0, shape=(len(joint), len(names)))
            theta, level = _given_reports(theta, mu, spread, noise, tables, joint, errors)
            pm.Potential("report_correlated", level)
        theta = pm.Deterministic("theta", theta, dims=("cohort", "outcome"))
        cohort = {name: place for place, name in enumerate(found)}
        for o, table in enumerate(tables):
            rows = np.array([cohort[study.report.cohort] for study in table.studies])
            without = {place for outcome, place in together if outcome == o}
            say(pm, numbers, theta[rows, o], table.studies, without, f"report_{names[o]}")
        numbers.settle()
    return graph


def _names(names: Sequence[str], chosen: Sequence[int]) -> list[str]:
    return [f"{names[chosen[i]]}, {names[chosen[j]]}" for i, j in pairs(len(chosen))]


def _each(pymc: Any, numbers: Numbers, role: str, names: Sequence[str], model: JointModel) -> Any:
    """Return mu or tau of every outcome, dims (outcome,)."""
    each = zip(names, model.models, strict=True)
    return pymc.math.stack([variable(pymc, numbers, f"{role}[{name}]", getattr(one, role)) for name, one in each])


def _factor(pymc: Any, name: str, correlation: Correlation, count: int, dims: str) -> Any:
    """Return the Cholesky factor of a correlation matrix: stated, or a variable with its correlations beside it."""
    if correlation.matrix is not None:
        return np.linalg.cholesky(correlation.matrix)
    factor = pymc.LKJCorr(f"{name}_factor", n=count, eta=correlation.eta, initval=np.eye(count))
    low, high = (np.array(side) for side in zip(*pairs(count), strict=True))
    pymc.Deterministic(name, (factor[low] * factor[high]).sum(axis=-1), dims=dims)
    return factor


def _errors(pymc: Any, within: Correlation, involved: Sequence[int], count: int) -> Any:
    """Return the correlation matrix of sampling errors, dims (outcome, outcome); rows of no use stay uncorrelated."""
    import pytensor.tensor as pt

    if within.matrix is not None:
        return pt.as_tensor(within.matrix)

    factor = _factor(pymc, "within", within, len(involved), "pair_within")
    matrix = (factor[:, None, :] * factor[None, :, :]).sum(axis=-1)
    return pt.set_subtensor(pt.eye(count)[np.ix_(involved, involved)], matrix)


def _given_reports(
    theta: Any,
    mu: Any,
    spread: Any,
    noise: Any,
    tables: tuple[EffectTable, ...],
    joint: dict[str, list[int]],
    errors: Any,
) -> tuple[Any, Any]:
    """Return effects given normal reports with correlated errors, and the log density of these reports given mu.

    An effect before its reports, and what they would then have said, are moved by what they really said: the result has
    the distribution of the effect given the reports, whatever the correlation of the errors. An error correlation near
    -1 or 1 would otherwise tie effects that are sampled apart.
    """
    import pytensor.tensor as pt

    found = cells(tables)
    order, places = list(found), list(joint)
    total = 0.0
    for outcomes in Counter(tuple(o) for o in joint.values()):
        members = [cohort for cohort, reported in joint.items() if tuple(reported) == outcomes]
        studies = [[tables[o].studies[found[cohort][o]] for o in outcomes] for cohort in members]
        y, sei = (
            np.array([[getattr(s.curve, name)[0] for s in row] for row in studies]) for name in ("center", "width")
        )
        rows = np.array([order.index(cohort) for cohort in members])
        own, those = np.array([places.index(cohort) for cohort in members]), np.array(outcomes)
        part = errors[np.ix_(those, those)]
        drawn = noise[own][:, : those.size]
        error = sei * (drawn[:, None, :] * pt.linalg.cholesky(part)[None, :, :]).sum(axis=-1)
        root = pt.linalg.cholesky(spread[np.ix_(those, those)] + part * (sei[:, :, None] * sei[:, None, :]))
        gap = pt.linalg.solve_triangular(root, (y - mu[those])[..., None], lower=True)
        total += -0.5 * (gap**2).sum() - pt.log(pt.diagonal(root, axis1=1, axis2=2)).sum()
        missed = pt.linalg.solve_triangular(root, (y - theta[rows][:, those] - error)[..., None], lower=True)
        pull = pt.linalg.solve_triangular(root.swapaxes(1, 2), missed, lower=False)[..., 0]
        theta = pt.inc_subtensor(theta[rows], (pull[:, None, :] * spread[:, those][None, :, :]).sum(axis=-1))
    return theta, total
