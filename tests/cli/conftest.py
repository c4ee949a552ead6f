"""Running the command line as its user does, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from irlbayes import cli


@dataclass(frozen=True)
class Run:
    """What one command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def irlbayes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Return a function that runs ``irlbayes`` with arguments and returns status, output and messages."""

    def run(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["irlbayes", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err, "no traceback reaches a user"
        return Run(int(stop.value.code or 0), captured.out, captured.err)

    return run
