"""Any file that holds study results, by its content: CSV, XLSX, RevMan 5, Cochrane's data rows, under our names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.types import Column
from irlbayes.data import decimals
from irlbayes.data.derive import INPUTS, derive
from irlbayes.data.files import RawTable, decode, parse_table, read_bytes
from irlbayes.data.rename import rename

LEGACY = b"\xd0\xcf\x11\xe0"


def read_source(path: Path, sheet: str | None = None) -> tuple[RawTable, str]:
    """Read a file by what it is, not by its suffix.

    Parameters
    ----------
    path : Path
    sheet : str, optional
        Sheet of a spreadsheet.

    Returns
    -------
    RawTable, str
        The table as it stands in the file, and the hash of what was read.

    Raises
    ------
    InputError
    """
    name = str(path)
    data = read_bytes(path)
    digest = sha256(data)
    if data.startswith(LEGACY):
        raise InputError(
            Problem(
                name,
                "this is a legacy .xls spreadsheet, or one with a password",
                "Open it in a spreadsheet program and save it as XLSX without a password.",
            )
        )
    if data.startswith(b"PK\x03\x04"):
        from irlbayes.data.excel import read_workbook

        return read_workbook(data, name, sheet), digest.hexdigest()
    if sheet is not None:
        raise InputError(Problem(name, "a sheet is named for a spreadsheet alone", "Leave the sheet out.", value=sheet))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<COCHRANE_REVIEW")):
        from irlbayes.data.revman import read_revman

        return read_revman(data, name), digest.hexdigest()
    table = parse_table(decode(data, name), name)
    if {"Comparison Number", "Outcome Number"} <= set(table.header):
        raise InputError(
            Problem(
                name,
                "this is RevMan 5's CSV, whose rows are comparisons, outcomes and studies",
                "Give the .rm5 file itself, or keep the rows of one outcome and the columns of its data.",
            )
        )
    if "Analysis group" in table.header:
        from irlbayes.data import cochrane

        if cochrane.is_cochrane(table):
            settings = path.with_name(cochrane.settings_file(path.name) or path.name)
            beside = None
            if settings != path and settings.exists():
                content = read_bytes(settings)
                digest.update(content)
                beside = parse_table(decode(content, str(settings)), str(settings))
            table = cochrane.read_cochrane(table, beside)
    return table, digest.hexdigest()


def ours(table: RawTable, columns: Mapping[str, Column], aliases: bool = True) -> tuple[RawTable, list[Problem]]:
    """Bring a table to our columns: names, decimal commas, cells that follow from others.

    Parameters
    ----------
    table : RawTable
    columns : Mapping
        Every known column by name.
    aliases : bool
        Whether other names are read, and cells made; an evidence folder has our names and every cell it needs.

    Returns
    -------
    RawTable, list of Problem
        Problems of single cells, to be told with all others.

    Raises
    ------
    InputError
        Names that cannot be read.

    Examples
    --------
    >>> table = RawTable("t.csv", ("yi", "SE"), ((2, {"yi": "0,5", "SE": "0,25"}),))
    >>> known = {name: Column(name, "") for name in ("yi", "sei")}
    >>> ours(table, known)[0].rows
    ((2, {'yi': '0.5', 'sei': '0.25'}),)
    """
    if aliases:
        table, problems = rename(table, [*columns, *INPUTS])
        if problems:
            raise InputError(problems)
    table, problems = decimals.understand(table, columns, INPUTS)
    if aliases:
        table, more = derive(table)
        problems += more
    problems += [
        problem
        for problem in table.problems
        if (problem.column in columns or problem.column in INPUTS)
        and not any((problem.row, problem.column) == (other.row, other.column) for other in problems)
    ]
    return replace(table, problems=()), problems
