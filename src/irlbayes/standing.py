"""The evidence as a ledger has it at some entry: what is declared, the rows in force, and what was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.plain import model_of, outcome_of
from irlbayes.core.recorded import Said
from irlbayes.core.types import Outcome, Report, ReportTable, Threshold
from irlbayes.data import kept
from irlbayes.data.declared import DECLARATION, READINGS_FILE, STUDIES_FILE, Declared, declaration, hold
from irlbayes.data.files import RawTable, parse_table
from irlbayes.data.readings import read_readings
from irlbayes.data.reports import make_reports
from irlbayes.effects import table as effects_table
from irlbayes.ledger import store
from irlbayes.ledger.schema import APPLICATION

MAGIC, HEADER, PLACE_OF_NAME = b"SQLite format 3\0", 100, slice(68, 72)
SCHEMA = "irlbayes/living/1"  # of the bodies of entries
FIX = "Use the irlbayes that wrote it, or begin one with: irlbayes ledger init."
OWN = ("use", "likelihood", "model", "prior_mu", "prior_tau", "random_effects", "moderators", "within", "drop_reports")
OPENING, STUDY, CORRECTION = "opening", "study", "correction"


@dataclass(frozen=True)
class Standing:
    """The evidence at one entry of a ledger.

    Parameters
    ----------
    path, head : str
        File of the ledger, and hash of the entry.
    count : int
        Entries so far.
    opening : Mapping
        Body of the first entry.
    declared : Declared
        Its outcomes, those of later entries included.
    not_kept : tuple of str
        Outcomes that are declared, and of which the ledger keeps no rows.
    studies : Mapping
        Cells about studies, by study.
    rows, places, digests : Mapping
        Rows in force, the entry in which each stands, and its hash, by id, in order.
    primary : Mapping
        Id of the primary row of each cohort, by cohort and outcome.
    models, priors, said : Mapping
        Model of each outcome, what was said before any data and what is said now, by outcome.
    touched : Mapping
        Last entry with a row of each outcome, by outcome.
    files : Mapping
        Hash of each file that rows were last taken from, by its name.
    seen : Mapping
        Hash of the last row that a file had under an id, by file and id.
    """

    path: str
    head: str
    count: int
    opening: Mapping[str, Any]
    declared: Declared
    not_kept: tuple[str, ...] = ()
    studies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rows: Mapping[str, kept.Row] = field(default_factory=dict, repr=False)
    places: Mapping[str, int] = field(default_factory=dict, repr=False)
    digests: Mapping[str, str] = field(default_factory=dict, repr=False)
    primary: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)
    models: Mapping[str, ModelSpec] = field(default_factory=dict)
    priors: Mapping[str, Said] = field(default_factory=dict)
    said: Mapping[str, Said] = field(default_factory=dict)
    touched: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Outcomes by name."""
        return self.declared.outcomes

    @property
    def is_declared(self) -> bool:
        """Whether an evidence folder declares the outcomes, so that rows make none of their own."""
        return DECLARATION in self.opening.get("texts", {})

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the ledger was opened with."""
        return dict(self.opening["settings"])

    @property
    def clustered(self) -> bool:
        """Whether every row of a cohort enters."""
        return self.settings["within"] is not None

    def reports(self, outcome: str) -> list[Report]:
        """Return the rows of an outcome, in order, as reports that were checked when they were kept."""
        return [
            kept.report(row, self.path, line)
            for line, row in enumerate(self.rows.values(), start=2)
            if row["cells"]["outcome"] == outcome
        ]


class Told(Protocol):
    """An entry of a ledger, or a draft of one."""

    @property
    def number(self) -> int:
        """Its place, from 1."""

    @property
    def kind(self) -> str:
        """``opening``, ``study`` or ``correction``."""

    @property
    def at(self) -> str:
        """When it was written."""

    @property
    def body(self) -> Mapping[str, Any]:
        """What it holds."""

    @property
    def sha256(self) -> str:
        """Its hash."""


def is_ledger(path: Path) -> bool:
    """Whether a file is a ledger: a database of SQLite with our name in its header."""
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
    except OSError:
        return False
    return header.startswith(MAGIC) and header[PLACE_OF_NAME] == APPLICATION.to_bytes(4)


def at(path: str | Path, number: int | None = None) -> Standing:
    """Return the evidence at one entry of a ledger, the last by default.

    Raises
    ------
    InputError
        A file that is no ledger, or no such entry.
    """
    with store.opened(Path(path)) as book:
        if number is not None:
            book.entry(number)
        return stand(str(path), book.entries(stop=None if number is None else number + 1))


def stand(path: str, entries: Iterable[Told], since: Standing | None = None) -> Standing:
    """Return the evidence after some entries.

    Parameters
    ----------
    path : str
    entries : iterable of Entry
    since : Standing, optional
        What stood before the first of them; without it the first is the opening one.
    """
    found = None if since is None else _Fold(since)
    for entry in entries:
        try:
            if found is None:
                found = _Fold(_before_first(path, entry))
            found.take(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            rule = f"an entry with rows and what was said ({type(error).__name__}: {error})"
            raise InputError(Problem(f"{path}, entry {entry.number}", rule, FIX)) from None
    assert found is not None
    return found.standing()


class _Fold:
    """Entries folded into what stands after them."""

    def __init__(self, start: Standing) -> None:
        self.start, self.head, self.count = start, start.head, start.count
        self.outcomes, self.rows, self.places = {**start.outcomes}, {**start.rows}, {**start.places}
        self.studies, self.models = {**start.studies}, {**start.models}
        self.files, self.seen = {**start.files}, {**start.seen}
        self.priors, self.said = {**start.priors}, {**start.said}
        self.primary, self.touched, self.digests = {**start.primary}, {**start.touched}, {**start.digests}

    def take(self, entry: Told) -> None:
        """Put an entry's rows in force, a corrected one where the old one stood, and note what it said."""
        body = entry.body
        self.head, self.count = entry.sha256, entry.number
        wanted = self.start.settings["outcomes"]
        for name, one in body.get("outcomes", {}).items():
            if wanted and name not in wanted:
                continue
            self.outcomes[name] = _with_more(outcome_of(one), self.start.settings["thresholds"])
        self.models.update({name: model_of(one) for name, one in body.get("models", {}).items()})
        self.studies.update(body.get("studies", {}))
        self.priors.update(body.get("prior", {}))
        self.said.update(body["said"])
        source = body.get("source", {})
        file = source.get("file", "")
        if file:
            self.files[file] = source["sha256"]
        for row in body["rows"]:
            self._row(row, entry.number, file)

    def _row(self, row: kept.Row, number: int, file: str) -> None:
        cells = row["cells"]
        name = str(cells["id"])
        if name in self.rows:
            old = self.rows[name]["cells"]
            if self.primary.get((old["cohort"], old["outcome"])) == name:
                del self.primary[old["cohort"], old["outcome"]]
            self.touched[old["outcome"]] = number
        self.rows[name], self.places[name], self.touched[cells["outcome"]] = row, number, number
        if cells["use"] == "primary":
            self.primary.setdefault((cells["cohort"], cells["outcome"]), name)
        self.digests[name] = kept.digest(row)
        if file:
            self.seen[file, name] = self.digests[name]

    def standing(self) -> Standing:
        """Return what stands."""
        return replace(
            self.start,
            head=self.head,
            count=self.count,
            declared=replace(self.start.declared, outcomes=self.outcomes),
            rows=self.rows,
            places=self.places,
            studies=self.studies,
            models=self.models,
            priors=self.priors,
            said=self.said,
            primary=self.primary,
            touched=self.touched,
            digests=self.digests,
            files=self.files,
            seen=self.seen,
        )


