"""What separates the columns of a text table, and the table's cells: comma, semicolon or tab, with comments."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from irlbayes.core.errors import InputError, Problem

WORDS = {",": "commas", ";": "semicolons", "\t": "tabs"}
COMMENT = "#"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def separator(text: str, name: str) -> str:
    r"""Return what separates the columns: what stands between the names of the header.

    Where the header holds several of the three, the one that gives every row as many cells as the header; where
    several do, or none, the file is refused.

    Parameters
    ----------
    text, name : str
        ``name`` is shown in messages.

    Examples
    --------
    >>> separator("study;yi, log;sei\na;0,5;0,1\n", "t.csv")
    ';'
    """
    header = next((line for line in text.splitlines() if line.strip() and not line.lstrip('"').startswith(COMMENT)), "")
    bare = _QUOTED.sub("", header)
    found = [candidate for candidate in WORDS if candidate in bare]
    if len(found) < 2:
        return found[0] if found else ","
    even = [candidate for candidate in found if _even(text, candidate, name)]
    if len(even) == 1:
        return even[0]
    between = " and ".join(WORDS[candidate] for candidate in found)
    raise InputError(
        Problem(
            name,
            f"one kind of separator stands between the names of the columns; here are {between}",
            "Separate the columns by one of them throughout, and quote cells that hold another.",
            value=header.strip(),
        )
    )


def _even(text: str, candidate: str, name: str) -> bool:
    try:
        lines = split(text, candidate, name)
    except InputError:
        return False
    return len({len(cells) for _, cells in lines}) == 1


def split(text: str, candidate: str, name: str) -> list[tuple[int, list[str]]]:
    r"""Return the rows that are neither blank nor comments, with the line each begins on.

    Examples
    --------
    >>> split("a,b\n# note\n1,2\n", ",", "t.csv")
    [(1, ['a', 'b']), (3, ['1', '2'])]
    """
    source = _Lines(text)
    reader = csv.reader(source, delimiter=candidate, strict=True)
    rows = []
    try:
        while True:
            source.fresh = True
            cells = [cell.strip() for cell in next(reader)]
            if any(cells) and not cells[0].startswith(COMMENT):
                rows.append((source.start, cells))
    except StopIteration:
        return rows
    except csv.Error as error:
        raise InputError(
            Problem(name, f"the CSV cannot be read: {error}", "Check quotation marks around this line.", source.line)
        ) from None


class _Lines(Iterator[str]):
    """Lines of a text for a CSV reader: comments between rows are skipped, and where a row begins is known."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.line = 0
        self.start = 0
        self.fresh = True

    def __next__(self) -> str:
        while True:
            line = next(self._lines)
            self.line += 1
            if self.fresh and line.startswith(COMMENT):
                continue
            if self.fresh:
                self.start, self.fresh = self.line, False
            return line


def hint(cells: Sequence[str], used: str) -> str:
    """Return what a ragged row suggests, as the end of a sentence; empty where it suggests nothing."""
    if any(other in cell for cell in cells for other in WORDS if other != used and other != ","):
        return "; another separator stands in it"
    if used == "," and all(re.fullmatch(r"[+-]?\d+", cell) for cell in cells[1:]):
        return "; where commas are decimals, separate the columns by semicolons"
    return ""
