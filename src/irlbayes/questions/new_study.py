"""What will the next clinic see: the true effect in a new study."""

from __future__ import annotations

from collections.abc import Sequence

from irlbayes.core.answers import Evidence, Posterior
from irlbayes.core.summary import describe
from irlbayes.core.types import Threshold
from irlbayes.core.words import null_shown, probability, shown


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer for theta_new, a new study's true effect; the uncertainty of tau is integrated out.

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
        With the numbers of `questions.pooled`.
    """
    outcome = posterior.effects.outcome
    assert posterior.after.theta_new is not None
    numbers = describe(posterior.after.theta_new, posterior.prior.theta_new, outcome.null, level, thresholds)
    ends = f"{shown(numbers['ci_low'], outcome)} and {shown(numbers['ci_high'], outcome)}"
    statement = f"In a new study the true effect lies between {ends} with probability {level:g}"
    if outcome.null is not None:
        statement += f" and above {null_shown(outcome)} with probability {probability(numbers['p_gt_null'])}"
        if numbers["prior_p_gt_null"] is not None:
            statement += f" ({probability(numbers['prior_p_gt_null'])} before the data)"
    return Evidence("new_study", statement + ".", numbers, posterior.gate.passed)
