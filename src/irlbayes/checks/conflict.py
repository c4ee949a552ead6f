"""Do the reports contradict the priors?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from irlbayes.core import priors
from irlbayes.core.agreement import probability_above, two_sided
from irlbayes.core.answers import Evidence
from irlbayes.core.assumptions import Prior
from irlbayes.core.examining import Case
from irlbayes.core.rivals import scaled
from irlbayes.core.words import probability

WIDE = 50.0  # times the prior: what the reports say by themselves
ALARM = 0.0025  # tail probability at which the reports contradict a prior
FEWEST_FOR_TAU = 3


def answer(case: Case) -> Evidence | None:
    """Answer by setting each prior beside what the reports say without it.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        Numbers ``mu``: the two-sided probability that prior and reports lie as far apart; ``tau``: the probability that
        the prior's heterogeneity is as large as the reports'; None where a prior cannot be set beside the reports (a
        flat one, reports that leave mu unbounded, fewer than three studies for tau). None without either.

    Notes
    -----
    What the reports say is the posterior under a prior of mu 50 times as wide and a uniform tau up to 50 times the
    prior's scale. The check fails below 0.0025.
    """
    studies, model = case.posterior.effects.studies, case.posterior.model
    bounded = all(any(study.curve.bounded[side] for study in studies) for side in (0, 1))
    if not bounded or not model.mu.proper:
        return None
    broad = replace(model, mu=scaled(model.mu, WIDE))
    alone = case.refit(studies, broad)
    before = case.posterior.prior
    assert alone.mu is not None
    assert before.mu is not None
    numbers: dict[str, Any] = {"mu": two_sided(probability_above(alone.mu, before.mu)), "tau": None}
    if len(studies) >= FEWEST_FOR_TAU:
        uniform = Prior("uniform", (0.0, WIDE * priors.scale(model.tau)))
        free = case.refit(studies, replace(broad, tau=uniform))
        assert free.tau is not None
        numbers["tau"] = probability_above(before.tau, free.tau)
    clashes = []
    if numbers["mu"] < ALARM:
        clashes.append(f"the mean effect, {model.mu} (p {probability(numbers['mu'])})")
    if numbers["tau"] is not None and numbers["tau"] < ALARM:
        clashes.append(f"heterogeneity, {model.tau}: the studies differ more (p {probability(numbers['tau'])})")
    if clashes:
        statement = f"The reports contradict the prior of {' and of '.join(clashes)}."
    else:
        told = f"p {probability(numbers['mu'])} for mu"
        told += "" if numbers["tau"] is None else f", {probability(numbers['tau'])} for tau"
        statement = f"The reports do not contradict the priors ({told})."
    return Evidence("conflict", statement, numbers, not clashes)
