"""What went wrong with a ledger, in words: SQLite's and the system's errors as problems a reader can act on."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from irlbayes.core.errors import InputError, Problem

VERIFY = "See what is wrong with: irlbayes ledger verify."
NOTHING = "nothing was added"
NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
READ_ONLY, BUSY, LOCKED = sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED
CANNOT_OPEN, NOT_ONE, CORRUPT = sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT


def refused(path: Path, rule: str, fix: str, value: str = "") -> InputError:
    """Return one problem of a ledger as an error."""
    return InputError(Problem(str(path), rule, fix, value=value))


def not_one(path: Path) -> InputError:
    """Return the refusal of a file of something else."""
    return refused(path, "a ledger of irlbayes", "Name another file, or begin one with: irlbayes ledger init.")


def damaged(path: Path) -> InputError:
    """Return the refusal of a ledger that was changed by something else, or damaged."""
    return refused(path, "it was changed by another program, or damaged", VERIFY)


def translated(path: Path, error: sqlite3.Error) -> InputError:
    """Return an error of SQLite as a problem with a fix.

    Parameters
    ----------
    path : Path
        The ledger.
    error : sqlite3.Error
        Raised before the transaction was committed, which is then undone.
    """
    code = getattr(error, "sqlite_errorcode", 0)
    main = code & 0xFF
    if code in NO_ROOM or main == sqlite3.SQLITE_FULL:
        return refused(path, f"the disk is full: {NOTHING}", "Make room and try again.")
    if main == READ_ONLY:
        rule = f"a file and a folder that can be written: {NOTHING}"
        return refused(path, rule, "Allow writing, or copy the ledger.")
    if main in (BUSY, LOCKED):
        return refused(path, f"another program keeps the ledger locked: {NOTHING}", "Close that program, or wait.")
    if main == CANNOT_OPEN:
        return refused(path, "a file that can be opened", "Check that you may read it and its folder.")
    if main == NOT_ONE:
        return not_one(path)
    if main == CORRUPT or isinstance(error, sqlite3.IntegrityError):
        return damaged(path)
    return refused(path, f"the database cannot be used: {error}; {NOTHING}", VERIFY)


def only_for_writing(error: sqlite3.Error) -> bool:
    """Tell whether an error is about what only a writer needs: room, and a folder that can be written."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code in NO_ROOM or code & 0xFF in (READ_ONLY, CANNOT_OPEN)


def system(path: Path, error: OSError) -> InputError:
    """Return an error of the system as a problem with a fix."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return refused(path, f"the disk is full: {NOTHING}", "Make room and try again.")
    return refused(path, f"the file cannot be used: {error.strerror or error}", "Choose another place.")
