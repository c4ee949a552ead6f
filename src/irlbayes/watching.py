"""A folder watched for rows: what is new or changed there is added to a ledger, and what it changed is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from irlbayes import drafting, telling
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.recorded import Difference, Recorded
from irlbayes.core.types import Report
from irlbayes.data import kept
from irlbayes.data.declared import BESIDE, PUBLISHED, STUDIES_FILE
from irlbayes.data.files import read_bytes
from irlbayes.drafting import Group
from irlbayes.living import Ledger, open_ledger
from irlbayes.receiving import Received, receive
from irlbayes.standing import Standing

KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".rm5")
NOT_ROWS = (*BESIDE, PUBLISHED)


@dataclass(frozen=True)
class Watched:
    """What one look at a folder found.

    Parameters
    ----------
    recorded : tuple of Recorded
        The entries that were written.
    difference : Difference
        Between the ledger before and after them.
    problems : Mapping
        What is wrong with a file, by its name; nothing of it was added.
    behind : Mapping
        Ids of rows that a file has as they were before they were corrected otherwise, by its name.
    """

    recorded: tuple[Recorded, ...]
    difference: Difference
    problems: Mapping[str, tuple[Problem, ...]]
    behind: Mapping[str, tuple[str, ...]]

    @property
    def turned(self) -> bool:
        """Whether a decision changed."""
        return self.difference.turned


def look(path: str | Path, folder: str | Path) -> Watched:
    """Look once at every file of rows in a folder, and add what is new or changed.

    Parameters
    ----------
    path : str or Path
        The ledger.
    folder : str or Path
        Its CSV, TSV, XLSX and RevMan files are read, in order of their names; `studies.csv`, where there is one, says
        more about new studies.

    Returns
    -------
    Watched

    Raises
    ------
    InputError
        No such ledger or folder. What is wrong with a file is told in the answer, and the others go on.

    Notes
    -----
    A file whose hash is that of the last look is not read. A row is new where its id is, and changed where it differs
    both from the row in force and from what the file had under that id before: a correction that was made in the ledger
    alone stays, and the file is then said to be behind.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(Problem(str(folder), "a folder that exists", "Name the folder with the files of rows."))
    recorded: list[Recorded] = []
    problems: dict[str, tuple[Problem, ...]] = {}
    behind: dict[str, tuple[str, ...]] = {}
    studies = place / STUDIES_FILE
    with open_ledger(path) as ledger:
        before = ledger.standing
        for file in sorted(one for one in place.iterdir() if one.suffix.lower() in KINDS and one.name not in NOT_ROWS):
            if file.name.startswith((".", "~$")) or not file.is_file():
                continue
            try:
                found, old = _take(ledger, file, studies if studies.is_file() else None)
            except InputError as error:
                problems[file.name] = error.problems
                continue
            recorded += found
            if old:
                behind[file.name] = old
        after = ledger.standing
    words = [f"entry {one.count} ({one.head[:12]})" for one in (before, after)]
    return Watched(tuple(recorded), telling.difference(before, after, (words[0], words[1])), problems, behind)


def _take(ledger: Ledger, file: Path, studies: Path | None) -> tuple[tuple[Recorded, ...], tuple[str, ...]]:
    """Add what is new or changed in one file, all of it or nothing; return the rows in which it is behind too."""
    if ledger.standing.files.get(file.name) == sha256(read_bytes(file)).hexdigest():
        return (), ()
    old: list[str] = []

    def prepare() -> tuple[Received, list[Group]]:
        here = ledger.standing
        received = receive(file, here, replaceable=here.places, studies=studies)
        new: list[Report] = []
        changed: list[Report] = []
        old.clear()
        for report in received.reports:
            state = _state(report, here, file.name)
            if state == "behind":
                old.append(report.id)
            elif state:
                (new if state == "new" else changed).append(report)
        return replace(received, reports=(*changed, *new)), [
            *_corrections(changed, here, file.name),
            *drafting.by_study(new),
        ]

    return ledger.write(prepare), tuple(old)


def _state(report: Report, here: Standing, file: str) -> str:
    """Say whether a row is new, changed, behind the ledger, or (empty) as it is there."""
    if report.id not in here.rows:
        return "new"
    digest = kept.digest(kept.plain(report))
    if digest == here.digests[report.id]:
        return ""
    return "behind" if here.seen.get((file, report.id)) == digest else "changed"


def _corrections(changed: list[Report], here: Standing, file: str) -> list[Group]:
    """Return a correction for each entry of which rows changed."""
    groups: dict[int, list[Report]] = {}
    for report in changed:
        groups.setdefault(here.places[report.id], []).append(report)
    return [Group(tuple(rows), entry, f"changed in {file}") for entry, rows in groups.items()]
