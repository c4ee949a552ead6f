"""How does the effect change with what moderates it?"""

from __future__ import annotations

from collections.abc import Sequence

from irlbayes.core.answers import Evidence, Posterior
from irlbayes.core.design import INTERCEPT
from irlbayes.core.summary import describe
from irlbayes.core.types import Threshold
from irlbayes.core.words import probability


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer for every coefficient of the moderators.

    Parameters
    ----------
    posterior : Posterior
    level : float
        Probability of the intervals.
    thresholds : sequence of Threshold
        Of the effect; not used.

    Returns
    -------
    Evidence
        Number ``coefficients``: one entry each with name, `summarize`'s numbers and P(> 0) beside its prior value, in
        units of the effect per unit of the moderator; empty without moderators.
    """
    entries = [
        {"name": name, **describe(one, posterior.prior.beta.get(name), 0.0, level, ())}
        for name, one in posterior.after.beta.items()
    ]
    if not entries:
        return Evidence("moderators", "No moderators.", {"coefficients": []}, posterior.gate.passed)
    told = [
        f"{entry['name']} {entry['median']:.3g} [{entry['ci_low']:.3g}, {entry['ci_high']:.3g}],"
        f" above 0 with probability {probability(entry['p_gt_null'])}"
        for entry in entries
        if entry["name"] != INTERCEPT
    ]
    statement = f"Per unit of its moderator the effect changes by: {'; '.join(told)}. " if told else ""
    statement += "The mean effect and the new study are those at the average of the moderators."
    return Evidence("moderators", statement, {"coefficients": entries}, posterior.gate.passed)
