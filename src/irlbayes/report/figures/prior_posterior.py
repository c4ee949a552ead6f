"""What was assumed of mu and tau, and what is believed after the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import shown
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREY
from irlbayes.report.frames import effect_unit, frame_of, peak
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("prior_share", "densities")
TITLE = "Before and after the data"
NEEDS = "a proper prior of the mean effect"
WORDS = {"mu": "mean effect", "tau": "sd between studies"}


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the prior and posterior densities of mu and tau.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.prior_share`: number ``densities`` of ``mu`` and ``tau``, each ``x``, ``prior`` and ``posterior``.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    page = sheet(backend, width, (1.15, 1.15))
    for panel, (name, words) in zip(page.panels, WORDS.items(), strict=True):
        curve = evidence.numbers["densities"][name]
        x, top = curve["x"], 1.08 * max(*curve["prior"], *curve["posterior"])
        panel.band(x, 0.0, curve["posterior"], BLUE, 0.15)
        panel.line(x, curve["prior"], GREY, "dashed", 1.2, name="before the data (prior)")
        panel.line(x, curve["posterior"], BLUE, "solid", 1.6, name="after the data (posterior)")
        panel.scale("y", "density", 0.0, top)
        if name == "mu":
            panel.effects(outcome, x[0], x[-1], f"{words} mu")
        else:
            panel.scale("x", f"{words} tau, {effect_unit(outcome)}\nmore differences between studies →", x[0], x[-1])
    return finished(page, outcome.label)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the densities, one row per unknown and place."""
    rows = [
        {"unknown": name, "x": x, "prior": before, "posterior": after}
        for name in WORDS
        for x, before, after in zip(
            *(evidence.numbers["densities"][name][key] for key in ("x", "prior", "posterior")), strict=True
        )
    ]
    unit = effect_unit(outcome)
    return frame_of(rows, outcome, {"x": unit, "prior": f"1 / {unit}", "posterior": f"1 / {unit}"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say where each density peaks, and how much narrower it became."""
    told = []
    for name, words in WORDS.items():
        curve, found = evidence.numbers["densities"][name], evidence.numbers[name]
        places = [peak(curve["x"], curve[key]) for key in ("prior", "posterior")]
        places = [0.0 if name == "tau" and place <= curve["x"][0] else place for place in places]
        said = [shown(place, outcome) if name == "mu" else f"{place:.2g}" for place in places]
        told.append(
            f"the {words} peaked at {said[0]} before the data and peaks at {said[1]} after them, with"
            f" {found['sd_left']:.0%} of the spread left"
        )
    return f"{outcome.label}: two density plots, before and after the data: {'; '.join(told)}."
