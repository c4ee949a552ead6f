"""The seal: a hash of every byte of the file, kept in the file, and renewed in each transaction.

The chain protects what entries say. A file holds more: headers, pointers, space that is not used. The seal covers all
of it, so that a byte that changed anywhere is seen, whether or not it matters.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256

LENGTH = 32
LARGE = 33_000_000  # bytes, just below the largest block that glibc would keep
COUNTER, VALID_FOR, WRITER = slice(24, 28), slice(92, 96), slice(96, 100)  # of SQLite's header
WRITE_VERSION = slice(18, 20)
MAJOR, MINOR, PATCH = sqlite3.sqlite_version_info
SQLITE = (MAJOR * 1_000_000 + MINOR * 1_000 + PATCH).to_bytes(4)


def renew(connection: sqlite3.Connection, version: int) -> None:
    """Seal the file as it will be when the open transaction is committed; the last thing before that.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction that writes.
    version : int
        Of the schema. Writing it puts page 1, with the header, among the pages that the transaction writes.

    Notes
    -----
    When it commits, SQLite sets three fields of the header: a change counter, a copy of it, and its own version. The
    last is put in beforehand. The first two are left out of the hash: they are equal, and checked to be.
    """
    connection.execute(f"PRAGMA user_version = {version}")
    with connection.blobopen("seal", "digest", 1) as place:
        place.write(bytes(LENGTH))
    digest = _hashed(connection.serialize(), SQLITE, None)
    with connection.blobopen("seal", "digest", 1) as place:
        place.write(digest)


def holds(image: bytes, digest: bytes) -> bool:
    """Tell whether the bytes of a ledger are those that were sealed.

    Parameters
    ----------
    image : bytes
        The whole file.
    digest : bytes
        The seal found in it.
    """
    if len(digest) != LENGTH or image.count(digest, WRITER.stop) != 1 or image[COUNTER] != image[VALID_FOR]:
        return False
    return _hashed(image, image[WRITER], image.find(digest, WRITER.stop)) == digest


def keep_memory() -> None:
    """Have the memory of one image used for the next one.

    A C library that gives large blocks back to the system, and asks for new ones a page larger each time, spends more
    on that than hashing takes. Freeing one large block, which is never touched, makes glibc keep them.
    """
    bytes(LARGE)


def of(connection: sqlite3.Connection) -> bytes:
    """Return the seal that a ledger holds; empty where it holds none."""
    found = connection.execute("SELECT digest FROM seal WHERE id = 1").fetchone()
    return found[0] if found and isinstance(found[0], bytes) else b""


def _hashed(image: bytes, writer: bytes, place: int | None) -> bytes:
    """Hash a file: without its counters, with the version of its writer, and zeros in the place of the seal."""
    view, found = memoryview(image), sha256()
    parts: list[bytes | memoryview[int]]
    parts = [view[: COUNTER.start], bytes(4), view[COUNTER.stop : VALID_FOR.start], bytes(4), writer]
    if place is None:
        parts += [view[WRITER.stop :]]
    else:
        parts += [view[WRITER.stop : place], bytes(LENGTH), view[place + LENGTH :]]
    for part in parts:
        found.update(part)
    return found.digest()
