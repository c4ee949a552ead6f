"""The specification curve: every specification in the order of its answer, and below it what each chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.decomposition import ABOVE, BELOW, UNDECIDED
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown, probability, shown
from irlbayes.report.canvas import Backend, Panel
from irlbayes.report.colors import BLUE, GREEN, GREY, INK, ORANGE
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.lettering import WIDE, shortened
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ends_of

if TYPE_CHECKING:
    import pandas as pd

OF = ("multiverse", "middle")
TITLE = "Every defensible answer"
COLORS = {ABOVE: ORANGE, UNDECIDED: GREY, BELOW: BLUE, "": GREY}
MARKS = {ABOVE: "up", UNDECIDED: "circle", BELOW: "down", "": "circle"}
WORDS = {ABOVE: "called above", UNDECIDED: "undecided", BELOW: "called below"}
ESTIMATES = ("median", "ci_low", "ci_high")


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = WIDE) -> Any:
    """Draw probabilities and estimates with intervals, colored by the decision, above the matrix of choices.

    Parameters
    ----------
    evidence : Evidence
        With numbers ``specifications``, ``axes``, ``value``, ``decision`` and ``level``.
    outcome : Outcome
    backend : str
    width : float
        Inches; a page's by default.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    rows = _rows(evidence)
    axes = {name: one["options"] for name, one in numbers["axes"].items() if len(one["options"]) > 1}
    chance = numbers["value"] == "p_gt_null"
    lines = sum(len(options) for options in axes.values()) + len(axes)
    page = sheet(
        backend, width, (*([1.3] if chance else []), 1.5, *([0.14 * lines + 0.1] if lines else [])), shared=True
    )
    places = np.arange(1, len(rows) + 1)
    primary = 1 + next(i for i, row in enumerate(rows) if row["number"] == 0)
    for panel in page.panels:
        panel.upright(primary, GREEN, "solid", 1.0, name="primary" if panel is page.panels[0] else "")
    if chance:
        _chances(page.panels[0], rows, places, numbers["decision"], outcome)
    _estimates(page.panels[int(chance)], rows, places, outcome, numbers["level"])
    if lines:
        _choices(page.panels[-1], rows, places, axes, page.wide)
    said = f"specification, in the order of its answer ({len(rows)})"
    for panel in page.panels:
        panel.scale("x", said if panel is page.panels[-1] else "", 0.0, len(rows) + 1.0)
        if panel is not page.panels[-1]:
            panel.bare("x")
    return finished(page, outcome.label)


def _rows(evidence: Evidence) -> list[dict[str, Any]]:
    return [row for row in evidence.numbers["specifications"] if row[evidence.numbers["value"]] is not None]


def _chances(panel: Panel, rows: list[Any], places: Any, decision: float, outcome: Outcome) -> None:
    chances = np.array([row["p_gt_null"] for row in rows])
    decisions = [row["decision"] for row in rows]
    for name in (BELOW, UNDECIDED, ABOVE):
        here = np.array([one == name for one in decisions])
        if here.any():
            panel.marks(
                places[here],
                chances[here],
                MARKS[name],
                COLORS[name],
                2.4,
                COLORS[name],
                f"{WORDS[name]}: {here.sum()}",
            )
    low, high = ends_of(
        [*chances, *(at for at in (decision, 1.0 - decision) if chances.min() - 0.05 <= at <= chances.max() + 0.05)]
    )
    for at in (decision, 1.0 - decision):
        if low <= at <= high:
            panel.level(at, INK, "dotted", 0.8)
    panel.scale("y", f"P(> {null_shown(outcome)})", low, high)


def _estimates(panel: Panel, rows: list[Any], places: Any, outcome: Outcome, level: float) -> None:
    width = max(0.3, min(1.2, 200.0 / len(rows)))
    for name in dict.fromkeys(row["decision"] for row in rows):
        here = [i for i, row in enumerate(rows) if row["decision"] == name]
        middle, low, high = ([rows[i][key] for i in here] for key in ESTIMATES)
        panel.segments(low, high, places[here], upright=True, color=COLORS[name], width=width, alpha=0.45)
        panel.marks(places[here], middle, "circle", COLORS[name], 1.8, COLORS[name])
    panel.effects(
        outcome, *ends_of([row[key] for row in rows for key in ESTIMATES]), f"median, {level:.0%} interval\n", "y"
    )


def _choices(panel: Panel, rows: list[Any], places: Any, axes: dict[str, list[str]], wide: bool) -> None:
    """Draw a mark where a specification chose an option: a line per option, a gap and a name per axis."""
    labels, at, line = [], [], 0
    width = max(0.25, min(2.0, 300.0 / len(rows)))
    for axis, options in axes.items():
        labels.append(axis.upper())
        at.append(line)
        line += 1
        for option in options:
            chosen = np.array([row["choices"][axis] == option for row in rows])
            for name in dict.fromkeys(row["decision"] for row in rows):
                here = chosen & np.array([row["decision"] == name for row in rows])
                if here.any():
                    low, high = (np.full(here.sum(), line + side) for side in (-0.36, 0.36))
                    panel.segments(low, high, places[here], upright=True, color=COLORS[name], width=width)
            labels.append(shortened(option.replace("_", " "), 40 if wide else 18))
            at.append(line)
            line += 1
    panel.scale("y", "", line - 0.3, -0.7, at, labels)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per specification with an answer, in their order: its choices and its numbers."""
    names = (*ESTIMATES, "p_gt_null", "decision")
    rows = [
        {"number": row["number"], **row["choices"], **{name: row[name] for name in names}} for row in _rows(evidence)
    ]
    return frame_of(rows, outcome, {**dict.fromkeys(ESTIMATES, effect_unit(outcome)), "p_gt_null": "probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say the range of the answers, how many decide which way, and where the primary one stands."""
    rows = _rows(evidence)
    primary = next(row for row in rows if row["number"] == 0)
    medians = [row["median"] for row in rows]
    text = (
        f"{outcome.label}: {len(rows)} specifications in the order of their answers. Medians run from"
        f" {shown(min(medians), outcome)} to {shown(max(medians), outcome)}; the primary one gives"
        f" {shown(primary['median'], outcome)}."
    )
    if evidence.numbers["value"] != "p_gt_null":
        return text
    chances = [row["p_gt_null"] for row in rows]
    counts = [f"{sum(row['decision'] == name for row in rows)} {words}" for name, words in WORDS.items()]
    return (
        f"{text} P(> {null_shown(outcome)}) runs from {probability(min(chances))} to {probability(max(chances))},"
        f" {probability(primary['p_gt_null'])} for the primary one: {', '.join(counts)}."
    )
