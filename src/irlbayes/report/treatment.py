"""Whether treatments help IRL-positive patients more, as text and plain data: the answer, and every row's bearing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from statistics import NormalDist
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes import __version__
from irlbayes.core.treatment import BEARINGS, Bearing, ByRims, Treatment
from irlbayes.core.types import Published
from irlbayes.core.words import measure_short, probability, shown

SCHEMA = "irlbayes/treatment/1"
HEADINGS = {
    "interaction": "two effects of treatment",
    "treated_vs_control": "treated against other patients",
    "one_arm": "one group",
    "prognosis": "patients with rims against others, all treated",
    "exposure": "who is treated",
}
WANTED = "rows that would answer (_pos with rims, _neg without; group 1 treated, group 2 not)"
QUESTION = "Do treatments help IRL-positive patients more?"


def page(found: Treatment) -> RenderableType:
    """Return the answers, the rows that do and do not bear on them, and what would.

    Parameters
    ----------
    found : Treatment
    """
    parts: list[RenderableType] = [Text(found.table.title, style="bold")]
    parts += [*(Text(f"read: {sentence}", style="dim") for sentence in found.table.reading), Text(QUESTION), Text("")]
    for one in found.answers:
        parts += [*_answer(found, one), Text("")]
    if found.bearings:
        count = len(found.bearings)
        title = f"what the evidence has about treatment: {count} {'row' if count == 1 else 'rows'}"
        parts += [Text(title, style="bold"), *_bearings(found), Text("")]
    if found.published:
        parts.append(Text("what reviews printed about treatment, set beside and never mixed in", style="bold"))
        parts += [*(_bullet(_published(row)) for row in found.published), Text("")]
    if not all(one.count for one in found.answers):
        parts += [Text(WANTED, style="bold"), *map(_bullet, found.wanted), Text("")]
    parts += [Text(note, style="dim") for note in found.table.notes]
    return Group(*parts)


def _answer(found: Treatment, one: ByRims) -> list[RenderableType]:
    outcome, model = one.outcome, one.model
    title = Text(f"{outcome.label}, {measure_short(outcome)}", style="bold")
    rows = f"{one.count} {'row' if one.count == 1 else 'rows'}"
    title.append(f"  {rows}, model {model.name}: mu ~ {model.mu}, tau ~ {model.tau}", style="dim")
    if one.evidence is None:
        return [title, Text(f"No answer: {one.failure}.", style="bold red")]
    parts: list[RenderableType] = [title, Text(one.evidence.statement)]
    if not one.evidence.passed:
        parts.append(Text("FAILED ITS CHECKS", style="bold red"))
    if one.count:
        parts.append(_numbers(one))
    caveats = [*one.evidence.caveats, *outcome.notes]
    for result in found.analysis.results:
        if result.outcome.name == outcome.name:
            caveats = list(result.caveats)
    parts += [_bullet(caveat) for caveat in dict.fromkeys(caveats)]
    parts.append(Text(f"mu ~ {model.mu}: {model.mu.reason}", style="dim"))
    return [*parts, Text(f"tau ~ {model.tau}: {model.tau.reason}", style="dim")]


def _numbers(one: ByRims) -> Table:
    """Return the average and a new setting, each with its probability after and before the data."""
    assert one.evidence is not None
    numbers = one.evidence.numbers
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in ("", measure_short(one.outcome), "interval", "P(helps with rims more)", "before the data"):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    for label, key, suffix in (("on average", "effect", ""), ("in a new setting", "new_setting", "_new")):
        entry = numbers[key]
        interval = f"{shown(entry['ci_low'], one.outcome)} to {shown(entry['ci_high'], one.outcome)}"
        chances = [probability(numbers[f"{name}{suffix}"]) for name in ("p_helps_more", "prior_p_helps_more")]
        table.add_row(label, shown(entry["median"], one.outcome), interval, *chances)
    return table


def _bearings(found: Treatment) -> Iterator[RenderableType]:
    rows, sizes = found.bearings, _sizes(found)
    widths = [max(len(cell) for cell in column) for column in zip(*map(_cells, rows), strict=True)]
    for (entered, name), group in groupby(rows, key=lambda one: (one.entered, one.name)):
        members = list(group)
        heading = Text(f"{HEADINGS[name]}: ").append("they answer" if entered else BEARINGS[name], style="dim")
        table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
        for width in widths:
            table.add_column(no_wrap=True, min_width=width)
        table.add_column(overflow="fold")
        for one in members:
            table.add_row(*_cells(one), Text(_own_words(one, sizes.get(one.report.id, ""))))
        yield heading
        yield Padding(table, (0, 0, 0, 2))


def _sizes(found: Treatment) -> dict[str, str]:
    """Return what each row that entered reports, with its normal interval, by the row's id."""
    level, sizes = found.analysis.settings.level, {}
    z = NormalDist().inv_cdf(0.5 + 0.5 * level)
    for result in found.analysis.results:
        for study in result.posterior.effects.studies:
            if study.yi is not None and study.sei is not None:
                ends = (study.yi + side * z * study.sei for side in (0.0, -1.0, 1.0))
                middle, low, high = (shown(end, result.outcome) for end in ends)
                sizes[study.report.id] = f"{measure_short(result.outcome)} {middle} [{low}, {high}]"
    return sizes


