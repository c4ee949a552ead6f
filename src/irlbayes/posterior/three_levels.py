"""Three levels, exactly: rows within cohorts, cohorts around a mean.

    theta_cj = mu + u_c + w_cj,   u_c ~ Normal(0, tau ** 2),   w_cj ~ Normal(0, omega ** 2)

Given omega every row's curve is widened by omega, and the product over the rows of a cohort is again a curve, now of
the cohort's effect mu + u_c: what `quadrature.solve` pools. Normal rows of a cohort, their errors correlated or not,
multiply to one normal term; other rows are multiplied and fitted. omega is integrated on the nodes of its own density.

References
----------
Konstantopoulos, S. (2011). Fixed effects and variance components estimation in three-level meta-analysis. Research
Synthesis Methods, 2(1), 61-76.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.assumptions import Prior
from irlbayes.core.building import Plan, build
from irlbayes.core.curve import LOG_2PI, Curve, fit_curve, flat_curve, normal_mixture
from irlbayes.core.density import AT_NODES, ORDER, TO_COEFFICIENTS, Density
from irlbayes.core.fitting import median
from irlbayes.posterior.mixing import mixed
from irlbayes.posterior.plans import stated, unit_of_tau
from irlbayes.posterior.quadrature import ExactPosterior, solve

Array = NDArray[np.float64]
LOOK = 801  # points of a first look at a product of curves
LEAST = -45.0  # log weight, relative to the largest, below which a term of a row's effect is left out


@dataclass(frozen=True)
class Cohort:
    """The rows of one cohort.

    Parameters
    ----------
    rows : tuple of int
        Their places in the table.
    curves : tuple of Curve
    correlation : float
        Of the sampling errors of the normal rows.
    """

    rows: tuple[int, ...]
    curves: tuple[Curve, ...]
    correlation: float = 0.0

    @cached_property
    def normal(self) -> NDArray[np.intp]:
        """Which rows are normal, as places in ``rows``."""
        return np.array([i for i, curve in enumerate(self.curves) if curve.is_normal], dtype=int)

    @cached_property
    def y(self) -> Array:
        """Estimates of the normal rows."""
        return np.array([self.curves[i].center[0] for i in self.normal])

    def precision(self, omega: float) -> Array:
        """Return the inverse covariance of the normal rows around the cohort's effect."""
        return np.asarray(np.linalg.inv(self.covariance + omega**2 * np.eye(self.y.size)))

    @cached_property
    def covariance(self) -> Array:
        """Sampling covariance of the normal rows."""
        sei = np.array([self.curves[i].width[0] for i in self.normal])
        return sampling_covariance(sei, self.correlation)

    def curve(self, omega: float) -> Curve:
        """Return the likelihood of the cohort's effect at omega."""
        parts = [c.widened(omega) for c in self.curves if not (c.is_normal or c.is_flat)]
        constant = float(np.prod([c.floor for c in self.curves if c.is_flat]))
        if self.y.size:
            parts.append(self._normal_curve(omega))
        if not parts:
            return replace(flat_curve(), floor=constant)
        whole = parts[0] if len(parts) == 1 else _product(parts)
        if constant == 1.0:
            return whole
        return replace(
            whole,
            weight=whole.weight * constant,
            step=whole.step * constant,
            floor=whole.floor * constant,
            packets=tuple(packet.times(constant) for packet in whole.packets),
        )

    def _normal_curve(self, omega: float) -> Curve:
        """Multiply the normal rows: one normal term, whose weight is what their scatter says of omega."""
        inverse = self.precision(omega)
        total = float(inverse.sum())
        center = float(inverse.sum(axis=0) @ self.y) / total
        gap = self.y - center
        log_size = 0.5 * (np.linalg.slogdet(inverse)[1] - self.y.size * LOG_2PI - gap @ inverse @ gap)
        log_size -= 0.5 * (np.log(total) - LOG_2PI)
        weights = np.prod([self.curves[i].weight[0] for i in self.normal])
        return normal_mixture(
            np.array([center]), np.array([total**-0.5]), np.array([float(np.exp(log_size) * weights)])
        )

    def row_given_cohort(self, omega: float) -> tuple[Array, Array, Array]:
        """Return a, b and the covariance of the normal rows' effects, a + b times the cohort's."""
        inverse = self.precision(omega)
        b = 1.0 - omega**2 * inverse.sum(axis=1)
        return omega**2 * inverse @ self.y, b, omega**2 * np.eye(self.y.size) - omega**4 * inverse


def sampling_covariance(sei: Array, correlation: float) -> Array:
    """Return the sampling covariance of estimates from the same patients: ``correlation * sei_i * sei_j``."""
    covariance = correlation * np.outer(sei, sei)
    np.fill_diagonal(covariance, sei**2)
    return covariance


