"""What a surface has learned: marginals as the exact engine gives them, and single numbers sooner.

The nodes of tau and mu are laid anew for every reading, where the posterior now is; what they cost does not depend on
how many reports are behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.answers import Unknowns
from irlbayes.core.building import Plan, build
from irlbayes.core.density import Density
from irlbayes.core.spread import Spread
from irlbayes.posterior.mixtures import FAR, Slices
from irlbayes.posterior.normal_terms import NormalTerms, normal_terms
from irlbayes.posterior.plans import moments_of_mu_with, moments_with, plan_of_tau, unit_of_tau
from irlbayes.posterior.quadrature import integrate
from irlbayes.posterior.slices import NEAR
from irlbayes.posterior.surface import Surface
from irlbayes.posterior.surface_slices import SumSlicer, SurfaceSlicer
from irlbayes.posterior.tau_sums import DETAIL, PRECISION

Array = NDArray[np.float64]
Numbers = Array | Sequence[float] | float


@dataclass(frozen=True)
class Reading:
    """The marginals that a surface holds.

    Parameters
    ----------
    mu, tau, theta_new : Density
    log_marginal_likelihood : float
    error_bound : float
        As of `quadrature.ExactPosterior`.
    """

    mu: Density
    tau: Density
    theta_new: Density
    log_marginal_likelihood: float
    error_bound: float

    @property
    def unknowns(self) -> Unknowns:
        """The marginals as questions take them."""
        return Unknowns(self.mu, self.tau, self.theta_new)


@dataclass(frozen=True, eq=False)
class Nodes:
    """The posterior of a surface on nodes that resolve it, for expectations.

    Parameters
    ----------
    tau : Density
    slices : Slices
        Posterior of mu at each node of tau (and of the precision that a Student t prior is mixed over), a sum of normal
        terms: one term where mu is normal given tau.
    log_weight : Array, dims (slice,)
        Log posterior probability of each slice; the probabilities sum to one.
    spread : Spread
    moments, moments_new : int
        How many moments mu and a new effect have.
    log_marginal_likelihood : float
    """

    tau: Density
    slices: Slices
    log_weight: Array
    spread: Spread
    moments: int
    moments_new: int
    log_marginal_likelihood: float

    @cached_property
    def mu(self) -> NormalTerms:
        """Mu as a sum of normal terms."""
        slices = self.slices
        return normal_terms(np.exp(self.log_weight)[:, None] * slices.weight, slices.center, slices.width[:, None])

    @cached_property
    def theta_new(self) -> NormalTerms:
        """The effect in a new study as a sum of normal terms."""
        return self.predicted(0.0)

    def predicted(self, sei: float) -> NormalTerms:
        """Return the estimate of a new study with standard error ``sei``, as a sum of normal terms."""
        slices, spread = self.slices, self.spread
        variance = slices.width[:, None] ** 2 + (slices.tau[:, None] * spread.ratio) ** 2 + sei**2
        weight = np.exp(self.log_weight[:, None] + spread.log_weight)
        return normal_terms(
            weight[:, :, None] * slices.weight[:, None, :],
            slices.center[:, None, :],
            np.sqrt(variance)[:, :, None],
        )

    @cached_property
    def _given(self) -> tuple[float, float, float]:
        node, mean = np.exp(self.log_weight), self.slices.mean
        middle = float(node @ mean)
        return middle, float(node @ (self.slices.variance + (mean - middle) ** 2)), float(node @ self.slices.tau**2)

    @property
    def mean(self) -> float | None:
        """Posterior mean of mu; None where it does not exist."""
        return self._given[0] if self.moments > 0 else None

    @property
    def sd(self) -> float | None:
        """Posterior sd of mu; None where it does not exist."""
        return float(np.sqrt(self._given[1])) if self.moments > 1 else None

    @property
    def mean_new(self) -> float | None:
        """Mean of the effect in a new study; None where it does not exist."""
        return self._given[0] if self.moments_new > 0 else None

    @property
    def sd_new(self) -> float | None:
        """Sd of the effect in a new study; None where it does not exist."""
        return float(np.sqrt(self._given[1] + self.spread.variance * self._given[2])) if self.moments_new > 1 else None


def read(surface: Surface) -> Reading:
    """Return every marginal that a surface holds.

    Parameters
    ----------
    surface : Surface

    Returns
    -------
    Reading

    Raises
    ------
    ArithmeticError
        When the posterior cannot be resolved.

    Examples
    --------
    >>> from irlbayes.core.assumptions import Prior
    >>> from irlbayes.core.curve import normal_curve
    >>> from irlbayes.posterior.surface import start
    >>> empty = start(Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    >>> found = read(empty.add(normal_curve(0.4, 0.2)))
    >>> round(found.mu.mean, 6), round(float(found.mu.sf(0.0)), 6)
    (0.331158, 0.826991)
    """
    found = integrate(_slicer(surface), _plan(surface), _settled(surface), surface.is_normal, surface.spread)
    assert found.log_evidence is not None
    evidence = found.log_evidence + surface.sums.constant + surface.sums.lost
    return Reading(found.mu, found.tau, found.theta_new, evidence, found.error)


def nodes(surface: Surface) -> Nodes:
    """Return the posterior on nodes: probabilities, moments and quantiles, sooner than by `read`.

    Parameters
    ----------
    surface : Surface

    Raises
    ------
    ArithmeticError
        When the posterior cannot be resolved.
    """
    slicer, plan = _slicer(surface), _plan(surface)
    density, log_evidence = build(slicer.log_tau, plan)
    kept = density.mass > density.mass.max() * np.exp(NEAR if plan.noise else FAR)
    slices = slicer.at(density.x[kept])
    log_weight = slices.shared_out(np.log(density.mass[kept]))
    settled = _settled(surface)
    return Nodes(
        density,
        slices,
        np.asarray(log_weight - np.logaddexp.reduce(log_weight)),
        surface.spread,
        settled,
        min(settled, plan.moments, surface.spread.moments),
        log_evidence + surface.sums.constant + surface.sums.lost,
    )


def above(surface: Surface, values: Numbers) -> Array:
    """Return P(mu > values), same shape as ``values``; raises as `nodes`."""
    return nodes(surface).mu.above(np.asarray(values, dtype=float))


def above_new(surface: Surface, values: Numbers) -> Array:
    """Return P(theta_new > values), same shape as ``values``; raises as `nodes`."""
    return nodes(surface).theta_new.above(np.asarray(values, dtype=float))


def _slicer(surface: Surface) -> SumSlicer | SurfaceSlicer:
    return SumSlicer(surface) if surface.is_normal else SurfaceSlicer(surface)


def _settled(surface: Surface) -> int:
    return moments_of_mu_with(surface.extent.bounded, surface.mu, surface.tau)


def _plan(surface: Surface) -> Plan:
    """Plan the density of tau on an axis of the typical detail of the reports, or of mu's width where that is less."""
    extent, sums = surface.extent, surface.sums.at(np.zeros(1))[:, 0]
    typical = float(np.exp((extent.log_detail + np.log(priors.scale(surface.tau))) / (extent.telling + 1)))
    unit = unit_of_tau(typical, float(sums[PRECISION] + sums[DETAIL] + priors.scale(surface.mu) ** -2.0))
    moments = moments_with(extent.bounded, surface.mu, surface.tau)
    return plan_of_tau(unit, surface.mu, surface.tau, moments, surface.is_normal)
