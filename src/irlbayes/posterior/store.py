"""A posterior as one labelled object: draws, likelihoods, data and provenance by ArviZ's conventions.

Both engines end in the same tree, with the same groups, variables and dims, so that whatever reads one reads the other.
The exact engine's draws are independent ones from its own densities (`exact_draws`).

xarray is imported when a tree is made, not with this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.answers import Gate, Marginal, Unknowns
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.curve import Curve
from irlbayes.core.fitting import OVERLAP
from irlbayes.core.spread import Spread, log_smooth_spread, spread_of
from irlbayes.core.types import EffectTable
from irlbayes.posterior.plans import closed_form
from irlbayes.posterior.slices import GridSlicer, NormalSlicer

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
BLOCK = 250  # values of tau whose grids of mu are laid out together
FINE = 8  # points per node of the grid of mu
REACH = 8.0  # sds of a random effect, or widths of an edge, beyond which nothing is left to draw
COARSE_POINTS, FINE_POINTS = 65, 257  # even grids of a study's effect: to find where it lies, and to draw from
CHANGE_POINTS = 129  # more points where its likelihood changes, for edges far narrower than tau
LONGEST_TABLE = 100_000


def build(
    effects: EffectTable,
    model: ModelSpec,
    prior: Unknowns,
    draws: Mapping[str, Array],
    statistics: Mapping[str, Array],
    seed: int,
    attrs: Mapping[str, Any],
) -> xr.DataTree:
    """Put draws, and what follows from them, into a tree that every ArviZ function accepts as it is.

    Parameters
    ----------
    effects : EffectTable
    model : ModelSpec
    prior : Unknowns
        Marginals before the data; their draws are left out when the prior of mu is improper.
    draws : Mapping
        mu, tau and theta_new, dims (chain, draw), theta, dims (chain, draw, study), beta, dims (chain, draw,
        coefficient), where there are moderators, and omega where several rows of a cohort entered.
    statistics : Mapping
        What the engine knows about each draw, dims (chain, draw).
    seed : int
        Seed of the prior draws.
    attrs : Mapping
        Provenance, for the attributes of the root.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior``; ``prior``; ``sample_stats``; ``log_likelihood`` (variable ``report``: log of each study's
        likelihood given mu and tau, its own effect integrated out, so that leaving one out means one study);
        ``log_prior`` (of mu and tau only, so that power-scaling scales hyper-priors only); ``observed_data`` (yi, sei;
        not a number where a report has none).

    Notes
    -----
    Where the engine gives no ``lp``, that of (mu, tau) is added to ``sample_stats``: every effect integrated out. With
    omega the rows of a cohort depend on each other given mu and tau: ``report`` is then each row's likelihood of its
    own effect, and no ``lp`` is added.
    """
    import xarray as xr

    mu, tau = draws["mu"], draws["tau"]
    chain, draw = np.arange(mu.shape[0]), np.arange(mu.shape[1])
    study = np.array([study.label for study in effects.studies])
    coefficient = np.array(effects.design.names if effects.design else ())
    kind = ("study", np.array([study.report.kind for study in effects.studies]))

    def sampled(variables: Mapping[str, Array]) -> xr.Dataset:
        coords: dict[str, Any] = {"chain": chain, "draw": draw}
        last = {name: "coefficient" if name == "beta" else "study" for name in variables}
        for name, value in variables.items():
            if value.ndim == 3:
                coords[last[name]] = study if last[name] == "study" else coefficient
        dims = {name: ("chain", "draw", last[name])[: value.ndim] for name, value in variables.items()}
        return xr.Dataset({name: (dims[name], value) for name, value in variables.items()}, coords)

    curves, spread = [study.curve for study in effects.studies], spread_of(model.random_effects)
    log_prior = {"mu": _log_prior_mu(model, effects, draws), "tau": priors.log_pdf(model.tau, tau)}
    if model.within is None:
        log_likelihood = _log_likelihood(curves, effects, draws, spread)
        joint = {"lp": log_likelihood.sum(axis=-1) + log_prior["mu"] + log_prior["tau"]}
    else:
        each = [curve.log_value(draws["theta"][:, :, i]) for i, curve in enumerate(curves)]
        log_prior["omega"] = priors.log_pdf(model.within, draws["omega"])
        log_likelihood, joint = np.stack(each, axis=-1), {}
    pairs = {name: [getattr(study, name) for study in effects.studies] for name in ("yi", "sei")}
    observed = {name: ("study", np.array(values, dtype=float)) for name, values in pairs.items()}
    groups = {
        "posterior": sampled(
            {name: draws[name] for name in ("mu", "tau", "omega", "theta", "theta_new", "beta") if name in draws}
        ),
        "prior": sampled(_prior_draws(prior, mu.shape, spread, np.random.default_rng((seed, 1)))),
        "sample_stats": sampled({**joint, **statistics}),
        "log_likelihood": sampled({"report": log_likelihood}),
        "log_prior": sampled(log_prior),
        "observed_data": xr.Dataset(observed, {"study": study, "kind": kind}),
    }
    for name in ("prior", "sample_stats"):
        if not groups[name].data_vars:
            del groups[name]
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = dict(attrs)
    return tree


def _log_likelihood(curves: Sequence[Curve], effects: EffectTable, draws: Mapping[str, Array], spread: Spread) -> Array:
    """Return log p(report | hyper-parameters), dims (chain, draw, study), each study's own effect integrated out."""
    tau = draws["tau"].ravel()
    if effects.design is None:
        mu = np.broadcast_to(draws["mu"].reshape(-1, 1), (tau.size, len(curves)))
    else:
        mu = draws["beta"].reshape(tau.size, -1) @ effects.design.matrix.T
    each = [log_smooth_spread([curve], mu[:, i : i + 1], tau, spread)[0, :, 0] for i, curve in enumerate(curves)]
    return np.stack(each, axis=-1).reshape(*draws["tau"].shape, len(curves))


