"""Posterior-predictive checks, power-scaling and PSIS-LOO, on simulated data and on published inputs."""

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from irlbayes import workflow
from irlbayes.checks import power_scaling, predictive, psis_loo
from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.examining import Case, Pooled
from irlbayes.core.registry import leaves
from irlbayes.core.reported import Rows
from irlbayes.core.types import EffectTable, Outcome, Study
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.refit import above, scores
from irlbayes.posterior.subgroups import regroup

TESTS = Path(__file__).parents[1]
CLEAN = [(0.31, 0.2), (0.12, 0.15), (0.45, 0.3), (0.22, 0.12), (0.37, 0.25), (0.08, 0.18)]  # simulated
KINDS = leaves("irlbayes.effects.reports")


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("examples_of_reports", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLES = load(TESTS / "effects" / "conftest.py")


def refit(studies: Any, model: ModelSpec, mu_at: float | None = None, tau_at: float | None = None) -> Pooled:
    found = solve([study.curve for study in studies], model.mu, model.tau)
    return Pooled(found.mu, found.tau, found.theta_new, found.log_marginal_likelihood, found.error_bound)


def case_of(file: Path, scale: str, **priors: str) -> Case:
    table = workflow.read_reports(file, scale)
    (name,) = table.outcomes
    model = workflow.load_model(table.outcomes[name], None, priors.get("mu"), priors.get("tau"))
    return Case(workflow.fit(workflow.effect_table(table, name), model, "exact"), refit, regroup, scores, above)


@pytest.fixture
def pooled(tmp_path: Path) -> Callable[..., Case]:
    def pool(pairs: list[tuple[float, float]], **priors: str) -> Case:
        rows = [f"s{i},{yi},{sei}" for i, (yi, sei) in enumerate(pairs)]
        file = tmp_path / "simulated.csv"
        file.write_text("\n".join(["study,yi,sei", *rows]) + "\n", encoding="utf-8")
        return case_of(file, "smd", **priors)

    return pool


def by_name(case: Case) -> dict[str, dict[str, Any]]:
    found = predictive.answer(case)
    assert found is not None
    return {entry["name"]: entry for entry in found.numbers["statistics"]}


# --- predictive --------------------------------------------------------------------------------------------


def test_clean_data_are_quiet(pooled: Callable[..., Case]) -> None:
    found = predictive.answer(pooled(CLEAN))
    assert found is not None
    assert found.passed
    assert not found.caveats
    assert {entry["name"] for entry in found.numbers["statistics"]} == {
        *("q", "largest_z", "significant", "above", "rank_correlation", "smallest", "largest"),
    }


def test_a_gross_outlier_is_seen_under_a_narrow_prior_of_tau(pooled: Callable[..., Case]) -> None:
    case = pooled([*CLEAN, (3.0, 0.15)], tau="half_normal(0.05)")
    found = predictive.answer(case)
    assert found is not None
    assert not found.passed
    assert "Cochran's Q" in found.statement
    assert by_name(case)["q"]["p"] < predictive.ALARM


def test_the_numbers_follow_from_the_seed(pooled: Callable[..., Case]) -> None:
    case = pooled(CLEAN)
    assert by_name(case) == by_name(case)
    assert by_name(case)["q"]["median"] != by_name(replace(case, seed=1))["q"]["median"]


def test_observed_statistics_are_the_textbook_ones(pooled: Callable[..., Case]) -> None:
    yi, sei = np.array(CLEAN).T
    weight = sei**-2
    mean = np.average(yi, weights=weight)
    found = by_name(pooled(CLEAN))
    assert found["q"]["observed"] == pytest.approx(np.sum(weight * (yi - mean) ** 2), rel=1e-12)
    assert found["largest_z"]["observed"] == pytest.approx(np.max(yi / sei), rel=1e-12)
    assert found["significant"]["observed"] == np.sum(yi / sei > 1.959964)
    assert found["above"]["observed"] == 6
    assert (found["smallest"]["observed"], found["largest"]["observed"]) == (0.08, 0.45)


def test_eggers_slope_is_weighted_least_squares() -> None:
    rng = np.random.default_rng(3)
    yi, sei = rng.normal(size=12), rng.uniform(0.1, 0.5, 12)
    slope = np.polyfit(sei, yi, 1, w=1.0 / sei)[0]
    rows = Rows(yi, sei, np.zeros(12), np.zeros(12))
    assert predictive.STATISTICS["egger"].of(rows, 0.0) == pytest.approx(slope, rel=1e-9)


def test_replicates_have_the_closed_form_spread(pooled: Callable[..., Case]) -> None:
    """Given mu and tau, a replicate of a normal row is Normal(mu, tau^2 + sei^2)."""
    case = replace(pooled(CLEAN), replicates=4000)
    drawn = case.posterior.tree["posterior"]
    mu, tau = drawn["mu"].values.ravel(), drawn["tau"].values.ravel()
    yi = predictive.replicated(case).yi
    expected = np.sqrt(mu.var() + np.mean(tau**2) + np.array([sei for _, sei in CLEAN]) ** 2)
    np.testing.assert_allclose(yi.mean(axis=0), mu.mean(), atol=5 * expected.max() / np.sqrt(4000))
    np.testing.assert_allclose(yi.std(axis=0), expected, rtol=0.08)


def test_random_effects_of_other_families_are_drawn() -> None:
    rng = np.random.default_rng(0)
    wide = predictive._spread(RandomEffects("contaminated", (0.2, 5.0)), (40_000, 1), rng)
    assert wide.var() == pytest.approx(0.8 + 0.2 * 25.0, rel=0.05)
    heavy = predictive._spread(RandomEffects("student_t", (6.0,)), (40_000, 1), rng)
    assert heavy.var() == pytest.approx(6.0 / 4.0, rel=0.08)
    with pytest.raises(ValueError, match="cannot be drawn"):
        predictive._spread(RandomEffects("skewed"), (1, 1), rng)


def examined(kind: str, cells: dict[str, Any], scale: str) -> Case:
    """Three equal rows, with draws of mu and tau that no engine made."""
    import xarray as xr

    report = EXAMPLES.make_report(kind, cells, scale)
    module: Any = KINDS[kind]
    pair = module.yi_sei(report)
    yi, sei = pair or (None, None)
    flat: Any = None
    rows = [Study(f"s{i}", report, module, 1.0, "", flat, yi, sei, module.design_sei(report)) for i in range(3)]
    spec = ModelSpec("simulated", scale or "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    rng = np.random.default_rng(5)
    size = sei or module.design_sei(report)
    draws = {"mu": (yi or 0.0) + size * rng.standard_normal((1, 60)), "tau": size * rng.random((1, 60))}
    tree = xr.DataTree.from_dict(
        {"posterior": xr.Dataset({name: (("chain", "draw"), value) for name, value in draws.items()})}
    )
    effects = EffectTable(Outcome("outcome", "Outcome", scale or "smd", 0.0, "+"), tuple(rows))
    posterior: Any = SimpleNamespace(effects=effects, model=spec, tree=tree, hyper_tree=tree)
    return Case(posterior, refit, regroup, scores, above, replicates=60)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_report_is_replicated(kind: str) -> None:
    rows = EXAMPLES.rows_of(kind)
    assert rows
    answered = 0
    for cells, scale in rows:
        found = predictive.answer(examined(kind, dict(cells), scale))
        if found is not None:
            answered += 1
            for entry in found.numbers["statistics"]:
                assert 0.0 < entry["p"] <= 1.0, (cells, entry)
                assert np.isfinite([entry["observed"], entry["q05"], entry["median"], entry["q95"]]).all()
    assert answered


def test_a_verdict_and_a_sign_are_read_from_their_cells() -> None:
    cells = {"verdict": "not_significant", "alpha": 0.05, "n1i": 30.0, "n2i": 30.0}
    found = by_name(examined("significance", cells, ""))
    assert set(found) == {"significant"}
    assert found["significant"]["observed"] == 0.0
    found = by_name(examined("direction", {"sign": "+", "n1i": 30.0, "n2i": 30.0}, ""))
    assert set(found) == {"above"}
    assert found["above"]["observed"] == 3.0


def test_an_outcome_without_a_null_has_no_statistic_that_needs_one() -> None:
    case = examined("proportion", {"xi": 13.0, "ni": 66.0}, "logit")
    effects = replace(case.posterior.effects, outcome=Outcome("p", "p", "logit", None, ""))
    bare: Any = SimpleNamespace(effects=effects, model=case.posterior.model, hyper_tree=case.posterior.hyper_tree)
    assert set(by_name(replace(case, posterior=bare))) <= {"q", "rank_correlation", "smallest", "largest"}


# --- power-scaling -----------------------------------------------------------------------------------------


def test_only_the_hyper_priors_are_scaled() -> None:
    """Scaling the priors of the standardized effects too more than doubles tau's figure (BCG, log odds ratios)."""
    import arviz as az
    import xarray as xr

    case = case_of(TESTS / "reference" / "inputs" / "bcg_or.csv", "log_or", mu="normal(0, 1)", tau="half_normal(0.5)")
    found = power_scaling.answer(case)
    assert found is not None
    entries = {entry["name"]: entry for entry in found.numbers["unknowns"]}
    tree = case.posterior.tree
    drawn, log_prior = tree["posterior"], tree["log_prior"].to_dataset()
    log_prior["z"] = -0.5 * ((drawn["theta"] - drawn["mu"]) / drawn["tau"]) ** 2
    groups = {"posterior": drawn.to_dataset(), "log_prior": log_prior}
    everything = az.psense(xr.DataTree.from_dict(groups), var_names=["tau"])
    assert 0.07 < entries["tau"]["prior"] < 0.11
    assert float(everything["tau"]) > 2.0 * entries["tau"]["prior"]
    assert any("the prior matters" in caveat and "tau" in caveat for caveat in found.caveats)
    assert found.passed


# --- PSIS-LOO ----------------------------------------------------------------------------------------------


def agrees(case: Case) -> None:
    found = psis_loo.answer(case)
    assert found is not None
    draws = case.posterior.tree["log_likelihood"]["report"]
    for i, entry in enumerate(found.numbers["studies"]):
        if not entry["good"]:
            continue
        ratio = np.exp(-draws.values[..., i].ravel())  # p(y_i | y_-i) is one over the mean of this
        error = ratio.std() / ratio.mean() / np.sqrt(ratio.size)
        assert entry["elpd_psis"] == pytest.approx(entry["elpd_exact"], abs=5.0 * error), entry
    assert found.numbers["elpd"] == pytest.approx(found.numbers["elpd_exact"], abs=0.1)


def test_psis_equals_the_exact_score_on_acute_rejection() -> None:
    agrees(case_of(TESTS / "reference" / "inputs" / "crins2014_ar.csv", "log_or", mu="normal(0, 4)"))


@pytest.mark.slow
def test_psis_equals_the_exact_score_on_irl_disability() -> None:
    table = workflow.read_reports("irl")
    effects = workflow.effect_table(table, "disability")
    agrees(Case(workflow.fit(effects, workflow.load_model(effects.outcome), "exact"), refit, regroup, scores, above))


def test_a_study_that_psis_cannot_leave_out_is_refitted(pooled: Callable[..., Case]) -> None:
    case = pooled([(0.0, 0.02), (0.05, 0.5), (2.5, 0.02)], tau="half_normal(0.3)")
    found = psis_loo.answer(case)
    assert found is not None
    poor = [entry for entry in found.numbers["studies"] if not entry["good"]]
    assert poor
    assert "exact refits replace them" in found.statement
    best = sum(e["elpd_psis"] if e["good"] else e["elpd_exact"] for e in found.numbers["studies"])
    assert found.numbers["elpd"] == pytest.approx(best, rel=1e-12)


def test_a_flat_prior_has_no_exact_score(pooled: Callable[..., Case]) -> None:
    found = psis_loo.answer(pooled(CLEAN, mu="flat"))
    assert found is not None
    assert found.numbers["elpd_exact"] is None
    assert "flat" in found.caveats[0]


def test_one_study_cannot_be_left_out(pooled: Callable[..., Case]) -> None:
    assert psis_loo.answer(pooled(CLEAN[:1])) is None
