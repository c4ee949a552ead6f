"""Several rows per cohort: the exact engine against brute force, the ordinary model, metafor and NUTS."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from irlbayes import workflow
from irlbayes.core import priors
from irlbayes.core.answers import Posterior
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.curve import Curve, normal_curve, probit_curve
from irlbayes.core.errors import InputError
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable
from irlbayes.effects.table import effect_table
from irlbayes.models import graph
from irlbayes.posterior import clusters, nuts
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.three_levels import cohorts, pool

INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
MU, TAU, WITHIN = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)), Prior("half_normal", (0.25,))


def direction(at: float, blur: float, lower: bool = False) -> Curve:
    """Likelihood of a report that says the sign only."""
    return probit_curve(np.array([at]), np.array([blur]), np.array([-1.0 if lower else 1.0]), 1.0 if lower else 0.0)


def legendre(count: int, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    z, w = np.polynomial.legendre.leggauss(count)
    return low + (high - low) * (z + 1.0) / 2.0, w * (high - low) / 2.0


def test_brute_force() -> None:
    """Three cohorts, two of them a value and a sign, against a plain product rule over omega, tau, mu and u."""
    curves = [normal_curve(0.3, 0.2), direction(0.0, 0.3), normal_curve(0.1, 0.3), direction(0.1, 0.3)]
    found = pool(cohorts([*curves, direction(0.2, 0.3, lower=True)], list("aabbc")), MU, TAU, WITHIN)
    (omega, w_omega), (tau, w_tau) = legendre(24, 0.0, 1.8), legendre(40, 0.0, 3.4)
    (mu, w_mu), (u, w_u) = legendre(140, -6.0, 6.0), legendre(160, -7.0, 7.0)
    w_u = w_u * stats.norm.pdf(u)
    total = np.zeros(6)
    for o, wo in zip(omega, w_omega * np.exp(priors.log_pdf(WITHIN, omega)), strict=True):
        for t, wt in zip(tau, w_tau * np.exp(priors.log_pdf(TAU, tau)), strict=True):
            eta = mu[:, None] + t * u
            blur = np.hypot(0.3, o)
            one = (stats.norm.pdf(eta, 0.3, np.hypot(0.2, o)) * stats.norm.cdf(eta / blur)) @ w_u
            two = (stats.norm.pdf(eta, 0.1, blur) * stats.norm.cdf((eta - 0.1) / blur)) @ w_u
            three = stats.norm.cdf((0.2 - eta) / blur) @ w_u
            level = one * two * three * w_mu * stats.norm.pdf(mu) * wo * wt
            mass = level.sum()
            total += [mass, level @ mu, level @ mu**2, mass * t, mass * o, level @ mu**2 + mass * (t**2 + o**2)]
    mean, square, tau_mean, omega_mean, new_square = total[1:] / total[0]
    truth = [mean, np.sqrt(square - mean**2), tau_mean, omega_mean, np.log(total[0]), np.sqrt(new_square - mean**2)]
    ours = [found.mu.mean, found.mu.sd, found.tau.mean, found.omega.mean, found.log_marginal_likelihood]
    assert [*ours, found.theta_new.sd] == pytest.approx(truth, rel=1e-6)


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_correlated_normal_rows(correlation: float) -> None:
    """Normal rows against the multivariate normal density and its conditional moments, on a grid of tau and omega."""
    y, sei = np.array([0.4, 0.1, -0.2, 0.5, 0.3]), np.array([0.2, 0.25, 0.3, 0.2, 0.15])
    cohort = np.array([0, 0, 1, 1, 2])
    same = cohort[:, None] == cohort
    sampling = np.where(same, correlation, 0.0) * np.outer(sei, sei)
    np.fill_diagonal(sampling, sei**2)
    (omega, w_omega), (tau, w_tau) = legendre(60, 0.0, 2.2), legendre(80, 0.0, 4.0)
    total, first, own = 0.0, 0.0, np.zeros(5)
    for o, wo in zip(omega, w_omega * np.exp(priors.log_pdf(WITHIN, omega)), strict=True):
        for t, wt in zip(tau, w_tau * np.exp(priors.log_pdf(TAU, tau)), strict=True):
            effects = 1.0 + t**2 * same + o**2 * np.eye(5)  # mu's variance is 1
            inverse = np.linalg.inv(effects + sampling)
            mass = wo * wt * np.sqrt(np.linalg.det(inverse)) * np.exp(-0.5 * y @ inverse @ y)
            total, first = total + mass, first + mass * (np.ones(5) @ inverse @ y)
            own += mass * (effects @ inverse @ y)
    curves = [normal_curve(*pair) for pair in zip(y, sei, strict=True)]
    found = pool(cohorts(curves, [str(c) for c in cohort], correlation), MU, TAU, WITHIN)
    assert found.log_marginal_likelihood == pytest.approx(np.log(total) - 2.5 * np.log(2.0 * np.pi), abs=1e-8)
    assert found.mu.mean == pytest.approx(first / total, rel=1e-8)
    assert found.theta is not None
    assert [one.mean for one in found.theta] == pytest.approx(own / total, rel=1e-7)


def test_one_row_per_cohort_and_no_omega_is_the_ordinary_model() -> None:
    curves = [normal_curve(0.3, 0.2), direction(0.0, 0.3), normal_curve(-0.1, 0.3)]
    ordinary = solve(curves, MU, TAU, studies=False)
    found = pool(cohorts(curves, list("abc")), MU, TAU, Prior("half_normal", (1e-6,)))
    for name in ("mu", "tau", "theta_new"):
        ours, theirs = getattr(found, name), getattr(ordinary, name)
        assert [ours.mean, ours.sd, *ours.quantile([0.025, 0.5])] == pytest.approx(
            [theirs.mean, theirs.sd, *theirs.quantile([0.025, 0.5])], rel=1e-8
        )


def test_no_omega_multiplies_the_rows_of_a_cohort() -> None:
    """Two estimates of one effect are one, of the mean weighted by precision."""
    rows = [normal_curve(0.3, 0.2), normal_curve(0.1, 0.3), normal_curve(-0.2, 0.25)]
    weight = np.array([0.2**-2, 0.3**-2])
    together = normal_curve(float(weight @ [0.3, 0.1] / weight.sum()), float(weight.sum() ** -0.5))
    ordinary = solve([together, rows[2]], MU, TAU, studies=False)
    found = pool(cohorts(rows, list("aab")), MU, TAU, Prior("half_normal", (1e-6,)))
    assert [found.mu.mean, found.mu.sd, found.tau.mean] == pytest.approx(
        [ordinary.mu.mean, ordinary.mu.sd, ordinary.tau.mean], rel=1e-8
    )


def table_of(rows: Sequence[tuple[str, float, float]]) -> EffectTable:
    reports = tuple(
        Report(str(i), str(i), cohort, "effect", "yi_sei", "primary", "test", i + 2, {"yi": yi, "sei": sei})
        for i, (cohort, yi, sei) in enumerate(rows)
    )
    outcome = Outcome("effect", "effect", "smd", 0.0, "")
    return effect_table(ReportTable("t", "t", "t", "", reports, {"effect": outcome}), outcome, clustered=True)


def konstantopoulos(districts: int = 99) -> EffectTable:
    with (INPUTS / "konstantopoulos2011.csv").open(encoding="utf-8") as file:
        rows = [(r["district"], float(r["yi"]), float(r["vi"]) ** 0.5) for r in csv.DictReader(file)]
    kept = list(dict.fromkeys(row[0] for row in rows))[:districts]
    return table_of([row for row in rows if row[0] in kept])


def test_konstantopoulos_near_metafor() -> None:
    """metafor prints 0.185 (se 0.085) and sigma 0.255 and 0.181 by REML; modes under flat priors of the sds are near.

    The documentation of `rma.mv` for these data (`random = ~ 1 | district/school`).
    """
    flat = Prior("uniform", (0.0, 2.0))
    model = ModelSpec("flat", "smd", Prior("normal", (0.0, 10.0)), flat, within=flat)
    found = clusters.fit(konstantopoulos(), model)
    assert found.gate.passed
    assert found.after.omega is not None
    assert found.after.mu is not None
    assert found.after.mu.mean == pytest.approx(0.1847, abs=0.1 * 0.0846)
    assert found.after.tau.mode == pytest.approx(0.2551, abs=0.02)
    assert found.after.omega.mode == pytest.approx(0.1809, abs=0.01)
    assert found.share is not None
    assert 0.999 < found.share.sum() < 1.0


def marginals(posterior: Posterior) -> dict[str, object]:
    after = posterior.after
    found = {"mu": after.mu, "tau": after.tau, "omega": after.omega, "theta_new": after.theta_new}
    return found | {f"theta {i}": one for i, one in enumerate(after.theta)}


def compare(sampled: Posterior, known: Posterior) -> float:
    """Return the largest distance of a mean, sd, 5 % or 95 % quantile in Monte Carlo standard errors."""
    import arviz as az

    worst = 0.0
    for name, truth in marginals(known).items():
        draws = marginals(sampled)[name].values  # type: ignore[attr-defined]
        pairs = [("mean", truth.mean, {}), ("sd", truth.sd, {})]  # type: ignore[attr-defined]
        pairs += [("quantile", float(truth.quantile(p)), {"prob": p}) for p in (0.05, 0.95)]  # type: ignore[attr-defined]
        for method, value, more in pairs:
            ours = {"mean": draws.mean(), "sd": draws.std()}.get(method)
            ours = float(np.quantile(draws, more["prob"])) if ours is None else ours
            worst = max(worst, abs(ours - value) / float(az.mcse(draws, method=method, **more)))
    return worst


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_nuts_agrees(correlation: float) -> None:
    model = ModelSpec("test", "smd", MU, TAU, within=WITHIN, within_correlation=correlation)
    effects = konstantopoulos()
    known = clusters.fit(effects, model)
    sampled = nuts.fit(effects, model, graph.build, seed=20260)
    assert sampled.gate.passed
    assert compare(sampled, known) < 4.5  # 240 comparisons: one in 150 such runs goes beyond, were errors normal


def test_draws_agree_with_the_densities() -> None:
    model = ModelSpec("test", "smd", MU, TAU, within=WITHIN, within_correlation=0.5)
    known = clusters.fit(konstantopoulos(4), model)
    drawn = known.tree["posterior"]
    for name, truth in (("mu", known.after.mu), ("omega", known.after.omega), ("theta_new", known.after.theta_new)):
        assert truth is not None
        assert truth.mean is not None
        assert truth.sd is not None
        assert float(drawn[name].mean()) == pytest.approx(truth.mean, abs=4.0 * truth.sd / np.sqrt(4000))
    own = drawn["theta"].mean(("chain", "draw")).values
    sd = np.array([one.sd for one in known.after.theta], dtype=float)
    assert np.abs(own - [one.mean for one in known.after.theta]) == pytest.approx(0.0, abs=4.0 * sd.max() / 60.0)


@pytest.mark.parametrize("correlation", [0.5])
def test_graph_says_what_the_rows_say(correlation: float) -> None:
    """Log density of the graph, between two points, against the multivariate normal density of the rows."""
    effects = table_of([("a", 0.4, 0.2), ("a", 0.1, 0.25), ("b", -0.2, 0.3)])
    model = ModelSpec("test", "smd", MU, TAU, within=WITHIN, within_correlation=correlation)
    logp = graph.build(model, effects).compile_logp()
    sampling = np.diag([0.04, 0.0625, 0.09])
    sampling[0, 1] = sampling[1, 0] = correlation * 0.2 * 0.25
    levels = []
    for z, w in ((np.zeros(2), np.zeros(3)), (np.array([0.5, -1.0]), np.array([0.3, -0.7, 0.2]))):
        theta = 0.1 + 0.5 * z[[0, 0, 1]] + 0.2 * w
        point = {"mu": 0.1, "tau_log__": np.log(0.5), "omega_log__": np.log(0.2), "z": z, "w": w}
        truth = stats.multivariate_normal.logpdf([0.4, 0.1, -0.2], theta, sampling) - 0.5 * (z @ z + w @ w)
        levels.append(float(logp(point)) - truth)
    assert levels[0] == pytest.approx(levels[1], abs=1e-9)


def test_surface(tmp_path: Path) -> None:
    path = tmp_path / "clustered.csv"
    path.write_text("study,cohort,yi,sei\na1,a,0.3,0.2\na2,a,0.1,0.2\nb1,b,0.4,0.3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"one primary row per cohort and outcome; line 2 .*--within"):
        workflow.analyze(path)
    result = workflow.analyze(path, scale="smd", within="half_normal(0.25)").results[0]
    assert len(result.posterior.effects.studies) == 3
    assert result.answers["heterogeneity"].numbers["omega"]["prior_p_gt_null"] is None
    assert any("taken as independent given their effects" in text for text in result.caveats)
    assert "omega ~ half_normal(0.25)" in result.statement
    table = workflow.read_reports(path, "smd", clustered=True)
    with pytest.raises(InputError, match="one primary row per cohort"):
        workflow.effect_table(table, "effect")
    with pytest.raises(InputError, match="--within"):
        workflow.analyze(path, within="normal(0, 1)")
    with pytest.raises(InputError, match="from 0 to below 1"):
        workflow.analyze(path, within="default", within_correlation=1.0)
    with pytest.raises(InputError, match="needs several"):
        workflow.load_model(table.outcomes["effect"], within_correlation=0.5)
    model = workflow.load_model(table.outcomes["effect"], within="default")
    assert str(model.within) == str(model.tau)


def test_irl_sensitivity_rows() -> None:
    """Every sensitivity row of a cohort enters, whatever the paper printed, and the answer is exact."""
    result = workflow.analyze("irl", outcomes=["cognition"], use="sensitivity", within="half_normal(0.25)").results[0]
    cohort = [study.report.cohort for study in result.posterior.effects.studies]
    assert len(cohort) > len(set(cohort))
    assert result.posterior.engine == "exact"
    assert result.passed
