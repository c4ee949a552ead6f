"""The exact engine: pooling by deterministic quadrature.

Every study is a `Curve`, so averaging over its random effect is closed form. Given tau, the posterior of
mu is normal when all curves are normal, and otherwise a fitted sum of normal terms on a grid of its own;
tau is integrated on the nodes of its own resolved density. No draws, no seed.

References
----------
Röver, C. (2020). Bayesian random-effects meta-analysis using the bayesmeta R package. J Stat Softw, 93(6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import Prior, RandomEffects
from irlbayes.core.building import Plan, TooRough, build, build_together
from irlbayes.core.curve import Curve, log_smooth_all
from irlbayes.core.density import Density
from irlbayes.core.panels import changed, distance, interpolated, refined
from irlbayes.core.spread import Spread, spread_of
from irlbayes.posterior.mixtures import FAR, NOISE, Slices, log_mixtures
from irlbayes.posterior.plans import closed_form, moments, moments_of_mu, tau_plan
from irlbayes.posterior.slices import NEAR, GridSlicer, NormalSlicer, SliceSet

Array = NDArray[np.float64]
_Prediction = tuple[Callable[[Array], Array], tuple[float, float]]
SIDE_BY_SIDE = 16  # studies whose own effects are resolved together
AGREED = 10.0  # a study whose likelihood loses at most this factor to the others' prediction lies within it
ROUNDING = 1e-12  # least error that is stated
FINER = 0.6  # of the spacing of the grid of mu, where the usual one leaves too much noise or error
GOOD = 1e-6  # error that the usual grid may leave
NORMAL_EFFECTS = RandomEffects()


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
    clash : Array, dims (study,)
        How far each report lies from what the others predict, as a z: its likelihood and their prediction, each at its
        best, are ``exp(z ** 2 / 2)`` times as high as both at the best common effect. Empty without the studies.
    error_bound : float
        Largest change of any summary of mu, tau and theta_new on a coarser grid and panels of lower degree, relative
        to the posterior sd, or what the errors of fitted curves do to them; at least 1e-12.
    """

    mu: Density
    tau: Density
    theta_new: Density
    theta: tuple[Density, ...]
    share: Array
    log_marginal_likelihood: float | None
    error_bound: float
    clash: Array


def solve(
    curves: Sequence[Curve],
    mu: Prior,
    tau: Prior,
    studies: bool = True,
    random_effects: RandomEffects = NORMAL_EFFECTS,
    beyond: float = 0.0,
) -> ExactPosterior:
    """Pool curves under random effects that are a mixture of normals, exactly.

    Parameters
    ----------
    curves : sequence of Curve
        One per study; none gives the prior itself.
    mu, tau : Prior
    studies : bool
        Whether the studies' own (shrunken) effects are wanted.
    random_effects : RandomEffects
    beyond : float
        Sd by which a new effect spreads beyond tau; only where ``studies`` are not wanted.

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
    telling = tuple(curve for curve in curves if not curve.is_flat)
    spread = spread_of(random_effects)
    pooled, densities, clashes = _pooled(telling, mu, tau, studies, spread, beyond)
    shares = iter(pooled.share)
    share = np.array([0.0 if curve.is_flat else next(shares) for curve in curves])
    effects, clash = iter(densities), iter(clashes)
    theta = tuple(pooled.theta_new if curve.is_flat else next(effects) for curve in curves) if studies else ()
    apart = np.array([0.0 if curve.is_flat else next(clash) for curve in curves] if studies else [])
    evidence = pooled.log_evidence
    if evidence is not None:
        evidence += float(np.log([curve.floor for curve in curves if curve.is_flat]).sum())
    return ExactPosterior(pooled.mu, pooled.tau, pooled.theta_new, theta, share, evidence, pooled.error, apart)


def unbounded_side(curves: Sequence[Curve]) -> str:
    """Return the side, ``below`` or ``above``, on which no curve bounds mu; empty where both are bounded."""
    for place, side in enumerate(("below", "above")):
        if not any(curve.bounded[place] for curve in curves):
            return side
    return ""


@dataclass(frozen=True)
class Gridded:
    """What pooling leaves on the nodes of tau, for whoever asks for more than the marginals."""

    mu: Density
    tau: Density
    theta_new: Density
    whole: Slices
    log_evidence: float | None
    share: Array
    error: float
    left_out: tuple[Slices, ...]  # without each study, where asked for
    log_weights: tuple[Array, ...]  # of their slices, node mass included
    curves: tuple[Curve, ...]
    counted: int
    spread: Spread


class Slicer(Protocol):
    """What integrates mu at fixed tau: `NormalSlicer`, `GridSlicer`, or what a surface on file holds."""

    def log_tau(self, tau: Array) -> Array:
        """Return the log of prior(tau) times the marginal likelihood at tau, dims (slice,)."""

    def slices(self, tau: Array, each: bool = True) -> SliceSet:
        """Return the slices of all studies, and (``each``) of all but each one."""


def _pooled(
    curves: tuple[Curve, ...], mu: Prior, tau: Prior, each: bool, spread: Spread, beyond: float
) -> tuple[Gridded, list[Density], list[float]]:
    """Pool curves, and (``each``) resolve the studies' effects and their clashes; on a finer grid where need be."""
    best: tuple[Gridded, list[Density], list[float]] | None = None
    for finer in (1.0,) if closed_form(curves, spread) else (1.0, FINER):
        try:
            pooled = pool(curves, mu, tau, each, spread, beyond, finer)
            if best is None or pooled.error < best[0].error:
                best = pooled, *(_studies(pooled) if each else ([], []))
        except TooRough as error:
            rough = error
        if best and best[0].error <= GOOD:
            break
    if best is None:
        raise rough
    return best