def _before_first(path: str, opening: Told) -> Standing:
    """Return what stands before the opening entry: what it declares."""
    body = opening.body
    if opening.kind != OPENING or body.get("schema") != SCHEMA:
        rule = f'a ledger of evidence, whose first entry has the schema "{SCHEMA}"'
        raise InputError(Problem(path, rule, FIX, value=str(body.get("schema", ""))))
    texts = body.get("texts", {})
    declared = declaration(texts, path) if DECLARATION in texts else Declared(body["name"], body["title"], {})
    more, wanted = body["settings"]["thresholds"], body["settings"]["outcomes"]
    outcomes = {name: _with_more(one, more) for name, one in declared.outcomes.items() if not wanted or name in wanted}
    not_kept = tuple(name for name in (*declared.outcomes, *body.get("outcomes", {})) if wanted and name not in wanted)
    studies: dict[str, Mapping[str, str]] = {}
    if STUDIES_FILE in texts:
        studies = {cells["study"]: cells for _, cells in parse_table(texts[STUDIES_FILE], STUDIES_FILE).rows}
    return Standing(path, "", 0, body, replace(declared, outcomes=outcomes), not_kept, studies)


def _with_more(outcome: Outcome, sizes: Iterable[float]) -> Outcome:
    """Return an outcome with the thresholds that the ledger was opened with."""
    extra = tuple(Threshold(float(size), "given", "given with this ledger") for size in sizes)
    return replace(outcome, thresholds=(*outcome.thresholds, *extra))


