"""Several outcomes at once as an `xarray.DataTree` by ArviZ's conventions, with its provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Gate, Unknowns
from irlbayes.core.joint import JointModel, cells, pairs
from irlbayes.core.types import EffectTable

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
DIMS = {
    "mu": ("outcome",),
    "tau": ("outcome",),
    "theta_new": ("outcome",),
    "theta": ("cohort", "outcome"),
    "between": ("pair",),
    "within": ("pair_within",),
}


def build(
    tables: tuple[EffectTable, ...],
    model: JointModel,
    prior: Sequence[Unknowns],
    draws: Mapping[str, Array],
    within: Sequence[tuple[int, int]],
    statistics: Mapping[str, Array],
    seed: int,
    attrs: Mapping[str, Any],
) -> xr.DataTree:
    """Put draws into a tree that every ArviZ function accepts as it is.

    Parameters
    ----------
    tables : tuple of EffectTable
    model : JointModel
    prior : sequence of Unknowns
        One per outcome, before the data.
    draws : Mapping
        By the names of ``DIMS``, chain and draw first.
    within : sequence of tuple
        The pairs of outcomes of ``within``.
    statistics : Mapping
        What the engine knows about each draw, dims (chain, draw).
    seed : int
        Of the prior draws.
    attrs : Mapping
        Provenance, for the attributes of the root.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior``, ``prior`` (mu, tau and the correlations that are unknown), ``sample_stats`` (of a
        sampler) and ``observed_data`` (yi, sei, dims cohort, outcome; not a number where a report has none).
    """
    import xarray as xr

    names = [table.outcome.name for table in tables]
    found = cells(tables)
    shape = draws["mu"].shape[:2]
    every: dict[str, Any] = {
        "outcome": names,
        "cohort": list(found),
        "pair": [f"{names[i]}, {names[j]}" for i, j in pairs(len(names))],
        "pair_within": [f"{names[i]}, {names[j]}" for i, j in within],
        "chain": np.arange(shape[0]),
        "draw": np.arange(shape[1]),
    }

    def dataset(values: Mapping[str, Array], lead: tuple[str, ...] = ("chain", "draw")) -> xr.Dataset:
        dims = {name: lead + DIMS.get(name, ("cohort", "outcome") if not lead else ()) for name in values}
        used = {dim for name in values for dim in dims[name]}
        coords = {dim: labels for dim, labels in every.items() if dim in used}
        return xr.Dataset({name: (dims[name], value) for name, value in values.items()}, coords)

    observed = {name: np.full((len(found), len(names)), np.nan) for name in ("yi", "sei")}
    for row, (_, places) in enumerate(found.items()):
        for o, place in places.items():
            for name, value in observed.items():
                number = getattr(tables[o].studies[place], name)
                value[row, o] = np.nan if number is None else number
    groups = {
        "posterior": dataset(draws),
        "prior": dataset(_prior(prior, model, draws, shape, np.random.default_rng((seed, 1)))),
        "sample_stats": dataset(statistics),
        "observed_data": dataset(observed, ()),
    }
    if not statistics:
        del groups["sample_stats"]
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = dict(attrs)
    return tree


def _prior(
    prior: Sequence[Unknowns],
    model: JointModel,
    draws: Mapping[str, Array],
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> dict[str, Array]:
    """Draw mu, tau and the unknown correlations before the data."""
    found = {
        role: np.stack([getattr(one, role).quantile(rng.random(shape)) for one in prior], axis=-1)
        for role in ("mu", "tau")
    }
    for name, correlation in (("between", model.between), ("within", model.within)):
        if name in draws:
            count = round(0.5 + (0.25 + 2.0 * draws[name].shape[-1]) ** 0.5)
            matrices = correlations(correlation.eta, count, int(np.prod(shape)), rng)
            low, high = zip(*pairs(count), strict=True)
            found[name] = matrices[:, list(low), list(high)].reshape(*shape, -1)
    return found


def correlations(eta: float, count: int, number: int, rng: np.random.Generator) -> Array:
    """Draw correlation matrices from an LKJ prior, dims (number, outcome, outcome).

    Notes
    -----
    The vine of Lewandowski, Kurowicka & Joe (2009): partial correlations are independent, ``(p + 1) / 2`` Beta(b, b)
    with b falling by one half from one column of the Cholesky factor to the next.
    """
    factor = np.zeros((number, count, count))
    factor[:, 0, 0] = 1.0
    left = np.ones((number, count))  # what is left of each row's unit length
    for column in range(count):
        b = eta + 0.5 * (count - 2 - column)
        for row in range(column + 1, count):
            partial = 2.0 * rng.beta(b, b, number) - 1.0
            factor[:, row, column] = partial * np.sqrt(left[:, row])
            left[:, row] *= 1.0 - partial**2
        factor[:, column, column] = np.sqrt(left[:, column])
    return np.asarray(factor @ factor.transpose(0, 2, 1))


def provenance(
    tables: tuple[EffectTable, ...],
    model: JointModel,
    engine: str,
    seed: int,
    gate: Gate,
    libraries: Sequence[str],
    attrs: Mapping[str, Any],
) -> dict[str, Any]:
    """Say where a joint posterior comes from, for the attributes of its tree.

    Parameters
    ----------
    libraries : sequence of str
        Distributions whose versions belong to the result; the first one is the inference library.
    attrs : Mapping
        What the caller adds; it wins over what is found here.
    """
    names = [table.outcome.name for table in tables]
    return {
        "inference_library": libraries[0],
        "inference_library_version": version(libraries[0]),
        "engine": engine,
        "outcomes": ", ".join(names),
        "scales": ", ".join(one.scale for one in model.models),
        **{f"prior_mu_{name}": str(one.mu) for name, one in zip(names, model.models, strict=True)},
        **{f"prior_tau_{name}": str(one.tau) for name, one in zip(names, model.models, strict=True)},
        "between": str(model.between),
        "within": str(model.within),
        "seed": seed,
        "gate": "passed" if gate.passed else "failed",
        "gate_checks": "; ".join(
            f"{c.name} {'not available' if c.value is None else f'{c.value:.4g}'} ({c.rule})" for c in gate.checks
        ),
        **{f"{name}_version": version(name) for name in ("irlbayes", *libraries[1:])},
        **attrs,
    }
