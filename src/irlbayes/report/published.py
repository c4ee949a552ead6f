"""A published result, the reports on file and both, side by side: as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes import __version__
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.starts import Beginning, Start, Started
from irlbayes.core.words import measure_short, null_shown, probability, shown, with_interval

SCHEMA = "irlbayes/published/1"
NAMES = {
    "prior": "prior, before any of it",
    "published": "published only",
    "reports": "reports only",
    "later": "  of these, later ones only",
    "both": "both",
}
STATUS = {"before": "may be in the review", "unknown": "cannot be told from those in the review"}


def page(found: Beginning) -> RenderableType:
    """Return every outcome's three answers, the studies behind them, and what could not start.

    Parameters
    ----------
    found : Beginning
    """
    parts: list[RenderableType] = [Text(found.table.title, style="bold")]
    parts += [*(Text(f"read: {sentence}", style="dim") for sentence in found.table.reading), Text("")]
    for one in found.started:
        parts += [*_outcome(one, found.level, found.table.source), Text("")]
    if found.skipped:
        parts.append(Text("outcomes without a published start", style="bold"))
        reasons: dict[str, list[str]] = {}
        for item in found.skipped:
            reasons.setdefault(item.reason, []).append(item.outcome)
        parts += [_bullet(f"{', '.join(names)}: {reason}") for reason, names in reasons.items()]
        parts.append(Text(""))
    return Group(*parts, *(Text(note, style="dim") for note in found.table.notes))


def _outcome(one: Started, level: float, source: str) -> list[RenderableType]:
    outcome, start, numbers = one.outcome, one.start, one.evidence.numbers
    title = Text(f"{outcome.label}, {measure_short(outcome)}", style="bold")
    title.append(f"  from {start.review}, {start.measure} {start.printed}", style="dim")
    parts: list[RenderableType] = [title, Text(one.evidence.statement)]
    if not one.evidence.passed:
        parts.append(Text("FAILED ITS CHECKS", style="bold red"))
    parts += [_answers(one, level), *_later(one), *_left_out(numbers)]
    parts += [_bullet(words) for words in one.evidence.caveats]
    parts += [_bullet(f"No answer from the {name} reports alone: {why}.") for name, why in numbers["without"].items()]
    model = one.model
    parts.append(Text(f"mu ~ {model.mu}: {model.mu.reason}", style="dim"))
    parts.append(Text(f"tau ~ {model.tau}: {model.tau.reason}", style="dim"))
    return [*parts, *_elsewhere(one, source)]


def _answers(one: Started, level: float) -> Table:
    outcome = one.outcome
    thresholds = outcome.thresholds
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("answer", no_wrap=True)
    table.add_column("reports", justify="right", no_wrap=True)
    table.add_column(f"mean effect [{level:.0%}]", no_wrap=True)
    if outcome.null is not None:
        for value in (null_shown(outcome), *(shown(size.value, outcome) for size in thresholds)):
            table.add_column(f"P(> {value})", justify="right", no_wrap=True)
    table.add_column("a new study's effect", no_wrap=True)
    for row in one.evidence.numbers["answers"]:
        mu = row["mu"]
        cells = [_name(row), str(row["k"]) if row["k"] else "–", with_interval(mu, outcome)]
        if outcome.null is not None:
            cells += [probability(mu["p_gt_null"]), *(probability(size["p_gt"]) for size in mu["thresholds"])]
        table.add_row(*cells, with_interval(row["new_study"], outcome))
    return table


def _name(row: Mapping[str, Any]) -> str:
    """Name an answer, with the review's weight where it is not whole."""
    name = NAMES[row["name"]]
    weighted = row["power"] not in (None, 1.0)
    return f"{name}, review at {row['power']:g}" if weighted else name


def _later(one: Started) -> Iterator[RenderableType]:
    """Say which studies update the review, and how well each fits what it predicts."""
    rows = one.evidence.numbers["later"]
    if not rows:
        return
    yield Text("studies that cannot be in the review: p is how improbable each is in its light", style="bold")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in ("study", "report"):
        table.add_column(name, no_wrap=True)
    table.add_column("p", justify="right", no_wrap=True)
    table.add_column("why it is later", overflow="fold")
    for row in rows:
        table.add_row(Text(row["study"]), row["report"], probability(row["p"]), Text(row["reason"]))
    yield table


def _left_out(numbers: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Say which studies are left out of both, by reason."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in numbers["left_out"]:
        grouped.setdefault((row["status"], row["reason"]), []).append(row["study"])
    if not grouped:
        return
    yield Text("left out of both, so that no study counts twice", style="bold")
    for status, words in STATUS.items():
        told = [f"{', '.join(names)} ({reason})" for (kind, reason), names in grouped.items() if kind == status]
        if told:
            yield _bullet(f"{words}: {'; '.join(told)}", "dim")


def _elsewhere(one: Started, source: str) -> list[RenderableType]:
    """Say how the start is written as priors."""
    strings = one.evidence.numbers["prior_strings"]
    known = one.start.searched is not None
    since = f"published after {one.start.searched}" if known else "that are not in the review"
    return [
        Text(f'As priors: --prior-mu "{strings["mu"]}" --prior-tau "{strings["tau"]}"'),
        Text(f"They are for studies {since}: with any other a study would count twice.", style="dim"),
    ]


def _bullet(text: str, style: str = "") -> Padding:
    return Padding(Text(f"- {text}", style=style), (0, 0, 0, 2))


# --- plain data ---------------------------------------------------------------------------------------------


def document(found: Beginning) -> dict[str, Any]:
    """Return the answers as plain data (`docs/reference/json.md`)."""
    return {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "evidence": {
            "name": found.table.name,
            "sha256": found.table.sha256,
            "reports": len(found.table.reports),
            "reading": list(found.table.reading),
        },
        "settings": {"level": found.level, "powers": list(found.powers)},
        "results": [_result(one) for one in found.started],
        "skipped": [{"outcome": item.outcome, "reason": item.reason} for item in found.skipped],
    }


def _result(one: Started) -> dict[str, Any]:
    return {
        "outcome": one.outcome.name,
        "scale": one.outcome.scale,
        "null": one.outcome.null,
        "start": _start(one.start),
        "model": {"base": _model(one.base), "start": _model(one.model)},
        "passed": one.evidence.passed,
        "statement": one.evidence.statement,
        "caveats": list(one.evidence.caveats),
        **one.evidence.numbers,
    }


def _start(start: Start) -> dict[str, Any]:
    spread = start.heterogeneity
    return {
        "review": start.review,
        "measure": start.measure,
        "printed": start.printed,
        "estimate": start.estimate,
        "se": start.se,
        "k": start.k,
        "searched": None if start.searched is None else str(start.searched),
        "heterogeneity": None
        if spread is None
        else {"tau": spread.tau, "k": spread.k, "within_variance": spread.within_variance, "words": spread.words},
    }


def _model(model: ModelSpec) -> dict[str, Any]:
    return {
        "name": model.name,
        "mu": {"prior": str(model.mu), "reason": model.mu.reason},
        "tau": {"prior": str(model.tau), "reason": model.tau.reason},
    }


def pictures(found: Beginning) -> Iterator[tuple[str, bytes]]:
    """Draw the three answers of every outcome.

    Yields
    ------
    str
        Name of the file: outcome, ``published`` and ``.png``.
    bytes
    """
    from irlbayes.report.figures import png
    from irlbayes.report.figures.published import draw

    for one in found.started:
        if one.evidence.numbers["densities"] is not None:
            yield f"{one.outcome.name}-published.png", png(draw(one.evidence, one.outcome))
