"""Entries before they are written: what rows do to the evidence, and what is then said of each outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from irlbayes import __version__, standing, workflow
from irlbayes.core.answers import Settings
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.decisions import Decision, decisions
from irlbayes.core.errors import InputError
from irlbayes.core.plain import plain_model, plain_outcome
from irlbayes.core.types import Outcome, Report
from irlbayes.data import kept
from irlbayes.effects.table import chosen
from irlbayes.knowing import before_data, said
from irlbayes.posterior.surface_bytes import from_bytes, to_bytes
from irlbayes.receiving import Received
from irlbayes.standing import CORRECTION, STUDY, Standing
from irlbayes.updating import Arrived, Track, arrive, begin, pooled_again

MODEL_OPTIONS = (
    *("model", "prior_mu", "prior_tau", "random_effects"),
    *("moderators", "prior_beta", "within", "within_correlation"),
)


@dataclass(frozen=True)
class Group:
    """Rows that make one entry.

    Parameters
    ----------
    reports : tuple of Report
    supersedes : int or None
        Entry whose rows they correct.
    reason : str
    """

    reports: tuple[Report, ...]
    supersedes: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Draft:
    """An entry that is not written yet, as `standing.Told` asks for it."""

    number: int
    kind: str
    body: Mapping[str, Any]
    at: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Drafted:
    """Entries that are not written yet, and what stands after them.

    Parameters
    ----------
    drafts : tuple of Draft
    standing : Standing
    tracks : Mapping
        Every outcome that was pooled, by name.
    touched : tuple of str
        Outcomes with a row among the drafts.
    """

    drafts: tuple[Draft, ...]
    standing: Standing
    tracks: Mapping[str, Track] = field(repr=False)
    touched: tuple[str, ...] = ()


def by_study(reports: Sequence[Report]) -> list[Group]:
    """Return a group per study, in the order of the rows."""
    groups: dict[str, list[Report]] = {}
    for report in reports:
        groups.setdefault(report.study, []).append(report)
    return [Group(tuple(rows)) for rows in groups.values()]


def draft(here: Standing, tracks: Mapping[str, Track], groups: Sequence[Group], received: Received) -> Drafted:
    """Draft an entry for each group of rows, and pool every outcome that it touches before and after.

    Parameters
    ----------
    here : Standing
    tracks : Mapping
        Outcomes that are pooled already, by name; others are pooled from the rows in force.
    groups : sequence of Group
    received : Received
        What came with the rows: outcomes, cells about studies, the source.

    Returns
    -------
    Drafted

    Raises
    ------
    InputError
        Rows whose likelihood cannot be computed, or an outcome that no model is for.
    """
    tracks = dict(tracks)
    drafts: list[Draft] = []
    touched: dict[str, None] = {}
    for group in groups:
        names = outcomes_touched(here, group)
        new = [name for name in names if name in received.outcomes and name not in here.outcomes]
        known = received.studies
        optional = {
            "studies": {report.study: dict(known[report.study]) for report in group.reports if report.study in known},
            "outcomes": {name: plain_outcome(received.outcomes[name]) for name in new},
            "source": dict(received.source),
            "supersedes": group.supersedes,
            "reason": group.reason,
            "reading": list(received.reading),
        }
        body: dict[str, Any] = {
            "irlbayes": __version__,
            "rows": [kept.plain(report) for report in group.reports],
            **{name: value for name, value in optional.items() if value},
            "models": {},
            "prior": {},
            "said": {},
            "surprise": {},
            "left_out": {},
        }
        after = standing.stand(here.path, [Draft(here.count + 1, STUDY, body)], here)
        rules = decisions(here.opening["decisions"], after.outcomes)
        for name in names:
            found = _pooled(name, group, here, after, tracks.get(name))
            if found is not None:
                before, tracks[name], arrived = found
                body["surprise"] |= {identity: dict(one) for identity, one in arrived.surprise.items()}
                body["left_out"] |= arrived.left_out
                if arrived.surprise or tracks[name].speaks != before.speaks:
                    _say(body, tracks[name], after, [rule for rule in rules if rule.outcome == name])
            touched[name] = None
        body["data_sha256"] = data_hash(after)
        drafts.append(Draft(here.count + 1, STUDY if group.supersedes is None else CORRECTION, body))
        here = standing.stand(here.path, drafts[-1:], here)
    return Drafted(tuple(drafts), here, tracks, tuple(touched))


def outcomes_touched(here: Standing, group: Group) -> list[str]:
    """Return the outcomes that a group's rows belong to, or did before they were corrected."""
    before = [here.rows[report.id]["cells"]["outcome"] for report in group.reports if report.id in here.rows]
    return list(dict.fromkeys([*(report.outcome for report in group.reports), *before]))


