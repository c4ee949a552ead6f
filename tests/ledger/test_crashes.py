"""Nothing is lost and nothing half-written: after kills, on a full disk, and with writers at once.

`crashes.py` does it in processes of its own and checks the ledger after each; the numbers here show that what was meant
to happen did. A kill of the program is not a loss of power: for that the log is synchronized before an append returns,
which is checked as a setting.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from irlbayes.ledger import store

PROGRAM = Path(__file__).with_name("crashes.py")
SMALL_DISK = 'mount -t tmpfs -o size=600k tmpfs "$1" && shift && exec "$@"'
unix = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


def run(*command: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=300)


def happened(*arguments: object) -> dict[str, int]:
    """Return what happened in a run of the program."""
    done = run(sys.executable, PROGRAM, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@unix
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    """After each, the ledger verifies as it lies there, and holds every entry that an append had returned."""
    counts = happened("kills", tmp_path, 200)
    assert counts["kills"] == 200
    assert counts["inside a transaction"] + counts["during a commit"] >= 50, counts
    assert counts["entries told of"] > 0, counts


@unix
def test_a_kill_at_each_statement_before_the_commit_adds_nothing(tmp_path: Path) -> None:
    """From BEGIN to COMMIT, each statement in turn is the last one that is reached."""
    assert happened("statements", tmp_path)["statements"] >= 8


@unix
def test_a_killed_beginning_leaves_nothing_or_a_ledger(tmp_path: Path) -> None:
    """And what was left unfinished is not in the way of the next one."""
    counts = happened("creations", tmp_path, 30)
    assert counts["nothing"] + counts.get("whole", 0) == 30


@unix
def test_four_writers_keep_the_chain(tmp_path: Path) -> None:
    """All entries once, in each writer's order, each computed against the entry before it."""
    counts = happened("writers", tmp_path, 4, 25)
    assert counts["entries"] == 100
    assert counts["told to compute again"] > 0


def test_fifty_appends_on_a_full_disk_lose_nothing(tmp_path: Path) -> None:
    """A disk of 600 kB that is full to the last byte, or but for a few pages: a file system in memory."""
    if shutil.which("unshare") is None or run("unshare", "-rm", "mount", "-t", "tmpfs", "x", tmp_path).returncode:
        pytest.skip("no file system can be mounted here")
    done = run("unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", tmp_path, sys.executable, PROGRAM, "disk", tmp_path, 50)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert (counts["appends"], counts["at the beginning"]) == (50, 1)
    assert counts["read on a full disk"] > 0
    assert counts["entries in the end"] > 50


@unix
def test_fifty_appends_that_the_system_refuses_lose_nothing(tmp_path: Path) -> None:
    """A limit on the size of files, at a random place of the log: the write fails after part of it was written."""
    counts = happened("limit", tmp_path, 50)
    assert counts["appends"] == 50
    assert counts["entries in the end"] == 51 + counts.get("room enough", 0)


def test_a_commit_is_synchronized_before_an_append_returns(path: Path) -> None:
    """Against a loss of power: `synchronous` is FULL (2), and writes to the log come before those to the file."""
    with store.opened(path, write=True) as book:
        assert book.connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert book.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
