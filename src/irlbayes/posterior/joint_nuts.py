"""Several outcomes at once by the No-U-Turn sampler, with the gate and the diagnostics of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Posterior, Unknowns
from irlbayes.core.joint import JointModel, JointPosterior, normal_together, pairs
from irlbayes.posterior import joint_store
from irlbayes.posterior.draws import Draws
from irlbayes.posterior.exact import NO_ATTRS
from irlbayes.posterior.gate import gate
from irlbayes.posterior.nuts import TARGET_ACCEPT, sample, statistics_of

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
LIBRARIES = ("nutpie", "pymc", "pytensor", "numba", "arviz", "numpy", "scipy")


def fit(
    alone: Sequence[Posterior],
    model: JointModel,
    graph: Callable[..., Any],
    why: str,
    seed: int = 20260,
    draws: int = 2000,
    tune: int = 1000,
    chains: int = 4,
    progress: bool = False,
    attrs: Mapping[str, Any] = NO_ATTRS,
) -> JointPosterior:
    """Sample several outcomes at once.

    Parameters
    ----------
    alone : sequence of Posterior
        Each outcome's own: its studies, its prior, and how many moments its unknowns have.
    model : JointModel
    graph : callable
        ``graph(model, tables)`` gives the PyMC model.
    why : str
        Why quadrature does not reach the model.
    seed, draws, tune, chains, progress, attrs
        As for `nuts.fit`.

    Returns
    -------
    JointPosterior

    Raises
    ------
    FitError
        Where the posterior cannot be sampled.
    """
    tables = tuple(one.effects for one in alone)
    inside = sorted({o for outcomes in normal_together(tables).values() for o in outcomes})
    between = pairs(len(tables)) if model.between.stated is None else []
    within = [(inside[i], inside[j]) for i, j in pairs(len(inside))] if model.within.stated is None else []
    unknowns = ["mu", "tau", "theta", *(["between"] if between else []), *(["within"] if within else [])]
    what = ", ".join(table.outcome.name for table in tables)
    settings = {"seed": seed, "draws": draws, "tune": tune, "chains": chains}
    trace, took = sample(lambda: graph(model, tables), unknowns, what, progress, **settings)
    values = {name: np.asarray(trace["posterior"][name].values, dtype=float) for name in unknowns}
    values["theta_new"] = values["mu"] + values["tau"] * _scatter(model, values, np.random.default_rng((seed, 0)))
    verdict = gate(trace, unknowns)

    def grow() -> xr.DataTree:
        facts = {"draws": draws, "tune": tune, "chains": chains, "target_accept": TARGET_ACCEPT, **took, **attrs}
        told = joint_store.provenance(tables, model, "nuts", seed, verdict, LIBRARIES, facts)
        prior = [one.prior for one in alone]
        return joint_store.build(tables, model, prior, values, within, statistics_of(trace), seed, told)

    return JointPosterior(
        engine="nuts",
        how=why,
        tables=tables,
        model=model,
        after=tuple(_unknowns(one, values, o) for o, one in enumerate(alone)),
        between={pair: Draws(values["between"][..., i]) for i, pair in enumerate(between)},
        within={pair: Draws(values["within"][..., i]) for i, pair in enumerate(within)},
        gate=verdict,
        error_bound=None,
        log_marginal_likelihood=None,
        seed=seed,
        grow=grow,
    )


def _scatter(model: JointModel, values: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """Draw standardized effects of a new cohort, dims (chain, draw, outcome)."""
    z = rng.standard_normal(values["mu"].shape)
    if model.between.matrix is not None:
        return np.asarray(z @ np.linalg.cholesky(model.between.matrix).T)
    matrix = np.broadcast_to(np.eye(z.shape[-1]), (*z.shape, z.shape[-1])).copy()
    for i, (low, high) in enumerate(pairs(z.shape[-1])):
        matrix[..., low, high] = matrix[..., high, low] = values["between"][..., i]
    return np.asarray((np.linalg.cholesky(matrix) @ z[..., None])[..., 0])


def _unknowns(alone: Posterior, values: Mapping[str, Array], o: int) -> Unknowns:
    """Return one outcome's draws as marginals, with the moments that its own posterior has."""

    def moments(name: str) -> int:
        one = getattr(alone.after, name)
        return int(one.mean is not None) + int(one.sd is not None)

    found = {name: Draws(values[name][..., o], moments(name)) for name in ("mu", "tau", "theta_new")}
    return Unknowns(found["mu"], found["tau"], found["theta_new"])