def cohorts(curves: Sequence[Curve], names: Sequence[str], correlation: float = 0.0) -> tuple[Cohort, ...]:
    """Group rows by the name of their cohort, in the order of first appearance."""
    members: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        members.setdefault(name, []).append(place)
    return tuple(Cohort(tuple(m), tuple(curves[i] for i in m), correlation) for m in members.values())


def _product(parts: Sequence[Curve]) -> Curve:
    """Return the product of curves, as a curve."""

    def log_value(x: Array) -> Array:
        return np.asarray(sum(part.log_value(x) for part in parts))

    reach = 4.0 * max(part.widest for part in parts)
    low, high = (pick(part.span[side] for part in parts) for side, pick in ((0, min), (1, max)))
    limits = tuple(float(np.prod([max(0.0, part.limits[side]) for part in parts])) for side in (0, 1))
    x = np.linspace(low - reach, high + reach, LOOK)
    for _ in range(2):  # the second look is closer
        level = log_value(x)
        height = np.exp(level - level.max())
        mass = np.abs(np.gradient(height)) if max(limits) > 0.0 else height
        mass = mass / mass.sum()
        center = float(mass @ x)
        width = max(float(np.sqrt(mass @ (x - center) ** 2)), float(x[1] - x[0]))
        x = np.linspace(center - 8.0 * width, center + 8.0 * width, LOOK)
    fitted = fit_curve(log_value, center, width, limits=(limits[0], limits[1]))
    return replace(fitted, error=fitted.error + sum(part.error for part in parts))


@dataclass(frozen=True)
class ThreeLevels:
    """Every marginal of the three-level model.

    Parameters
    ----------
    mu, tau, omega, theta_new : Density
        ``theta_new`` is the effect of a new row of a new cohort: mu + u + w.
    theta : tuple of Density or None
        One per row; None where a row is not normal.
    share : Array or None, dims (row,)
        Each row's share of the information about mu; None where a cohort has a row that is not normal.
    log_marginal_likelihood, error_bound : float
    at : tuple of float
        Nodes of omega.
    log_weight : Array, dims (node,)
    given : tuple of ExactPosterior
        The posterior at each node.
    """

    mu: Density
    tau: Density
    omega: Density
    theta_new: Density
    theta: tuple[Density, ...] | None
    share: Array | None
    log_marginal_likelihood: float
    error_bound: float
    at: Array = field(repr=False)
    log_weight: Array = field(repr=False)
    given: tuple[ExactPosterior, ...] = field(repr=False)


def pool(groups: Sequence[Cohort], mu: Prior, tau: Prior, within: Prior, rows: bool = True) -> ThreeLevels:
    """Pool the rows of cohorts.

    Parameters
    ----------
    groups : sequence of Cohort
        None gives the prior itself.
    mu, tau, within : Prior
        Proper; ``within`` of omega.
    rows : bool
        Whether the rows' own effects are wanted.

    Returns
    -------
    ThreeLevels

    Raises
    ------
    ArithmeticError
        When the posterior cannot be resolved.

    Notes
    -----
    ``p(omega | data) ∝ p(omega) p(data | omega)``, and every other marginal is a mixture over its nodes.
    """
    curves = [curve for group in groups for curve in group.curves]
    normal = all(curve.is_normal or curve.is_flat for curve in curves)
    known: dict[float, ExactPosterior] = {}

    def at(omega: float) -> ExactPosterior:
        if omega not in known:
            known[omega] = solve([group.curve(omega) for group in groups], mu, tau, studies=False, beyond=omega)
        return known[omega]

    def log_omega(x: Array) -> Array:
        evidence = [at(float(value)).log_marginal_likelihood for value in x]
        return np.asarray(np.array(evidence, dtype=float) + priors.log_pdf(within, x))

    bounded = sum(all(curve.bounded) for curve in curves)
    power = priors.tail(within) + bounded
    details = [c.detail for c in curves if not c.is_flat]
    typical = min(median([*details, np.inf]), priors.scale(within))
    precision = float(sum(detail**-2.0 for detail in details) + priors.scale(mu) ** -2.0)
    plan = Plan(
        origin=0.0,
        unit=unit_of_tau(typical, precision),  # mu narrows where omega is small as it does where tau is
        support=priors.support(within),
        moments=stated(power),
        depth=40.0 if normal else 27.0,
        tolerance=1e-8 if normal else 1e-7,  # products are fitted anew at each omega, each to its own error
        noise=1e-10 if normal else 1e-9,
    )
    omega, evidence = build(log_omega, plan)
    given = tuple(at(float(value)) for value in omega.x)
    with np.errstate(divide="ignore"):
        log_weight = np.log(omega.mass)
    found = {name: mixed([getattr(part, name) for part in given], log_weight) for name in ("mu", "tau", "theta_new")}
    heavy = min(found["theta_new"].moments, omega.moments)
    found["theta_new"] = replace(
        found["theta_new"], moments=heavy, given=found["theta_new"].given if heavy == 2 else None
    )
    error = max(float(omega.mass @ [part.error_bound for part in given]), _omega_error(omega, given, found))
    theta = _rows(groups, mu, tau, omega, given) if rows and all(c.is_normal for c in curves) else None
    share = _shares(groups, omega, given) if all(c.is_normal for c in curves) else None
    return ThreeLevels(**found, omega=omega, theta=theta, share=share, log_marginal_likelihood=evidence,
                       error_bound=error, at=omega.x, log_weight=log_weight, given=given)  # fmt: skip


