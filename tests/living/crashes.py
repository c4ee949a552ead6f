"""Kill `irlbayes ledger add` at random moments, and look at what it left: test_crashes.py runs this as a program.

Each command runs in a process forked from this one, so that the moment falls into its work and not into imports.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from irlbayes import cli, living, receiving  # noqa: F401  what a command imports is there before it is forked
from irlbayes.auditing import verify
from irlbayes.living import open_ledger
from irlbayes.opening import init_ledger
from irlbayes.report import ledger, ledger_files  # noqa: F401

SEED = 20261


def command(file: Path, number: int) -> int:
    """Run an addition of an example study in a process of its own, and return its process id."""
    child = os.fork()
    if child:
        return child
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    row = f"study=s{number} yi={0.1 + 0.01 * (number % 7):.2f} sei=0.3"
    sys.argv = ["irlbayes", "ledger", "add", str(file), "--row", row]
    status = 99
    try:
        cli.main()
    except SystemExit as stop:
        status = int(stop.code or 0)
    finally:
        os._exit(status)


def finished(child: int) -> int | None:
    """Wait for a process, and return its status; None where it was killed."""
    _, status = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def kills(folder: Path, count: int) -> dict[str, int]:
    """Kill as many additions; after each the ledger is whole, with the study or without it."""
    file = folder / "k.ledger"
    init_ledger(file, None, empty=True, scale="smd")
    chance = random.Random(SEED)
    start = time.perf_counter()
    assert finished(command(file, 0)) == 0
    took = time.perf_counter() - start
    counts: Counter[str] = Counter()
    known = 2
    for number in range(1, count + 1):
        child = command(file, number)
        time.sleep(chance.uniform(0.0, 1.2 * took))
        os.kill(child, signal.SIGKILL)
        status = finished(child)
        found = verify(file)
        assert found.problems == (), found.problems
        added = found.entries - known
        assert added in (0, 1), (added, number)
        assert status in (None, 0), status
        assert status is None or added == 1, "a command that said it was done had added its study"
        counts["came to its end" if status == 0 else "killed with it" if added else "killed without it"] += 1
        known = found.entries
        if not added:  # what was cut short is not in the way
            with open_ledger(file, write=False) as opened:
                assert f"s{number}" not in opened.standing.rows
    assert finished(command(file, count + 1)) == 0
    found = verify(file, recompute=True)
    assert (found.problems, found.recomputed, found.entries) == ((), ("effect",), known + 1)
    with open_ledger(file, write=False) as opened:
        assert opened.standing.said["effect"]["k"] == len(opened.standing.rows) == known
    counts["kills"] = count
    return dict(counts)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(kills(Path(sys.argv[1]), int(sys.argv[2]))))
