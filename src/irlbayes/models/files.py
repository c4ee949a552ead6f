"""Files of `models/`: TOML with a schema, and a name that is the file's."""

from __future__ import annotations

import tomllib
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
