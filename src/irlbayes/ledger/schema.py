"""The tables of a ledger, as the steps that make them: the first makes a new one, each later one moves it on."""

from __future__ import annotations

import sqlite3
from functools import cache

APPLICATION = int.from_bytes(b"IRLb")  # PRAGMA application_id
PAGE = 4096  # bytes

ENTRIES = """CREATE TABLE entries (
  number INTEGER PRIMARY KEY CHECK (number >= 1),
  kind TEXT NOT NULL CHECK (typeof(kind) = 'text'),
  at TEXT NOT NULL CHECK (typeof(at) = 'text'),
  body TEXT NOT NULL CHECK (typeof(body) = 'text'),
  previous TEXT NOT NULL CHECK (typeof(previous) = 'text' AND length(previous) = 64),
  sha256 TEXT NOT NULL CHECK (typeof(sha256) = 'text' AND length(sha256) = 64)
)"""
NEVER_EDITED = """CREATE TRIGGER entries_are_never_edited BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry is never edited: append one that supersedes it'); END"""
NEVER_DELETED = """CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted: append one that supersedes it'); END"""
ONLY_NEXT = """CREATE TRIGGER entries_are_appended BEFORE INSERT ON entries
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM entries)
OR NEW.previous IS NOT coalesce((SELECT sha256 FROM entries ORDER BY number DESC LIMIT 1), printf('%064d', 0))
BEGIN SELECT RAISE(ABORT, 'an entry is appended after the last one, and holds its hash'); END"""
DERIVED = """CREATE TABLE derived (
  name TEXT PRIMARY KEY NOT NULL CHECK (typeof(name) = 'text'),
  number INTEGER NOT NULL CHECK (typeof(number) = 'integer'),
  head TEXT NOT NULL CHECK (typeof(head) = 'text' AND length(head) = 64),
  sha256 TEXT NOT NULL CHECK (typeof(sha256) = 'text' AND length(sha256) = 64),
  content BLOB NOT NULL CHECK (typeof(content) = 'blob')
)"""
SEAL = """CREATE TABLE seal (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  digest BLOB NOT NULL CHECK (typeof(digest) = 'blob' AND length(digest) = 32)
)"""

STEPS: tuple[tuple[str, ...], ...] = (  # step i moves a ledger of version i to version i + 1
    (
        ENTRIES,
        NEVER_EDITED,
        NEVER_DELETED,
        ONLY_NEXT,
        DERIVED,
        SEAL,
        "INSERT INTO seal VALUES (1, zeroblob(32))",
    ),
)
OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"


def version() -> int:
    """Return the schema version that this program writes (``PRAGMA user_version``)."""
    return len(STEPS)


def move(connection: sqlite3.Connection, found: int) -> None:
    """Take a ledger from a version to the one that this program writes, inside the caller's transaction."""
    for step in STEPS[found:]:
        for statement in step:
            connection.execute(statement)


def objects(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """Return the tables, indexes and triggers of a database, with the SQL that made them."""
    return [tuple(map(str, row)) for row in connection.execute(OBJECTS)]


def expected(found: int) -> list[tuple[str, ...]]:
    """Return the objects that a ledger of a version has."""
    return list(_expected(STEPS[:found]))


@cache
def _expected(steps: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    connection = sqlite3.connect(":memory:")
    try:
        for step in steps:
            for statement in step:
                connection.execute(statement)
        return tuple(objects(connection))
    finally:
        connection.close()
