"""How the evidence grew: the mean effect and its probabilities after each study, from the prior on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure_short, null_shown, shown, worse
from irlbayes.report.figures import BLUE, GREEN, GREY, ORANGE, SMALL, WIDTH, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OF = ("cumulative", "steps")
PAGE = 6.7  # inches: 17 cm, the width of a page
MARGIN = 0.7  # inches beside the panels
ROOM = 0.1  # of an axis, for words at its end
LETTER, NAME_EVERY = 0.06, 0.12  # inches that a letter of a name needs, and a name on its side
SIZES = ((ORANGE, "s", "--"), (GREEN, "^", "-."), ("#CC79A7", "D", ":"))


def draw(evidence: Evidence, outcome: Outcome, width: float = WIDTH) -> Figure:
    """Draw the mean effect with its interval and that of a new study, and below it the probabilities.

    Parameters
    ----------
    evidence : Evidence
        With numbers ``steps`` and ``level``, as `core.sequence.Followed` has them.
    outcome : Outcome
    width : float
        In inches.

    Returns
    -------
    matplotlib.figure.Figure
    """
    steps, level = evidence.numbers["steps"], evidence.numbers["level"]
    chances = outcome.null is not None
    heights = [1.7, 1.2] if chances else [1.9]
    names = [_name(step) for step in steps]
    length = LETTER * max(map(len, names))
    level_names = length * len(steps) < width - MARGIN
    below = 0.15 if level_names else length
    figure, panels = sheet(len(heights), 1, sum(heights) + 0.7 + below, width, heights)
    _effects(panels[0], steps, outcome, level)
    if chances:
        _chances(panels[1], steps, outcome)
        panels[0].tick_params(labelbottom=False)
    every = 1 if level_names else int(np.ceil(len(steps) * NAME_EVERY / (width - MARGIN)))
    for panel in panels:
        panel.set_xlim(-0.5, len(steps) - 0.5)
        panel.set_xticks(range(0, len(steps), every), names[::every])
    panels[-1].tick_params(axis="x", labelrotation=0 if level_names else 90, labelsize=SMALL - 0.5)
    panels[-1].set_xlabel("study added", fontsize=SMALL)
    figure.align_ylabels(panels)
    return figure


def _legend(panel: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Say above a panel what its lines are."""
    panel.legend(
        handles,
        labels,
        fontsize=SMALL - 0.5,
        frameon=False,
        ncols=3,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        borderaxespad=0.2,
        columnspacing=1.0,
        handlelength=1.6,
        handletextpad=0.5,
    )


def _name(step: Any) -> str:
    """Name a step on the axis."""
    if not step["added"]:
        return "(prior)"
    first, *more = (added["study"] for added in step["added"])
    return f"{first} + {len(more)}" if more else str(first)


def _effects(panel: Axes, steps: Sequence[Any], outcome: Outcome, level: float) -> None:
    """Draw the mean effect with its band, and the interval of a new study behind it."""
    show = SCALES[outcome.scale].show
    known = [place for place, step in enumerate(steps) if step["mu"] is not None]
    mean, low, high = (
        np.array([show(_of(steps[i]["mu"], key)) for i in known]) for key in ("mean", "ci_low", "ci_high")
    )
    new_low, new_high = (np.array([show(steps[i]["new_study"][key]) for i in known]) for key in ("ci_low", "ci_high"))
    new = panel.vlines(known, new_low, new_high, color=ORANGE, linewidth=1.0)
    for end in (new_low, new_high):
        panel.plot(known, end, "_", color=ORANGE, markersize=4.0)
    band = panel.fill_between(known, low, high, color=BLUE, alpha=0.25, linewidth=0.0)
    (line,) = panel.plot(known, mean, "o-", color=BLUE, markersize=3.0, linewidth=1.2)
    _legend(panel, [(band, line), new], [f"mean effect [{level:.0%}]", f"new study [{level:.0%}]"])
    if outcome.null is not None:
        panel.axhline(show(outcome.null), color=GREY, linestyle=":", linewidth=1.0, zorder=0)
    if show(0.0) == 1.0:
        panel.set_yscale("log")
        _plain_ticks(panel)
    panel.set_ylabel(f"{outcome.label}\n{measure_short(outcome)}", fontsize=SMALL)
    words, side = worse(outcome)
    if words:
        _room(panel, side)
        arrow, at, align = ("↑", 0.99, "top") if side == "+" else ("↓", 0.02, "bottom")
        panel.text(0.99, at, f"{words} {arrow}", transform=panel.transAxes, fontsize=SMALL - 0.5, ha="right", va=align)


def _room(panel: Axes, side: str) -> None:
    """Leave room for words at the upper or the lower end of an axis."""
    transform = panel.yaxis.get_transform()
    low, high = transform.transform(panel.get_ylim())
    low, high = (low, high + ROOM * (high - low)) if side == "+" else (low - ROOM * (high - low), high)
    panel.set_ylim(*transform.inverted().transform([low, high]))


def _of(numbers: Any, key: str) -> float:
    """Return a number of a summary, the median for a mean that does not exist."""
    return float(numbers["median"] if numbers[key] is None else numbers[key])


def _plain_ticks(panel: Axes) -> None:
    """Label a log axis of ratios with plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    panel.yaxis.set_major_locator(LogLocator(base=10.0, subs=(1.0, 2.0, 5.0)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())


def _chances(panel: Axes, steps: Sequence[Any], outcome: Outcome) -> None:
    """Draw P(> null) and P(> delta) from their prior values on, which dotted lines carry along."""
    known = [place for place, step in enumerate(steps) if step["mu"] is not None]
    found = [steps[i]["mu"] for i in known]
    lines = [(f"P(> {null_shown(outcome)})", [mu["p_gt_null"] for mu in found], found[-1]["prior_p_gt_null"])]
    for place, size in enumerate(found[-1]["thresholds"]):
        chances = [mu["thresholds"][place]["p_gt"] for mu in found]
        lines.append((f"P(> {shown(size['value'], outcome)})", chances, size["prior_p_gt"]))
    styles = [(BLUE, "o", "-"), *SIZES]
    for place, (label, chances, prior) in enumerate(lines):
        color, marker, line = styles[place % len(styles)]
        panel.plot(known, chances, line, color=color, marker=marker, markersize=3.0, linewidth=1.2, label=label)
        if prior is not None:
            panel.axhline(prior, color=color, linestyle=":", linewidth=0.6, zorder=0)
    panel.plot([], [], ":", color=GREY, linewidth=1.0, label="prior")
    _legend(panel, *panel.get_legend_handles_labels())
    panel.set_ylim(-0.03, 1.03)
    panel.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "0.25", "0.5", "0.75", "1"])
    panel.set_ylabel("probability\nof the mean effect", fontsize=SMALL)
