"""How large is the effect on average, and how probable is it that there is one?"""

from __future__ import annotations

from collections.abc import Sequence

from irlbayes.core.answers import Evidence, Posterior
from irlbayes.core.summary import describe
from irlbayes.core.types import Threshold
from irlbayes.core.words import measure, null_shown, probability, shown


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer for the mean effect mu.

    Parameters
    ----------
    posterior : Posterior
    level : float
        Probability of the intervals.
    thresholds : sequence of Threshold
        Sizes of effect, on the outcome's scale.

    Returns
    -------
    Evidence
        With `summarize`'s numbers, P(> null) and P(> d), each beside its prior value.
    """
    outcome = posterior.effects.outcome
    assert posterior.after.mu is not None
    numbers = describe(posterior.after.mu, posterior.prior.mu, outcome.null, level, thresholds)
    interval = f"{shown(numbers['ci_low'], outcome)} to {shown(numbers['ci_high'], outcome)}"
    middle = numbers["mean"] if numbers["mean"] is not None else numbers["median"]
    statement = f"The mean effect ({measure(outcome)}) is {shown(middle, outcome)}, {level:.0%} interval {interval}"
    if outcome.null is not None:
        statement += f"; the probability that it is above {null_shown(outcome)} is {probability(numbers['p_gt_null'])}"
        if numbers["prior_p_gt_null"] is not None:
            statement += f", against {probability(numbers['prior_p_gt_null'])} before the data"
    return Evidence("pooled", statement + ".", numbers, posterior.gate.passed)
