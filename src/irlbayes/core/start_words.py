"""What follows from a published result, from the reports, and from both, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.starts import Standing, Start
from irlbayes.core.types import Outcome, Study
from irlbayes.core.words import measure_short, null_shown, probability, with_interval

APART = 0.05  # two-sided probability below which two answers are said to lie apart


def row_of(numbers: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return an answer by its name, the leading one of several; None where there is none."""
    return next((row for row in numbers["answers"] if row["name"] == name), None)


def said(numbers: Mapping[str, Any], outcome: Outcome, start: Start, base: ModelSpec) -> str:
    """Say the three answers, and how much of the last one hangs on the published result.

    Parameters
    ----------
    numbers : Mapping
        Of `core.starts.Started`.
    outcome : Outcome
    start : Start
    base : ModelSpec
        Before the published result.
    """
    alone, both = row_of(numbers, "published"), row_of(numbers, "both")
    reports = row_of(numbers, "reports")
    assert alone is not None
    assert both is not None
    review = f"{start.review[0].upper()}{start.review[1:]}"
    first = f"{review} alone gives a mean {measure_short(outcome)} of {_told(alone, outcome)}"
    if reports is None:
        first += "; no report on file speaks of it by itself."
    else:
        count = f"{reports['k']} {'report' if reports['k'] == 1 else 'reports'}"
        first += f"; the {count} on file alone {'gives' if reports['k'] == 1 else 'give'} {_told(reports, outcome)}."
    weak = numbers["answers"][-1]
    if both["k"]:
        added = "the 1 report" if both["k"] == 1 else f"the {both['k']} reports"
        second = f" Both, with only {added} that cannot be in the review: {_told(both, outcome)}"
        if weak["power"] != both["power"]:
            second += f"; with the review at {weak['power']:g} of its weight {_told(weak, outcome)}"
    else:
        second = " No report on file is known to be later than the review's search, so that both is the review"
    before = row_of(numbers, "prior")
    chance = None if before is None else before["mu"]["p_gt_null"]
    prior = "" if chance is None else f", P(> {null_shown(outcome)}) {probability(chance)} before any of it"
    return f"{first}{second}. Model {base.name}: mu ~ {base.mu}, tau ~ {base.tau}{prior}."


def _told(row: Mapping[str, Any], outcome: Outcome) -> str:
    """Say a mean with its interval and P(> null)."""
    mu = row["mu"]
    text = with_interval(mu, outcome, "{} ({} to {})")
    if mu["p_gt_null"] is None:
        return text
    return f"{text}, P(> {null_shown(outcome)}) {probability(mu['p_gt_null'])}"


def caveats(
    start: Start,
    numbers: Mapping[str, Any],
    where: Mapping[str, Standing],
    studies: Sequence[Study],
    include: Collection[str],
) -> list[str]:
    """Say what bounds the answer from both."""
    found = list(start.caveats)
    if start.heterogeneity is None:
        found.append(
            "The review's tau, I² and prediction interval are not on file: tau keeps the model's prior, and the review"
            " says nothing of how a new clinic differs."
        )
    elif start.heterogeneity.tau == 0.0 and start.heterogeneity.k is None:
        found.append("A tau of 0 without the number of studies does not bound tau: it keeps the model's prior.")
    if start.searched is None:
        found.append("The last day of the review's search is not known, so no study is added to it: --search-date.")
    if numbers["apart"] is not None and numbers["apart"] < APART:
        found.append(
            f"The review and the reports on file lie apart (two-sided probability {probability(numbers['apart'])}, as"
            " if they shared no study). Neither corrects the other: find out why before leaning on both."
        )
    for row in numbers["later"]:
        if row["p"] < APART:
            found.append(f"{row['study']} does not fit what the review predicts ({probability(row['p'])}).")
    for study in studies:
        name = study.report.study
        if name in include and where[name].status == "unknown":
            found.append(f"{name} is added on your word that it is not in the review ({where[name].reason}).")
        if where[name].by_year:
            found.append(f"{name} counts as later by its year alone: it may have been online before the search ended.")
        kin = [one.study for one in where.values() if one.cohort == study.report.cohort and one.status != "after"]
        kin = [other for other in kin if other != name]
        if kin:
            found.append(
                f"{name} reports on cohort {study.report.cohort}, as {', '.join(kin)} did before it: some patients may"
                " be in the review and count twice."
            )
    return found