def _cells(one: Bearing) -> tuple[str, str, str]:
    return one.report.id, one.report.kind, one.report.use


def _own_words(one: Bearing, size: str) -> str:
    """Return what the row reports and says of itself, and why it stayed out where that is its own matter."""
    own = ": ".join(part for part in (one.report.text("instrument"), one.report.text("why")) if part)
    return "; ".join(part for part in (size, own, "" if BEARINGS[one.name] else one.reason) if part)


def _published(row: Published) -> str:
    if row.estimate is None:
        return f"{row.review}, {row.measure}: not available"
    interval = "" if row.ci_lb is None or row.ci_ub is None else f" ({row.ci_lb:g} to {row.ci_ub:g})"
    return f"{row.review}, {row.measure}: {row.estimate:g}{interval}"


def _bullet(text: str) -> Padding:
    return Padding(Text(f"- {text}"), (0, 0, 0, 2))


def document(found: Treatment) -> dict[str, Any]:
    """Return the answers as plain data; numbers of a posterior are None where no row answers.

    Parameters
    ----------
    found : Treatment
    """
    return {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "question": QUESTION,
        "evidence": {"name": found.table.name, "sha256": found.table.sha256, "reports": len(found.table.reports)},
        "answers": [_plain_answer(one) for one in found.answers],
        "rows": [
            {
                "id": one.report.id,
                "outcome": one.report.outcome,
                "report": one.report.kind,
                "use": one.report.use,
                "bearing": one.name,
                "compares": one.compares,
                "entered": one.entered,
                "reason": one.reason or None,
                "why": one.report.text("why") or None,
            }
            for one in found.bearings
        ],
        "published": [
            {"review": row.review, "measure": row.measure, "estimate": row.estimate, "note": row.note}
            for row in found.published
        ],
        "wanted": list(found.wanted),
    }


def _plain_answer(one: ByRims) -> dict[str, Any]:
    evidence = one.evidence
    return {
        "outcome": one.outcome.name,
        "scale": one.outcome.scale,
        "harm": one.outcome.harm,
        "k": one.count,
        "answered": one.count > 0 and evidence is not None,
        "passed": evidence is not None and evidence.passed,
        "model": {"name": one.model.name, "mu": str(one.model.mu), "tau": str(one.model.tau)},
        "statement": one.failure if evidence is None else evidence.statement,
        "caveats": [] if evidence is None else list(evidence.caveats),
        "numbers": {} if evidence is None else dict(evidence.numbers),
    }
