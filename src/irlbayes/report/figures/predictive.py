"""Each statistic of the reports against the same statistic of simulated data sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, ORANGE
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ends_of

if TYPE_CHECKING:
    import pandas as pd

OF = ("predictive", "statistics")
TITLE = "The reports beside data that the model simulates"
NEEDS = "two reports or more, no moderators, and one row of each cohort"


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw one panel per statistic: histogram of the replicates, and a line at what was observed.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.predictive`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    entries = evidence.numbers["statistics"]
    columns = min(len(entries), 2 if width <= NARROW else 4)
    rows = -(-len(entries) // columns)
    page = sheet(backend, width, (0.85,) * rows, columns, count=len(entries))
    for number, (panel, entry) in enumerate(zip(page.panels, entries, strict=True)):
        share = [count / max(sum(entry["counts"]), 1) for count in entry["counts"]]
        first = number == 0
        panel.bars(entry["edges"], share, BLUE, name="simulated data sets" if first else "")
        panel.upright(entry["observed"], ORANGE, "solid", 1.6, name="the reports" if first else "")
        panel.scale(
            "x", entry["words"], *ends_of([entry["edges"][0], entry["edges"][-1], entry["observed"]], 0.03), count=3
        )
        panel.scale("y", "share" if number % columns == 0 else "", 0.0, 1.08 * max(share))
        panel.bare("y")
        panel.head(f"p = {entry['p']:.3f}", ORANGE)
    return finished(page, f"{outcome.label}\neffects: {effect_unit(outcome)}")


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per bin of each statistic; what was observed, and its p, repeat in every row."""
    rows = [
        {
            "statistic": entry["words"],
            "low": entry["edges"][place],
            "high": entry["edges"][place + 1],
            "count": count,
            "observed": entry["observed"],
            "p": entry["p"],
        }
        for entry in evidence.numbers["statistics"]
        for place, count in enumerate(entry["counts"])
    ]
    return frame_of(rows, outcome, {"count": "data sets", "p": "probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say each statistic as observed, its simulated range, and its p."""
    told = [
        f"{entry['words']} is {entry['observed']:.3g} where simulated data give {low:.3g} to {high:.3g}"
        f" (p {entry['p']:.3f})"
        for entry in evidence.numbers["statistics"]
        for low, high in [_range(entry["edges"])]
    ]
    return f"{outcome.label}: statistics of the reports beside those of simulated data sets. {'; '.join(told)}."


def _range(edges: Sequence[float]) -> tuple[float, float]:
    """Return the least and the largest of simulated data; bins of counts begin a half below their count."""
    half = 0.5 if edges[0] % 1.0 == 0.5 and edges[1] - edges[0] == 1.0 else 0.0
    return edges[0] + half, edges[-1] - half
