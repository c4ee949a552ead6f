"""What one published result says of every size of effect, as readers with different priors see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown, probability
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREEN, GREY, INK, ORANGE, PURPLE
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("trend", "curve")
TITLE = "One result, by reader"
READERS = {
    "vague": (GREY, "solid"),
    "unit information": (PURPLE, "dashdot"),
    "sceptical": (BLUE, "solid"),
    "enthusiastic": (ORANGE, "solid"),
}


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw P(effect > delta) against delta by reader, with each prior's own curve dashed.

    Of a result of which only a bound of p is known: P(effect on its side) against the p that it may have had.

    Parameters
    ----------
    evidence : Evidence
        Of `trend.trend`, with number ``curve``.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    curve = evidence.numbers["curve"]
    x = curve["x"]
    page = sheet(backend, width, (2.2,))
    (panel,) = page.panels
    for place, (name, line) in enumerate(curve["lines"].items()):
        color, style = READERS.get(name, (GREEN, "solid"))
        panel.line(x, line["posterior"], color, style, 1.6, name=name)
        panel.line(x, line["prior"], color, "dashed", 0.9, name="before the data" if place == 0 else "")
    if curve["of"] == "delta":
        for threshold in outcome.thresholds:
            panel.upright(threshold.value, GREEN, "dashdot", name="asked about")
        panel.effects(outcome, min(x), max(x), f"size of effect: {outcome.label}\n")
        panel.scale("y", "probability of a larger effect", 0.0, 1.0)
    else:
        panel.scale("x", "two-sided p-value that the paper may have had", min(x), max(x))
        panel.scale("y", f"P({outcome.label} {evidence.numbers['side']} {null_shown(outcome)})", 0.0, 1.0)
        panel.level(0.5, INK, "dotted")
    return finished(page)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the curves, one row per reader and place."""
    curve = evidence.numbers["curve"]
    rows = [
        {"reader": name, "x": x, "posterior": after, "prior": before}
        for name, line in curve["lines"].items()
        for x, after, before in zip(curve["x"], line["posterior"], line["prior"], strict=True)
    ]
    unit = effect_unit(outcome) if curve["of"] == "delta" else "p-value"
    return frame_of(rows, outcome, {"x": unit, "posterior": "probability", "prior": "probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say each reader's probability at no effect (of a bound, at the ends of its p-values), beside the prior's."""
    curve, side = evidence.numbers["curve"], evidence.numbers["side"]
    x = np.array(curve["x"])
    told = []
    for name, line in curve["lines"].items():
        after, before = np.array(line["posterior"]), np.array(line["prior"])
        if curve["of"] == "delta":
            at = outcome.null if outcome.null is not None else x[0]
            chances = [probability(float(np.interp(at, x, one))) for one in (after, before)]
            told.append(f"{name} {chances[0]} ({chances[1]} before the data)")
        else:
            ends = f"{probability(float(after[0]))} at p {x[0]:.2g} to {probability(float(after[-1]))} at p {x[-1]:.2g}"
            told.append(f"{name} {ends} ({probability(float(before[0]))} before the data)")
    asked = f"> {null_shown(outcome)}" if curve["of"] == "delta" else f"{side} {null_shown(outcome)}"
    return (
        f"{outcome.label}: one published result by reader. Probability that the effect is {asked}: {'; '.join(told)}."
    )
