"""Radial (Galbraith): every size in units of its standard error, with precise reports far from the origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import report_kind, shown
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, GREY, MUTED
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.funnels import COLORS, MARKERS
from irlbayes.report.lettering import NARROW
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ends_of, ticks

if TYPE_CHECKING:
    import pandas as pd

OF = ("funnel", "radial")
TITLE = "Radial: sizes in units of their standard errors"
NEEDS = "two reports or more with a size"
BAND = 2.0  # standard errors, as Galbraith draws it


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw yi / sei against 1 / sei, the line whose slope is the pooled mean, and a band of two standard errors.

    Parameters
    ----------
    evidence : Evidence
        Of `asymmetry.funnel`, with at least two rows with a size.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure

    Notes
    -----
    The size of a report is the slope of the line from the origin through it, read at the right.
    """
    marks, middle = _sized(evidence), evidence.numbers["median"]
    page = sheet(backend, width, (2.3,))
    (panel,) = page.panels
    edge = 1.08 * max(mark["precision"] for mark in marks)
    z = [mark["z"] for mark in marks]
    low, high = ends_of([*z, -BAND, BAND, middle * edge - BAND, middle * edge + BAND])
    panel.band(
        [0.0, edge], [-BAND, middle * edge - BAND], [BAND, middle * edge + BAND], GREY, 0.2, "mean ± 2 standard errors"
    )
    panel.line([0.0, edge], [0.0, middle * edge], BLUE, width=1.4, name="pooled mean")
    if outcome.null is not None:
        panel.line([0.0, edge], [0.0, 0.0], MUTED, "dotted", 1.0, name="no effect")
    for place, kind in enumerate(dict.fromkeys(mark["kind"] for mark in marks)):
        chosen = [mark for mark in marks if mark["kind"] == kind]
        panel.marks(
            [mark["precision"] for mark in chosen], [mark["z"] for mark in chosen], MARKERS[place % len(MARKERS)],
            COLORS[place % len(COLORS)], 5.0, name=report_kind(kind),
            hover=[f"{mark['study']}: {shown(mark['yi'], outcome)}, se {mark['sei']:.2g}" for mark in chosen],
        )  # fmt: skip
    panel.scale("y", "size / standard error", low, high)
    panel.scale("x", f"1 / standard error of a report, 1 / {effect_unit(outcome)}\nmore precise →", 0.0, edge)
    places, labels = ticks(outcome.scale, low / edge, high / edge, 5)
    panel.beside([place * edge for place in places], labels, "size")
    return finished(page, outcome.label)


def _sized(evidence: Evidence) -> list[dict[str, Any]]:
    return list(evidence.numbers["radial"])


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per report with a size."""
    rows = [{key: mark[key] for key in ("study", "kind", "yi", "sei", "precision", "z")} for mark in _sized(evidence)]
    unit = effect_unit(outcome)
    return frame_of(rows, outcome, {"yi": unit, "sei": unit, "precision": f"1 / {unit}", "z": "standard errors"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say how many reports lie in the band of two standard errors around the pooled mean, and which do not."""
    marks, middle = _sized(evidence), evidence.numbers["median"]
    outside = [mark["study"] for mark in marks if abs(mark["z"] - middle * mark["precision"]) > BAND]
    rest = f"outside it: {', '.join(outside)}" if outside else "none lies outside it"
    precise = max(marks, key=lambda mark: mark["precision"])
    return (
        f"{outcome.label}: sizes in units of their standard errors against precision. {len(marks) - len(outside)} of"
        f" {len(marks)} reports lie within two standard errors of the pooled mean {shown(middle, outcome)}; {rest}. The"
        f" most precise is {precise['study']}."
    )
