"""One report far more precise than tau's prior is wide: the nodes of tau see how narrow mu is where tau is small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import ndtr

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import normal_curve
from irlbayes.posterior import surface
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.regression import solve_regression
from irlbayes.posterior.surface_reading import nodes

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
