"""How the evidence grew: the mean effect and its probabilities after each study, from the prior on."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import null_shown, probability, shown, with_interval
from irlbayes.report.canvas import Backend, Panel
from irlbayes.report.colors import BLUE, GREEN, ORANGE, PURPLE
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.lettering import CHARACTER, NARROW
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ends_of

if TYPE_CHECKING:
    import pandas as pd

OF = ("cumulative", "steps")
TITLE = "How the evidence grew"
MARGIN = 0.7  # inches beside the panels
NAME_EVERY = 0.13  # inches that a name needs that is written from below
STYLES = (
    (BLUE, "circle", "solid"),
    (ORANGE, "square", "dashed"),
    (GREEN, "up", "dashdot"),
    (PURPLE, "diamond", "dotted"),
)
SUMMARY = ("mean", "median", "ci_low", "ci_high")


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw the mean effect with its interval and that of a new study, and below it the probabilities.

    Parameters
    ----------
    evidence : Evidence
        With numbers ``steps`` and ``level``, as `core.sequence.Followed` has them.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    steps = evidence.numbers["steps"]
    chances = outcome.null is not None
    page = sheet(backend, width, (1.6, 1.2) if chances else (1.8,))
    _effects(page.panels[0], steps, outcome, evidence.numbers["level"])
    if chances:
        _chances(page.panels[1], steps, outcome)
    names = [_name(step) for step in steps]
    level = CHARACTER * (max(map(len, names)) + 1) * len(steps) < width - MARGIN
    every = 1 if level else ceil(len(steps) * NAME_EVERY / (width - MARGIN))
    ends = -0.5, len(steps) - 0.5
    for panel in page.panels[:-1]:
        panel.scale("x", "", *ends)
        panel.bare("x")
    page.panels[-1].scale("x", "study added", *ends, range(0, len(steps), every), names[::every], upright=not level)
    return finished(page, outcome.label)


def _name(step: Any) -> str:
    """Name a step on the axis."""
    if not step["added"]:
        return "(prior)"
    first, *more = (added["study"] for added in step["added"])
    return f"{first} + {len(more)}" if more else str(first)


def _known(steps: Sequence[Any]) -> list[int]:
    return [place for place, step in enumerate(steps) if step["mu"] is not None]


def _effects(panel: Panel, steps: Sequence[Any], outcome: Outcome, level: float) -> None:
    """Draw the mean effect with its band, and the interval of a new study behind it."""
    known = _known(steps)
    mean, low, high = ([_of(steps[i]["mu"], key) for i in known] for key in ("mean", "ci_low", "ci_high"))
    new_low, new_high = ([steps[i]["new_study"][key] for i in known] for key in ("ci_low", "ci_high"))
    panel.segments(
        new_low, new_high, known, upright=True, color=ORANGE, width=1.1, name=f"new study, {level:.0%} interval"
    )
    panel.band(known, low, high, BLUE, 0.25, f"mean effect, {level:.0%} interval")
    panel.line(known, mean, BLUE, width=1.3)
    told = [f"{_name(steps[place])}: {with_interval(steps[place]['mu'], outcome)}" for place in known]
    panel.marks(known, mean, "circle", BLUE, 3.8, name="mean effect", hover=told)
    panel.effects(outcome, *ends_of([*new_low, *new_high, *low, *high]), axis="y")


def _of(numbers: Any, key: str) -> float:
    """Return a number of a summary, the median for a mean that does not exist."""
    return float(numbers["median"] if numbers[key] is None else numbers[key])


def _lines(steps: Sequence[Any], outcome: Outcome) -> list[tuple[str, list[float], float | None]]:
    """Return P(> null) and P(> delta) with their names and prior values."""
    found = [steps[i]["mu"] for i in _known(steps)]
    lines = [(f"P(> {null_shown(outcome)})", [mu["p_gt_null"] for mu in found], found[-1]["prior_p_gt_null"])]
    for place, size in enumerate(found[-1]["thresholds"]):
        chances = [mu["thresholds"][place]["p_gt"] for mu in found]
        lines.append((f"P(> {shown(size['value'], outcome)})", chances, size["prior_p_gt"]))
    return lines


def _chances(panel: Panel, steps: Sequence[Any], outcome: Outcome) -> None:
    """Draw P(> null) and P(> delta) from their prior values on, which dotted lines carry along."""
    known = _known(steps)
    for place, (name, chances, prior) in enumerate(_lines(steps, outcome)):
        color, marker, style = STYLES[place % len(STYLES)]
        panel.line(known, chances, color, style, 1.3)
        panel.marks(known, chances, marker, color, 3.8, name=f"{name}; dotted: before the data")
        if prior is not None:
            panel.level(prior, color, "dotted", 0.8)
    quarters = (0.0, 0.25, 0.5, 0.75, 1.0)
    panel.scale("y", "probability of the mean effect", -0.03, 1.03, quarters, [f"{one:g}" for one in quarters])


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return one row per step, the prior first."""
    rows = []
    for step in evidence.numbers["steps"]:
        mu, new = step["mu"] or {}, step["new_study"] or {}
        rows.append(
            {
                "added": _name(step),
                "k": step["k"],
                **{name: mu.get(name) for name in (*SUMMARY, "p_gt_null", "prior_p_gt_null")},
                **{f"new_study_{name}": new.get(name) for name in ("ci_low", "ci_high")},
                **{f"p_gt_{size['value']:g}": size["p_gt"] for size in mu.get("thresholds", ())},
            }
        )
    unit = effect_unit(outcome)
    effects = (*SUMMARY, "new_study_ci_low", "new_study_ci_high")
    return frame_of(rows, outcome, {**dict.fromkeys(effects, unit), "p_gt_null": "probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say the mean effect and P(> null) after each step."""
    told = []
    for step in evidence.numbers["steps"]:
        mu = step["mu"]
        if mu is None:
            told.append(f"{_name(step)}: no answer yet")
            continue
        chance = "" if outcome.null is None else f", P(> {null_shown(outcome)}) {probability(mu['p_gt_null'])}"
        told.append(f"{_name(step)}: {with_interval(mu, outcome)}{chance}")
    return f"{outcome.label}: the mean effect after each study, from the prior on. {'; '.join(told)}."
