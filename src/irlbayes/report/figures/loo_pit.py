"""Where each report lies in what the others predict: the empirical distribution beside the band of uniform values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREY
from irlbayes.report.frames import frame_of
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ends_of

if TYPE_CHECKING:
    import pandas as pd

OF = ("loo_pit", "studies")
TITLE = "Where each report lies in what the others predict"
NEEDS = "three reports or more"


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the empirical distribution of the transforms, less the uniform one, in its band.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.loo_pit`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    pit = np.sort([row["pit"] for row in numbers["studies"]])
    points = np.array(numbers["points"])
    low, high = np.array(numbers["band_low"]) - points, np.array(numbers["band_high"]) - points
    at = np.concatenate([[0.0], np.repeat(pit, 2), [1.0]])
    share = np.repeat(np.arange(pit.size + 1) / pit.size, 2)
    page = sheet(backend, width, (1.6,))
    (panel,) = page.panels
    panel.band(points, low, high, GREY, 0.25, "99 % of uniform values")
    panel.level(0.0, GREY, "solid")
    panel.line(at, share - at, BLUE, width=1.4, name=f"{pit.size} reports")
    panel.scale("x", "place of a report in what the others predict\n(probability below it)", 0.0, 1.0)
    panel.scale("y", "share of reports below,\nless the place", *ends_of([*low, *high, *(share - at)]))
    return finished(page, outcome.label)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per report; the band at its own places is in ``attrs["band"]``."""
    found = frame_of(
        [{"study": row.get("study"), "pit": row["pit"]} for row in evidence.numbers["studies"]],
        outcome,
        {"pit": "probability"},
    )
    found.attrs["band"] = {name: list(evidence.numbers[name]) for name in ("points", "band_low", "band_high")}
    return found


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say where the reports lie, and whether that is what a model that fits would give."""
    pit = sorted(row["pit"] for row in evidence.numbers["studies"])
    listed = ", ".join(f"{value:.2f}" for value in pit)
    return (
        f"{outcome.label}: where {len(pit)} reports lie in what the others predict, from 0 to 1: {listed}. The line"
        f" stays {'inside' if evidence.passed else 'outside'} the band that holds 99 % of uniform values."
    )
