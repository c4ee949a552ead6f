"""Marks of plotly as plain data, by the functions that ArviZ-plots' backends share.

ArviZ-plots' own module for plotly draws with plotly's objects, which check and copy every part as it is written: half
of the time between a slider and its answer. These have its names and arguments, and give the same JSON.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

BETWEEN = 0.2  # of the width, between columns


@dataclass
class Plot:
    """One pair of axes of a figure: what is drawn on it is added to the figure's data and layout."""

    figure: dict[str, Any]
    number: int

    def axis(self, name: str) -> str:
        """Return plotly's name of the ``x`` or ``y`` axis; the first ones have no number."""
        return f"{name}{'' if self.number == 1 else self.number}"

    def trace(self, **parts: Any) -> None:
        """Add a trace."""
        self.figure["data"].append({"showlegend": False, **parts, "xaxis": self.axis("x"), "yaxis": self.axis("y")})

    def shape(self, **parts: Any) -> None:
        """Add a shape."""
        self.figure["layout"]["shapes"].append(parts)

    def add_annotation(self, **parts: Any) -> None:
        """Add a text that stands at a place of the panel, not of the axes."""
        place = {"xref": f"{self.axis('x')} domain", "yref": f"{self.axis('y')} domain"}
        self.figure["layout"]["annotations"].append({**parts, **place})

    def hide(self) -> None:
        """Leave the panel empty."""
        for name in ("xaxis", "yaxis"):
            self.figure["layout"][f"{name}{self.axis('')}"]["visible"] = False


def grid(rows: int, columns: int, shared: bool) -> tuple[dict[str, Any], list[Plot]]:
    """Return an empty figure and its panels in reading order; ``shared`` is the x axis of the rows of a column."""
    layout: dict[str, Any] = {"template": {}, "shapes": [], "annotations": []}
    figure = {"data": [], "layout": layout}
    room = (1.0 - BETWEEN / columns * (columns - 1)) / columns
    plots = [Plot(figure, number + 1) for number in range(rows * columns)]
    for place, plot in enumerate(plots):
        row, column = divmod(place, columns)
        start = column * (room + BETWEEN / columns)
        x: dict[str, Any] = {"anchor": plot.axis("y"), "domain": [start, start + room]}
        if shared and row < rows - 1:
            x |= {"matches": plots[(rows - 1) * columns + column].axis("x"), "showticklabels": False}
        layout[f"xaxis{plot.axis('')}"] = x
        layout[f"yaxis{plot.axis('')}"] = {"anchor": plot.axis("x")}
    return figure, plots


# --- marks ---------------------------------------------------------------------------------------------------


def line(x: Any, y: Any, target: Plot, *, color: str, alpha: float, width: float, linestyle: str, **more: Any) -> None:
    """Draw a line."""
    look = {"color": color, "width": width, "dash": linestyle}
    target.trace(type="scatter", mode="lines", x=np.atleast_1d(x), y=np.atleast_1d(y), line=look, opacity=alpha, **more)


def step(
    x: Any, y: Any, target: Plot, *, color: str, alpha: float, width: float, linestyle: str, step_mode: str, **more: Any
) -> None:
    """Draw a line of steps."""
    look = {"color": color, "width": width, "dash": linestyle, "shape": "hv" if step_mode == "after" else "vh"}
    target.trace(type="scatter", mode="lines", x=np.atleast_1d(x), y=np.atleast_1d(y), line=look, opacity=alpha, **more)


def scatter(
    x: Any, y: Any, target: Plot, *, size: Any, marker: str, alpha: float, facecolor: str, edgecolor: str, width: float,
    **more: Any,
) -> None:  # fmt: skip
    """Draw marks; ``size`` is the square of their diameter in pixels."""
    look = {
        "size": np.sqrt(size), "symbol": marker, "opacity": alpha, "color": facecolor,
        "line": {"color": edgecolor, "width": width},
    }  # fmt: skip
    target.trace(type="scatter", mode="markers", x=np.atleast_1d(x), y=np.atleast_1d(y), marker=look, **more)


def text(
    x: Any, y: Any, string: Any, target: Plot, *, size: float, color: str, horizontal_align: str, vertical_align: str,
    **more: Any,
) -> None:  # fmt: skip
    """Write; plotly says on which side of the place the text is, the arguments which part of the text is there."""
    other = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}
    side = f"{other.get(vertical_align, vertical_align)} {other.get(horizontal_align, horizontal_align)}"
    target.trace(
        type="scatter", mode="text", x=np.atleast_1d(x), y=np.atleast_1d(y), text=np.atleast_1d(string).tolist(),
        textfont={"color": color, "size": size}, textposition=side, cliponaxis=False, **more,
    )  # fmt: skip


def fill_between_y(x: Any, low: Any, high: Any, target: Plot, *, color: str, alpha: float, **more: Any) -> None:
    """Fill between two lines."""
    foot = {"mode": "lines", "line": {"width": 0}, "showlegend": False}
    target.trace(type="scatter", x=np.atleast_1d(x), y=np.atleast_1d(low), **foot)
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    filled = f"rgba({red}, {green}, {blue}, {alpha:.3f})"
    target.trace(
        type="scatter", mode="none", x=np.atleast_1d(x), y=np.atleast_1d(high), fill="tonexty", fillcolor=filled, **more
    )


def hist(
    y: Any, left: Any, right: Any, target: Plot, *, facecolor: str, edgecolor: str, alpha: float, **more: Any
) -> None:
    """Draw bars from one edge to the next."""
    look = {"color": facecolor, "line": {"color": edgecolor}}
    target.trace(type="bar", x=(left + right) / 2, y=y, base=0, width=right - left, marker=look, opacity=alpha, **more)


def vline(x: float, target: Plot, *, color: str, width: float, linestyle: str, **more: Any) -> None:
    """Draw a line across the panel at a place of the x axis."""
    look = {"color": color, "width": width, "dash": linestyle}
    across = {"y0": 0, "y1": 1, "yref": f"{target.axis('y')} domain"}
    target.shape(type="line", x0=x, x1=x, xref=target.axis("x"), **across, line=look, **more)


def hline(y: float, target: Plot, *, color: str, width: float, linestyle: str, **more: Any) -> None:
    """Draw a line across the panel at a height."""
    look = {"color": color, "width": width, "dash": linestyle}
    across = {"x0": 0, "x1": 1, "xref": f"{target.axis('x')} domain"}
    target.shape(type="line", y0=y, y1=y, yref=target.axis("y"), **across, line=look, **more)


def hspan(low: float, high: float, target: Plot, *, color: str, alpha: float, **more: Any) -> None:
    """Fill a strip across the panel between two heights."""
    across = {"x0": 0, "x1": 1, "xref": f"{target.axis('x')} domain"}
    look = {"fillcolor": color, "opacity": alpha, "line": {"width": 0}}
    target.shape(type="rect", y0=low, y1=high, yref=target.axis("y"), **across, **look, **more)


def title(string: str, target: Plot, *, size: float, color: str) -> None:
    """Write above the panel."""
    font = {"size": size, "color": color}
    target.add_annotation(text=string, x=0.5, xanchor="center", y=1.01, yanchor="bottom", showarrow=False, font=font)


def plain(value: Any) -> Any:
    """Return a figure, or a part of one, as JSON can hold it: arrays of numbers in plotly's base64 form."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, np.ndarray):
        return _typed(value) if value.ndim else value.item()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not isfinite(value) else value


def _typed(values: Any) -> dict[str, str]:
    return {"dtype": f"{values.dtype.kind}{values.dtype.itemsize}", "bdata": b64encode(values.tobytes()).decode()}
