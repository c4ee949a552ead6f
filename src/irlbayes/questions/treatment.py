"""Do treatments help IRL-positive patients more?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from irlbayes.core.answers import Evidence, Marginal, Posterior, Unknowns
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.scales import SCALES
from irlbayes.core.summary import describe
from irlbayes.core.types import Outcome, Threshold
from irlbayes.core.words import measure, null_shown, probability, shown

HELPS = "treatment helps IRL-positive patients more"
RELATIVE = (
    "A ratio compares relative effects. Where patients with rims are at another risk without treatment, equal ratios"
    " are unequal numbers of patients helped."
)
NOT_ASSIGNED = "Rims are not assigned: patients with them may differ in other things that change what treatment does."


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer for the effect of treatment in IRL-positive patients set against its effect in negative ones.

    Parameters
    ----------
    posterior : Posterior
    level : float
        Probability of the intervals.
    thresholds : sequence of Threshold
        Sizes of the difference (of the log of the ratio), on the outcome's scale.

    Returns
    -------
    Evidence
        Numbers ``p_helps_more`` and ``p_helps_more_new`` (in a new setting), each beside its prior value, and the
        summaries ``effect`` and ``new_setting``; no numbers where the outcome compares patients, not effects.
    """
    outcome = posterior.effects.outcome
    if not outcome.is_interaction:
        return Evidence("treatment", "It compares patients, not effects of treatment.", {}, posterior.gate.passed)
    after, before = posterior.after, posterior.prior
    assert after.mu is not None
    assert after.theta_new is not None
    numbers: dict[str, Any] = {
        **_chances(outcome, after, before),
        "effect": describe(after.mu, before.mu, outcome.null, level, thresholds),
        "new_setting": describe(after.theta_new, before.theta_new, outcome.null, level, thresholds),
    }
    statement = f"{_size(outcome, numbers['effect'], level)}{_probabilities(outcome, numbers)}"
    caveats = ((RELATIVE,) if SCALES[outcome.scale].transform == "exp" else ()) + (NOT_ASSIGNED,)
    return Evidence("treatment", statement, numbers, posterior.gate.passed, caveats)


def prior_alone(outcome: Outcome, model: ModelSpec, prior: Unknowns, level: float = 0.95) -> Evidence:
    """Answer where no row compares two effects of treatment: what was assumed, and that nothing was learned.

    Parameters
    ----------
    outcome : Outcome
    model : ModelSpec
    prior : Unknowns
        Before the data.
    level : float
        Probability of the intervals.

    Returns
    -------
    Evidence
        Every number of a posterior is None; those of the prior are there.
    """
    numbers: dict[str, Any] = {**_chances(outcome, None, prior), "effect": None, "new_setting": None}
    statement = (
        "The evidence cannot say. No row sets the effect of treatment in patients with rims against its effect in"
        " patients without, so the prior is all there is"
    )
    if prior.mu is None:
        return Evidence("treatment", f"{statement}, and it is flat.", numbers, True)
    low, high = (shown(end, outcome) for end in prior.mu.interval(level))
    statement += (
        f": the probability that {HELPS} is {probability(numbers['prior_p_helps_more'])} because model {model.name}"
        f" says so (mu ~ {model.mu}: {measure(outcome)} {low} to {high} with probability {level:g}), and not because"
        " anything was observed."
    )
    return Evidence("treatment", statement, numbers, True)


def _chances(outcome: Outcome, after: Unknowns | None, before: Unknowns) -> dict[str, float | None]:
    """Return the probabilities that treatment helps IRL-positive patients more, on average and in a new setting."""
    return {
        "p_helps_more": None if after is None else _helps(after.mu, outcome),
        "prior_p_helps_more": _helps(before.mu, outcome),
        "p_helps_more_new": None if after is None else _helps(after.theta_new, outcome),
        "prior_p_helps_more_new": _helps(before.theta_new, outcome),
    }


def _helps(marginal: Marginal | None, outcome: Outcome) -> float | None:
    """Return the probability of the side that is better for IRL-positive patients; None where no side is."""
    if marginal is None or not outcome.harm or outcome.null is None:
        return None
    return float(marginal.cdf(outcome.null) if outcome.harm == "+" else marginal.sf(outcome.null))


def _size(outcome: Outcome, effect: dict[str, Any], level: float) -> str:
    middle = effect["mean"] if effect["mean"] is not None else effect["median"]
    interval = f"{shown(middle, outcome)}, {level:.0%} interval {shown(effect['ci_low'], outcome)} to"
    scale = SCALES[outcome.scale]
    name = scale.printed or scale.words
    relation = "The ratio of the treatment's" if scale.transform == "exp" else "The difference between the treatment's"
    joint = "to" if scale.transform == "exp" else "and"
    unit = f" ({outcome.unit})" if outcome.unit else ""
    return (
        f"{relation} {name}{unit} in IRL-positive patients {joint} that in IRL-negative patients is {interval}"
        f" {shown(effect['ci_high'], outcome)}"
    )


def _probabilities(outcome: Outcome, numbers: dict[str, Any]) -> str:
    if numbers["p_helps_more"] is None:
        return f"; which side of {null_shown(outcome)} is better for patients is not said."
    side = "below" if outcome.harm == "+" else "above"
    told = f"; the probability that {HELPS} ({side} {null_shown(outcome)}) is {probability(numbers['p_helps_more'])}"
    there = f" In a new setting it is {probability(numbers['p_helps_more_new'])}"
    if numbers["prior_p_helps_more"] is None:
        return f"{told}, under a flat prior.{there}."
    before = [probability(numbers[name]) for name in ("prior_p_helps_more", "prior_p_helps_more_new")]
    return f"{told}, against {before[0]} before the data.{there} ({before[1]} before the data)."
