"""Every study as it was reported and as the others make it look, with the mean, a new study and the prior below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown, probability, shown
from irlbayes.report.canvas import Backend, Panel
from irlbayes.report.colors import BLUE, GREEN, GREY, INK, MUTED, ORANGE, SHADES
from irlbayes.report.frames import effect_unit, estimate, frame_of
from irlbayes.report.lettering import NARROW, height_of_rows
from irlbayes.report.sheet import finished, sheet

if TYPE_CHECKING:
    import pandas as pd

OF = ("forest", "studies")
TITLE = "Forest: every study, and all of them"
SUMMARIES = {
    "mean": ("mean of all studies", ORANGE),
    "new_study": ("new study", GREEN),
    "prior": ("mean before the data", GREY),
}
RIDGE = 0.62  # height of a likelihood, in rows
SQUARE = (2.5, 6.0)  # points, from no share of the information to the largest


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw a row per study, and below them one each for the mean, a new study and the prior of the mean.

    Parameters
    ----------
    evidence : Evidence
        Of `questions.forest`.
    outcome : Outcome
    backend : str
    width : float
        Inches; wide has each row in one line.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure

    Notes
    -----
    A report with a size is a square (its area grows with its share of the information) on the interval of its
    likelihood; one without is the shape of its likelihood. The effect in the light of the other studies is a circle.
    """
    numbers = evidence.numbers
    studies, x = numbers["studies"], numbers["x"]
    low, high = x[0], x[-1]
    below = [(name, numbers[name]) for name in SUMMARIES if numbers[name] is not None]
    wide = width > 1.5 * NARROW
    labels = [_label(entry, wide) for entry in studies] + [SUMMARIES[name][0] for name, _ in below]
    rows = [*studies, *(one for _, one in below)]
    page = sheet(backend, width, (height_of_rows(labels, width, 0.22 if wide else 0.31),))
    (panel,) = page.panels
    _shapes(panel, studies, x)
    _reported(panel, studies, low, high, outcome)
    _after_pooling(panel, studies, low, high, outcome)
    _summaries(panel, below, len(studies), low, high)
    panel.rows(labels)
    panel.effects(outcome, low, high)
    panel.level(len(studies) - 0.5, GREY, "solid", 0.6)
    panel.beside(range(len(rows)), [_numbers(row, outcome, wide) for row in rows], "after pooling")
    return finished(page, f"{outcome.label}{_chance(numbers['mean'], outcome)}")


def _chance(mean: dict[str, Any], outcome: Outcome) -> str:
    """Say P(> null) of the mean, beside its prior value, on a line of its own; nothing where there is no null."""
    if mean["p_gt_null"] is None:
        return ""
    before = "" if mean["prior_p_gt_null"] is None else f", {probability(mean['prior_p_gt_null'])} before the data"
    return f"\nP(mean > {null_shown(outcome)}) is {probability(mean['p_gt_null'])}{before}"


def _label(entry: dict[str, Any], wide: bool) -> str:
    share = "" if entry["share"] is None else f", {max(entry['share'], 0.0):.0%}"
    return f"{entry['study']} ({entry['words']}{share})" if wide else f"{entry['study']}\n{entry['words']}{share}"


def _numbers(row: dict[str, Any], outcome: Outcome, wide: bool) -> str:
    return estimate(row, outcome, " " if wide else "\n")


def _shapes(panel: Panel, studies: list[dict[str, Any]], x: list[float]) -> None:
    """Draw the likelihood of every report without a size, standing on its row."""
    name = "shape of a report without a size"
    for place, entry in enumerate(studies):
        if entry["yi"] is None:
            foot = place + 0.18
            top = [foot - RIDGE * height for height in entry["likelihood"]]
            panel.band(x, foot, top, SHADES[1], 1.0, name)
            panel.line(x, top, MUTED, width=0.6)


