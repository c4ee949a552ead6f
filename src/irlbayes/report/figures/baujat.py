"""Which studies make the results differ, and which of them move the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE
from irlbayes.report.frames import frame_of
from irlbayes.report.lettering import NARROW, apart, shortened
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("leave_one_out", "all")
TITLE = "Baujat: who differs, and who moves the answer"
NEEDS = "two studies or more"
GAP = 0.055  # between names, of the panel's height
NAME = 26  # characters of a name on the panel
NAMED = 6  # studies that are named, those farthest out


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw each study's distance from the pooled mean against how far the mean moves without it.

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
    rows = [row for row in evidence.numbers["studies"] if row["influence"] is not None]
    page = sheet(backend, width, (2.2,))
    (panel,) = page.panels
    far = max((row["deviance"] for row in rows), default=1.0) or 1.0
    high = max((row["influence"] for row in rows), default=1.0) or 1.0
    panel.marks(
        [row["deviance"] for row in rows], [row["influence"] for row in rows], "circle", BLUE, 4.5,
        hover=[_told(row) for row in rows],
    )  # fmt: skip
    named = sorted(rows, key=lambda row: row["deviance"] / far + row["influence"] / high)[-NAMED:]
    named.sort(key=lambda row: row["influence"])
    for row, height in zip(named, _heights([row["influence"] for row in named], high), strict=True):
        right = row["deviance"] > 0.5 * far
        place = row["deviance"] + (-0.025 if right else 0.025) * far
        panel.note(place, height, shortened(row["study"], NAME), side="right" if right else "left")
    panel.scale(
        "x", "distance from the pooled mean\n(contribution to heterogeneity, chi-square) →", -0.03 * far, 1.06 * far
    )
    panel.scale("y", "shift of the mean without it\n(squared, in its sds) ↑", -0.03 * high, 1.08 * high)
    return finished(page, outcome.label)


def _heights(influences: list[float], high: float) -> list[float]:
    """Return heights at which no name lies on another, nor above the panel; long names reach across it."""
    up, top = apart(influences, GAP * high), 1.04 * high
    return [-one for one in reversed(apart([-min(one, top) for one in reversed(up)], GAP * high))]


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per study."""
    rows = [{key: row[key] for key in ("study", "deviance", "influence")} for row in evidence.numbers["studies"]]
    return frame_of(rows, outcome, {"deviance": "chi-square", "influence": "squared sds"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say each study's distance and influence, the most influential first."""
    rows = sorted(evidence.numbers["studies"], key=lambda row: -(row["influence"] or 0.0))
    return (
        f"{outcome.label}: each study's distance from the pooled mean as a chi-square, and the squared shift of the"
        f" mean without it in sds, most influential first. {'; '.join(_told(row) for row in rows)}."
    )


def _told(row: dict[str, Any]) -> str:
    influence = "not known" if row["influence"] is None else f"{row['influence']:.2g}"
    return f"{row['study']}: distance {row['deviance']:.3g}, influence {influence}"
