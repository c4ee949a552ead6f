"""Sunset (power-enhanced) funnel: how much power each standard error had for the pooled mean."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import shown
from irlbayes.report.figures import BLUE, GREY, SMALL, effect_label, reach, scatter, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("power", "bands")
SHADES = ("#F2B48A", "#FADCC6", "#D3E3F0", "#94BFDE")


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw every row over bands of power, with the lines of p = 0.05 around the null.

    Parameters
    ----------
    evidence : Evidence
        Of `asymmetry.power`.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    marks, null, effect = numbers["rows"], numbers["null"], numbers["effect"]
    figure, (axes,) = sheet(height=3.4)
    deepest = 1.12 * max(mark["sei"] for mark in marks)
    low, high = reach([effect, *(mark["yi"] for mark in marks)], null, 1.96 * deepest)
    bands = numbers["bands"]
    levels = ["0", *(f"{band['power']:.0%}".rstrip("%") for band in bands), "100"]
    edges = [deepest, *(min(band["sei"], deepest) for band in bands), 0.0]
    for place, (bottom, top) in enumerate(pairwise(edges)):
        label = f"power {levels[place]} to {levels[place + 1]} %"
        axes.axhspan(top, bottom, color=SHADES[place], linewidth=0, label=label)
    for side in (1.0, -1.0):
        axes.plot(
            [null, null + side * 1.96 * deepest],
            [0.0, deepest],
            color="black",
            linestyle=":",
            linewidth=0.9,
            label="p = 0.05" if side > 0 else None,
        )
    axes.axvline(null, color=GREY, linewidth=0.9, linestyle="--", label="no effect")
    axes.axvline(effect, color=BLUE, linewidth=1.2, label="pooled mean")
    scatter(axes, marks)
    axes.set_xlim(low, high)
    axes.set_ylim(deepest, 0.0)
    axes.set_xlabel(effect_label(outcome), fontsize=SMALL)
    axes.set_ylabel("standard error", fontsize=SMALL)
    power = f"median power {numbers['median_power']:.0%} for the pooled mean {shown(effect, outcome)}"
    axes.set_title(f"{outcome.label}\n{power}", fontsize=SMALL)
    figure.legend(
        *axes.get_legend_handles_labels(), fontsize=SMALL - 1, frameon=False, loc="outside lower center", ncols=2
    )
    return figure
