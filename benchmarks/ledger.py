"""How much a ledger costs beside plain SQLite of the same durability: `uv run python benchmarks/ledger.py [entries]`.

Bodies are about 2 kB of JSON. The baseline of each line does the like with a plain table in the same run: write-ahead
log, `synchronous = FULL`, a transaction per row, without hashes, seal, triggers or checks. Wall seconds: median of RUNS
turns, ledger and baseline in turn, and their ratio. A commit waits for the disk, so that the seconds say more about the
disk than the ratio does.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from statistics import median

from irlbayes.ledger import exchange, store
from irlbayes.ledger.checking import verify
from irlbayes.ledger.entries import canonical

RUNS, APPENDS = 3, 1000
Work = Callable[[Path], object]


def body(k: int) -> dict[str, object]:
    """Return an example body of about 2 kB."""
    rows = [{"study": f"Example {k}", "column": f"c{i}", "yi": (k + i) / 7.0, "text": "as printed"} for i in range(24)]
    return {"rows": rows, "sha256": "0" * 64}


def plain(path: Path) -> sqlite3.Connection:
    """Open a plain table of the same durability."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    return connection


def plain_rows(path: Path, count: int, at_once: bool) -> None:
    """Insert rows, each in a transaction of its own or all in one."""
    with closing(plain(path)) as connection:
        if at_once:
            connection.execute("BEGIN IMMEDIATE")
        for k in range(count):
            if not at_once:
                connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO entries (body) VALUES (?)", (canonical(body(k)),))
            if not at_once:
                connection.execute("COMMIT")
        if at_once:
            connection.execute("COMMIT")


def appended(path: Path, count: int) -> None:
    """Append entries one by one, each against the head before it."""
    with store.opened(path, write=True) as book:
        for k in range(count):
            book.append("study", body(k), head=book.head().sha256)


def appended_at_once(path: Path, count: int) -> None:
    """Append entries in one transaction."""
    with store.opened(path, write=True) as book:
        book.append_all([("study", body(k)) for k in range(count)])


def begun(path: Path) -> Path:
    """Begin a ledger."""
    store.create(path, "begun", {})
    return path


def looked_at(path: Path) -> None:
    """Open a ledger: its head checked, the number of entries, and the last ten, each linked to the one before it."""
    with store.opened(path) as book:
        head = book.head()
        last = list(book.entries(book.count() - 9))
        assert last[-1] == head
        assert all(one.sha256 == other.previous for one, other in pairwise(last))


def plain_looked_at(path: Path) -> None:
    """Open a plain table: the last ten rows."""
    with closing(plain(path)) as connection:
        connection.execute("SELECT body FROM entries ORDER BY number DESC LIMIT 10").fetchall()


def plain_checked(path: Path) -> None:
    """Run SQLite's own check."""
    with closing(plain(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def imported(lines: Path, path: Path) -> None:
    """Import an export."""
    with lines.open("rb") as source:
        exchange.load(source, path)


def timed(work: Callable[[], object]) -> float:
    """Return the wall seconds of some work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(entries: int) -> None:
    """Measure, and print a line each."""
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        numbers = iter(range(10**6))

        def new() -> Path:
            return folder / str(next(numbers))

        large, large_plain, lines = begun(new()), new(), new()
        appended_at_once(large, entries - 1)
        plain_rows(large_plain, entries, at_once=True)
        exchange.export(large, lines)
        assert verify(large).count == entries
        assert verify(large).problems == ()
        works: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
            (
                f"{APPENDS} appends to a new ledger, a commit each",
                lambda: appended(begun(new()), APPENDS),
                lambda: plain_rows(new(), APPENDS, at_once=False),
            ),
            (
                f"{APPENDS} appends in one transaction",
                lambda: appended_at_once(begun(new()), APPENDS),
                lambda: plain_rows(new(), APPENDS, at_once=True),
            ),
            (
                f"one append to {entries} entries, opening included",
                lambda: appended(large, 1),
                lambda: plain_rows(large_plain, 1, at_once=False),
            ),
            (f"opening {entries} entries", lambda: looked_at(large), lambda: plain_looked_at(large_plain)),
            (f"verify of {entries} entries", lambda: verify(large), lambda: plain_checked(large_plain)),
            (
                f"export of {entries} entries",
                lambda: exchange.export(large, lines),
                lambda: new().write_bytes(large_plain.read_bytes()),
            ),
            (
                f"import of {entries} entries",
                lambda: imported(lines, new()),
                lambda: plain_rows(new(), entries, at_once=True),
            ),
        ]
        print(f"a ledger of {entries} entries has {large.stat().st_size / 1e6:.1f} MB; wall seconds, median of {RUNS}")
        print(f"{'':<52} {'ledger':>8} {'plain':>8} {'ratio':>7}")
        for text, work, baseline in works:
            pairs = [(timed(work), timed(baseline)) for _ in range(RUNS)]
            ours, theirs = (median(pair[i] for pair in pairs) for i in (0, 1))
            print(f"{text:<52} {ours:>8.3f} {theirs:>8.3f} {ours / theirs:>7.1f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
