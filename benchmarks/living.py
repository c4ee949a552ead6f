"""What the living evidence costs beside its parts: `uv run python benchmarks/living.py [additions] [entries]`.

Additions one after another in one process, each durable when it returns, beside (a) appends of the same bodies to the
same kind of file, and (b) fits of all rows from the start after each addition, estimated from fits at ten sizes; and
the opening of a ledger beside reading the same lines as JSON. All in one run, as CPU seconds and their ratio: a commit
waits for the disk, and wall seconds say more about that.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np

from irlbayes import workflow
from irlbayes.auditing import export
from irlbayes.ledger import store
from irlbayes.ledger.entries import sealed
from irlbayes.living import open_ledger
from irlbayes.opening import init_ledger
from irlbayes.posterior.quadrature import solve

Row = dict[str, object]
SIZES = 10


def normal_rows(count: int, rng: np.random.Generator) -> list[Row]:
    """Return example estimates with standard errors."""
    return [{"study": f"s{i}", "yi": float(rng.normal(0.2, 0.3)), "sei": 0.2} for i in range(count)]


def count_rows(count: int, rng: np.random.Generator) -> list[Row]:
    """Return example counts of two groups."""
    cells = rng.binomial(80, (0.35, 0.25), (count, 2))
    return [{"study": f"s{i}", "ai": int(a), "n1i": 80, "ci": int(c), "n2i": 80} for i, (a, c) in enumerate(cells)]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return CPU and wall seconds of some work."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def added(path: Path, rows: list[Row]) -> None:
    """Add rows one after another."""
    with open_ledger(path) as ledger:
        for row in rows:
            ledger.add([row])


def appended(path: Path, bodies: list[dict[str, object]]) -> None:
    """Append bodies one after another."""
    with store.opened(path, write=True) as book:
        for body in bodies:
            book.append("study", body)


def fitted(path: Path, count: int) -> float:
    """Return the CPU seconds of a fit from the start after each of so many additions, estimated at some sizes."""
    table = workflow.read_reports(path)
    (name,) = table.outcomes
    model = workflow.load_model(table.outcomes[name])
    curves = [study.curve for study in workflow.effect_table(table, name).studies]
    sizes = np.unique(np.linspace(1, count, SIZES).astype(int))
    each = [timed(lambda k=k: solve(curves[:k], model.mu, model.tau, studies=False))[0] for k in sizes]
    return float(np.interp(np.arange(1, count + 1), sizes, each).sum())


def additions(folder: Path, name: str, rows: list[Row]) -> None:
    """Measure additions, and print a line."""
    path, bare = folder / f"{name}.ledger", folder / f"{name}-bare.ledger"
    init_ledger(path, None, empty=True)
    init_ledger(bare, None, empty=True)
    cpu, wall = timed(lambda: added(path, rows))
    with store.opened(path) as book:
        bodies = [deepcopy(dict(entry.body)) for entry in book.entries(2)]
    storage, _ = timed(lambda: appended(bare, bodies))
    batch = fitted(path, len(rows))
    print(
        f"{len(rows)} additions, {name}: {cpu:.2f} s of CPU, {wall:.2f} s in all;"
        f" {cpu / storage:.1f} times the appends alone, {cpu / batch:.2f} of fits from the start ({batch:.1f} s)"
    )


def opening(folder: Path, entries: int) -> None:
    """Measure the opening of a ledger with so many entries, and print a line."""
    small, large, lines = folder / "small.ledger", folder / "large.ledger", folder / "large.jsonl"
    init_ledger(small, None, empty=True)
    added(small, normal_rows(2, np.random.default_rng(1)))
    with store.opened(small) as book:
        chain = list(book.entries())
    pattern = chain.pop()
    while len(chain) < entries:
        number, last = len(chain) + 1, chain[-1]
        body = deepcopy(dict(pattern.body))
        body["rows"][0]["cells"] |= {"id": f"x{number}", "study": f"x{number}", "cohort": f"x{number}"}
        chain.append(sealed(number, pattern.kind, pattern.at, body, last.sha256))
    store.write(large, chain)
    export(large, lines)

    def opened() -> None:
        with open_ledger(large, write=False) as ledger:
            assert len(ledger) == entries

    def plain() -> None:
        with lines.open(encoding="utf-8") as source:
            assert sum(1 for line in source if json.loads(line)) == entries + 1

    (cpu, wall), (base, _) = timed(opened), timed(plain)
    print(f"opening {entries} entries: {cpu:.2f} s of CPU, {wall:.2f} s in all; {cpu / base:.1f} times reading JSON")


def main(count: int, entries: int) -> None:
    """Measure, and print a line each."""
    rng = np.random.default_rng(20261)
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        additions(folder, "normal reports", normal_rows(count, rng))
        additions(folder, "counts", count_rows(max(count // 20, 2), rng))
        opening(folder, entries)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
