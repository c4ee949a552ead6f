"""Pooling again, for checks: the same engine without the studies' own effects, and with an unknown held fixed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.answers import Marginal
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.building import build
from irlbayes.core.curve import Curve
from irlbayes.core.examining import Pooled
from irlbayes.core.spread import log_smooth_spread, spread_of
from irlbayes.core.types import Study
from irlbayes.posterior.plans import closed_form, tau_plan
from irlbayes.posterior.quadrature import ROUNDING, marginal, solve
from irlbayes.posterior.slices import GridSlicer, NormalSlicer
from irlbayes.posterior.tails import log_scores, probability_above

Array = NDArray[np.float64]
ANY_TAU = Prior("half_normal", (1.0,))  # where tau is held fixed its prior plays no part


def refit(
    studies: Sequence[Study], model: ModelSpec, mu_at: float | None = None, tau_at: float | None = None
) -> Pooled:
    """Pool studies under a model, or under a hypothesis that fixes one of its unknowns.

    Parameters
    ----------
    studies : sequence of Study
        None gives the prior itself.
    model : ModelSpec
    mu_at, tau_at : float, optional
        Value at which mu or tau is held, in units of the effect: ``mu_at=0`` is no effect, ``tau_at=0`` a common one.

    Returns
    -------
    Pooled
        Its log marginal likelihood is that of the hypothesis.

    Raises
    ------
    ArithmeticError
        When the posterior is improper or cannot be resolved.
    """
    telling = tuple(study.curve for study in studies if not study.curve.is_flat)
    flat = float(np.log([study.curve.floor for study in studies if study.curve.is_flat]).sum())
    if mu_at is not None:
        return _mu_held(telling, model, mu_at, tau_at, flat)
    if tau_at is not None:
        return _tau_held(telling, model, tau_at, flat)
    found = solve([study.curve for study in studies], model.mu, model.tau, False, model.random_effects)
    return Pooled(found.mu, found.tau, found.theta_new, found.log_marginal_likelihood, found.error_bound)


def above(studies: Sequence[Study], model: ModelSpec, value: float) -> float:
    """Return P(mu > value) alone, sooner than by `refit`.

    Parameters
    ----------
    studies : sequence of Study
    model : ModelSpec
        With a proper prior of mu.
    value : float

    Raises
    ------
    ArithmeticError
        When the posterior cannot be resolved.
    """
    return probability_above([study.curve for study in studies], model.mu, model.tau, value, model.random_effects)


def scores(studies: Sequence[Study], model: ModelSpec, tau_at: float | None = None) -> Array:
    """Return log p(report | the other studies), dims (study,).

    Parameters
    ----------
    studies : sequence of Study
        At least two.
    model : ModelSpec
        With proper priors.
    tau_at : float, optional
        Value at which tau is held.

    Raises
    ------
    ArithmeticError
        When a posterior is improper or cannot be resolved.
    """
    if not model.mu.proper:
        raise ArithmeticError("log scores need a proper prior of mu")
    if tau_at is None:
        return log_scores([study.curve for study in studies], model.mu, model.tau, model.random_effects)
    whole = refit(studies, model, tau_at=tau_at).log_marginal_likelihood
    rest = [[*studies[:i], *studies[i + 1 :]] for i in range(len(studies))]
    parts = [refit(others, model, tau_at=tau_at).log_marginal_likelihood for others in rest]
    assert whole is not None
    return np.array([whole - part for part in parts if part is not None])


def _mu_held(curves: tuple[Curve, ...], model: ModelSpec, mu: float, tau: float | None, flat: float) -> Pooled:
    """Hold mu, and integrate tau unless it is held too."""

    spread = spread_of(model.random_effects)

    def log_likelihood(at: Array) -> Array:
        if not curves:
            return np.zeros(at.size)
        return np.asarray(log_smooth_spread(curves, np.full((at.size, 1), mu), at, spread)[:, :, 0].sum(axis=0))

    if tau is not None:
        return Pooled(None, None, None, float(log_likelihood(np.array([tau]))[0]) + flat, ROUNDING)
    density, log_evidence = build(
        lambda at: log_likelihood(at) + priors.log_pdf(model.tau, at),
        tau_plan(curves, model.mu, model.tau, 2, closed_form(curves, spread)),
    )
    return Pooled(None, density, None, log_evidence + flat if model.tau.proper else None, ROUNDING)


def _tau_held(curves: tuple[Curve, ...], model: ModelSpec, tau: float, flat: float) -> Pooled:
    """Hold tau, and integrate mu."""
    spread = spread_of(model.random_effects)
    normal = closed_form(curves, spread)
    slicer = NormalSlicer(curves, model.mu, ANY_TAU) if normal else GridSlicer(curves, model.mu, ANY_TAU, spread)
    whole = slicer.at(np.array([tau]))
    log_slice = whole.shared_out(np.zeros(1))
    log_evidence = float(whole.by_tau(1)[0] - priors.log_pdf(ANY_TAU, np.array(tau)))
    try:
        ends: list[Marginal | None] = [
            marginal(whole, log_slice, spread.moments if widen else 2, normal, widen) for widen in (None, spread)
        ]
    except ArithmeticError:  # far from every report, where fitted curves are noise
        ends = [None, None]
    return Pooled(ends[0], None, ends[1], log_evidence + flat if model.mu.proper else None, ROUNDING)
