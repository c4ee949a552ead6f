"""Raindrops: how strongly each report supports every size of effect, thick where it supports it most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import shown
from irlbayes.report.canvas import Backend
from irlbayes.report.colors import BLUE, INK, MUTED, ORANGE, PAPER, SHADES
from irlbayes.report.frames import effect_unit, estimate, frame_of
from irlbayes.report.lettering import NARROW, height_of_rows
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("forest", "studies")
TITLE = "Rainforest: what each report supports"
HALF = 0.42  # of a row: half of a drop where it is thickest
FAINT = 0.147  # share of the maximum at which a drop ends: exp(-1.96**2 / 2)


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw each report's likelihood as a drop, and the mean of all below.

    Parameters
    ----------
    evidence : Evidence
        Of `questions.forest`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure

    Notes
    -----
    A drop is the likelihood mirrored, as a share of its maximum, down to where it is 0.147 of it: the likelihood's 95 %
    interval. Its full color is where the likelihood is above a half (Schild & Voracek 2015; Zhang, Kossmeier, Tran,
    Voracek & Zhang 2017).

    References
    ----------
    Schild, A. H. E., & Voracek, M. (2015). Finding your way out of the forest without a trail of bread crumbs:
    development and evaluation of two novel displays of forest plots. Research Synthesis Methods, 6(1), 74-86.
    """
    numbers = evidence.numbers
    x, studies, mean = numbers["x"], numbers["studies"], numbers["mean"]
    separator = " " if width > 1.5 * NARROW else "\n"
    labels = [f"{entry['study']}{separator}{_of(entry, separator)}" for entry in studies] + ["mean of all studies"]
    page = sheet(backend, width, (height_of_rows(labels, width, 0.24),))
    (panel,) = page.panels
    for place, entry in enumerate(studies):
        for least, color, alpha, name in (
            (FAINT, SHADES[0], 0.75, "likelihood above 0.15 of its maximum"),
            (0.5, BLUE, 0.75, "above half of its maximum"),
        ):
            tall = [HALF * height if height >= least else float("nan") for height in entry["likelihood"]]
            for part in _parts(tall):
                panel.band(
                    [x[i] for i in part], [place - tall[i] for i in part], [place + tall[i] for i in part],
                    color, alpha, name,
                )  # fmt: skip
        if entry["yi"] is not None and x[0] <= entry["yi"] <= x[-1]:
            panel.marks([entry["yi"]], [place], "circle", PAPER, 2.6, INK)
    row = len(studies)
    panel.band(
        [mean["ci_low"], mean["median"], mean["ci_high"]], [row, row - 0.3, row], [row, row + 0.3, row], ORANGE, 0.9
    )
    panel.upright(mean["median"], ORANGE, "dashed", 0.9)
    panel.level(row - 0.5, MUTED, "solid", 0.6)
    panel.rows(labels)
    panel.effects(outcome, x[0], x[-1])
    return finished(page, outcome.label)


def _of(entry: dict[str, Any], separator: str) -> str:
    return f"({entry['words']})" if separator == " " else str(entry["words"])


def _parts(values: list[float]) -> list[list[int]]:
    """Return the runs of places that hold a number."""
    parts: list[list[int]] = [[]]
    for place, value in enumerate(values):
        if value == value:
            parts[-1].append(place)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if len(part) > 1]


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the likelihoods, one row per study and size."""
    x = evidence.numbers["x"]
    rows = [
        {"study": entry["study"], "report": entry["report"], "x": place, "likelihood": height}
        for entry in evidence.numbers["studies"]
        for place, height in zip(x, entry["likelihood"], strict=True)
    ]
    return frame_of(rows, outcome, {"x": effect_unit(outcome), "likelihood": "share of its maximum"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say where each report's support is strongest, and what it leaves out."""
    numbers = evidence.numbers
    told = []
    for entry in numbers["studies"]:
        spans = " or ".join(_span(piece, outcome) for piece in entry["pieces"])
        most = "" if entry["yi"] is None else f", {shown(entry['yi'], outcome)} most"
        told.append(f"{entry['study']} ({entry['words']}) supports {spans}{most}")
    return (
        f"{outcome.label}: raindrops of {len(told)} reports, each thick where it supports an effect. {'; '.join(told)}."
        f" The mean of all is {estimate(numbers['mean'], outcome)}."
    )


def _span(piece: list[float | None], outcome: Outcome) -> str:
    low, high = piece
    if low is None and high is None:
        return "every effect"
    if low is None:
        return f"effects below {shown(high, outcome)}"
    return (
        f"effects above {shown(low, outcome)}" if high is None else f"{shown(low, outcome)} to {shown(high, outcome)}"
    )
