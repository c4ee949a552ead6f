"""Priors for people at a terminal: the library's tables, the entries of one, one prior in numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes.core.answers import Evidence
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import shown

HOW = (
    'irlbayes priors NAME lists a table; irlbayes priors "NAME: ENTRY" shows one prior, --figure FILE.png draws it.'
    " In an analysis: --prior-mu, --prior-tau, or prior = in a model's TOML. Names may be shortened, in any case."
)


def tables(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Return the library's tables, one a row."""
    drawn = _table("table", "of", "scales", "entries", "what it holds, and how it is written")
    for row in rows:
        words = Text(row["title"])
        words.append(f"\n{row['written']}", style="dim")
        scales = ", ".join(row["scales"]) or "all with a null"
        drawn.add_row(row["name"], ", ".join(row["roles"]), scales, str(row["entries"] or "–"), words)
    return Group(Text("The library of priors", style="bold"), drawn, Text(HOW, style="dim"))


def entries(
    title: str, source: str, warnings: Sequence[str], rows: Sequence[Mapping[str, Any]], written: str
) -> RenderableType:
    """Return the entries of one table, with its source and warnings."""
    parts: list[RenderableType] = [Text(title, style="bold"), Text(source, style="dim")]
    if rows:
        with_mu = any(row["mu"] for row in rows)
        drawn = _table("entry", "scale", *(("mu ~",) if with_mu else ()), "tau ~", "median of tau")
        for row in rows:
            median = "–" if row["tau_median"] is None else f"{row['tau_median']:.3g}"
            name = f"{row['name']} (!)" if row["warned"] else row["name"]
            cells = (row["mu"] or "–",) if with_mu else ()
            drawn.add_row(Text(name or "–"), ", ".join(row["scales"]), *cells, row["tau"] or "–", median)
        parts.append(drawn)
        if any(row["warned"] for row in rows):
            parts.append(Text("(!) has a warning of its own: show the entry.", style="dim"))
    parts.append(Text(f"Written as {written}.", style="dim"))
    return Group(*parts, *_bullets(warnings))


def card(found: Evidence, outcome: Outcome, clinics: Callable[[float, str], tuple[float, float]]) -> RenderableType:
    """Return one prior: distribution, summary, what it means, source and warnings.

    Parameters
    ----------
    found : Evidence
        Of `known_priors.describe`.
    outcome : Outcome
    clinics : callable
        `known_priors.clinics`.
    """
    numbers, scale = found.numbers, SCALES[outcome.scale]
    drawn = _table("of", "prior", "mean", "median", "central 95 %")
    for role in ("mu", "tau"):
        one = numbers[role]
        if one is not None:
            mean = "none" if one["mean"] is None else f"{one['mean']:.3g}"
            drawn.add_row(role, one["prior"], *(_minus(cell) for cell in (mean, f"{one['median']:.3g}", _range(one))))
    parts: list[RenderableType] = [
        Text(numbers["label"], style="bold"),
        Text(f"on the scale of the {scale.words}", style="dim"),
        drawn,
    ]
    parts += [Text(line) for line in _meaning(numbers, outcome, clinics)]
    reasons = dict.fromkeys(numbers[role]["reason"] for role in ("mu", "tau") if numbers[role] is not None)
    parts += [Text(f"source: {reason}", style="dim") for reason in reasons if reason]
    return Group(*parts, *_bullets(found.caveats))


def _meaning(
    numbers: Mapping[str, Any], outcome: Outcome, clinics: Callable[[float, str], tuple[float, float]]
) -> list[str]:
    """Say on the reader's scale what the priors mean."""
    scale = SCALES[outcome.scale]
    name = scale.printed or scale.words
    lines = []
    if numbers["mu"] is not None and scale.transform != "none":
        ends = [shown(numbers["mu"][end], outcome) for end in ("ci_low", "ci_high")]
        lines.append(f"The mean {name} lies between {ends[0]} and {ends[1]} with probability 0.95.")
    if numbers["tau"] is not None:
        for words, key in (("its median", "median"), ("the upper end of its 95 %", "ci_high")):
            low, high = (_end(end) for end in clinics(numbers["tau"][key], outcome.scale))
            middle = f"{scale.show(0.0):g}"
            lines.append(
                f"With tau at {words} ({numbers['tau'][key]:.3g}) and a mean of {middle}, 95 % of clinics have a true"
                f" {name} between {low} and {high}."
            )
    new = numbers["new_study"]
    if new is not None:
        ends = [shown(new[end], outcome) for end in ("ci_low", "ci_high")]
        lines.append(
            f"Before any data, with mu ~ {new['mu']} and tau ~ {new['tau']}, the true {name} in a new study lies"
            f" between {ends[0]} and {ends[1]} with probability 0.95."
        )
    return lines


def _range(one: Mapping[str, Any]) -> str:
    return f"[{one['ci_low']:.3g}, {one['ci_high']:.3g}]"


def _end(value: float) -> str:
    """Say one end of a range of clinics; what is beyond any clinic, as such."""
    return "almost 0" if 0.0 < value < 1e-3 else _minus(f"{value:.3g}")


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _bullets(lines: Sequence[str]) -> list[Padding]:
    return [Padding(Text(f"- {line}"), (0, 0, 0, 2)) for line in lines]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in columns:
        table.add_column(name, overflow="fold")
    return table
