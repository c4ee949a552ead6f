"""An open ledger: its entries read, and new ones appended, each append in a transaction of its own.

A transaction is whole or absent after a kill, a full disk or a loss of power (SQLite's write-ahead log, synchronized
before an append returns). Writers take turns: one that computed against a head that has moved since is told so.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from irlbayes.core.errors import IrlbayesError
from irlbayes.ledger import refusals, schema, seal
from irlbayes.ledger.entries import Entry, Fault, canonical, now, own_faults, sealed, written

COLUMNS = "number, kind, at, body, previous, sha256"


class Moved(IrlbayesError):
    """Another writer appended after the head that an entry was computed against: compute it again.

    Parameters
    ----------
    expected : str
        Hash that the entry was computed against.
    head : Entry
        The head as it is.
    """

    def __init__(self, expected: str, head: Entry) -> None:
        self.expected, self.head = expected, head
        super().__init__(f"the ledger has moved on to entry {head.number} ({head.sha256[:12]}) since {expected[:12]}")


@dataclass(frozen=True)
class Derived:
    """Something computed from a ledger and kept beside it: not evidence, dropped and made again at any time.

    Parameters
    ----------
    name : str
    number, head : int, str
        The entry that it was computed at, and that entry's hash.
    content : bytes
    """

    name: str
    number: int
    head: str
    content: bytes


@dataclass(frozen=True)
class Book:
    """An open ledger, from `opened`."""

    path: Path
    connection: sqlite3.Connection
    writes: bool
    seen: list[int]  # the data version at which this connection last found or made the seal whole

    def count(self) -> int:
        """Return the number of entries."""
        return self.head().number

    def head(self) -> Entry:
        """Return the last entry, its hash checked."""
        found = self._read(f"SELECT {COLUMNS} FROM entries ORDER BY number DESC LIMIT 1")
        entry = next(found, None)
        if entry is None:
            raise refusals.damaged(self.path)
        return entry

    def entry(self, number: int) -> Entry:
        """Return an entry by its number, its hash checked."""
        entry = next(self._read(f"SELECT {COLUMNS} FROM entries WHERE number = ?", number), None)
        if entry is None:
            last = self.count()
            raise refusals.refused(self.path, f"an entry from 1 to {last}", "Choose one of them.", str(number))
        return entry

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
        """Yield entries from `start` up to but without `stop`, each checked, and linked to the one before it."""
        last = (1 << 62) if stop is None else stop
        query = f"SELECT {COLUMNS} FROM entries WHERE number >= ? AND number < ? ORDER BY number"
        before: Entry | None = None
        for entry in self._read(query, start, last):
            if before is not None and (entry.number, entry.previous) != (before.number + 1, before.sha256):
                rule = f"entry {entry.number}: it does not follow on entry {before.number}: the link is broken"
                raise refusals.refused(self.path, rule, refusals.VERIFY)
            yield entry
            before = entry

    def append(
        self,
        kind: str,
        body: Mapping[str, Any],
        head: str | None = None,
        caches: Mapping[str, bytes] | None = None,
        at: str | None = None,
    ) -> Entry:
        """Append one entry, on file for good when this returns.

        Parameters
        ----------
        kind, body
            See `Entry`.
        head : str, optional
            Hash of the head that the entry was computed against.
        caches : mapping, optional
            What was computed along with it: stored in the same transaction, as belonging to the new entry.
        at : str, optional
            Its time; now, where none is given.

        Raises
        ------
        Moved
            The head is another one: nothing was added.
        InputError
            A full disk, a lock, a file that cannot be written, a damaged ledger: nothing was added.
        """
        return self.append_all([(kind, body)], head, caches, at)[-1]

    def append_all(
        self,
        contents: Sequence[tuple[str, Mapping[str, Any]]],
        head: str | None = None,
        caches: Mapping[str, bytes] | None = None,
        at: str | None = None,
    ) -> tuple[Entry, ...]:
        """Append several entries in one transaction: all of them, or none. See `append`."""
        at = at or now()
        for kind, body in contents:  # what is no plain JSON is refused before anything is locked
            canonical({"at": at, "body": body, "kind": kind})
        with self._writing():
            last = self.head()
            if head is not None and head != last.sha256:
                raise Moved(head, last)
            added = []
            for kind, body in contents:
                last = sealed(last.number + 1, kind, at, body, last.sha256)
                added.append(last)
            insert(self.connection, added)
            for name, content in (caches or {}).items():
                self._keep(Derived(name, last.number, last.sha256, content))
        return tuple(added)

    def cached(self, name: str) -> Derived | None:
        """Return what was kept under a name, whichever entry it belongs to; None where it is absent or damaged."""
        query = "SELECT number, head, sha256, content FROM derived WHERE name = ?"
        with translating(self.path):
            row = self.connection.execute(query, (name,)).fetchone()
        if row is None or not isinstance(row[3], bytes) or sha256(row[3]).hexdigest() != row[2]:
            return None
        kept = Derived(name, row[0], row[1], row[3])
        with translating(self.path):
            belongs = self.connection.execute("SELECT sha256 FROM entries WHERE number = ?", (kept.number,)).fetchone()
        return kept if belongs == (kept.head,) else None

    def cache(self, name: str) -> bytes | None:
        """Return what was kept under a name if it belongs to the head; None where it must be made again."""
        kept = self.cached(name)
        return kept.content if kept is not None and kept.head == self.head().sha256 else None

    def put_cache(self, name: str, content: bytes, head: str | None = None) -> None:
        """Keep something computed at the head, in place of what was kept under the name.

        Raises
        ------
        Moved
            The head is not `head` any more.
        """
        with self._writing():
            last = self.head()
            if head is not None and head != last.sha256:
                raise Moved(head, last)
            self._keep(Derived(name, last.number, last.sha256, content))

    def drop_cache(self, name: str | None = None) -> None:
        """Drop what was kept under a name, or all that was kept."""
        with self._writing():
            self.connection.execute("DELETE FROM derived WHERE ?1 IS NULL OR name = ?1", (name,))

    def _keep(self, kept: Derived) -> None:
        digest = sha256(kept.content).hexdigest()  # a TypeError where it is no bytes
        values = (kept.name, kept.number, kept.head, digest, kept.content)
        self.connection.execute("DELETE FROM derived WHERE name = ?", (kept.name,))
        self.connection.execute(
            "INSERT INTO derived (name, number, head, sha256, content) VALUES (?, ?, ?, ?, ?)", values
        )

    def _read(self, query: str, *values: int) -> Iterator[Entry]:
        with translating(self.path):
            for row in self.connection.execute(query, values):
                yield _entry(self.path, row)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if not self.writes:
            raise refusals.refused(self.path, "a ledger that was opened for writing", "Open it with write=True.")
        with translating(self.path), transaction(self.connection):
            version = self.connection.execute("PRAGMA data_version").fetchone()[0]
            if self.seen != [version] and not seal.holds(self.connection.serialize(), seal.of(self.connection)):
                raise refusals.damaged(self.path)
            self.seen[:] = [version]
            yield
            seal.renew(self.connection, schema.version())


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done inside, or undo it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


@contextmanager
def translating(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as problems a reader can act on."""
    try:
        yield
    except sqlite3.Error as error:
        raise refusals.translated(path, error) from error


def insert(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Put entries into the table, inside the caller's transaction."""
    connection.executemany(
        f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        ((e.number, e.kind, e.at, written(e.body), e.previous, e.sha256) for e in entries),
    )


def _entry(path: Path, row: tuple[Any, ...]) -> Entry:
    """Return a row as an entry, or refuse it as damaged."""
    number, kind, at, body, previous, digest = row
    try:
        entry = Entry(number, kind, at, json.loads(body), previous, digest)
        found = next(own_faults(entry, body), None)
    except (ValueError, TypeError, RecursionError):
        found = Fault(number, "it does not hold JSON: it was changed or damaged", refusals.VERIFY)
    if found is not None:
        raise refusals.refused(path, f"entry {found.entry}: {found.rule}", refusals.VERIFY)
    return entry