def _log_prior_mu(model: ModelSpec, effects: EffectTable, draws: Mapping[str, Array]) -> Array:
    """Return the log prior of mu, or of all coefficients, dims (chain, draw)."""
    if effects.design is None:
        return priors.log_pdf(model.mu, draws["mu"])
    parts = [priors.log_pdf(prior, draws["beta"][:, :, j]) for j, prior in enumerate(effects.design.priors(model))]
    return np.asarray(sum(parts))


def provenance(
    effects: EffectTable,
    model: ModelSpec,
    engine: str,
    seed: int,
    gate: Gate,
    libraries: Sequence[str],
    attrs: Mapping[str, Any],
) -> dict[str, Any]:
    """Say where a posterior comes from, for the attributes of its tree.

    Parameters
    ----------
    engine : str
    gate : Gate
        Written out check by check.
    libraries : sequence of str
        Distributions whose versions belong to the result; the first one is the inference library.
    attrs : Mapping
        What the caller adds; it wins over what is found here.
    """
    return {
        "inference_library": libraries[0],
        "inference_library_version": version(libraries[0]),
        "engine": engine,
        "outcome": effects.outcome.name,
        "scale": model.scale,
        "model": model.name,
        "prior_mu": str(model.mu),
        "prior_tau": str(model.tau),
        "random_effects": str(model.random_effects),
        **({} if model.within is None else {"prior_omega": str(model.within)}),
        "seed": seed,
        "gate": "passed" if gate.passed else "failed",
        "gate_checks": "; ".join(f"{c.name} {_shown(c.value)} ({c.rule})" for c in gate.checks),
        **{f"{name}_version": version(name) for name in ("irlbayes", *libraries[1:])},
        **attrs,
    }


def _shown(value: float | None) -> str:
    return "not available" if value is None else f"{value:.4g}"


def _prior_draws(prior: Unknowns, shape: tuple[int, ...], spread: Spread, rng: np.random.Generator) -> dict[str, Array]:
    if prior.mu is None:
        return {}
    mu, tau = (marginal.quantile(rng.random(shape)) for marginal in (prior.mu, prior.tau))
    drawn = {"mu": mu, "tau": tau, "theta_new": mu + tau * spread.draw(shape, rng)}
    if prior.omega is not None:
        drawn["omega"] = prior.omega.quantile(rng.random(shape))
        drawn["theta_new"] = drawn["theta_new"] + drawn["omega"] * rng.standard_normal(shape)
    return drawn


