"""XLSX files: values exactly as stored, and a clear word for everything that is no value."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from irlbayes.core.errors import InputError, Problem
from irlbayes.data import excel
from irlbayes.data.evidence import read_evidence
from irlbayes.data.write import to_xlsx
from irlbayes.effects.table import kinds

GOOD = [["study", "yi", "sei"], ["a", 0.1 + 0.2, 0.2], ["b", -1e-7, 1]]


def book(tmp_path: Path, *sheets: tuple[str, list[list[Any]]]) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = tmp_path / "book.xlsx"
    workbook.save(path)
    return path


def refused(path: Path, sheet: str | None = None) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_evidence(path, kinds(), sheet=sheet)
    assert all(problem.file and problem.rule and problem.fix for problem in caught.value.problems)
    return caught.value.problems


def test_numbers_are_as_stored(tmp_path: Path) -> None:
    """A float comes back to the last bit, whatever the cell shows, and the suffix does not matter."""
    path = tmp_path / "table.csv"
    rows = [[cell if isinstance(cell, str) else repr(cell) for cell in row] for row in GOOD]
    path.write_bytes(to_xlsx(rows, ("yi", "sei")))
    table = read_evidence(path, kinds())
    assert [(r.number("yi"), r.number("sei")) for r in table.reports] == [(0.1 + 0.2, 0.2), (-1e-7, 1.0)]


def test_first_sheet_with_a_table(tmp_path: Path) -> None:
    """Empty sheets and sheets of words are passed over; a sheet can be named."""
    other = [["study", "yi", "sei"], ["z", 1, 1]]
    path = book(tmp_path, ("empty", []), ("about", [["Made in 1994"]]), ("data", GOOD), ("more", other))
    table = read_evidence(path, kinds())
    assert [report.study for report in table.reports] == ["a", "b"]
    assert table.reading == ("read from sheet 'data'",)
    assert [report.study for report in read_evidence(path, kinds(), sheet="more").reports] == ["z"]
    (problem,) = refused(path, "../../etc/passwd")
    assert "'data'" in problem.rule


def test_text_with_decimal_commas(tmp_path: Path) -> None:
    """Numbers kept as text are read as in CSV, beside numbers that are stored as such."""
    path = book(tmp_path, ("data", [["study", "yi", "sei"], ["a", "-0,5", 0.25], ["b", "1,125", 0.5]]))
    table = read_evidence(path, kinds())
    assert [report.number("yi") for report in table.reports] == [-0.5, 1.125]
    assert "decimals are written with commas: -0,5 is -0.5" in table.reading


def test_comments_and_blank_rows(tmp_path: Path) -> None:
    """Rows that begin with # are comments; lines are those that the program shows."""
    rows = [["# about"], [], GOOD[0], GOOD[1], ["# between"], ["b", "high", 1]]
    (problem,) = refused(book(tmp_path, ("data", rows)))
    assert (problem.row, problem.column, problem.value) == (6, "yi", "high")
    assert "sheet 'data'" in problem.file


CELLS = [
    ("date", datetime.datetime(2024, 2, 1), "2024-02-01T00:00:00", "not a date"),
    ("error", "#REF!", "#REF!", "not an error"),
    ("formula without a value", "=A1+1", "", "last computed"),
    ("text in a number", "high", "high", "a number"),
    ("bool", True, "TRUE", "a number"),
]


@pytest.mark.parametrize(("value", "shown", "rule"), [case[1:] for case in CELLS], ids=[case[0] for case in CELLS])
def test_cells_that_are_no_values(tmp_path: Path, value: Any, shown: str, rule: str) -> None:
    """A date, an error, a formula that was never computed: named by sheet, row and column, all at once."""
    problems = refused(book(tmp_path, ("data", [*GOOD, ["c", value, 0.1], ["d", 0.1, 0]])))
    assert [(problem.row, problem.column) for problem in problems] == [(4, "yi"), (5, "sei")]
    assert problems[0].value == shown
    assert rule in problems[0].rule
    assert "sheet 'data'" in problems[0].file


def test_dates_in_other_columns_are_left_alone(tmp_path: Path) -> None:
    """A date in a column that is not read is no problem."""
    rows = [[*GOOD[0], "searched"], *([*row, datetime.date(2024, 2, 1)] for row in GOOD[1:])]
    assert len(read_evidence(book(tmp_path, ("data", rows)), kinds()).reports) == 2


