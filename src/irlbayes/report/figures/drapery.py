"""Drapery: every report's p-value function, and those of the mean and of a new study, over all sizes of effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREEN, GREY, MUTED, ORANGE
from irlbayes.report.frames import effect_unit, estimate, frame_of
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("forest", "studies")
TITLE = "Drapery: intervals at every level"
LEVELS = ((0.5, "50 %"), (0.2, "80 %"), (0.1, "90 %"), (0.05, "95 %"))
BOLD = {"new_study": ("a new study", GREEN, "dashed"), "mean": ("mean of all studies", ORANGE, "solid")}


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw p against the size of effect; a line at p cuts each curve at the ends of its interval at level 1 - p.

    Parameters
    ----------
    evidence : Evidence
        Of `questions.forest`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    x = numbers["x"]
    page = sheet(backend, width, (2.3,))
    (panel,) = page.panels
    for entry in numbers["studies"]:
        sized = entry["yi"] is not None
        name = "report with a size" if sized else "report without a size"
        panel.line(x, entry["p"], BLUE if sized else GREY, "solid" if sized else "dotted", 0.8, 0.8, name)
    for key, (name, color, style) in BOLD.items():
        panel.line(x, numbers[key]["p"], color, style, 2.0, name=name)
    for p, _ in LEVELS:
        panel.level(p, MUTED, "dotted", 0.5)
    panel.effects(outcome, x[0], x[-1])
    panel.scale("y", "p, two-sided", 0.0, 1.02, (0.0, 0.25, 0.5, 0.75, 1.0), ("0", "0.25", "0.5", "0.75", "1"))
    panel.beside([p for p, _ in LEVELS], [words for _, words in LEVELS], "interval")
    return finished(page, outcome.label)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the curves, one row per curve and size."""
    numbers = evidence.numbers
    curves = [(entry["study"], entry["p"]) for entry in numbers["studies"]]
    curves += [(key, numbers[key]["p"]) for key in BOLD]
    rows = [
        {"curve": name, "x": x, "p": p} for name, values in curves for x, p in zip(numbers["x"], values, strict=True)
    ]
    return frame_of(rows, outcome, {"x": effect_unit(outcome), "p": "probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say where the curves of the mean and of a new study peak, and where they fall to 0.05."""
    numbers = evidence.numbers
    sized = sum(entry["yi"] is not None for entry in numbers["studies"])
    told = [
        f"{name} peaks at {estimate(numbers[key], outcome, f', {numbers["level"]:.0%} interval ')}"
        for key, (name, _, _) in reversed(BOLD.items())
    ]
    return (
        f"{outcome.label}: p-value functions of {len(numbers['studies'])} reports, {sized} with a size, over all sizes"
        f" of effect. The curve of the {'; that of '.join(told)}."
    )