def pool(
    curves: tuple[Curve, ...],
    mu: Prior,
    tau: Prior,
    each: bool,
    spread: Spread,
    beyond: float = 0.0,
    finer: float = 1.0,
) -> Gridded:
    """Pool curves that say something; ``each`` where the model without each study is wanted too."""
    normal = closed_form(curves, spread)
    slicer = NormalSlicer(curves, mu, tau) if normal else GridSlicer(curves, mu, tau, spread, finer)
    counted, settled = moments(curves, mu, tau), moments_of_mu(curves, mu, tau)
    plan = tau_plan(curves, mu, tau, counted, normal)
    found = integrate(slicer, plan, settled, normal, spread, each, beyond)
    return replace(found, log_evidence=found.log_evidence if mu.proper and tau.proper else None, curves=curves)


def integrate(
    slicer: Slicer, plan: Plan, settled: int, normal: bool, spread: Spread, each: bool = False, beyond: float = 0.0
) -> Gridded:
    """Integrate tau, and lay out mu and a new effect.

    Parameters
    ----------
    slicer : Slicer
    plan : Plan
        Of the density of tau, with the moments that it has.
    settled : int
        How many moments mu has.
    normal : bool
        Whether mu is normal given tau.
    spread : Spread
    each : bool
        Whether the model without each study is wanted too.
    beyond : float
        Sd by which a new effect spreads beyond tau.

    Raises
    ------
    ArithmeticError
        When a density cannot be resolved.
    """
    deep = not plan.noise
    density, log_evidence = build(slicer.log_tau, plan)
    with np.errstate(divide="ignore"):
        log_node = np.log(density.mass)
    kept = log_node > log_node.max() + (FAR if deep else NEAR)
    at, log_node = density.x[kept], log_node[kept]
    sliced = slicer.slices(at, each)
    whole = sliced.whole
    change = np.zeros(kept.size)
    change[kept] = sliced.coarser.by_tau(at.size) - log_evidence - density.log_pdf(at)
    coarser = changed(density, change)
    new = min(settled, plan.moments, spread.moments)
    log_coarser = sliced.coarser.shared_out(np.log(coarser.mass[kept]))
    log_slice = whole.shared_out(log_node)
    pairs = [(density, coarser)]
    for widen, exist in ((None, settled), (spread, new)):
        wider, coarse = (_wider(part, beyond) if widen else part for part in (whole, sliced.coarser))
        fine = marginal(wider, log_slice, exist, normal, widen)
        pairs.append((fine, _coarse(fine, coarse, log_coarser, widen)))
    node = np.exp(log_slice)
    return Gridded(
        pairs[1][0],
        density,
        pairs[2][0],
        whole,
        log_evidence,
        sliced.share.T @ node,
        max(ROUNDING, _curve_error(sliced.curve_error, whole, node), *(distance(*pair) for pair in pairs)),
        sliced.left_out,
        tuple(part.log_mass + log_slice - whole.log_mass for part in sliced.left_out),
        (),
        new,
        spread,
    )


