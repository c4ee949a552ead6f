"""Figures of the checks: one file each, exporting ``draw(evidence, outcome)``; it draws and computes nothing.

``OF`` names the answer (a check's or a question's) that a figure is of, and the number in it that it cannot do without.

Each returns a Matplotlib figure made for 8 cm of width, or for the width that it names ``WIDE``. Matplotlib is
imported inside the functions, without pyplot, so no window opens and no setting of the reader's changes. Colours are
Okabe and Ito's, told apart by colour-blind eyes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 3.15  # inches: 8 cm
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8A8A"
SMALL = 7.0  # points


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


def effect_label(outcome: Outcome) -> str:
    """Name the axis of an effect: the scale of pooling, with its unit.

    Examples
    --------
    >>> effect_label(Outcome("x", "x", "md", 0.0, "+", unit="points"))
    'mean difference (points)'
    """
    words = SCALES[outcome.scale].words
    return f"{words} ({outcome.unit})" if outcome.unit else words
