"""A panel to draw on, in Matplotlib or in plotly, by the functions that ArviZ-plots gives both.

A figure draws once, on panels. Everything that `arviz_plots.backend` has goes through it; what it lacks for one of the
two (names in a legend, labels at the right, text that is no markup, axes of ratios) is here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from types import ModuleType
from typing import Any, Literal

import numpy as np

from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure, worse
from irlbayes.report.colors import BLUE, GREY, INK, MUTED, PAPER
from irlbayes.report.ticks import ticks

Backend = Literal["matplotlib", "plotly"]
BACKENDS: tuple[Backend, ...] = ("matplotlib", "plotly")
NARROW, WIDE = 8.0 / 2.54, 17.0 / 2.54  # inches: a column of a journal, and its page
SMALL, SMALLEST = 7.0, 6.5  # points
PIXELS = 4.0 / 3.0  # of a point
LARGER = 1.3  # of what is read on a screen, over print
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
    "tick": ("|", "line-ns-open"),
}


class Panel:
    """One pair of axes; every method draws, or names an axis, in whichever backend the sheet has.

    Lines are given in points, colors as those of `report.colors`, ``name`` is what a legend says (empty for nothing).
    """

    def __init__(self, backend: Backend, layer: ModuleType, target: Any) -> None:
        self.layer, self.target = layer, target
        self.is_plotly = backend == "plotly"
        self.outcomes: dict[str, Outcome] = {}  # by axis, where it is one of effects
        self.names: dict[str, str] = {}  # of the axes
        self.room_beside, self.headed = 0.0, False

    @property
    def lines_below(self) -> int:
        """Lines that the name of the x axis takes."""
        return self.names["x"].count("\n") + 1 if self.names.get("x") else 0

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
            np.asarray(x, dtype=float), np.asarray(y, dtype=float), self.target, color=color, alpha=alpha,
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
            options["zorder"] = 3
        scale = LARGER * PIXELS if self.is_plotly else 1.0
        self.layer.scatter(
            np.atleast_1d(np.asarray(x, dtype=float)), np.atleast_1d(np.asarray(y, dtype=float)), self.target,
            size=(np.asarray(size, dtype=float) * scale) ** 2, marker=MARKERS[marker][self.is_plotly], facecolor=color,
            edgecolor=color if marker == "tick" else edge, width=self._width(1.2 if marker == "tick" else 0.5),
            **options,
        )  # fmt: skip

    def band(self, x: Any, low: Any, high: Any, color: str = BLUE, alpha: float = 0.3, name: str = "") -> None:
        """Fill between two lines."""
        x, low, high = (np.asarray(one, dtype=float) for one in np.broadcast_arrays(x, low, high))
        if self.is_plotly:
            self.layer.fill_between_y(
                x, low, high, self.target, color=color, opacity=alpha, hoverinfo="skip", **self._named(name)
            )
        else:
            self.layer.fill_between_y(x, low, high, self.target, color=color, alpha=alpha, **self._named(name))

    def bars(self, edges: Any, heights: Any, color: str = BLUE, alpha: float = 0.45, name: str = "") -> None:
        """Fill a histogram."""
        edges = np.asarray(edges, dtype=float)
        self.layer.hist(
            np.asarray(heights, dtype=float), edges[:-1], edges[1:], self.target,
            facecolor=color, edgecolor=color, alpha=alpha, **({"linewidth": 0} if not self.is_plotly else {}),
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
        options: dict[str, Any] = {"hoverinfo": "skip"} if self.is_plotly else {}
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
        count = 5 if axis == "x" else 6
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
    ) -> None:
        """Name an axis, and set its ends and ticks where they are given (ends from high to low turn it round)."""
        if axis == "x":
            name, limit, tick = self.layer.xlabel, self.layer.xlim, self.layer.xticks
        else:
            name, limit, tick = self.layer.ylabel, self.layer.ylim, self.layer.yticks
        self.names[axis] = said
        name(self._said(said), self.target, size=self._size(SMALL), color=INK)
        if low is not None and high is not None:
            limit((low, high), self.target)
            if places is None:
                places, labels = ticks("none", min(low, high), max(low, high), count)
        if places is not None and labels is not None:
            tick(
                list(places), [self._said(label) for label in labels], self.target,
                size=self._size(SMALL), color=INK,
            )  # fmt: skip

    def rows(self, labels: Sequence[str], said: str = "", margin: float = 0.5) -> None:
        """Make the y axis one of rows, the first at the top."""
        self.scale("y", said, len(labels) - 1 + margin, -margin, range(len(labels)), labels)

    def bare(self, axis: str = "y") -> None:
        """Take the ticks off an axis whose numbers nobody reads; its name stays."""
        if self.is_plotly:
            (self.target.update_yaxes if axis == "y" else self.target.update_xaxes)(showticklabels=False, ticks="")
        else:
            self.layer.remove_ticks(self.target, axis=axis)

    def beside(self, places: Sequence[float], labels: Sequence[str], heading: str = "") -> None:
        """Write a column of labels at the right of the panel, with its heading."""
        self.headed = self.headed or bool(heading)
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
        longest = max(len(line) for label in (*labels, heading) for line in label.split("\n"))
        self.room_beside = 0.56 * longest * self._size(SMALL) + 8.0
        font = {"size": self._size(SMALL), "color": INK}
        shared = {"xref": "x domain", "x": 1.0, "xanchor": "left", "xshift": 4, "showarrow": False, "align": "left"}
        for place, label in zip(places, labels, strict=True):
            self.target.add_annotation(text=self._said(label), y=place, font=font, **shared)
        if heading:
            options = {"y": 1.0, "yref": "y domain", "yanchor": "bottom", "font": {**font, "color": MUTED}}
            self.target.add_annotation(text=self._said(heading), **options, **shared)

    def head(self, text: str, color: str = INK) -> None:
        """Write above the panel."""
        self.headed = True
        self.layer.title(self._said(text), self.target, size=self._size(SMALL), color=color)

    # --- what differs --------------------------------------------------------------------------------------

    def _across(self, draw: Any, at: float, color: str, style: str, width: float, name: str) -> None:
        options = {} if self.is_plotly else {"zorder": 1.5}
        draw(
            at, self.target, color=color, width=self._width(width), linestyle=STYLES[style][self.is_plotly],
            **options, **self._named(name),
        )  # fmt: skip

    def _named(self, name: str) -> dict[str, Any]:
        if not self.is_plotly:
            return {"label": self._said(name)} if name else {}
        return {"name": self._said(name), "showlegend": True} if name else {"showlegend": False}

    def _said(self, text: str) -> str:
        return words(text, self.is_plotly)

    def _size(self, points: float) -> float:
        return points * PIXELS * LARGER if self.is_plotly else points

    def _width(self, points: float) -> float:
        return points * PIXELS if self.is_plotly else points


def words(text: str, html: bool) -> str:
    """Return text that a backend takes for text, and never for markup: plotly reads HTML, Matplotlib TeX.

    Examples
    --------
    >>> words("se < 1, n > 3", True)
    'se &lt; 1, n &gt; 3'
    """
    return escape(text, quote=False).replace("\n", "<br>") if html else text.replace("$", r"\$")


def effect_name(outcome: Outcome, of: str = "", axis: str = "x") -> str:
    """Name an axis of effects: what is estimated as readers see it, its unit, and which side is worse for patients.

    Examples
    --------
    >>> print(effect_name(Outcome("relapse", "Relapse", "log_or", 0.0, "+"), "mean effect"))
    mean effect, odds ratio (log scale)
    higher is worse for patients →
    """
    scale = SCALES[outcome.scale]
    name = measure(outcome)
    if scale.transform != "none":
        name += " (log scale)" if scale.transform == "exp" else f" ({scale.words.split(' of ')[0]} scale)"
    said, side = worse(outcome)
    if not said:
        harm = ""
    elif axis == "y":
        harm = f"\n{said} {'↑' if side == '+' else '↓'}"
    else:
        harm = f"\n{said} →" if side == "+" else f"\n← {said}"
    return f"{of}, {name}{harm}" if of else f"{name}{harm}"
