"""How much more probable are the reports if there is an effect than if there is none?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from irlbayes.core.answers import Evidence
from irlbayes.core.examining import Case
from irlbayes.core.rivals import scaled
from irlbayes.core.words import factor, null_shown, strength

WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
NO_HETEROGENEITY = 0.0


def answer(case: Case) -> Evidence | None:
    """Answer with the Bayes factor against the point null, and against no heterogeneity.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        Numbers ``log_bf10`` (effect against none), ``widths`` (the same with the prior of mu narrower and wider),
        ``log_bf_heterogeneity`` (tau under its prior against tau = 0) and ``prior``. None where there is no null, or
        where the prior of mu is flat: a Bayes factor hangs on the width of a proper prior.

    Notes
    -----
    The words are those of Lee & Wagenmakers (2013), Bayesian cognitive modeling, table 7.1.
    """
    posterior = case.posterior
    studies, model, null = posterior.effects.studies, posterior.model, posterior.effects.outcome.null
    if null is None or not model.mu.proper:
        return None
    without = case.refit(studies, model, mu_at=null).log_marginal_likelihood
    common = case.refit(studies, model, tau_at=NO_HETEROGENEITY).log_marginal_likelihood
    assert without is not None
    assert common is not None
    widths: list[dict[str, Any]] = []
    for width in WIDTHS:
        prior = scaled(model.mu, width)
        found = case.refit(studies, replace(model, mu=prior)).log_marginal_likelihood
        assert found is not None
        widths.append({"width": width, "prior": str(prior), "log_bf10": found - without})
    whole = next(row["log_bf10"] for row in widths if row["width"] == 1.0)
    numbers = {
        "log_bf10": whole,
        "prior": str(model.mu),
        "widths": widths,
        "log_bf_heterogeneity": whole + without - common,
    }
    at_null = null_shown(posterior.effects.outcome)
    low, high = min(row["log_bf10"] for row in widths), max(row["log_bf10"] for row in widths)
    statement = (
        f"{_said(whole, f'an effect (mu ~ {model.mu})', f'none (mu = {at_null})')};"
        f" the factor for an effect runs from {factor(low)} to {factor(high)} as the prior of mu goes from four times"
        " narrower to four times wider."
    )
    return Evidence("bayes_factor", statement, numbers, True)


def _said(log_factor: float, effect: str, none: str) -> str:
    favoured, other = (effect, none) if log_factor > 0 else (none, effect)
    return (
        f"The reports are {factor(abs(log_factor))} times as probable under {favoured} as under {other}:"
        f" {strength(log_factor)} evidence"
    )
