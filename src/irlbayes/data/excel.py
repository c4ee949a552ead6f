"""XLSX spreadsheets: the first sheet that has a table, or a named one; values as stored."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from irlbayes.core.errors import InputError, Problem
from irlbayes.data.delimited import COMMENT
from irlbayes.data.files import BLANK, RawTable

LARGEST_UNPACKED = 100_000_000  # bytes
MOST_PARTS = 2_000
MOST_ROWS, MOST_COLUMNS = 20_000, 500
LAST_ROW = 1_048_576  # of any XLSX sheet; a row that says it is further down is a trap
NO_DECLARATIONS = [
    word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")
]
ERRORS = ("#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")


@dataclass(frozen=True)
class _Cell:
    """A filled cell: its text, whether it was stored as a number, and what is wrong with it."""

    text: str
    stored: bool = False
    rule: str = ""
    fix: str = ""
    formula: bool = False


Row = tuple[int, dict[int, _Cell]]


def read_workbook(data: bytes, name: str, sheet: str | None = None) -> RawTable:
    """Read one sheet of an XLSX file.

    Numbers are kept exactly as stored; a formula is read as the value that was stored with it.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Name to show in messages.
    sheet : str, optional
        Name of a sheet; by default the first one with a row below a header.

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        No XLSX, too large when unpacked, no such sheet, no table; a header whose columns have no or equal names.
    """
    _guard(data, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # extensions of the format that hold no cells
        sheets, chosen, rows = _open(data, name, sheet)
    return _table(name, chosen, rows, sheets)


def _guard(data: bytes, name: str) -> None:
    """Refuse what is no XLSX file, or unpacks to more than a table of study results can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
                raise InputError(
                    Problem(
                        name,
                        f"a spreadsheet that unpacks to at most {LARGEST_UNPACKED // 1_000_000} MB is read",
                        "Give the table of study results alone.",
                        value=f"{unpacked / 1e6:.0f} MB in {len(parts)} parts",
                    )
                )
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                what = "an OpenDocument spreadsheet" if "content.xml" in names else "an archive"
                raise InputError(
                    Problem(name, f"this is {what}, not an XLSX spreadsheet", "Save the table as XLSX or CSV (UTF-8).")
                )
            for part in parts:
                content = archive.read(part) if part.filename.endswith((".xml", ".rels")) else b""
                if any(word in content for word in NO_DECLARATIONS):
                    raise InputError(
                        Problem(
                            name,
                            "a spreadsheet declares no entities of its own",
                            "Save it anew from a spreadsheet program.",
                            value=part.filename,
                        )
                    )
    except InputError:
        raise
    except Exception as error:  # zipfile raises many kinds for damaged archives
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> InputError:
    return InputError(
        Problem(
            name,
            f"this looks like a spreadsheet but cannot be opened ({type(error).__name__})",
            "Save it anew as XLSX without a password, or as CSV (UTF-8).",
        )
    )


def _open(data: bytes, name: str, sheet: str | None) -> tuple[list[str], str, list[Row]]:
    from openpyxl import load_workbook

    try:
        values = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        formulas = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheets = [ws.title for ws in values.worksheets]
        if sheet is not None and sheet not in sheets:
            shown = ", ".join(repr(title) for title in sheets)
            raise InputError(Problem(name, f"a sheet of this file: {shown}", "Name one of them.", value=repr(sheet)))
        chosen = sheets[0] if sheet is None else sheet
        rows: list[Row] = []
        for title in sheets if sheet is None else [sheet]:
            found = list(_rows(values[title], formulas[title], f"{name}, sheet {title!r}"))
            if len(found) > len(rows):
                chosen, rows = title, found
            if len(found) > 1:
                break
        values.close()
        formulas.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl raises many kinds for damaged workbooks
        raise _damaged(name, error) from None
    return sheets, chosen, rows


def _rows(values: Any, formulas: Any, place: str) -> Iterator[Row]:
    """Yield the rows that are neither blank nor comments, with their numbers; cells by column, from 0."""
    values.reset_dimensions()
    formulas.reset_dimensions()
    for number, (row, written) in enumerate(zip(values.iter_rows(), formulas.iter_rows(), strict=True), start=1):
        if number > LAST_ROW:
            raise InputError(_too_long(place, number))
        cells = {}
        for index, (cell, source) in enumerate(zip(row, written, strict=True)):
            found = _cell(cell, source)
            if found is not None and (found.text not in BLANK or found.rule):
                if number > MOST_ROWS or index >= MOST_COLUMNS:
                    raise InputError(_too_long(place, number))
                cells[index] = found
        if cells and (cells[min(cells)].rule or not cells[min(cells)].text.startswith(COMMENT)):
            yield number, cells