def exact_draws(
    curves: Sequence[Curve],
    model: ModelSpec,
    tau: Marginal,
    seed: int,
    chains: int = 4,
    draws: int = 1000,
    studies: bool = True,
) -> dict[str, Array]:
    """Draw independently from an exact posterior, for everything that wants draws.

    Parameters
    ----------
    curves : sequence of Curve
        One per study.
    model : ModelSpec
    tau : Marginal
        The posterior of tau.
    seed : int
    chains, draws : int
        Shape of the result; the chains differ in nothing.
    studies : bool
        Whether the studies' own effects are drawn.

    Returns
    -------
    dict
        mu, tau and theta_new, dims (chain, draw), and theta, dims (chain, draw, study).

    Notes
    -----
    tau comes by its exact distribution function. Given tau, mu is normal where every curve is; otherwise the
    distribution function of its fitted normal terms is inverted linearly between points a twentieth of its sd apart.
    Given both, an effect is normal under a normal curve, a choice among normals under a positive mixture, and otherwise
    its distribution function is inverted linearly on a grid of its own. Linear inversion moves a probability by less
    than 2e-4, a fortieth of the Monte Carlo error of 4000 draws.
    """
    rng = np.random.default_rng(seed)
    count = chains * draws
    telling = tuple(curve for curve in curves if not curve.is_flat)
    at = np.sort(tau.quantile(rng.random(count)))
    spread = spread_of(model.random_effects)
    mu = _mu_given_tau(telling, model, spread, at, rng)
    flat = {"mu": mu, "tau": at}
    if studies:
        each = [effect(curve, mu, _component(curve, mu, at, spread, rng), rng) for curve in curves]
        flat["theta"] = np.stack(each, axis=-1)
    flat["theta_new"] = mu + at * spread.draw(at.shape, rng)
    order = rng.permutation(count)
    return {name: value[order].reshape(chains, draws, *value.shape[1:]) for name, value in flat.items()}


def _component(curve: Curve, mu: Array, tau: Array, spread: Spread, rng: np.random.Generator) -> Array:
    """Draw the sd of a study's random effect: tau, or tau times the ratio of one of the spread's components."""
    if spread.is_normal:
        return tau
    log_weight = np.stack(
        [
            log_weight + curve.log_smooth(mu[:, None], ratio * tau)[:, 0]
            for ratio, log_weight in zip(spread.ratio, spread.log_weight, strict=True)
        ],
        axis=1,
    )
    return np.asarray(tau * spread.ratio[(log_weight + rng.gumbel(size=log_weight.shape)).argmax(axis=1)])


def _mu_given_tau(
    curves: tuple[Curve, ...], model: ModelSpec, spread: Spread, at: Array, rng: np.random.Generator
) -> Array:
    """Draw mu at each tau (increasing)."""
    if closed_form(curves, spread):
        whole = NormalSlicer(curves, model.mu, model.tau).at(at)
        log_mass = whole.log_mass.reshape(at.size, -1)
        rows, each = np.arange(at.size), log_mass.shape[1]
        chosen = rows if each == 1 else each * rows + (log_mass + rng.gumbel(size=log_mass.shape)).argmax(axis=1)
        return np.asarray(whole.center[chosen, 0] + whole.width[chosen] * rng.standard_normal(at.size))
    from scipy.special import ndtr

    slicer = GridSlicer(curves, model.mu, model.tau, spread)
    parts = []
    for start in range(0, at.size, BLOCK):
        block = at[start : start + BLOCK]
        whole = slicer.at(block)
        terms = np.arange(whole.center.shape[1])
        place = np.arange(-6.0, terms.size + 5.0, 1.0 / FINE)
        below = whole.weight @ ndtr((place[:, None] - terms) / OVERLAP).T
        step = whole.width / OVERLAP
        parts.append(whole.center[:, 0] + step * _invert(below, np.broadcast_to(place, below.shape), rng))
    return np.concatenate(parts)


