"""A second opinion inside the test suite: a dense trapezoid of SciPy's normal distribution.

It shares nothing with the engine, and gives the third opinion on the rows where engine and reference part.
"""

import numpy as np
import pytest
from scipy.special import log_ndtr, logsumexp
from scipy.stats import halfcauchy, halfnorm, norm

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve
from irlbayes.posterior.quadrature import solve

CASES = [
    ("rubin1981", "normal(0,50)", "halfcauchy(25)"),
    ("crins2014_ar", "flat", "halfnormal(0.5)"),
    ("crins2014_ar_rct", "normal(0,4)", "halfcauchy(0.5)"),
    ("bcg_rd", "normal(0,1)", "halfcauchy(0.5)"),
    ("synthetic100", "flat", "halfnormal(1)"),
    ("synthetic100", "normal(0,1)", "halfnormal(0.5)"),
    ("cochran1954", "flat", "halfnormal(10)"),
    ("schmidli2017", "flat", "halfnormal(0.5)"),
]

# Relative distance allowed for a tail probability of at least a given size. Panels of a density are resolved to 1e-9
# in its log, and less where they carry below 1e-15 in all, so that very small probabilities keep leading digits only.
TAILS = [(1e-9, 3e-9), (1e-12, 3e-7), (1e-15, 2e-4), (1e-20, 3e-2)]
LEAST = TAILS[-1][0]


def conditional(curves: list[Curve], mu: Prior, tau: Prior, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log p(tau, y), and the mean and sd of mu given tau, at points t."""
    y = np.array([curve.center[0] for curve in curves])
    variance = np.array([curve.width[0] for curve in curves]) ** 2 + t[:, None] ** 2
    mean, precision = (0.0, 0.0) if mu.family == "flat" else (mu.parameters[0], mu.parameters[1] ** -2)
    total = (1.0 / variance).sum(axis=1) + precision
    center = ((y / variance).sum(axis=1) + precision * mean) / total
    # p(tau, y) = p(tau) p(y | mu, tau) p(mu) / p(mu | y, tau), at mu = its conditional mean
    log_joint = norm.logpdf(y, center[:, None], np.sqrt(variance)).sum(axis=1) - 0.5 * np.log(total)
    if mu.family != "flat":
        log_joint += norm.logpdf(center, *mu.parameters)
    family = {"half_cauchy": halfcauchy, "half_normal": halfnorm}[tau.family]
    return log_joint + family.logpdf(t, scale=tau.parameters[0]), center, total**-0.5


class Trapezoid:
    """Posterior of the normal-normal model on 12,001 equally spaced points of log tau."""

    def __init__(self, curves: list[Curve], mu: Prior, tau: Prior) -> None:
        log_tau = np.linspace(-60.0, 60.0, 12_001)
        self.tau = np.exp(log_tau)
        log_joint, self.center, self.width = conditional(curves, mu, tau, self.tau)
        self.log_weight = log_joint + log_tau - logsumexp(log_joint + log_tau)

    def mean(self, values: np.ndarray) -> float:
        """Return a posterior expectation of a function of tau."""
        return float(np.exp(self.log_weight) @ values)

    def beyond(self, x: float, side: float, widen: bool) -> float:
        """Return P(mu > x) for side 1 and P(mu < x) for side -1; of theta_new with ``widen``."""
        sd = np.hypot(self.width, self.tau) if widen else self.width
        return float(np.exp(logsumexp(self.log_weight + log_ndtr(side * (self.center - x) / sd))))


@pytest.mark.parametrize(("dataset", "mu", "tau"), CASES, ids=lambda value: value)
def test_tail_probabilities(dataset: str, mu: str, tau: str, curves_of, prior_of) -> None:
    """Both tails of mu and theta_new beyond many points agree: to 3e-9 where above 1e-9, and in size down to 1e-20."""
    curves = curves_of(dataset)
    posterior = solve(curves, prior_of(mu), prior_of(tau), studies=False)
    grid = Trapezoid(curves, prior_of(mu), prior_of(tau))
    for density, widen in ((posterior.mu, False), (posterior.theta_new, True)):
        middle, *points = density.quantile(np.array([0.5, 1e-12, 1e-9, 1e-3, 0.3, 0.7, 1.0 - 1e-3, 1.0 - 1e-9]))
        far = middle + np.array([1.3, 1.6, 2.0, -1.3, -1.6, -2.0]) * (middle - points[0])
        for x in (0.0, middle, *points, *far):
            for side, ours in ((1.0, float(density.sf(x))), (-1.0, float(density.cdf(x)))):
                theirs = grid.beyond(x, side, widen)
                if theirs > LEAST:
                    tolerance = next(tolerance for least, tolerance in TAILS if theirs >= least)
                    assert ours == pytest.approx(theirs, rel=tolerance, abs=0.0)
                else:
                    assert 0.0 <= ours < 2.0 * LEAST


@pytest.mark.parametrize(("dataset", "mu", "tau"), CASES, ids=lambda value: value)
def test_moments(dataset: str, mu: str, tau: str, curves_of, prior_of) -> None:
    """Means and sds agree, those under a half-Cauchy prior included; where their second moment converges slowly."""
    curves = curves_of(dataset)
    posterior = solve(curves, prior_of(mu), prior_of(tau), studies=False)
    grid = Trapezoid(curves, prior_of(mu), prior_of(tau))
    middle = grid.mean(grid.center)
    spread = grid.mean((grid.center - middle) ** 2 + grid.width**2)
    second = grid.mean(grid.tau**2)
    assert posterior.mu.mean == pytest.approx(middle, rel=1e-9)
    assert posterior.mu.sd == pytest.approx(spread**0.5, rel=1e-9)
    assert posterior.tau.mean == pytest.approx(grid.mean(grid.tau), rel=1e-9)
    assert posterior.tau.sd == pytest.approx((second - grid.mean(grid.tau) ** 2) ** 0.5, rel=1e-9)
    assert posterior.theta_new.sd == pytest.approx((spread + second) ** 0.5, rel=1e-9)


@pytest.mark.parametrize(("dataset", "mu", "tau"), CASES, ids=lambda value: value)
def test_probability_of_tau(dataset: str, mu: str, tau: str, curves_of, prior_of) -> None:
    """P(tau > 0.5) from one half down to 1e-17, where the reference carries an absolute error near 1e-12."""
    curves = curves_of(dataset)
    posterior = solve(curves, prior_of(mu), prior_of(tau), studies=False)
    nodes, weights = np.polynomial.legendre.leggauss(8)

    def log_mass(low: float, high: float) -> float:
        """Integrate p(tau, y) by panels in log tau, so that the limit lies on an edge."""
        edges = np.linspace(np.log(low), np.log(high), 401)
        half = 0.5 * np.diff(edges)[:, None]
        log_tau = (edges[:-1, None] + half * (1.0 + nodes)).ravel()
        log_joint, _, _ = conditional(curves, prior_of(mu), prior_of(tau), np.exp(log_tau))
        return float(logsumexp(log_joint + log_tau, b=(weights * half).ravel()))

    above, below = log_mass(0.5, 1e9), log_mass(1e-15, 0.5)
    share = float(np.exp(above - np.logaddexp(above, below)))
    assert float(posterior.tau.sf(0.5)) == pytest.approx(share, rel=1e-8, abs=0.0)
