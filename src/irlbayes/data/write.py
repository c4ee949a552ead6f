"""Tables to write: an empty commented sheet for a report kind, the tidy form, and other programs' names.

Everything is returned as text, bytes or rows; whoever asks writes the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.types import Column, Kind, ReportTable, Value
from irlbayes.data.aliases import Alias, dialect_names
from irlbayes.data.delimited import COMMENT
from irlbayes.data.derive import shown
from irlbayes.data.reports import BOOKKEEPING
from irlbayes.data.rules import NUMBER

Rows = list[list[str]]
FORMATS = ("csv", "xlsx")
DIALECTS = ("metafor", "meta", "RoBMA", "JASP")
FIRST = ("id", "study", "cohort", "outcome", "report", "use")
EVENTS = {"x1i": ("ai", "t1i"), "x2i": ("ci", "t2i")}


# --- an empty sheet ------------------------------------------------------------------------------------------


def template(kind_name: str, kind: Kind, path_format: str = "csv") -> str | bytes:
    """Return an empty sheet for a report kind, with what every column holds.

    Parameters
    ----------
    kind_name : str
    kind : Kind
    path_format : str
        ``csv`` for text with comments; ``xlsx`` for a workbook with notes and a second sheet ``columns``.

    Returns
    -------
    str or bytes

    Raises
    ------
    InputError
        Another format.
    """
    columns = _template_columns(kind_name, kind)
    if path_format == "csv":
        lines = [f"# {kind_name}: one row per study; lines that begin with # are not read"]
        lines += [f"# {column.name} ({need}): {_words(column)}" for column, need in columns]
        header = to_csv([[column.name for column, _ in columns]])
        return "\n".join(lines) + "\n" + header
    if path_format == "xlsx":
        return _template_workbook(kind_name, columns)
    raise InputError(
        Problem("format", f"one of {', '.join(FORMATS)}", "Name the format of the sheet.", value=path_format)
    )


def _template_columns(kind_name: str, kind: Kind) -> list[tuple[Column, str]]:
    book = {column.name: column for column in BOOKKEEPING}
    one_of = tuple(getattr(kind, "ONE_OF", ()))
    report = Column("report", "report kind", "text", f"{kind_name} in every row")
    columns = [(book["study"], "required"), (report, "required")]
    columns += [(column, "required") for column in kind.COLUMNS]
    for column in kind.OPTIONAL:
        need = f"one of {', '.join(one_of)} is required" if column.name in one_of else "may be blank"
        columns.append((column if column.rule or column.name not in book else book[column.name], need))
    return columns


def _words(column: Column) -> str:
    kind = {"count": "a whole number", "number": "a number", "text": "text"}[column.type]
    return "; ".join(part for part in (column.meaning, column.rule or kind) if part)


def _template_workbook(kind_name: str, columns: Sequence[tuple[Column, str]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.comments import Comment

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = kind_name[:31]
    for index, (column, need) in enumerate(columns, start=1):
        cell = sheet.cell(row=1, column=index, value=column.name)
        cell.comment = Comment(f"{need}: {_words(column)}", "irlbayes")
    sheet.freeze_panes = "A2"
    legend = book.create_sheet("columns")
    legend.append(["column", "need", "meaning", "rule", "type"])
    for column, need in columns:
        legend.append([column.name, need, column.meaning, column.rule, column.type])
    return _bytes(book)


def _bytes(book: object) -> bytes:
    from openpyxl import Workbook

    assert isinstance(book, Workbook)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# --- a table that was read -----------------------------------------------------------------------------------


def tidy(table: ReportTable, order: Sequence[str] = ()) -> Rows:
    """Return a table under our names, header first: bookkeeping, then every column that a row fills.

    Parameters
    ----------
    table : ReportTable
    order : sequence of str
        Order of the columns, as of `data.reports.vocabulary`; others follow as the rows have them.

    Returns
    -------
    list of list of str
        Numbers read back exactly.
    """
    used = dict.fromkeys(name for report in table.reports for name in report.values)
    rest = [name for name in dict.fromkeys([*order, *used]) if name in used and name not in FIRST]
    rows = [[*FIRST, *rest]]
    for report in table.reports:
        book = [report.id, report.study, report.cohort, report.outcome, report.kind, report.use]
        rows.append([*book, *(_cell(report.values.get(name, "")) for name in rest)])
    return rows


def _cell(value: Value) -> str:
    return shown(value) if isinstance(value, float) else value


def dialect(table: ReportTable, name: str, order: Sequence[str] = ()) -> tuple[Rows, tuple[str, ...]]:
    """Return a table under another program's names, and in sentences what has no name there.

    Parameters
    ----------
    table : ReportTable
    name : str
        ``metafor``, ``meta``, ``RoBMA`` or ``JASP``.
    order : sequence of str
        As in `tidy`.

    Returns
    -------
    list of list of str, tuple of str
        Columns without a name there keep ours, and are listed.

    Raises
    ------
    InputError
        Another program.
    """
    found = next((known for known in DIALECTS if known.casefold() == name.casefold()), None)
    if found is None:
        raise InputError(Problem("dialect", f"one of {', '.join(DIALECTS)}", "Name one of them.", value=name))
    rows = tidy(table, order)
    header = rows[0]
    names = dialect_names(found)
    scales = {report.text("scale") for report in table.reports}
    theirs, said = _their_names(header, names, scales)
    keep = [index for index, column in enumerate(header) if not (column == "scale" and said)]
    kept = [header[index] for index in keep if header[index] not in theirs and not _is_theirs(found, header[index])]
    notes = (f"{found} has no name of its own for {', '.join(kept)}; they keep ours",) if kept else ()
    new = [theirs.get(header[index], header[index]) for index in keep]
    return [new, *([row[index] for index in keep] for row in rows[1:])], notes


def _is_theirs(program: str, column: str) -> bool:
    """Whether a column is metafor's: its names are ours."""
    return program == "metafor" and column in METAFOR