def _wider(slices: Slices, beyond: float) -> Slices:
    """Return slices whose new effects spread beyond tau."""
    return replace(slices, tau=np.hypot(slices.tau, beyond)) if beyond else slices


def _given(slices: Slices, log_node: Array, widen: Spread | None) -> tuple[float, float]:
    """Return mean and sd of mu (or of a new effect, where ``widen`` is its spread) from the slices themselves."""
    node = np.exp(log_node - np.logaddexp.reduce(log_node))
    mean = float(node @ slices.mean)
    variance = slices.variance + (widen.variance * slices.tau**2 if widen else 0.0)
    return mean, float(np.sqrt(node @ (variance + (slices.mean - mean) ** 2)))


def marginal(slices: Slices, log_node: Array, moments: int, normal: bool, widen: Spread | None) -> Density:
    """Resolve mu (or a new effect, where ``widen`` is its spread) from slices and the log mass of each."""
    variance = slices.variance + (slices.tau**2 if widen else 0.0)
    order = np.argsort(variance, kind="stable")
    half = order[min(int(np.searchsorted(np.cumsum(np.exp(log_node[order])), 0.5)), order.size - 1)]
    with np.errstate(invalid="ignore"):
        (mean, sd), unit = _given(slices, log_node, widen), float(np.sqrt(variance[half]))
    if not np.isfinite([mean, sd, unit]).all():
        raise ArithmeticError("the posterior given tau is too rough to resolve")
    plan = _plan(mean if moments == 2 else float(slices.mean[half]), unit, moments, normal)
    return replace(build(slices.log_mixture(log_node, widen), plan)[0], given=(mean, sd))


def _coarse(fine: Density, slices: Slices, log_node: Array, widen: Spread | None) -> Density:
    """Return the same density from coarser slices."""
    change = slices.log_mixture(log_node, widen)(fine.x) - fine.log_pdf(fine.x)
    return replace(changed(fine, change), given=_given(slices, log_node, widen))


def _plan(
    origin: float,
    unit: float,
    moments: int,
    closed_form: bool,
    noise: float = NOISE,
    support: tuple[float, float] = (-np.inf, np.inf),
) -> Plan:
    """Plan a density: to the far tails in closed form, to the noise of the fit otherwise."""
    if closed_form:
        return Plan(origin, unit, moments=moments, depth=110.0, tolerance=1e-9)
    return Plan(origin, unit, support, moments, depth=27.0, tolerance=1e-9, noise=noise)


def _curve_error(error: Array, whole: Slices, node: Array) -> float:
    """Return how far fitted curves may move a mean or an sd: an error far out weighs as its distance squared."""
    mean, sd = _given(whole, np.log(node), None)
    tau_mean = float(node @ whole.tau)
    tau_sd = float(np.sqrt(node @ (whole.tau - tau_mean) ** 2))
    square = (error[:, 2] - 2.0 * mean * error[:, 1] + mean**2 * error[:, 0]) / sd**2
    square += error[:, 0] * ((whole.tau - tau_mean) / tau_sd) ** 2
    return float(node @ (error[:, 0] + 0.5 * square))


