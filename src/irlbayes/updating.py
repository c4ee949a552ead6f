"""One outcome as its rows arrive: a surface that each new study multiplies, or a fit from the start where none holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from irlbayes import workflow
from irlbayes.core.answers import Settings
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import FitError, InputError
from irlbayes.core.types import EffectTable, Outcome, Report, Study
from irlbayes.effects import table as effects_table
from irlbayes.effects.moderators import design as design_of
from irlbayes.knowing import Known, known_from_posterior, known_from_surface, prior_known, surprise_of
from irlbayes.posterior import surface as surfaces
from irlbayes.posterior.surface import Surface

FINER = 0.1  # of the finest report, for a surface that must resolve it
Studies = Mapping[str, Mapping[str, str]]
Rows = Callable[[], Sequence[Report]]


@dataclass(frozen=True, eq=False)
class Track:
    """One outcome so far.

    Parameters
    ----------
    outcome : Outcome
    model : ModelSpec
    settings : Settings
    speaks : Mapping
        Id of the row that speaks for each cohort; of every row, by itself, under a model of rows within cohorts.
    surface : Surface or None
        None where the model, or a report, has none.
    fitted : Known or None
        What a fit from the start found, where there is no surface.
    """

    outcome: Outcome
    model: ModelSpec
    settings: Settings
    speaks: Mapping[str, str]
    surface: Surface | None
    fitted: Known | None = None

    @cached_property
    def known(self) -> Known:
        """What is known of the unknowns."""
        if not self.speaks:
            return prior_known(self.model)
        if self.surface is None:
            assert self.fitted is not None
            return self.fitted
        return known_from_surface(self.surface)

    @property
    def clustered(self) -> bool:
        """Whether every row of a cohort enters."""
        return self.model.within is not None


@dataclass(frozen=True)
class Arrived:
    """What became of rows that arrived: how surprising each was that entered, and why others stayed out, by id."""

    surprise: Mapping[str, Mapping[str, float | None]]
    left_out: Mapping[str, str]


def begin(outcome: Outcome, model: ModelSpec, settings: Settings) -> Track:
    """Return an outcome before any row.

    Parameters
    ----------
    outcome : Outcome
    model : ModelSpec
    settings : Settings
    """
    updates = settings.engine != "nuts" and not surfaces.applies(model)
    return Track(outcome, model, settings, {}, surfaces.start(model.mu, model.tau, model.random_effects) if updates else None)


def arrive(
    track: Track, new: Sequence[Report], rows: Rows, studies: Studies, replaced: Collection[str] = ()
) -> tuple[Track, Arrived]:
    """Return an outcome after rows arrived, and how surprising they were given all others.

    Parameters
    ----------
    track : Track
    new : sequence of Report
        Of this outcome, in order.
    rows : callable
        Every row of the outcome, the new ones included, in order; called only where one of them may change its role.
    studies : Mapping
        Cells about studies, by study.
    replaced : collection of str
        Ids among the new ones that were there before, with other cells.

    Returns
    -------
    Track, Arrived

    Raises
    ------
    InputError
        A row whose likelihood cannot be computed.

    Notes
    -----
    A new study multiplies the surface of mu and tau by one factor. Where rows are replaced or displaced, or the model
    has no surface, all rows are pooled again.
    """
    if track.surface is not None and not replaced:
        found = _one_by_one(track, new)
        if found is not None:
            return found
    return _again(track, new, list(rows()), studies)


def _one_by_one(track: Track, new: Sequence[Report]) -> tuple[Track, Arrived] | None:
    """Add rows that change no other row's role; None where one does, or is too fine for the surface."""
    settings, speaks, left_out = track.settings, {**track.speaks}, {}
    entering = []
    for report in new:
        reason = effects_table.reason_to_leave_out(report, track.outcome, settings.use, settings.drop_reports)
        if not reason and report.cohort in speaks:
            if report.use == "primary":  # it may speak before a row for sensitivity analyses
                return None
            reason = effects_table.spoken_for(report.cohort, speaks[report.cohort])
        if reason:
            left_out[report.id] = reason
        else:
            speaks[report.cohort] = report.id
            entering.append(study_of(report, track))
    return _multiplied(track, entering, speaks, left_out)


def study_of(report: Report, track: Track) -> Study:
    """Return what a row is to the model of an outcome."""
    return effects_table.study_of(report, track.outcome, report.id, track.settings.likelihood)


def _multiplied(
    track: Track, entering: Sequence[Study], speaks: Mapping[str, str], left_out: Mapping[str, str]
) -> tuple[Track, Arrived] | None:
    """Multiply a surface by the factors of studies, one after another; None where it does not resolve one."""
    surprise = {}
    for study in entering:
        assert track.surface is not None
        if not track.surface.resolves(study.curve):
            return None
        after = replace(
            track,
            surface=track.surface.add(study.curve),
            speaks={**track.speaks, study.report.cohort: study.report.id},
        )
        surprise[study.report.id] = surprise_of(study, track.known, after.known, track.settings.seed)
        track = after
    return replace(track, speaks=speaks), Arrived(surprise, left_out)
