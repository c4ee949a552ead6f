"""R's packages, by one script of ours (`peers.R`) that times them inside R: metafor, bayesmeta, brms, baggr."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from comparison import cases
from comparison.timing import Measured

SCRIPT = Path(__file__).parents[1] / "peers.R"
PACKAGES = ("metafor", "bayesmeta", "brms", "baggr")
SAMPLERS = ("brms", "baggr")
LONGEST = 1800.0  # seconds that the script may take


@dataclass(frozen=True)
class FromR:
    """What the script printed.

    Parameters
    ----------
    measured : dict
        Times by task.
    versions : dict
    absent : dict
        Why a tool (of a task, where it is named) was not run.
    """

    measured: dict[str, list[Measured]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


def absent() -> str:
    """Say why R cannot be called; empty where it can."""
    return "" if shutil.which("Rscript") else "Rscript is not on the path"


def read(lines: Iterable[str]) -> FromR:
    """Read the lines that the script prints: tool, task, quantity, value.

    Parameters
    ----------
    lines : iterable of str
    """
    found, numbers, notes = FromR(), {}, {}
    for line in lines:
        cells = [cell.strip() for cell in line.rstrip("\n").split("\t")]
        if len(cells) < 4:
            continue
        tool, task, quantity, value = cells[:4]
        if quantity == "version":
            found.versions[tool] = value
        elif quantity == "absent":
            found.absent[f"{tool}: {task}" if task else tool] = value
        elif quantity == "note":
            notes[tool, task] = value
        else:
            numbers.setdefault((tool, task), {})[quantity] = float(value)
    for (tool, task), values in numbers.items():
        seconds = values.pop("seconds")
        found.measured.setdefault(task, []).append(Measured(tool, seconds, values, notes.get((tool, task), "")))
    return found


def run(packages: Sequence[str]) -> FromR:
    """Write the data, call the script, and read what it says.

    Parameters
    ----------
    packages : sequence of str
    """
    reason = absent()
    if reason:
        return FromR(absent=dict.fromkeys(packages, reason))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder)
        asked = [str(folder), ",".join(packages), f"{cases.MU_SD:g}", f"{cases.BETA_SD:g}", f"{cases.TAU_SCALE:g}"]
        try:
            done = subprocess.run(
                ["Rscript", "--vanilla", str(SCRIPT), *asked], capture_output=True, text=True, timeout=LONGEST
            )
        except subprocess.TimeoutExpired:
            return FromR(absent=dict.fromkeys(packages, f"took longer than {LONGEST:.0f} s"))
    found = read(done.stdout.splitlines())
    if done.returncode:
        found.absent["R"] = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "failed"
    return found


def _write(folder: Path) -> None:
    """Write what the script reads."""
    for task, name in (("fit_13", "bcg_rr"), ("fit_100", "synthetic100"), ("moderator_13", "bcg_rr")):
        yi, sei = cases.pair(name)
        x = cases.latitude() if task == "moderator_13" else np.zeros(yi.size)
        _rows(folder / f"{task}.csv", ("yi", "sei", "x"), zip(yi, sei, x, strict=True))
    yi, sei = cases.batch()
    number = np.repeat(np.arange(cases.SUBSET), yi.shape[1])
    rows = zip(number, yi[: cases.SUBSET].ravel(), sei[: cases.SUBSET].ravel(), strict=True)
    _rows(folder / "batch.csv", ("set", "yi", "sei"), rows)


def _rows(path: Path, names: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([[repr(float(cell)) for cell in row] for row in rows])
