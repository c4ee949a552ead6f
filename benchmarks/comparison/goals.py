"""What the package promises, measured: each goal beside what this run found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from comparison import cases, machine, table
from comparison.timing import in_rounds
from comparison.tools import ours

FOLDER = Path(__file__).parents[1]
START = "from comparison import cases\nfrom comparison.tools import ours\n"
Goal = tuple[str, str, Callable[[], tuple[float, str]], Callable[[float], bool]]


def seconds(task: str, name: str = ours.NAME) -> float:
    """Return our seconds per unit of a task, in the way that is named."""
    (found,) = in_rounds({name: ours.prepare(task)[name]}, rounds=3)
    return found.seconds


def _time_of(task: str) -> Callable[[], tuple[float, str]]:
    def measure() -> tuple[float, str]:
        found = seconds(task)
        return found, table.time(found)

    return measure


def _rate_of(task: str, name: str = ours.NAME) -> Callable[[], tuple[float, str]]:
    def measure() -> tuple[float, str]:
        rate = 1.0 / seconds(task, name)
        return rate, f"{rate:,.0f} a second"

    return measure


def _calibration() -> tuple[float, str]:
    whole = cases.DATA_SETS * seconds("calibration")
    return whole, table.time(whole)


def _memory() -> tuple[float, str]:
    before = machine.peak_megabytes(START + "cases.large()", FOLDER)
    whole = machine.peak_megabytes(START + "ours.prepare('large')[ours.NAME].call()", FOLDER)
    return whole, f"{whole:.0f} MB, of which {before:.0f} MB before the fit"


def _workers() -> tuple[float, str]:
    """Two dask worker processes of one thread against one, on data sets that are there before the clock starts."""
    done = subprocess.run([sys.executable, str(FOLDER / "workers.py")], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    one, two = (float(word) for word in done.stdout.split()[-2:])
    return one / two, f"{one / two:.2f} ({table.time(one)} and {table.time(two)})"


def _cold() -> tuple[float, str]:
    code = START + "from time import perf_counter\nwork = ours.prepare('fit_13')[ours.NAME].call\n"
    code += "begun = perf_counter(); work(); print(perf_counter() - begun)"
    asked = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(FOLDER)!r})\n{code}"]
    times = [float(subprocess.run(asked, capture_output=True, text=True, check=True).stdout) for _ in range(3)]
    return median(times), f"{table.time(median(times))}"


GOALS: tuple[Goal, ...] = (
    ("full normal posteriors, k = 13, in batch", "100,000 a second or more", _rate_of("batch"), lambda x: x >= 1e5),
    ("a single warm fit, k = 13", "under 1 ms", _time_of("fit_13"), lambda x: x < 1e-3),
    ("a single warm fit, k = 100", "under 2 ms", _time_of("fit_100"), lambda x: x < 2e-3),
    ("a fit with one moderator, k = 13", "under 2 ms", _time_of("moderator_13"), lambda x: x < 2e-3),
    ("a predictive p-value, 1,000 replicates", "under 100 ms", _time_of("predictive"), lambda x: x < 0.1),
    ("mixed partial posteriors in batch", "2,000 a second or more", _rate_of("mixed"), lambda x: x >= 2e3),
    ("the same, of curves never pooled before", "", _rate_of("mixed", ours.AFRESH), lambda x: True),
    ("calibration of 10,000 data sets", "under 10 s", _calibration, lambda x: x < 10.0),
    ("two dask worker processes against one", "1.7 times or more", _workers, lambda x: x >= 1.7),
    ("100,000 studies: time", "under 1 s", _time_of("large"), lambda x: x < 1.0),
    ("100,000 studies: memory of the process", "under 500 MB", _memory, lambda x: x < 500.0),
    ("the first fit of a fresh process, kernels on disk", "", _cold, lambda x: True),
)


def measured() -> str:
    """Measure every goal, and return the table."""
    rows = []
    for words, goal, measure, met in GOALS:
        try:
            value, said = measure()
            rows.append([words, goal, said, ("yes" if met(value) else "no") if goal else ""])
        except Exception as problem:
            rows.append([words, goal, f"not measured: {type(problem).__name__}", "no"])
    return "### Goals\n\n" + table.markdown(["what", "goal", "measured", "met"], rows)
