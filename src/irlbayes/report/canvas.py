"""A panel to draw on, in Matplotlib or in plotly, by the functions that ArviZ-plots gives both.

A figure draws once, on panels. Everything that `arviz_plots.backend` has goes through it; what it lacks for one of the
two (names in a legend, labels at the right, text that is no markup, axes of ratios) is here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, Literal

import numpy as np

from irlbayes.core.types import Outcome
from irlbayes.report.colors import BLUE, GREY, INK, MUTED, PAPER
from irlbayes.report.lettering import (
    CHARACTER,
    LARGER,
    PIXELS,
    SMALL,
    SMALLEST,
    effect_name,
    folded,
    label_of_row,
    words,
)
from irlbayes.report.ticks import ticks

Backend = Literal["matplotlib", "plotly", "plain"]  # the last is plotly's figure as data, which no object has checked
BACKENDS: tuple[Backend, ...] = ("matplotlib", "plotly", "plain")
STYLES = {"solid": ("-", "solid"), "dashed": ("--", "dash"), "dotted": (":", "dot"), "dashdot": ("-.", "dashdot")}
MARKERS = {
    "circle": ("o", "circle"),
    "square": ("s", "square"),
    "diamond": ("D", "diamond"),
    "down": ("v", "triangle-down"),
    "up": ("^", "triangle-up"),
    "cross": ("X", "x"),
    "plus": ("P", "cross"),
    "left": ("<", "triangle-left"),
    "right": (">", "triangle-right"),
}


class Panel:
    """One pair of axes; every method draws, or names an axis, in whichever backend the sheet has.

    Lines are given in points, colors as those of `report.colors`, ``name`` is what a legend says (empty for nothing).
    """

    def __init__(self, backend: Backend, layer: ModuleType, target: Any, number: int, width: float, height: float):
        self.layer, self.target, self.number, self.width, self.height = layer, target, number, width, height
        self.is_plotly = backend != "matplotlib"
        self.outcomes: dict[str, Outcome] = {}  # by axis, where it is one of effects
        self.names: dict[str, str] = {}  # of the axes
        self.left_labels, self.right_labels = 4, 0  # characters
        self.headed, self.right = False, 1.0
        self.is_bare = ""  # the axis whose ticks were taken off
        self.turned = 0  # characters of labels that are written from below
        self.axes: dict[str, dict[str, Any]] = {"x": {}, "y": {}}  # of plotly, whose layout is made at once at the end

    @property
    def room(self) -> int:
        """Characters that fit in a line under the middle of the panel."""
        plot = int(self.width / CHARACTER) - self.left_labels - self.right_labels - 4
        return max(16, plot + 2 * min(self.left_labels, self.right_labels))

    @property
    def name_below(self) -> str:
        """Name of the x axis, folded to fit."""
        return folded(self.names.get("x", ""), self.room)

    @property
    def room_beside(self) -> float:
        """Pixels at the right, for plotly."""
        return 0.56 * self.right_labels * self._size(SMALL) + 8.0 if self.right_labels else 0.0

    def write_names(self) -> None:
        """Write the names of the axes, folded, now that the panel's room is known."""
        options = {"size": self._size(SMALL), "color": INK}
        if self.is_plotly:
            for axis, said in (("x", self.name_below), ("y", self.names.get("y", ""))):
                if said:
                    said = said if axis == "x" else folded(said, max(12, int(self.height / CHARACTER)))
                    self.axes[axis]["title"] = {"text": self._said(said), "font": options}
            return
        if self.names.get("x"):
            self.layer.xlabel(self._said(self.name_below), self.target, **options)
        if self.names.get("y"):
            name = folded(self.names["y"], max(12, int(self.height / CHARACTER)))
            self.layer.ylabel(self._said(name), self.target, **options)

    # --- marks ---------------------------------------------------------------------------------------------

    def line(
        self,
        x: Any,
        y: Any,
        color: str = INK,
        style: str = "solid",
        width: float = 1.3,
        alpha: float = 1.0,
        name: str = "",
        shape: str = "linear",
    ) -> None:
        """Draw a line; it is interrupted where a value is not a number. ``shape`` may be ``step``."""
        draw = self.layer.line if shape == "linear" else self.layer.step
        stepped = {} if shape == "linear" else {"step_mode": "after"}
        draw(
            self._array(x), self._array(y), self.target, color=color, alpha=alpha,
            width=self._width(width), linestyle=STYLES[style][self.is_plotly], **stepped, **self._named(name),
        )  # fmt: skip

    def segments(self, low: Any, high: Any, at: Any, upright: bool = False, **options: Any) -> None:
        """Draw a line from ``low`` to ``high`` at each place of the other axis, all of them as one mark."""
        low, high, at = (np.asarray(one, dtype=float) for one in (low, high, at))
        along = np.column_stack([low, high, np.full(low.shape, np.nan)]).ravel()
        across = np.repeat(at, 3)
        self.line(*((across, along) if upright else (along, across)), **options)

    def marks(
        self,
        x: Any,
        y: Any,
        marker: str = "circle",
        color: str = INK,
        size: Any = 4.5,
        edge: str = PAPER,
        name: str = "",
        hover: Sequence[str] = (),
    ) -> None:
        """Draw marks; ``size`` is their diameter in points, one for all or one each."""
        options = self._named(name)
        if self.is_plotly and hover:
            options |= {"hovertext": [self._said(text) for text in hover], "hoverinfo": "text"}
        if not self.is_plotly:
            options |= {"zorder": 3, "clip_on": False}
        else:
            options |= {"cliponaxis": False, "alpha": 1.0}
        scale = LARGER * PIXELS if self.is_plotly else 1.0
        self.layer.scatter(
            np.atleast_1d(self._array(x)), np.atleast_1d(self._array(y)), self.target,
            size=(np.asarray(size, dtype=float) * scale) ** 2, marker=MARKERS[marker][self.is_plotly], facecolor=color,
            edgecolor=edge, width=self._width(0.5),
            **options,
        )  # fmt: skip

    def band(self, x: Any, low: Any, high: Any, color: str = BLUE, alpha: float = 0.3, name: str = "") -> None:
        """Fill between two lines."""
        x, low, high = (self._array(one) for one in np.broadcast_arrays(x, low, high))
        options = {"hoverinfo": "skip", **self._named(name)} if self.is_plotly else self._named(name)
        self.layer.fill_between_y(x, low, high, self.target, color=color, alpha=alpha, **options)

    def bars(self, edges: Any, heights: Any, color: str = BLUE, alpha: float = 0.45, name: str = "") -> None:
        """Fill a histogram."""
        edges = np.asarray(edges, dtype=float)
        beneath = {} if self.is_plotly else {"linewidth": 0, "zorder": 1.0}
        self.layer.hist(
            np.asarray(heights, dtype=float), edges[:-1], edges[1:], self.target,
            facecolor=color, edgecolor=color, alpha=alpha, **beneath,
            **self._named(name),
        )  # fmt: skip

    def upright(self, x: float, color: str = GREY, style: str = "dotted", width: float = 0.9, name: str = "") -> None:
        """Draw a line across the panel at a place of the x axis."""
        self._across(self.layer.vline, x, color, style, width, name)

    def level(self, y: float, color: str = GREY, style: str = "dotted", width: float = 0.9, name: str = "") -> None:
        """Draw a line across the panel at a height."""
        self._across(self.layer.hline, y, color, style, width, name)

    def floor(self, low: float, high: float, color: str, alpha: float = 1.0, name: str = "") -> None:
        """Fill a strip across the panel between two heights."""
        options = {"layer": "below"} if self.is_plotly else {"linewidth": 0}
        self.layer.hspan(low, high, self.target, color=color, alpha=alpha, **options, **self._named(name))

    def note(
        self, x: float, y: float, text: str, color: str = MUTED, side: str = "center", height: str = "center"
    ) -> None:
        """Write on the panel; ``side`` and ``height`` say which part of the text stands at the place."""
        options: dict[str, Any] = {"hoverinfo": "skip"} if self.is_plotly else {"in_layout": False}
        if self.is_plotly and height == "center":
            height = "middle"
        self.layer.text(
            x, y, self._said(text), self.target, size=self._size(SMALLEST), color=color,
            horizontal_align=side, vertical_align=height, **options,
        )  # fmt: skip

    # --- axes ----------------------------------------------------------------------------------------------

    def effects(
        self, outcome: Outcome, low: float, high: float, of: str = "", axis: str = "x", null: bool = True
    ) -> None:
        """Make an axis one of effects: limits, ticks as readers see them, name with unit, and the side of harm.

        Parameters
        ----------
        outcome : Outcome
        low, high : float
            Ends, on the scale of pooling.
        of : str
            What it is the size of, such as ``mean effect``; comes first in the name.
        axis : str
        null : bool
            Whether to draw a line at no effect, where there is one.
        """
        self.outcomes[axis] = outcome
        count = 6 if axis == "y" else 4 if self.room < 36 else 5
        self.scale(axis, effect_name(outcome, of, axis), low, high, *ticks(outcome.scale, low, high, count))
        if null and outcome.null is not None and low < outcome.null < high:
            (self.upright if axis == "x" else self.level)(outcome.null, color=INK, style="dotted")

    def scale(
        self,
        axis: str,
        said: str,
        low: float | None = None,
        high: float | None = None,
        places: Sequence[float] | None = None,
        labels: Sequence[str] | None = None,
        count: int = 5,
        upright: bool = False,
    ) -> None:
        """Name an axis, and set its ends and ticks where they are given.

        Ends from high to low turn it round; ``upright`` writes the labels of an x axis from below.
        """
        self.names[axis] = said
        if low is not None and high is not None:
            if self.is_plotly:
                self.axes[axis]["range"] = [low, high]
            else:
                (self.layer.xlim if axis == "x" else self.layer.ylim)((low, high), self.target)
            self.right = high if axis == "x" else self.right
            if places is None:
                places, labels = ticks("none", min(low, high), max(low, high), count)
        if places is not None and labels is not None:
            if axis == "y":
                self.left_labels = max((len(line) for label in labels for line in label.split("\n")), default=0)
            turned: dict[str, Any] = {"rotation": 90} if upright else {}
            self.turned = max(map(len, labels)) if upright else self.turned
            if self.is_plotly:
                self.axes[axis] |= {
                    "tickmode": "array", "tickvals": list(places), "ticktext": [self._said(label) for label in labels],
                    "tickfont": {"color": INK, "size": self._size(SMALL)},
                }  # fmt: skip
                return
            (self.layer.xticks if axis == "x" else self.layer.yticks)(
                list(places), [self._said(label) for label in labels], self.target,
                size=self._size(SMALL), color=INK, **turned,
            )  # fmt: skip

    def rows(
        self, labels: Sequence[str], said: str = "", places: Sequence[float] | None = None, end: float = 0.0
    ) -> None:
        """Make the y axis one of rows, the first at the top; long labels are folded (`height_of_rows` knows).

        ``places`` and ``end`` are those of `row_places`, for rows of different heights.
        """
        lines = [label_of_row(label, self.width) for label in labels]
        if places is None:
            self.scale("y", said, len(labels) - 0.5, -0.5, range(len(labels)), lines)
        else:
            self.scale("y", said, end, 0.0, places, lines)

    def bare(self, axis: str = "y") -> None:
        """Take the ticks off an axis whose numbers nobody reads; its name stays."""
        self.is_bare = axis
        if not self.is_plotly:
            self.layer.remove_ticks(self.target, axis=axis)

    def beside(self, places: Sequence[float], labels: Sequence[str], heading: str = "") -> None:
        """Write a column of labels at the right of the panel, whose x axis has its ends, with its heading."""
        self.headed = self.headed or bool(heading)
        self.right_labels = max(len(line) for label in (*labels, heading) for line in label.split("\n"))
        if not self.is_plotly:
            axis = self.target.secondary_yaxis("right")
            axis.set_yticks(list(places), [self._said(label) for label in labels])
            axis.tick_params(labelsize=SMALL, length=0, labelcolor=INK, pad=2)
            axis.spines["right"].set_visible(False)
            if heading:
                self.target.annotate(
                    self._said(heading), (1.0, 1.0), (2.0, 2.0), xycoords="axes fraction", textcoords="offset points",
                    fontsize=SMALLEST, color=MUTED, ha="left", va="bottom",
                )  # fmt: skip
            return
        edge, options = self.right, {"hoverinfo": "skip", "size": self._size(SMALL), "vertical_align": "middle"}
        said = [f"\u2009{self._said(label)}".replace("<br>", "<br>\u2009") for label in labels]
        self.layer.text(
            np.full(len(said), edge), np.asarray(places, dtype=float), said, self.target, color=INK,
            horizontal_align="left", **options,
        )  # fmt: skip
        if heading:
            self.target.add_annotation(
                text=self._said(heading), x=1.0, xanchor="left", xshift=4, y=1.0, yanchor="bottom",
                showarrow=False, font={"size": self._size(SMALLEST), "color": MUTED},
            )  # fmt: skip

    def head(self, text: str, color: str = INK) -> None:
        """Write above the panel."""
        self.headed = True
        self.layer.title(self._said(text), self.target, size=self._size(SMALL), color=color)

    # --- what differs --------------------------------------------------------------------------------------

    def _across(self, draw: Any, at: float, color: str, style: str, width: float, name: str) -> None:
        options: dict[str, Any] = {} if self.is_plotly else {"zorder": 1.5}
        draw(
            at, self.target, color=color, width=self._width(width), linestyle=STYLES[style][self.is_plotly],
            **options, **self._named(name),
        )  # fmt: skip

    def _named(self, name: str) -> dict[str, Any]:
        if not self.is_plotly:
            return {"label": self._said(name)} if name else {}
        return {"name": self._said(name), "showlegend": True} if name else {"showlegend": False}

    def _array(self, values: Any) -> Any:
        """Return numbers as drawn: an interactive figure travels, and seven digits are enough for it."""
        return np.asarray(values, dtype=np.float32 if self.is_plotly else np.float64)

    def _said(self, text: str) -> str:
        return words(text, self.is_plotly)

    def _size(self, points: float) -> float:
        return points * PIXELS * LARGER if self.is_plotly else points

    def _width(self, points: float) -> float:
        return points * PIXELS if self.is_plotly else points
