"""ROBUST: the seven items of Sung et al. (2005) for a Bayesian analysis of a clinical study."""

from __future__ import annotations

from irlbayes.core.pages import Checklist, Cite, Section
from irlbayes.report.listed import NO_CHECKS, TOPICS, either, filled, ran, share
from irlbayes.report.told import Told

PLACE = 60
READER = "checklist"


def write(told: Told) -> Section | None:
    """Return the checklist, filled."""
    if not told.outcomes:
        return None
    count = ran(told, "panel")
    engines = sorted({one.result.posterior.engine for one in told.outcomes})
    technique = " and ".join({"exact": "deterministic quadrature", "nuts": "NUTS"}[name] for name in engines)
    model, posterior = f"{TOPICS}Model and priors.", f"{TOPICS}Posterior."
    items = (
        filled("Prior 1", "Prior distributions specified", "Every prior is written out.", model),
        either(
            all(one.result.posterior.model.mu.reason for one in told.outcomes),
            "Prior 2",
            "Prior distributions justified",
            "Every prior carries the reason for it, and warnings where it needs any.",
            model,
            "A prior was given on the command line without a reason: state it.",
        ),
        either(
            count > 0,
            "Prior 3",
            "Sensitivity of the answer to the priors",
            f"A panel of other priors, power-scaling and reverse-Bayes {share(count, told)}.",
            f"{TOPICS}Sensitivity.",
            NO_CHECKS,
        ),
        filled(
            "Analysis 1",
            "Statistical model described",
            "Likelihood of each kind of report, random effects and their spread.",
            f"For the statistician, at its head; {model}",
        ),
        filled(
            "Analysis 2", "Analytic technique described", f"{technique.capitalize()}.", f"{TOPICS}Engine and its error."
        ),
        filled("Results 1", "Central tendency", "Posterior mean, median and mode.", posterior),
        filled(
            "Results 2",
            "Spread: standard deviation or credible interval",
            "Posterior standard deviation, central and shortest intervals.",
            posterior,
        ),
    )
    block = Checklist(
        "robust", "ROBUST, seven items for Bayesian analyses of clinical studies", Cite("sung2005"), items
    )
    return Section("robust", "Checklist: ROBUST", (block,), reader="checklist")