def _omega_error(omega: Density, given: Sequence[ExactPosterior], found: Mapping[str, Density]) -> float:
    """Return how far means, sds and tails move when the nodes of omega carry polynomials of lower degree."""
    worst = 0.0
    for name, whole in found.items():
        low, middle, high = whole.quantile(np.array([0.025, 0.5, 0.975]))
        values = np.array([getattr(part, name).cdf(np.array([low, middle, high])) for part in given]).T
        for row in values:
            coefficient = row.reshape(-1, ORDER) @ TO_COEFFICIENTS.T
            coefficient[:, -2:] = 0.0
            lower = (coefficient @ AT_NODES.T).ravel()
            worst = max(worst, abs(float(omega.mass @ (row - lower))))
    return worst


def _shares(groups: Sequence[Cohort], omega: Density, given: Sequence[ExactPosterior]) -> Array:
    """Divide each cohort's share among its rows, by their generalized least squares weights."""
    total = np.zeros(sum(len(group.rows) for group in groups))
    for value, mass, part in zip(omega.x, omega.mass, given, strict=True):
        for group, share in zip(groups, part.share, strict=True):
            weight = group.precision(float(value)).sum(axis=1)
            total[list(group.rows)] += mass * share * weight / weight.sum()
    return total


def _rows(
    groups: Sequence[Cohort], mu: Prior, tau: Prior, omega: Density, given: Sequence[ExactPosterior]
) -> tuple[Density, ...]:
    """Return each normal row's effect: given omega and tau it is normal, so that it is a mixture over their nodes."""
    from irlbayes.posterior.slices import NormalSlicer

    terms: dict[int, list[tuple[Array, Array, Array]]] = {row: [] for group in groups for row in group.rows}
    for value, mass, part in zip(omega.x, omega.mass, given, strict=True):
        node = part.tau.mass * mass
        kept = node > np.exp(LEAST)
        if not kept.any():
            continue
        t2, node = part.tau.x[kept] ** 2, node[kept]
        curves = [group.curve(float(value)) for group in groups]
        whole = NormalSlicer(curves, mu, tau).at(part.tau.x[kept])
        for group, curve in zip(groups, curves, strict=True):
            pull = t2 / (t2 + curve.width[0] ** 2)
            center = whole.center[:, 0] + pull * (curve.center[0] - whole.center[:, 0])
            variance = (1.0 - pull) ** 2 * whole.width**2 + pull * curve.width[0] ** 2
            a, b, spread = group.row_given_cohort(float(value))
            for place, row in enumerate(group.rows):
                own = b[place] ** 2 * variance + max(spread[place, place], 0.0)
                terms[row].append((node, a[place] + b[place] * center, own))
    return tuple(
        mixture_of_normals(*(np.concatenate(parts) for parts in zip(*terms[row], strict=True))) for row in sorted(terms)
    )


def mixture_of_normals(weight: Array, center: Array, variance: Array) -> Density:
    """Resolve a mixture of normals; weights need not sum to one."""
    weight = weight / weight.sum()
    mean = float(weight @ center)
    sd = float(np.sqrt(weight @ (variance + (center - mean) ** 2)))
    log_scale = np.log(weight) - 0.5 * (LOG_2PI + np.log(variance))

    def log_pdf(x: Array) -> Array:
        level = (x[:, None] - center) ** 2 * (-0.5 / variance) + log_scale
        top = level.max(axis=1)
        with np.errstate(under="ignore"):
            return np.asarray(top + np.log(np.exp(level - top[:, None]).sum(axis=1)))

    density, _ = build(log_pdf, Plan(mean, sd, depth=40.0, tolerance=1e-8, noise=1e-13))
    return replace(density, given=(mean, sd))
