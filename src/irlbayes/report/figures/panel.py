"""The pooled mean under each prior of the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown, probability
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE
from irlbayes.report.frames import effect_unit, estimate, frame_of
from irlbayes.report.lettering import NARROW, row_places
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ends_of

if TYPE_CHECKING:
    import pandas as pd

OF = ("panel", "rows")
TITLE = "The answer under other priors"
NEEDS = "other priors to compare with"
COLUMNS = ("mean", "median", "ci_low", "ci_high")


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw one interval per prior, with the probability of an effect above the null beside it.

    Parameters
    ----------
    evidence : Evidence
        Of `checks.panel`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    rows = evidence.numbers["rows"]
    labels = [row["name"] for row in rows]
    places, end = row_places(labels, width, 0.19)
    page = sheet(backend, width, (end,))
    (panel,) = page.panels
    panel.segments([row["ci_low"] for row in rows], [row["ci_high"] for row in rows], places, color=BLUE, width=1.5)
    panel.marks(
        [row["median"] for row in rows], places, "circle", BLUE, 4.5, hover=[_told(row, outcome) for row in rows]
    )
    panel.rows(labels, "", places, end)
    panel.effects(outcome, *ends_of([row[key] for row in rows for key in ("ci_low", "ci_high")]), "mean effect")
    if outcome.null is not None:
        panel.beside(places, [probability(row["p_gt_null"]) for row in rows], f"P(> {null_shown(outcome)})")
    return finished(page, f"{outcome.label}, by prior")


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per prior."""
    keys = ("name", "mu", "tau", *COLUMNS, "p_gt_null", "prior_p_gt_null")
    rows = [{key: row.get(key) for key in keys} for row in evidence.numbers["rows"]]
    units = {
        **dict.fromkeys(COLUMNS, effect_unit(outcome)),
        "p_gt_null": "probability",
        "prior_p_gt_null": "probability",
    }
    return frame_of(rows, outcome, units)


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say the mean and its interval under each prior."""
    rows = evidence.numbers["rows"]
    return (
        f"{outcome.label}: the mean effect under {len(rows)} priors. {'; '.join(_told(row, outcome) for row in rows)}."
    )


def _told(row: dict[str, Any], outcome: Outcome) -> str:
    chance = "" if row["p_gt_null"] is None else f", P(> {null_shown(outcome)}) {probability(row['p_gt_null'])}"
    return f"{row['name']}: {estimate(row, outcome)}{chance}"
