"""NUTS against the exact engine: two engines that share the model and not the arithmetic.

Every test of agreement compares mean, sd, median, 5 % and 95 % quantiles of mu, tau, theta_new and every study's
effect, each within 4 Monte Carlo standard errors (`arviz.mcse`), at one seed. Together they make 750 comparisons: were
these independent and the errors normal and known, 1 seed in 21 would put one beyond 4 errors.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from irlbayes import workflow
from irlbayes.core import priors
from irlbayes.core.answers import Marginal, Posterior, Unknowns
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.errors import FitError
from irlbayes.core.summary import densities
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable, Value
from irlbayes.effects.table import effect_table
from irlbayes.models import graph
from irlbayes.models.graph import build
from irlbayes.posterior import exact, nuts
from irlbayes.posterior.draws import Draws

INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
SEED = 20260
MOST_ERRORS = 4.0
SHORTER = {"draws": 1000, "tune": 1000}  # where a draw is dear and mixes well: about 1,000 effective draws
Row = tuple[str, str, dict[str, Value]]


def table_of(rows: Sequence[Row], scale: str, treatment: str = "") -> EffectTable:
    """Turn (study, kind, cells) rows into the studies of one outcome."""
    reports = tuple(
        Report(study, study, study, "outcome", kind, "primary", "test", i + 2, cells)
        for i, (study, kind, cells) in enumerate(rows)
    )
    outcome = Outcome("outcome", "outcome", scale, 0.0, "+", treatment=treatment)
    return effect_table(ReportTable("test", "test", "test", "", reports, {"outcome": outcome}), outcome)


def sizes(n1: float, n2: float, **cells: Value) -> dict[str, Value]:
    return {"n1i": n1, "n2i": n2, **cells}


def five(values: Sequence[float], group: int) -> dict[str, Value]:
    """Median and range of one group."""
    return dict(zip((f"min{group}i", f"median{group}i", f"max{group}i"), values, strict=True))


def arms(*cells: float) -> dict[str, Value]:
    """Events and patients, treated and untreated, with rims and without."""
    names = [f"{name}_{group}" for group in ("pos", "neg") for name in ("ai", "n1i", "ci", "n2i")]
    return dict(zip(names, map(float, cells), strict=True))


# Rows of the IRL evidence, of several outcomes, so that every kind and every branch of a kind is there.
DIFFERENCES: list[Row] = [
    ("blindenbacher2020", "medians", sizes(13.0, 53.0, **five((0, 2, 3), 1), **five((0, 1.5, 4.5), 2))),
    ("putarim2022", "p_value", sizes(113.0, 79.0, pval=0.103, sign="?")),
    ("maggi2021", "p_value", sizes(43.0, 75.0, pval=0.003, sign="+")),
    ("blindenbacher2020.count_p", "p_value", sizes(13.0, 53.0, pval=0.001, pval_relation="<", sign="+")),
    ("hemond2022", "significance", sizes(63.0, 84.0, verdict="not_significant", alpha=0.05, sign="?")),
    ("dx7t2025.thalamus", "significance", sizes(29.0, 33.0, verdict="significant_lower", alpha=0.05, sign="-")),
    ("dx7t2025.t2", "significance", sizes(29.0, 33.0, verdict="significant_higher", alpha=0.05, sign="+")),
    ("altokhis2022", "direction", sizes(42.0, 49.0, sign="+")),
    ("weber2022", "direction", sizes(38.0, 64.0, sign="-")),
]
PROPORTIONS: list[Row] = [
    ("blindenbacher2020", "proportion", {"xi": 13.0, "ni": 66.0}),
    ("putarim2022", "proportion", {"xi": 113.0, "ni": 192.0}),
    ("jang2020", "proportion", {"xi": 26.0, "ni": 32.0}),
    ("cavs_ms2025", "estimate_ci", {"estimate": 0.697, "ci_lb": 0.624, "ci_ub": 0.772, "scale": "proportion"}),
    ("maggi2023", "proportion", {"xi": 0.0, "ni": 150.0}),
]
ODDS_RATIOS: list[Row] = [
    ("reeves2024", "estimate_p", {"estimate": 3.472, "pval": 0.009, "scale": "or"}),
    ("kim2023", "direction", sizes(14.0, 16.0, sign="+")),
]
# Counts of acute rejection (Crins et al. 2014) and events over patient-years (Hart et al. 1999), beside made-up rows of
# other kinds; a row of each has its baseline integrated.
ODDS_MIXTURE: list[Row] = [
    ("heffron2003", "counts", {"ai": 14.0, "n1i": 61.0, "ci": 15.0, "n2i": 20.0}),
    ("gras2008", "counts", {"ai": 0.0, "n1i": 50.0, "ci": 3.0, "n2i": 34.0}),
    ("spada2006", "counts", {"ai": 4.0, "n1i": 36.0, "ci": 11.0, "n2i": 36.0, "likelihood": "binomial"}),
    ("means", "means", sizes(42.0, 49.0, m1i=4.1, sd1i=1.6, m2i=4.9, sd2i=1.9)),
    ("interval", "estimate_ci", {"estimate": 0.5, "ci_lb": 0.24, "ci_ub": 1.05, "scale": "or"}),
    ("direction", "direction", sizes(14.0, 16.0, sign="-")),
]
RATE_MIXTURE: list[Row] = [
    ("afasak1989", "rates", {"x1i": 9.0, "t1i": 413.0, "x2i": 19.0, "t2i": 398.0}),
    ("baataf1990", "rates", {"x1i": 3.0, "t1i": 487.0, "x2i": 13.0, "t2i": 435.0, "likelihood": "poisson"}),
    ("cafa1991", "rates", {"x1i": 6.0, "t1i": 237.0, "x2i": 9.0, "t2i": 241.0}),
    ("none", "rates", {"x1i": 0.0, "t1i": 100.0, "x2i": 3.0, "t2i": 120.0}),
    ("interval", "estimate_ci", {"estimate": 0.6, "ci_lb": 0.31, "ci_ub": 1.17, "scale": "irr"}),
]
# Simulated: effects of treatment with rims against without, as four arms, two estimates, or a printed ratio of ratios.
SIMULATED_ARMS: list[Row] = [
    ("simulated 1", "arm_counts", arms(18, 146, 32, 90, 19, 86, 38, 128)),
    ("simulated 2", "arm_counts", arms(0, 20, 4, 22, 6, 30, 9, 28)),
    (
        "simulated 3",
        "subgroup_estimates",
        {
            "estimate_pos": 0.25, "ci_lb_pos": 0.12, "ci_ub_pos": 0.53,
            "estimate_neg": 0.64, "ci_lb_neg": 0.36, "ci_ub_neg": 1.16, "scale": "or",
        },
    ),
    (
        "simulated 4",
        "estimate_ci",
        {"estimate": 0.87, "ci_lb": 0.33, "ci_ub": 2.29, "scale": "or", "contrast": "treatment_by_irl"},
    ),
]  # fmt: skip


def reference(dataset: str) -> EffectTable:
    with (INPUTS / f"{dataset}.csv").open(encoding="utf-8") as file:
        rows: list[Row] = [
            (r["study"], "yi_sei", {"yi": float(r["yi"]), "sei": float(r["sei"])}) for r in csv.DictReader(file)
        ]
    return table_of(rows, "none")


def model(mu_sd: float, family: str, scale: float) -> ModelSpec:
    return ModelSpec("test", "none", Prior("normal", (0.0, mu_sd)), Prior(family, (scale,)))


def named(unknowns: Unknowns) -> dict[str, Marginal]:
    """Return every unknown by name."""
    assert unknowns.mu is not None
    assert unknowns.theta_new is not None
    found = {"mu": unknowns.mu, "tau": unknowns.tau, "theta_new": unknowns.theta_new}
    return found | {f"theta {i}": marginal for i, marginal in enumerate(unknowns.theta)}


def compare(sampled: Posterior, known: Posterior) -> dict[str, float]:
    """Return the distance between two posteriors in Monte Carlo standard errors, by unknown and summary."""
    import arviz as az

    errors = {}
    truth = named(known.after)
    for name, draws in named(sampled.after).items():
        assert isinstance(draws, Draws)
        exact_one = truth[name]
        pairs = [("mean", draws.mean, exact_one.mean), ("sd", draws.sd, exact_one.sd)]
        for method, found, expected in pairs:
            assert (found is None) == (expected is None), f"{name} {method}"
            if found is not None and expected is not None:
                errors[f"{name} {method}"] = (found - expected) / float(az.mcse(draws.values, method=method))
        for p in (0.05, 0.5, 0.95):
            error = float(az.mcse(draws.values, method="quantile", prob=p))
            errors[f"{name} {p:g}"] = (float(draws.quantile(p)) - float(exact_one.quantile(p))) / error
    return errors


def check(effects: EffectTable, spec: ModelSpec, seed: int = SEED, **settings: int) -> None:
    sampled = nuts.fit(effects, spec, build, seed=seed, **settings)
    assert sampled.gate.passed, sampled.gate
    errors = compare(sampled, exact.fit(effects, spec))
    assert len(errors) >= 3 * (3 + len(effects.studies))
    far = {name: round(error, 2) for name, error in errors.items() if not abs(error) <= MOST_ERRORS}
    assert not far


@pytest.mark.parametrize(
    ("dataset", "spec"),
    [
        ("crins2014_ar", model(4.0, "half_normal", 0.5)),
        ("rubin1981", model(50.0, "half_cauchy", 25.0)),
        ("bcg_or", model(2.0, "half_normal", 1.0)),
    ],
)
def test_reference_data(dataset: str, spec: ModelSpec) -> None:
    """45 + 55 + 80 comparisons."""
    check(reference(dataset), spec)


@pytest.mark.parametrize(
    ("rows", "scale", "spec", "settings"),
    [
        (DIFFERENCES, "smd", model(1.0, "half_normal", 0.5), SHORTER),
        (PROPORTIONS, "logit", model(1.5, "half_normal", 1.0), {}),
        (ODDS_RATIOS, "log_or", model(1.0, "uniform", 2.0), {}),
    ],
    ids=["differences", "proportions", "odds ratios"],
)
def test_every_kind_of_report(rows: list[Row], scale: str, spec: ModelSpec, settings: dict[str, int]) -> None:
    """60 + 40 + 25 comparisons."""
    if spec.tau.family == "uniform":
        spec = ModelSpec(spec.name, scale, spec.mu, Prior("uniform", (0.0, *spec.tau.parameters)))
    effects = table_of(rows, scale)
    assert len(effects.studies) == len(rows)
    check(effects, spec, **settings)


@pytest.mark.parametrize(
    ("rows", "scale", "seed"),
    [
        pytest.param(ODDS_MIXTURE, "log_or", 41, marks=pytest.mark.slow),
        pytest.param(RATE_MIXTURE, "log_irr", 42, marks=pytest.mark.slow),
    ],
    ids=["odds", "rates"],
)
def test_counts_and_rates_in_a_mixture(rows: list[Row], scale: str, seed: int) -> None:
    """45 + 40 comparisons: zero cells, means converted to log odds, integrated baselines."""
    effects = table_of(rows, scale)
    assert len(effects.studies) == len(rows)
    check(effects, model(1.0, "half_normal", 0.5), seed, **SHORTER)


def test_effects_of_treatment_in_a_mixture() -> None:
    """35 comparisons: four arms (one without events), two estimates, a printed ratio of ratios."""
    effects = table_of(SIMULATED_ARMS, "log_or", "interaction")
    assert len(effects.studies) == len(SIMULATED_ARMS)
    check(effects, model(0.5, "half_normal", 0.25))


@pytest.mark.parametrize(
    "outcome",
    [
        "disability",
        pytest.param("disability_worsening", marks=pytest.mark.slow),
        "relapse",
        pytest.param("brain_volume", marks=pytest.mark.slow),  # the kinds of disability, fewer of them
        pytest.param("lesion_load", marks=pytest.mark.slow),
        pytest.param("cognition", marks=pytest.mark.slow),
        pytest.param("high_efficacy_exposure", marks=pytest.mark.slow),
        "irl_prevalence",
    ],
)
def test_every_outcome_of_the_bundled_evidence(outcome: str) -> None:
    """The primary rows of each outcome under its own model: 50 + 20 + 25 + 35 + 40 + 30 + 25 + 100 comparisons."""
    table = workflow.read_reports("irl")
    effects = workflow.effect_table(table, outcome)
    assert effects.studies
    settings = SHORTER if outcome == "disability" else {}
    check(effects, workflow.load_model(table.outcomes[outcome]), **settings)


def test_a_flat_prior_of_mu() -> None:
    """The exact engine does not reach one study under a flat prior; NUTS does, and mu has its closed form there."""
    effects = table_of([("one", "yi_sei", {"yi": 0.5, "sei": 0.2})], "none")
    spec = ModelSpec("test", "none", Prior("flat"), Prior("half_normal", (0.5,)))
    assert exact.applies(effects, spec)
    sampled = nuts.fit(effects, spec, build, seed=SEED)
    assert sampled.gate.passed
    assert sampled.prior.mu is None
    assert sampled.after.mu is not None
    assert sampled.after.mu.mean == pytest.approx(0.5, abs=0.05)
    assert sampled.after.mu.sd == pytest.approx(np.sqrt(0.2**2 + 0.5**2), abs=0.05)
    assert "prior" not in sampled.tree.children


def test_every_family_of_priors_has_a_form_in_the_graph() -> None:
    assert set(graph.FAMILIES) == set(priors.FAMILIES)


def test_draws_answer_what_a_density_answers() -> None:
    """20,000 independent normal draws: every answer within its own Monte Carlo error of the normal's."""
    draws = Draws(np.random.default_rng(SEED).normal(1.0, 2.0, (4, 5000)))
    assert draws.mean == pytest.approx(1.0, abs=0.06)
    assert draws.sd == pytest.approx(2.0, abs=0.04)
    assert draws.mode == pytest.approx(1.0, abs=0.4)
    assert float(draws.cdf(1.0)) == pytest.approx(0.5, abs=0.015)
    assert draws.cdf(np.array([0.0, 3.0])) + draws.sf(np.array([0.0, 3.0])) == pytest.approx(np.ones(2))
    assert draws.interval(0.95) == pytest.approx((-2.92, 4.92), abs=0.2)
    assert draws.shortest(0.95) == pytest.approx((-2.92, 4.92), abs=0.4)
    assert draws.x.shape == draws.mass.shape == (20_000,)
    assert (np.diff(draws.x) >= 0.0).all()
    assert draws.mass.sum() == pytest.approx(1.0)
    assert float(draws.mass @ draws.x) == pytest.approx(draws.mean)


