"""What the next study, or several, would do: the probability of reaching a level, by size and by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.foretold import event
from irlbayes.core.types import Outcome
from irlbayes.report.figures import GREY, INK, MARKERS, SMALL, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OF = ("assurance", "sizes")
INKS = INK[1:]


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw the assurance of one study by its size for every goal, and of several studies for the first.

    Parameters
    ----------
    evidence : Evidence
        Of `planning.plan`.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    several = numbers["studies"] is not None and len(numbers["studies"]["count"]) > 1
    figure, panels = sheet(1 + several, 1, 2.5 + 2.3 * several)
    _by_size(panels[0], numbers, outcome)
    if several:
        _by_number(panels[1], numbers, outcome)
    for axes in panels:
        axes.axhline(numbers["target"], color=GREY, linewidth=0.8, linestyle="--")
        axes.set_ylim(0.0, 1.0)
        axes.set_ylabel(f"probability that P ≥ {numbers['level']:g}", fontsize=SMALL)
        axes.legend(fontsize=SMALL - 1.5, frameon=False, loc="best")
    panels[0].set_title(f"{outcome.label}: the next study", fontsize=SMALL)
    return figure


def _by_size(axes: Axes, numbers: Mapping[str, Any], outcome: Outcome) -> None:
    sizes, design = numbers["sizes"], numbers["design"]
    at = sizes["total"] or sizes["sei"]
    here = design["total"] or design["sei"]
    for place, (goal, row) in enumerate(zip(numbers["goals"], sizes["assurance"], strict=True)):
        ink = INKS[place % len(INKS)]
        axes.plot(at, row, color=ink, linewidth=1.5, label=event(goal, outcome, numbers["new_study"], short=True))
        axes.plot([here], [goal["assurance"]], MARKERS[place % len(MARKERS)], color=ink, markersize=4.0)
        for ceiling, style in (("ceiling_one", ":"), ("ceiling_any", "-.")):
            axes.axhline(goal[ceiling], color=ink, linewidth=0.8, linestyle=style)
    for words, style in (("one study without end", ":"), ("studies without end", "-."), ("target", "--")):
        axes.plot([], [], color=GREY, linewidth=0.8, linestyle=style, label=words)
    axes.set_xscale("log")
    if sizes["total"]:
        axes.set_xticks(list(at[::2]), [f"{total:,.0f}".replace(",", " ") for total in at[::2]])
        axes.set_xlabel(f"{design['unit']} in all", fontsize=SMALL)
    else:
        axes.invert_xaxis()
        axes.set_xticks(at[::2], [f"{sei:.2g}" for sei in at[::2]])
        axes.set_xlabel("standard error of the estimate", fontsize=SMALL)
    axes.minorticks_off()


def _by_number(axes: Axes, numbers: Mapping[str, Any], outcome: Outcome) -> None:
    studies = numbers["studies"]
    for place, one in enumerate(studies["sizes"]):
        words = f"standard error {one['sei']:.2g} each"
        if one["total"] is not None:
            words = f"{one['total']:,.0f} {numbers['design']['unit']} each".replace(",", " ")
        style = ":" if one["sei"] == 0.0 else "-"
        axes.plot(
            studies["count"],
            one["assurance"],
            linestyle=style,
            marker=MARKERS[place % len(MARKERS)],
            markersize=2.5,
            linewidth=1.2,
            color=GREY if one["sei"] == 0.0 else INKS[place % len(INKS)],
            label="without end" if one["sei"] == 0.0 else words,
        )
    axes.axhline(numbers["goals"][0]["ceiling_any"], color=GREY, linewidth=0.8, linestyle="-.")
    name = event(numbers["goals"][0], outcome, numbers["new_study"], short=True)
    axes.set_xlabel(f"further studies, for {name}", fontsize=SMALL)
