"""Every outcome in a row."""

from __future__ import annotations

from irlbayes.core.pages import Block, Line, Listing, Paragraph, Section, Table
from irlbayes.core.words import measure_short, worse
from irlbayes.report.told import One, Told, plural

PLACE = 10
READER = "everyone"
COLUMNS = ("Outcome", "Reports", "Mean effect", "Probability, mean (before)", "Probability, new study (before)")


def write(told: Told) -> Section | None:
    """Return the overview: an outcome a row, then outcomes without an answer."""
    level = f"{told.analysis.settings.level:.0%}"
    blocks: list[Block] = []
    if told.outcomes:
        blocks.append(
            Table(
                "overview",
                f"Every outcome: estimates with {level} intervals, and probabilities after and before the data",
                COLUMNS,
                tuple(_row(one) for one in told.outcomes),
                (False, True, True, True, True),
                "A probability is that of an effect on the side that the row names; in parentheses the same before the"
                " data, the prior's. Estimates, intervals and probabilities are those of the model that each outcome"
                " names below, with its priors.",
            )
        )
    failed = [one.outcome.label for one in told.outcomes if not one.result.passed]
    if failed:
        blocks.append(Paragraph((f"Failed their own numerical checks, do not use: {', '.join(failed)}.",), "caveat"))
    if told.analysis.skipped:
        count = plural(len(told.analysis.skipped), "outcome has", "outcomes have")
        blocks.append(Paragraph((f"{count} no answer:",)))
        blocks.append(
            Listing(
                tuple(
                    (f"{_label(told, item.outcome)}: ", told.said("skipped", place, "reason"))
                    for place, item in enumerate(told.analysis.skipped)
                )
            )
        )
    blocks += [Paragraph((note,), "note") for note in told.analysis.table.notes]
    return Section("glance", "At a glance", tuple(blocks), reader="everyone")


def _label(told: Told, name: str) -> str:
    outcome = told.analysis.table.outcomes.get(name)
    return name if outcome is None else outcome.label


def _row(one: One) -> tuple[Line, ...]:
    outcome = one.outcome
    harm = worse(outcome)[0]
    name = f"{outcome.label}, {measure_short(outcome)}" + ("" if one.result.passed else " (failed its checks)")
    asked = f": {one.side}{f', {_who(harm)}' if harm else ''}" if one.has_null else ""
    return (
        (name + asked,),
        (one.plain("k"),),
        one.estimate("mu"),
        one.chance_before("mu"),
        one.chance_before("new_study"),
    )


def _who(harm: str) -> str:
    return "which is worse" if harm.endswith("is worse for patients") else f"so that {harm}"
