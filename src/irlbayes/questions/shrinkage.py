"""What does each study's effect look like in the light of the others, and how much does each one say?"""

from __future__ import annotations

from collections.abc import Sequence

from irlbayes.core.answers import Evidence, Posterior
from irlbayes.core.summary import describe
from irlbayes.core.types import Threshold


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer for every study's own effect.

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
        Number ``studies``: one entry each with study, report, yi, sei, share and `summarize`'s numbers. ``share`` is
        the posterior mean share of the information about mu; it can be below zero for a report whose sign is not
        known and that pulls both ways, and is None where the engine does not give it.
    """
    outcome = posterior.effects.outcome
    entries = []
    for i, study in enumerate(posterior.effects.studies):
        theta = posterior.after.theta[i]
        entries.append(
            {
                "study": study.label,
                "report": study.report.kind,
                "yi": study.yi,
                "sei": study.sei,
                "share": None if posterior.share is None else float(posterior.share[i]),
                **describe(theta, posterior.prior.theta_new, outcome.null, level, thresholds),
            }
        )
    count = len(entries)
    if posterior.share is None:
        statement = f"{count} studies, each drawn towards the mean by what the others say."
    else:
        best = max(entries, key=lambda entry: entry["share"])
        prior = 1.0 - float(posterior.share.sum())
        statement = (
            f"Of the information about the mean effect, {best['study']} ({best['report']}) carries most,"
            f" {best['share']:.0%}; the prior carries {prior:.0%}."
        )
    return Evidence("shrinkage", statement, {"studies": entries}, posterior.gate.passed)
