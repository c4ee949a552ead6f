"""How far reports lie from the null: what they leave open of the distribution of ``|z|``, and each row's interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.canvas import Backend, Panel
from irlbayes.report.colors import BLUE, MUTED, ORANGE
from irlbayes.report.frames import frame_of
from irlbayes.report.lettering import NARROW, height_of_rows
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("z_scores", "grid")
TITLE = "How far from no effect the reports lie"
MOST_ROWS = 25
LINES = ((1.645, "p .10 ", "right"), (1.96, " .05", "left"), (2.576, " .01", "left"))


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the bounds of the share of reports at most as far as each ``|z|``, and below it the rows, up to 25.

    Parameters
    ----------
    evidence : Evidence
        Of `asymmetry.z_scores`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    grid, edge = numbers["grid"], numbers["grid"][-1]
    rows = sorted(numbers["rows"], key=lambda row: (row["low"], row["high"] or 1e9))
    listed = rows if len(rows) <= MOST_ROWS else []
    page = sheet(
        backend,
        width,
        (1.6, height_of_rows([str(row["study"]) for row in listed], width, 0.15)) if listed else (2.2,),
    )
    top = page.panels[0]
    steps = [grid[0], *(value for value in grid[1:] for _ in range(2))]
    top.band(steps, _stepped(numbers["least"]), _stepped(numbers["most"]), BLUE, 0.25, "what the reports leave open")
    top.line(grid, numbers["least"], BLUE, width=1.0, shape="step")
    top.line(grid, numbers["most"], BLUE, width=1.0, shape="step")
    top.line(grid, numbers["expected"], ORANGE, "dashed", 1.4, name="expected from the pooled answer")
    top.scale(
        "y", "share of reports at most as far", 0.0, 1.1, (0.0, 0.25, 0.5, 0.75, 1.0), ("0", "0.25", "0.5", "0.75", "1")
    )
    if listed:
        _rows(page.panels[1], listed, edge)
        top.scale("x", "", 0.0, edge)
    for panel in page.panels:
        for z, p, side in LINES:
            if z > 0.9 * edge:
                continue
            panel.upright(z)
            if panel is top:
                panel.note(z, 1.06, p, MUTED, side)
    page.panels[-1].scale("x", "|z|, standard errors from no effect\nfarther from no effect →", 0.0, edge)
    return finished(page, outcome.label)


def _stepped(values: list[float]) -> list[float]:
    """Repeat values so that a line through them has steps at the places of `draw`."""
    return [*(value for value in values[:-1] for _ in range(2)), values[-1]]


def _rows(panel: Panel, rows: list[dict[str, Any]], edge: float) -> None:
    places = range(len(rows))
    known = [(place, row) for place, row in zip(places, rows, strict=True) if row["high"] == row["low"]]
    open_ = [(place, row) for place, row in zip(places, rows, strict=True) if row["high"] != row["low"]]
    if open_:
        ends = [edge if row["high"] is None else min(row["high"], edge) for _, row in open_]
        panel.segments(
            [row["low"] for _, row in open_], ends, [place for place, _ in open_], color=BLUE, width=2.6, alpha=0.45
        )
    beyond = [
        place
        for place, row in enumerate(rows)
        if (row["low"] if row["high"] == row["low"] else row["high"] or edge) >= edge
    ]
    if beyond:
        panel.marks([edge] * len(beyond), beyond, "right", BLUE, 4.0)
    inside = [(place, row) for place, row in known if row["low"] < edge]
    if inside:
        panel.marks(
            [row["low"] for _, row in inside], [place for place, _ in inside], "circle", BLUE, 4.2,
            hover=[f"{row['study']}: {row['low']:.2f}" for _, row in inside],
        )  # fmt: skip
    panel.rows([str(row["study"]) for row in rows])


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per report: the interval of its ``|z|``, without an end where it has none."""
    rows = [{key: row[key] for key in ("study", "low", "high")} for row in evidence.numbers["rows"]]
    found = frame_of(rows, outcome, {"low": "standard errors", "high": "standard errors"})
    found.attrs["curves"] = {name: list(evidence.numbers[name]) for name in ("grid", "least", "most", "expected")}
    return found


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say how many reports lie beyond p = 0.05, how many do not, and how many do not say."""
    rows = evidence.numbers["rows"]
    z = LINES[1][0]
    beyond = sum(row["low"] >= z - 1e-9 for row in rows)
    within = sum(row["high"] is not None and row["high"] <= z + 1e-9 and row["low"] < z - 1e-9 for row in rows)
    grid, expected = evidence.numbers["grid"], evidence.numbers["expected"]
    near = min(range(len(grid)), key=lambda place: abs(grid[place] - z))
    return (
        f"{outcome.label}: distances of {len(rows)} reports from no effect in standard errors. {beyond} lie at 1.96 or"
        f" farther (p 0.05 or less), {within} nearer, and {len(rows) - beyond - within} do not say. The pooled answer"
        f" expects a share of {1.0 - expected[near]:.2f} farther."
    )
