"""Results on file: one line each, appended whole, so that a run that was stopped can go on.

The first line says of which evidence and version the results are. A last line without its end was cut short by
whatever stopped the run: it is taken off, and its result computed again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from irlbayes import __version__
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.specified import Answered
from irlbayes.core.types import ReportTable

SCHEMA = "irlbayes/results/1"
OPTION = "--resume"
NUMBERS = {field.name for field in fields(Answered)} - {"key", "engine", "passed", "failure"}


def header(table: ReportTable) -> dict[str, str]:
    """Return the first line of the results of an evidence base."""
    return {"schema": SCHEMA, "irlbayes": __version__, "evidence": table.name, "sha256": table.sha256}


def read(path: Path, table: ReportTable) -> tuple[dict[str, Answered], int]:
    """Return the results on file by key, and the length in bytes of the lines that are whole.

    Parameters
    ----------
    path : Path
        A file that need not exist yet.
    table : ReportTable
        The evidence that they must be of.

    Raises
    ------
    InputError
        A file of other evidence, of another version, or of something else.
    """
    try:
        data = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise _refused(path, f"the file cannot be read: {error.strerror or error}", "Choose another file.") from None
    whole = data.rfind(b"\n") + 1
    if not whole:
        if data and not _line(header(table)).startswith(data):
            raise _refused(path, "a file of results that an earlier run began, or a new one", "Choose another file.")
        return {}, 0
    first, *lines = data[:whole].decode("utf-8", "replace").splitlines()
    _refuse_others(path, _parsed(first), header(table))
    found = {}
    for number, text in enumerate(lines, start=2):
        answered = _answered(_parsed(text))
        if answered is None:
            raise _refused(path, "a result on every line", "Remove the line, and its result is computed again.", number)
        found[answered.key] = answered
    return found, whole


@contextmanager
def appending(path: Path, table: ReportTable, whole: int) -> Iterator[Callable[[Answered], None]]:
    """Open results for more: what was cut short is taken off, and each result is on file when the call returns.

    Parameters
    ----------
    path : Path
    table : ReportTable
    whole : int
        Length of the lines that are whole, from `read`.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        raise _refused(
            path, f"the file cannot be written: {error.strerror or error}", "Choose another place."
        ) from None
    try:
        os.ftruncate(handle, whole)
        if not whole:
            os.write(handle, _line(header(table)))
        yield lambda answered: _append(handle, path, answered)
    finally:
        os.close(handle)


def _append(handle: int, path: Path, answered: Answered) -> None:
    line = _line(asdict(answered))
    try:
        complete = os.write(handle, line) == len(line)
    except OSError as error:
        raise _refused(
            path, f"the file cannot be written: {error.strerror or error}", "Make room, and resume."
        ) from None
    if not complete:
        raise _refused(path, "the disk is full", "Make room, and resume.")


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, allow_nan=False, ensure_ascii=False).encode() + b"\n"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _answered(content: Any) -> Answered | None:
    """Return a result, or None where a line is none."""
    if not isinstance(content, dict) or set(content) != {field.name for field in fields(Answered)}:
        return None
    numbers = [content[name] for name in NUMBERS]
    if not all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in numbers):
        return None
    if not all(isinstance(content[name], str) for name in ("key", "engine", "failure")):
        return None
    return Answered(**content) if isinstance(content["passed"], bool) else None


def _refuse_others(path: Path, found: Any, wanted: Mapping[str, str]) -> None:
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise _refused(path, f"results of this program ({SCHEMA}) on its first line", "Choose another file.", 1)
    if found.get("sha256") != wanted["sha256"]:
        theirs, ours = (f"{one.get('evidence')}, sha256 {str(one.get('sha256'))[:12]}" for one in (found, wanted))
        rule = f"results of the same data ({ours}); these are of {theirs}"
        raise _refused(path, rule, "Name another file, or give the data that they are of.", 1)
    if found.get("irlbayes") != wanted["irlbayes"]:
        rule = f"results of this version ({wanted['irlbayes']}); these are of {found.get('irlbayes')}"
        raise _refused(path, rule, "Name another file.", 1)


def _refused(path: Path, rule: str, fix: str, line: int | None = None) -> InputError:
    return InputError(Problem(f"{OPTION} {path}", rule, fix, line))