def test_formula_kept_as_text_is_refused(tmp_path: Path) -> None:
    """A text that a program could run is refused as in CSV."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in GOOD:
        sheet.append(row)
    cell = sheet.cell(row=2, column=1, value="=cmd|' /C calc'!A0")
    cell.data_type = "s"
    workbook.save(tmp_path / "book.xlsx")
    (problem,) = refused(tmp_path / "book.xlsx")
    assert "not a formula" in problem.rule


def test_headers(tmp_path: Path) -> None:
    """Merged headers leave columns without a name; equal names are told with their letters."""
    (problem,) = refused(book(tmp_path, ("data", [["study", "yi", None], ["a", 0.1, 0.2]])))
    assert (problem.row, problem.column) == (1, "C")
    assert "merged" in problem.rule
    (problem,) = refused(book(tmp_path, ("data", [["yi", "sei", "yi"], [1, 1, 1]])))
    assert "in A and C" in problem.rule
    (problem,) = refused(book(tmp_path, ("data", [["yi", "sei"]])))
    assert "no rows" in problem.rule
    (problem,) = refused(book(tmp_path, ("data", [])))
    assert "empty" in problem.rule


def test_empty_columns_are_dropped(tmp_path: Path) -> None:
    """Columns without a name and without cells do not count."""
    rows = [["study", None, "yi", "sei", None], ["a", None, 0.1, 0.2, None]]
    assert len(read_evidence(book(tmp_path, ("data", rows)), kinds()).reports) == 1


# --- hostile files -------------------------------------------------------------------------------------------


def repacked(path: Path, **parts: bytes) -> Path:
    """Replace parts of a workbook; ``xl_workbook`` is xl/workbook.xml."""
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            key = name.replace("/", "_").removesuffix(".xml")
            target.writestr(name, parts.pop(key, source.read(name)))
        for key, content in parts.items():
            target.writestr(key, content)
    return path


def test_zip_bomb(tmp_path: Path) -> None:
    """A small file that unpacks to 200 MB is refused before it is read."""
    path = repacked(book(tmp_path, ("data", GOOD)), bomb=b"0" * 200_000_000)
    assert path.stat().st_size < 1_000_000
    (problem,) = refused(path)
    assert "100 MB" in problem.rule


def test_entities(tmp_path: Path) -> None:
    """A workbook with entities of its own is refused."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
    (problem,) = refused(repacked(book(tmp_path, ("data", GOOD)), xl_workbook=bomb))
    assert "entities" in problem.rule


def test_damaged(tmp_path: Path) -> None:
    """Broken XML, a cut archive, another archive, a legacy spreadsheet: each is said."""
    assert "cannot be opened" in refused(repacked(book(tmp_path, ("data", GOOD)), xl_workbook=b"<workbook>"))[0].rule
    path = book(tmp_path, ("data", GOOD))
    path.write_bytes(path.read_bytes()[:-200])
    assert "cannot be opened" in refused(path)[0].rule
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert "OpenDocument" in refused(path)[0].rule
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 100)
    assert ".xls" in refused(path)[0].rule
    assert "XLSX" in refused(path)[0].fix


def test_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet has a largest size."""
    monkeypatch.setattr(excel, "MOST_ROWS", 2)
    (problem,) = refused(book(tmp_path, ("data", GOOD)))
    assert "at most 2 rows" in problem.rule


def test_a_row_far_down(tmp_path: Path) -> None:
    """A row that says it is the hundred-billionth does not make the reader count to it."""
    path = book(tmp_path, ("data", GOOD))
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'<row r="3"', b'<row r="100000000000"').replace(b'r="A3"', b'r="A100000000000"')
    assert far != sheet
    (problem,) = refused(repacked(path, xl_worksheets_sheet1=far))
    assert "rows" in problem.rule or "cannot be opened" in problem.rule


def test_sheet_for_a_text(tmp_path: Path) -> None:
    """A sheet is named for spreadsheets alone."""
    (tmp_path / "t.csv").write_text("yi,sei\n1,1\n")
    (problem,) = refused(tmp_path / "t.csv", "data")
    assert "spreadsheet alone" in problem.rule
    (tmp_path / "folder").mkdir()
    assert "spreadsheet alone" in refused(tmp_path / "folder", "data")[0].rule