def read(path: Path, scale: str | None = None, sheet: str | None = None) -> ReportTable:
    """Return the rows in force at the last entry of a ledger as an evidence base; other files' options are refused."""
    problems = []
    if scale is not None:
        rule = "a ledger says the scale of each outcome"
        problems.append(Problem("--scale", rule, "Leave --scale out.", value=scale))
    if sheet is not None:
        rule = "a sheet is named for a spreadsheet alone"
        problems.append(Problem(str(path), rule, "Leave the sheet out.", value=sheet))
    if problems:
        raise InputError(problems)
    return table(at(path))


def table(standing: Standing) -> ReportTable:
    """Return the rows in force as an evidence base, every rule checked again.

    Parameters
    ----------
    standing : Standing

    Raises
    ------
    InputError
        Rows that the rules of this version refuse.
    """
    kinds = effects_table.kinds()
    rows = list(standing.rows.values())
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    said = f"ledger of {standing.declared.name} at entry {standing.count} ({standing.head[:12]}): {count} in force"
    own = [f"{name} {value}" for name in OWN if (value := standing.settings[name]) and value != "primary"]
    told = [f"the ledger itself pools with {', '.join(own)}; this analysis with its own options"] if own else []
    raw = kept.raw(rows, standing.path, (said, *told))
    texts = standing.opening.get("texts", {})
    studies = _studies(standing) if STUDIES_FILE in texts else None
    readings: RawTable | None = None
    notes: tuple[str, ...] = ()
    if READINGS_FILE in texts:
        readings, notes = _readings(texts[READINGS_FILE], make_reports(raw, kinds, list(standing.outcomes)))
    raw = replace(raw, notes=(*raw.notes, *notes))
    return hold(standing.declared, raw, kinds, standing.path, standing.head, studies, readings)


def _studies(standing: Standing) -> RawTable:
    header = dict.fromkeys(name for cells in standing.studies.values() for name in cells)
    rows = tuple((line, dict(cells)) for line, cells in enumerate(standing.studies.values(), start=2))
    return RawTable(f"{standing.path} {STUDIES_FILE}", tuple(dict.fromkeys(("study", "cohort", *header))), rows)


def _readings(text: str, reports: tuple[Report, ...]) -> tuple[RawTable | None, tuple[str, ...]]:
    """Return the readings that the rows in force still allow, and in a sentence which they do not."""
    there = {report.id for report in reports}
    raw = parse_table(text, READINGS_FILE)
    raw = replace(raw, rows=tuple(row for row in raw.rows if row[1].get("id") in there))
    try:
        read_readings(raw, reports, effects_table.kinds())
    except InputError as error:
        broken = {problem.row for problem in error.problems}
        lost = [cells["id"] for line, cells in raw.rows if line in broken]
        raw = replace(raw, rows=tuple(row for row in raw.rows if row[0] not in broken))
        note = f"other readings that no longer fit a corrected row are left out: {', '.join(lost)}"
        return raw if raw.rows else None, (note,)
    return (raw, ()) if raw.rows else (None, ())