def _their_names(
    header: Sequence[str], names: dict[str, tuple[Alias, ...]], scales: set[str]
) -> tuple[dict[str, str], bool]:
    """Return their name of every column that has one, and whether a name says the scale of all rows."""
    theirs: dict[str, str] = {}
    said = False
    scale = next(iter(scales)) if len(scales) == 1 else ""
    for column in header:
        base, companion = EVENTS.get(column, (column, ""))
        if column in EVENTS and (base in header or companion not in header):
            continue
        if column in ("ai", "ci") and {"t1i", "t2i"} & set(header):
            continue
        found = names.get(base, ())
        by_scale = [alias for alias in found if alias.scale and alias.scale == scale]
        without = [alias for alias in found if not alias.scale]
        if by_scale and not (column == "yi" and "estimate" in header):
            theirs[column], said = by_scale[0].theirs, True
        elif without and _reads_back(column, header):
            theirs[column] = without[0].theirs
    return theirs, said


def _reads_back(column: str, header: Sequence[str]) -> bool:
    """Whether a name that depends on its neighbors would be read as this column again."""
    here = set(header)
    if column == "ni":
        return bool({"xi", "ri"} & here) and not {"n1i", "n2i"} & here
    if column == "yi":
        return "estimate" not in here and (bool({"sei", "vi"} & here) or not {"ci_lb", "pval"} & here)
    if column in ("sei", "vi"):
        return "yi" in here
    return True


METAFOR = (
    *("ai", "ci", "n1i", "n2i", "x1i", "x2i", "t1i", "t2i", "m1i", "m2i", "sd1i", "sd2i", "xi", "ti", "ri", "ni"),
    *("yi", "vi", "sei", "bi", "di"),
)
"""Arguments of metafor's `escalc` that are our names too."""


def to_csv(rows: Rows) -> str:
    r"""Return rows as CSV.

    Examples
    --------
    >>> to_csv([["study", "yi"], ["a, b", "0.5"]])
    'study,yi\n"a, b",0.5\n'
    """
    for number, row in enumerate(rows, start=1):
        if row and row[0].startswith(COMMENT):
            raise InputError(
                Problem(
                    "table",
                    "the first cell of a row does not begin with #, which marks a comment",
                    "Give the row another name.",
                    number,
                    rows[0][0],
                    row[0],
                )
            )
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def to_xlsx(rows: Rows, numbers: Sequence[str] = ()) -> bytes:
    """Return rows as an XLSX workbook with one sheet.

    Parameters
    ----------
    rows : list of list of str
        Header first.
    numbers : sequence of str
        Columns whose cells are stored as numbers, digit by digit as they are given; the rest is text.

    Returns
    -------
    bytes
    """
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "reports"
    for row_number, row in enumerate(rows, start=1):
        for column_number, (name, text) in enumerate(zip(rows[0], row, strict=True), start=1):
            if text != "":
                cell = sheet.cell(row=row_number, column=column_number, value=text)
                number = row_number > 1 and name in numbers and NUMBER.match(text)
                cell.data_type = "n" if number else "s"  # a text that begins with = is no formula
    return _bytes(book)
