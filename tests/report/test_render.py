"""Figures become files and parts of pages: the same bytes each time, nothing fetched, readable in light and dark."""

import io
import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from irlbayes.report.colors import BLUE, INK, SHEET, THEME
from irlbayes.report.lettering import NARROW
from irlbayes.report.render import html, plotly_json, png, svg
from irlbayes.report.sheet import finished, sheet

SAID = 'Disability: "two" & <three>, 0.5 → 0.7.'


def figure(backend: str, name: str = "a line") -> Any:
    page = sheet(backend, NARROW, (1.0, 0.8))  # type: ignore[arg-type]
    for panel in page.panels:
        panel.line([0.0, 1.0, 2.0], [0.5, 0.7, 0.6], BLUE, "dashed", name=name)
        panel.band([0.0, 1.0, 2.0], 0.0, [0.5, 0.7, 0.6], BLUE, 0.2)
        panel.scale("x", "across", 0.0, 2.0)
        panel.scale("y", "up", 0.0, 1.0)
    return finished(page, "A title\nand more")


def test_png_is_small_and_says_what_it_shows() -> None:
    from PIL import Image

    content = png(figure("matplotlib"), SAID)
    assert content == png(figure("matplotlib"), SAID)
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.text["Description"] == SAID  # type: ignore[attr-defined]
        assert picture.width == pytest.approx(8.0 / 2.54 * 200, abs=1.0)
        assert picture.info["dpi"][0] == pytest.approx(200.0, abs=0.1)
    assert len(content) < 15_000
    raw = io.BytesIO()
    figure("matplotlib").savefig(raw, format="png")
    with Image.open(raw) as full, Image.open(io.BytesIO(content)) as few:
        off = np.abs(np.asarray(full.convert("RGB"), dtype=int) - np.asarray(few.convert("RGB"), dtype=int))
    assert off.max() <= 16


def test_inline_svg_follows_the_theme_of_its_page() -> None:
    """Every color is a CSS variable that the style sheet knows, with the printed color behind it."""
    text = svg(figure("matplotlib"), SAID)
    assert text == svg(figure("matplotlib"), SAID)
    root = ET.fromstring(text)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == SAID
    assert f"var(--figure-blue, {BLUE})" in text
    assert f"var(--figure-ink, {INK})" in text
    bare = re.sub(r"var\(--figure-[a-z-]+, #[0-9a-f]{6}\)", "", text)
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", bare)
    assert set(re.findall(r"var\((--[a-z-]+),", text)) <= {name for name, _ in THEME.values()}
    assert all(f"{name}: {dark};" in SHEET for name, dark in THEME.values())
    assert "max-width" in root.attrib["style"]
    assert "width" not in root.attrib


def test_inline_svgs_of_one_page_do_not_share_names() -> None:
    first, second = (svg(figure("matplotlib", name)) for name in ("a line", "another"))
    names = [set(re.findall(r'\bid="([^"]+)"', text)) for text in (first, second)]
    assert names[0]
    assert not names[0] & names[1]
    for text, known in zip((first, second), names, strict=True):
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= known
        assert ET.fromstring(text).attrib["aria-hidden"] == "true"  # its words stand elsewhere


def test_an_svg_file_needs_nothing_from_elsewhere() -> None:
    text = svg(figure("matplotlib"), SAID, inline=False)
    ET.fromstring(text)
    assert "var(" not in text
    assert "<text" not in text  # outlines: no font is looked for
    assert "@import" not in text
    assert all("www.w3.org" in link for link in re.findall(r'(?:href|src)="(http[^"]+)"', text))


def test_plotly_json_is_lean_and_has_a_dark_side() -> None:
    light = json.loads(plotly_json(figure("plotly"), SAID))
    assert set(light) == {"data", "layout", "alternative"}
    assert light["alternative"] == SAID
    assert len(json.dumps(light["layout"]["template"])) < 60
    assert len(json.dumps(light)) < 6_000
    dark = plotly_json(figure("plotly"), dark=True)
    assert INK not in dark
    assert BLUE not in dark
    assert "rgba(0, 114, 178," not in dark
    assert "rgba(86, 180, 233," in dark
    assert THEME[INK][1] in dark
    assert sum(trace["showlegend"] for trace in light["data"]) == 1  # named twice, listed once


def test_a_page_of_its_own_fetches_nothing() -> None:
    """It holds plotly.js; names from files end no script."""
    page = html(figure("plotly", "</script><script>alert(1)"), SAID)
    assert page == html(figure("plotly", "</script><script>alert(1)"), SAID)
    assert page.startswith("<!DOCTYPE html>")
    assert "<script>alert(1)" not in page
    assert not re.findall(r'<(?:script|link)[^>]+(?:src|href)="', page)
    assert 'aria-label="Disability: &quot;two&quot; &amp; &lt;three&gt;, 0.5 → 0.7."' in page
    assert "<title>A title</title>" in page
    part = html(figure("plotly"), SAID, alone=False)
    assert len(part) < 12_000
    assert "<html" not in part
