"""Pareto k of each study: where leave-one-out by importance sampling can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREY, ORANGE
from irlbayes.report.frames import frame_of
from irlbayes.report.lettering import NARROW, height_of_rows
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ends_of

if TYPE_CHECKING:
    import pandas as pd

OF = ("psis_loo", "studies")
TITLE = "Where leave-one-out by importance sampling holds"
NEEDS = "two reports or more"


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw Pareto k by study, with the line above which it is not trusted.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.psis_loo`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    entries, limit = evidence.numbers["studies"], evidence.numbers["good_k"]
    page = sheet(backend, width, (0.1 + height_of_rows([entry["study"] for entry in entries], width),))
    (panel,) = page.panels
    for good, words, marker, color in ((True, "trusted", "circle", BLUE), (False, "not trusted", "cross", ORANGE)):
        chosen = [(place, entry) for place, entry in enumerate(entries) if bool(entry["good"]) == good]
        if chosen:
            panel.marks(
                [entry["pareto_k"] for _, entry in chosen], [place for place, _ in chosen], marker, color, 4.5,
                name=words, hover=[f"{entry['study']}: {entry['pareto_k']:.2f}" for _, entry in chosen],
            )  # fmt: skip
    panel.upright(limit, GREY, "dashed")
    panel.rows([entry["study"] for entry in entries], "study left out")
    low, high = ends_of([*(entry["pareto_k"] for entry in entries), limit])
    panel.scale("x", f"Pareto k, without unit\ntrusted up to {limit:.2f}", low, high)
    return finished(page, outcome.label)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per study."""
    rows = [{key: entry[key] for key in ("study", "pareto_k", "good")} for entry in evidence.numbers["studies"]]
    return frame_of(rows, outcome, {"pareto_k": "no unit"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say how many studies are trusted, and which are not."""
    entries, limit = evidence.numbers["studies"], evidence.numbers["good_k"]
    bad = [f"{entry['study']} ({entry['pareto_k']:.2f})" for entry in entries if not entry["good"]]
    most = max(entries, key=lambda entry: entry["pareto_k"])
    rest = (
        f"Not trusted: {', '.join(bad)}"
        if bad
        else f"All are trusted; the largest is {most['study']} with {most['pareto_k']:.2f}"
    )
    return f"{outcome.label}: Pareto k of {len(entries)} studies against the limit {limit:.2f}. {rest}."
