"""Evidence that is named at the command line: a bundled base, a file, a folder, a ledger. No page names a path."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path

from irlbayes import standing
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.scales import SCALES
from irlbayes.data import evidence as evidence_data
from irlbayes.data import kept
from irlbayes.data.declared import READINGS_FILE, STUDIES_FILE
from irlbayes.data.files import read_bytes, read_table
from irlbayes.working.hand import Session, bundled, open_bundled, open_file, plain_name
from irlbayes.working.keeping import reopen


def open_place(evidence: str, scale: str | None = None, sheet: str | None = None) -> Session:
    """Take in hand what `workflow.read_reports` reads, or a saved session.

    Parameters
    ----------
    evidence : str
        A bundled name, or the path of a folder, a file or a ledger.
    scale, sheet : str, optional
        As for `workflow.read_reports`: of a plain table alone.

    Raises
    ------
    InputError
        What is not there, cannot be read, or says its scale itself.

    Examples
    --------
    >>> open_place("irl").base
    'irl'
    """
    refuse_unknown("--scale", [scale] if scale else [], SCALES)
    path = Path(evidence)
    is_name = not path.exists() and evidence in bundled()
    is_ledger = standing.is_ledger(path)
    content = b"" if is_name or path.is_dir() or is_ledger else read_bytes(path)
    is_saved = content.lstrip()[:1] == b"{"
    if is_name or path.is_dir() or is_ledger or is_saved:
        rule = f"{evidence} says the scale of each outcome itself, and has no sheets"
        given = [(name, value) for name, value in (("--scale", scale), ("--sheet", sheet)) if value]
        if given:
            raise InputError([Problem(name, rule, f"Leave {name} out.", value=value) for name, value in given])
    if is_name:
        return open_bundled(evidence)
    if path.is_dir():
        return _folder(path)
    if is_ledger:
        return _ledger(path)
    if is_saved:
        return reopen(content.decode("utf-8", "replace"), plain_name(path.name))
    return open_file(path.name, content, scale or "", sheet)


def _folder(path: Path) -> Session:
    texts = evidence_data.read_texts(path)
    rows = read_table(path / evidence_data.ROWS, evidence_data.ROWS)
    return Session(plain_name(path.resolve().name), "", rows, evidence_data.folder_digest(path), texts=texts)


def _ledger(path: Path) -> Session:
    """Return the rows in force, and what the ledger was opened with; what is changed here is not written to it."""
    now = standing.at(path)
    name = plain_name(path.name)
    rows = replace(kept.raw(list(now.rows.values()), name), notes=standing.table(now).reading)
    texts = {file: text for file, text in now.opening.get("texts", {}).items() if file != READINGS_FILE}
    if not now.is_declared:
        rows = replace(rows, scales={outcome: one.scale for outcome, one in now.outcomes.items()})
        texts = {}
    if STUDIES_FILE in texts:
        texts[STUDIES_FILE] = _csv(now.studies.values())
    return Session(name, "", rows, now.head, texts=texts, thresholds=tuple(now.settings["thresholds"]))


def _csv(rows: Iterable[Mapping[str, str]]) -> str:
    lines = [dict(cells) for cells in rows]
    out = StringIO()
    writer = csv.DictWriter(out, dict.fromkeys(name for cells in lines for name in cells), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()
