"""One tree from either engine: the same groups, variables and dims, and ArviZ accepts it as it is."""

import csv
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.stats import kstest, norm

from irlbayes.core.answers import Posterior
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable, Value
from irlbayes.effects.table import effect_table
from irlbayes.models.graph import build
from irlbayes.posterior import exact, nuts

INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
SEED = 11
ENGINES = ("exact", "nuts")
CRINS = ModelSpec("crins", "none", Prior("normal", (0.0, 4.0)), Prior("half_normal", (0.5,)))
SMD = ModelSpec("smd", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
LOGIT = ModelSpec("logit", "logit", Prior("normal", (0.0, 1.5)), Prior("half_cauchy", (0.5,)))


def table_of(rows: list[tuple[str, str, dict[str, Value]]], scale: str) -> EffectTable:
    """Turn (study, kind, cells) rows into the studies of one outcome."""
    reports = tuple(
        Report(study, study, study, "outcome", kind, "primary", "test", i + 2, cells)
        for i, (study, kind, cells) in enumerate(rows)
    )
    outcome = Outcome("outcome", "outcome", scale, 0.0, "+")
    return effect_table(ReportTable("test", "test", "test", "", reports, {"outcome": outcome}), outcome)


def crins() -> EffectTable:
    with (INPUTS / "crins2014_ar.csv").open(encoding="utf-8") as file:
        rows = [(r["study"], "yi_sei", {"yi": float(r["yi"]), "sei": float(r["sei"])}) for r in csv.DictReader(file)]
    return table_of(rows, "none")


def mixed() -> EffectTable:
    """A p-value without its sign, a verdict and two directions: every way an effect is drawn but the normal one."""
    return table_of(
        [
            ("putarim2022", "p_value", {"pval": 0.103, "sign": "?", "n1i": 113.0, "n2i": 79.0}),
            ("hemond2022", "significance", {"verdict": "not_significant", "alpha": 0.05, "n1i": 63.0, "n2i": 84.0}),
            ("altokhis2022", "direction", {"sign": "+", "n1i": 42.0, "n2i": 49.0}),
            ("weber2022", "direction", {"sign": "-", "n1i": 38.0, "n2i": 64.0}),
        ],
        "smd",
    )


def proportions() -> EffectTable:
    """Counts, a zero cell among them: curves that were fitted, under a prior of tau with a heavy tail."""
    return table_of(
        [
            ("blindenbacher2020", "proportion", {"xi": 13.0, "ni": 66.0}),
            ("jang2020", "proportion", {"xi": 26.0, "ni": 32.0}),
            ("weber2022", "proportion", {"xi": 38.0, "ni": 102.0}),
            ("none", "proportion", {"xi": 0.0, "ni": 10.0}),
        ],
        "logit",
    )


@pytest.fixture(scope="module")
def posteriors() -> dict[str, Posterior]:
    """Crins 2014 by both engines."""
    return {
        "exact": exact.fit(crins(), CRINS, seed=SEED, attrs={"model_fingerprint": "abc"}),
        "nuts": nuts.fit(crins(), CRINS, build, seed=SEED, draws=1000, attrs={"model_fingerprint": "abc"}),
    }


@pytest.fixture(params=ENGINES)
def tree(request: pytest.FixtureRequest, posteriors: dict[str, Posterior]) -> xr.DataTree:
    return posteriors[request.param].tree


def test_both_engines_make_the_same_groups_variables_and_dims(posteriors: dict[str, Posterior]) -> None:
    shapes = {}
    for name, posterior in posteriors.items():
        found = {
            group: {variable: value.dims for variable, value in node.data_vars.items()}
            for group, node in posterior.tree.children.items()
        }
        assert "lp" in found.pop("sample_stats")
        shapes[name] = found
    assert shapes["exact"] == shapes["nuts"]
    assert shapes["exact"] == {
        "posterior": {
            "mu": ("chain", "draw"),
            "tau": ("chain", "draw"),
            "theta": ("chain", "draw", "study"),
            "theta_new": ("chain", "draw"),
        },
        "prior": {"mu": ("chain", "draw"), "tau": ("chain", "draw"), "theta_new": ("chain", "draw")},
        "log_likelihood": {"report": ("chain", "draw", "study")},
        "log_prior": {"mu": ("chain", "draw"), "tau": ("chain", "draw")},
        "observed_data": {"yi": ("study",), "sei": ("study",)},
    }


def test_studies_are_labelled(tree: xr.DataTree) -> None:
    labels = [study.label for study in crins().studies]
    for group in ("posterior", "log_likelihood", "observed_data"):
        assert list(tree[group]["study"].values) == labels
    assert list(tree["observed_data"]["kind"].values) == ["yi_sei"] * 6
    assert not tree["observed_data"].to_dataset()["sei"].isnull().any()


def test_provenance(posteriors: dict[str, Posterior]) -> None:
    for engine, library in (("exact", "irlbayes"), ("nuts", "nutpie")):
        attrs = posteriors[engine].tree.attrs
        expected = {"engine": engine, "inference_library": library, "model": "crins", "seed": SEED, "gate": "passed"}
        expected |= {"prior_mu": "normal(0, 4)", "prior_tau": "half_normal(0.5)", "model_fingerprint": "abc"}
        assert {name: attrs[name] for name in expected} == expected
        assert {"irlbayes_version", "numpy_version", "scipy_version", "inference_library_version"} <= set(attrs)
        assert all(isinstance(value, str | int | float) for value in attrs.values())
    assert posteriors["exact"].tree.attrs["error_bound"] == posteriors["exact"].error_bound
    assert "pymc_version" in posteriors["nuts"].tree.attrs


def test_arviz_summary(tree: xr.DataTree) -> None:
    import arviz as az

    found = az.summary(tree, round_to="none")
    assert list(found.index[:2]) == ["mu", "tau"]
    assert len(found) == 9
    assert found.loc["mu", "mean"] == pytest.approx(-1.5764, abs=0.05)
    assert (found["r_hat"] < 1.01).all()


def test_arviz_loo_leaves_out_studies(tree: xr.DataTree) -> None:
    """The exact leave-one-out score is log p(y_i | others) = log p(all) - log p(others): one more solve per study."""
    import arviz as az

    found = az.loo(tree, var_name="report", pointwise=True)
    whole = exact.solve([study.curve for study in crins().studies], CRINS.mu, CRINS.tau, studies=False)
    scores = []
    for out in crins().studies:
        rest = [study.curve for study in crins().studies if study.label != out.label]
        part = exact.solve(rest, CRINS.mu, CRINS.tau, studies=False)
        assert whole.log_marginal_likelihood is not None
        assert part.log_marginal_likelihood is not None
        scores.append(whole.log_marginal_likelihood - part.log_marginal_likelihood)
    assert found.n_data_points == 6
    assert np.asarray(found.elpd_i) == pytest.approx(np.array(scores), abs=0.03)
    assert float(found.pareto_k.max()) < 0.7


def test_arviz_power_scaling(tree: xr.DataTree) -> None:
    import arviz as az

    found = az.psense_summary(tree, var_names=["mu", "tau"])
    assert np.isfinite(found[["prior", "likelihood"]].to_numpy(dtype=float)).all()
    assert found.loc["tau", "prior"] > found.loc["mu", "prior"]


def test_power_scaling_is_that_of_the_hyper_priors(posteriors: dict[str, Posterior]) -> None:
    """Both engines give the figure of the hyper-priors alone; the non-centered variable has no part in it."""
    import arviz as az

    prior = [az.psense_summary(posteriors[engine].tree, round_to=6).loc[["mu", "tau"], "prior"] for engine in ENGINES]
    assert prior[0].to_numpy(dtype=float) == pytest.approx(prior[1].to_numpy(dtype=float), abs=0.03)


def test_arviz_forest(tree: xr.DataTree) -> None:
    import arviz as az
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    assert az.plot_forest(tree, var_names=["mu", "theta", "theta_new"], backend="matplotlib") is not None
    assert az.plot_dist(tree, var_names=["mu", "tau"], backend="matplotlib") is not None
    plt.close("all")


def test_log_likelihood_has_the_effect_integrated_out(tree: xr.DataTree) -> None:
    draws, observed = tree["posterior"], tree["observed_data"]
    spread = np.sqrt(observed["sei"] ** 2 + draws["tau"] ** 2)
    expected = norm.logpdf(observed["yi"] - draws["mu"], scale=spread)
    found = tree["log_likelihood"]["report"].transpose(*(observed["yi"] - draws["mu"]).dims)
    assert found.values == pytest.approx(expected, rel=1e-10)


def test_log_prior_is_of_the_hyper_parameters(tree: xr.DataTree) -> None:
    draws, found = tree["posterior"], tree["log_prior"]
    assert found["mu"].values == pytest.approx(norm.logpdf(draws["mu"], 0.0, 4.0), rel=1e-12)
    assert found["tau"].values == pytest.approx(np.log(2.0) + norm.logpdf(draws["tau"], 0.0, 0.5), rel=1e-12)


def test_prior_draws_follow_the_prior(tree: xr.DataTree) -> None:
    prior = {name: value.values.ravel() for name, value in tree["prior"].data_vars.items()}
    assert kstest(prior["mu"], norm(0.0, 4.0).cdf).pvalue > 0.001
    assert kstest(prior["tau"], lambda x: 2.0 * norm.cdf(x, 0.0, 0.5) - 1.0).pvalue > 0.001
    assert kstest(prior["theta_new"], norm(0.0, np.sqrt(16.25)).cdf).pvalue > 0.001


@pytest.mark.parametrize(
    ("effects", "model"), [(crins, CRINS), (mixed, SMD), (proportions, LOGIT)], ids=["normal", "mixed", "proportions"]
)
def test_exact_draws_are_independent_draws_of_the_exact_marginals(effects: object, model: ModelSpec) -> None:
    """Kolmogorov-Smirnov on 9 + 7 + 7 marginals; under the null one in 1000 falls below 0.001."""
    assert callable(effects)
    posterior = exact.fit(effects(), model, seed=SEED)
    draws = posterior.tree["posterior"]
    after = posterior.after
    assert after.mu is not None
    assert after.theta_new is not None
    pairs = [("mu", draws["mu"], after.mu), ("tau", draws["tau"], after.tau)]
    pairs.append(("theta_new", draws["theta_new"], after.theta_new))
    pairs += [(f"theta {i}", draws["theta"][:, :, i], marginal) for i, marginal in enumerate(after.theta)]
    for name, values, marginal in pairs:
        assert kstest(values.values.ravel(), marginal.cdf).pvalue > 0.001, name
    mu = draws["mu"].values
    assert mu.shape == (4, 1000)
    assert abs(np.corrcoef(mu[:, 1:].ravel(), mu[:, :-1].ravel())[0, 1]) < 4.0 / np.sqrt(mu.size)


def test_reports_without_a_size_have_none_in_observed_data() -> None:
    observed = exact.fit(mixed(), SMD).tree["observed_data"]
    assert observed["yi"].isnull().all()
    assert list(observed["kind"].values) == ["p_value", "significance", "direction", "direction"]
