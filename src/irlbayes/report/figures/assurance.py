"""What the next study, or several, would do: the probability of reaching a level, by size and by number."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.foretold import event
from irlbayes.core.types import Outcome
from irlbayes.core.words import probability
from irlbayes.report.canvas import Backend, Panel
from irlbayes.report.colors import BLUE, GREEN, GREY, ORANGE, PURPLE
from irlbayes.report.frames import frame_of
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("assurance", "sizes")
TITLE = "What the next study would do"
COLORS = (BLUE, ORANGE, GREEN, PURPLE)
MARKERS = ("circle", "square", "diamond", "up")
CEILINGS = {"ceiling_one": ("one study without end", "dotted"), "ceiling_any": ("studies without end", "dashdot")}


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the assurance of one study by its size for every goal, and of several studies for the first.

    Parameters
    ----------
    evidence : Evidence
        Of `planning.plan`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    several = numbers["studies"] is not None and len(numbers["studies"]["count"]) > 1
    page = sheet(backend, width, (1.7, 1.5) if several else (1.9,))
    _by_size(page.panels[0], numbers, outcome)
    if several:
        _by_number(page.panels[1], numbers, outcome)
    quarters = (0.0, 0.25, 0.5, 0.75, 1.0)
    for panel in page.panels:
        panel.level(numbers["target"], GREY, "dashed", 0.9, name="target")
        said = f"probability that P ≥ {numbers['level']:g}"
        panel.scale("y", said, 0.0, 1.0, quarters, [f"{one:g}" for one in quarters])
    return finished(page, f"{outcome.label}: the next study")


def _by_size(panel: Panel, numbers: Mapping[str, Any], outcome: Outcome) -> None:
    sizes, design = numbers["sizes"], numbers["design"]
    at = [log(value) for value in sizes["total"] or sizes["sei"]]
    here = log(design["total"] or design["sei"])
    for place, (goal, row) in enumerate(zip(numbers["goals"], sizes["assurance"], strict=True)):
        color = COLORS[place % len(COLORS)]
        name = event(goal, outcome, numbers["new_study"], short=True)
        panel.line(at, row, color, width=1.6)
        panel.marks(
            [here], [goal["assurance"]], MARKERS[place % len(MARKERS)], color, 5.0, name=name,
            hover=[f"{name}, as designed: {probability(goal['assurance'])}"],
        )  # fmt: skip
        for ceiling, (words, style) in CEILINGS.items():
            panel.level(goal[ceiling], color, style, 0.9, name=words if place == 0 else "")
    every = max(1, round(len(at) / 6))
    if sizes["total"]:
        labels = [_number(total) for total in sizes["total"]]
        panel.scale("x", f"{design['unit']} in all (log scale)", min(at), max(at), at[::every], labels[::every])
    else:
        labels = [f"{sei:.2g}" for sei in sizes["sei"]]
        said = "standard error of the estimate (log scale)\nlarger studies →"
        panel.scale("x", said, max(at), min(at), at[::every], labels[::every])


def _by_number(panel: Panel, numbers: Mapping[str, Any], outcome: Outcome) -> None:
    studies = numbers["studies"]
    for place, one in enumerate(studies["sizes"]):
        endless = one["sei"] == 0.0
        color = GREY if endless else COLORS[place % len(COLORS)]
        panel.line(studies["count"], one["assurance"], color, "dotted" if endless else "solid", 1.2)
        name = "each without end" if endless else _each(one, numbers["design"]["unit"])
        panel.marks(studies["count"], one["assurance"], MARKERS[place % len(MARKERS)], color, 3.2, name=name)
    panel.level(numbers["goals"][0]["ceiling_any"], GREY, "dashdot", 0.9)
    name = event(numbers["goals"][0], outcome, numbers["new_study"], short=True)
    count = studies["count"]
    panel.scale(
        "x", f"further studies, for {name}", min(count) - 0.2, max(count) + 0.2, count, [f"{one}" for one in count]
    )


def _each(one: Mapping[str, Any], unit: str) -> str:
    return f"standard error {one['sei']:.2g} each" if one["total"] is None else f"{_number(one['total'])} {unit} each"


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per goal and size of one study, then one per size and number of studies for the first goal."""
    numbers = evidence.numbers
    sizes, studies = numbers["sizes"], numbers["studies"]
    goals = [event(goal, outcome, numbers["new_study"], short=True) for goal in numbers["goals"]]
    totals = sizes["total"] or [None] * len(sizes["sei"])
    rows = [
        {"goal": goal, "studies": 1, "total": total, "sei": sei, "assurance": value}
        for goal, row in zip(goals, sizes["assurance"], strict=True)
        for total, sei, value in zip(totals, sizes["sei"], row, strict=True)
    ]
    for one in studies["sizes"] if studies is not None else ():
        each = {"goal": goals[0], "total": one["total"], "sei": one["sei"]}
        rows += [
            {**each, "studies": count, "assurance": value}
            for count, value in zip(studies["count"], one["assurance"], strict=True)
        ]
    return frame_of(rows, outcome, {"total": numbers["design"]["unit"], "assurance": "probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say for each goal how probable it is that the designed study reaches it, and what none can pass."""
    numbers = evidence.numbers
    design = numbers["design"]
    size = (
        f"{_number(design['total'])} {design['unit']}"
        if design["total"]
        else f"a standard error of {design['sei']:.2g}"
    )
    told = [
        f"{event(goal, outcome, numbers['new_study'], short=True)} reaches {numbers['level']:g} with probability"
        f" {probability(goal['assurance'])}, with one study without end {probability(goal['ceiling_one'])}, with"
        f" studies without end {probability(goal['ceiling_any'])}"
        for goal in numbers["goals"]
    ]
    return f"{outcome.label}: what the next study of {size} would do. {'; '.join(told)}. Target {numbers['target']:g}."
