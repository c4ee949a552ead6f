"""Each statistic of the reports against the same statistic of simulated data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, ORANGE, SMALL, effect_label, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("predictive", "statistics")


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw one panel per statistic: histogram of the replicates, and a line at what was observed.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.predictive`.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    entries = evidence.numbers["statistics"]
    columns = min(2, len(entries))
    rows = -(-len(entries) // columns)
    figure, panels = sheet(rows, columns, 0.25 + 1.2 * rows)
    for axes, entry in zip(panels, entries, strict=False):
        edges, share = np.array(entry["edges"]), np.array(entry["counts"]) / max(sum(entry["counts"]), 1)
        axes.stairs(share, edges, fill=True, color=BLUE, alpha=0.45)
        axes.axvline(entry["observed"], color=ORANGE, linewidth=1.5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(entry["words"], fontsize=SMALL)
        axes.set_title(f"p = {entry['p']:.3f}", fontsize=SMALL, color=ORANGE)
    for axes in panels[len(entries) :]:
        axes.set_visible(False)
    figure.supylabel("share of data sets", fontsize=SMALL)
    figure.suptitle(f"simulated (blue), observed (orange)\neffects: {effect_label(outcome)}", fontsize=SMALL)
    return figure
