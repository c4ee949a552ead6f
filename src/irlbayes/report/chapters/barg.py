"""BARG: Kruschke's (2021) guidelines for reporting a Bayesian analysis, step by step.

Letters of the preamble, steps 1 and 2, 4.D and 6.D were checked against its text; the others were not.
"""

from __future__ import annotations

from irlbayes.core.pages import Checklist, Cite, Code, Item, Section
from irlbayes.report.listed import NO_CHECKS, TOPICS, either, filled, gap, idle, ran, share
from irlbayes.report.told import Told, plural

PLACE = 50
READER = "checklist"


def write(told: Told) -> Section | None:
    """Return the checklist, filled as far as the run goes."""
    if not told.outcomes:
        return None
    items = (
        *_preamble(told),
        *_model(told),
        *_computation(told),
        *_posterior(told),
        *_decisions(told),
        *_sensitivity(told),
        *_reproducible(told),
    )
    title = "BARG, the Bayesian analysis reporting guidelines"
    return Section(
        "barg", "Checklist: BARG", (Checklist("barg", title, Cite("kruschke2021"), items),), reader="checklist"
    )


def _preamble(told: Told) -> tuple[Item, ...]:
    why = (
        "Reports without a size (a verdict, a direction, a p-value) have a likelihood too, heterogeneity with few"
        " studies needs a prior that is said aloud, and readers ask for the probability of an effect."
    )
    count = plural(len(told.outcomes), "outcome")
    goal = f"Mean effect, effect in a new study and heterogeneity of {count}, and how probable an effect is."
    return (
        filled("P.A", "Why the analysis is Bayesian", why),
        filled("P.B", "Goals of the analysis", goal, "At a glance."),
    )


def _model(told: Told) -> tuple[Item, ...]:
    where = f"{TOPICS}Model and priors."
    given = [one.outcome.label for one in told.outcomes if not one.result.posterior.model.mu.reason]
    moderated = [one for one in told.outcomes if one.result.posterior.model.moderators]
    data = "What each report printed, its scale and what it became" + (", with its moderators." if moderated else ".")
    return (
        filled("1.A", "Data variables", data, f"{TOPICS}Reports and their likelihoods."),
        filled(
            "1.B",
            "Likelihood function and parameters",
            "A likelihood per kind of report; theta of each study, mu and tau.",
            "For the statistician, at its head.",
        ),
        either(
            not given,
            "1.C",
            "Prior distributions explained and justified",
            "Every prior with its reason.",
            where,
            f"A prior was given without a reason for {', '.join(given)}: state it.",
        ),
        filled(
            "1.D",
            "Formal specification",
            "The posterior as a formula, priors as calls, and a fingerprint of every model.",
            f"For the statistician, at its head; {where}",
        ),
        gap(
            "1.E",
            "Prior predictive check",
            "Data simulated from the priors are not part of this page. Prior probabilities and the prior of the effect"
            " stand beside every posterior.",
        ),
    )


def _computation(told: Told) -> tuple[Item, ...]:
    nuts = [one for one in told.outcomes if one.result.posterior.engine == "nuts"]
    exact = len(told.outcomes) - len(nuts)
    where = f"{TOPICS}Engine and its error."
    chains = (
        (
            filled("2.B", "Convergence of chains", f"R-hat {share(len(nuts), told)}.", where),
            filled("2.C", "Resolution of chains", f"Effective sample sizes {share(len(nuts), told)}.", where),
        )
        if nuts
        else (
            idle("2.B", "Convergence of chains", "No chains: every posterior by quadrature."),
            idle("2.C", "Resolution of chains", "No chains: every posterior by quadrature."),
        )
    )
    other = (
        filled("2.D", "Accuracy, if not by MCMC", f"A bound on the error of quadrature {share(exact, told)}.", where)
        if exact
        else idle("2.D", "Accuracy, if not by MCMC", "Every posterior by MCMC.")
    )
    software = (f"irlbayes {told.version} ", Cite("irlbayes"), "; its dependencies are pinned in its lock file.")
    return (filled("2.A", "Software", software, "How this page was made."), *chains, other)


def _posterior(told: Told) -> tuple[Item, ...]:
    predictive, factors = ran(told, "predictive"), ran(told, "bayes_factor")
    return (
        either(
            predictive > 0,
            "3.A",
            "Posterior predictive check",
            f"Statistics of simulated data beside the reported ones {share(predictive, told)}.",
            f"{TOPICS}Checks.",
            NO_CHECKS if told.examination is None else "No outcome has enough reports for one.",
        ),
        filled(
            "3.B",
            "Posterior summarized: center and interval, their kind and mass",
            f"Mean, median, mode; central and shortest intervals of {told.analysis.settings.level:.0%}.",
            f"{TOPICS}Posterior.",
        ),
        either(
            factors > 0 or told.bias is not None,
            "3.C",
            "Bayes factors and posterior probabilities of models",
            "Bayes factors over a range of priors of mu; model probabilities before and after the data under models of"
            " selective reporting.",
            f"{TOPICS}Checks; Selective reporting.",
            "Neither Bayes factors nor model probabilities were computed for this page.",
        ),
    )


def _decisions(told: Told) -> tuple[Item, ...]:
    del told
    why = "Nothing is decided on this page: it reports probabilities. Whoever decides states why, and by which rule."
    return (
        idle("4.A", "Why a decision is made", why),
        idle("4.B", "Loss function", why),
        idle("4.C", "Limits of a region of practical equivalence", why),
        idle("4.D", "Decision threshold, and the least prior probability of a model that passes it", why),
        filled("4.E", "Estimates beside decisions", "Every outcome has its estimate and interval.", "At a glance."),
    )


def _sensitivity(told: Told) -> tuple[Item, ...]:
    panel, factors = ran(told, "panel"), ran(told, "bayes_factor")
    where = f"{TOPICS}Sensitivity."
    words = f"A panel of narrower, wider, heavy-tailed and published priors {share(panel, told)}."
    return (
        either(panel > 0, "5.A", "Sensitivity to broad priors", words, where, NO_CHECKS),
        either(panel > 0, "5.B", "Sensitivity to informed priors", words, where, NO_CHECKS),
        either(panel > 0, "5.C", "Sensitivity to default priors", words, where, NO_CHECKS),
        either(
            factors > 0,
            "5.D",
            "Sensitivity of Bayes factors and model probabilities",
            f"Bayes factors with the prior of mu from four times narrower to four times wider {share(factors, told)}.",
            f"{TOPICS}Checks.",
            NO_CHECKS if told.examination is None else "No Bayes factor could be computed.",
        ),
        idle("5.E", "Sensitivity of decisions", "Nothing is decided on this page."),
    )


def _reproducible(told: Told) -> tuple[Item, ...]:
    where = "How this page was made."
    names = [f"{one.outcome.name}.py" for one in told.outcomes]
    programs = (
        "A program of plain PyMC per outcome, annotated, with its data, priors and seed: ",
        *(piece for name in names for piece in (Code(name), ", ")),
    )[:-1]
    return (
        filled("6", "Software and how it is installed", f"irlbayes {told.version}, by pip or uv.", where),
        filled("6.D", "Scripts that people can read", (*programs, "."), "The models in PyMC."),
        filled("6", "Scripts and data", ("The command: ", Code(told.command), ". The hash of the data."), where),
        gap(
            "6",
            "Data and scripts posted where readers can get them",
            "The page names the data by their hash; posting them is left to whoever publishes.",
        ),
        filled(
            "6", "Runs as posted, with seeds", f"The seed, {told.analysis.settings.seed}; quadrature has none.", where
        ),
    )
