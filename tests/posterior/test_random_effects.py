"""Random effects that are not normal: the exact engine against brute force, and against NUTS."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp, ndtr
from scipy.stats import halfnorm, norm, t

from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.curve import normal_curve, probit_curve
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable, Value
from irlbayes.effects.table import effect_table
from irlbayes.models.graph import SPREADS, build
from irlbayes.posterior import exact, nuts
from irlbayes.posterior.quadrature import solve

INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
STUDENT, CONTAMINATED = RandomEffects("student_t", (4.0,)), RandomEffects("contaminated", (0.1, 5.0))
PAIRS = ((0.9, 0.2), (0.1, 0.25), (-1.4, 0.3))  # simulated
MOST_ERRORS = 4.0


def pairs_of(dataset: str) -> list[tuple[float, float]]:
    with (INPUTS / f"{dataset}.csv").open(encoding="utf-8") as file:
        return [(float(row["yi"]), float(row["sei"])) for row in csv.DictReader(file)]


def pdf(x: np.ndarray, mean: float = 0.0, sd: float = 1.0) -> np.ndarray:
    """Return a normal density without SciPy's checks, which cost more than the sums they are for."""
    return np.asarray(np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * np.sqrt(2.0 * np.pi)))


def spread_pdf(family: RandomEffects, x: np.ndarray) -> np.ndarray:
    if family is STUDENT:
        return np.asarray(t.pdf(x, 4.0))
    return 0.9 * pdf(x) + 0.1 * pdf(x, 0.0, 5.0)


@pytest.mark.parametrize(
    ("partial", "family"),
    [
        pytest.param(False, STUDENT, marks=pytest.mark.slow),  # the edge is the harder case
        (False, CONTAMINATED),
        (True, STUDENT),
        (True, CONTAMINATED),
    ],
    ids=["normal student", "normal contaminated", "edge student", "edge contaminated"],
)
def test_brute_force(family: RandomEffects, partial: bool) -> None:
    """A grid of mu and log tau; each study's effect is integrated in units of tau by the trapezoid rule."""
    curves = [normal_curve(*pair) for pair in PAIRS]
    likelihoods = [lambda theta, y=y, s=s: pdf(theta, y, s) for y, s in PAIRS]
    if partial:
        curves.append(probit_curve(np.array([0.0]), np.array([0.3]), np.array([1.0])))
        likelihoods.append(lambda theta: ndtr(theta / 0.3))
    mu, log_tau = np.linspace(-5.0, 5.0, 81), np.linspace(-7.0, 2.4, 48)
    step = log_tau[1] - log_tau[0]
    v = np.linspace(-9.0, 9.0, 3001)  # effects in units of sinh, dense where T is and far into its tails
    z, dz = np.sinh(v), np.cosh(v) * (v[1] - v[0])
    weight = spread_pdf(family, z) * dz
    log_joint = np.empty((log_tau.size, mu.size))
    for row, tau in enumerate(np.exp(log_tau)):
        theta = mu[:, None] + tau * z
        log_joint[row] = sum(np.log(one(theta) @ weight) for one in likelihoods)
        log_joint[row] += norm.logpdf(mu) + halfnorm.logpdf(tau, scale=0.5) + log_tau[row]
    # below the grid the likelihood no longer depends on tau
    low = np.log(halfnorm.cdf(np.exp(log_tau[0] - 0.5 * step), scale=0.5))
    below = log_joint[0] - halfnorm.logpdf(np.exp(log_tau[0]), scale=0.5) - log_tau[0] + low
    width = np.log(mu[1] - mu[0])
    rows = np.concatenate([log_joint + np.log(step) + width, (below + width)[None, :]])
    evidence = logsumexp(rows)
    mass = np.exp(rows - evidence).sum(axis=0)
    found = solve(curves, MU, TAU, random_effects=family)
    assert found.log_marginal_likelihood == pytest.approx(evidence, abs=2e-5)
    mean = mass @ mu
    assert found.mu.mean == pytest.approx(mean, abs=2e-5)
    assert found.mu.sd == pytest.approx(np.sqrt(mass @ (mu - mean) ** 2), abs=2e-5)
    assert found.error_bound < 1e-6


@pytest.mark.parametrize("family", [STUDENT, CONTAMINATED], ids=str)
def test_a_new_effect_and_a_study_under_hardly_any_uncertainty(family: RandomEffects) -> None:
    """mu and tau all but known: a new effect is the spread itself, a study its likelihood times the spread."""
    mu, tau = Prior("normal", (0.2, 1e-4)), Prior("uniform", (0.4999, 0.5001))
    found = solve([normal_curve(2.0, 0.4)], mu, tau, random_effects=family)

    def new(x: float) -> float:
        return float(spread_pdf(family, np.array((x - 0.2) / 0.5)) / 0.5)

    assert float(found.theta_new.cdf(1.0)) == pytest.approx(0.5 + quad(new, 0.2, 1.0)[0], abs=1e-6)
    total = quad(lambda x: new(x) * norm.pdf(2.0, x, 0.4), -8.0, 12.0, points=[0.2, 2.0])[0]
    mean = quad(lambda x: x * new(x) * norm.pdf(2.0, x, 0.4), -8.0, 12.0, points=[0.2, 2.0])[0] / total
    assert found.theta[0].mean == pytest.approx(mean, abs=1e-5)
    assert found.log_marginal_likelihood == pytest.approx(np.log(total), abs=1e-6)


