"""The gate: a posterior that should not be believed is an answer with `passed=False`, never an exception."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from irlbayes.core.answers import Gate
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable
from irlbayes.effects.table import effect_table
from irlbayes.posterior import nuts
from irlbayes.posterior.gate import exact_gate, gate

Array = NDArray[np.float64]


def tree_of(draws: Array, **other: Array) -> xr.DataTree:
    """Return a tree whose mu, tau and theta are made of one array, dims (chain, draw)."""
    dims = ("chain", "draw")
    posterior = {"mu": (dims, draws), "tau": (dims, np.exp(draws)), "theta": ((*dims, "study"), draws[:, :, None])}
    statistics = {"diverging": np.zeros(draws.shape, dtype=bool), "energy": draws, **other}
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(posterior),
            "sample_stats": xr.Dataset({name: (dims, value) for name, value in statistics.items()}),
        }
    )


def good(chains: int = 4, draws: int = 500) -> Array:
    return np.random.default_rng(1).standard_normal((chains, draws))


def failed(found: Gate) -> set[str]:
    return {check.name for check in found.checks if not check.passed}


def test_independent_draws_pass() -> None:
    found = gate(tree_of(good()))
    assert found.passed
    assert [check.name for check in found.checks] == ["R-hat", "bulk ESS", "tail ESS", "divergences", "E-BFMI"]
    assert all(check.value is not None and check.rule for check in found.checks)


def test_dims_in_any_order_pass() -> None:
    tree = tree_of(good())
    tree["posterior"] = xr.DataTree(tree["posterior"].to_dataset().transpose("study", "draw", "chain"))
    assert gate(tree).passed


def test_the_worst_unknown_counts() -> None:
    tree = tree_of(good())
    shifted = np.stack([good(), good() + np.array([[0.0], [0.0], [0.0], [1.0]])], axis=-1)
    tree["posterior"] = xr.DataTree(
        tree["posterior"].to_dataset().drop_vars("theta").assign(theta=(("chain", "draw", "study"), shifted))
    )
    assert "R-hat" in failed(gate(tree))


def test_one_divergence_fails() -> None:
    diverging = np.zeros((4, 500), dtype=bool)
    diverging[2, 7] = True
    found = gate(tree_of(good(), diverging=diverging))
    assert failed(found) == {"divergences"}
    assert found.checks[3].value == 1.0


def test_slow_energy_fails() -> None:
    assert failed(gate(tree_of(good(), energy=good().cumsum(axis=1)))) == {"E-BFMI"}


def test_few_draws_fail() -> None:
    assert failed(gate(tree_of(good(draws=50)))) >= {"bulk ESS", "tail ESS"}


def stuck_chain() -> Array:
    draws = good()
    draws[3] = 0.5
    return draws


@pytest.mark.parametrize(
    "draws",
    [
        np.zeros((4, 500)),
        stuck_chain(),
        np.where(good() > 2.5, np.nan, good()),
        np.where(good() > 2.5, np.inf, good()),
        good(draws=1),
        good(draws=3),
        good(draws=0),
        good(chains=1, draws=2),
    ],
    ids=["constant", "one chain stuck", "not a number", "infinite", "one draw", "three draws", "no draw", "one chain"],
)
def test_what_cannot_be_diagnosed_fails(draws: Array) -> None:
    found = gate(tree_of(draws))
    assert failed(found) >= {"R-hat", "bulk ESS", "tail ESS"}
    assert all(check.value is None or np.isfinite(check.value) for check in found.checks)


@pytest.mark.parametrize("group", ["posterior", "sample_stats"])
def test_missing_groups_fail(group: str) -> None:
    tree = tree_of(good())
    del tree[group]
    missing = {"posterior": {"R-hat", "bulk ESS", "tail ESS"}, "sample_stats": {"divergences", "E-BFMI"}}[group]
    assert failed(gate(tree)) == missing


def test_exact_gate() -> None:
    assert exact_gate(1e-9).passed
    assert not exact_gate(1e-3).passed
    assert exact_gate(1e-3, limit=1e-2).passed
    assert exact_gate(float("nan")).checks[0].value is None
    assert not exact_gate(float("nan")).passed


def centered_funnel(model: ModelSpec, effects: EffectTable) -> Any:
    """A centered hierarchy with nothing reported: Neal's funnel."""
    import pymc as pm

    with pm.Model(coords={"study": [study.label for study in effects.studies]}) as graph:
        mu = pm.Normal("mu", *model.mu.parameters)
        tau = pm.HalfNormal("tau", *model.tau.parameters)
        pm.Normal("theta", mu, tau, dims="study")
    return graph


def test_a_funnel_hardly_tuned_fails() -> None:
    """A posterior that NUTS cannot explore in 20 warm-up draws ends in a failed gate, not in an exception."""
    reports = tuple(
        Report(f"s{i}", f"s{i}", f"s{i}", "outcome", "yi_sei", "primary", "test", i + 2, {"yi": 0.1, "sei": 0.2})
        for i in range(8)
    )
    outcome = Outcome("outcome", "outcome", "none", 0.0, "+")
    effects = effect_table(ReportTable("test", "test", "test", "", reports, {"outcome": outcome}), outcome)
    model = ModelSpec("test", "none", Prior("normal", (0.0, 1.0)), Prior("half_normal", (5.0,)))
    posterior = nuts.fit(effects, model, centered_funnel, draws=60, tune=20)
    assert not posterior.gate.passed
    assert posterior.tree.attrs["gate"] == "failed"
