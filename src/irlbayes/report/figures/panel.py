"""The pooled mean under each prior of the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import probability
from irlbayes.report.figures import BLUE, GREY, SMALL, effect_label, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("panel", "rows")


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw one interval per prior, with the probability of an effect above the null beside it.

    Parameters
    ----------
    evidence : Evidence
        With number ``rows``: entries with ``name``, ``mean``, ``ci_low``, ``ci_high``, ``p_gt_null`` and
        ``prior_p_gt_null``.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = evidence.numbers["rows"]
    figure, (axes,) = sheet(height=0.9 + 0.24 * len(rows))
    for place, row in enumerate(rows):
        axes.plot([row["ci_low"], row["ci_high"]], [place, place], color=BLUE, linewidth=1.4)
        if row["mean"] is not None:
            axes.plot(row["mean"], place, "o", color=BLUE, markersize=4)
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(f"mean effect, {effect_label(outcome)}", fontsize=SMALL)
    axes.set_ylabel("prior", fontsize=SMALL)
    if outcome.null is not None:
        axes.axvline(outcome.null, color=GREY, linestyle=":", linewidth=1.0)
        beside = axes.secondary_yaxis("right")
        beside.set_yticks(range(len(rows)), [probability(row["p_gt_null"]) for row in rows])
        beside.tick_params(labelsize=SMALL, length=0)
        beside.spines["right"].set_visible(False)
        beside.set_ylabel("P(above null)", fontsize=SMALL)
    return figure
