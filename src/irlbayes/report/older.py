"""Sheets of Matplotlib alone, for the four figures that are not drawn for both backends yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 3.15  # inches: 8 cm
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8A8A"
SMALL = 7.0  # points
MARKERS, INK = "osD^vPX", ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7")


def sheet(
    rows: int = 1,
    columns: int = 1,
    height: float = 2.2,
    width: float = WIDTH,
    heights: Sequence[float] | None = None,
) -> tuple[Figure, list[Axes]]:
    """Return a figure, 8 cm wide by default and ``height`` inches high, and its panels in reading order.

    ``heights`` share the height out among the rows; equally by default.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=200, layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(rows, columns, squeeze=False, height_ratios=heights).ravel())
    for axes in panels:
        axes.tick_params(labelsize=SMALL)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file's content."""
    from io import BytesIO

    out = BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def effect_label(outcome: Outcome) -> str:
    """Name the axis of an effect: the scale of pooling, with its unit.

    Examples
    --------
    >>> effect_label(Outcome("x", "x", "md", 0.0, "+", unit="points"))
    'mean difference (points)'
    """
    words = SCALES[outcome.scale].words
    return f"{words} ({outcome.unit})" if outcome.unit else words


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


def scatter(axes: Axes, marks: Sequence[Mapping[str, Any]]) -> None:
    """Plot rows in a funnel by report kind; rows without a size stand at the right margin, at their design's se."""
    kinds = dict.fromkeys(mark["kind"] for mark in marks if mark["yi"] is not None)
    size = 4.5 if len(marks) <= 30 else 3.0
    for place, kind in enumerate(kinds):
        chosen = [mark for mark in marks if mark["kind"] == kind and mark["yi"] is not None]
        axes.plot(
            [mark["yi"] for mark in chosen],
            [mark["sei"] for mark in chosen],
            MARKERS[place % len(MARKERS)],
            color=INK[place % len(INK)],
            markeredgecolor="white",
            markeredgewidth=0.5,
            markersize=size,
            label=kind,
        )
    without = [mark["sei"] for mark in marks if mark["yi"] is None]
    if without:
        axes.plot(
            [1.03] * len(without),
            without,
            "<",
            color="white",
            markeredgecolor="black",
            markeredgewidth=0.8,
            markersize=4.5,
            clip_on=False,
            transform=axes.get_yaxis_transform(),
            label="no size (design's se)",
        )
