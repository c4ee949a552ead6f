"""Every check of a ledger: its bytes, its tables and its chain, with what is wrong named by entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from irlbayes.ledger import refusals, schema, seal, wal
from irlbayes.ledger.book import COLUMNS
from irlbayes.ledger.entries import RESTORE, Entry, Fault, faults, parsed

MAGIC = b"SQLite format 3\0"
NEW_FILE = "The entries hold: export them, and import them into a new ledger."
LONGEST_REPORT = 100  # problems that SQLite's own check lists
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
    if not path.is_file():
        raise refusals.refused(path, "a ledger that exists", "Name another file.")
    try:
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
    plain = bytearray(image)
    plain[seal.WRITE_VERSION] = b"\1\1"  # a database in memory has no write-ahead log
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.deserialize(bytes(plain))
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            if schema.objects(connection) != schema.expected(version):
                return Verified(0, None, (*found, Fault(None, "its tables are those of a ledger", RESTORE)))
            found += _sqlite(connection)
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            return Verified(0, None, (*found, Fault(None, f"a database that can be read ({error})", RESTORE)))
        entries, unreadable = _entries(connection)
        found += sorted([*unreadable, *faults(entries)], key=lambda fault: fault.entry or 0)
        if not entries and not unreadable:
            found.append(Fault(1, "a ledger has a first entry: it is missing", RESTORE))
        if head is not None:
            found += _published(entries, head)
        found += _sealed(connection, image, bool(found))
        found += _derived(connection, entries)
    return Verified(len(entries), entries[-1] if entries else None, tuple(found))


def _image(path: Path) -> tuple[bytes, list[Fault]]:
    """Return the bytes of a ledger as SQLite would put them together, and what is wrong around them."""
    found = []
    if path.with_name(path.name + "-journal").exists():
        fix = "Move it away: no ledger has one."
        found.append(Fault(None, f"no rollback journal beside it ({path.name}-journal would be played into it)", fix))
    log = path.with_name(path.name + "-wal")
    content = log.read_bytes() if log.exists() else b""
    if not content:
        return path.read_bytes(), found
    frame = wal.damaged_frame(content)
    if frame is not None:
        where = "header" if frame == 0 else f"frame {frame}"
        rule = f"its write-ahead log ({log.name}) is whole: the {where} is damaged, and what was added after is lost"
        found.append(Fault(None, rule, RESTORE))
    uri = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return connection.serialize(), found
    except sqlite3.Error as error:
        found.append(Fault(None, f"its write-ahead log ({log.name}) can be read ({error})", RESTORE))
        return path.read_bytes(), found


def _bytes(image: bytes) -> Iterator[Fault]:
    """Check the size of the file and what its header says it is."""
    if image[: len(MAGIC)] != MAGIC:
        yield Fault(None, "a ledger of irlbayes, which is an SQLite database", RESTORE)
        return
    pages = int.from_bytes(image[28:32])
    if len(image) < pages * schema.PAGE:
        yield Fault(None, f"{pages} pages of {schema.PAGE} bytes: the file is cut short at {len(image)}", RESTORE)
    elif len(image) > pages * schema.PAGE:
        yield Fault(None, f"{pages} pages of {schema.PAGE} bytes: {len(image)} bytes are more than that", RESTORE)
    if int.from_bytes(image[68:72]) != schema.APPLICATION:
        yield Fault(None, f"application {schema.APPLICATION:#x} in its header", RESTORE)
    if int.from_bytes(image[60:64]) < 1:
        yield Fault(None, "a version of a ledger in its header", RESTORE)


def _newer(version: int) -> Fault:
    rule = f"a ledger of version {schema.version()} or older; this one is of version {version}"
    return Fault(None, rule, "Use the newer irlbayes that wrote it.")


def _sqlite(connection: sqlite3.Connection) -> Iterator[Fault]:
    for (text,) in connection.execute(f"PRAGMA integrity_check({LONGEST_REPORT})"):
        if text != "ok":
            yield Fault(None, f"SQLite finds its structure whole ({' '.join(str(text).split())})", RESTORE)


def _entries(connection: sqlite3.Connection) -> tuple[list[Entry], list[Fault]]:
    """Return the entries that can be read, and what is wrong with the others."""
    connection.text_factory = bytes
    entries: list[Entry] = []
    unreadable: list[Fault] = []
    try:
        rows = connection.execute(f"SELECT {COLUMNS} FROM entries ORDER BY number").fetchall()
    except sqlite3.Error:
        rows = _one_by_one(connection, unreadable)
    for row in rows:
        try:
            entries.append(_entry(row))
        except (ValueError, TypeError, AttributeError) as error:
            unreadable.append(Fault(row[0], f"it is text and canonical JSON ({error}): it was changed", RESTORE))
    return entries, unreadable


def _one_by_one(connection: sqlite3.Connection, unreadable: list[Fault]) -> list[tuple[Any, ...]]:
    """Return the rows that can be read from a damaged table."""
    rows = []
    number = failures = 0
    while failures < LONGEST_REPORT:
        number += 1
        try:
            row = connection.execute(f"SELECT {COLUMNS} FROM entries WHERE number = ?", (number,)).fetchone()
        except sqlite3.Error as error:
            unreadable.append(Fault(number, f"it can be read ({error})", RESTORE))
            failures += 1
            continue
        if row is None:
            break
        rows.append(row)
    return rows


def _entry(row: tuple[Any, ...]) -> Entry:
    number, kind, at, body, previous, digest = row
    texts = [value.decode() for value in (kind, at, body, previous, digest)]
    content = parsed(texts[2])
    if type(number) is not int or not isinstance(content, dict):
        raise ValueError("an object")
    return Entry(number, texts[0], texts[1], content, texts[3], texts[4])


def _published(entries: list[Entry], head: str) -> list[Fault]:
    if len(head) < SHORTEST_HASH or not any(entry.sha256.startswith(head) for entry in entries):
        rule = f"an entry with the hash that was published ({head}): entries are missing, or the chain is another one"
        return [Fault(None, rule, RESTORE)]
    return []


def _sealed(connection: sqlite3.Connection, image: bytes, others: bool) -> list[Fault]:
    try:
        whole = seal.holds(image, seal.of(connection))
    except sqlite3.Error:
        whole = False
    if whole:
        return []
    return [Fault(None, "every byte of the file is as it was written", RESTORE if others else NEW_FILE)]


def _derived(connection: sqlite3.Connection, entries: list[Entry]) -> list[Fault]:
    heads = {(entry.number, entry.sha256.encode()) for entry in entries}
    found = []
    try:
        for name, number, head, digest, content in connection.execute(
            "SELECT name, number, head, sha256, content FROM derived"
        ):
            shown = name.decode(errors="replace") if isinstance(name, bytes) else str(name)
            if not isinstance(content, bytes) or sha256(content).hexdigest().encode() != digest:
                found.append(Fault(None, f"what was derived gives its hash: {shown} was changed", "Drop it."))
            elif (number, head) not in heads:
                found.append(Fault(None, f"what was derived belongs to an entry: {shown} does not", "Drop it."))
    except sqlite3.Error as error:
        found.append(Fault(None, f"what was derived can be read ({error})", "Drop it."))
    return found
