"""Files as people keep them: raw tables of text with line numbers, or a clear error."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irlbayes.core.errors import InputError, Problem

LARGEST = 20_000_000  # bytes; the largest table of study results known to us is a thousand times smaller
BLANK = ("", "NA")


@dataclass(frozen=True)
class RawTable:
    """A table of text.

    Parameters
    ----------
    file : str
        Name to show in messages.
    header : tuple of str
    rows : tuple of (int, dict)
        Line in the file, and filled cells by column.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_bytes(path: Path) -> bytes:
    """Read a file whole, or say why not."""
    shown = str(path)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(
                Problem(
                    shown,
                    f"a file of at most {LARGEST // 1_000_000} MB is read",
                    "Give the table of study results alone.",
                    value=f"{size / 1e6:.0f} MB",
                )
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(Problem(shown, "there is no such file", "Check the path.")) from None
    except IsADirectoryError:
        raise InputError(Problem(shown, "this is a folder, not a file", "Give the file itself.")) from None
    except OSError as error:
        raise InputError(
            Problem(shown, f"the file cannot be read: {error.strerror or error}", "Check the path and its permissions.")
        ) from None


def decode(data: bytes, shown: str) -> str:
    """Decode UTF-8 text (with or without a byte-order mark), or say what the file is instead."""
    if not data.strip():
        raise InputError(Problem(shown, "the file is empty", "Give a table with a header line and a row per study."))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(Problem(shown, "this is a spreadsheet or archive, not a CSV file", "Save it as CSV (UTF-8)."))
    if b"\x00" in data:
        raise InputError(Problem(shown, "this is a binary file, not text", "Save the table as CSV (UTF-8)."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            Problem(
                shown,
                "the text is not UTF-8",
                "Save the file as CSV with the encoding UTF-8.",
                line,
                value=repr(data[error.start : error.start + 1]),
            )
        ) from None


def read_table(path: Path, shown: str | None = None) -> RawTable:
    """Read a CSV file as text.

    Parameters
    ----------
    path : Path
    shown : str, optional
        Name to show in messages; the path by default.

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        Missing, empty, too large, binary or non-UTF-8 file; repeated or empty column names; ragged rows.
    """
    name = shown or str(path)
    text = decode(read_bytes(path), name)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[Problem] = []
    lines: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((start, [cell.strip() for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            Problem(
                name, f"the CSV cannot be read: {error}", "Check quotation marks around this line.", reader.line_num
            )
        ) from None
    header = tuple(lines[0][1])
    problems += _header_problems(name, header)
    if len(lines) == 1:
        problems.append(Problem(name, "the file has a header but no rows", "Give a row per study."))
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            problems.append(
                Problem(
                    name,
                    f"the row has {len(cells)} cells and the header {len(header)}",
                    "Check commas and quotation marks on this line.",
                    line,
                )
            )
            continue
        rows.append((line, {c: v for c, v in zip(header, cells, strict=True) if v not in BLANK}))
    if problems:
        raise InputError(problems)
    return RawTable(name, header, tuple(rows))


def _header_problems(name: str, header: Sequence[str]) -> list[Problem]:
    problems = []
    if len(header) == 1 and ";" in header[0]:
        return [
            Problem(
                name, "columns are separated by semicolons, not commas", "Save the table as comma-separated CSV.", 1
            )
        ]
    for column, count in Counter(header).items():
        if column == "":
            problems.append(Problem(name, "a column has no name", "Name every column in the first line.", 1))
        elif count > 1:
            problems.append(Problem(name, "a column name occurs twice", "Rename or remove one of them.", 1, column))
    return problems
