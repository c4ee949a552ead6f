"""A sheet of panels becomes a figure of Matplotlib or of plotly: sizes, margins, title, legend.

Nothing is imported before a figure is drawn. Matplotlib's figures are made without pyplot, which ArviZ-plots' own grid
goes through: no window opens, none is kept, and no setting of the reader's changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from irlbayes.core.scales import SCALES
from irlbayes.report.canvas import BACKENDS, Backend, Panel
from irlbayes.report.colors import GREY, INK, PAPER
from irlbayes.report.lettering import CHARACTER, LARGER, NARROW, PIXELS, SMALL, SMALLEST, folded, words

INCH = 96.0 * LARGER  # pixels of an inch of print, on a screen
LINE = 0.132  # inches, of small text
FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Sheet:
    """A figure in the making, and its panels in reading order."""

    backend: Backend
    figure: Any
    panels: tuple[Panel, ...]
    width: float
    heights: tuple[float, ...]
    columns: int

    @property
    def wide(self) -> bool:
        """Whether there is room for what a column of a journal has not."""
        return self.width > 1.5 * NARROW


def load(backend: Backend) -> ModuleType:
    """Load what draws, about two seconds of processor time the first time; a page asks for it ahead of a picture.

    Parameters
    ----------
    backend : str
        ``matplotlib`` or ``plotly``.
    """
    return import_module(f"arviz_plots.backend.{backend}")


def sheet(
    backend: Backend = "matplotlib",
    width: float = NARROW,
    heights: Sequence[float] = (2.2,),
    columns: int = 1,
    shared: bool = False,
    count: int | None = None,
) -> Sheet:
    """Return an empty sheet.

    Parameters
    ----------
    backend : str
        ``matplotlib`` or ``plotly``.
    width : float
        Inches: `canvas.NARROW` or `canvas.WIDE`.
    heights : sequence of float
        Inches of each row of panels, without what is written around them.
    columns : int
    shared : bool
        Whether the rows share their x axis.
    count : int, optional
        Panels, where the last row is not full.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend is one of {', '.join(BACKENDS)}, not {backend!r}")
    layer = load(backend)
    figure, targets = (_plotly if backend == "plotly" else _matplotlib)(layer, width, heights, columns, shared)
    for unused in targets[count:] if count else ():
        if backend == "plotly":
            unused.update_xaxes(visible=False)
            unused.update_yaxes(visible=False)
        else:
            unused.set_visible(False)
    panels = tuple(
        Panel(backend, layer, one, number + 1, width / columns, heights[number // columns])
        for number, one in enumerate(targets[:count])
    )
    return Sheet(backend, figure, panels, width, tuple(heights), columns)


def finished(page: Sheet, title: str = "", legend: bool = True) -> Any:
    """Return the figure of a sheet, with a title, and the legend of everything that was named.

    Parameters
    ----------
    page : Sheet
    title : str
    legend : bool
    """
    title = folded(title, int(page.width / CHARACTER) - 2)
    for panel in page.panels:
        panel.write_names()
    return (_finish_plotly if page.backend == "plotly" else _finish_matplotlib)(page, title, legend)


# --- Matplotlib --------------------------------------------------------------------------------------------


def _matplotlib(
    layer: ModuleType, width: float, heights: Sequence[float], columns: int, shared: bool
) -> tuple[Any, list[Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, sum(heights)), dpi=200, layout="constrained", facecolor=PAPER)
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(heights), columns, squeeze=False, height_ratios=list(heights), sharex=shared)
    for axes in grid.ravel():
        axes.set_facecolor(PAPER)
        axes.tick_params(labelsize=SMALL, color=GREY, labelcolor=INK, which="both")
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREY)
    return figure, list(grid.ravel())


