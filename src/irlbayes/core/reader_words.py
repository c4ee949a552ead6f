"""What one result says, in two sentences: numbers of `core.readers` in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irlbayes.core import readers
from irlbayes.core.readers import Asked
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import probability, shown


def side_words(asked: Asked, outcome: Outcome) -> str:
    """Say the side of the estimate: above 1, below 0."""
    return f"{'above' if asked.above else 'below'} {shown(asked.null, outcome, 1)}"


def said(numbers: Mapping[str, Any], outcome: Outcome, asked: Asked) -> str:
    """Say the answer in two sentences: what it is, and what the next study would have to show."""
    rows = numbers["readers"]
    vague = rows[0]
    others = [row for name in ("sceptical", "enthusiastic") if (row := readers.by_name(rows, name)) is not None]
    names = {"sceptical": "for a sceptic", "enthusiastic": "for an enthusiast"}
    chances = [f"{probability(vague['p_side'])} under a vague prior, {vague['prior']}"]
    chances += [f"{probability(row['p_side'])} {names[row['name']]}" for row in others]
    before = ", ".join(probability(row["prior_p_side"]) for row in (vague, *others))
    measure = outcome.label
    ends = (shown(numbers["ci_low"], outcome), shown(numbers["ci_high"], outcome))
    implied = ", which follows from its p" if numbers["kind"] == "estimate_p" else ""
    first = (
        f"The probability that the {measure} is {side_words(asked, outcome)} is {_listed(chances)} (before the data"
        f" {before}), from {shown(numbers['estimate'], outcome)} with {numbers['level']:.0%} interval {ends[0]} to"
        f" {ends[1]}{implied}."
    )
    row = next(row for row in numbers["next"] if row["reader"] == "vague" and row["level"] == readers.LEVELS[0])
    as_precise = "as precise as this one" if row["precision"] == 1.0 else f"{row['precision']:g} times as precise"
    estimate = shown(row["estimate"], outcome)
    if row["there"]:
        second = (
            f" A next study {as_precise} would have to show {'less' if asked.above else 'more'} than {estimate} to take"
            f" it below {row['level']:g} under the vague prior (probability {probability(1.0 - row['chance'])})."
        )
    else:
        second = (
            f" A next study {as_precise} would have to show {estimate} or {'more' if asked.above else 'less'} to bring"
            f" it to {row['level']:g} under the vague prior (probability {probability(row['chance'])})."
        )
    return first + second


def said_of_bound(numbers: Mapping[str, Any], outcome: Outcome, asked: Asked) -> str:
    """Say what a bound of the p-value leaves open, and what would settle it."""
    estimate = shown(numbers["estimate"], outcome)
    relation = "above" if numbers["p_relation"] == ">" else "below"
    vague = numbers["readers"][0]
    low, high = vague["p_side_low"], vague["p_side_high"]
    may_be = f"is {low:.3g}" if low == high else f"may be anything between {low:.3g} and {high:.3g}"
    article = "An" if outcome.label[0] in "aeiou" else "A"
    first = (
        f"{article} {outcome.label} of {estimate} with p {relation} {numbers['p_bound']:g} fits"
        f" {_standard_errors(numbers, outcome)}, so the probability that it is {side_words(asked, outcome)} {may_be}"
        f" under a vague prior, {vague['prior']} ({probability(vague['prior_p_side'])} before the data)."
    )
    if not numbers["if_p"]:
        return f"{first} An estimate of exactly no effect favors no side, however precise it is."
    told = [f"{probability(row['p_side']['vague'])} if p = {row['p']:g}" for row in numbers["if_p"]]
    settled = "One more number settles it, the p-value, an end of the interval or the standard error"
    return f"{first} {settled}: {_listed(told)}."


def _standard_errors(numbers: Mapping[str, Any], outcome: Outcome) -> str:
    on = f" of the log {outcome.label}" if SCALES[outcome.scale].transform == "exp" else ""
    if numbers["p_relation"] == "<":
        return f"every standard error{on} below {numbers['se_high']:.3g}"
    return f"every standard error{on} above {numbers['se_low']:.3g}" if numbers["se_low"] else "every standard error"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
