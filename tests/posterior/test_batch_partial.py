"""The batch engine for mixed reports against the general engine: every kind, on its scale, within the bounds stated."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pytest

from irlbayes import workflow
from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve, flat_curve, log_smooth_all, normal_curve, probit_curve
from irlbayes.posterior.batch import pool_curves
from irlbayes.posterior.batch.pools import BATCH, GENERAL
from irlbayes.posterior.quadrature import ExactPosterior, solve

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
SCALES = {
    "smd": (MU, TAU),
    "logit": (Prior("normal", (0.0, 1.5)), Prior("half_normal", (1.0,))),
    "log_or": (MU, TAU),
}
POSITIVE = probit_curve(np.zeros(1), 0.2, np.ones(1))
AT = (0.1, 0.3, -0.2)  # of mu, tau and a new effect: below which they are asked for


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Curve]]:
    """Curves of every bundled row of an outcome, by scale: medians, p-values, verdicts, directions, counts."""
    table = workflow.read_reports("irl")
    found: dict[str, list[Curve]] = {}
    for name, outcome in table.outcomes.items():
        effects = workflow.effect_table(table, name, "sensitivity")
        found.setdefault(outcome.scale, []).extend(study.curve for study in effects.studies)
    return found


def numbers(exact: ExactPosterior) -> tuple[np.ndarray, np.ndarray]:
    """Return what the general engine says, in the order of the batch engine's names, and the unit of each number."""
    values: list[float] = []
    units: list[float] = []
    for density in (exact.mu, exact.tau, exact.theta_new):
        values += [density.mean, density.sd, *density.quantile(np.array([0.5, 0.025, 0.975]))]
        units += 5 * [density.sd]
        if density is not exact.tau:
            values.append(float(density.sf(0.0)))
            units.append(1.0)
    below = [float(density.cdf(at)) for density, at in zip((exact.mu, exact.tau, exact.theta_new), AT, strict=True)]
    return np.array([*values, exact.log_marginal_likelihood, *below]), np.array([*units, 1.0, 1.0, 1.0, 1.0])


def agree(sets: Sequence[Sequence[Curve]], mu: Prior, tau: Prior, least: float) -> None:
    """Both engines differ by no more than their two bounds and 1e-11; at least this share is the compiled rule's."""
    found = pool_curves(sets, mu=mu, tau=tau, below=AT)
    assert np.mean(found.solver == BATCH) >= least
    for i, curves in enumerate(sets):
        exact = solve(curves, mu, tau, studies=False)
        values, units = numbers(exact)
        ours = np.array([found[name][i] for name in found.numbers if name not in ("error_bound", "nodes")])
        apart = np.abs(ours - values) / units
        assert apart.max() <= found["error_bound"][i] + exact.error_bound + 1e-11
        assert apart.max() < 1e-7


@pytest.mark.parametrize("scale", SCALES)
def test_resampled_rows(rows: dict[str, list[Curve]], scale: str) -> None:
    """Data sets of thirteen bundled rows drawn again: none is left to the general engine."""
    rng = np.random.default_rng(8)
    sets = [[rows[scale][i] for i in rng.integers(len(rows[scale]), size=13)] for _ in range(5)]
    agree(sets, *SCALES[scale], least=1.0)