def _studies(pooled: Gridded) -> tuple[list[Density], list[float]]:
    """Return each study's effect, its own likelihood times the prediction of the others, and how far these clash."""
    around = pooled.theta_new.quantile(np.array([0.16, 0.5, 0.84]))
    predictions = _predictions(pooled)
    plans = [_study(pooled, i, *prediction, around) for i, prediction in enumerate(predictions)]
    densities: list[Density] = []
    for start in range(0, len(plans), SIDE_BY_SIDE):
        densities += _side_by_side(pooled, predictions, plans, range(len(plans))[start : start + SIDE_BY_SIDE])
    clashes = [
        _clash(curve, predicted, np.concatenate([curve.places, density.x, pooled.theta_new.x]))
        for curve, (predicted, _), density in zip(pooled.curves, predictions, densities, strict=True)
    ]
    return densities, clashes


def _clash(curve: Curve, predicted: Callable[[Array], Array], at: Array) -> float:
    """Return how far a report lies from what the others predict, as a z."""
    level = predicted(at)
    lost = np.log(curve.peak) + level.max() - (level + curve.log_value(at)).max()
    return float(np.sqrt(2.0 * max(lost, 0.0)))


def _side_by_side(
    pooled: Gridded, predictions: Sequence[_Prediction], plans: Sequence[Plan], members: Sequence[int]
) -> list[Density]:
    """Resolve the densities of several studies, their likelihoods evaluated in one block."""

    def log_pdfs(asked: Mapping[int, Array]) -> dict[int, Array]:
        x = np.concatenate(list(asked.values()))
        own = log_smooth_all([pooled.curves[members[i]] for i in asked], x[None, :], np.zeros(1))[:, 0]
        levels, start = {}, 0
        for row, (i, places) in enumerate(asked.items()):
            levels[i] = own[row, start : start + places.size] + predictions[members[i]][0](places)
            start += places.size
        return levels

    return [density for density, _ in build_together(log_pdfs, [plans[i] for i in members])]


def _predictions(pooled: Gridded) -> list[_Prediction]:
    """Return, per study, the log density that the others predict for a new effect, and where it is above its noise.

    Those on the whole's grid are laid out together, on the panels of the new effect; where these do not reach or
    resolve one, it is summed directly.
    """

    grid = pooled.whole.center
    near = [i for i, part in enumerate(pooled.left_out) if part.center is grid and grid.shape[1] > 1]
    pairs = zip(pooled.left_out, pooled.log_weights, strict=True)
    found = [(part.log_mixture(log_weight, pooled.spread), (-np.inf, np.inf)) for part, log_weight in pairs]
    if near:
        panels = refined(pooled.theta_new)
        several = log_mixtures([pooled.left_out[i] for i in near], [pooled.log_weights[i] for i in near], pooled.spread)
        level = several(panels.x)
        for place, i in enumerate(near):
            found[i] = interpolated(panels, level[:, place], found[i][0]), panels.support
    return found


def _study(
    pooled: Gridded, i: int, predicted: Callable[[Array], Array], support: tuple[float, float], around: Array
) -> Plan:
    """Plan the density of a study's effect, from where its likelihood and the prediction of the others lie."""
    curve = pooled.curves[i]
    bounded = all(curve.bounded)
    low, origin, high = around
    unit = 0.5 * float(high - low)
    level = predicted(curve.places)
    own_level = level + curve.log_value(curve.places)
    contradiction = float(np.exp(np.log(curve.peak) + level.max() - own_level.max()))
    noise = NOISE + curve.error * contradiction  # a fitted curve's error is then a larger share of the product
    if contradiction > AGREED:
        support = (-np.inf, np.inf)
    if bounded:
        places, height = curve.places, np.exp(curve.log_value(curve.places))
        own = float(np.average(places, weights=height))
        reach = float(np.sqrt(np.average((places - own) ** 2, weights=height) + curve.detail**2))
        share = unit**2 / (unit**2 + reach**2)
        origin, unit = origin + share * (own - origin), reach * float(np.sqrt(share))
    return _plan(
        float(origin),
        unit,
        2 if bounded else pooled.counted,
        closed_form=pooled.whole.center.shape[1] == 1,
        noise=noise,
        support=support,
    )
