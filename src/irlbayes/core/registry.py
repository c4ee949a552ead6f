"""Leaves are found by folder: a file that is there is known, and nothing is listed twice."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType


@cache
def leaves(package: str) -> dict[str, ModuleType]:
    """Return every module of a package by name, in alphabetical order.

    Parameters
    ----------
    package : str
        Dotted name, such as ``irlbayes.effects.reports``.

    Examples
    --------
    >>> "direction" in leaves("irlbayes.effects.reports")
    True
    """
    folder = Path(str(import_module(package).__file__)).parent
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    return {name: import_module(f"{package}.{name}") for name in names}
