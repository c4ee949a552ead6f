"""The mean effect without each study: which one carries the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown, probability
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, ORANGE
from irlbayes.report.frames import effect_unit, estimate, frame_of
from irlbayes.report.lettering import NARROW, height_of_rows
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ends_of

if TYPE_CHECKING:
    import pandas as pd

OF = ("leave_one_out", "all")
TITLE = "The answer without each study"
NEEDS = "two studies or more"
SUMMARY = ("mean", "median", "ci_low", "ci_high", "p_gt_null")
ALL = "none: all studies"


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the mean and its interval without each study, with P(> null) beside it, and of all studies below.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.leave_one_out`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    rows = _rows(evidence)
    labels = [row["study"] for row in rows]
    page = sheet(backend, width, (height_of_rows(labels, width, 0.19),))
    (panel,) = page.panels
    last = len(rows) - 1
    for places, color, marker in ((range(last), BLUE, "circle"), ([last], ORANGE, "diamond")):
        chosen = [rows[place] for place in places]
        panel.segments([r["ci_low"] for r in chosen], [r["ci_high"] for r in chosen], places, color=color, width=1.5)
        panel.marks(
            [r["median"] for r in chosen], places, marker, color, 4.5, hover=[_told(r, outcome) for r in chosen]
        )
    panel.upright(rows[last]["median"], ORANGE, "dashed", 0.8)
    panel.rows(labels, "study left out")
    panel.effects(outcome, *ends_of([row[key] for row in rows for key in ("ci_low", "ci_high")]), "mean effect")
    if outcome.null is not None:
        panel.beside(range(len(rows)), [probability(row["p_gt_null"]) for row in rows], f"P(> {null_shown(outcome)})")
    return finished(page, outcome.label)


def _rows(evidence: Evidence) -> list[dict[str, Any]]:
    every = {"study": ALL, **evidence.numbers["all"]}
    return [*evidence.numbers["studies"], every]


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per study left out, and one for all studies."""
    keys = ("study", *SUMMARY, "tail", "log_score")
    rows = [{key: row.get(key) for key in keys} for row in _rows(evidence)]
    units = {**dict.fromkeys(SUMMARY[:-1], effect_unit(outcome)), "p_gt_null": "probability", "tail": "probability"}
    return frame_of(rows, outcome, units)


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say the mean of all studies, and without each."""
    *rows, every = _rows(evidence)
    return (
        f"{outcome.label}: the mean effect of all {len(rows)} studies is {_told(every, outcome).removeprefix(ALL)[2:]}."
        f" Without {'; without '.join(_told(row, outcome) for row in rows)}."
    )


def _told(row: dict[str, Any], outcome: Outcome) -> str:
    chance = "" if row["p_gt_null"] is None else f", P(> {null_shown(outcome)}) {probability(row['p_gt_null'])}"
    return f"{row['study']}: {estimate(row, outcome)}{chance}"
