"""The evidence as a ledger has it at some entry: rows in force, what was declared, and what was said of each outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.errors import InputError
from irlbayes.core.recorded import Said
from irlbayes.core.types import Outcome, Report, ReportTable, Threshold
from irlbayes.data import kept
from irlbayes.data.declared import BESIDE, DECLARATION, Declared, declaration, hold
from irlbayes.data.files import RawTable, parse_table
from irlbayes.data.readings import read_readings
from irlbayes.data.reports import make_reports
from irlbayes.effects import table as effects_table
from irlbayes.ledger import book

OPENING, STUDY, CORRECTION = "opening", "study", "correction"
STUDIES, READINGS = BESIDE


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
    rows : Mapping
        Rows in force, by id, in order.
    places : Mapping
        Entry in which each of them stands, by id.
    studies : Mapping
        Cells about studies, by study.
    models, priors, said : Mapping
        Model of each outcome, what was said before any data and what is said now, by outcome.
    seen : Mapping
        Hash of the last row that a file had under an id, by file and id.
    """

    path: str
    head: str
    count: int
    opening: Mapping[str, Any]
    declared: Declared
    rows: Mapping[str, kept.Row]
    places: Mapping[str, int]
    studies: Mapping[str, Mapping[str, str]]
    models: Mapping[str, ModelSpec]
    priors: Mapping[str, Said]
    said: Mapping[str, Said]
    seen: Mapping[tuple[str, str], str] = field(repr=False)

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

    def reports(self, outcome: str) -> list[Report]:
        """Return the rows of an outcome, in order, as reports that were checked when they were kept."""
        return [
            kept.report(row, self.path, line)
            for line, row in enumerate(self.rows.values(), start=2)
            if row["cells"]["outcome"] == outcome
        ]


def is_ledger(path: Path) -> bool:
    """Whether a file is a ledger."""
    return book.is_ledger(path)


def at(path: str | Path, number: int | None = None) -> Standing:
    """Return the evidence at one entry of a ledger, the last by default.

    Raises
    ------
    InputError
        A file that is no ledger, or no such entry.
    """
    with book.opened(path) as opened:
        entries = opened.entries() if number is None else (opened.entry(n) for n in range(1, number + 1))
        return stand(str(path), entries)


def stand(path: str, entries: Iterable[book.Entry], since: Standing | None = None) -> Standing:
    """Return the evidence after some entries.

    Parameters
    ----------
    path : str
    entries : iterable of Entry
    since : Standing, optional
        What stood before the first of them; without it the first is the opening one.
    """
    entries = iter(entries)
    found = since if since is not None else _opened(path, next(entries))
    outcomes, rows, places = {**found.outcomes}, {**found.rows}, {**found.places}
    studies, models, seen = {**found.studies}, {**found.models}, {**found.seen}
    priors, said = {**found.priors}, {**found.said}
    head, count = found.head, found.count
    for entry in entries:
        body, head, count = entry.body, entry.sha256, entry.number
        outcomes.update({name: _with_more(outcome_of(one), found) for name, one in body.get("outcomes", {}).items()})
        models.update({name: model_of(one) for name, one in body.get("models", {}).items()})
        studies.update(body.get("studies", {}))
        priors.update(body.get("prior", {}))
        said.update(body["said"])
        _take(body, entry.number, rows, places, seen)
    declared = replace(found.declared, outcomes=outcomes)
    return Standing(
        path, head, count, found.opening, declared, rows, places, studies, models, priors, said, seen
    )


def _take(
    body: Mapping[str, Any],
    number: int,
    rows: dict[str, kept.Row],
    places: dict[str, int],
    seen: dict[tuple[str, str], str],
) -> None:
    """Put an entry's rows in force: a corrected one where the old one stood."""
    file = body.get("source", {}).get("file", "")
    for row in body["rows"]:
        name = str(row["cells"]["id"])
        rows[name], places[name] = row, number
        if file:
            seen[file, name] = kept.digest(row)


def _opened(path: str, entry: book.Entry) -> Standing:
    """Return what stands with the opening entry."""
    body = entry.body
    texts = body.get("texts", {})
    declared = (
        declaration(texts, path)
        if DECLARATION in texts
        else Declared(
            body["name"], body["title"], {name: outcome_of(one) for name, one in body.get("outcomes", {}).items()}
        )
    )
    studies: dict[str, Mapping[str, str]] = {}
    if STUDIES in texts:
        studies = {cells["study"]: cells for _, cells in parse_table(texts[STUDIES], STUDIES).rows}
    models = {name: model_of(one) for name, one in body.get("models", {}).items()}
    rows: dict[str, kept.Row] = {}
    places: dict[str, int] = {}
    seen: dict[tuple[str, str], str] = {}
    _take(body, entry.number, rows, places, seen)
    studies.update(body.get("studies", {}))
    prior, said = body.get("prior", {}), body["said"]
    found = Standing(
        path, entry.sha256, entry.number, body, declared, rows, places, studies, models, prior, said, seen
    )
    outcomes = {name: _with_more(one, found) for name, one in declared.outcomes.items()}
    return replace(found, declared=replace(declared, outcomes=outcomes))


def _with_more(outcome: Outcome, standing: Standing) -> Outcome:
    """Return an outcome with the thresholds that the ledger was opened with."""
    extra = tuple(Threshold(float(size), "given", "given with this ledger") for size in standing.settings["thresholds"])
    return replace(outcome, thresholds=(*outcome.thresholds, *extra))


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
    raw = kept.raw(rows, standing.path, (said,))
    texts = standing.opening.get("texts", {})
    studies = _studies(standing) if STUDIES in texts else None
    readings, notes = None, ()
    if READINGS in texts:
        readings, notes = _readings(texts[READINGS], make_reports(raw, kinds, list(standing.outcomes)))
    raw = replace(raw, notes=(*raw.notes, *notes))
    return hold(standing.declared, raw, kinds, standing.path, standing.head, studies, readings)


def _studies(standing: Standing) -> RawTable:
    header = dict.fromkeys(name for cells in standing.studies.values() for name in cells)
    rows = tuple((line, dict(cells)) for line, cells in enumerate(standing.studies.values(), start=2))
    return RawTable(f"{standing.path} {STUDIES}", tuple(dict.fromkeys(("study", "cohort", *header))), rows)


def _readings(text: str, reports: tuple[Report, ...]) -> tuple[RawTable | None, tuple[str, ...]]:
    """Return the readings that the rows in force still allow, and in a sentence which they do not."""
    there = {report.id for report in reports}
    raw = parse_table(text, READINGS)
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


def model_kept(model: ModelSpec) -> dict[str, Any]:
    """Return a model as plain data."""
    return asdict(model)


def model_of(content: Mapping[str, Any]) -> ModelSpec:
    """Return the model that `model_kept` made plain."""
    priors = {role: content[role] and _prior(content[role]) for role in ("mu", "tau", "beta", "within")}
    spread = content["random_effects"]
    return ModelSpec(
        **{**content, **priors, "random_effects": RandomEffects(spread["family"], tuple(spread["parameters"]))}
    )


def _prior(content: Mapping[str, Any]) -> Prior:
    return Prior(content["family"], tuple(content["parameters"]), content["reason"], tuple(content["warnings"]))


def outcome_kept(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome of a plain table as plain data; a folder declares its own."""
    names = ("name", "label", "scale", "null", "harm", "unit", "treatment")
    return {name: getattr(outcome, name) for name in names}


def outcome_of(content: Mapping[str, Any]) -> Outcome:
    """Return the outcome that `outcome_kept` made plain."""
    return Outcome(**content)
