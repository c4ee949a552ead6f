"""Rows in hand are mended, added and taken out; every rule is checked again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.types import Outcome
from irlbayes.data.derive import INPUTS
from irlbayes.data.files import BLANK
from irlbayes.data.rename import rename
from irlbayes.data.reports import vocabulary
from irlbayes.effects import table as effects_table
from irlbayes.working.hand import Session, is_declared

LONGEST = 10_000  # characters of a cell


def edit(session: Session, line: int, column: str, value: str) -> Session:
    """Write a cell.

    Parameters
    ----------
    session : Session
    line : int
        Of the file, as messages count.
    column : str
        As it stands in the header, or our name for it.
    value : str
        Empty to clear the cell.

    Raises
    ------
    InputError
        No such cell, or a text too long for one.
    """
    known = names(session)
    where = column if column in session.rows.header else known.get(column, "")
    if line not in {number for number, _ in session.rows.rows} or not where:
        raise InputError(
            Problem(
                session.rows.file, "a cell of the table", "Choose a line and a column that are there.", line, column
            )
        )
    _refuse_long(session, {column: value}, line)
    rows = tuple(
        (number, _with(cells, where, value) if number == line else cells) for number, cells in session.rows.rows
    )
    return _changed(session, rows, session.rows.header, (line, where))


def add_row(session: Session, cells: Mapping[str, str], outcome: Outcome | None = None) -> Session:
    """Add a row at the end.

    Parameters
    ----------
    session : Session
    cells : Mapping
        Filled cells under our names or the file's; what a row of the evidence base must have beside them is filled in:
        the outcome in hand, ``use`` primary, ``cohort`` the study, ``id`` study and outcome.
    outcome : Outcome, optional
        Whose first contrast, and first measure where only these are pooled, the row has unless it says another.

    Raises
    ------
    InputError
        A column that there is none of, a text too long for a cell, or no cell at all.
    """
    filled = {name: value.strip() for name, value in cells.items() if value.strip() not in BLANK}
    known = {**vocabulary(effects_table.kinds())}
    refuse_unknown("a new row", filled, [*session.rows.header, *known], "a column")
    if not filled:
        raise InputError(Problem("a new row", "a row has cells", "Fill at least the study and what it reports."))
    _refuse_long(session, filled, None)
    study = filled.get("study", "")
    header_names = names(session)
    defaults = {"outcome": session.outcome}
    if is_declared(session):
        defaults |= {"cohort": study, "use": "primary", "id": f"{study}.{session.outcome}"}
        if outcome is not None:
            defaults["contrast"] = next(iter(outcome.contrasts), "")
            defaults["instrument"] = outcome.instruments[0] if outcome.only_instruments else ""
            defaults["unit"] = outcome.unit
    for name, value in defaults.items():
        if value and (is_declared(session) or name in header_names):
            filled.setdefault(name, value)
    row = {name if name in session.rows.header else header_names.get(name, name): v for name, v in filled.items()}
    header = (*session.rows.header, *(name for name in row if name not in session.rows.header))
    line = max((number for number, _ in session.rows.rows), default=1) + 1
    after = _changed(session, (*session.rows.rows, (line, row)), header)
    return replace(after, added=(*session.added, line))


def remove_row(session: Session, line: int) -> Session:
    """Take a row out.

    Parameters
    ----------
    session : Session
    line : int
        Of the file, as messages count.
    """
    rows = tuple(row for row in session.rows.rows if row[0] != line)
    if len(rows) == len(session.rows.rows):
        raise InputError(Problem(session.rows.file, "a line of the table", "Choose a line that is there.", line))
    after = _changed(session, rows, session.rows.header)
    return replace(after, added=tuple(one for one in session.added if one != line))


def names(session: Session) -> dict[str, str]:
    """Return the header's name of each of our columns that the rows have."""
    if is_declared(session):
        return {name: name for name in session.rows.header}
    renamed, problems = rename(session.rows, [*vocabulary(effects_table.kinds()), *INPUTS])
    if problems or len(renamed.header) != len(session.rows.header):
        return {name: name for name in session.rows.header}
    return dict(zip(renamed.header, session.rows.header, strict=True))


def _with(cells: Mapping[str, str], column: str, value: str) -> dict[str, str]:
    kept = {name: cell for name, cell in cells.items() if name != column}
    return kept if value.strip() in BLANK else {**kept, column: value.strip()}


def _refuse_long(session: Session, cells: Mapping[str, str], line: int | None) -> None:
    rule, fix = f"a cell has at most {LONGEST} characters", "Shorten it."
    long = [
        Problem(session.rows.file, rule, fix, line, name, value)
        for name, value in cells.items()
        if len(value) > LONGEST
    ]
    if long:
        raise InputError(long)


def _changed(
    session: Session,
    rows: tuple[tuple[int, dict[str, str]], ...],
    header: tuple[str, ...],
    cell: tuple[int, str] | None = None,
) -> Session:
    """Return a session with other rows, and a hash that says so; what was known of a written cell is forgotten."""
    table = replace(
        session.rows,
        header=header,
        rows=rows,
        stored=session.rows.stored - ({cell} if cell else set()),
        problems=tuple(one for one in session.rows.problems if (one.row, one.column) != cell),
    )
    content = json.dumps([header, rows], sort_keys=True).encode()
    return replace(session, rows=table, digest=sha256(content).hexdigest())


# --- answering ----------------------------------------------------------------------------------------------
