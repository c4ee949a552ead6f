"""The next study as text and as a JSON document: what it would do, what no study can, and what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes import __version__
from irlbayes.core.answers import Evidence
from irlbayes.core.foretold import context, event
from irlbayes.core.planned import Planned
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure_short, probability, shown
from irlbayes.report.document import SCHEMA as ANALYSIS
from irlbayes.report.document import document as analysis_document

SCHEMA = "irlbayes/plan/1"
MOST_SIZES = 7  # columns


def page(found: Planned) -> RenderableType:
    """Return every outcome's answer: in words, what sizes and numbers of studies do, and what was assumed.

    Parameters
    ----------
    found : Planned
    """
    parts: list[RenderableType] = [
        Text(found.analysis.table.title, style="bold"),
        *(Text(f"read: {sentence}", style="dim") for sentence in found.analysis.table.reading),
        Text(""),
    ]
    for result in found.analysis.results:
        answer = found.answers.get(result.outcome.name)
        if answer is not None:
            parts += [*_outcome(answer, result.outcome, context(result), alone=len(found.answers) == 1), Text("")]
    for item in (*found.analysis.skipped, *found.skipped):
        parts.append(Text(f"{item.outcome}: {item.reason}", style="bold red" if item.failed else "dim"))
    return Group(*parts, *(Text(line, style="dim") for line in _legend()))


def _outcome(answer: Evidence, outcome: Outcome, before: str, alone: bool) -> list[RenderableType]:
    numbers = answer.numbers
    title = Text(f"{outcome.label}, {measure_short(outcome)}", style="bold")
    design = numbers["design"]
    kind = "an estimate" if design["kind"] == "yi_sei" else f"{design['kind']}, {design['likelihood']} likelihood"
    title.append(f"  next study: {design['words']} ({kind}, standard error about {design['sei']:.2g})", style="dim")
    parts: list[RenderableType] = [title]
    if not answer.passed:
        parts.append(Text("FAILED ITS CHECKS", style="bold red"))
    if alone:
        parts += [Text(before), Text(numbers["goals"][0]["statement"])]
    parts.append(_goals(numbers, outcome))
    if alone:
        parts += _more(numbers, outcome)
    return [*parts, *(Padding(Text(f"- {words}"), (0, 0, 0, 2)) for words in answer.caveats)]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    return table


def _goals(numbers: Mapping[str, Any], outcome: Outcome) -> Table:
    level, target = f"{numbers['level']:g}", f"{numbers['target']:g}"
    table = _table("", "now\n(prior)", f"P(then ≥ {level})\nthis study", "one without\nend", "studies\nwithout end",
                   f"smallest\nfor {target}", "has to show")  # fmt: skip
    for goal in numbers["goals"]:
        table.add_row(
            event(goal, outcome, numbers["new_study"], short=True),
            f"{probability(goal['now'])} ({probability(goal['prior'])})",
            probability(goal["assurance"]),
            probability(goal["ceiling_one"]),
            probability(goal["ceiling_any"]),
            _needed(goal),
            _passing(goal, outcome),
        )
    return table


def _needed(goal: Mapping[str, Any]) -> str:
    if goal["passed"]:
        return "passed"
    found = goal["needed"]
    if found is None:
        return "none"
    return (
        f"{found['size1']:,.0f} + {found['size2']:,.0f}".replace(",", " ") if found["size2"] else _count(found["size1"])
    )


def _count(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _passing(goal: Mapping[str, Any], outcome: Outcome) -> str:
    told = []
    for low, high in goal["passing"]:
        if low is None and high is None:
            told.append("anything")
        elif high is None:
            told.append(f"≥ {shown(low, outcome)}")
        elif low is None:
            told.append(f"≤ {shown(high, outcome)}")
        else:
            told.append(f"{shown(low, outcome)} to {shown(high, outcome)}")
    return " or ".join(told) or "nothing does"


def _more(numbers: Mapping[str, Any], outcome: Outcome) -> list[RenderableType]:
    """Return what other sizes and numbers of studies do."""
    parts: list[RenderableType] = []
    sizes, studies, goals = numbers["sizes"], numbers["studies"], numbers["goals"]
    names = [event(goal, outcome, numbers["new_study"], short=True) for goal in goals]
    if sizes["total"]:
        unit = numbers["design"]["unit"]
        some = slice(max(0, len(sizes["total"]) - 1 - MOST_SIZES), -1)  # the largest is all but one without end
        table = _table(f"one study: {unit} in all", *(_count(total) for total in sizes["total"][some]))
        for name, row in zip(names, sizes["assurance"], strict=True):
            table.add_row(name, *(_chance(chance) for chance in row[some]))
        parts.append(table)
    if studies is not None and len(studies["count"]) > 1:
        table = _table(f"several: {names[0]}", *map(str, studies["count"]))
        for one in studies["sizes"]:
            table.add_row(_each(one, numbers), *(_chance(chance) for chance in one["assurance"]))
        parts.append(table)
    return parts


def _chance(value: float) -> str:
    """Say a probability in a narrow column, and never as certain."""
    return "<.01" if value < 0.005 else ">.99" if value >= 0.995 else f"{value:.2f}"


def _each(one: Mapping[str, Any], numbers: Mapping[str, Any]) -> str:
    if one["total"] is not None:
        return f"{_count(one['total'])} {numbers['design']['unit']} each"
    return "without end" if one["sei"] == 0.0 else f"standard error {one['sei']:.2g} each"


def _legend() -> list[str]:
    return [
        "now: the probability from the reports so far, in parentheses the same before any. this study: the probability"
        " that it will be at least the level after the next study, over everything that study may find. one without"
        " end: a single study whose own effect is known without error; studies without end: the mean effect is known.",
        "Other sizes, and several studies, by the normal approximation of their reports.",
    ]


def document(found: Planned, fingerprint: Mapping[str, str]) -> dict[str, Any]:
    """Return everything as plain data.

    Parameters
    ----------
    found : Planned
    fingerprint : Mapping
        Model fingerprint by outcome.
    """
    analysis = analysis_document(found.analysis, fingerprint)
    return {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "analysis": {**analysis, "schema": ANALYSIS},
        "plans": [
            {
                "outcome": name,
                "statement": answer.statement,
                "caveats": list(answer.caveats),
                "passed": answer.passed,
                **answer.numbers,
            }
            for name, answer in found.answers.items()
        ],
        "skipped": [{"outcome": item.outcome, "reason": item.reason} for item in found.skipped],
    }
