"""A published mean, that of the reports on file, and that of both, over one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, GREEN, GREY, ORANGE, SMALL, effect_label, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("published", "densities")
LINES = {
    "prior": ("prior", GREY, "--"),
    "published": ("published only", ORANGE, "-"),
    "reports": ("reports only", BLUE, "-"),
    "later": ("later reports only", BLUE, ":"),
    "both": ("both", GREEN, "-"),
}


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw the density of the mean effect by answer, and below each its interval.

    Parameters
    ----------
    evidence : Evidence
        Of `core.starts.Started`: ``densities`` with ``x`` and ``lines``, and ``answers``.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    curves = numbers["densities"]
    figure, (upper, lower) = sheet(2, 1, 4.2, heights=(2.0, 1.5))
    for name, (words, colour, style) in LINES.items():
        if name in curves["lines"]:
            width = 1.0 if style != "-" else 1.5
            upper.plot(curves["x"], curves["lines"][name], color=colour, linestyle=style, linewidth=width, label=words)
    upper.set_ylim(bottom=0.0)
    upper.set_ylabel("density", fontsize=SMALL)
    rows = [row for row in numbers["answers"] if row["name"] != "prior"]
    for place, row in enumerate(rows):
        _, colour, style = LINES[row["name"]]
        lower.plot([row["mu"]["ci_low"], row["mu"]["ci_high"]], [place, place], color=colour, linestyle=style)
        lower.plot(row["mu"]["median"], place, "o", color=colour, markersize=4)
    names = [LINES[row["name"]][0] + _weight(row["power"]) for row in rows]
    lower.set_yticks(range(len(rows)), names)
    lower.set_ylim(len(rows) - 0.5, -0.5)
    lower.set_xlabel(f"mean effect, {effect_label(outcome)}", fontsize=SMALL)
    for axes in (upper, lower):
        axes.set_xlim(min(curves["x"]), max(curves["x"]))
        if outcome.null is not None:
            axes.axvline(outcome.null, color=GREY, linestyle=":", linewidth=1.0)
    figure.legend(
        *upper.get_legend_handles_labels(), fontsize=SMALL - 0.5, frameon=False, loc="outside upper center", ncols=2
    )
    return figure


def _weight(power: float | None) -> str:
    return "" if power in (None, 1.0) else f", review at {power:g}"
