"""The general engine: the model's PyMC graph, compiled and sampled by nutpie.

It is the independent check of the exact engine, and what remains where that does not apply. PyMC, nutpie and ArviZ are
imported by `fit`, not with this module.

Notes
-----
What is compiled is kept (`posterior.compiled`). Numba compiles without fast math: that reorders sums differently when a
function comes from Numba's cache than when it is fresh, so that the first and the second run of one program would draw
differently from one seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Posterior, Unknowns
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import FitError
from irlbayes.core.spread import spread_of
from irlbayes.core.types import EffectTable
from irlbayes.posterior import clusters, store
from irlbayes.posterior.compiled import compiled, keep_code
from irlbayes.posterior.draws import Draws
from irlbayes.posterior.exact import NO_ATTRS, prior_unknowns, prior_with_moderators
from irlbayes.posterior.gate import gate
from irlbayes.posterior.plans import moments, moments_of_mu
from irlbayes.posterior.quadrature import unbounded_side

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
VARIABLES = ("mu", "tau", "theta")
TARGET_ACCEPT = 0.99  # small steps: a posterior of tau that reaches 0 and far up leaves divergences at 0.8 and 0.95
STATISTICS = {  # ArviZ's names for what nutpie reports
    "lp": "logp",
    "energy": "energy",
    "diverging": "diverging",
    "acceptance_rate": "mean_tree_accept",
    "step_size": "step_size",
    "tree_depth": "depth",
    "n_steps": "n_steps",
}


def fit(
    effects: EffectTable,
    model: ModelSpec,
    graph: Callable[[ModelSpec, EffectTable], Any],
    seed: int = 20260,
    draws: int = 2000,
    tune: int = 2000,
    chains: int = 4,
    progress: bool = False,
    attrs: Mapping[str, Any] = NO_ATTRS,
) -> Posterior:
    """Fit a model by the No-U-Turn sampler.

    Parameters
    ----------
    effects : EffectTable
        At least one study.
    model : ModelSpec
    graph : callable
        ``graph(model, effects)`` gives the PyMC model, with variables mu, tau and theta (dims study).
    seed : int
        Of the sampler and of the draws of a new effect.
    draws, tune, chains : int
        Kept draws and warm-up draws of each chain, and chains.
    progress : bool
        Whether nutpie shows its progress.
    attrs : Mapping
        Provenance to keep in the tree.

    Returns
    -------
    Posterior
        With marginals made of draws, and no share of information, marginal likelihood or error bound.

    Raises
    ------
    FitError
        Where the posterior is improper or cannot be sampled.
    """
    _refuse(effects, model, draws, tune, chains)
    names = _variables(effects, model)
    what = f"{effects.outcome.name} under model {model.name}"
    settings = {"seed": seed, "draws": draws, "tune": tune, "chains": chains}
    trace, took = sample(lambda: graph(model, effects), names, what, progress, **settings)
    values = {name: np.asarray(trace["posterior"][name].values, dtype=float) for name in names}
    rng = np.random.default_rng((seed, 0))
    values["theta_new"] = values["mu"] + values["tau"] * spread_of(model.random_effects).draw(values["mu"].shape, rng)
    if model.within is not None:
        values["theta_new"] += values["omega"] * rng.standard_normal(values["mu"].shape)
    statistics = statistics_of(trace)
    verdict = gate(trace)
    prior = _prior(effects, model)

    def grow(studies: bool) -> xr.DataTree:
        facts = {"draws": draws, "tune": tune, "chains": chains, "target_accept": TARGET_ACCEPT, **took, **attrs}
        libraries = ("nutpie", "pymc", "pytensor", "numba", "arviz", "numpy", "scipy")
        told = store.provenance(effects, model, "nuts", seed, verdict, libraries, facts)
        return store.build(effects, model, prior, values, statistics, seed, told)

    return Posterior(
        engine="nuts",
        effects=effects,
        model=model,
        prior=prior,
        after=_unknowns(effects, model, values),
        gate=verdict,
        share=None,
        log_marginal_likelihood=None,
        error_bound=None,
        seed=seed,
        grow=grow,
        took=took,
    )


def _refuse(effects: EffectTable, model: ModelSpec, draws: int, tune: int, chains: int) -> None:
    """Refuse what cannot be sampled before anything is compiled."""
    name = effects.outcome.name
    if not effects.studies:
        raise FitError(f"No study of {name} entered, so there is nothing to sample.")
    if min(draws, tune, chains) < 1:
        raise FitError(f"Sampling needs at least 1 draw, 1 warm-up draw and 1 chain; got {draws}, {tune} and {chains}.")
    if model.mu.proper or effects.design is not None:
        return
    side = unbounded_side([study.curve for study in effects.studies])
    if side:
        raise FitError(f"The posterior of {name} is improper: mu has a flat prior and no report bounds it from {side}.")


def sample(
    build: Callable[[], Any], variables: Sequence[str], what: str, progress: bool, **settings: int
) -> tuple[xr.DataTree, dict[str, float]]:
    """Compile, where no model of the same structure is kept, and sample: what nutpie returns, and what it took.

    Parameters
    ----------
    build : callable
        Gives the PyMC model.
    variables : sequence of str
        Those to keep.
    what : str
        Whose posterior it is, for a message.
    progress : bool
    **settings
        Of `nutpie.sample`.

    Returns
    -------
    trace : xarray.DataTree
    took : dict
        ``compile_seconds`` (graph included; short where a compiled model was at hand), ``sampling_seconds`` (warm-up
        included) and ``ess_per_second``: the least bulk effective sample size of mu and tau per second of sampling.

    Raises
    ------
    FitError
        Where the posterior cannot be sampled.
    """
    keep_code()
    start = perf_counter()
    model = build()
    import nutpie

    code = compiled(model, variables)
    with code.lock:
        ready = code.given(model)
        compile_seconds, start = perf_counter() - start, perf_counter()
        try:
            trace: xr.DataTree = nutpie.sample(
                ready, progress_bar=progress, target_accept=TARGET_ACCEPT, save_warmup=False, **settings
            )
        except RuntimeError as error:  # nutpie's own: no starting point with a finite density, or a chain that broke
            reason = str(error).partition("\n")[0]
            raise FitError(f"The posterior of {what} could not be sampled: {reason}.") from error
    took = {"compile_seconds": compile_seconds, "sampling_seconds": perf_counter() - start}
    return trace, took | {"ess_per_second": _effective(trace) / took["sampling_seconds"]}


def _effective(trace: xr.DataTree) -> float:
    """Return the least effective number of draws of mu and tau, of their bulk; not a number where one stands still."""
    import arviz as az

    found = [np.ravel(az.ess(np.asarray(trace["posterior"][name].values), method="bulk")) for name in ("mu", "tau")]
    return float(np.concatenate(found).min())


def statistics_of(trace: xr.DataTree) -> dict[str, Array]:
    """Return what nutpie reports of each draw, by ArviZ's names."""
    return {ours: np.asarray(trace["sample_stats"][theirs].values) for ours, theirs in STATISTICS.items()}


