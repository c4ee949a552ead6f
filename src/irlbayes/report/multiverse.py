"""A multiverse as text, JSON, CSV and a picture: the curve, and which choice moves the answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes import __version__
from irlbayes.core.answers import Evidence
from irlbayes.core.specified import Multiverse
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure_short, null_shown, probability, shown
from irlbayes.report.figures import png, specification_curve

SCHEMA = "irlbayes/multiverse/1"
NUMBERS = ("k", "mean", "median", "ci_low", "ci_high", "p_gt_null", "prior_p_gt_null", "tau_median")


def answers(found: Multiverse, lines: int = 15) -> RenderableType:
    """Return every outcome: the statement, the axes, and the curve.

    Parameters
    ----------
    found : Multiverse
    lines : int
        Lines of the curve, at even distances; 0 for all.
    """
    parts: list[RenderableType] = [Text(found.table.title, style="bold")]
    parts += [*(Text(f"read: {sentence}", style="dim") for sentence in found.table.reading), Text("")]
    for outcome, evidence in found.outcomes:
        parts += [Text(evidence.statement), Text("")]
        if "middle" in evidence.numbers:
            parts += [_axes(outcome, evidence), _curve(outcome, evidence, lines)]
        parts += [Padding(Text(f"- {caveat}"), (0, 0, 0, 2)) for caveat in evidence.caveats]
        parts += [Text("")]
    parts += [Text(f"{name}: no answer ({why})", style="dim") for name, why in found.skipped.items()]
    parts.append(Text(_legend(found), style="dim"))
    return Group(*parts)


def _axes(outcome: Outcome, evidence: Evidence) -> Table:
    """Return a row per option, under a row per axis with more than one."""
    numbers = evidence.numbers
    chance = numbers["value"] == "p_gt_null"
    table = _table("choice", "specifi-\ncations", *_value_heads(outcome, chance), "agree", "variance", "moves by")
    for axis, one in numbers["axes"].items():
        held = len(one["options"]) == 1
        if held:
            continue
        moved = one["moved"]
        share = "–" if moved["variance_share"] is None else f"{moved['variance_share']:.0%}"
        table.add_row(Text(f"{axis}: {one['words']}", style="bold"), *[""] * 4, share, _distance(moved["mean_range"]))
        for told, words in zip(one["by_option"], one["meaning"], strict=True):
            name = Text(f"  {told['option']}").append(f"  {words}", style="dim")
            table.add_row(name, str(told["specifications"]), *_values(told, outcome, chance), "", "")
    return table


def _value_heads(outcome: Outcome, chance: bool) -> tuple[str, str]:
    return (f"P(> {null_shown(outcome)})\nmiddle", "lowest\nto highest") if chance else ("median", "lowest\nto highest")


def _values(told: Mapping[str, Any], outcome: Outcome, chance: bool) -> list[str]:
    if told["median"] is None:
        return ["–", "–", "–"]
    say = probability if chance else lambda value: shown(value, outcome)
    share = f"{told['share']:.0%}" if chance else "–"
    return [say(told["median"]), f"{say(told['lowest'])} to {say(told['highest'])}", share]


def _distance(value: float) -> str:
    return f"{value:.3f}"


def _curve(outcome: Outcome, evidence: Evidence, lines: int) -> Table:
    """Return lines of the curve, the primary one among them, each with what it chooses otherwise."""
    numbers = evidence.numbers
    rows = [row for row in numbers["specifications"] if row[numbers["value"]] is not None]
    primary = next(row for row in rows if row["number"] == 0)
    null = null_shown(outcome)
    table = _table(
        "line", f"P(> {null})" if null else "", f"{measure_short(outcome)} [{numbers['level']:.0%}]", "k", "decision",
        "chosen otherwise than in the primary specification",
    )  # fmt: skip
    table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
    for place in _places(len(rows), lines, rows.index(primary)):
        row = rows[place]
        other = [f"{axis}={name}" for axis, name in row["choices"].items() if name != primary["choices"][axis]]
        ends = f"[{shown(row['ci_low'], outcome)}, {shown(row['ci_high'], outcome)}]"
        table.add_row(
            str(place + 1),
            probability(row["p_gt_null"]),
            f"{shown(row['median'], outcome)} {ends}",
            str(row["k"]),
            row["decision"] or "–",
            Text("primary", style="bold") if row is primary else Text(", ".join(other)),
        )
    return table


def _places(count: int, lines: int, primary: int) -> list[int]:
    """Return which lines are shown: the ends, the primary one, and others at even distances."""
    if not lines or lines >= count:
        return list(range(count))
    even = {round(i * (count - 1) / max(lines - 1, 1)) for i in range(lines)}
    return sorted({*even, primary})


def _legend(found: Multiverse) -> str:
    decision = found.settings["decision"]
    return (
        f"Decision: above where P(> null) is at least {decision:g}, below where it is at most {1.0 - decision:g}, else"
        " undecided. agree: share that decides as the primary specification. variance: share of the variance between"
        " all specifications that lies between the options of this choice. moves by: range of the answer when this"
        " choice alone changes, averaged over the others. Every specification counts once; those with the same studies,"
        f" model and priors share a posterior. Engine: {found.settings['engine']}; {found.counts['specifications']}"
        f" specifications, {found.counts['posteriors']} posteriors."
    )


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", overflow="fold", no_wrap=place > 0)
    return table


def document(found: Multiverse) -> dict[str, Any]:
    """Return everything as plain data.

    Parameters
    ----------
    found : Multiverse
    """
    return {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "evidence": {"name": found.table.name, "sha256": found.table.sha256, "reports": len(found.table.reports)},
        "settings": dict(found.settings),
        "counts": {name: found.counts[name] for name in ("specifications", "posteriors")},
        "outcomes": [
            {
                "outcome": outcome.name,
                "scale": outcome.scale,
                "unit": outcome.unit or None,
                "statement": evidence.statement,
                "caveats": list(evidence.caveats),
                "passed": evidence.passed,
                **evidence.numbers,
            }
            for outcome, evidence in found.outcomes
        ],
        "skipped": [{"outcome": name, "reason": why} for name, why in found.skipped.items()],
    }


def csv_of(found: Multiverse) -> str:
    """Return a line per specification, in the order of the curve.

    Parameters
    ----------
    found : Multiverse
    """
    out = io.StringIO()
    names = list(dict.fromkeys(axis for _, evidence in found.outcomes for axis in evidence.numbers["axes"]))
    columns = [
        "outcome",
        "line",
        "primary",
        *names,
        *NUMBERS,
        "decision",
        "agrees",
        "engine",
        "passed",
        "posterior",
        "reason",
    ]
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for outcome, evidence in found.outcomes:
        rows: Sequence[Mapping[str, Any]] = evidence.numbers["specifications"]
        primary = next(row for row in rows if row["number"] == 0)
        for line, row in enumerate(rows, start=1):
            answered = row["engine"] != ""
            writer.writerow(
                {
                    "outcome": outcome.name,
                    "line": line,
                    "primary": int(row is primary),
                    **row["choices"],
                    **{name: row[name] for name in NUMBERS},
                    "decision": row["decision"],
                    "agrees": int(row["decision"] == primary["decision"]) if answered and row["decision"] else "",
                    "engine": row["engine"],
                    "passed": int(row["passed"]) if answered else "",
                    "posterior": row["key"],
                    "reason": row["reason"],
                }
            )
    return out.getvalue()


def picture(found: Multiverse) -> bytes:
    """Return the specification curve of the first outcome as a PNG.

    Parameters
    ----------
    found : Multiverse
    """
    outcome, evidence = found.outcomes[0]
    return png(specification_curve.draw(evidence, outcome), specification_curve.describe(evidence, outcome))
