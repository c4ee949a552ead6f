"""The ledger as a file: made whole or not at all, opened to read or to append, and brought to the present version."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from irlbayes.ledger import refusals, schema, seal
from irlbayes.ledger.book import Book, Moved, insert, transaction, translating
from irlbayes.ledger.entries import BEFORE_FIRST, Entry, now, sealed

__all__ = ["Book", "Moved", "create", "opened", "write"]

WAIT = 30.0  # seconds that a writer waits for its turn
CACHE = 65_536  # KiB of pages kept in memory: sealing looks at all of them
BESIDE = ("-wal", "-journal")  # files that SQLite would take for a part of the ledger


def create(path: Path, kind: str, body: Mapping[str, Any], at: str | None = None) -> Entry:
    """Begin a ledger with its first entry.

    Raises
    ------
    InputError
        A file of that name, or what one left behind; a folder that is missing or cannot be written; a full disk. No
        ledger is left behind then: one is there whole or not at all.
    """
    first = sealed(1, kind, at or now(), body, BEFORE_FIRST)
    write(path, [first])
    return first


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write a new ledger of entries whose chain was checked; see `create`."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        _refuse_taken(path)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o666))
        with translating(path), closing(_connected(part, "rw")) as connection:
            connection.execute(f"PRAGMA page_size = {schema.PAGE}")
            connection.execute("PRAGMA journal_mode = WAL")
            _settle(connection)
            with transaction(connection):
                connection.execute(f"PRAGMA application_id = {schema.APPLICATION}")
                schema.move(connection, 0)
                insert(connection, entries)
                seal.renew(connection, schema.version())
        _publish(part, path)
    except OSError as error:
        raise refusals.system(path, error) from None
    finally:
        with suppress(OSError):
            for ending in ("", "-wal", "-shm"):
                part.with_name(part.name + ending).unlink(missing_ok=True)


def _refuse_taken(path: Path) -> None:
    """Refuse a place where no ledger can begin."""
    if not path.resolve().parent.is_dir():
        raise refusals.refused(path, "a file in a folder that exists", "Make the folder first.")
    if path.exists():
        raise refusals.refused(path, "a name that is free: this file exists already", "Choose another name.")
    for ending in BESIDE:
        if (left := path.with_name(path.name + ending)).exists():
            fix = "Put the ledger of that name back beside it, or move it away."
            raise refusals.refused(left, "it holds what was last added to a ledger that is gone", fix)


@contextmanager
def opened(path: Path, write: bool = False, wait: float = WAIT) -> Iterator[Book]:
    """Open a ledger.

    Parameters
    ----------
    path : Path
    write : bool
        Whether entries may be appended. A reader sees the ledger as it was when it was opened; a writer sees what
        others append.
    wait : float
        Seconds to wait while another writer has its turn.

    Raises
    ------
    InputError
        No ledger; one of a newer version; a file that cannot be opened, or not written where that is asked.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "irl.ledger"
    >>> _ = create(path, "begun", {"outcome": "relapse"})
    >>> with opened(path, write=True) as book:
    ...     head = book.head().sha256
    ...     added = book.append("study", {"label": "Example 2026", "yi": 0.095}, head=head)
    ...     added.number, added.previous == head, book.count()
    (2, True, 2)
    >>> folder.cleanup()
    """
    try:
        if not path.is_file():
            raise refusals.refused(path, "a ledger that exists", "Begin one with: irlbayes ledger init.")
        if path.stat().st_size == 0:
            raise refusals.not_one(path)
    except OSError as error:
        raise refusals.system(path, error) from None
    with translating(path):
        connection = _connected(path, "rw", wait) if write else _for_reading(path, wait)
    with closing(connection):
        with translating(path):
            _settle(connection)
            found = _version(path, connection)
            if write:
                seal.keep_memory()
                if found < schema.version():
                    _move(path, connection)
            else:
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
        yield Book(path, connection, write, [])


def _version(path: Path, connection: sqlite3.Connection) -> int:
    """Return the schema version of a ledger, or refuse what is none."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if application != schema.APPLICATION or found < 1:
        raise refusals.not_one(path)
    if found > schema.version():
        rule = f"a ledger of version {schema.version()} or older; this one is of version {found}"
        raise refusals.refused(path, rule, "Use the newer irlbayes that wrote it.")
    if schema.objects(connection) != schema.expected(found):
        raise refusals.damaged(path)
    return found


def _move(path: Path, connection: sqlite3.Connection) -> None:
    """Bring an older ledger to the version of this program, in one transaction."""
    with transaction(connection):
        found = _version(path, connection)  # another program may have done it meanwhile
        if found < schema.version():
            if not seal.holds(connection.serialize(), seal.of(connection)):
                raise refusals.damaged(path)
            schema.move(connection, found)
            seal.renew(connection, schema.version())


def _connected(path: Path, mode: str, wait: float = WAIT) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, timeout=wait, isolation_level=None, uri=True)


def _for_reading(path: Path, wait: float) -> sqlite3.Connection:
    """Connect to read: as one who could write, so that nothing is left beside the file; else as one who cannot."""
    connection = _connected(path, "rw", wait)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.Error as error:
        connection.close()
        if any(_size(path.with_name(path.name + ending)) for ending in BESIDE) or not refusals.only_for_writing(error):
            raise
        return _connected(path, "ro&immutable=1", wait)
    return connection


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _settle(connection: sqlite3.Connection) -> None:
    for setting in (
        "synchronous = FULL",
        "fullfsync = ON",
        "secure_delete = ON",
        "cell_size_check = ON",
        "trusted_schema = OFF",
        f"cache_size = -{CACHE}",
    ):
        connection.execute(f"PRAGMA {setting}")


def _publish(part: Path, path: Path) -> None:
    """Give a finished file its name, unless there is one of that name by now."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise refusals.refused(path, "a name that is free: this file exists already", "Choose another name.") from None
    except OSError:  # a file system without links
        if path.exists():
            raise refusals.refused(path, "a name that is free: this file exists", "Choose another name.") from None
        part.rename(path)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
