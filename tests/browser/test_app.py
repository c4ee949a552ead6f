"""The page to work in, in a real browser: what it shows, what it refuses, and who can use it."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from irlbayes import workflow
from irlbayes.app.state import Work
from irlbayes.report import document

FAULTY = b"study,yi,sei\none,0.1,0.2\ntwo,much,0.2\nthree,0.3,-0.2\nfour,0.4,\none,0.5,0.2\nsix,0.6,0\n"
SCRIPT = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
WAIT = 60_000


@dataclass
class Served:
    """The app on a free port, and what its pages have in hand."""

    address: str
    desks: list[weakref.ref[Any]]


@pytest.fixture(scope="module")
def served(chromium: Any) -> Iterator[Served]:
    """Serve the app for the whole module."""
    import socket

    import uvicorn

    from irlbayes.app import server

    desks: list[weakref.ref[Any]] = []

    class Watched(server.Desk):
        def __init__(self) -> None:
            super().__init__()
            desks.append(weakref.ref(self))

    patch = pytest.MonkeyPatch()
    patch.setattr(server, "Desk", Watched)
    door = socket.socket()
    door.bind((server.HOST, 0))
    door.listen()  # a browser may ask before the server runs
    config = uvicorn.Config(server.make_app("irl"), log_level="error", ws_max_size=server.MESSAGE)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    yield Served(f"http://{server.HOST}:{door.getsockname()[1]}/", desks)
    running.should_exit = True
    thread.join(timeout=20)
    door.close()
    patch.undo()


@pytest.fixture(scope="module")
def only(chromium: Any, served: Served, listened: Callable[..., Any]) -> Iterator[Any]:
    """Return one page, which all tests share: it is as wide and as light as each wants."""
    context = chromium.new_context()
    found = listened(context, served.address)
    found.page.wait_for_selector("body[data-ready=yes]", timeout=WAIT)
    yield found
    context.close()


@pytest.fixture
def page(only: Any, served: Served) -> Iterator[Any]:
    """Return the page with the bundled evidence open; afterwards it must have said nothing and asked nobody else."""
    page = only.page
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    drawn(page, lambda: page.click(".bundled"))
    yield page
    address = served.address
    assert only.said == []
    assert [url for url in only.asked if not url.startswith((address, "data:", "blob:" + address[:-1]))] == []
    assert page.title() == "irlbayes: evidence, priors, answer"


def until(page: Any, script: str) -> None:
    """Wait for something to be true; Playwright's own way evaluates text in the page, which its policy forbids."""
    for _ in range(WAIT // 50):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {script}")


def drawn(page: Any, act: Callable[[], Any]) -> None:
    """Do something, and wait for the answer that it draws."""
    before = int(page.evaluate("document.body.dataset.drawn || 0"))
    act()
    until(page, f"Number(document.body.dataset.drawn || 0) > {before}")


def upload(page: Any, name: str, content: bytes) -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": content})


def test_numbers_are_those_of_the_document_and_a_slider_moves_them(page: Any) -> None:
    script = (
        "[...document.querySelectorAll('#estimates [data-value], #chances [data-value]')].map(e => +e.dataset.value)"
    )
    drawn(page, lambda: page.select_option("#outcome", "relapse"))
    seen = page.evaluate(script)

    def there(**options: Any) -> list[float]:
        analysis = workflow.analyze("irl", outcomes=["relapse"], **options)
        content = document.to_json(document.document(analysis, workflow.fingerprints(analysis)))
        one = json.loads(content)["results"][0]
        mean, new = one["mu"], one["new_study"]
        numbers = [part[key] for part in (mean, new, one["tau"]) for key in ("mean", "ci_low", "ci_high")]
        numbers += [part[key] for part in (mean, new) for key in ("p_gt_null", "prior_p_gt_null")]
        for first, second in zip(mean["thresholds"], new["thresholds"], strict=True):
            numbers += [part[key] for part in (first, second) for key in ("p_gt", "prior_p_gt")]
        return [float(number) for number in numbers]

    assert seen == there()

    def slide() -> None:
        page.focus("#sd")
        for _ in range(20):
            page.keyboard.press("ArrowLeft")

    drawn(page, slide)
    at = "document.getElementById('sd').getAttribute('aria-valuetext')"
    until(page, f"document.getElementById('library-mu').value.endsWith(`, ${{{at}}})`)")  # the last place is answered
    prior = page.input_value("#library-mu")
    until(page, f"document.getElementById('assumed').textContent.includes('mu ~ {prior}')")
    moved = page.evaluate(script)
    assert moved != seen
    assert moved == there(prior_mu=prior)
    assert page.get_attribute("#sd", "aria-valuetext") == prior.removesuffix(")").split(", ")[1]


def test_five_faults_are_five_messages_and_are_mended_in_place(page: Any) -> None:
    upload(page, "faulty.csv", FAULTY)
    page.wait_for_selector("#problems tbody tr", timeout=WAIT)
    assert page.locator("#problems tbody tr").count() == 5
    assert page.is_hidden("#answered")
    for label, value, left in (("Line 3, yi", "0.2", 4), ("Line 4, sei", "0.2", 3), ("Line 7, sei", "0.1", 2)):
        page.get_by_label(label, exact=True).first.fill(value)
        page.keyboard.press("Enter")
        until(page, f"document.querySelectorAll('#problems tbody tr').length === {left}")
    assert "2 problems" in page.inner_text("#said")


def test_a_hostile_table_does_nothing(page: Any) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (("study", "yi", "sei", "outcome"), (SCRIPT, 0.1, 0.2, SCRIPT), ("=cmd|'/C calc'!A0", 0.2, 0.3, SCRIPT)):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    upload(page, "..\\..\\evil<script>.xlsx", out.getvalue())
    page.wait_for_selector("#problems tbody tr", timeout=WAIT)
    assert "formula" in page.inner_text("#problems")
    formula = page.get_by_label("Line 3, study", exact=True).first
    formula.fill("two")
    drawn(page, lambda: page.keyboard.press("Enter"))
    assert page.inner_text("#name") == "evil<script>.xlsx"
    assert page.locator("#main img, #main script").count() == 0
    assert SCRIPT in page.inner_text("#outcome")
    assert SCRIPT in page.text_content("#rows")
    assert page.evaluate("document.querySelectorAll('#forest img, #forest script, #forest image').length") == 0


def test_a_file_too_large_is_refused_before_it_is_read(page: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    said = page.inner_text("#sentences")
    page.set_input_files("#file", large)
    page.wait_for_selector("#refused:not([hidden])", timeout=WAIT)
    assert "at most 20 MB" in page.inner_text("#refused")
    assert page.inner_text("#sentences") == said


def test_a_study_is_added_and_the_session_is_saved_and_reopened(page: Any) -> None:
    page.click("#add-box summary")
    page.select_option("#kind", "yi_sei")
    page.wait_for_selector("#new-yi", timeout=WAIT)
    for name, value in (("study", "example"), ("yi", "0.9"), ("sei", "0.2")):
        page.fill(f"#new-{name}", value)
    drawn(page, lambda: page.click("#add-form button"))
    assert "Before (7 studies)" in page.inner_text("#compared")
    assert "After (8 studies)" in page.inner_text("#compared")
    said = page.inner_text("#sentences")
    with page.expect_download() as download:
        page.click("#save")
    saved = Path(download.value.path()).read_bytes()
    drawn(page, lambda: page.click("#undo"))
    assert page.inner_text("#sentences") != said
    drawn(page, lambda: upload(page, "again.json", saved))
    assert page.inner_text("#sentences") == said


def test_the_report_is_downloaded(page: Any) -> None:
    drawn(page, lambda: page.select_option("#outcome", "relapse"))
    with page.expect_download(timeout=2 * WAIT) as download:
        page.click("#report")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "irl-relapse.html"
    assert text.startswith("<!DOCTYPE html>")
    page.wait_for_selector("#report:enabled", timeout=WAIT)


def test_no_serious_fault_of_accessibility(page: Any) -> None:
    """Everything by day, and the colors by night: nothing else differs."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(
        "for (const id of ['add-box', 'rows-head']) document.getElementById(id).closest('details').open = true"
    )
    for state in ("answered", "faulty"):
        if state == "faulty":
            upload(page, "faulty.csv", FAULTY)
            page.wait_for_selector("#problems tbody tr", timeout=WAIT)
        for scheme, wanted in (("light", None), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=wanted).response["violations"]
            serious = [
                (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")
            ]
            assert serious == [], (state, scheme)
        page.emulate_media(color_scheme="light")


def test_nothing_runs_off_a_narrow_page(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    until(page, "document.documentElement.scrollWidth <= 390")
    assert page.is_visible("#glance")
    upload(page, "faulty.csv", FAULTY)
    page.wait_for_selector("#problems tbody tr", timeout=WAIT)
    assert page.evaluate(
        "document.getElementById('problems').scrollWidth <= document.getElementById('problems').clientWidth"
    )
    assert not page.is_visible("#glance"), "no old answer stands beside new problems"


def test_a_closed_page_leaves_nothing(
    chromium: Any, served: Served, listened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of an upload stays on the disk, and what a page had in hand goes with it."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    context = chromium.new_context()
    page = listened(context, served.address).page
    page.wait_for_selector("body[data-ready=yes]", timeout=WAIT)
    desk = served.desks[-1]
    upload(page, "table.csv", b"study,yi,sei\none,0.1,0.2\ntwo,0.3,0.2\n")
    until(page, "document.getElementById('name').textContent === 'table.csv'")
    there = desk()
    assert there is not None
    table = weakref.ref(there.work.table)
    assert table() is not None
    del there
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    context.close()
    for _ in range(200):
        gc.collect()
        if table() is None and not list(tmp_path.iterdir()):
            break
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == [], "nor the folder that Shiny keeps for uploads"
    assert table() is None
    assert desk() is None or desk().work == Work()
