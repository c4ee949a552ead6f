"""PRISMA 2020: the items of a systematic review that a tool for synthesis can fill."""

from __future__ import annotations

from irlbayes.core.pages import Checklist, Cite, Item, Paragraph, Section
from irlbayes.core.words import measure
from irlbayes.report.listed import NO_CHECKS, TOPICS, either, filled, gap, ran, share
from irlbayes.report.told import Told

PLACE = 70
READER = "checklist"


def write(told: Told) -> Section | None:
    """Return the items on effect measures, synthesis, reporting bias and certainty."""
    if not told.outcomes:
        return None
    opening = (
        "Only the items that this run can speak to. The review itself, from question and search to risk of bias in the"
        " studies (items 1 to 11, 16, 18 and 23 to 26), is for its authors."
    )
    title = "PRISMA 2020, items 12 to 15, 17, 19 to 22 and 27"
    block = Checklist("prisma", title, Cite("page2021"), (*_methods(told), *_results(told)))
    return Section("prisma", "Checklist: PRISMA 2020", (Paragraph((opening,)), block), reader="checklist")


def _methods(told: Told) -> tuple[Item, ...]:
    measures = ", ".join(dict.fromkeys(measure(one.outcome) for one in told.outcomes))
    data, checks = f"{TOPICS}Reports and their likelihoods.", ran(told, "leave_one_out")
    subgroups = ran(told, "subgroups")
    moderated = any(one.result.posterior.model.moderators for one in told.outcomes)
    return (
        filled("12", "Effect measure of every outcome", f"{measures[0].upper()}{measures[1:]}.", "At a glance."),
        filled(
            "13a",
            "Which studies enter each synthesis, and how that was decided",
            "Rows that entered and rows that stayed out, each with its reason; eligibility for the review is for its"
            " authors.",
            f"{data} Caveats, findings and rows left out.",
        ),
        filled("13b", "Preparation of data: conversions, missing statistics", "Every formula with its numbers.", data),
        filled("13c", "Tables and pictures of results", "Forest or threshold curve, and a table per outcome.", data),
        filled(
            "13d",
            "Method of synthesis, model, heterogeneity, software",
            "Bayesian random effects; tau, I² and the interval of a new study.",
            "For the statistician, at its head; Methods and results to paste.",
        ),
        either(
            subgroups > 0 or moderated,
            "13e",
            "Exploration of causes of heterogeneity",
            "Moderators." if moderated else f"Groups of studies compared {share(subgroups, told)}.",
            f"{TOPICS}{'Posterior' if moderated else 'Checks'}.",
            "No column divides the studies of an outcome into large enough groups, and no moderators were asked for."
            if told.examination is not None
            else NO_CHECKS,
        ),
        either(
            checks > 0,
            "13f",
            "Sensitivity analyses",
            f"Other priors, and every study left out, {share(checks, told)}.",
            f"{TOPICS}Sensitivity.",
            NO_CHECKS if told.examination is None else "No outcome has two studies.",
        ),
        either(
            told.bias is not None,
            "14",
            "Bias due to missing results (reporting biases)",
            "Averaging over models of selective reporting.",
            f"{TOPICS}Selective reporting.",
            told.no_bias or "Models of selective reporting were not run for this page (--no-bias).",
        ),
        gap(
            "15",
            "Certainty in the body of evidence",
            "Probabilities, intervals and checks are here; a grading (GRADE) is a judgement of people.",
        ),
    )


def _results(told: Told) -> tuple[Item, ...]:
    data, checks = f"{TOPICS}Reports and their likelihoods.", ran(told, "leave_one_out")
    subgroups = ran(told, "subgroups")
    moderated = any(one.result.posterior.model.moderators for one in told.outcomes)
    return (
        gap("17", "Characteristics of included studies", "Labels and rows are here; characteristics are not."),
        filled("19", "Results of individual studies", "What each printed, its estimate and interval.", data),
        gap("20a", "Characteristics and risk of bias of contributing studies", "Risk of bias is not in the evidence."),
        filled(
            "20b",
            "Results of every synthesis: estimate, precision, heterogeneity",
            "Estimate, interval, probability, tau and I².",
            f"At a glance; {TOPICS}Posterior, Heterogeneity.",
        ),
        either(
            subgroups > 0 or moderated,
            "20c",
            "Results on causes of heterogeneity",
            "Coefficients of moderators." if moderated else f"Differences between groups {share(subgroups, told)}.",
            f"{TOPICS}{'Posterior' if moderated else 'Checks'}.",
            "No groups were compared.",
        ),
        either(
            checks > 0,
            "20d",
            "Results of sensitivity analyses",
            f"Prior panel, and every study left out, {share(checks, told)}.",
            f"{TOPICS}Sensitivity.",
            NO_CHECKS if told.examination is None else "No outcome has two studies.",
        ),
        either(
            told.bias is not None,
            "21",
            "Reporting biases of every synthesis",
            "Estimates under selection, and its probability before and after the data.",
            f"{TOPICS}Selective reporting.",
            told.no_bias or "Models of selective reporting were not run for this page (--no-bias).",
        ),
        gap("22", "Certainty for every outcome", "A grading (GRADE) is a judgement of people; see item 15."),
        filled(
            "27",
            "Availability of data, code and other materials",
            "The numbers are inside this file as JSON, with the hash of the evidence and the command.",
            "How this page was made.",
        ),
    )