def test_draws_have_a_density() -> None:
    """8,000 draws, as many as a run has: within a tenth of the peak of the true density, at a closed end too.

    A kernel's standard error there is 0.02 to 0.03 of the peak, and three other seeds were off by 0.013 to 0.054.
    """
    rng = np.random.default_rng(SEED)
    x, half = np.linspace(-5.0, 7.0, 61), np.linspace(0.02, 1.5, 60)
    wide = np.exp(Draws(rng.normal(1.0, 2.0, (4, 2000))).log_pdf(x)) * 2.0 * np.sqrt(2.0 * np.pi)
    np.testing.assert_allclose(wide, np.exp(-0.125 * (x - 1.0) ** 2), rtol=0.0, atol=0.1)
    tau = Draws(np.abs(rng.normal(0.0, 0.5, (4, 2000))))
    folded = np.exp(tau.log_pdf(half)) * 0.5 * np.sqrt(0.5 * np.pi)
    np.testing.assert_allclose(folded, np.exp(-2.0 * half**2), rtol=0.0, atol=0.1)
    curves = densities(tau, tau)
    assert curves["x"][0] == tau.support[0] > 0.0
    assert min(curves["posterior"][:10]) > 1.2
    assert Draws(np.full((4, 10), 0.5)).log_pdf(np.array([0.4, 0.5])).tolist() == [-np.inf, -np.inf]


