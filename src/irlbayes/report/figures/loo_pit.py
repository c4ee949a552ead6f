"""Where each report lies in what the others predict: the empirical distribution beside the band of uniform values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, GREY, SMALL, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF = ("loo_pit", "studies")


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw the empirical distribution of the transforms, less the uniform one, in its band.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.loo_pit`.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    pit = np.sort([row["pit"] for row in numbers["studies"]])
    points = np.array(numbers["points"])
    figure, (axes,) = sheet(height=2.4)
    axes.fill_between(
        points,
        np.array(numbers["band_low"]) - points,
        np.array(numbers["band_high"]) - points,
        color=GREY,
        alpha=0.25,
        linewidth=0.0,
        label="99 % of uniform values",
    )
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    at = np.concatenate([[0.0], np.repeat(pit, 2), [1.0]])
    share = np.repeat(np.arange(pit.size + 1) / pit.size, 2)
    axes.plot(at, share - at, color=BLUE, linewidth=1.3, label=f"{pit.size} reports")
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("place of a report in what the others predict", fontsize=SMALL)
    axes.set_ylabel("share of reports below,\nless the place", fontsize=SMALL)
    axes.set_title(outcome.label, fontsize=SMALL)
    axes.legend(fontsize=SMALL - 0.5, frameon=False)
    return figure
