"""How far two sources of information agree about one unknown.

References
----------
Presanis, A. M., Ohlssen, D., Spiegelhalter, D. J., & De Angelis, D. (2013). Conflict diagnostics in directed acyclic
graphs, with applications in Bayesian evidence synthesis. Statistical Science, 28(3), 376-397.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Marginal
from irlbayes.core.building import Plan, build
from irlbayes.core.curve import Curve
from irlbayes.core.density import Density

Array = NDArray[np.float64]


def probability_above(first: Marginal, second: Marginal) -> float:
    """Return P(A > B) of two independent unknowns.

    Parameters
    ----------
    first, second : Marginal
        A and B, in the same unit.
    """
    return float(np.clip(second.mass @ first.sf(second.x), 0.0, 1.0))


def two_sided(probability: float) -> float:
    """Return the two-sided tail probability of a one-sided one.

    Examples
    --------
    >>> round(two_sided(0.98), 9)
    0.04
    """
    return 2.0 * min(probability, 1.0 - probability)


def as_density(curve: Curve) -> Density:
    """Return a likelihood that is bounded on both sides as a density of its effect, under a flat prior.

    Raises
    ------
    ArithmeticError
        When the curve does not fall off on both sides.
    """
    height = np.exp(curve.log_value(curve.places))
    center = float(np.average(curve.places, weights=np.maximum(height, 0.0)))
    reach = float(np.sqrt(np.average((curve.places - center) ** 2, weights=np.maximum(height, 0.0))) + curve.detail)
    return build(curve.log_value, Plan(center, reach, depth=27.0, noise=1e-12 + curve.error))[0]


def disagreement(curve: Curve, others: Marginal) -> float:
    """Return how improbable a report is in the light of what others predict for its effect.

    Parameters
    ----------
    curve : Curve
        Likelihood of the report.
    others : Marginal
        Its effect as predicted without it.

    Returns
    -------
    float
        Where the report bounds its effect on both sides, the two-sided probability that the effect it gives alone
        (under a flat prior) and the predicted one lie as far apart; for a normal report this is the two-sided
        predictive p-value. Where it does not (a direction, "significantly higher"), the probability of that statement,
        as a share of the highest that any effect gives it. 1 for a report that says nothing.
    """
    if curve.is_flat:
        return 1.0
    if all(curve.bounded):
        return two_sided(probability_above(as_density(curve), others))
    return min(1.0, float(others.mass @ np.exp(curve.log_value(others.x))) / curve.peak)