def test_draws_of_an_effect_without_moments() -> None:
    """A mean of Cauchy draws means nothing, and far draws do not move the mode."""
    draws = Draws(np.random.default_rng(SEED).standard_cauchy((4, 5000)), moments=0)
    assert draws.mean is None
    assert draws.sd is None
    assert draws.mode == pytest.approx(0.0, abs=0.3)


def test_draws_that_stand_still_have_a_mode() -> None:
    assert Draws(np.full((4, 10), 0.5)).mode == 0.5


def test_what_nuts_does_not_know(capfd: pytest.CaptureFixture[str]) -> None:
    """It says so, and nothing is printed."""
    sampled = nuts.fit(reference("crins2014_ar"), model(4.0, "half_normal", 0.5), build, draws=50, tune=50)
    assert capfd.readouterr().out == ""
    assert sampled.engine == "nuts"
    assert sampled.share is None
    assert sampled.log_marginal_likelihood is None
    assert sampled.error_bound is None
    assert sampled.prior.mu is not None
    assert sampled.prior.mu.sd == pytest.approx(4.0, rel=1e-9)


def test_the_same_seed_gives_the_same_draws() -> None:
    first, again, other = (
        nuts.fit(reference("crins2014_ar"), model(4.0, "half_normal", 0.5), build, seed, draws=100, tune=200)
        for seed in (1, 1, 2)
    )
    assert first.tree["posterior"].to_dataset().identical(again.tree["posterior"].to_dataset())
    assert not np.array_equal(first.tree["posterior"]["mu"], other.tree["posterior"]["mu"])


