"""A browser for tests: Debian's Chromium, driven by Playwright; tests are skipped where it is not installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return the browser, one per session."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"{CHROMIUM} is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page in the browser, with what it said and what it asked the network for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, context: Any, url: str) -> Opened:
        """Open a page, and listen to it from the start."""
        found = cls(context.new_page())
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(url)
        return found


@pytest.fixture(scope="session")
def listened() -> Any:
    """Return a function that opens a page in a context, and listens to it: ``listened(context, url)``."""
    return Opened.at


@pytest.fixture
def opened(chromium: Any) -> Iterator[Any]:
    """Return a function that opens a page of its own: ``opened(url, width, scheme)``."""
    contexts = []

    def open_page(url: str, width: int = 1440, scheme: str = "light", height: int = 900) -> Opened:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        return Opened.at(context, url)

    yield open_page
    for context in contexts:
        context.close()
