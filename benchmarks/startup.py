"""How long the command line and the page take to start: `uv run python benchmarks/startup.py`.

Each command runs in fresh processes: one warm-up, then RUNS counted ones. Printed are the user CPU seconds of the whole
process (median, least and most), the median of its wall seconds, and the ratio of its CPU to a baseline of the same
run, importing NumPy alone. For the page, in headless Chromium that runs already: wall seconds from the start of the
process to the first contentful paint, to the page that can be used, and to the answer for a file named at the command
line; and to the answer where the file is dropped READING seconds after the page can be used, from that moment.
"""

from __future__ import annotations

import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

RUNS, READING = 5, 3.0
CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")
PAINTED = "performance.timeOrigin + performance.getEntriesByName('first-contentful-paint')[0].startTime"
INPUT = Path(__file__).parents[1] / "tests" / "reference" / "inputs" / "crins2014_ar.csv"
PROBE = (
    "import sys\nfrom irlbayes import cli\nsys.argv = ['irlbayes', *sys.argv[1:]]\n"
    "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
    "heavy = {'pymc', 'pytensor', 'nutpie', 'arviz', 'pandas', 'xarray', 'matplotlib'}\n"
    "print(*sorted(heavy & set(sys.modules)), file=sys.stderr)"
)


def seconds(command: list[str]) -> tuple[float, float]:
    """Run a command and return the user CPU seconds of it and its children, and the wall seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, time.perf_counter() - start


def measure(command: list[str]) -> tuple[list[float], float]:
    """Return the CPU seconds of the counted runs of a command, after a warm-up, and the median of the wall seconds."""
    seconds(command)
    user, wall = zip(*(seconds(command) for _ in range(RUNS)), strict=True)
    return sorted(user), median(wall)


def page_seconds(browser: Any, words: list[str], dropped: Path | None) -> tuple[float, float, float]:
    """Start the page and return the seconds to its first paint, to its readiness, and to its answer."""
    start = time.time()
    command = [sys.executable, "-m", "irlbayes.cli", "app", "--no-browser", *words]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split()[2]
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_selector("body[data-ready=yes]", timeout=120_000)
        ready = time.time() - start
        painted = page.evaluate(PAINTED) / 1000.0 - start
        if dropped is not None:
            time.sleep(READING)
            start = time.time()
            page.set_input_files("#file", dropped)
        page.wait_for_selector("#answered:not([hidden])", timeout=120_000)
        answered = time.time() - start
        page.close()
        return painted, ready, answered
    finally:
        server.terminate()
        server.wait()


def pages(six: Path) -> None:
    """Measure the page, and print a line each."""
    if shutil.which(CHROMIUM) is None:
        print("irlbayes app: no Chromium")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page_seconds(browser, [str(six)], None)
        named = [
            median(one) for one in zip(*(page_seconds(browser, [str(six)], None) for _ in range(RUNS)), strict=True)
        ]
        dropped = median(page_seconds(browser, [], six)[2] for _ in range(RUNS))
        browser.close()
    print(
        f"irlbayes app, wall seconds, median of {RUNS}: first paint {named[0]:.2f}, ready {named[1]:.2f},"
        f" answer of a named file {named[2]:.2f}; file dropped {READING:g} s after that: answer {dropped:.2f} later"
    )


def main() -> None:
    """Measure, and print a line per command."""
    with tempfile.TemporaryDirectory() as folder:
        six = Path(folder) / "six.csv"
        with INPUT.open() as source, six.open("w") as target:
            rows = [(row["study"], row["yi"], row["sei"]) for row in csv.DictReader(source)]
            csv.writer(target).writerows([("study", "yi", "sei"), *rows])
        irlbayes = [sys.executable, "-m", "irlbayes.cli"]
        arguments = {
            "irlbayes --help": ["--help"],
            f"irlbayes analyze FILE --format json ({len(rows)} studies)": ["analyze", str(six), "--format", "json"],
            "irlbayes analyze --format json (bundled evidence)": ["analyze", "--format", "json"],
        }
        baseline, wall = measure([sys.executable, "-c", "import numpy"])
        print(
            f"user CPU seconds of the whole process: median of {RUNS} runs [least, most], ratio to the baseline; wall"
        )
        print(f"{'python -c import numpy (baseline)':<55} {median(baseline):.3f}  wall {wall:.3f}")
        for name, words in arguments.items():
            runs, wall = measure([*irlbayes, *words])
            ratio = median(runs) / median(baseline)
            print(f"{name:<55} {median(runs):.3f} [{runs[0]:.3f}, {runs[-1]:.3f}]  x{ratio:.1f}  wall {wall:.3f}")
            probe = subprocess.run([sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True)
            print(f"{'':<55} heavy modules imported: {probe.stderr.strip() or 'none'}")
        pages(six)


if __name__ == "__main__":
    main()
