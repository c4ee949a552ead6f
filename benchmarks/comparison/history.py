"""Ratios of earlier runs in one small file, and what has changed since."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

FILE = Path(__file__).parents[1] / "history.csv"
CHANGED = 1.25  # ratios move by less from run to run on a quiet machine


@dataclass(frozen=True)
class Line:
    """One benchmark of one run.

    Parameters
    ----------
    date : str
        As ISO writes it.
    machine, versions : str
    benchmark : str
        Task and tool: ``fit_13/metafor (REML)``.
    seconds : float
        Ours, per unit of the task.
    ratio : float
        The tool's time over ours; 1 for our own line.
    """

    date: str
    machine: str
    versions: str
    benchmark: str
    seconds: float
    ratio: float


def read(path: Path = FILE) -> list[Line]:
    """Return the lines of the file, oldest first; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Line(**{**row, "seconds": float(row["seconds"]), "ratio": float(row["ratio"])})
            for row in csv.DictReader(file)
        ]


def keep(lines: Iterable[Line], path: Path = FILE) -> None:
    """Append lines, with three digits of each figure."""
    new = not path.is_file()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Line)], lineterminator="\n")
        if new:
            writer.writeheader()
        for line in lines:
            writer.writerow({**asdict(line), "seconds": f"{line.seconds:.3g}", "ratio": f"{line.ratio:.3g}"})


def against(now: Sequence[Line], before: Sequence[Line], date: str) -> list[str]:
    """Say which ratios changed since an earlier run on this machine.

    Parameters
    ----------
    now, before : sequence of Line
    date : str
        Of the run to compare with, or its beginning; ``last`` for the last one of each benchmark.

    Returns
    -------
    list of str
        A sentence per change by more than a quarter, and one that says how many were compared.
    """
    known: Mapping[tuple[str, str], Line] = {
        (line.machine, line.benchmark): line for line in before if date == "last" or line.date.startswith(date)
    }
    said, compared = [], 0
    for line in now:
        old = known.get((line.machine, line.benchmark))
        if old is None:
            continue
        compared += 1
        own = line.ratio == 1.0 and old.ratio == 1.0
        was, found = (old.seconds, line.seconds) if own else (old.ratio, line.ratio)
        if found > CHANGED * was or was > CHANGED * found:
            unit = " s" if own else " times ours"
            said.append(f"{line.benchmark}: {was:.3g}{unit} on {old.date}, now {found:.3g}{unit}")
    return [
        *said,
        f"{compared} of {len(now)} benchmarks were there before; {len(said)} changed by more than a quarter.",
    ]
