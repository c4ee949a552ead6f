"""Probability of an effect above every size, for the mean and for a new study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, GREY, ORANGE, SMALL, effect_label, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("threshold_curve", "delta")
LINES = {
    "mu": ("mean effect", BLUE, "-"),
    "theta_new": ("effect in a new study", ORANGE, "-"),
    "prior_mu": ("mean effect, prior", BLUE, "--"),
    "prior_theta_new": ("new study, prior", ORANGE, "--"),
}


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw P(effect > delta) against delta.

    Parameters
    ----------
    evidence : Evidence
        With numbers ``delta``, ``mu``, ``theta_new``, ``prior_mu`` and ``prior_theta_new`` (None where it is flat).
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (axes,) = sheet(height=3.0)
    for name, (words, colour, style) in LINES.items():
        if evidence.numbers.get(name) is not None:
            axes.plot(
                evidence.numbers["delta"],
                evidence.numbers[name],
                color=colour,
                linestyle=style,
                linewidth=1.0 if style == "--" else 1.5,
                label=words,
            )
    for threshold in outcome.thresholds:
        axes.axvline(threshold.value, color=GREY, linestyle=":", linewidth=0.8)
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel(f"delta, {effect_label(outcome)}", fontsize=SMALL)
    axes.set_ylabel("probability of an effect above delta", fontsize=SMALL)
    figure.legend(
        *axes.get_legend_handles_labels(), fontsize=SMALL - 0.5, frameon=False, loc="outside upper center", ncols=2
    )
    return figure
