"""A figure becomes a file or a part of a page: PNG, SVG that follows the page's theme, plotly's JSON, HTML.

The same figure gives the same bytes. Nothing is fetched: letters of an SVG are outlines.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from html import escape
from io import BytesIO
from typing import Any

from irlbayes.report.colors import THEME
from irlbayes.report.lettering import FONT
from irlbayes.report.traces import plain

SALT = "irlbayes"
COLORS = 256  # of a PNG: no dot is off by more than can be seen


def png(figure: Any, alternative: str = "") -> bytes:
    """Return a Matplotlib figure as a PNG file's content.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alternative : str
        Text that says what it shows; kept in the file.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    drawn, out, told = BytesIO(), BytesIO(), PngInfo()
    figure.savefig(drawn, format="png", pil_kwargs={"compress_level": 1})  # what is packed well follows
    if alternative:
        told.add_itxt("Description", alternative)
    dots = (round(figure.dpi), round(figure.dpi))
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(out, format="png", optimize=True, dpi=dots, pnginfo=told)
    return out.getvalue()


def svg(figure: Any, alternative: str = "", inline: bool = True) -> str:
    """Return a Matplotlib figure as SVG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alternative : str
        Text that says what it shows, for readers who hear the page.
    inline : bool
        For the inside of a page: colors are CSS variables with the printed colors to fall back on (`colors.SHEET` sets
        the dark ones), names of elements do not meet those of other figures, and the width is that of what holds it.
        Otherwise a file of its own, with colors that every program knows.
    """
    import matplotlib as mpl

    out = BytesIO()
    with mpl.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "path"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue().decode()
    if not inline:
        return _told(text, alternative)
    text = text[text.index("<svg ") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    mark = "f" + sha256(text.encode()).hexdigest()[:8]
    text = re.sub(r'(\bid="|href="#|url\(#)', lambda found: f"{found[1]}{mark}-", text)
    for color, (name, _) in THEME.items():
        text = re.sub(re.escape(color), f"var({name}, {color})", text, flags=re.IGNORECASE)
    head = text[: text.index(">")]
    width = re.search(r'\bwidth="([\d.]+)pt"', head)
    lean = re.sub(r'\s(?:width|height)="[^"]*"', "", head)
    limit = f' style="width: 100%; max-width: {float(width[1]) * 1.6:.0f}pt; height: auto"' if width else ""
    return _told(lean + limit + text[len(head) :], alternative)


def _told(text: str, alternative: str) -> str:
    """Give an SVG its alternative text."""
    if not alternative:
        return text.replace("<svg ", '<svg aria-hidden="true" ', 1)
    said = escape(alternative)
    return text.replace("<svg ", f'<svg role="img" aria-label="{said}" ', 1)


def plotly_json(figure: Any, alternative: str = "", dark: bool = False) -> str:
    """Return a plotly figure as JSON with the keys ``data`` and ``layout``, without a template.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure or dict
        A dictionary is one that was drawn ``plain``.
    alternative : str
        Text that says what it shows, for readers who hear the page; under the key ``alternative``.
    dark : bool
        Whether for a dark page.
    """
    if isinstance(figure, dict):
        text = json.dumps(plain(figure), separators=(",", ":"), ensure_ascii=False)
    else:
        text = str(figure.to_json())
    if alternative:
        text = f'{text[:-1]},"alternative":{json.dumps(alternative)}}}'
    if dark:
        for color, (_, other) in THEME.items():
            text = re.sub(re.escape(color), other, text, flags=re.IGNORECASE)
            text = text.replace(f"rgba({_channels(color)},", f"rgba({_channels(other)},")
    return text


def _channels(color: str) -> str:
    return ", ".join(str(int(color[place : place + 2], 16)) for place in (1, 3, 5))


def html(figure: Any, alternative: str = "", alone: bool = True) -> str:
    """Return a plotly figure as HTML.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    alternative : str
        Text that says what it shows, for readers who hear the page.
    alone : bool
        A page of its own, with plotly.js inside (5 MB); otherwise a part of a page that has plotly.js.
    """
    options = {"responsive": True, "displaylogo": False, "displayModeBar": False}
    part = figure.to_html(
        full_html=False, include_plotlyjs=alone, config=options,
        div_id="f" + sha256(plotly_json(figure).encode()).hexdigest()[:8],
    )  # fmt: skip
    said = f'<div role="img" aria-label="{escape(alternative)}">{part}</div>' if alternative else part
    if not alone:
        return said
    title = escape(str(figure.layout.title.text or "irlbayes").replace("<br>", ", "), quote=False)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>body {{ font: 15px/1.5 {FONT}; }}</style></head>\n<body>{said}\n"
        f"<p>{escape(alternative, quote=False)}</p></body></html>\n"
    )
