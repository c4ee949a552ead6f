"""Pareto k of each study: where leave-one-out by importance sampling can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, GREY, ORANGE, SMALL, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("psis_loo", "studies")


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw Pareto k by study, with the line above which it is not trusted.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.psis_loo`.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    entries = evidence.numbers["studies"]
    figure, (axes,) = sheet(height=0.9 + 0.17 * len(entries))
    for place, entry in enumerate(entries):
        good = entry["good"]
        axes.plot(entry["pareto_k"], place, "o" if good else "X", color=BLUE if good else ORANGE, markersize=4)
    limit = evidence.numbers["good_k"]
    axes.axvline(limit, color=GREY, linestyle="--", linewidth=1.0)
    axes.set_yticks(range(len(entries)), [entry["study"] for entry in entries])
    axes.set_ylim(len(entries) - 0.5, -0.5)
    axes.set_xlabel(f"Pareto k (trusted up to {limit:.2f})", fontsize=SMALL)
    axes.set_ylabel("study left out", fontsize=SMALL)
    axes.set_title(outcome.label, fontsize=SMALL)
    return figure
