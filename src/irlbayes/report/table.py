"""Tables for people at a terminal: draws numbers that were computed elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes.core.answers import Analysis, Result
from irlbayes.core.errors import Problem
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome, Published, ReportTable
from irlbayes.core.words import measure_short, null_shown, probability, shown

HARM = {"+": "+", "-": "−", "": ""}


def analysis(result: Analysis) -> RenderableType:
    """Return the whole answer: a row per outcome, what was skipped, and the notes.

    Parameters
    ----------
    result : Analysis
    """
    parts: list[RenderableType] = [Text(result.table.title, style="bold")]
    parts += [*(Text(f"read: {sentence}", style="dim") for sentence in result.table.reading), Text("")]
    if result.results:
        parts += [_overview(result), Text(""), *_legend(result)]
    if len(result.results) == 1:
        parts += [Text(""), *_detail(result.results[0], result.settings.level)]
    if result.skipped:
        parts += [Text(""), _skipped(result)]
    notes = [*result.table.notes]
    if len(result.results) > 1:
        notes.append("Caveats and studies of one outcome: irlbayes analyze --outcome NAME.")
    if notes:
        parts += [Text(""), *(Text(note, style="dim") for note in notes)]
    return Group(*parts)


def _overview(result: Analysis) -> Table:
    level = f"{result.settings.level:.0%}"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("\n\noutcome", overflow="fold")
    table.add_column("\n\nk", justify="right", no_wrap=True)
    table.add_column(f"\nmean effect\n[{level} interval]", no_wrap=True)
    table.add_column("mean\nP(> null)\n(prior)", justify="right", no_wrap=True)
    table.add_column("new study\nP(> null)\n(prior)", justify="right", no_wrap=True)
    table.add_column("\n\nharm", no_wrap=True)
    for item in result.results:
        outcome = item.outcome
        pooled, new = item.answers["pooled"].numbers, item.answers["new_study"].numbers
        name = Text(outcome.label).append(f", {measure_short(outcome)}", style="dim")
        if not item.passed:
            name.append("  FAILED ITS CHECKS", style="bold red")
        count = str(len(item.posterior.effects.studies))
        table.add_row(name, count, _estimate(pooled, outcome), _chance(pooled), _chance(new), HARM[outcome.harm])
        for row in outcome.reference:
            cells = (f"  {row.review}, {row.measure}", "" if row.k is None else str(row.k), _published(row))
            table.add_row(*(Text(cell, style="dim") for cell in cells))
    return table


def _chance(numbers: Any) -> str:
    """Return P(> null) with the prior's value in parentheses."""
    if numbers["p_gt_null"] is None:
        return "–"
    return f"{probability(numbers['p_gt_null'])} ({probability(numbers['prior_p_gt_null'])})"


def _estimate(numbers: Any, outcome: Outcome) -> str:
    middle = numbers["mean"] if numbers["mean"] is not None else numbers["median"]
    return f"{shown(middle, outcome)} [{shown(numbers['ci_low'], outcome)}, {shown(numbers['ci_high'], outcome)}]"


def _published(row: Published) -> str:
    if row.estimate is None:
        return "estimate not available"
    if row.ci_lb is None or row.ci_ub is None:
        return f"{row.estimate:g} [not available]".replace("-", "−")
    return f"{row.estimate:g} [{row.ci_lb:g}, {row.ci_ub:g}]".replace("-", "−")


def _legend(result: Analysis) -> list[Text]:
    lines = [
        "P(> null): probability that the effect is above no effect (0, or 1 for ratios), for the mean of all studies"
        " and for the true effect in a new one; in parentheses the same before the data. harm: the sign that is worse"
        " for patients.",
    ]
    if any(item.outcome.reference for item in result.results):
        lines.append("Indented rows are results that published reviews printed, set beside ours and never mixed in.")
    engines = Counter(item.posterior.engine for item in result.results)
    lines.append("Engine: " + ", ".join(f"{name} ({count})" for name, count in engines.items()) + ".")
    return [Text(line, style="dim") for line in lines]


def _detail(item: Result, level: float) -> list[RenderableType]:
    outcome, posterior = item.outcome, item.posterior
    tau, i2 = item.answers["heterogeneity"].numbers["tau"], item.answers["heterogeneity"].numbers["i2"]
    heterogeneity = f"tau {tau['median']:.3g} [{tau['ci_low']:.3g}, {tau['ci_high']:.3g}]"
    omega = item.answers["heterogeneity"].numbers["omega"]
    if omega is not None:
        heterogeneity += f", omega {omega['median']:.3g} [{omega['ci_low']:.3g}, {omega['ci_high']:.3g}]"
    if i2 is not None:
        heterogeneity += f", I² {i2['median']:.0%} [{i2['ci_low']:.0%}, {i2['ci_high']:.0%}]"
    model = posterior.model
    parts: list[RenderableType] = [Text(item.statement), Text(""), _studies(item, level), Text("")]
    if item.answers["pooled"].numbers["thresholds"]:
        parts += [_thresholds(item), Text("")]
    bound = "" if posterior.error_bound is None else f", error bound {posterior.error_bound:.1g}"
    scale = SCALES[outcome.scale]
    if scale.transform != "none":
        heterogeneity += f"; tau is on the scale of the {scale.words}"
    parts.append(Text(f"heterogeneity (medians): {heterogeneity}"))
    parts.append(Text(f"mu ~ {model.mu}: {model.mu.reason}", style="dim"))
    parts.append(Text(f"tau ~ {model.tau}: {model.tau.reason}", style="dim"))
    if model.within is not None:
        parts.append(
            Text(f"omega (sd between rows of one cohort) ~ {model.within}: {model.within.reason}", style="dim")
        )
    parts.append(Text(f"engine: {posterior.engine}{bound}", style="dim"))
    if item.caveats:
        parts += [Text(""), Text("caveats", style="bold"), *(_bullet(text) for text in item.caveats)]
    if posterior.effects.left_out:
        left = [f"{identity}: {reason}" for identity, reason in posterior.effects.left_out]
        parts += [Text(""), Text("rows left out", style="bold"), *(_bullet(text, "dim") for text in left)]
    return parts


