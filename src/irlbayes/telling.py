"""What a ledger tells of its entries: what each changed, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from irlbayes.core.assumptions import ModelSpec, RandomEffects
from irlbayes.core.recorded import Change, Difference, Recorded, Said
from irlbayes.core.types import Outcome
from irlbayes.data import kept
from irlbayes.standing import Standing, Told


def in_words(model: ModelSpec) -> str:
    """Say a model's assumptions in a line."""
    words = f"{model.name}: mu ~ {model.mu}, tau ~ {model.tau}"
    words += "" if model.within is None else f", omega ~ {model.within}"
    words += "" if model.random_effects == RandomEffects() else f", random effects {model.random_effects}"
    return words + (f", moderators {model.moderators}" if model.moderators else "")


def told(entry: Told, before: Mapping[str, Said], standing: Standing) -> Recorded:
    """Return what one entry says.

    Parameters
    ----------
    entry : Told
    before : Mapping
        What was said before it, by outcome.
    standing : Standing
        Of this entry or a later one.
    """
    body = entry.body
    outcome_of = {str(row["cells"]["id"]): str(row["cells"]["outcome"]) for row in body["rows"]}
    changes = []
    for name in (one for one in standing.outcomes if one in body["said"]):
        after = body["said"][name]
        here = {identity for identity, of in outcome_of.items() if of == name}
        surprise = {identity: found for identity, found in body["surprise"].items() if identity in here}
        prior = standing.priors.get(name)
        model = standing.models.get(name)
        words = "" if model is None else in_words(model)
        changes.append(Change(standing.outcomes[name], words, prior, before.get(name, prior), after, surprise))
    return Recorded(
        number=entry.number,
        at=entry.at,
        sha256=entry.sha256,
        kind=entry.kind,
        study=", ".join(dict.fromkeys(str(row["cells"]["study"]) for row in body["rows"])),
        rows=tuple(body["rows"]),
        changes=tuple(changes),
        left_out=body["left_out"],
        supersedes=body.get("supersedes"),
        reason=body.get("reason", ""),
        source=body.get("source", {}),
        reading=tuple(body.get("reading", ())),
        irlbayes=body["irlbayes"],
        data_sha256=body["data_sha256"],
    )


def log(entries: Iterable[Told], standing: Standing) -> tuple[Recorded, ...]:
    """Return what every entry says, in order.

    Parameters
    ----------
    entries : iterable of Told
        All of them.
    standing : Standing
        Of the last.
    """
    said: dict[str, Said] = {}
    found = []
    for entry in entries:
        found.append(told(entry, said, standing))
        said.update(entry.body["said"])
    return tuple(found)


def about(entries: Iterable[Recorded], outcome: str) -> tuple[Recorded, ...]:
    """Return what entries say of one outcome: those without a row of it are left out."""
    found = []
    for one in entries:
        rows = tuple(row for row in one.rows if row["cells"]["outcome"] == outcome)
        changes = tuple(change for change in one.changes if change.outcome.name == outcome)
        if rows or changes:
            names = {row["cells"]["id"] for row in rows}
            left_out = {name: reason for name, reason in one.left_out.items() if name in names}
            found.append(replace(one, rows=rows, changes=changes, left_out=left_out))
    return tuple(found)


def difference(first: Standing, second: Standing, words: tuple[str, str]) -> Difference:
    """Return what changed between two states of the evidence.

    Parameters
    ----------
    first, second : Standing
    words : tuple of str
        The two in words.
    """
    ours = {name: kept.digest(row) for name, row in first.rows.items()}
    theirs = {name: kept.digest(row) for name, row in second.rows.items()}
    changes = []
    for name in dict.fromkeys([*second.outcomes, *first.outcomes]):
        outcome = (second.outcomes if name in second.outcomes else first.outcomes)[name]
        prior = second.priors.get(name, first.priors.get(name))
        before, after = (one.said.get(name, prior) for one in (first, second))
        if before != after and after is not None:
            model = second.models.get(name, first.models.get(name))
            changes.append(Change(outcome, "" if model is None else in_words(model), prior, before, after, {}))
    return Difference(
        *words,
        added=tuple(name for name in theirs if name not in ours),
        corrected=tuple(name for name in theirs if name in ours and theirs[name] != ours[name]),
        gone=tuple(name for name in ours if name not in theirs),
        changes=tuple(changes),
    )


def trajectory(entries: Iterable[Told], outcome: Outcome, prior: Said | None) -> tuple[dict[str, Any], ...]:
    """Return what the evidence said of an outcome along the way.

    Parameters
    ----------
    entries : iterable of Told
        All of them.
    outcome : Outcome
    prior : Mapping or None
        What was said before any data.

    Returns
    -------
    tuple of dict
        One per entry that touched the outcome: ``entry``, ``at``, ``kind``, ``study``, ``surprise`` (by id of a row),
        ``prior`` and what was said then (`core.recorded.Said`).
    """
    found = []
    for entry in entries:
        body = entry.body
        if outcome.name in body["said"]:
            rows = [row["cells"] for row in body["rows"] if row["cells"]["outcome"] == outcome.name]
            found.append(
                {
                    "entry": entry.number,
                    "at": entry.at,
                    "kind": entry.kind,
                    "study": ", ".join(dict.fromkeys(str(cells["study"]) for cells in rows)),
                    "surprise": {cells["id"]: body["surprise"].get(cells["id"]) for cells in rows},
                    "prior": prior,
                    **body["said"][outcome.name],
                }
            )
    return tuple(found)