def _finish_matplotlib(page: Sheet, title: str, legend: bool) -> Any:
    figure = page.figure
    if title:
        figure.suptitle(words(title, False), fontsize=SMALL, color=INK)
    named: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            named.setdefault(label, handle)
    columns = _columns(list(named), page.width, 5) if legend and named else 0
    if columns:
        figure.legend(
            list(named.values()), list(named), fontsize=SMALLEST, frameon=False, loc="outside lower center",
            ncols=columns, labelcolor=INK, handlelength=1.8, columnspacing=1.2,
        )  # fmt: skip
    room = _room(page, title, -(-len(named) // columns) if columns else 0)
    figure.set_size_inches(page.width, sum(page.heights) + sum(room.above) + sum(room.below) + 0.1 * len(page.heights))
    return figure


@dataclass(frozen=True)
class Room:
    """Inches above and below each row of panels, with the title above the first, and the legend below the last."""

    above: tuple[float, ...]
    below: tuple[float, ...]
    legend: float


def _room(page: Sheet, title: str, legend_lines: int) -> Room:
    rows = [page.panels[i : i + page.columns] for i in range(0, len(page.panels), page.columns)]
    legend = LINE * legend_lines + (0.1 if legend_lines else 0.0)
    above = [LINE * 1.2 * any(panel.headed for panel in row) for row in rows]
    above[0] += LINE * (title.count("\n") + 1) + 0.05 if title else 0.0
    below = [
        LINE * (2.6 + max(panel.name_below.count("\n") for panel in row))
        + CHARACTER * max(panel.turned for panel in row)
        for row in rows
    ]
    below[-1] += legend
    return Room(tuple(above), tuple(below), legend)


def _columns(names: Sequence[str], width: float, handle: int) -> int:
    """Return how many names fit beside each other, in lines of about the same length."""
    fit = max(1, int(width * 20.0 / (max(map(len, names)) + handle)))
    lines = -(-len(names) // fit)
    return -(-len(names) // lines)


# --- plotly ------------------------------------------------------------------------------------------------


def _plotly(
    layer: ModuleType, width: float, heights: Sequence[float], columns: int, shared: bool
) -> tuple[Any, list[Any]]:
    import plotly.graph_objects as go

    rows = len(heights)
    figure, grid = layer.create_plotting_grid(
        rows * columns, rows, columns, squeeze=False, sharex="col" if shared else False, figsize_units="dots"
    )
    figure.layout = go.Layout({**figure.layout.to_plotly_json(), "template": {}, "annotations": []})
    return figure, list(grid.ravel())


def _finish_plotly(page: Sheet, title: str, legend: bool) -> Any:
    figure = page.figure
    names: dict[str, None] = {}
    for one in (*figure.data, *figure.layout.shapes):
        if one.showlegend:
            one.showlegend = legend and one.name not in names
            names[one.name] = None
    lines = -(-len(names) // _columns(list(names), page.width, 9)) if names and legend else 0
    room = _room(page, title, lines)
    above, below = [INCH * one for one in room.above], [INCH * one for one in room.below]
    plots = [INCH * height for height in page.heights]
    top, bottom = above[0] + 8.0 + 14.0 * title.count("\n"), below[-1]
    middle = sum(plots) + sum(below[:-1]) + sum(above[1:])
    size = SMALL * PIXELS * LARGER
    layout: dict[str, Any] = {
        "height": round(top + middle + bottom), "width": None, "autosize": True,
        "margin": {
            "l": 10, "r": max(12.0, *(panel.room_beside for panel in page.panels)), "t": top, "b": bottom, "pad": 0
        },
        "paper_bgcolor": PAPER, "plot_bgcolor": PAPER, "font": {"family": FONT, "size": size, "color": INK},
        "hoverlabel": {"font": {"family": FONT}}, "showlegend": bool(lines),
        "legend": {
            "orientation": "h", "traceorder": "normal",
            "yref": "container", "y": 0.0, "yanchor": "bottom", "xref": "container", "x": 0.5,
            "xanchor": "center", "font": {"size": SMALLEST * PIXELS * LARGER}, "itemwidth": 30,
            "bgcolor": "rgba(0,0,0,0)",
        },
    }  # fmt: skip
    if title:
        first, *more = words(title, False).split("\n")
        layout["title"] = {
            "text": words(first, True), "subtitle": {"text": words("\n".join(more), True), "font": {"size": size}},
            "x": 0.5, "xanchor": "center", "yref": "container", "y": 1.0, "yanchor": "top",
            "pad": {"t": 6}, "font": {"size": 1.1 * size, "color": INK},
        }  # fmt: skip
    axis = {
        "showgrid": False, "zeroline": False, "showline": True, "linecolor": GREY, "ticks": "outside", "ticklen": 4,
        "tickcolor": GREY, "automargin": True,
    }  # fmt: skip
    end = middle
    rows = [page.panels[i : i + page.columns] for i in range(0, len(page.panels), page.columns)]
    for place, row in enumerate(rows):
        start = end - plots[place]
        for panel in row:
            number = "" if panel.number == 1 else str(panel.number)  # plotly's first axes have none
            layout[f"xaxis{number}"] = {**axis, **_axis(panel, "x", 6), "tickangle": -90 if panel.turned else 0}
            domain = (max(start / middle, 0.0), min(end / middle, 1.0))
            layout[f"yaxis{number}"] = {**axis, **_axis(panel, "y", 8), "domain": domain}
            if panel.is_bare:
                layout[f"{panel.is_bare}axis{number}"] |= {"ticks": "", "showticklabels": False}
        end = start - below[place] - (above[place + 1] if place + 1 < len(rows) else 0.0)
    figure.layout = type(figure.layout)(_merged(figure.layout.to_plotly_json(), layout))  # once: merging there is slow
    _explain(figure, page.panels)
    return figure


def _axis(panel: Panel, axis: str, standoff: int) -> dict[str, Any]:
    """Return what a panel knows of one of its axes, with the room between ticks and name."""
    known = panel.axes[axis]
    return {**known, "title": {**known.get("title", {}), "standoff": standoff}}


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a layout with what is new in another's place, part by part."""
    both = {**old, **new}
    for name in old.keys() & new.keys():
        if isinstance(old[name], dict) and isinstance(new[name], dict):
            both[name] = _merged(old[name], new[name])
    return both


def _explain(figure: Any, panels: Sequence[Panel]) -> None:
    """Say under the pointer what readers see: back-transformed values, and the names of the axes."""
    told, shows = {}, {}
    for panel in panels:
        lines = []
        for axis in ("x", "y"):
            outcome = panel.outcomes.get(axis)
            transformed = outcome is not None and SCALES[outcome.scale].transform != "none"
            if outcome is not None and transformed:
                shows[panel.number] = (axis, SCALES[outcome.scale].show)
            name = words((panel.names.get(axis) or axis).split("\n")[0], True)
            lines.append(f"{name}: {'%{customdata:.3~g}' if transformed else f'%{{{axis}:.3~g}}'}")
        told[panel.number] = "<br>".join(lines)
    for trace in figure.data:
        if trace.hoverinfo is None:
            number = int((trace.xaxis or "x")[1:] or 1)
            if number in shows:
                axis, show = shows[number]
                trace.customdata = [show(float(value)) for value in trace[axis]]
            trace.hovertemplate = f"{told[number]}<extra>{trace.name or ''}</extra>"
