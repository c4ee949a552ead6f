"""Files as people keep them: raw tables of text with line numbers, or a clear error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irlbayes.core.errors import InputError, Problem
from irlbayes.data import delimited

LARGEST = 20_000_000  # bytes; the largest table of study results known to us is a thousand times smaller
BLANK = ("", "NA")


@dataclass(frozen=True)
class RawTable:
    """A table of text.

    Parameters
    ----------
    file : str
        Name to show in messages; for a spreadsheet with its sheet.
    header : tuple of str
    rows : tuple of (int, dict)
        Line in the file, and filled cells by column.
    notes : tuple of str
        What was recognized while reading, in sentences.
    origins : Mapping
        By line and column, how a cell came about where it does not stand in the file under that name.
    stored : frozenset of (int, str)
        Line and column of the cells that a spreadsheet stored as numbers: their decimals are no question.
    problems : tuple of Problem
        What is wrong with single cells; it matters where their column does.
    scales : Mapping
        Scale of an outcome, where the file says it.
    sheet, sheets : str, tuple of str
        Of a spreadsheet: the one that was read, and all of them.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    notes: tuple[str, ...] = ()
    origins: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    stored: frozenset[tuple[int, str]] = frozenset()
    problems: tuple[Problem, ...] = ()
    scales: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    sheets: tuple[str, ...] = ()


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
    """Read a CSV file as text, whatever separates its columns.

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
        Missing, empty, too large, binary or non-UTF-8 file; repeated or empty column names; ragged rows; separators
        that cannot be told apart.
    """
    name = shown or str(path)
    return parse_table(decode(read_bytes(path), name), name)


def parse_table(text: str, name: str) -> RawTable:
    r"""Turn the text of a CSV file into a table.

    Lines that begin with ``#`` are comments.

    Parameters
    ----------
    text, name : str
        ``name`` is shown in messages.

    Examples
    --------
    >>> table = parse_table("# by hand\nstudy;yi\na;0,5\n", "t.csv")
    >>> table.header, table.rows, table.notes
    (('study', 'yi'), ((3, {'study': 'a', 'yi': '0,5'}),), ('columns are separated by semicolons',))
    """
    separator = delimited.separator(text, name)
    lines = delimited.split(text, separator, name)
    if not lines:
        raise InputError(Problem(name, "the file is empty", "Give a table with a header line and a row per study."))
    first, header_cells = lines[0]
    header = tuple(header_cells)
    problems = _header_problems(name, header, first)
    if len(lines) == 1:
        problems.append(Problem(name, "the file has a header but no rows", "Give a row per study."))
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            problems.append(
                Problem(
                    name,
                    f"the row has {len(cells)} cells and the header {len(header)}",
                    f"Check {delimited.WORDS[separator]} and quotation marks on this line"
                    f"{delimited.hint(cells, separator)}.",
                    line,
                )
            )
            continue
        rows.append((line, {c: v for c, v in zip(header, cells, strict=True) if v not in BLANK}))
    if problems:
        raise InputError(problems)
    said = () if separator == "," else (f"columns are separated by {delimited.WORDS[separator]}",)
    return RawTable(name, header, tuple(rows), said)


def _header_problems(name: str, header: Sequence[str], line: int) -> list[Problem]:
    problems = []
    for column, count in Counter(header).items():
        if column == "":
            problems.append(Problem(name, "a column has no name", "Name every column in the first line.", line))
        elif count > 1:
            problems.append(Problem(name, "a column name occurs twice", "Rename or remove one of them.", line, column))
    return problems