def test_any_number_of_reports(rows: dict[str, list[Curve]]) -> None:
    """One to thirty reports, normal ones among them."""
    rng = np.random.default_rng(9)
    sets = []
    for k in (1, 2, 5, 30):
        some = [rows["smd"][i] for i in rng.integers(len(rows["smd"]), size=k)]
        sets.append([*some, *(normal_curve(*pair) for pair in rng.uniform([-0.5, 0.1], [0.5, 0.4], size=(k // 2, 2)))])
    agree(sets, MU, TAU, least=0.5)


def test_hard_ones(rows: dict[str, list[Curve]]) -> None:
    """Verdicts and directions alone, one precise report beside wide ones, two that contradict each other."""
    verdicts = [curve for curve in rows["smd"] if curve.at.size > 1 and all(curve.bounded)]
    sets = [verdicts, [POSITIVE] * 4, [normal_curve(0.1, 0.005), *verdicts[:2]],
            [normal_curve(-1.0, 0.1), normal_curve(1.0, 0.1), POSITIVE]]  # fmt: skip
    agree(sets, MU, TAU, least=0.5)


@pytest.mark.parametrize(
    "prior",
    [
        "half_cauchy(0.5)",
        "half_student_t(4, 0.5)",
        "uniform(0, 2)",
        "log_normal(-1.28, 0.87)",
        "inverse_gamma(1.71, 0.4)",
    ],
)
def test_families_of_tau(rows: dict[str, list[Curve]], prior: str) -> None:
    """Every axis of tau, heavy tails among them."""
    name, numbers_ = prior[:-1].split("(")
    tau = Prior(name, tuple(float(value) for value in numbers_.split(",")))
    agree([rows["smd"][:8]], MU, tau, least=1.0)


def test_a_direct_sum(rows: dict[str, list[Curve]]) -> None:
    """Mean of tau and evidence of thirteen proportions, against a plain sum over 115,200 places: to 1e-9."""
    rng = np.random.default_rng(10)
    curves = [rows["logit"][i] for i in rng.integers(len(rows["logit"]), size=13)]
    mu, tau = SCALES["logit"]
    found = pool_curves([curves], mu=mu, tau=tau)
    nodes, weights = np.polynomial.legendre.leggauss(16)
    edges = np.concatenate([np.linspace(0.0, 2.0, 11), np.linspace(2.5, 7.0, 8)])
    at = (edges[:-1, None] + 0.5 * (nodes + 1.0) * np.diff(edges)[:, None]).ravel()
    width = (0.5 * weights * np.diff(edges)[:, None]).ravel()
    x = np.linspace(
        found["mu_mean"][0] - 12.0 * found["mu_sd"][0] - 4.0, found["mu_mean"][0] + 12.0 * found["mu_sd"][0] + 4.0, 400
    )
    height = (
        log_smooth_all(curves, np.tile(x, (at.size, 1)), at).sum(axis=0) - 0.5 * (x / 1.5) ** 2 - 0.5 * at[:, None] ** 2
    )
    level = height.max()
    mass = width * np.exp(height - level).sum(axis=1) * (x[1] - x[0])
    constant = np.log(2.0 / (2.0 * np.pi * 1.5))
    assert found["log_marginal_likelihood"][0] == pytest.approx(np.log(mass.sum()) + level + constant, abs=1e-9)
    assert found["tau_mean"][0] == pytest.approx(float(mass @ at / mass.sum()), abs=1e-9)


def test_what_is_left_to_the_general_engine() -> None:
    """A Student t prior of mu, moments that do not exist, no report; a report that says nothing adds its constant."""
    curves = [normal_curve(0.2, 0.3), POSITIVE]
    mus = [Prior("student_t", (5.0, 0.0, 1.0)), MU, MU, MU]
    taus = [TAU, Prior("half_cauchy", (0.5,)), TAU, TAU]
    found = pool_curves([curves, curves, [], [*curves, flat_curve()]], mu=mus, tau=taus, below=AT)
    assert found.solver.tolist() == [GENERAL, GENERAL, GENERAL, BATCH]
    assert np.isnan(found["tau_sd"][1])
    assert found["mu_sd"][2] == pytest.approx(1.0, rel=1e-9)
    assert found["mu_below"][2] == pytest.approx(NormalDist().cdf(AT[0]), abs=1e-9)
    assert found["log_marginal_likelihood"][3] == pytest.approx(
        solve(curves, MU, TAU, studies=False).log_marginal_likelihood, abs=1e-10
    )


def test_threads_give_the_same(rows: dict[str, list[Curve]]) -> None:
    """Whatever the number of threads."""
    sets = [rows["smd"][i : i + 5] for i in range(10)] * 8
    one, two = (pool_curves(sets, mu=MU, tau=TAU, workers=workers) for workers in (1, 2))
    for name in one.numbers:
        np.testing.assert_array_equal(one[name], two[name])
