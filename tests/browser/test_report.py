"""The report in a real browser: silent, self-contained, accessible, and its numbers are the document's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irlbayes import reporting
from irlbayes.core.pages import resolve
from irlbayes.report.printing import html

BARE = "document.querySelectorAll('svg').forEach(one => one.replaceChildren())"  # an image's parts mean nothing


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Path:
    page = reporting.report("irl", outcomes=["brain_volume", "nfl"], checks=False, cumulative=False)
    found = tmp_path_factory.mktemp("report") / "report.html"
    found.write_bytes(html.write(page))
    return found


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1440, "light"),
        (390, "dark"),
        pytest.param(1440, "dark", marks=pytest.mark.slow),
        pytest.param(390, "light", marks=pytest.mark.slow),
    ],
)
def test_opens_in_silence_and_is_accessible(file: Path, opened: Callable[..., Any], width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = opened(file.as_uri(), width, scheme)
    assert found.said == []
    assert [url for url in found.asked if url != file.as_uri() and not url.startswith("data:")] == []
    assert found.page.evaluate("document.documentElement.scrollWidth") == width, "nothing sticks out at the side"
    found.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found.page.evaluate(BARE)
    faults = Axe().run(found.page).response["violations"]
    bad = [
        (fault["id"], fault["nodes"][0]["html"][:200]) for fault in faults if fault["impact"] in ("serious", "critical")
    ]
    assert bad == []
    background = found.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    narrow = found.page.locator("details.folded").is_visible()
    assert narrow == (width == 390)
    assert found.page.locator("nav.side").is_visible() == (width == 1440)


def test_numbers_on_screen_are_those_of_the_document(file: Path, opened: Callable[..., Any]) -> None:
    page = opened(file.as_uri()).page
    document = json.loads(page.locator("#document").text_content())
    shown = page.evaluate(
        "[...document.querySelectorAll('main data')].map(one =>"
        " [one.innerText || one.textContent, one.value, one.dataset.path, one.dataset.complement !== undefined])"
    )
    assert len(shown) > 120
    for text, value, path, complement in shown:
        stands = resolve(document, path)
        assert float(value) == (1.0 - stands if complement else stands), path
        assert text, path
    chance = 1.0 - document["results"][0]["mu"]["p_gt_null"]
    assert page.locator(".key td.number:last-child data").first.inner_text() == f"{chance:.2f}"


def test_scheme_is_chosen_on_the_page(file: Path, opened: Callable[..., Any]) -> None:
    page = opened(file.as_uri(), scheme="dark").page
    background = "getComputedStyle(document.body).backgroundColor"
    page.get_by_role("radio", name="light").check()
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.get_by_role("radio", name="dark").check()
    assert page.evaluate(background) != "rgb(255, 255, 255)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(background) == "rgb(255, 255, 255)", "paper is white"


def test_keyboard_reaches_the_report(file: Path, opened: Callable[..., Any]) -> None:
    page = opened(file.as_uri()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