def nowhere(spec: ModelSpec, effects: EffectTable) -> object:
    """A model without a point of positive density."""
    import pymc as pm

    built = build(spec, effects)
    with built:
        pm.Potential("nowhere", built["mu"] * np.nan)
    return built


def test_a_model_without_a_starting_point_is_a_sentence() -> None:
    with pytest.raises(
        FitError, match=r"outcome under model test could not be sampled: All initialization points failed\.$"
    ):
        nuts.fit(reference("crins2014_ar"), model(4.0, "half_normal", 0.5), nowhere, draws=10, tune=10)


def test_an_improper_posterior_is_refused() -> None:
    effects = table_of([("one", "direction", sizes(42.0, 49.0, sign="+"))], "smd")
    with pytest.raises(FitError, match="improper: mu has a flat prior and no report bounds it from above"):
        nuts.fit(effects, ModelSpec("test", "smd", Prior("flat"), Prior("half_normal", (0.5,))), build)


@pytest.mark.parametrize("settings", [{"draws": 0}, {"tune": 0}, {"chains": 0}])
def test_nothing_to_draw_is_refused(settings: dict[str, int]) -> None:
    with pytest.raises(FitError, match="at least 1 draw"):
        nuts.fit(reference("crins2014_ar"), model(4.0, "half_normal", 0.5), build, **settings)


def test_no_study_is_refused() -> None:
    with pytest.raises(FitError, match="No study"):
        nuts.fit(table_of([], "smd"), model(1.0, "half_normal", 0.5), build)
