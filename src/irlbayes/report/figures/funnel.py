"""Contour-enhanced funnel: effects against standard errors, with regions of significance around the null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, SMALL, effect_label, reach, scatter, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("funnel", "marks")
SHADES = ("#BDBDBD", "#D9D9D9", "#F0F0F0")


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw every row: with a size where it lies, without one at the margin at its design's standard error.

    Parameters
    ----------
    evidence : Evidence
        Of `asymmetry.funnel`.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    marks, null, middle = numbers["marks"], numbers["null"], numbers["median"]
    contours = numbers["contours"]
    figure, (axes,) = sheet(height=3.4)
    deepest = 1.12 * max(mark["sei"] for mark in marks)
    widest = max([1.96, *(contour["z"] for contour in contours)]) * deepest
    low, high = reach([mark["yi"] for mark in marks], middle if null is None else null, widest)
    se = [0.0, deepest]
    for place, contour in enumerate(contours):
        inner = [contour["z"] * value for value in se]
        beyond = contours[place + 1]["z"] if place + 1 < len(contours) else None
        name = f"p < {contour['p']:g}" if beyond is None else f"p {contours[place + 1]['p']:g} to {contour['p']:g}"
        for side, edge in ((1.0, high), (-1.0, low)):
            outer = [edge, edge] if beyond is None else [null + side * beyond * value for value in se]
            axes.fill_betweenx(
                se,
                [null + side * value for value in inner],
                outer,
                color=SHADES[place],
                linewidth=0,
                label=name if side > 0 else None,
            )
    axes.axvline(middle, color=BLUE, linewidth=1.0, label="pooled mean, 95 % limits")
    for side in (1.0, -1.0):
        axes.plot([middle, middle + side * 1.96 * deepest], se, color=BLUE, linestyle=":", linewidth=1.0)
    scatter(axes, marks)
    axes.set_xlim(low, high)
    axes.set_ylim(deepest, 0.0)
    axes.set_xlabel(effect_label(outcome), fontsize=SMALL)
    axes.set_ylabel("standard error", fontsize=SMALL)
    axes.set_title(outcome.label, fontsize=SMALL)
    figure.legend(
        *axes.get_legend_handles_labels(), fontsize=SMALL - 1, frameon=False, loc="outside lower center", ncols=2
    )
    return figure
