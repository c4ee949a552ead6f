"""The next study in words: what it would have to show, how probable that is, and what it cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irlbayes.core.answers import Result
from irlbayes.core.planned import Design
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure, measure_short, null_shown, probability, shown

APART = 0.01  # of the normal approximation from the report itself, that is worth a word


def event(goal: Mapping[str, Any], outcome: Outcome, new_study: bool, short: bool = False) -> str:
    """Say what is asked about: ``P(odds ratio > 1)``, or ``P(OR > 1)``."""
    what, place = (measure_short(outcome), " new") if short else (measure(outcome), " in a new setting")
    return f"P({what}{place if new_study else ''} {'>' if goal['side'] > 0 else '<'} {value(goal, outcome)})"


def value(goal: Mapping[str, Any], outcome: Outcome) -> str:
    """Say the size that is asked about: no effect as 0 or 1, others as readers see them."""
    return null_shown(outcome) if goal["value"] == outcome.null else shown(goal["value"], outcome)


def size(design: Design, groups: tuple[str, str]) -> str:
    """Say how large a study is.

    Examples
    --------
    >>> size(Design("means", 60, 140), ("", ""))
    '60 patients in group 1 and 140 in group 2'
    >>> size(Design("means", 60, 140), ("at least one rim lesion", "none"))
    '60 patients with at least one rim lesion and 140 with none'
    >>> size(Design("yi_sei", sei=0.2), ("", ""))
    'a standard error of 0.2'
    """
    if not design.sized:
        return f"a standard error of {design.sei:g}"
    first, second = _number(design.size1), _number(design.size2)
    if not design.size2:
        return f"{first} {design.unit}"
    if all(groups):
        return f"{first} {design.unit} with {groups[0]} and {second} with {groups[1]}"
    return f"{first} {design.unit} in group 1 and {second} in group 2"


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if value >= 100.0 else f"{value:.3g}"


def context(result: Result) -> str:
    """Say what is believed now: estimate, interval, prior and model."""
    model, count = result.posterior.model, len(result.posterior.effects.studies)
    pooled = result.answers["pooled"].numbers
    middle = pooled["mean"] if pooled["mean"] is not None else pooled["median"]
    ends = f"{shown(pooled['ci_low'], result.outcome)} to {shown(pooled['ci_high'], result.outcome)}"
    return (
        f"So far, from {count} {'report' if count == 1 else 'reports'}, the mean effect ({measure(result.outcome)}) is"
        f" {shown(middle, result.outcome)}, 95% interval {ends}; model {model.name}: mu ~ {model.mu}, tau ~"
        f" {model.tau}."
    )


def foretell(numbers: Mapping[str, Any], goal: Mapping[str, Any], outcome: Outcome) -> str:
    """Say in two or three sentences what the next study would do for one goal."""
    what = event(goal, outcome, numbers["new_study"])
    level, target = f"{numbers['level']:g}", f"{numbers['target']:g}"
    now = probability(goal["now"])
    before = "" if goal["prior"] is None else f", {probability(goal['prior'])} before any report"
    said = probability(goal["assurance"])
    if goal["passed"]:
        text = f"{what} is at least {level} already ({now} now{before}). If the next study has"
        text += f" {numbers['design']['words']}, the probability is {said} that it stays there"
    else:
        text = f"If the next study has {numbers['design']['words']}, the probability is {said} that {what} will then be"
        text += f" at least {level} ({now} now{before})"
    text += f". {show(numbers, goal, outcome)}"
    return f"{text} {ceiling(goal, numbers['new_study'])} {need(numbers, goal, target)}".strip()


def show(numbers: Mapping[str, Any], goal: Mapping[str, Any], outcome: Outcome) -> str:
    """Say what the study would have to show."""
    regions, half = goal["passing"], 1.959963984540054 * numbers["design"]["sei"]
    if not regions:
        return "No result of such a study would bring it there."
    if len(regions) == 1 and regions[0] == [None, None]:
        return "Any result of such a study leaves it there."
    low, high = regions[-1] if goal["side"] < 0 else regions[0]
    above = goal["side"] > 0
    edge = low if above else high
    other = high if above else low
    if edge is None:
        edge, other, above = other, None, not above
    word, far = ("at least", "at most") if above else ("at most", "at least")
    for_it = "To stay there it" if goal["passed"] else "For that it"
    ends = f"{shown(edge - half, outcome)} to {shown(edge + half, outcome)}"
    text = f"{for_it} would have to show {word} {shown(edge, outcome)} (95% interval {ends})"
    if goal["example"]:
        text += f", for instance {goal['example']}"
    if other is not None:
        text += f", and {far} {shown(other, outcome)}: further out it speaks for heterogeneity rather than for the mean"
    return f"{text}."


def ceiling(goal: Mapping[str, Any], new_study: bool) -> str:
    """Say what one study without end, and any number of studies, can do."""
    one, many = (probability(goal[name]) for name in ("ceiling_one", "ceiling_any"))
    return (
        f"One study without end would make that probability {one}, because settings differ; studies without end would"
        f" make it {many}{'' if new_study else ', the probability that it is so'}."
    )


def need(numbers: Mapping[str, Any], goal: Mapping[str, Any], target: str) -> str:
    """Say the size, and the number of studies, that reach the target."""
    if goal["passed"]:
        return ""
    found, planned = goal["needed"], "size" if numbers["design"]["sized"] else "precision"
    text = (
        f"To make it {target} takes one study with {found['words']}"
        if found
        else f"No {planned} of one study makes it {target}"
    )
    if goal is numbers["goals"][0] and numbers["studies"] is not None:
        text += _number_of_studies(numbers, planned, bool(found))
    return f"{text}."


def _number_of_studies(numbers: Mapping[str, Any], planned: str, found: bool) -> str:
    """Say how many studies of the size asked about reach the target."""
    size_ = next((one for one in numbers["studies"]["sizes"] if one["sei"] == numbers["design"]["sei"]), None)
    if size_ is None or size_["fewest"] == 1:
        return ""
    if size_["fewest"] is None:
        return "" if found else f"; nor do {numbers['studies']['count'][-1]} of the {planned} planned"
    return (
        f", or {size_['fewest']} of the {planned} planned"
        if found
        else f"; {size_['fewest']} of the {planned} planned do"
    )


def apart(numbers: Mapping[str, Any], outcome: Outcome) -> list[str]:
    """Say where the normal approximation differs from the report itself at the size that is planned."""
    goals = [one for one in numbers["goals"] if abs(one["assurance"] - one["assurance_normal"]) >= APART]
    if not goals:
        return []
    pairs = ", ".join(
        f"{one['assurance_normal']:.2f} where the report itself gives {one['assurance']:.2f} for"
        f" {event(one, outcome, numbers['new_study'], short=True)}"
        for one in goals
    )
    return [f"the normal approximation, by which other sizes and several studies are taken, gives here {pairs}"]


def worth(numbers: Mapping[str, Any], goal: Mapping[str, Any], outcome: Outcome) -> str:
    """Say what the information of the study is worth, under the stated loss."""
    loss, values = numbers["loss"], goal["value_of_information"]
    if not values["evpi"] > 0.0:
        return "No information is worth anything under this loss: nothing could change the decision."
    share = f"{values['evsi'] / values['evpi']:.0%} of what knowing the mean effect would be worth"
    evsi, evpi = f"{values['evsi']:.2g}", f"{values['evpi']:.2g}"
    if loss["family"] == "linear":
        unit = outcome.unit or SCALES[outcome.scale].words
        side = "above" if goal["side"] > 0 else "below"
        return (
            f"Where acting is worth, per patient, the mean effect {side} {value(goal, outcome)} (in units of the"
            f" {unit}) and not acting nothing, the study's information is worth {evsi} per patient, {share} ({evpi})."
        )
    return (
        f"Where acting in vain costs {loss['acting']:g} and not acting in vain {loss['waiting']:g}, so that one acts"
        f" above a probability of {loss['acting'] / (loss['acting'] + loss['waiting']):.3g}, the study saves {evsi} of"
        f" these units, {share} ({evpi})."
    )
