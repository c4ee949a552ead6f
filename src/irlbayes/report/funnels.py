"""What funnels share: rows by report kind, the reach of their axis, and standard errors that grow downwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irlbayes.core.types import Outcome
from irlbayes.core.words import report_kind, shown
from irlbayes.report.canvas import Panel
from irlbayes.report.colors import BLUE, GREEN, INK, ORANGE, PAPER, PURPLE

MARKERS, COLORS = ("circle", "square", "diamond", "up", "down", "plus", "cross"), (INK, BLUE, ORANGE, GREEN, PURPLE)
MANY = 30


def reach(sizes: Sequence[float | None], middle: float, widest: float) -> tuple[float, float]:
    """Return the ends of an axis that holds every size, and ``middle`` with ``widest`` on both sides.

    Examples
    --------
    >>> reach([1.0, None], 0.0, 2.0)
    (-2.0, 2.0)
    """
    known = [size for size in sizes if size is not None]
    margin = 0.06 * (max(known, default=middle) - min(known, default=middle))
    return (
        min(middle - widest, min(known, default=middle) - margin),
        max(middle + widest, max(known, default=middle) + margin),
    )


def scatter(panel: Panel, marks: Sequence[Mapping[str, Any]], edge: float, outcome: Outcome) -> None:
    """Draw rows by report kind; rows without a size stand at the right edge, at their design's standard error."""
    kinds = dict.fromkeys(mark["kind"] for mark in marks if mark["yi"] is not None)
    size = 5.0 if len(marks) <= MANY else 3.2
    for place, kind in enumerate(kinds):
        chosen = [mark for mark in marks if mark["kind"] == kind and mark["yi"] is not None]
        told = [f"{mark['study']}: {shown(mark['yi'], outcome)}, se {mark['sei']:.2g}" for mark in chosen]
        x, y = [mark["yi"] for mark in chosen], [mark["sei"] for mark in chosen]
        marker, color = MARKERS[place % len(MARKERS)], COLORS[place % len(COLORS)]
        panel.marks(x, y, marker, color, size, name=report_kind(kind), hover=told)
    without = [mark for mark in marks if mark["yi"] is None]
    if without:
        told = [f"{mark['study']}: no size, design's se {mark['sei']:.2g}" for mark in without]
        panel.marks(
            [edge] * len(without), [mark["sei"] for mark in without], "left", PAPER, 5.0, edge=INK,
            name="no size (design's se)", hover=told,
        )  # fmt: skip


def standard_errors(panel: Panel, deepest: float) -> None:
    """Make the y axis one of standard errors, the smallest at the top."""
    panel.scale("y", "standard error (larger studies ↑)", deepest, 0.0)
