"""The page to work in, in a real browser: what it shows, what it refuses, and who can use it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from irlbayes import workflow
from irlbayes.report import document

FAULTY = b"study,yi,sei\none,0.1,0.2\ntwo,much,0.2\nthree,0.3,-0.2\nfour,0.4,\none,0.5,0.2\nsix,0.6,0\n"
SCRIPT = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
WAIT = 60_000


@pytest.fixture(scope="module")
def address(chromium: Any) -> Iterator[str]:
    """Serve the app for the whole module, on a free port."""
    import socket

    import uvicorn

    from irlbayes.app.server import HOST, MESSAGE, make_app

    door = socket.socket()
    door.bind((HOST, 0))
    config = uvicorn.Config(make_app("irl"), log_level="error", ws_max_size=MESSAGE)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    yield f"http://{HOST}:{door.getsockname()[1]}/"
    server.should_exit = True
    thread.join(timeout=20)
    door.close()


@pytest.fixture
def app(opened: Callable[..., Any], address: str) -> Iterator[Callable[..., Any]]:
    """Return a function that opens the page; afterwards it must have said nothing and asked nobody else."""
    pages = []

    def open_app(**options: Any) -> Any:
        found = opened(address, **options)
        found.page.wait_for_selector("body[data-ready=yes]", timeout=WAIT)
        pages.append(found)
        return found.page

    yield open_app
    for found in pages:
        assert found.said == []
        assert [url for url in found.asked if not url.startswith((address, "data:", "blob:" + address[:-1]))] == []
        assert found.page.title() == "irlbayes: evidence, priors, answer"


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


def test_numbers_are_those_of_the_document_and_a_slider_moves_them(app: Any) -> None:
    page = app()
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
    until(page, "document.getElementById('library-mu').value.startsWith('normal(')")
    prior = page.input_value("#library-mu")
    until(page, f"document.getElementById('assumed').textContent.includes('mu ~ {prior}')")
    moved = page.evaluate(script)
    assert moved != seen
    assert moved == there(prior_mu=prior)
    assert page.get_attribute("#sd", "aria-valuetext") == prior.removesuffix(")").split(", ")[1]


def test_five_faults_are_five_messages_and_are_mended_in_place(app: Any) -> None:
    page = app()
    upload(page, "faulty.csv", FAULTY)
    page.wait_for_selector("#problems tbody tr", timeout=WAIT)
    assert page.locator("#problems tbody tr").count() == 5
    assert page.is_hidden("#answered")
    for label, value, left in (("Line 3, yi", "0.2", 4), ("Line 4, sei", "0.2", 3), ("Line 7, sei", "0.1", 2)):
        page.get_by_label(label, exact=True).first.fill(value)
        page.keyboard.press("Enter")
        until(page, f"document.querySelectorAll('#problems tbody tr').length === {left}")
    assert "2 problems" in page.inner_text("#said")


def test_a_hostile_table_does_nothing(app: Any) -> None:
    from openpyxl import Workbook

    page = app()
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


def test_a_file_too_large_is_refused_before_it_is_read(app: Any, tmp_path: Path) -> None:
    page = app()
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    said = page.inner_text("#sentences")
    page.set_input_files("#file", large)
    page.wait_for_selector("#refused:not([hidden])", timeout=WAIT)
    assert "at most 20 MB" in page.inner_text("#refused")
    assert page.inner_text("#sentences") == said


def test_a_study_is_added_and_the_session_is_saved_and_reopened(app: Any) -> None:
    page = app()
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


def test_the_report_is_downloaded(app: Any) -> None:
    page = app()
    drawn(page, lambda: page.select_option("#outcome", "relapse"))
    with page.expect_download(timeout=2 * WAIT) as download:
        page.click("#report")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "irl-relapse.html"
    assert text.startswith("<!DOCTYPE html>")
    page.wait_for_selector("#report:enabled", timeout=WAIT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_of_accessibility(app: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = app(scheme=scheme)
    page.click("#add-box summary")
    page.click("#rows-head")
    for state in ("answered", "faulty"):
        if state == "faulty":
            upload(page, "faulty.csv", FAULTY)
            page.wait_for_selector("#problems tbody tr", timeout=WAIT)
        found = Axe().run(page).response["violations"]
        serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
        assert serious == []


def test_nothing_runs_off_a_narrow_page(app: Any) -> None:
    page = app(width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.is_visible("#glance")
