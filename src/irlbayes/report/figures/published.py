"""A published mean, that of the reports on file, and that of both, over one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREEN, GREY, ORANGE
from irlbayes.report.frames import effect_unit, estimate, frame_of
from irlbayes.report.lettering import NARROW, height_of_rows
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("published", "densities")
TITLE = "Published, on file, and both"
LINES = {
    "prior": ("prior", GREY, "dashed"),
    "published": ("published only", ORANGE, "solid"),
    "reports": ("reports only", BLUE, "solid"),
    "later": ("later reports only", BLUE, "dotted"),
    "both": ("both", GREEN, "solid"),
}
MARKS = {"published": "square", "reports": "circle", "later": "circle", "both": "diamond"}


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the density of the mean effect by answer, and below each its interval.

    Parameters
    ----------
    evidence : Evidence
        Of `core.starts.Started`: ``densities`` with ``x`` and ``lines``, and ``answers``.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    x, lines = evidence.numbers["densities"]["x"], evidence.numbers["densities"]["lines"]
    rows = _rows(evidence)
    labels = [LINES[row["name"]][0] + _weight(row["power"]) for row in rows]
    page = sheet(backend, width, (1.5, height_of_rows(labels, width, 0.2)))
    upper, lower = page.panels
    for name, (words, color, style) in LINES.items():
        if name in lines:
            upper.line(x, lines[name], color, style, 1.6 if style == "solid" else 1.1, name=words)
    upper.scale("y", "density", 0.0, 1.06 * max(max(line) for line in lines.values()))
    upper.effects(outcome, min(x), max(x))
    upper.scale("x", "", min(x), max(x))
    upper.bare("x")
    for place, row in enumerate(rows):
        _, color, style = LINES[row["name"]]
        ends = max(row["mu"]["ci_low"], min(x)), min(row["mu"]["ci_high"], max(x))
        lower.segments([ends[0]], [ends[1]], [place], color=color, style=style, width=1.5)
        told = [f"{labels[place]}: {estimate(row['mu'], outcome)}"]
        lower.marks([row["mu"]["median"]], [place], MARKS.get(row["name"], "circle"), color, 4.5, hover=told)
    lower.rows(labels)
    lower.effects(outcome, min(x), max(x), "mean effect")
    return finished(page, outcome.label)


def _rows(evidence: Evidence) -> list[dict[str, Any]]:
    return [row for row in evidence.numbers["answers"] if row["name"] != "prior"]


def _weight(power: float | None) -> str:
    return "" if power in (None, 1.0) else f", review at {power:g}"


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per answer; the curves are in ``attrs["densities"]``."""
    rows = [
        {
            "answer": row["name"],
            "power": row["power"],
            **{key: row["mu"][key] for key in ("median", "ci_low", "ci_high")},
        }
        for row in _rows(evidence)
    ]
    found = frame_of(rows, outcome, dict.fromkeys(("median", "ci_low", "ci_high"), effect_unit(outcome)))
    found.attrs["densities"] = evidence.numbers["densities"]
    return found


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say each answer with its interval."""
    told = [f"{LINES[row['name']][0]}{_weight(row['power'])} {estimate(row['mu'], outcome)}" for row in _rows(evidence)]
    return f"{outcome.label}: densities and intervals of the mean effect. {'; '.join(told)}."
