"""Files of `models/`: TOML with a schema, and a name that is the file's."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from irlbayes.core.errors import InputError, Problem


def read(path: Path, schema: str, what: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the content of a file, and what is wrong with its schema and name.

    Parameters
    ----------
    path : Path
    schema : str
        That the file must name.
    what : str
        What the file is, for messages: ``declaration``, ``ensemble``, ...

    Raises
    ------
    InputError
        When it cannot be read.
    """
    file = str(path)
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(Problem(file, f"the {what} cannot be read: {error}", "Correct the file.")) from None
    problems = []
    if content.get("schema") != schema:
        problems.append(Problem(file, f'schema = "{schema}"', "Add it.", value=str(content.get("schema", ""))))
    if content.get("name") != path.stem:
        fix = f'Set name = "{path.stem}".'
        problems.append(Problem(file, "name is the file's name", fix, value=str(content.get("name"))))
    return content, problems


def read_all[T](paths: Iterable[Path], read_one: Callable[[Path], T]) -> tuple[dict[str, T], list[Problem]]:
    """Return what files hold by the names of the files, and the problems of all that could not be read.

    Parameters
    ----------
    paths : iterable of Path
    read_one : callable
        Reads one file; raises `InputError`.
    """
    found: dict[str, T] = {}
    problems: list[Problem] = []
    for path in sorted(paths):
        try:
            found[path.stem] = read_one(path)
        except InputError as error:
            problems += error.problems
    return found, problems