def _bullet(text: str, style: str = "") -> Padding:
    return Padding(Text(f"- {text}", style=style), (0, 0, 0, 2))


def _studies(item: Result, level: float) -> Table:
    outcome = item.outcome
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("study", overflow="fold")
    table.add_column("report", no_wrap=True)
    table.add_column(f"as reported [{level:.0%}]", overflow="fold")
    table.add_column(f"in the light of the others [{level:.0%}]", overflow="fold")
    table.add_column("P(> null)", justify="right", no_wrap=True)
    table.add_column("information", justify="right", no_wrap=True)
    for entry in item.answers["shrinkage"].numbers["studies"]:
        table.add_row(
            Text(entry["study"]),
            entry["report"],
            _reported(entry, outcome, level),
            _estimate(entry, outcome),
            probability(entry["p_gt_null"]),
            "–" if entry["share"] is None else f"{entry['share']:.0%}",
        )
    return table


def _reported(entry: Any, outcome: Outcome, level: float) -> str:
    if entry["yi"] is None:
        return "no size"
    reach = entry["sei"] * NormalDist().inv_cdf(0.5 + 0.5 * level)
    ends = (shown(entry["yi"] - reach, outcome), shown(entry["yi"] + reach, outcome))
    return f"{shown(entry['yi'], outcome)} [{ends[0]}, {ends[1]}]"


def _thresholds(item: Result) -> Table:
    outcome = item.outcome
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in ("threshold", "P(mean above)", "below", "within", "prior P(above)", "P(new study above)"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("source", overflow="fold")
    news = item.answers["new_study"].numbers["thresholds"]
    for entry, new in zip(item.answers["pooled"].numbers["thresholds"], news, strict=True):
        table.add_row(
            shown(entry["value"], outcome),
            *(probability(entry[key]) for key in ("p_gt", "p_lt", "p_abs_lt", "prior_p_gt")),
            probability(new["p_gt"]),
            Text(f"{entry['kind']}: {entry['source']}"),
        )
    return table


def _skipped(result: Analysis) -> Table:
    table = Table(
        title="outcomes without an answer",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("outcome", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for item in result.skipped:
        table.add_row(item.outcome, Text(item.reason))
    return table


def outcomes(table: ReportTable) -> RenderableType:
    """Return the outcomes of an evidence base with how many rows each has, primary and sensitivity."""
    title = table.title
    drawn = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("outcome", "label", "scale", "null", "harm"):
        drawn.add_column(name, overflow="fold")
    drawn.add_column("primary", justify="right")
    drawn.add_column("sensitivity", justify="right")
    counts = Counter((report.outcome, report.use) for report in table.reports)
    for name, outcome in table.outcomes.items():
        scale = f"{outcome.scale} ({outcome.unit})" if outcome.unit else outcome.scale
        numbers = (str(counts[name, "primary"]), str(counts[name, "sensitivity"]))
        drawn.add_row(name, outcome.label, scale, null_shown(outcome) or "–", HARM[outcome.harm], *numbers)
    return drawn


def problems(found: Iterable[Problem]) -> RenderableType:
    """Return all problems of an input as one table."""
    found = list(found)
    columns = {
        "file": [problem.file for problem in found],
        "line": ["" if problem.row is None else str(problem.row) for problem in found],
        "column": [problem.column for problem in found],
        "value": [_visible(problem.value) for problem in found],
        "rule": [problem.rule for problem in found],
        "fix": [problem.fix for problem in found],
    }
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    kept = {name: cells for name, cells in columns.items() if any(cells)}
    for name in kept:
        table.add_column(name, overflow="fold", justify="right" if name == "line" else "left", no_wrap=name == "line")
    for row in zip(*kept.values(), strict=True):
        table.add_row(*(Text(_visible(cell)) for cell in row))
    return table


def _visible(text: str) -> str:
    """Return text that cannot move a terminal's cursor, and that fits."""
    safe = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
    return safe if len(safe) <= 400 else safe[:397] + "..."


def to_text(content: RenderableType, width: int = 118) -> str:
    """Return a rendering as plain text of a fixed width, for files and pipes."""
    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(content)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"
