"""The exact engine: pooling by deterministic quadrature.

Every study is a `Curve`, so averaging over its random effect is closed form. Given tau, the posterior of
mu is normal when all curves are normal, and otherwise a fitted sum of normal terms on a grid of its own;
tau is integrated on the nodes of its own resolved density. No draws, no seed.

References
----------
Röver, C. (2020). Bayesian random-effects meta-analysis using the bayesmeta R package. J Stat Softw, 93(6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.curve import Curve
from irlbayes.core.density import Density, build
from irlbayes.core.types import Prior
from irlbayes.posterior.slices import FAR, NEAR, NOISE, GridSlicer, NormalSlicer, Slices

Array = NDArray[np.float64]
COARSER = 1.15  # spacing of the second grid, which measures the error of the first


@dataclass(frozen=True)
class ExactPosterior:
    """Every marginal of a pooled model, as densities.

    Parameters
    ----------
    mu, tau, theta_new : Density
    theta : tuple of Density
        One per study, in the order of the curves.
    share : Array, dims (study,)
        Posterior mean share of the information about mu; what is left to one is the prior's.
    log_marginal_likelihood : float or None
        None where the prior of mu is flat.
    error_bound : float
        Largest change of any summary of mu, tau and theta_new on a coarser grid, relative to its size or
        (for locations) to the posterior sd.
    """

    mu: Density
    tau: Density
    theta_new: Density
    theta: tuple[Density, ...]
    share: Array
    log_marginal_likelihood: float | None
    error_bound: float


def solve(curves: Sequence[Curve], mu: Prior, tau: Prior, studies: bool = True) -> ExactPosterior:
    """Pool curves under a normal random effect, exactly.

    Parameters
    ----------
    curves : sequence of Curve
        One per study; none gives the prior itself.
    mu, tau : Prior
    studies : bool
        Whether the studies' own (shrunken) effects are wanted.

    Returns
    -------
    ExactPosterior

    Raises
    ------
    ArithmeticError
        When the posterior is improper or cannot be resolved.
    """
    if not mu.proper:
        left = [unbounded_side([*curves[:i], *curves[i + 1 :]]) for i in range(len(curves))] or ["either side"]
        if any(left):
            raise ArithmeticError("mu has a flat prior, and the curves, one left out, do not bound it on both sides")
    fine = _pool(tuple(curves), mu, tau, 1.0, each=studies)
    coarse = _pool(tuple(curves), mu, tau, COARSER, each=False)
    error = max(_distance(fine, coarse), fine.curve_error)
    around = fine.theta_new.quantile(np.array([0.16, 0.5, 0.84]))
    theta = tuple(_study(fine, i, around) for i in range(len(curves))) if studies else ()
    return ExactPosterior(fine.mu, fine.tau, fine.theta_new, theta, fine.share, fine.log_evidence, error)


def unbounded_side(curves: Sequence[Curve]) -> str:
    """Return the side, ``below`` or ``above``, on which no curve bounds mu; empty where both are bounded."""
    for place, side in enumerate(("below", "above")):
        if not any(curve.bounded[place] for curve in curves):
            return side
    return ""


def moments(curves: Sequence[Curve], mu: Prior, tau: Prior) -> int:
    """Count the moments of tau and of a new effect that exist.

    The marginal of tau falls as ``tau ** -a``: a is the power of the prior's tail, plus one for each curve that
    bounds its effect on both sides, less one when mu is flat.
    """
    bounded = sum(all(curve.bounded) for curve in curves)
    power = priors.FAMILIES[tau.family].tail + bounded - (mu.family == "flat")
    return int(power > 2.0) + int(power > 3.0)


@dataclass(frozen=True)
class _Pooled:
    mu: Density
    tau: Density
    theta_new: Density
    slices: Slices
    log_weight: Array  # of each slice, node mass included
    log_evidence: float | None
    share: Array
    curve_error: float
    left_out: tuple[tuple[Slices, Array], ...]  # per study, where asked for: slices and log weights without it
    curves: tuple[Curve, ...]
    counted: int


def _pool(curves: tuple[Curve, ...], mu: Prior, tau: Prior, coarseness: float, each: bool) -> _Pooled:
    normal = all(curve.is_normal for curve in curves)
    slicer = NormalSlicer(curves, mu, tau) if normal else GridSlicer(curves, mu, tau, coarseness)
    sizes = [curve.detail for curve in curves] + [priors.scale(tau)]
    counted = moments(curves, mu, tau)
    heavy = bool(np.isfinite(priors.FAMILIES[tau.family].tail))
    density, log_evidence = build(
        slicer.log_tau,
        origin=0.0,
        unit=float(np.median(sizes)),
        support=priors.support(tau),
        moments=counted,
        depth=110.0 if normal or heavy else 40.0,
        tolerance=1e-8 if coarseness > 1.0 else 1e-10,
        noise=0.0 if normal or heavy else 10.0 * NOISE,
    )
    with np.errstate(divide="ignore"):
        log_node = np.log(density.mass)
    kept = log_node > log_node.max() + (FAR if normal or heavy else NEAR)
    at, log_node = density.x[kept], log_node[kept]
    node = np.exp(log_node)
    sliced = slicer.slices(at, each)
    slices = sliced.whole
    half = int(np.searchsorted(np.cumsum(node), 0.5))
    settled = 2 if mu.proper else counted
    mu_density = _marginal(slices, log_node, half, settled, normal, coarseness, widen=False)
    new_density = _marginal(slices, log_node, half, counted, normal, coarseness, widen=True)
    proper = mu.proper and tau.proper
    without = tuple((part, part.log_mass + log_node - slices.log_mass) for part in sliced.left_out)
    return _Pooled(
        mu_density,
        density,
        new_density,
        slices,
        log_node,
        log_evidence if proper else None,
        sliced.share.T @ node,
        float(sliced.curve_error @ node),
        without,
        curves,
        counted,
    )


def _marginal(
    slices: Slices, log_node: Array, half: int, moments: int, normal: bool, coarseness: float, widen: bool
) -> Density:
    """Resolve mu (or a new effect: ``widen``), its mean and sd taken from the slices themselves."""
    node = np.exp(log_node - np.logaddexp.reduce(log_node))
    variance = slices.variance + (slices.tau**2 if widen else 0.0)
    mean = float(node @ slices.mean)
    sd = float(np.sqrt(node @ (variance + (slices.mean - mean) ** 2)))
    density = _resolve(
        partial(slices.log_mixture, log_weight=log_node, widen=widen),
        mean if moments == 2 else float(slices.mean[half]),
        float(np.sqrt(variance[half])),
        moments,
        normal,
        coarseness > 1.0,
    )
    return replace(density, given=(mean, sd))


def _resolve(
    log_pdf: Callable[[Array], Array], origin: float, unit: float, moments: int, closed_form: bool, coarse: bool = False
) -> Density:
    """Resolve a density: to the far tails in closed form, to the noise of the fit otherwise."""
    if closed_form:
        return build(log_pdf, origin, unit, moments=moments, depth=110.0, tolerance=1e-9)[0]
    depth, noise = (22.0, 1e-9) if coarse else (27.0, NOISE)
    return build(log_pdf, origin, unit, moments=moments, depth=depth, tolerance=1e-8, noise=noise)[0]


def _study(pooled: _Pooled, i: int, around: Array) -> Density:
    """A study's effect: its own likelihood times the prediction of the others for a new one."""
    slices, log_weight = pooled.left_out[i]
    curve = pooled.curves[i]
    bounded = all(curve.bounded)
    low, origin, high = around
    unit = 0.5 * float(high - low)
    if bounded:
        places, height = curve.places, np.exp(curve.log_value(curve.places))
        own = float(np.average(places, weights=height))
        reach = float(np.sqrt(np.average((places - own) ** 2, weights=height) + curve.detail**2))
        share = unit**2 / (unit**2 + reach**2)
        origin, unit = origin + share * (own - origin), reach * float(np.sqrt(share))
    return _resolve(
        lambda x: curve.log_value(x) + slices.log_mixture(x, log_weight, widen=True),
        float(origin),
        unit,
        2 if bounded else pooled.counted,
        closed_form=slices.center.shape[1] == 1 and curve.is_normal,
    )


def _distance(fine: _Pooled, coarse: _Pooled) -> float:
    """Largest relative change of the summaries between two grids."""
    probabilities = np.array([0.025, 0.5, 0.975])
    worst = 0.0
    for name in ("mu", "tau", "theta_new"):
        a: Density = getattr(fine, name)
        b: Density = getattr(coarse, name)
        ours, theirs = a.quantile(probabilities), b.quantile(probabilities)
        size = float(ours[-1] - ours[0]) / 4.0
        worst = max(worst, float(np.abs(ours - theirs).max()) / size)
        for left, right in ((a.mean, b.mean), (a.sd, b.sd)):
            if left is not None and right is not None:
                worst = max(worst, abs(left - right) / size)
    return worst
