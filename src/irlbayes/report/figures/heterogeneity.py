"""How much true effects differ between studies: tau before and after the data, and its share of the variation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import probability
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREY, INK
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("heterogeneity", "density")
TITLE = "How much true effects differ"
BEFORE, AFTER = "before the data (prior)", "after the data (posterior)"


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the densities of tau with its interval, and the probability that I squared is above each share.

    Parameters
    ----------
    evidence : Evidence
        Of `questions.heterogeneity`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    density, tau, above = (evidence.numbers[name] for name in ("density", "tau", "i2_above"))
    page = sheet(backend, width, (1.25, 1.1) if above is not None else (1.5,))
    x, top = density["x"], max(*density["prior"], *density["posterior"])
    first = page.panels[0]
    first.band(x, 0.0, density["posterior"], BLUE, 0.15)
    first.line(x, density["prior"], GREY, "dashed", 1.2, name=BEFORE)
    first.line(x, density["posterior"], BLUE, width=1.6, name=AFTER)
    foot = -0.08 * top
    first.segments([tau["ci_low"]], [min(tau["ci_high"], x[-1])], [foot], color=INK, width=1.4)
    first.marks([tau["median"]], [foot], "circle", INK, 4.5)
    marks = [mark["value"] for mark in tau["thresholds"] if x[0] <= mark["value"] <= x[-1]]
    for mark in marks:
        first.upright(mark, GREY, "dotted", name=f"marks at {', '.join(f'{value:g}' for value in marks)}")
    first.scale("y", "density", -0.16 * top, 1.08 * top)
    first.scale("x", f"sd between studies tau, {effect_unit(outcome)}\nmore differences between studies →", 0.0, x[-1])
    if above is not None:
        second = page.panels[1]
        second.line(above["share"], above["prior"], GREY, "dashed", 1.2, name=BEFORE)
        second.line(above["share"], above["posterior"], BLUE, width=1.6, name=AFTER)
        second.scale("y", "probability above", 0.0, 1.02, (0.0, 0.5, 1.0), ("0", "0.5", "1"))
        ticks = (0.0, 0.25, 0.5, 0.75, 1.0)
        said = "I², share of variation between studies\nmore differences between studies →"
        second.scale("x", said, 0.0, 1.0, ticks, [f"{tick:.0%}" for tick in ticks])
    return finished(page, outcome.label)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the curves: densities of tau, and probabilities that I squared is above a share."""
    density, above = evidence.numbers["density"], evidence.numbers["i2_above"]
    curves = [("tau, density", density["x"], density)]
    if above is not None:
        curves.append(("I2, probability above", above["share"], above))
    rows = [
        {"curve": name, "x": x, "prior": before, "posterior": after}
        for name, places, curve in curves
        for x, before, after in zip(places, curve["prior"], curve["posterior"], strict=True)
    ]
    return frame_of(rows, outcome, {"x": f"of tau: {effect_unit(outcome)}; of I2: share"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say tau and I squared with their intervals, and the probabilities of the marks beside their prior values."""
    tau, i2 = evidence.numbers["tau"], evidence.numbers["i2"]
    text = (
        f"{outcome.label}: density of the sd between studies, before and after the data. After them the median is"
        f" {tau['median']:.2g}, interval {tau['ci_low']:.2g} to {tau['ci_high']:.2g}."
    )
    marks = [
        f"above {mark['value']:g} {probability(mark['p_gt'])} ({probability(mark['prior_p_gt'])} before the data)"
        for mark in tau["thresholds"]
    ]
    text += f" Probability that it is {', '.join(marks)}." if marks else ""
    if i2 is not None:
        text += f" I squared is {i2['median']:.0%}, interval {i2['ci_low']:.0%} to {i2['ci_high']:.0%}."
    return text
