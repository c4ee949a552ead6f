"""How far a posterior reaches: which moments exist, and where the density of tau is looked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from irlbayes.core import priors
from irlbayes.core.assumptions import Prior
from irlbayes.core.building import MOST_PANELS, Plan
from irlbayes.core.curve import Curve
from irlbayes.core.fitting import median
from irlbayes.core.spread import Spread
from irlbayes.posterior.mixtures import NOISE

MOST_COSTLY_PANELS = 150  # of tau, where each node is a grid of mu
NARROW = 2.0  # widths of mu where tau is 0 that a unit of tau may be
BARELY = 0.1  # power of a tail above the least that a moment needs


def moments(curves: Sequence[Curve], mu: Prior, tau: Prior) -> int:
    """Count the moments of tau that exist; a new effect has those that both tau and mu have.

    The marginal of tau falls as ``tau ** -a``: a is the power of the prior's tail, plus one for each curve that
    bounds its effect on both sides, less one when mu is flat.
    """
    return moments_with(bounding(curves), mu, tau)


def bounding(curves: Sequence[Curve]) -> int:
    """Count the curves that bound their effects on both sides."""
    return sum(all(curve.bounded) for curve in curves)


def moments_with(bounded: int, mu: Prior, tau: Prior) -> int:
    """Count the moments of tau that exist with so many curves that bound their effects on both sides."""
    return stated(priors.tail(tau) + bounded - (mu.family == "flat"))


def moments_of_mu(curves: Sequence[Curve], mu: Prior, tau: Prior) -> int:
    """Count the moments of mu that exist.

    Under a Student t prior the marginal of mu falls as ``mu ** -a``: a is the power of the prior's tail, and where
    curves bound their effects on both sides, the power of tau's marginal less one.
    """
    return moments_of_mu_with(bounding(curves), mu, tau)


def moments_of_mu_with(bounded: int, mu: Prior, tau: Prior) -> int:
    """Count the moments of mu that exist with so many curves that bound their effects on both sides."""
    if not mu.proper:
        return moments_with(bounded, mu, tau)
    return stated(priors.tail(mu) + (priors.tail(tau) + bounded - 1.0 if bounded else 0.0))


def stated(power: float) -> int:
    """Count the moments of a tail ``x ** -power`` that may be stated.

    A moment of a tail only just thin enough for it lives beyond the end of any axis: of a tail of 2.1 a part in 1e10 of
    the mean lies beyond a factor of 1e100. Nearer the limit it is left out, as one that does not exist.
    """
    return int(power > 2.0 + BARELY) + int(power > 3.0 + BARELY)


def closed_form(curves: Sequence[Curve], spread: Spread) -> bool:
    """Whether mu is normal given tau."""
    return all(curve.is_normal for curve in curves) and (spread.is_normal or not curves)


def tau_plan(curves: Sequence[Curve], mu: Prior, tau: Prior, moments: int, normal: bool) -> Plan:
    """Plan the density of tau, of which so many moments exist; ``normal`` where mu is, given tau."""
    details = [curve.detail for curve in curves]
    precision = float(sum(detail**-2.0 for detail in details) + priors.scale(mu) ** -2.0)
    unit = unit_of_tau(median([*details, priors.scale(tau)]), precision)
    return plan_of_tau(unit, mu, tau, moments, normal)


def unit_of_tau(typical: float, precision: float) -> float:
    """Return the unit of an axis of tau over which mu and a new effect are mixed.

    Parameters
    ----------
    typical : float
        Typical size of the reports' details and the prior of tau, on which the density of tau is smooth.
    precision : float
        Of mu where tau is 0: the sum over the reports and the prior.

    Notes
    -----
    Where tau is 0 a new effect is as narrow as mu, and it widens on the scale of that width, however smooth the density
    of tau is. Nodes that do not see it leave an error that no coarser grid of mu would show: one study with a standard
    error of 0.01 under a half-normal(0.5) had P(theta_new > 0) wrong by 1e-6, with a bound of 1e-12.
    """
    return min(typical, NARROW * precision**-0.5) if precision > 0.0 else typical


def plan_of_tau(unit: float, mu: Prior, tau: Prior, moments: int, normal: bool) -> Plan:
    """Plan the density of tau on an axis of this unit (of its own, where tau has an axis of logs)."""
    deep = _deep(normal, mu, tau)
    log_axis = priors.FAMILIES[tau.family].log_axis
    most = MOST_PANELS if normal else MOST_COSTLY_PANELS
    return Plan(
        origin=float(np.log(priors.scale(tau))) if log_axis else 0.0,
        unit=1.0 if log_axis else unit,
        support=priors.support(tau),
        moments=moments,
        depth=110.0 if deep else 40.0,
        tolerance=1e-10,
        noise=0.0 if deep else 10.0 * NOISE,
        most=3 * most if log_axis else most,
        log=log_axis,
    )


def _deep(normal: bool, mu: Prior, tau: Prior) -> bool:
    """Whether the tail of tau is followed far out: in closed form, or because it is heavy and a grid of mu is short."""
    return normal or (bool(np.isfinite(priors.tail(tau))) and mu.family != "student_t")
