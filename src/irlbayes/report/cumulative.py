"""An outcome answered again after each study, as text: a row per step, what each changed, and what looking means."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes.core.ordering import ORDERS
from irlbayes.core.sequence import LOOKS, Cumulated, Followed, Step
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure_short, null_shown, probability, shown, with_interval, worse

MORE = "What looking again means, with its errors counted: docs/why/updating.md."


def page(found: Cumulated) -> RenderableType:
    """Return every outcome's steps; the new study and tau too where one outcome was asked about.

    Parameters
    ----------
    found : Cumulated
    """
    table = found.analysis.table
    parts: list[RenderableType] = [Text(table.title, style="bold")]
    parts += [*(Text(f"read: {sentence}", style="dim") for sentence in table.reading), Text("")]
    alone = len(found.followed) == 1
    for one in found.followed:
        parts += [*_outcome(one, alone), Text("")]
    for item in found.analysis.skipped:
        parts.append(Text(f"{item.outcome}: no answer ({item.reason})", style="dim"))
    if found.analysis.skipped:
        parts.append(Text(""))
    if found.followed:
        parts += [Text(line, style="dim") for line in _legend(alone, found.start)]
        parts += [Text(LOOKS), Text(MORE, style="dim")]
    return Group(*parts)


def _outcome(one: Followed, alone: bool) -> list[RenderableType]:
    outcome, numbers = one.outcome, one.evidence.numbers
    words, _ = worse(outcome)
    title = Text(f"{outcome.label}, {measure_short(outcome)}", style="bold")
    begun = f"from {numbers['review']} on, " if "review" in numbers else ""
    title.append(f"  {begun}in {ORDERS[numbers['by']]}" + (f"; {words}" if words else ""), style="dim")
    parts: list[RenderableType] = [title, _means(one)]
    if alone:
        parts += [_spread(one), Text("what each changed", style="bold")]
        parts += [Padding(Text(f"- {step['words']}"), (0, 0, 0, 2)) for step in numbers["steps"][1:]]
        parts += [Text("")]
    parts.append(Text(one.evidence.statement))
    left_out = [row["study"] for row in numbers.get("left_out", ())]
    if left_out:
        words = f"Left out, because they may be in the review and no study counts twice: {', '.join(left_out)}."
        parts.append(Text(words))
    own = [caveat for caveat in one.evidence.caveats if caveat != LOOKS]
    return [*parts, *(Padding(Text(f"- {caveat}", style="dim"), (0, 0, 0, 2)) for caveat in own)]


def _means(one: Followed) -> Table:
    """Return the mean effect and its probabilities after each step."""
    outcome, numbers = one.outcome, one.evidence.numbers
    steps = numbers["steps"]
    sizes = steps[-1]["mu"]["thresholds"]
    beside = {"publication": "published", "precision": "se"}.get(numbers["by"])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("k", justify="right", no_wrap=True)
    table.add_column("study added", overflow="fold")
    if beside:
        table.add_column(beside, no_wrap=True)
    table.add_column("report", overflow="fold")
    table.add_column(f"mean effect [{numbers['level']:.0%}]", no_wrap=True)
    if outcome.null is not None:
        table.add_column(f"P(> {null_shown(outcome)})", justify="right", no_wrap=True)
    for size in sizes:
        table.add_column(f"P(> {shown(size['value'], outcome)})", justify="right", no_wrap=True)
    table.add_column("surprise", justify="right", no_wrap=True)
    for step in steps:
        mu = step["mu"]
        cells = [_count(step), _studies(step)]
        if beside:
            cells.append("\n".join(_beside(added, beside) for added in step["added"]))
        cells += ["\n".join(added["report"] for added in step["added"]), _effect(mu, outcome)]
        if outcome.null is not None:
            cells.append("–" if mu is None else probability(mu["p_gt_null"]))
        cells += ["–"] * len(sizes) if mu is None else [probability(size["p_gt"]) for size in mu["thresholds"]]
        cells.append("\n".join(_surprise(added["tail"]) for added in step["added"]))
        table.add_row(*map(Text, cells), style="" if step["passed"] else "bold red")
    return table


def _spread(one: Followed) -> Table:
    """Return the effect in a new study, tau and the log score after each step."""
    outcome, numbers = one.outcome, one.evidence.numbers
    level = f"[{numbers['level']:.0%}]"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("k", justify="right", no_wrap=True)
    table.add_column("study added", overflow="fold")
    table.add_column(f"in a new study {level}", no_wrap=True)
    if outcome.null is not None:
        table.add_column(f"P(> {null_shown(outcome)})", justify="right", no_wrap=True)
    table.add_column(f"tau {level}", no_wrap=True)
    table.add_column("log score", justify="right", no_wrap=True)
    for step in numbers["steps"]:
        new, tau = step["new_study"], step["tau"]
        cells = [_count(step), _studies(step), _effect(new, outcome)]
        if outcome.null is not None:
            cells.append("–" if new is None else probability(new["p_gt_null"]))
        cells.append("–" if tau is None else f"{tau['median']:.3g} [{tau['ci_low']:.2g}, {tau['ci_high']:.2g}]")
        cells.append("–" if step["log_score"] is None else f"{step['log_score']:.2f}".replace("-", "−"))
        table.add_row(*map(Text, cells))
    return table


def _count(step: Step) -> str:
    """Count the reports so far; a review is none."""
    return "–" if step["added"] and not step["k"] else str(step["k"])


def _studies(step: Step) -> str:
    return "\n".join(added["study"] for added in step["added"]) if step["added"] else "(the prior)"


def _beside(added: Any, name: str) -> str:
    return added["published"] or "–" if name == "published" else f"{added['se']:.3g}"


def _surprise(value: float | None) -> str:
    """Say a two-sided tail probability, which can be one: a report in the very middle of what was expected."""
    return "1" if value is not None and value > 0.9995 else probability(value)


def _effect(numbers: Any, outcome: Outcome) -> str:
    return "–" if numbers is None else with_interval(numbers, outcome)


def _legend(alone: bool, start: str) -> list[str]:
    last = "irlbayes analyze" if start == "prior" else "irlbayes published (both)"
    lines = [
        f"The first row is the prior itself, and the last row the answer of {last}. P(> ...): probability that the mean"
        " effect is above no effect, or above a declared threshold.",
        "surprise: how unexpected the report was; small is unexpected. It is the probability, given the studies before,"
        " that a report of its kind and design would lie as far out on either side; for a report without a size, by"
        " simulation.",
    ]
    if alone:
        lines.append(
            "log score: log of the probability (or density) that the studies before gave to the report; the scores add"
            " up to the log marginal likelihood in any order. tau: sd between studies, on the scale of pooling."
        )
    else:
        lines.append("The effect in a new study, tau and what each study changed: irlbayes cumulative --outcome NAME.")
    return lines


def document(found: Cumulated) -> list[dict[str, Any]]:
    """Return the steps of every outcome, as plain data for the JSON document.

    Parameters
    ----------
    found : Cumulated
    """
    return [
        {
            "outcome": one.outcome.name,
            "statement": one.evidence.statement,
            "passed": one.evidence.passed,
            "caveats": list(one.evidence.caveats),
            **one.evidence.numbers,
        }
        for one in found.followed
    ]
