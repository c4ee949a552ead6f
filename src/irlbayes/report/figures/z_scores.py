"""How far reports lie from the null: what they leave open of the distribution of ``|z|``, and each row's interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, GREY, ORANGE, SMALL, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OF = ("z_scores", "grid")
MOST_ROWS = 25
LINES = ((1.645, "p .10", "right"), (1.96, ".05", "left"), (2.576, ".01", "left"))


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw the bounds of the share of reports at most as far as each ``|z|``, and below it the rows, up to 25.

    Parameters
    ----------
    evidence : Evidence
        Of `asymmetry.z_scores`.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    rows = sorted(numbers["rows"], key=lambda row: (row["low"], row["high"] or 1e9))
    shown = rows if len(rows) <= MOST_ROWS else []
    heights = [1.9, 0.35 + 0.15 * len(shown)][: 2 if shown else 1]
    figure, panels = sheet(len(heights), 1, 0.9 + sum(heights))
    panels[0].get_gridspec().set_height_ratios(heights)  # type: ignore[union-attr]
    top = panels[0]
    top.fill_between(
        numbers["grid"],
        numbers["least"],
        numbers["most"],
        step="post",
        color=BLUE,
        alpha=0.3,
        linewidth=0,
        label="what they leave open",
    )
    top.step(numbers["grid"], numbers["least"], where="post", color=BLUE, linewidth=1.0)
    top.step(
        numbers["grid"], numbers["most"], where="post", color=BLUE, linewidth=1.0, label="reports, at least and at most"
    )
    top.plot(
        numbers["grid"],
        numbers["expected"],
        color=ORANGE,
        linestyle="--",
        linewidth=1.3,
        label="expected from the pooled",
    )
    top.set_ylim(0.0, 1.02)
    top.set_ylabel("share of reports", fontsize=SMALL)
    top.set_title(outcome.label, fontsize=SMALL, pad=12)
    if shown:
        _rows(panels[1], shown, numbers["grid"][-1])
    for axes in panels:
        axes.set_xlim(0.0, numbers["grid"][-1])
        for z, p, side in LINES:
            axes.axvline(z, color=GREY, linestyle=":", linewidth=0.8)
            if axes is top:
                axes.text(z, 1.03, p, fontsize=SMALL - 1.5, color="#555555", ha=side, va="bottom")
    panels[-1].set_xlabel("|z|, standard errors from no effect", fontsize=SMALL)
    figure.legend(
        *top.get_legend_handles_labels(), fontsize=SMALL - 1, frameon=False, loc="outside lower center", ncols=2
    )
    return figure


def _rows(axes: Axes, rows: list[dict[str, float | str | None]], edge: float) -> None:
    for place, row in enumerate(rows):
        low, high = float(row["low"] or 0.0), row["high"]
        if high == row["low"]:
            axes.plot(min(low, edge), place, "o" if low < edge else ">", color=BLUE, markersize=3.5, clip_on=False)
        else:
            end = edge if high is None else float(high)
            axes.plot([low, end], [place, place], color=BLUE, linewidth=2.4, alpha=0.45, solid_capstyle="butt")
            if high is None:
                axes.plot(edge, place, ">", color=BLUE, markersize=3.5, clip_on=False)
    axes.set_yticks(range(len(rows)), [str(row["study"]) for row in rows])
    axes.tick_params(axis="y", labelsize=SMALL - 1)
    axes.set_ylim(len(rows) - 0.5, -0.5)
