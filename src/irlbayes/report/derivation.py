"""Where a number came from, for people at a terminal: cells, formulas, likelihood."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes.core.answers import Explanation
from irlbayes.core.types import Finding, Report, ReportTable, Step
from irlbayes.core.words import measure, shown

SOURCE = ("location", "numbers", "derived", "doi", "pmid")
BOOKKEEPING = {
    "id",
    "study",
    "cohort",
    "outcome",
    "report",
    "use",
    "why",
    "read_twice",
    "contrast",
    "instrument",
    *SOURCE,
}


def explanations(items: Iterable[Explanation]) -> RenderableType:
    """Return the derivation of each row, one under the other.

    Parameters
    ----------
    items : iterable of Explanation
    """
    parts: list[RenderableType] = []
    for item in items:
        if parts:
            parts.append(Text(""))
        parts += _one(item)
    return Group(*parts)


def _one(item: Explanation) -> list[RenderableType]:
    report = item.report
    title = Text(f"{report.id}", style="bold")
    title.append(f"  {item.outcome.label}, from a report of the kind {report.kind}", style="")
    parts: list[RenderableType] = [title, Text(f"{report.file}, line {report.line}", style="dim")]
    parts += [Padding(_facts(item), (1, 0, 0, 2))]
    if item.steps:
        parts.append(Padding(_steps(item.steps), (1, 0, 0, 2)))
    if item.study is not None and item.study.yi is not None and item.study.sei is not None:
        low, high = (item.study.yi + side * 1.959963984540054 * item.study.sei for side in (-1.0, 1.0))
        numbers = [shown(value, item.outcome) for value in (item.study.yi, low, high)]
        words = f"as reported: {measure(item.outcome)} {numbers[0]} [{numbers[1]}, {numbers[2]}] (normal, 95 %)"
        parts.append(Padding(Text(words), (1, 0, 0, 2)))
    for note in item.study.notes if item.study else ():
        parts.append(Padding(Text(f"note: {note}"), (1, 0, 0, 2)))
    for one in item.findings:
        parts.append(Padding(Text(f"check ({one.check}): {one.words}"), (1, 0, 0, 2)))
    if item.reason:
        parts.append(Padding(Text(f"does not enter: {item.reason}"), (1, 0, 0, 2)))
    return parts


def _facts(item: Explanation) -> Table:
    """Return what the paper printed and where, and the cells that are read."""
    report = item.report
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name in SOURCE:
        if report.has(name):
            table.add_row({"numbers": "printed"}.get(name, name), report.text(name))
    table.add_row("cells", ", ".join(_cells(report)))
    for name, words in report.origins.items():
        table.add_row(name, words)
    return table


def _cells(report: Report) -> list[str]:
    return [
        f"{name} = {value:.15g}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in report.values.items()
        if name not in BOOKKEEPING
    ]


def _steps(steps: Iterable[Step]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for step in steps:
        words = Text(step.formula)
        if step.source:
            words.append(f"  [{step.source}]", style="dim")
        table.add_row(step.name, "" if step.value is None else f"= {step.value:.6g}".replace("-", "−"), words)
    return table


def reading(table: ReportTable, found: Iterable[Finding]) -> RenderableType:
    """Return what was recognized while reading a table, and what looks wrong in it.

    Parameters
    ----------
    table : ReportTable
    found : iterable of Finding
    """
    parts: list[RenderableType] = [Text(f"read: {sentence}") for sentence in table.reading]
    findings = list(found)
    if findings:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        for one in findings:
            grid.add_row(f"{Path(one.file).name}, line {one.line}" if one.line else "", one.check, one.words)
        count = len(findings)
        parts += [Text(f"{count} {'thing looks' if count == 1 else 'things look'} wrong; nothing was changed:"), grid]
    else:
        parts.append(Text("nothing looks wrong"))
    return Group(*parts)