def _reported(panel: Panel, studies: list[dict[str, Any]], low: float, high: float, outcome: Outcome) -> None:
    """Draw the reports with a size: squares on the intervals of their likelihoods, with arrows where these run out."""
    sized = [(place - 0.14, entry) for place, entry in enumerate(studies) if entry["yi"] is not None]
    spans = [(place, piece) for place, entry in sized for piece in entry["pieces"]]
    bounded = [(place, *(_held(end, low, high, side) for side, end in enumerate(piece))) for place, piece in spans]
    if bounded:
        places, starts, ends = zip(*bounded, strict=True)
        panel.segments(starts, ends, places, color=MUTED, width=1.0)
    for marker, edge, side in (("left", low, 0), ("right", high, 1)):
        out = [place for place, piece in spans if piece[side] is None or not low <= piece[side] <= high]
        if out:
            panel.marks([edge] * len(out), out, marker, MUTED, 3.4)
    inside = [(place, entry) for place, entry in sized if low <= entry["yi"] <= high]
    if inside:
        most = max(max(entry["share"] or 0.0 for _, entry in inside), 1e-9)
        sizes = [SQUARE[0] + (SQUARE[1] - SQUARE[0]) * max(entry["share"] or 0.0, 0.0) / most for _, entry in inside]
        panel.marks(
            [entry["yi"] for _, entry in inside], [place for place, _ in inside], "square", INK, sizes,
            name="as reported, 95 % interval of its likelihood",
            hover=[f"{entry['study']}, as reported: {shown(entry['yi'], outcome)}" for _, entry in inside],
        )  # fmt: skip


def _held(end: float | None, low: float, high: float, side: int) -> float:
    return min(max((low, high)[side] if end is None else end, low), high)


def _after_pooling(panel: Panel, studies: list[dict[str, Any]], low: float, high: float, outcome: Outcome) -> None:
    places = [place + 0.18 for place in range(len(studies))]
    ends = [(max(entry["ci_low"], low), min(entry["ci_high"], high)) for entry in studies]
    panel.segments([one for one, _ in ends], [one for _, one in ends], places, color=BLUE, width=1.4)
    panel.marks(
        [entry["median"] for entry in studies], places, "circle", BLUE, 4.2, name="in the light of the others",
        hover=[f"{entry['study']}, after pooling: {_numbers(entry, outcome, True)}" for entry in studies],
    )  # fmt: skip


def _summaries(panel: Panel, below: list[tuple[str, dict[str, Any]]], first: int, low: float, high: float) -> None:
    """Draw the mean as a diamond, a new study and the prior as bars."""
    for place, (name, one) in enumerate(below, first):
        color = SUMMARIES[name][1]
        ends = max(one["ci_low"], low), min(one["ci_high"], high)
        if name == "mean":
            tall = [place, place - 0.27, place], [place, place + 0.27, place]
            panel.band([ends[0], one["median"], ends[1]], *tall, color, 0.9)
            continue
        panel.segments(
            [ends[0]], [ends[1]], [place], color=color, width=2.6, style="solid" if name == "new_study" else "dashed"
        )
        for marker, edge, out in (("left", low, one["ci_low"] < low), ("right", high, one["ci_high"] > high)):
            if out:
                panel.marks([edge], [place], marker, color, 4.0)
        if low <= one["median"] <= high:
            panel.marks([one["median"]], [place], "diamond", color, 4.0)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per study, and the mean, a new study and the prior after them.

    ``report_low`` and ``report_high`` are the ends of the interval of its likelihood (of the outermost, where there are
    several), empty where the report does not bound the effect.
    """
    rows: list[dict[str, Any]] = []
    for entry in evidence.numbers["studies"]:
        rows.append(
            {
                "row": entry["study"],
                "report": entry["report"],
                "yi": entry["yi"],
                "report_low": entry["pieces"][0][0],
                "report_high": entry["pieces"][-1][1],
                "share": entry["share"],
                **{name: entry[name] for name in ("median", "ci_low", "ci_high")},
            }
        )
    for name in SUMMARIES:
        if evidence.numbers[name] is not None:
            rows.append({"row": name, **{key: evidence.numbers[name][key] for key in ("median", "ci_low", "ci_high")}})
    effects = ("yi", "report_low", "report_high", "median", "ci_low", "ci_high")
    return frame_of(
        rows, outcome, {**dict.fromkeys(effects, effect_unit(outcome)), "share": "share of the information"}
    )


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say the mean, a new study and every study."""
    numbers = evidence.numbers
    told = [
        f"{name} {_numbers(numbers[key], outcome, True)}"
        for key, (name, _) in SUMMARIES.items()
        if numbers[key] is not None
    ]
    studies = [
        f"{entry['study']} ({entry['words']}{'' if entry['yi'] is None else ' ' + shown(entry['yi'], outcome)})"
        f" {_numbers(entry, outcome, True)}"
        for entry in numbers["studies"]
    ]
    chance = _chance(numbers["mean"], outcome).replace("\n", " ") + "." if outcome.null is not None else ""
    return (
        f"{outcome.label}: forest of {len(studies)} studies, estimates with {numbers['level']:.0%} intervals:"
        f" {'; '.join(told)}.{chance} Each study in the light of the others: {'; '.join(studies)}."
    )
