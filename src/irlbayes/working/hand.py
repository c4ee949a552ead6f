"""An evidence base in hand: its rows as text, from a bundled base or a file that was dropped."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from irlbayes import workflow
from irlbayes.core.answers import Evidence, Result
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.scales import SCALES
from irlbayes.core.types import ReportTable
from irlbayes.data import evidence as evidence_data
from irlbayes.data.files import LARGEST, RawTable, read_bytes, read_table
from irlbayes.data.sources import read_source
from irlbayes.effects import table as effects_table


@dataclass(frozen=True)
class Session:
    """What a person has in hand.

    Parameters
    ----------
    name : str
        Of the evidence, to show; never a path.
    base : str
        Bundled evidence base whose declarations hold for the rows; empty for a file.
    rows : RawTable
        The rows as text, as they stand in the file, with what was changed.
    digest : str
        Hash of what was read, and of the rows once they are changed.
    outcome : str
        Empty for the first.
    model, prior_mu, prior_tau, scale : str
        As for `workflow.load_model` and `workflow.read_reports`; empty for the default.
    thresholds : tuple of float
        Sizes of effect beside the declared ones, on the scale of pooling.
    added : tuple of int
        Lines that were not in the file.
    texts : Mapping
        Of an evidence folder or a ledger, what it declares: texts by the name of their file.
    """

    name: str
    base: str
    rows: RawTable
    digest: str
    outcome: str = ""
    model: str = ""
    prior_mu: str = ""
    prior_tau: str = ""
    scale: str = ""
    thresholds: tuple[float, ...] = ()
    added: tuple[int, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


def is_declared(session: Session) -> bool:
    """Whether outcomes are declared beside the rows: in bundled evidence, a folder, and a ledger made from one."""
    return bool(session.base or session.texts)


@dataclass(frozen=True)
class Answer:
    """What is said of one outcome, and what its forest holds."""

    result: Result
    forest: Evidence


# --- opening and changing -----------------------------------------------------------------------------------


def open_bundled(name: str = "irl") -> Session:
    """Take a bundled evidence base in hand.

    Parameters
    ----------
    name : str

    Raises
    ------
    InputError
        There is none of that name.

    Examples
    --------
    >>> session = open_bundled()
    >>> session.base, len(session.rows.rows)
    ('irl', 140)
    """
    folders = evidence_data.bundled()
    refuse_unknown("evidence", [name], folders, "a bundled evidence base")
    path = folders[name]
    rows = read_table(path / evidence_data.ROWS, evidence_data.ROWS)
    return Session(name, name, rows, evidence_data.folder_digest(path))


def bundled() -> list[str]:
    """Return the names of the bundled evidence bases."""
    return list(evidence_data.bundled())


def read_file(path: Path) -> bytes:
    """Read a file whole.

    Raises
    ------
    InputError
        What is not there, a folder, or too large.
    """
    return read_bytes(path)


def open_file(name: str, content: bytes, scale: str = "", sheet: str | None = None) -> Session:
    """Take a file in hand: CSV, XLSX or RevMan 5, by its content.

    Parameters
    ----------
    name : str
        What the file is called, for messages alone: no path is made of it.
    content : bytes
    scale, sheet : str
        As for `workflow.read_reports`.

    Returns
    -------
    Session
        Its rows are not validated yet; `table_of` does.

    Raises
    ------
    InputError
        What cannot be read as a table. The content is kept in a folder of its own while it is read, and no longer.
    """
    shown = plain_name(name)
    if len(content) > LARGEST:
        rule = f"a file of at most {LARGEST // 1_000_000} MB is read"
        fix = "Give the table of study results alone."
        raise InputError(Problem(shown, rule, fix, value=f"{len(content) / 1e6:.0f} MB"))
    with tempfile.TemporaryDirectory(prefix="irlbayes-") as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        try:
            rows, digest = read_source(path, sheet)
        except InputError as error:
            raise InputError([_renamed(problem, str(path), shown) for problem in error.problems]) from None
    rows = replace(
        rows,
        file=rows.file.replace(str(path), shown),
        problems=tuple(_renamed(problem, str(path), shown) for problem in rows.problems),
    )
    return Session(shown, "", rows, digest, scale=scale)


def plain_name(name: str) -> str:
    r"""Return the last part of a file's name without what is not printed, to show.

    Examples
    --------
    >>> plain_name("..\\..\\etc/passwd"), plain_name("a\x00b.csv"), plain_name("/")
    ('passwd', 'ab.csv', 'table')
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in last if letter.isprintable())[:100].strip(". ")
    return shown or "table"


def _renamed(problem: Problem, path: str, shown: str) -> Problem:
    return replace(
        problem,
        file=problem.file.replace(path, shown),
        rule=problem.rule.replace(path, shown),
        fix=problem.fix.replace(path, shown),
    )


def table_of(session: Session) -> ReportTable:
    """Validate the rows in hand.

    Parameters
    ----------
    session : Session

    Returns
    -------
    ReportTable

    Raises
    ------
    InputError
        With every problem found, each with line, column, value, rule and fix.

    Examples
    --------
    >>> len(table_of(open_bundled()).reports)
    140
    """
    kinds = effects_table.kinds()
    if session.base or session.texts:
        lines = [cells for line, cells in session.rows.rows if line in session.added and "study" in cells]
        new = {cells["study"]: cells.get("cohort", cells["study"]) for cells in lines}
        if session.base:
            path = evidence_data.bundled()[session.base]
            return workflow.held(evidence_data.folder_of_rows(path, kinds, session.rows, session.digest, new))
        told = (session.texts, session.name, kinds, session.rows, session.digest, new)
        return workflow.held(evidence_data.rows_declared(*told))
    refuse_unknown("scale", [session.scale] if session.scale else [], SCALES)
    name = session.name.rsplit(".", 1)[0]
    given = (session.name, session.name, session.digest, session.scale or None)
    return workflow.held(evidence_data.table_of_rows(session.rows, kinds, name, *given))
