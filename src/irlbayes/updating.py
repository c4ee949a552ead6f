"""One outcome as its rows arrive: a surface that each new study multiplies, or else a fit from the start."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from irlbayes import workflow
from irlbayes.core.answers import Settings
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import FitError, InputError
from irlbayes.core.types import EffectTable, Outcome, Report, Study
from irlbayes.effects import table as effects_table
from irlbayes.effects.moderators import design as design_of
from irlbayes.knowing import Known, before_data, nothing, of_posterior, of_surface, surprise
from irlbayes.posterior import surface as surfaces
from irlbayes.posterior.surface import Surface

FINER = 0.1  # of the finest report, for a surface that must resolve it
Studies = Mapping[str, Mapping[str, str]]
Rows = Callable[[], Sequence[Report]]
Surprise = Mapping[str, float | None]


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
            return before_data(self.model)
        if self.fitted is not None:
            return self.fitted
        assert self.surface is not None
        try:
            return of_surface(self.surface, self.settings.level)
        except ArithmeticError as error:
            return nothing(f"the posterior could not be resolved: {error}")

    @property
    def clustered(self) -> bool:
        """Whether every row of a cohort enters."""
        return self.model.within is not None


@dataclass(frozen=True)
class Arrived:
    """What became of rows that arrived: how surprising each was that entered, and why others stayed out, by id."""

    surprise: Mapping[str, Surprise]
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
    return Track(
        outcome, model, settings, {}, surfaces.start(model.mu, model.tau, model.random_effects) if updates else None
    )


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
    if track.surface is not None and not replaced and track.known.passed:
        found = _one_by_one(track, new)
        if found is not None and found[0].known.passed:
            return found
    return _again(track, new, list(rows()), studies)


def pooled_again(
    outcome: Outcome, model: ModelSpec, settings: Settings, rows: Sequence[Report], studies: Studies
) -> Track:
    """Return an outcome with all its rows, pooled from the start.

    Parameters
    ----------
    outcome, model, settings
        As for `begin`.
    rows : sequence of Report
        Every row of the outcome, in order.
    studies : Mapping
        Cells about studies, by study.
    """
    return _again(begin(outcome, model, settings), (), rows, studies)[0]


def _one_by_one(track: Track, new: Sequence[Report]) -> tuple[Track, Arrived] | None:
    """Add rows that change no other row's role; None where one does, or is finer than the surface resolves."""
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
            entering.append(_study(report, track))
    after, surprises = _multiplied(track, entering)
    return None if after is None else (after, Arrived(surprises, left_out))


def _study(report: Report, track: Track) -> Study:
    return effects_table.study_of(report, track.outcome, report.id, track.settings.likelihood)


def _multiplied(track: Track, entering: Sequence[Study]) -> tuple[Track | None, dict[str, Surprise]]:
    """Multiply a surface by the factors of studies, one after another; None where it does not resolve one."""
    surprises: dict[str, Surprise] = {}
    for study in entering:
        assert track.surface is not None
        if not track.surface.resolves(study.curve):
            return None, {}
        report = study.report
        after = replace(
            track, surface=track.surface.add(study.curve), speaks={**track.speaks, report.cohort: report.id}
        )
        surprises[report.id] = surprise(study, track.known, after.known, track.settings.seed)
        track = after
    return track, surprises


def _again(track: Track, new: Sequence[Report], rows: Sequence[Report], studies: Studies) -> tuple[Track, Arrived]:
    """Pool all rows from the start: those that speak but are not new first, then the new ones, one after another."""
    settings, model = track.settings, track.model
    names = {report.id for report in new}
    entered, left = effects_table.chosen(rows, track.outcome, settings.use, settings.drop_reports, track.clustered)
    left_out = {name: reason for name, reason in left if name in names}
    old, arriving = ([report for report in entered if (report.id in names) == is_new] for is_new in (False, True))
    start = begin(track.outcome, model, settings)
    if start.surface is not None:
        found = _resurfaced(start, [_study(one, track) for one in old], [_study(one, track) for one in arriving])
        if found is not None and (found[0].known.passed or settings.engine == "exact"):
            return found[0], Arrived(found[1], left_out)
    surprises: dict[str, Surprise] = {}
    here = track if _speaks_for(track, old) else _fitted(track, old, studies)
    for count, report in enumerate(arriving, start=1):
        after = _fitted(track, [*old, *arriving[:count]], studies)
        surprises[report.id] = _surprise_again(_study(report, track), here, after)
        here = after
    return here, Arrived(surprises, left_out)


def _resurfaced(
    start: Track, old: Sequence[Study], arriving: Sequence[Study]
) -> tuple[Track, dict[str, Surprise]] | None:
    """Build a surface anew, fine enough for every study; None where none is."""
    assert start.surface is not None
    surface, curves = start.surface, [study.curve for study in (*old, *arriving)]
    if not all(surface.resolves(curve) for curve in curves):
        finest = min(curve.detail for curve in curves if not curve.is_flat)
        surface = surfaces.start(surface.mu, surface.tau, surface.random_effects, FINER * finest)
        if not all(surface.resolves(curve) for curve in curves):
            return None
    speaks = {study.report.cohort: study.report.id for study in old}
    before = replace(start, speaks=speaks, surface=surface.add_all(study.curve for study in old))
    after, surprises = _multiplied(before, arriving)
    return None if after is None else (after, surprises)


def _fitted(track: Track, entered: Sequence[Report], studies: Studies) -> Track:
    """Fit rows from the start, as an analysis of them does."""
    speaks = _speaking(track, entered)
    if not entered:
        return replace(track, speaks={}, surface=None, fitted=None)
    found = tuple(_study(report, track) for report in entered)
    try:
        design = design_of(track.model.moderators, found, studies) if track.model.moderators else None
        effects = EffectTable(track.outcome, found, design=design)
        posterior = workflow.fit(effects, track.model, track.settings.engine, track.settings.seed)
    except (FitError, InputError) as error:
        known = nothing(str(error))
    else:
        known = of_posterior(posterior)
    return replace(track, speaks=speaks, surface=None, fitted=known)


def _speaking(track: Track, entered: Sequence[Report]) -> dict[str, str]:
    return {report.id if track.clustered else report.cohort: report.id for report in entered}


def _speaks_for(track: Track, old: Sequence[Report]) -> bool:
    """Whether a fit from the start is at hand and is of these rows, in this order: a row replaced is not among the old.

    With moderators it is not taken: cells about studies may have come with the new rows.
    """
    same = list(track.speaks.items()) == list(_speaking(track, old).items())
    return track.fitted is not None and not track.model.moderators and same


def _surprise_again(study: Study, before: Track, after: Track) -> Surprise:
    """Return how surprising a study was; its tail only where a new study's effect is what the model predicts for it."""
    found = surprise(study, before.known, after.known, before.settings.seed)
    if before.model.moderators or before.clustered:
        return {"tail": None, "log_score": found["log_score"] if before.known.mu is not None else None}
    return found