def effect(curve: Curve, mu: Array, tau: Array, rng: np.random.Generator) -> Array:
    """Draw a study's effect given mu and tau, dims (draw,), from its likelihood times Normal(mu, tau ** 2)."""
    if curve.is_flat:
        return np.asarray(mu + tau * rng.standard_normal(mu.size))
    plain = not (curve.at.size or curve.floor or curve.packets) and bool((curve.weight > 0.0).all())
    if not plain:
        return _effect_on_grid(curve, mu, tau, rng)
    variance = curve.width**2 + tau[:, None] ** 2
    log_weight = np.log(curve.weight) - 0.5 * np.log(variance) - 0.5 * (mu[:, None] - curve.center) ** 2 / variance
    term = (log_weight + rng.gumbel(size=log_weight.shape)).argmax(axis=1)
    rows = np.arange(mu.size)
    share = tau**2 / variance[rows, term]
    return np.asarray(
        mu + share * (curve.center[term] - mu) + np.sqrt(share) * curve.width[term] * rng.standard_normal(mu.size)
    )


def _effect_on_grid(curve: Curve, mu: Array, tau: Array, rng: np.random.Generator) -> Array:
    """Draw a study's effect for any curve: a coarse grid finds where it lies, and a fine one is drawn from."""
    table, changes = _table(curve)

    def weigh(x: Array) -> Array:
        level = np.interp(x, *table) - 0.5 * ((x - mu[:, None]) / tau[:, None]) ** 2
        return np.asarray(np.exp(level - level.max(axis=1, keepdims=True)))

    low = np.maximum(mu - REACH * tau, table[0][0] if curve.bounded[0] else -np.inf)
    high = np.minimum(mu + REACH * tau, table[0][-1] if curve.bounded[1] else np.inf)
    x = np.linspace(low, np.maximum(high, low), COARSE_POINTS, axis=1)
    alive = weigh(x) > 1e-9
    rows = np.arange(mu.size)
    low = x[rows, np.maximum(alive.argmax(axis=1) - 1, 0)]
    high = x[rows, np.minimum(COARSE_POINTS - alive[:, ::-1].argmax(axis=1), COARSE_POINTS - 1)]
    even = np.linspace(low, high, FINE_POINTS, axis=1)
    x = np.sort(np.concatenate([even, np.clip(changes, low[:, None], high[:, None])], axis=1), axis=1)
    height = weigh(x)
    below = np.cumsum(0.5 * (height[:, 1:] + height[:, :-1]) * np.diff(x, axis=1), axis=1)
    return _invert(np.concatenate([np.zeros((mu.size, 1)), below], axis=1), x, rng)


def _table(curve: Curve) -> tuple[tuple[Array, Array], Array]:
    """Tabulate log L finely over all effects where it changes; also points spread evenly over its changes."""
    low, high = curve.span
    reach = REACH * curve.widest
    count = int(np.ceil((high - low + 2.0 * reach) / (0.01 * curve.detail)))
    x = np.linspace(low - reach, high + reach, min(count, LONGEST_TABLE))
    log_value = curve.log_value(x)
    change = np.cumsum(np.abs(np.diff(np.exp(log_value), prepend=np.exp(log_value[0]))))
    return (x, log_value), np.interp(np.linspace(0.0, change[-1], CHANGE_POINTS), change, x)


def _invert(below: Array, x: Array, rng: np.random.Generator) -> Array:
    """Draw one value per row by linear inversion of a tabulated, unnormalized distribution function."""
    goal = rng.random(below.shape[0]) * below[:, -1]
    right = np.clip((below < goal[:, None]).sum(axis=1), 1, below.shape[1] - 1)
    rows = np.arange(below.shape[0])
    floor, ceiling = below[rows, right - 1], below[rows, right]
    share = np.clip((goal - floor) / np.maximum(ceiling - floor, 1e-300), 0.0, 1.0)
    return np.asarray(x[rows, right - 1] + share * (x[rows, right] - x[rows, right - 1]))
