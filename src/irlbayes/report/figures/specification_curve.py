"""The specification curve: every specification in the order of its answer, and below it what each chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.decomposition import ABOVE, BELOW, UNDECIDED
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure, null_shown
from irlbayes.report.figures import BLUE, GREEN, GREY, ORANGE, SMALL, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OF = ("multiverse", "middle")
WIDE = 6.7  # inches: 17 cm, the width of a page
COLORS = {ABOVE: ORANGE, UNDECIDED: GREY, BELOW: BLUE, "": GREY}
WORDS = {ABOVE: "called above", UNDECIDED: "undecided", BELOW: "called below"}


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw probabilities and estimates with intervals, colored by the decision, above the matrix of choices.

    Parameters
    ----------
    evidence : Evidence
        With numbers ``specifications``, ``axes``, ``value``, ``decision`` and ``level``.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    rows = [row for row in numbers["specifications"] if row[numbers["value"]] is not None]
    axes = {name: one["options"] for name, one in numbers["axes"].items() if len(one["options"]) > 1}
    chance = numbers["value"] == "p_gt_null"
    lines = sum(len(options) for options in axes.values()) + len(axes)
    heights = [*([1.3] if chance else []), 1.5, *([0.13 * lines + 0.2] if lines else [])]
    figure, panels = sheet(len(heights), 1, sum(heights) + 0.5, WIDE, heights)
    places = np.arange(1, len(rows) + 1)
    primary = 1 + next(i for i, row in enumerate(rows) if row["number"] == 0)
    for panel in panels:
        panel.set_xlim(0.0, len(rows) + 1.0)
        panel.axvline(primary, color=GREEN, linewidth=0.9, zorder=0)
    if chance:
        _chances(panels[0], rows, places, numbers["decision"], outcome, primary)
    _estimates(panels[int(chance)], rows, places, outcome, numbers["level"])
    if lines:
        _choices(panels[-1], rows, places, axes)
    for panel in panels[:-1]:
        panel.tick_params(labelbottom=False)
    panels[-1].set_xlabel(f"specification, in the order of its answer ({len(rows)})", fontsize=SMALL)
    figure.align_ylabels(panels[:2])
    return figure


def _chances(panel: Axes, rows: list[Any], places: Any, decision: float, outcome: Outcome, primary: int) -> None:
    chances = np.array([row["p_gt_null"] for row in rows])
    decisions = [row["decision"] for row in rows]
    for name in (BELOW, UNDECIDED, ABOVE):
        here = np.array([one == name for one in decisions])
        if here.any():
            label = f"{WORDS[name]}: {here.sum()}"
            panel.plot(places[here], chances[here], ".", color=COLORS[name], markersize=2.5, label=label)
    panel.plot([], [], color=GREEN, linewidth=0.9, label="primary")
    for at in (decision, 1.0 - decision):
        if chances.min() - 0.05 <= at <= chances.max() + 0.05:
            panel.axhline(at, color="black", linestyle=":", linewidth=0.7)
    panel.set_ylabel(f"P(> {null_shown(outcome)})", fontsize=SMALL)
    panel.legend(fontsize=SMALL - 1.0, frameon=False, loc="lower right" if primary < 0.6 * len(rows) else "upper left")


def _estimates(panel: Axes, rows: list[Any], places: Any, outcome: Outcome, level: float) -> None:
    show = SCALES[outcome.scale].show
    for name in dict.fromkeys(row["decision"] for row in rows):
        here = [i for i, row in enumerate(rows) if row["decision"] == name]
        low, middle, high = (np.array([show(rows[i][key]) for i in here]) for key in ("ci_low", "median", "ci_high"))
        width = max(0.3, min(1.2, 200.0 / len(rows)))
        panel.vlines(places[here], low, high, color=COLORS[name], linewidth=width, alpha=0.45)
        panel.plot(places[here], middle, ".", color=COLORS[name], markersize=2.0)
    if outcome.null is not None:
        panel.axhline(show(outcome.null), color="black", linewidth=0.6)
    if SCALES[outcome.scale].show(0.0) == 1.0:
        panel.set_yscale("log")
        _plain_ticks(panel)
    panel.set_ylabel(f"{measure(outcome)}\nmedian, {level:.0%} interval", fontsize=SMALL)


def _plain_ticks(panel: Axes) -> None:
    """Label a log axis of ratios with plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    panel.yaxis.set_major_locator(LogLocator(base=10.0, subs=(1.0, 2.0, 5.0)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())


def _choices(panel: Axes, rows: list[Any], places: Any, axes: dict[str, list[str]]) -> None:
    """Draw a mark where a specification chose an option: a line per option, a gap and a name per axis."""
    labels, at, line = [], [], 0
    for axis, options in axes.items():
        panel.text(
            0.004, line, axis, transform=panel.get_yaxis_transform(), fontsize=SMALL, fontweight="bold", va="center"
        )
        line += 1
        for option in options:
            here = np.array([row["choices"][axis] == option for row in rows])
            colors = [COLORS[row["decision"]] for row, chosen in zip(rows, here, strict=True) if chosen]
            width = max(0.25, min(2.0, 300.0 / len(rows)))
            panel.vlines(places[here], line - 0.36, line + 0.36, colors=colors, linewidth=width)
            labels.append(option.replace("_", " "))
            at.append(line)
            line += 1
    panel.set_yticks(at, labels)
    panel.tick_params(axis="y", length=0, labelsize=SMALL - 1.0)
    panel.set_ylim(line - 0.3, -0.7)
    panel.spines["left"].set_visible(False)
