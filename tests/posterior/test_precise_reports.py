"""One report far more precise than tau's prior is wide: the nodes of tau see how narrow mu is where tau is small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import ndtr

from irlbayes.core import priors
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.curve import normal_curve
from irlbayes.posterior import bivariate, surface, two_outcomes
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.regression import solve_regression
from irlbayes.posterior.surface_reading import nodes
from irlbayes.posterior.three_levels import cohorts, pool
from irlbayes.posterior.two_outcomes import TwoOutcomes, given

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
Pairs = Sequence[tuple[float, float]]
AT = np.array([0.025, 0.3, 0.4, 0.5, 0.6, 0.975])
SETS: dict[str, Pairs] = {  # yi and sei, example numbers
    "alone": [(0.1, 0.003)],
    "beside one": [(0.1, 0.01), (0.2, 0.3)],
    "among three": [(0.1, 0.01), (0.2, 0.3), (0.0, 0.3)],
    "forty alike": [(0.1, 0.1)] * 40,
}


def direct(pairs: Pairs, mu: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return P(mu > x) and P(theta_new > x) under the priors above, by 30,000 nodes in log tau."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = np.concatenate([[0.0], np.geomspace(1e-7, 30.0, 1500)])
    tau = (edges[:-1, None] + 0.5 * (nodes + 1.0) * np.diff(edges)[:, None]).ravel()
    width = (0.5 * weights * np.diff(edges)[:, None]).ravel()
    yi, sei = np.array(pairs).T
    variance = sei**2 + tau[:, None] ** 2
    precision = 1.0 + (1.0 / variance).sum(axis=1)
    center = (yi / variance).sum(axis=1) / precision
    square = (yi**2 / variance).sum(axis=1) - precision * center**2
    level = -0.5 * (np.log(variance).sum(axis=1) + np.log(precision) + square + (tau / 0.5) ** 2)
    weight = width * np.exp(level - level.max())
    weight /= weight.sum()
    sd = precision**-0.5
    above = (
        [weight @ ndtr((center - x) / sd) for x in mu],
        [weight @ ndtr((center - x) / np.hypot(sd, tau)) for x in new],
    )
    return np.array(above[0]), np.array(above[1])


@pytest.mark.parametrize("name", SETS)
def test_against_a_direct_integral(name: str) -> None:
    """The engine, a surface and a regression on an intercept alone: probabilities to 1e-11."""
    pairs = SETS[name]
    curves = [normal_curve(*pair) for pair in pairs]
    whole = solve(curves, MU, TAU, studies=False)
    at_mu, at_new = whole.mu.quantile(AT), whole.theta_new.quantile(AT)
    of_mu, of_new = direct(pairs, at_mu, at_new)
    found = nodes(surface.start(MU, TAU).add_all(curves))
    design = np.ones((len(curves), 1))
    line = solve_regression(curves, design, (MU,), TAU, np.ones(1))
    for mu, new in (
        (whole.mu.sf(at_mu), whole.theta_new.sf(at_new)),
        (found.mu.above(at_mu), found.theta_new.above(at_new)),
        (line.mu.sf(at_mu), line.theta_new.sf(at_new)),
    ):
        np.testing.assert_allclose(mu, of_mu, rtol=0.0, atol=1e-11)
        np.testing.assert_allclose(new, of_new, rtol=0.0, atol=1e-11)


# --- one more unknown than tau: omega of three levels, or the other outcome's tau -----------------------------------

OMEGA = Prior("half_normal", (0.3,))
Rows = Sequence[tuple[float, float, str]]
COHORTS: dict[str, Rows] = {  # yi, sei and cohort, example numbers
    "among three": [(0.1, 0.01, "a"), (0.2, 0.3, "b"), (0.0, 0.3, "c")],
    "beside one of its cohort": [(0.1, 0.01, "a"), (0.2, 0.3, "a"), (0.0, 0.3, "b")],
}


def plane() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes of two unknowns from 0 to 8, close to 0 even in logs, and their weights, dims (node,)."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    edges = np.concatenate([[0.0], np.geomspace(1e-5, 8.0, 40)])
    at = (edges[:-1, None] + 0.5 * (nodes + 1.0) * np.diff(edges)[:, None]).ravel()
    width = (0.5 * weights * np.diff(edges)[:, None]).ravel()
    one, two = np.meshgrid(at, at, indexing="ij")
    return one.ravel(), two.ravel(), np.outer(width, width).ravel()


def above(weight: np.ndarray, center: np.ndarray, variance: np.ndarray, at: np.ndarray) -> list[float]:
    """Return P(X > x) of a mixture of normals, whose weights need not sum to one."""
    kept = weight > 1e-18 * weight.max()
    weight, center, sd = weight[kept], center[kept], np.sqrt(variance[kept])
    return [float(weight @ ndtr((center - x) / sd) / weight.sum()) for x in at]


@pytest.mark.parametrize("name", COHORTS)
def test_three_levels_against_a_direct_integral(name: str) -> None:
    """Nodes of omega see how narrow mu is where omega is small: probabilities to 1e-11."""
    rows = COHORTS[name]
    cohort = [row[2] for row in rows]
    found = pool(cohorts([normal_curve(y, sei) for y, sei, _ in rows], cohort), MU, TAU, OMEGA, rows=False)
    tau, omega, width = plane()
    precision, pull = np.ones_like(tau), np.zeros_like(tau)
    level = -0.5 * ((tau / 0.5) ** 2 + (omega / 0.3) ** 2)
    for one in dict.fromkeys(cohort):
        own, own_pull = np.zeros_like(tau), np.zeros_like(tau)
        for y, sei, _ in (row for row in rows if row[2] == one):
            variance = sei**2 + omega**2
            own, own_pull = own + 1.0 / variance, own_pull + y / variance
            level -= 0.5 * (np.log(variance) + y**2 / variance)
        center, variance = own_pull / own, 1.0 / own + tau**2
        level += 0.5 * (own_pull * center - np.log(own) - np.log(variance) - center**2 / variance)
        precision, pull = precision + 1.0 / variance, pull + center / variance
    center = pull / precision
    level += 0.5 * (center * pull - np.log(precision))
    weight = width * np.exp(level - level.max())
    at_mu, at_new = found.mu.quantile(AT), found.theta_new.quantile(AT)
    of_mu = above(weight, center, 1.0 / precision, at_mu)
    of_new = above(weight, center, 1.0 / precision + tau**2 + omega**2, at_new)
    np.testing.assert_allclose(found.mu.sf(at_mu), of_mu, rtol=0.0, atol=1e-11)
    np.testing.assert_allclose(found.theta_new.sf(at_new), of_new, rtol=0.0, atol=1e-11)


@pytest.mark.parametrize("sei", [0.003, 0.01])
def test_two_outcomes_against_a_direct_integral(sei: float) -> None:
    """One precise report of one outcome: probabilities to the bound that is stated, which is below 1e-6."""
    y, errors = np.array([[0.1, 0.2], [0.2, 0.1], [0.0, 0.2]]), np.array([[sei, 0.3], [0.3, 0.3], [0.3, 0.3]])
    spec = ModelSpec("test", "smd", MU, TAU)
    model = TwoOutcomes(two_outcomes.Rows(y, errors), (spec, spec), 0.6, 0.3)
    found = bivariate.solve(model)
    assert found.error_bound < 1e-6
    *taus, width = plane()
    level, mean, spread = given(model, {"tau_0": taus[0], "tau_1": taus[1]})
    level += priors.log_pdf(TAU, taus[0]) + priors.log_pdf(TAU, taus[1])
    weight = width * np.exp(level - level.max())
    for o, tau in enumerate(taus):
        variance = spread[:, o, o]
        for density, wide in ((found.mu[o], variance), (found.theta_new[o], variance + tau**2)):
            at = density.quantile(AT)
            truth = above(weight, mean[:, o], wide, at)
            np.testing.assert_allclose(density.sf(at), truth, rtol=0.0, atol=found.error_bound)
