"""Every check of a ledger: its bytes, its tables and its chain, with what is wrong named by entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from irlbayes.ledger import refusals, schema, seal, wal
from irlbayes.ledger.book import COLUMNS
from irlbayes.ledger.entries import RESTORE, Entry, Fault, faults, parsed

MAGIC = b"SQLite format 3\0"
NEW_FILE = "The entries hold: export them, and import them into a new ledger."
DROP = "It can be made again: drop it."
LONGEST_GAP = 1000  # entries in a row that cannot be read, before the end of the ledger is given up
LONGEST_REPORT = 100  # problems that SQLite's own check lists
LARGEST_HOLE = 1 << 28  # bytes that are filled in for a file that was cut short
ATTEMPTS = 5
SHORTEST_HASH = 12  # digits of a published head that say enough


@dataclass(frozen=True)
class Verified:
    """What a ledger was found to be.

    Parameters
    ----------
    count : int
        Entries that can be read.
    head : Entry or None
        The last one of them. Its hash is what to publish.
    problems : tuple of Fault
        What is wrong; empty when all holds.
    """

    count: int
    head: Entry | None
    problems: tuple[Fault, ...]


def verify(path: Path, head: str | None = None) -> Verified:
    """Check a ledger: every byte, every table, every entry.

    Parameters
    ----------
    path : Path
        Read only: nothing is written to it or beside it, but where a stopped program left a log, SQLite's index of it.
    head : str, optional
        A hash of a head that was published; an entry with it must be there. Its first 12 digits are enough.

    Raises
    ------
    InputError
        No file, or one that cannot be read. Whatever is wrong inside it is a problem of the answer.

    Notes
    -----
    A chain shows that nothing before the head was changed, not that the head is the last one that there was, nor that
    the whole chain was not written anew: for that the head must be known from elsewhere.
    """
    try:
        if not path.is_file():
            raise refusals.refused(path, "a ledger that exists", "Name another file.")
        image, found = _image(path)
    except OSError as error:
        raise refusals.system(path, error) from None
    answer = examine(image, head)
    return Verified(answer.count, answer.head, (*found, *answer.problems))


def examine(image: bytes, head: str | None = None) -> Verified:
    """Check the bytes of a ledger; see `verify`."""
    found = list(_bytes(image))
    version = int.from_bytes(image[60:64])
    if found and image[: len(MAGIC)] != MAGIC:
        return Verified(0, None, tuple(found))
    if version > schema.version():
        return Verified(0, None, (*found, _newer(version)))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.deserialize(_in_memory(image))
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            found += _tables(connection, version)
            found += _sqlite(connection)
            readable = _is_table(connection, "entries", version)
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            return Verified(0, None, (*found, Fault(None, f"SQLite cannot read it: {error}", RESTORE)))
        entries, unreadable = _entries(connection) if readable else ([], [])
        named = {fault.entry for fault in unreadable}
        chain = (fault for fault in faults(entries) if fault.entry not in named)
        found += sorted([*unreadable, *chain], key=lambda fault: fault.entry or 0)
        if readable and not entries and not unreadable:
            found.append(Fault(1, "it is missing: a ledger has a first entry", RESTORE))
        if head is not None:
            found += _published(entries, head)
        found += _sealed(connection, image, version, bool(found))
        found += _derived(connection, entries, version)
    return Verified(len(entries), entries[-1] if entries else None, tuple(found))


def _image(path: Path) -> tuple[bytes, list[Fault]]:
    """Return the bytes of a ledger as SQLite would put them together, and what is wrong around them."""
    found = []
    if path.with_name(path.name + "-journal").exists():
        fix = "Move it away: no ledger has one."
        found.append(Fault(None, f"a file beside it, {path.name}-journal, would be written over parts of it", fix))
    log = path.with_name(path.name + "-wal")
    for _ in range(ATTEMPTS):  # other programs may be at work
        content = _twice(log)
        image = _twice(path)
        if content == _twice(log):
            break
    if not content:
        return image, found
    frame = wal.damaged_frame(content)
    if frame is not None:
        where = "header" if frame == 0 else f"frame {frame}"
        rule = f"its write-ahead log, {log.name}, is damaged in its {where}: what was added after cannot be read"
        found.append(Fault(None, rule, RESTORE))
    uri = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return connection.serialize(), found
    except sqlite3.Error as error:
        found.append(Fault(None, f"it and its write-ahead log, {log.name}, cannot be read: {error}", RESTORE))
        return image, found


def _twice(path: Path) -> bytes:
    """Return the bytes of a file, none where there is no file, as two readings in turn find them."""
    before = b""
    for _ in range(ATTEMPTS):
        image = path.read_bytes() if path.exists() else b""
        if image == before:
            break
        before = image
    return image


def _in_memory(image: bytes) -> bytes:
    """Return an image for a database in memory: without a write-ahead log, and of the size that its header says."""
    size = int.from_bytes(image[28:32]) * schema.PAGE
    plain = bytearray(image if size == 0 else image[:size])
    if len(image) < size <= LARGEST_HOLE + len(image):
        plain.extend(bytes(size - len(image)))  # so that what is left of a file that was cut short can be read
    plain[seal.WRITE_VERSION] = b"\1\1"
    return bytes(plain)


def _bytes(image: bytes) -> Iterator[Fault]:
    """Check the size of the file and what its header says it is."""
    if image[: len(MAGIC)] != MAGIC:
        yield Fault(None, "it is no SQLite database, as every ledger is", RESTORE)
        return
    pages = int.from_bytes(image[28:32])
    if len(image) < pages * schema.PAGE:
        yield Fault(None, f"it is cut short: {len(image)} of {pages * schema.PAGE} bytes", RESTORE)
    elif len(image) > pages * schema.PAGE:
        yield Fault(
            None, f"something follows its end: {len(image)} bytes, of which {pages * schema.PAGE} are its own", RESTORE
        )
    if int.from_bytes(image[68:72]) != schema.APPLICATION:
        yield Fault(None, "its header is not that of a ledger", RESTORE)
    if int.from_bytes(image[60:64]) < 1:
        yield Fault(None, "its header holds no version of a ledger", RESTORE)


def _newer(version: int) -> Fault:
    rule = f"it is of version {version}, newer than this program knows"
    return Fault(None, rule, "Use the newer irlbayes that wrote it.")


def _tables(connection: sqlite3.Connection, version: int) -> Iterator[Fault]:
    """Name the tables, indexes and triggers that are not those of a ledger."""
    differing = set(schema.objects(connection)) ^ set(schema.expected(version))
    if differing:
        names = ", ".join(sorted({name for _, name, *_ in differing}))
        yield Fault(None, f"its tables and triggers are not those of a ledger (changed: {names})", RESTORE)


def _is_table(connection: sqlite3.Connection, name: str, version: int) -> bool:
    """Tell whether a name is a table of a ledger, and not a view of something else."""
    tables = {entry for entry in schema.objects(connection) if entry[:2] == ("table", name)}
    return bool(tables & set(schema.expected(version)))


def _sqlite(connection: sqlite3.Connection) -> Iterator[Fault]:
    try:
        for (text,) in connection.execute(f"PRAGMA integrity_check({LONGEST_REPORT})"):
            if text != "ok":
                yield Fault(None, f"SQLite finds its structure damaged: {' '.join(str(text).split())}", RESTORE)
    except sqlite3.Error as error:
        yield Fault(None, f"SQLite finds its structure damaged: {error}", RESTORE)


def _entries(connection: sqlite3.Connection) -> tuple[list[Entry], list[Fault]]:
    """Return the entries that can be read, and what is wrong with the others."""
    connection.text_factory = bytes
    entries: list[Entry] = []
    unreadable: list[Fault] = []
    try:
        rows = connection.execute(f"SELECT {COLUMNS} FROM entries ORDER BY number").fetchall()
    except sqlite3.Error:
        rows = _one_by_one(connection, unreadable)
    finally:
        connection.text_factory = str
    for row in rows:
        try:
            entries.append(_entry(row))
        except (ValueError, TypeError, AttributeError) as error:
            unreadable.append(Fault(row[0], f"it is not text and canonical JSON ({error}): it was changed", RESTORE))
    return entries, unreadable


def _one_by_one(connection: sqlite3.Connection, unreadable: list[Fault]) -> list[tuple[Any, ...]]:
    """Return the rows that can be read from a damaged table; where its end is not, that is named once."""
    rows: list[tuple[Any, ...]] = []
    failing: list[Fault] = []
    for number in count(1):
        try:
            row = connection.execute(f"SELECT {COLUMNS} FROM entries WHERE number = ?", (number,)).fetchone()
        except sqlite3.Error as error:
            failing.append(Fault(number, f"it cannot be read: {error}", RESTORE))
            if len(failing) < LONGEST_GAP:
                continue
            rule = f"it cannot be read, nor what came after it: {error}"
            unreadable.append(Fault(number - len(failing) + 1, rule, RESTORE))
            break
        unreadable += failing
        failing = []
        if row is None:
            break
        rows.append(row)
    return rows


def _entry(row: tuple[Any, ...]) -> Entry:
    number, kind, at, body, previous, digest = row
    texts = [value.decode() for value in (kind, at, body, previous, digest)]
    content = parsed(texts[2])
    if type(number) is not int or not isinstance(content, dict):
        raise ValueError("not an object")
    return Entry(number, texts[0], texts[1], content, texts[3], texts[4])


def _published(entries: list[Entry], head: str) -> list[Fault]:
    if len(head) < SHORTEST_HASH or not any(entry.sha256.startswith(head) for entry in entries):
        rule = f"no entry has the hash that was published, {head}: entries are missing, or the chain is another"
        return [Fault(None, rule, RESTORE)]
    return []


def _sealed(connection: sqlite3.Connection, image: bytes, version: int, others: bool) -> list[Fault]:
    try:
        whole = _is_table(connection, "seal", version) and seal.holds(image, seal.of(connection))
    except sqlite3.Error:
        whole = False
    if whole:
        return []
    return [Fault(None, "its bytes are not as they were written", RESTORE if others else NEW_FILE)]


def _derived(connection: sqlite3.Connection, entries: list[Entry], version: int) -> list[Fault]:
    heads = {(entry.number, entry.sha256) for entry in entries}
    found: list[Fault] = []
    try:
        if not _is_table(connection, "derived", version):
            return found
        for name, number, head, digest, content in connection.execute(
            "SELECT name, number, head, sha256, content FROM derived"
        ):
            if not isinstance(content, bytes) or sha256(content).hexdigest() != digest:
                found.append(Fault(None, f"what is kept as {name} does not give its hash: it was changed", DROP))
            elif (number, head) not in heads:
                found.append(Fault(None, f"what is kept as {name} belongs to no entry", DROP))
    except sqlite3.Error as error:
        found.append(Fault(None, f"what is kept beside the entries cannot be read: {error}", DROP))
    return found
