"""Sunset (power-enhanced) funnel: how much power each standard error had for the pooled mean."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import shown
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, INK, MUTED, SUNSET
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.funnels import reach, scatter, standard_errors
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("power", "bands")
TITLE = "Funnel with regions of power"
Z = 1.96


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw every row over bands of power, with the lines of p = 0.05 around the null.

    Parameters
    ----------
    evidence : Evidence
        Of `asymmetry.power`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    marks, null, effect = numbers["rows"], numbers["null"], numbers["effect"]
    page = sheet(backend, width, (2.4,))
    (panel,) = page.panels
    deepest = 1.12 * max(mark["sei"] for mark in marks)
    low, high = reach([effect, *(mark["yi"] for mark in marks)], null, Z * deepest)
    bands = numbers["bands"]
    levels = ["0", *(f"{band['power']:.0%}".rstrip("%") for band in bands), "100"]
    edges = [deepest, *(min(band["sei"], deepest) for band in bands), 0.0]
    for place, (bottom, top) in enumerate(pairwise(edges)):
        panel.floor(top, bottom, SUNSET[place], name=f"power {levels[place]} to {levels[place + 1]} %")
    for side in (Z, -Z):
        name = "p = 0.05" if side > 0 else ""
        panel.line([null, null + side * deepest], [0.0, deepest], INK, "dotted", 1.0, name=name)
    panel.upright(null, MUTED, "dashed", 1.0, name="no effect")
    panel.upright(effect, BLUE, "solid", 1.3, name="pooled mean")
    scatter(panel, marks, high, outcome)
    panel.effects(outcome, low, high, null=False)
    standard_errors(panel, deepest)
    power = f"median power {numbers['median_power']:.0%} for the pooled mean {shown(effect, outcome)}"
    return finished(page, f"{outcome.label}\n{power}")


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per report."""
    keys = [key for key in ("study", "kind", "yi", "sei", "power") if key in evidence.numbers["rows"][0]]
    rows = [{key: mark[key] for key in keys} for mark in evidence.numbers["rows"]]
    unit = effect_unit(outcome)
    return frame_of(rows, outcome, {"yi": unit, "sei": unit, "power": "probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say the median power, and how many reports had at least 80 %."""
    numbers = evidence.numbers
    bands = [
        f"{sum(row['sei'] <= band['sei'] for row in numbers['rows'])} had at least {band['power']:.0%}"
        for band in numbers["bands"]
    ]
    return (
        f"{outcome.label}: funnel over bands of power for the pooled mean {shown(numbers['effect'], outcome)}. Median"
        f" power is {numbers['median_power']:.0%}; of {len(numbers['rows'])} reports {', '.join(bands)}."
    )