def _variables(effects: EffectTable, model: ModelSpec) -> list[str]:
    """Return the variables of the graph that are kept."""
    return [*VARIABLES, *(["beta"] if effects.design else []), *(["omega"] if model.within is not None else [])]


def _prior(effects: EffectTable, model: ModelSpec) -> Unknowns:
    if effects.design is not None:
        return prior_with_moderators(effects.design, model)
    if model.within is not None:
        return clusters.prior_unknowns(model.mu, model.tau, model.within)
    return prior_unknowns(model.mu, model.tau, model.random_effects)


def _unknowns(effects: EffectTable, model: ModelSpec, values: Mapping[str, Array]) -> Unknowns:
    """Draws as marginals, each with the moments that its distribution has."""
    curves = [study.curve for study in effects.studies]
    counted = moments(curves, model.mu, model.tau)
    of_mu = moments_of_mu(curves, model.mu, model.tau)
    of_new = min(of_mu, counted, spread_of(model.random_effects).moments)
    theta = tuple(
        Draws(values["theta"][:, :, i], 2 if all(curve.bounded) else of_new) for i, curve in enumerate(curves)
    )
    names = effects.design.names if effects.design else ()
    beta = {name: Draws(values["beta"][:, :, i], of_mu) for i, name in enumerate(names)}
    return Unknowns(
        Draws(values["mu"], of_mu),
        Draws(values["tau"], counted),
        Draws(values["theta_new"], of_new),
        theta,
        beta,
        omega=Draws(values["omega"], counted) if model.within is not None else None,
    )
