"""What one published result says of every size of effect, as readers with different priors see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown
from irlbayes.report.figures import BLUE, GREEN, GREY, ORANGE, SMALL, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OF = ("trend", "curve")
FINE = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
COARSE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
COLOURS = {"vague": GREY, "unit information": "#CC79A7", "sceptical": BLUE, "enthusiastic": ORANGE}


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw P(effect > delta) against delta by reader, with each prior's own curve dashed.

    Of a result of which only a bound of p is known: P(effect on its side) against the p that it may have had.

    Parameters
    ----------
    evidence : Evidence
        Of `trend.trend`, with number ``curve``.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    curve = numbers["curve"]
    figure, (axes,) = sheet(height=3.2)
    by_size = curve["of"] == "delta"
    x = [SCALES[outcome.scale].show(value) for value in curve["x"]] if by_size else curve["x"]
    for name, line in curve["lines"].items():
        colour = COLOURS.get(name, GREEN)
        axes.plot(x, line["posterior"], color=colour, linewidth=1.5, label=name)
        axes.plot(x, line["prior"], color=colour, linewidth=0.9, linestyle="--")
    axes.plot([], [], color="black", linewidth=0.9, linestyle="--", label="before the data")
    axes.set_ylim(0.0, 1.0)
    axes.set_xlim(min(x), max(x))
    if by_size:
        _sizes(axes, outcome)
        axes.set_xlabel(f"size of effect: {outcome.label}", fontsize=SMALL)
        axes.set_ylabel("probability of a larger effect", fontsize=SMALL)
    else:
        axes.set_xlabel("two-sided p-value that the paper may have had", fontsize=SMALL)
        axes.set_ylabel(f"P({outcome.label} {numbers['side']} {null_shown(outcome)})", fontsize=SMALL)
    figure.legend(
        *axes.get_legend_handles_labels(), fontsize=SMALL - 0.5, frameon=False, loc="outside upper center", ncols=2
    )
    return figure


def _sizes(axes: Axes, outcome: Outcome) -> None:
    """Mark no effect and the thresholds; ratios on an axis of logs."""
    scale = SCALES[outcome.scale]
    if scale.transform == "exp":
        low, high = axes.get_xlim()
        axes.set_xscale("log")
        ticks = [tick for tick in (FINE if high < 4.0 * low else COARSE) if low <= tick <= high]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    if outcome.null is not None:
        axes.axvline(scale.show(outcome.null), color=GREY, linestyle=":", linewidth=1.0)
    for threshold in outcome.thresholds:
        axes.axvline(scale.show(threshold.value), color=GREEN, linestyle=":", linewidth=1.0)
