"""Single numbers of a pooled model, sooner than all its marginals: a tail of mu, and leave-one-out scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import Prior, RandomEffects
from irlbayes.core.building import build
from irlbayes.core.curve import Curve
from irlbayes.core.spread import spread_of
from irlbayes.posterior.plans import closed_form, moments, tau_plan
from irlbayes.posterior.quadrature import NORMAL_EFFECTS, pool
from irlbayes.posterior.slices import NEAR, GridSlicer, NormalSlicer

Array = NDArray[np.float64]


def probability_above(
    curves: Sequence[Curve], mu: Prior, tau: Prior, value: float, random_effects: RandomEffects = NORMAL_EFFECTS
) -> float:
    """Return P(mu > value) alone, without resolving any density of mu.

    Parameters
    ----------
    curves, mu, tau, random_effects
        As for `solve`, with a proper prior of mu.
    value : float

    Raises
    ------
    ArithmeticError
        When the posterior cannot be resolved.
    """
    from scipy.special import ndtr

    telling, spread = tuple(curve for curve in curves if not curve.is_flat), spread_of(random_effects)
    normal = closed_form(telling, spread)
    slicer = NormalSlicer(telling, mu, tau) if normal else GridSlicer(telling, mu, tau, spread)
    density, _ = build(slicer.log_tau, tau_plan(telling, mu, tau, moments(telling, mu, tau), normal))
    kept = density.mass > density.mass.max() * np.exp(NEAR)
    whole = slicer.at(density.x[kept])
    tail = (whole.weight * ndtr((whole.center - value) / whole.width[:, None])).sum(axis=1)
    node = np.exp(whole.shared_out(np.log(density.mass[kept])))
    return float(np.clip(node @ tail / node.sum(), 0.0, 1.0))


def log_scores(curves: Sequence[Curve], mu: Prior, tau: Prior, random_effects: RandomEffects = NORMAL_EFFECTS) -> Array:
    """Return log p(report | the others), dims (study,), of all studies in one pass.

    Parameters
    ----------
    curves, mu, tau, random_effects
        As for `solve`, with proper priors.

    Raises
    ------
    ArithmeticError
        When the posterior cannot be resolved.

    Notes
    -----
    The marginal likelihood without a study is summed on the nodes of tau that resolve the whole posterior; a study that
    changes tau's posterior beyond recognition is better left out by a refit.
    """
    telling = tuple(curve for curve in curves if not curve.is_flat)
    pooled = pool(telling, mu, tau, True, spread_of(random_effects))
    scores = iter(-np.logaddexp.reduce(log_weight) for log_weight in pooled.log_weights)
    return np.array([np.log(curve.floor) if curve.is_flat else next(scores) for curve in curves])
