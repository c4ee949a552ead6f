"""The comparison as Markdown, and its place in a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path

from comparison.cases import Task
from comparison.timing import Measured

BEGIN, END = "<!-- {name}: begin -->", "<!-- {name}: end -->"
QUANTITIES = ("mean", "sd", "q0.025", "q0.975")


def time(seconds: float) -> str:
    """Write a time in the unit that suits it, with three digits."""
    for limit, factor, unit in ((1e-6, 1e9, "ns"), (1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (600.0, 1.0, "s")):
        if seconds < limit:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds / 60.0:.3g} min"


def ratio(value: float) -> str:
    """Write how many times as long as ours; nothing where ours is not there."""
    if not isfinite(value):
        return ""
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.2g}"


def errors(numbers: Mapping[str, float], reference: Mapping[str, float]) -> dict[str, float]:
    """Return, by unknown, the largest error of a tool's mean, sd and ends of the interval, in posterior sds.

    Parameters
    ----------
    numbers, reference : Mapping
        By quantity, such as ``mu.mean``.
    """
    found: dict[str, float] = {}
    for quantity, value in numbers.items():
        unknown, _, what = quantity.partition(".")
        sd = reference.get(f"{unknown}.sd")
        if what in QUANTITIES and sd and quantity in reference and isfinite(value):
            found[unknown] = max(found.get(unknown, 0.0), abs(value - reference[quantity]) / sd)
    return found


def said(numbers: Mapping[str, float], unknown: str) -> str:
    """Write an unknown's mean, sd and interval, as far as a tool gives them."""
    mean, sd, low, high = (numbers.get(f"{unknown}.{what}") for what in QUANTITIES)
    if mean is None:
        return ""
    text = f"{mean:.4f}"
    if sd is not None:
        text += f" ({sd:.4f})"
    if low is not None and high is not None:
        text += f" [{low:.4f}, {high:.4f}]"
    return text


def of_task(task: Task, measured: Sequence[Measured], ours: float) -> str:
    """Return a task's part of the table.

    Parameters
    ----------
    task : Task
    measured : sequence of Measured
        Ours among them, slowest first or as they come.
    ours : float
        Our seconds per unit.
    """
    unknowns = [name for name in ("mu", "ablat", "tau") if f"{name}.mean" in task.reference]
    head = ["tool", f"time per {task.unit}", "times ours"]
    if unknowns:
        head += [f"{name}: mean (sd) [95 %]" for name in unknowns] + ["largest error, in posterior sds"]
    elif task.reference:
        head += ["p"]
    elif any(one.numbers for one in measured):
        head += ["found"]
    rows = []
    if unknowns:
        right = [said(task.reference, name) for name in unknowns]
        rows.append(["*reference: independent quadrature*", "", "", *right, ""])
    elif task.reference:
        rows.append(["*reference: 200,000 replicates*", "", "", f"{task.reference['p']:.3f}"])
    for one in measured:
        row = [one.tool, time(one.seconds), ratio(one.seconds / ours)]
        if unknowns:
            off = errors(one.numbers, task.reference)
            row += [said(one.numbers, name) for name in unknowns]
            row.append("; ".join(f"{name} {off[name]:.1g}" for name in unknowns if name in off))
        elif task.reference:
            row.append(f"{one.numbers['p']:.3f}" if "p" in one.numbers else "")
        elif "found" in head:
            row.append(", ".join(f"{name} {value:,.4g}" for name, value in one.numbers.items()))
        rows.append(row)
    notes = [f"{one.tool}: {one.note}." for one in measured if one.note]
    parts = [f"### {task.words[0].upper()}{task.words[1:]}", markdown(head, rows)]
    return "\n\n".join([*parts, *(["  \n".join(notes)] if notes else [])])


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def put(path: Path, name: str, text: str) -> None:
    """Put text into a page, between its two markers.

    Parameters
    ----------
    path : Path
    name : str
        Of the markers.
    text : str

    Raises
    ------
    ValueError
        Where the page has no such markers.
    """
    begin, end = (marker.format(name=name) for marker in (BEGIN, END))
    page = path.read_text(encoding="utf-8")
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{path} has no place for it: a line {begin} and a line {end}")
    path.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