def test_many_degrees_of_freedom_are_normal() -> None:
    curves = [normal_curve(*pair) for pair in pairs_of("crins2014_ar")]
    normal, student = (
        solve(curves, MU, TAU, False, family) for family in (RandomEffects(), RandomEffects("student_t", (1000.0,)))
    )
    assert student.mu.mean == pytest.approx(normal.mu.mean, abs=1e-3)
    assert student.theta_new.sd == pytest.approx(normal.theta_new.sd, rel=2e-3)


def test_equal_components_are_normal() -> None:
    curves = [normal_curve(*pair) for pair in PAIRS]
    normal = solve(curves, MU, TAU)
    same = solve(curves, MU, TAU, random_effects=RandomEffects("contaminated", (0.3, 1.0 + 1e-12)))
    assert same.mu.mean == pytest.approx(normal.mu.mean, abs=1e-8)
    assert same.log_marginal_likelihood == pytest.approx(normal.log_marginal_likelihood, abs=1e-8)
    for one, other in zip(same.theta, normal.theta, strict=True):
        assert one.mean == pytest.approx(other.mean, abs=1e-8)


def test_an_outlier_is_shrunk_less_and_moves_the_mean_less() -> None:
    curves = [normal_curve(y, 0.2) for y in (0.1, 0.2, 0.15, 0.25, 0.2, 3.0)]
    normal, student = solve(curves, MU, TAU), solve(curves, MU, TAU, random_effects=STUDENT)
    assert student.theta[-1].mean > normal.theta[-1].mean
    assert student.mu.mean < normal.mu.mean


def test_every_family_has_a_form_in_the_graph() -> None:
    from irlbayes.models import declare

    assert set(SPREADS) == set(declare.SPREADS)


def table_of(rows: list[tuple[str, dict[str, Value]]]) -> EffectTable:
    reports = tuple(
        Report(f"s{i}", f"s{i}", f"s{i}", "outcome", kind, "primary", "test", i + 2, cells)
        for i, (kind, cells) in enumerate(rows)
    )
    outcome = Outcome("outcome", "outcome", "smd", 0.0, "+")
    return effect_table(ReportTable("test", "test", "test", "", reports, {"outcome": outcome}), outcome)


MIXTURE: list[tuple[str, dict[str, Value]]] = [
    ("yi_sei", {"yi": 0.9, "sei": 0.2}),
    ("yi_sei", {"yi": 0.1, "sei": 0.25}),
    ("p_value", {"n1i": 43.0, "n2i": 75.0, "pval": 0.003, "sign": "+"}),
    ("direction", {"n1i": 42.0, "n2i": 49.0, "sign": "+"}),
]


@pytest.mark.parametrize(
    ("rows", "family"),
    [
        pytest.param([("yi_sei", {"yi": y, "sei": s}) for y, s in pairs_of("bcg_or")], STUDENT, marks=pytest.mark.slow),
        (MIXTURE, STUDENT),
        pytest.param(MIXTURE, CONTAMINATED, marks=pytest.mark.slow),
    ],
    ids=["bcg student", "mixture student", "mixture contaminated"],
)
def test_nuts(rows: list[tuple[str, dict[str, Value]]], family: RandomEffects) -> None:
    """Mean, median and 5 % and 95 % quantiles of every unknown within four Monte Carlo standard errors.

    The mean is compared where the fourth moment exists, so that its error can be told from the draws.
    """
    import arviz as az

    effects, spec = table_of(rows), ModelSpec("test", "smd", MU, TAU, random_effects=family)
    sampled, known = nuts.fit(effects, spec, build, seed=20261), exact.fit(effects, spec)
    assert sampled.gate.passed, sampled.gate
    names = ["mu", "tau", "theta_new", *(f"theta{i}" for i in range(len(rows)))]
    ours = [known.after.mu, known.after.tau, known.after.theta_new, *known.after.theta]
    theirs = [sampled.after.mu, sampled.after.tau, sampled.after.theta_new, *sampled.after.theta]
    errors = {}
    for name, one, draws in zip(names, ours, theirs, strict=True):
        if name != "theta_new":
            errors[name] = (draws.mean - one.mean) / float(az.mcse(draws.values, method="mean"))
        for p in (0.05, 0.5, 0.95):
            error = float(az.mcse(draws.values, method="quantile", prob=p))
            errors[f"{name} {p}"] = (float(draws.quantile(p)) - float(one.quantile(p))) / error
    assert len(errors) == 4 * len(names) - 1
    assert {name: round(error, 2) for name, error in errors.items() if abs(error) > MOST_ERRORS} == {}


def test_draws_agree_with_the_densities() -> None:
    """4,000 independent draws: medians within four standard errors of a sample quantile."""
    posterior = exact.fit(table_of(MIXTURE), ModelSpec("test", "smd", MU, TAU, random_effects=CONTAMINATED))
    tree = posterior.tree["posterior"]
    for name, marginal in (("mu", posterior.after.mu), ("theta_new", posterior.after.theta_new)):
        assert (tree[name].values < float(marginal.quantile(0.3))).mean() == pytest.approx(0.3, abs=0.029)
    for i, marginal in enumerate(posterior.after.theta):
        below = (tree["theta"].values[:, :, i] < float(marginal.quantile(0.7))).mean()
        assert below == pytest.approx(0.7, abs=0.029)
