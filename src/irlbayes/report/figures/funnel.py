"""Contour-enhanced funnel: effects against standard errors, with regions of significance around the null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import shown
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, SHADES
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.funnels import reach, scatter, standard_errors
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("funnel", "marks")
TITLE = "Funnel with regions of significance"
Z = 1.96


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw every row: with a size where it lies, without one at the margin at its design's standard error.

    Parameters
    ----------
    evidence : Evidence
        Of `asymmetry.funnel`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    marks, null, middle, contours = (numbers[name] for name in ("marks", "null", "median", "contours"))
    page = sheet(backend, width, (2.4,))
    (panel,) = page.panels
    deepest = 1.12 * max(mark["sei"] for mark in marks)
    widest = max([Z, *(contour["z"] for contour in contours)]) * deepest
    low, high = reach([mark["yi"] for mark in marks], middle if null is None else null, widest)
    if contours:
        x = np.unique(np.append(np.linspace(low, high, 101), null))
        away = np.abs(x - null)
        for place, contour in enumerate(contours):
            last = place + 1 == len(contours)
            top = 0.0 if last else np.minimum(away / contours[place + 1]["z"], deepest)
            name = f"p < {contour['p']:g}" if last else f"p {contours[place + 1]['p']:g} to {contour['p']:g}"
            panel.band(x, top, np.minimum(away / contour["z"], deepest), SHADES[place], 1.0, name)
    panel.upright(middle, BLUE, "solid", 1.1, name="pooled mean, 95 % limits")
    for side in (Z, -Z):
        panel.line([middle, middle + side * deepest], [0.0, deepest], BLUE, "dotted", 1.0)
    scatter(panel, marks, high, outcome)
    panel.effects(outcome, low, high, null=False)
    standard_errors(panel, deepest)
    return finished(page, outcome.label)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per report."""
    rows = [{key: mark[key] for key in ("study", "kind", "yi", "sei")} for mark in evidence.numbers["marks"]]
    return frame_of(rows, outcome, {"yi": effect_unit(outcome), "sei": effect_unit(outcome)})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say how many reports lie on either side of the pooled mean, and how many inside its limits."""
    marks, middle = evidence.numbers["marks"], evidence.numbers["median"]
    sized = [mark for mark in marks if mark["yi"] is not None]
    above = sum(mark["yi"] > middle for mark in sized)
    outside = [mark["study"] for mark in sized if abs(mark["yi"] - middle) > Z * mark["sei"]]
    beyond = f"outside its 95 % limits: {', '.join(outside)}" if outside else "none lies outside its 95 % limits"
    text = (
        f"{outcome.label}: funnel of effects against standard errors. Of {len(sized)} reports with a size {above} lie"
        f" above the pooled mean {shown(middle, outcome)} and {len(sized) - above} at or below it; {beyond}."
    )
    without = [mark["study"] for mark in marks if mark["yi"] is None]
    return text + (f" Without a size: {', '.join(without)}." if without else "")