def _too_long(place: str, number: int) -> Problem:
    return Problem(
        place,
        f"a sheet of at most {MOST_ROWS} rows and {MOST_COLUMNS} columns is read",
        "Give the table of study results alone.",
        number,
    )


def _cell(cell: Any, source: Any) -> _Cell | None:
    """Return what a cell holds; None where it is empty."""
    value, formula = cell.value, source.data_type == "f"
    if value is None:
        if formula:
            return _Cell("", rule="a formula has the value that was last computed", fix="Paste the value it shows.")
        return None
    if cell.data_type == "e" or (isinstance(value, str) and value.strip() in ERRORS):
        return _Cell(
            str(value), rule="a cell holds a value, not an error", fix="Correct the formula, or leave it blank."
        )
    if isinstance(value, bool):
        return _Cell(str(value).upper(), formula=formula)
    if isinstance(value, int | float):
        return _Cell(repr(value), stored=True, formula=formula)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        text = value.isoformat() if not isinstance(value, datetime.timedelta) else str(value)
        return _Cell(
            text, rule="a number or text, not a date", fix="Format the cell as text or number and type it anew."
        )
    return _Cell(str(value).strip(), formula=formula)


def _table(name: str, sheet: str, rows: Sequence[Row], sheets: Sequence[str]) -> RawTable:
    place = f"{name}, sheet {sheet!r}"
    if not rows:
        raise InputError(Problem(place, "the sheet is empty", "Give a table with a header line and a row per study."))
    line, header = rows[0]
    names = {index: cell.text for index, cell in header.items()}
    problems = _header_problems(place, line, header, rows)
    if len(rows) == 1:
        problems.append(Problem(place, "the sheet has a header but no rows", "Give a row per study."))
    if problems:
        raise InputError(problems)
    kept = [(number, {names[index]: cell for index, cell in cells.items()}) for number, cells in rows[1:]]
    notes = [f"read from sheet {sheet!r}"] if len(sheets) > 1 else []
    formulas = sum(cell.formula for _, cells in kept for cell in cells.values())
    if formulas:
        notes.append(f"{formulas} cells hold formulas; the values stored with them are read")
    return RawTable(
        place,
        tuple(names[index] for index in sorted(names)),
        tuple(
            (number, {column: cell.text for column, cell in cells.items() if cell.text not in BLANK})
            for number, cells in kept
        ),
        tuple(notes),
        stored=frozenset((number, column) for number, cells in kept for column, cell in cells.items() if cell.stored),
        problems=tuple(
            Problem(place, cell.rule, cell.fix, number, column, cell.text)
            for number, cells in kept
            for column, cell in cells.items()
            if cell.rule
        ),
        sheet=sheet,
        sheets=tuple(sheets),
    )


def _header_problems(place: str, line: int, header: dict[int, _Cell], rows: Sequence[Row]) -> list[Problem]:
    from openpyxl.utils import get_column_letter

    problems = []
    used = {index for _, cells in rows[1:] for index in cells}
    for index in sorted(used - set(header)):
        problems.append(
            Problem(
                place,
                "every column with cells has a name in the first row that is not empty (merged cells name only one)",
                "Name each column in one row, unmerge cells, and remove titles above the table.",
                line,
                get_column_letter(index + 1),
            )
        )
    seen: dict[str, int] = {}
    for index, cell in sorted(header.items()):
        letter = get_column_letter(index + 1)
        if cell.rule:
            problems.append(Problem(place, cell.rule, cell.fix, line, letter, cell.text))
        if cell.text in seen:
            first = get_column_letter(seen[cell.text] + 1)
            problems.append(
                Problem(
                    place,
                    f"a column name occurs twice, in {first} and {letter}",
                    "Rename or remove one of them.",
                    line,
                    cell.text,
                )
            )
        seen.setdefault(cell.text, index)
    return problems
