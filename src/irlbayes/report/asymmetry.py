"""Pictures and tests of asymmetry as text: what may be read, what each says, and ours beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Look, Looked
from irlbayes.core.words import measure_short


def look(found: Look) -> RenderableType:
    """Return every outcome's limits, pictures and tests."""
    parts: list[RenderableType] = []
    for one in found.looked:
        parts += [_outcome(one), Text("")]
    for item in found.analysis.skipped:
        parts.append(Text(f"{item.outcome}: nothing to look at ({item.reason})", style="dim"))
    readable = [one.funnel.outcome.name for one in found.looked if not one.funnel.obstacles]
    named = ", ".join(readable) if readable else "no outcome"
    parts += [
        Text(f"Tests of asymmetry may be read for: {named} (of {len(found.looked)}).", style="bold"),
        Text("No result here changes an answer, and asymmetry is not publication bias.", style="dim"),
        *(Text(f"{name}: {' '.join(words)}", style="dim") for name, words in _notes(found).items()),
    ]
    return Group(*parts)


def _notes(found: Look) -> dict[str, dict[str, None]]:
    """Return what bounds each picture and test wherever it is used, said once."""
    notes: dict[str, dict[str, None]] = {}
    for one in found.looked:
        for name, answer in one.answers.items():
            own = [words for words in answer.caveats if words not in one.funnel.limits]
            if own:
                notes.setdefault(name, {}).update(dict.fromkeys(own))
    return notes


def _outcome(one: Looked) -> RenderableType:
    outcome, funnel = one.funnel.outcome, one.funnel
    count = len(funnel.marks)
    title = Text(f"{outcome.label}, {measure_short(outcome)}", style="bold")
    title.append(f"  {count} {'row' if count == 1 else 'rows'}, {len(funnel.sized)} with a size", style="dim")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("what it says", overflow="fold")
    for name, found in one.answers.items():
        table.add_row(name, _mark(found), Text(found.statement))
    reasons: dict[str, list[str]] = {}
    for name, reason in one.skipped.items():
        reasons.setdefault(reason, []).append(name)
    skipped = [Text(f"  {', '.join(names)}: {reason}", style="dim") for reason, names in reasons.items()]
    limits = [Padding(Text(f"- {words}"), (0, 0, 0, 2)) for words in funnel.limits]
    return Group(title, *limits, table, *skipped)


def _mark(found: Evidence) -> Text:
    """Say whether a test may be read, and whether it sees something; nothing for a picture."""
    if "flag" not in found.numbers:
        return Text("")
    if not found.numbers["usable"]:
        return Text("says nothing", style="dim")
    return Text("p < 0.1", style="bold") if found.numbers["flag"] else Text("p >= 0.1")


def document(found: Look) -> list[dict[str, Any]]:
    """Return what pictures and tests said, as plain data for the JSON document."""
    return [
        {
            "outcome": one.funnel.outcome.name,
            "rows": len(one.funnel.marks),
            "with_size": len(one.funnel.sized),
            "without_size": list(one.funnel.without),
            "obstacles": list(one.funnel.obstacles),
            "limits": list(one.funnel.limits),
            "answers": {name: _answer(answer) for name, answer in one.answers.items()},
            "skipped": dict(one.skipped),
        }
        for one in found.looked
    ]


def _answer(found: Evidence) -> Mapping[str, Any]:
    return {"statement": found.statement, "caveats": list(found.caveats), "numbers": dict(found.numbers)}