def _pooled(
    name: str, group: Group, here: Standing, after: Standing, track: Track | None
) -> tuple[Track, Track, Arrived] | None:
    """Pool one outcome before and after a group of rows; None where no model is for it and nothing would enter."""
    if track is None:
        model = model_for(name, after)
        if model is None:
            return None
        track = pooled_again(after.outcomes[name], model, settings(here), here.reports(name), here.studies)
    rows = [report for report in group.reports if report.outcome == name]
    replaced = [report.id for report in group.reports if report.id in here.rows]
    return track, *arrive(track, rows, lambda: after.reports(name), after.studies, replaced)


def _say(body: dict[str, Any], track: Track, after: Standing, rules: Sequence[Decision]) -> None:
    """Note in an entry what is said of an outcome now, and at its first row what was said before any data."""
    name, level = track.outcome.name, track.settings.level
    if name not in after.models:
        body["models"][name] = plain_model(track.model)
        body["prior"][name] = prior_said(track.outcome, track.model, level, rules)
    body["said"][name] = said(track.known, track.outcome, len(track.speaks), track.model, level, rules)


def prior_said(outcome: Outcome, model: ModelSpec, level: float, rules: Sequence[Decision]) -> dict[str, Any]:
    """Return what is said of an outcome before any data."""
    return said(before_data(model), outcome, 0, model, level, rules)


def pooled(name: str, here: Standing) -> Track:
    """Return an outcome that has a model, pooled from the rows in force."""
    return pooled_again(here.outcomes[name], here.models[name], settings(here), here.reports(name), here.studies)


def model_for(name: str, here: Standing) -> ModelSpec | None:
    """Return the model of an outcome: the one it was first pooled with, or the one that the ledger's options choose.

    Raises
    ------
    InputError
        Where no model is for it, and rows would enter.
    """
    if name in here.models:
        return here.models[name]
    outcome, options = here.outcomes[name], here.settings
    try:
        return workflow.load_model(outcome, *(options[option] for option in MODEL_OPTIONS))
    except InputError:
        rows = here.reports(name)
        if chosen(rows, outcome, options["use"], options["drop_reports"], here.clustered)[0]:
            raise
        return None


def settings(here: Standing) -> Settings:
    """Return how a ledger pools."""
    given = here.settings
    return Settings(
        given["use"],
        tuple(given["drop_reports"]),
        given["engine"],
        given["level"],
        given["seed"],
        given["likelihood"] or "",
    )


def data_hash(here: Standing) -> str:
    """Return the hash of all rows in force."""
    return sha256("".join(here.digests.values()).encode()).hexdigest()


# --- a surface beside the entries ----------------------------------------------------------------------------


def cache_name(outcome: str) -> str:
    """Return the name under which an outcome's surface is kept."""
    return f"surface {outcome}"


def cached(track: Track, entry: int) -> bytes | None:
    """Return an outcome's surface as bytes, with what it is of; None where it has none.

    Parameters
    ----------
    track : Track
    entry : int
        Last entry that touched the outcome.
    """
    if track.surface is None:
        return None
    head = {"entry": entry, "speaks": dict(track.speaks), "irlbayes": __version__}
    return json.dumps(head).encode() + b"\n" + to_bytes(track.surface)


def resumed(name: str, here: Standing, data: bytes | None) -> Track | None:
    """Return an outcome from its cached surface; None where that is missing, or of other rows or another version."""
    if data is None or name not in here.models:
        return None
    head, _, rest = data.partition(b"\n")
    try:
        found = json.loads(head)
        if (found["entry"], found["irlbayes"]) != (here.touched.get(name), __version__):
            return None
        surface = from_bytes(rest)
    except (ValueError, KeyError, TypeError):
        return None
    track = begin(here.outcomes[name], here.models[name], settings(here))
    if track.surface is None or surface.count != len(found["speaks"]):
        return None
    return replace(track, speaks=found["speaks"], surface=surface)
