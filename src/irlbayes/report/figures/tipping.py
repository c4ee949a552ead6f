"""How the probability falls as a reader expects more heterogeneity, or is more sceptical of any effect."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown, probability
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREEN, GREY, ORANGE
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ticks

if TYPE_CHECKING:
    import pandas as pd

OF = ("tipping", "by_tau")
TITLE = "Which prior would tip the answer"
NEEDS = "an outcome with a value of no effect"
PANELS = {
    "by_tau": ("tau", "declared_tau", "scale of the prior of tau", "expects more heterogeneity →"),
    "by_mu": ("sceptical", "declared_mu", "sd of a prior of the mean around no effect", "← more sceptical"),
}


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the probability on its side against the scale of either prior, and where it passes 0.95, 0.9 and 0.5.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.tipping`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    page = sheet(backend, width, (1.15, 1.15))
    seen = [p for key in PANELS for p in numbers[key]["p"]]
    low = max(0.0, min(*seen, 0.5) - 0.04)
    for panel, (key, (tips, declared, words, more)) in zip(page.panels, PANELS.items(), strict=True):
        scale = [log(value) for value in numbers[key]["scale"]]
        panel.line(scale, numbers[key]["p"], BLUE, width=1.5, name="probability")
        found = [tip for tip in numbers[tips] if tip["at"] is not None]
        for tip in numbers[tips]:
            panel.level(tip["level"], GREY, "dotted", 0.7)
        if found:
            at = [log(tip["at"]) for tip in found]
            panel.marks(
                at, [tip["level"] for tip in found], "diamond", ORANGE, 5.0, name="tipping point",
                hover=[f"{tip['level']:g} at {tip['at']:.2g}" for tip in found],
            )  # fmt: skip
            rises = numbers[key]["p"][-1] > numbers[key]["p"][0]
            for place, tip in zip(at, found, strict=True):
                beside = "top" if rises else "bottom"
                panel.note(place, tip["level"], f"  {tip['at']:.2g}", side="left", height=beside)
        if numbers[declared] is not None:
            panel.upright(log(numbers[declared]), GREEN, "dashed", 1.0, name="declared prior")
        places, labels = ticks("log_rate", scale[0], scale[-1], 4)
        panel.scale("x", f"{words}, {effect_unit(outcome)}\n{more}", scale[0], scale[-1], places, labels)
        side = numbers["side"]
        panel.scale("y", f"P({side} {null_shown(outcome)})", low, 1.02)
    return finished(page, outcome.label)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per prior that was tried, tipping points among them."""
    numbers = evidence.numbers
    rows = [
        {"prior": key.removeprefix("by_"), "scale": scale, "p": p}
        for key in PANELS
        for scale, p in zip(numbers[key]["scale"], numbers[key]["p"], strict=True)
    ]
    return frame_of(rows, outcome, {"scale": effect_unit(outcome), "p": "probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say where the probability passes each level, for either prior."""
    numbers = evidence.numbers
    side = f"P({numbers['side']} {null_shown(outcome)})"
    told = []
    for key, (tips, declared, words, _) in PANELS.items():
        chances = numbers[key]["p"]
        passed = [f"{tip['level']:g} at {tip['at']:.2g}" for tip in numbers[tips] if tip["at"] is not None]
        now = "" if numbers[declared] is None else f" (declared {numbers[declared]:.2g})"
        said = f"it passes {', '.join(passed)}" if passed else "it passes none of 0.95, 0.9, 0.5"
        told.append(
            f"against the {words}{now} it runs from {probability(min(chances))} to {probability(max(chances))}; {said}"
        )
    return f"{outcome.label}: {side} under other priors. {'. '.join(one[0].upper() + one[1:] for one in told)}."
