"""How probable is an effect larger than any size one may care about?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from irlbayes.core.answers import Evidence, Marginal, Posterior
from irlbayes.core.types import Threshold
from irlbayes.core.words import probability, shown

POINTS = 81
ENDS = (0.001, 0.999)


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer with P(> d) for every d, for the mean and for a new study, beside the prior's.

    Parameters
    ----------
    posterior : Posterior
    level, thresholds
        Not used; the signature is every question's.

    Returns
    -------
    Evidence
        Numbers ``delta`` (81 sizes on the outcome's scale, from the 0.1 % to the 99.9 % point of mu and of a new study
        between their central 98 %), ``mu``, ``theta_new``, ``prior_mu`` and ``prior_theta_new`` (None where the prior
        of mu is flat): P(> d) at each.
    """
    mu, new = posterior.after.mu, posterior.after.theta_new
    assert mu is not None
    assert new is not None
    ends = [*mu.quantile(np.array(ENDS)), *new.quantile(np.array([0.01, 0.99]))]
    null = posterior.effects.outcome.null
    delta = np.linspace(min([*ends, *([] if null is None else [null])]), max(ends), POINTS)

    def beyond(marginal: Marginal | None) -> list[float] | None:
        return None if marginal is None else [float(p) for p in marginal.sf(delta)]

    numbers = {
        "delta": [float(d) for d in delta],
        "mu": beyond(mu),
        "theta_new": beyond(new),
        "prior_mu": beyond(posterior.prior.mu),
        "prior_theta_new": beyond(posterior.prior.theta_new),
    }
    half = float(mu.quantile(0.5))
    unlikely = float(mu.quantile(0.95))
    outcome = posterior.effects.outcome
    statement = (
        f"The mean effect is above {shown(half, outcome)} with probability {probability(0.5)} and above"
        f" {shown(unlikely, outcome)} with probability {probability(0.05)}."
    )
    return Evidence("threshold_curve", statement, numbers, posterior.gate.passed)
