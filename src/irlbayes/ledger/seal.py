"""The seal: a hash of every byte of the file, kept in the file, and renewed in each transaction.

The chain protects what entries say. A file holds more: headers, pointers, space that is not used. The seal covers all
of it, so that a byte that changed anywhere is seen, whether or not it matters.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256

LENGTH = 32
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
    image = bytearray(connection.serialize())
    image[WRITER] = SQLITE
    digest = _hashed(image)
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
    if len(digest) != LENGTH or image.count(digest) != 1 or image[COUNTER] != image[VALID_FOR]:
        return False
    blank = bytearray(image)
    place = image.find(digest)
    blank[place : place + LENGTH] = bytes(LENGTH)
    return _hashed(blank) == digest


def of(connection: sqlite3.Connection) -> bytes:
    """Return the seal that a ledger holds; empty where it holds none."""
    found = connection.execute("SELECT digest FROM seal WHERE id = 1").fetchone()
    return found[0] if found and isinstance(found[0], bytes) else b""


def _hashed(image: bytearray) -> bytes:
    image[COUNTER] = image[VALID_FOR] = bytes(4)
    return sha256(image).digest()
