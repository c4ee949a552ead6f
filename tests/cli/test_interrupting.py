"""Ctrl-C on a terminal: one line, status 130, no traceback, nothing half-written; and a pipe sees no progress."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

LONG = {
    "report": ("report", "irl", "-o", "out.html", "--workers", "2"),
    "check": ("check", "irl", "--output", "out.txt", "--workers", "2"),
    "bias": ("bias", "irl", "--output", "out.txt"),
    "calibrate": ("calibrate", "--output", "out.txt", "--workers", "2"),
}
AGREED = 10.0  # seconds; a piece of work of one process alone takes longer than an end at once


def command() -> str:
    found = shutil.which("irlbayes", path=str(Path(sys.executable).parent))
    assert found is not None
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize(
    "name", ["calibrate", *(pytest.param(name, marks=pytest.mark.slow) for name in LONG if name != "calibrate")]
)
def test_interrupted(name: str, tmp_path: Path) -> None:
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    running = subprocess.Popen(
        [command(), *LONG[name]], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path,
        start_new_session=True, preexec_fn=take_terminal,
    )  # fmt: skip
    os.close(theirs)
    said, pressed = b"", 0.0
    while True:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                said += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
        if not pressed and b"/" in said:  # progress: so many of so many
            os.write(ours, b"\x03")
            pressed = time.monotonic()
        if pressed and time.monotonic() - pressed > 60.0:
            running.kill()
    assert running.wait() == 130
    assert time.monotonic() - pressed < AGREED
    os.close(ours)
    assert said.rstrip().endswith(b"interrupted")
    assert b"Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_sees_no_progress(tmp_path: Path) -> None:
    done = subprocess.run(
        [command(), "analyze", "irl", "--outcome", "relapse", "--format", "csv"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
