"""From the release of a slider to the redrawn answer: `uv run python benchmarks/app.py`.

BCG vaccine, 13 log risk ratios (tests/reference/inputs/bcg_rr.csv). MOVES priors, each once as a bare fit
(`workflow.fit`), once as the server's whole work (fit, questions, both figures as JSON), and once in headless Chromium
from the `input` and `change` events of the slider's release to the last figure drawn; a move that draws nothing is an
error. Printed are medians in milliseconds, and their ratios to the bare fit of the same run: the ratios are what is
comparable between machines. Other work on the machine slows the browser most: measure where it is quiet.
"""

from __future__ import annotations

import shutil
import socket
import threading
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import uvicorn

from irlbayes import workflow
from irlbayes.app.server import HOST, MESSAGE, make_app
from irlbayes.app.state import Work, act

MOVES, WARM = 30, 3
INPUT = Path(__file__).parents[1] / "tests" / "reference" / "inputs" / "bcg_rr.csv"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")
LATEST = 10_000  # milliseconds until a move that draws nothing is an error
RELEASE = """([place, latest]) => new Promise((done, failed) => {
  const slider = document.getElementById("sd"), before = document.body.dataset.drawn, start = performance.now();
  const late = setTimeout(() => failed(new Error(`nothing was drawn ${latest} ms after the slider's release`)), latest);
  new MutationObserver((seen, watch) => {
    if (document.body.dataset.drawn === before) return;
    watch.disconnect();
    clearTimeout(late);
    const took = performance.now() - start;
    setTimeout(() => done(took), 100);  // the next move finds the page at rest
  }).observe(document.body, { attributes: true });
  slider.value = place;
  slider.dispatchEvent(new Event("input"));
  slider.dispatchEvent(new Event("change"));
})"""


def timed(run: Callable[[int], Any]) -> float:
    """Return the median milliseconds of the moves, after a few that are not counted."""
    times = []
    for number in range(WARM + MOVES):
        start = perf_counter()
        run(number)
        times.append(1000.0 * (perf_counter() - start))
    return median(times[WARM:])


def prior(number: int) -> str:
    """Return another prior of mu for every move."""
    return f"normal(0, {0.5 + 0.03 * number:.2f})"


def in_browser() -> float | None:
    """Return the median milliseconds in the browser; None without one."""
    if shutil.which(CHROMIUM) is None:
        return None
    from playwright.sync_api import sync_playwright

    door = socket.socket()
    door.bind((HOST, 0))
    server = uvicorn.Server(
        uvicorn.Config(make_app(), log_level="error", ws_max_size=MESSAGE, ws_per_message_deflate=False)
    )
    threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True).start()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"http://{HOST}:{door.getsockname()[1]}/")
        page.wait_for_selector("body[data-ready=yes]")
        page.set_input_files("#file", INPUT)
        page.wait_for_selector("#answered:not([hidden])", timeout=60_000)
        times = [page.evaluate(RELEASE, [40 + 3 * number, LATEST]) for number in range(WARM + MOVES)]
        browser.close()
    server.should_exit = True
    return median(times[WARM:])


def main() -> None:
    """Measure, and print a line each."""
    wish = {"do": "file", "name": INPUT.name, "content": b64encode(INPUT.read_bytes()).decode()}
    work, _ = act(Work(), wish)
    assert work.table is not None
    assert work.effects is not None
    outcome = work.effects.outcome
    models = [workflow.load_model(outcome, prior_mu=prior(number)) for number in range(WARM + MOVES)]
    bare = timed(lambda number: workflow.fit(work.effects, models[number], "exact"))
    ours = timed(lambda number: act(work, {"do": "priors", "prior_mu": prior(number), "wide": True}))
    there = in_browser()
    print(f"{len(work.effects.studies)} studies, {MOVES} moves, medians")
    for name, found in (
        ("bare fit", bare),
        ("server: wish to what is told", ours),
        ("browser: release to drawn", there),
    ):
        print(f"{name:32s}" + ("no Chromium" if found is None else f"{found:8.1f} ms {found / bare:6.1f} x"))


if __name__ == "__main__":
    main()
