"""Probability of an effect above every size, for the mean and for a new study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown, probability, shown
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREY, ORANGE
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("threshold_curve", "delta")
TITLE = "Probability of an effect above every size"
LINES = {
    "mu": ("mean effect", BLUE, "solid"),
    "theta_new": ("effect in a new study", ORANGE, "solid"),
    "prior_mu": ("mean effect, before the data", BLUE, "dashed"),
    "prior_theta_new": ("new study, before the data", ORANGE, "dotted"),
}


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw P(effect > delta) against delta.

    Parameters
    ----------
    evidence : Evidence
        With numbers ``delta``, ``mu``, ``theta_new``, ``prior_mu`` and ``prior_theta_new`` (None where it is flat).
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    page = sheet(backend, width, (2.0,))
    (panel,) = page.panels
    delta = evidence.numbers["delta"]
    for name, (words, color, style) in LINES.items():
        if evidence.numbers.get(name) is not None:
            panel.line(delta, evidence.numbers[name], color, style, 1.6 if style == "solid" else 1.1, name=words)
    for threshold in outcome.thresholds:
        panel.upright(threshold.value, GREY, "dashdot", name="declared threshold")
    panel.effects(outcome, delta[0], delta[-1], "size")
    panel.scale("y", "probability of an effect above this size", 0.0, 1.0)
    return finished(page, outcome.label)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the probabilities by size, on the scale of pooling; sizes as readers see them in ``shown``."""
    numbers = evidence.numbers
    rows = {"delta": numbers["delta"], **{name: numbers[name] for name in LINES if numbers.get(name) is not None}}
    return frame_of(rows, outcome, {"delta": effect_unit(outcome), **dict.fromkeys(LINES, "probability")})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say the probabilities at the null, at declared thresholds, and the size that half of the probability is above."""
    numbers = evidence.numbers
    delta = np.array(numbers["delta"])
    places = [] if outcome.null is None else [(outcome.null, null_shown(outcome))]
    places += [(threshold.value, shown(threshold.value, outcome)) for threshold in outcome.thresholds]
    told = []
    for value, words in places:
        if not delta[0] <= value <= delta[-1]:
            continue
        chances = [
            f"{probability(float(np.interp(value, delta, numbers[name])))} for the {who}"
            for name, who in (
                ("mu", "mean effect"),
                ("theta_new", "effect in a new study"),
                ("prior_mu", "mean effect before the data"),
            )
            if numbers.get(name) is not None
        ]
        told.append(f"above {words} it is {', '.join(chances)}")
    half = shown(float(np.interp(-0.5, -np.array(numbers["mu"]), delta)), outcome)
    said = f" {'; '.join(told)}." if told else ""
    return (
        f"{outcome.label}: curves of the probability that the effect is larger than each size, falling from left to"
        f" right.{said[:2].upper()}{said[2:]} The mean effect is as likely above {half} as below it."
    )
