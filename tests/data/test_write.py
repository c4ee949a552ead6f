"""What is written is read again: templates of every report kind, and the bundled evidence in tidy form."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from irlbayes.core.errors import InputError
from irlbayes.core.types import Report, ReportTable
from irlbayes.data.evidence import read_evidence
from irlbayes.data.reports import vocabulary
from irlbayes.data.write import dialect, template, tidy, to_csv, to_xlsx
from irlbayes.effects.table import kinds

KINDS = kinds()


@pytest.mark.parametrize("name", KINDS)
def test_template(name: str, tmp_path: Path) -> None:
    """An empty sheet explains every column and, as it stands, has a header but no rows."""
    text = template(name, KINDS[name])
    assert isinstance(text, str)
    for column in (*KINDS[name].COLUMNS, *KINDS[name].OPTIONAL):
        assert f"# {column.name} (" in text
        assert column.meaning in text or column.name in ("scale", "unit")
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no rows"):
        read_evidence(tmp_path / "t.csv", KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_template_workbook(name: str, tmp_path: Path) -> None:
    """The workbook has the same header with notes, and a sheet that explains the columns."""
    content = template(name, KINDS[name], "xlsx")
    assert isinstance(content, bytes)
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == [name, "columns"]
    header = [cell.value for cell in book[name][1]]
    text = template(name, KINDS[name])
    assert isinstance(text, str)
    assert ",".join(str(value) for value in header) == text.splitlines()[-1]
    assert all(cell.comment is not None for cell in book[name][1])
    assert [row[0].value for row in book["columns"].iter_rows(min_row=2)] == header


def test_filled_template_is_read(tmp_path: Path) -> None:
    """A filled sheet is read, in both formats: the sheet `columns` is passed over."""
    text = template("p_value", KINDS["p_value"])
    assert isinstance(text, str)
    header = text.splitlines()[-1].split(",")
    cells = {"study": "kim2023", "report": "p_value", "pval": "0.04", "sign": "+", "n1i": "14", "n2i": "16"}
    (tmp_path / "t.csv").write_text(text + ",".join(cells.get(name, "") for name in header) + "\n", encoding="utf-8")
    content = template("p_value", KINDS["p_value"], "xlsx")
    assert isinstance(content, bytes)
    book = load_workbook(io.BytesIO(content))
    book["p_value"].append([cells.get(name) for name in header])
    book.save(tmp_path / "t.xlsx")
    for path in (tmp_path / "t.csv", tmp_path / "t.xlsx"):
        (report,) = read_evidence(path, KINDS).reports
        assert (report.kind, report.number("pval"), report.number("n2i")) == ("p_value", 0.04, 16.0)


def test_empty_template_workbook_is_no_table(tmp_path: Path) -> None:
    """The sheet that explains the columns is not taken for a table of studies."""
    content = template("yi_sei", KINDS["yi_sei"], "xlsx")
    assert isinstance(content, bytes)
    (tmp_path / "t.xlsx").write_bytes(content)
    with pytest.raises(InputError):
        read_evidence(tmp_path / "t.xlsx", KINDS)


def test_another_format() -> None:
    """A format that is not written is refused."""
    with pytest.raises(InputError, match="one of csv, xlsx"):
        template("yi_sei", KINDS["yi_sei"], "ods")


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_bundled_evidence_round_trips(suffix: str, tmp_path: Path) -> None:
    """All 140 rows of the bundled evidence have the same cells after writing and reading."""
    table = read_evidence("irl", KINDS)
    columns = vocabulary(KINDS)
    rows = tidy(table, list(columns))
    assert rows[0][:6] == ["id", "study", "cohort", "outcome", "report", "use"]
    path = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        path.write_text(to_csv(rows), encoding="utf-8")
    else:
        path.write_bytes(to_xlsx(rows, [name for name, column in columns.items() if column.type != "text"]))
    again = read_evidence(path, KINDS)
    assert [(r.id, r.kind, r.use, r.cohort) for r in again.reports] == [
        (r.id, r.kind, r.use, r.cohort) for r in table.reports
    ]
    for old, new in zip(table.reports, again.reports, strict=True):
        assert {name: new.values.get(name) for name in old.values} == dict(old.values)


def test_metafor_keeps_its_own_names() -> None:
    """Our names are metafor's; only the study has another."""
    report = Report("a", "A", "a", "effect", "yi_sei", "primary", "t.csv", 2, {"yi": 0.5, "sei": 0.25})
    rows, notes = dialect(ReportTable("t", "t", "t.csv", "", (report,), {}), "metafor")
    assert rows[0] == ["id", "slab", "cohort", "outcome", "report", "use", "yi", "sei"]
    assert rows[1][-2:] == ["0.5", "0.25"]
    assert "id, cohort" in notes[0]


def test_a_name_that_would_be_a_comment() -> None:
    """A row that would be read as a comment is refused instead of lost."""
    with pytest.raises(InputError, match="marks a comment"):
        to_csv([["study"], ["#1"]])
