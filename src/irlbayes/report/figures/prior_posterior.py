"""What was assumed of mu and tau, and what is believed after the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, GREY, SMALL, effect_label, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("prior_share", "densities")
WORDS = {"mu": "mean effect mu", "tau": "sd between studies tau"}


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw the prior and posterior densities of mu and tau.

    Parameters
    ----------
    evidence : Evidence
        With number ``densities`` of ``mu`` and ``tau``: each ``x``, ``prior`` and ``posterior``.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, panels = sheet(2, 1, 3.4)
    for axes, (name, words) in zip(panels, WORDS.items(), strict=True):
        curve = evidence.numbers["densities"][name]
        axes.plot(curve["x"], curve["prior"], color=GREY, linestyle="--", linewidth=1.2, label="prior")
        axes.plot(curve["x"], curve["posterior"], color=BLUE, linewidth=1.5, label="posterior")
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel(f"{words}\n{effect_label(outcome)}", fontsize=SMALL)
        axes.set_ylabel("density", fontsize=SMALL)
    panels[0].legend(fontsize=SMALL, frameon=False)
    return figure
