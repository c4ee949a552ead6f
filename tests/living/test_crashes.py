"""A killed `irlbayes ledger add` has added its study, or nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


def killed(folder: Path, count: int) -> dict[str, int]:
    program = Path(__file__).with_name("crashes.py")
    done = subprocess.run(
        [sys.executable, str(program), str(folder), str(count)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_a_handful_of_kills(tmp_path: Path) -> None:
    assert killed(tmp_path, 4)["kills"] == 4


@pytest.mark.slow
def test_two_hundred_kills(tmp_path: Path) -> None:
    """At random moments from the start of the work to beyond its end: before, during and after the transaction."""
    counts = killed(tmp_path, 200)
    assert counts["kills"] == 200
    assert counts["killed without it"] > 40, counts
    assert counts["killed with it"] + counts.get("came to its end", 0) > 10, counts
