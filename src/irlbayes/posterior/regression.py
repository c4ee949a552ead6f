"""The exact engine with moderators: normal reports, coefficients that are normal given tau.

References
----------
Röver, C., & Friede, T. (2023). Using the bayesmeta R package for Bayesian random-effects meta-regression. Computer
Methods and Programs in Biomedicine, 229, 107303.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.assumptions import Prior
from irlbayes.core.building import Plan, build
from irlbayes.core.curve import LOG_2PI, Curve
from irlbayes.core.density import Density
from irlbayes.core.fitting import median
from irlbayes.core.panels import changed, distance
from irlbayes.core.spread import NORMAL
from irlbayes.posterior.mixtures import FAR, Slices
from irlbayes.posterior.plans import unit_of_tau
from irlbayes.posterior.quadrature import ROUNDING, marginal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RegressionPosterior:
    """Every marginal of a meta-regression.

    Parameters
    ----------
    beta : tuple of Density
        Coefficients, in the order of the design.
    tau : Density
        Sd between studies that the moderators leave.
    mu, theta_new : Density
        Mean effect, and a new study's, at the row asked for.
    theta : tuple of Density
        Each study's effect.
    log_marginal_likelihood : float or None
        None where a prior is flat.
    error_bound : float
    """

    beta: tuple[Density, ...]
    tau: Density
    mu: Density
    theta_new: Density
    theta: tuple[Density, ...]
    log_marginal_likelihood: float | None
    error_bound: float


@dataclass(frozen=True)
class _Fit:
    """Coefficients at each tau: posterior mean, covariance, and the log mass of tau."""

    mean: Array  # dims (slice, coefficient)
    covariance: Array  # dims (slice, coefficient, coefficient)
    log_mass: Array


class _Regression:
    """Coefficients given tau, in columns scaled to unit length so that their units do not matter."""

    def __init__(self, curves: Sequence[Curve], design: Array, beta: Sequence[Prior], tau: Prior) -> None:
        self.y = np.array([curve.center[0] for curve in curves])
        self.s2 = np.array([curve.width[0] ** 2 for curve in curves])
        self.log_scale = float(np.log([curve.weight[0] for curve in curves]).sum())
        self.length = np.sqrt((design**2).sum(axis=0))
        self.design, self.tau = design / self.length, tau
        proper = np.array([prior.proper for prior in beta])
        pairs = np.array([prior.parameters if prior.proper else (0.0, 1.0) for prior in beta])
        self.center = pairs[:, 0] * self.length * proper
        self.precision = np.where(proper, (pairs[:, 1] * self.length) ** -2.0, 0.0)
        scaled = np.where(proper, self.precision, self.length**-2.0)  # a flat prior has density 1 in its own unit
        self.log_prior = float(0.5 * (np.log(scaled) - proper * LOG_2PI).sum())

    def at(self, tau: Array) -> _Fit:
        variance = self.s2 + tau[:, None] ** 2
        weighted = self.design / variance[:, :, None]
        information = np.einsum("lsp,sq->lpq", weighted, self.design)
        information[:, range(self.center.size), range(self.center.size)] += self.precision
        right = np.einsum("lsp,s->lp", weighted, self.y) + self.precision * self.center
        root = np.linalg.cholesky(information)
        inverse = np.linalg.inv(root)
        covariance = np.einsum("lrp,lrq->lpq", inverse, inverse)
        mean = np.einsum("lpq,lq->lp", covariance, right)
        residual = self.y - mean @ self.design.T
        square = (residual**2 / variance).sum(axis=1) + ((mean - self.center) ** 2 * self.precision).sum(axis=1)
        log_determinant = 2.0 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
        log_mass = (
            -0.5 * (np.log(variance).sum(axis=1) + self.y.size * LOG_2PI + square + log_determinant)
            + self.log_prior
            + 0.5 * self.center.size * LOG_2PI
            + self.log_scale
            + priors.log_pdf(self.tau, tau)
        )
        return _Fit(mean, covariance, np.asarray(log_mass))


def solve_regression(
    curves: Sequence[Curve], design: Array, beta: Sequence[Prior], tau: Prior, row: Array
) -> RegressionPosterior:
    """Pool normal reports on moderators, exactly.

    Parameters
    ----------
    curves : sequence of Curve
        Normal ones, one per study.
    design : Array, dims (study, coefficient)
        Of full column rank where a prior is flat.
    beta : sequence of Prior
        ``normal`` or ``flat``, one per coefficient.
    tau : Prior
    row : Array, dims (coefficient,)
        Moderators at which the mean effect and a new study are wanted.

    Returns
    -------
    RegressionPosterior

    Raises
    ------
    ArithmeticError
        When the posterior is improper or cannot be resolved.

    Notes
    -----
    Given tau, ``V = diag(sei**2 + tau**2)``, the coefficients have precision ``X' V^-1 X + P`` with the priors'
    precisions P, and a study's effect is its report and its fitted mean weighted by ``tau**2`` and ``sei**2``.
    """
    fit = _Regression(curves, design, beta, tau)
    flat = int((fit.precision == 0.0).sum())
    power = priors.tail(tau) + len(curves) - flat
    counted = int(power > 2.0) + int(power > 3.0)
    if not power > 1.0:
        raise ArithmeticError("tau has no proper posterior: too few studies for so many flat coefficients")
    plan = Plan(
        origin=0.0,
        unit=unit_of_tau(median([*np.sqrt(fit.s2), priors.scale(tau)]), float((1.0 / fit.s2).sum())),
        support=priors.support(tau),
        moments=counted,
        tolerance=1e-10,
    )
    try:
        density, log_evidence = build(lambda t: fit.at(t).log_mass, plan)
    except np.linalg.LinAlgError as error:
        raise ArithmeticError("the moderators do not determine the coefficients") from error
    with np.errstate(divide="ignore"):
        log_node = np.log(density.mass)
    kept = log_node > log_node.max() + FAR
    at, log_node = density.x[kept], log_node[kept]
    given = fit.at(at)
    settled = 2 if not flat else counted

    def of(center: Array, variance: Array, moments: int, widen: bool = False) -> Density:
        slices = Slices(at, given.log_mass, center[:, None], np.sqrt(variance), np.ones((at.size, 1)))
        return marginal(slices, log_node, moments, True, NORMAL if widen else None)

    def along(line: Array, moments: int, widen: bool = False) -> Density:
        variance = np.einsum("p,lpq,q->l", line, given.covariance, line)
        return of(given.mean @ line, variance, moments, widen)

    own = at[:, None] ** 2 / (fit.s2 + at[:, None] ** 2)
    theta = []
    for i, line in enumerate(fit.design):
        spread = np.einsum("p,lpq,q->l", line, given.covariance, line)
        rest = 1.0 - own[:, i]
        theta.append(of(own[:, i] * fit.y[i] + rest * (given.mean @ line), own[:, i] * fit.s2[i] + rest**2 * spread, 2))
    beta_densities = tuple(along(unit / fit.length, settled) for unit in np.eye(fit.center.size))
    mu, new = along(row / fit.length, settled), along(row / fit.length, counted, widen=True)
    bound = max(
        ROUNDING, *(distance(one, changed(one, np.zeros(one.x.size))) for one in (density, mu, new, *beta_densities))
    )
    proper = not flat and tau.proper
    return RegressionPosterior(beta_densities, density, mu, new, tuple(theta), log_evidence if proper else None, bound)


def regression_draws(
    curves: Sequence[Curve],
    design: Array,
    beta: Sequence[Prior],
    tau_prior: Prior,
    tau: Density,
    row: Array,
    seed: int,
    shape: tuple[int, int] = (4, 1000),
) -> dict[str, Array]:
    """Draw independently from an exact meta-regression.

    Parameters
    ----------
    curves, design, beta, tau_prior, row
        As for `solve_regression`.
    tau : Density
        Its posterior.
    seed : int
    shape : tuple of int
        Chains and draws.

    Returns
    -------
    dict
        mu, tau and theta_new, dims (chain, draw); theta, dims (chain, draw, study); beta, dims (chain, draw,
        coefficient).
    """
    rng = np.random.default_rng(seed)
    fit = _Regression(curves, design, beta, tau_prior)
    at = tau.quantile(rng.random(shape[0] * shape[1]))
    given = fit.at(at)
    noise = rng.standard_normal(given.mean.shape)
    drawn = given.mean + np.einsum("lpq,lq->lp", np.linalg.cholesky(given.covariance), noise)
    share = at[:, None] ** 2 / (fit.s2 + at[:, None] ** 2)
    line = drawn @ fit.design.T
    theta = line + share * (fit.y - line) + np.sqrt(share * fit.s2) * rng.standard_normal(line.shape)
    mu = drawn @ (row / fit.length)
    found = {
        "mu": mu,
        "tau": at,
        "theta": theta,
        "theta_new": mu + at * rng.standard_normal(at.size),
        "beta": drawn / fit.length,
    }
    return {name: value.reshape(*shape, *value.shape[1:]) for name, value in found.items()}
