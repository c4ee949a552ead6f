"""What is asked of the evidence in hand, under priors that move."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace

from irlbayes import reporting, workflow
from irlbayes.answering import ask, result
from irlbayes.core import priors
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.pages import Page
from irlbayes.core.types import Column, EffectTable, Outcome, ReportTable, Threshold
from irlbayes.data.reports import BOOKKEEPING
from irlbayes.effects import table as effects_table
from irlbayes.models import library
from irlbayes.models.declare import declarations
from irlbayes.working.hand import Answer, Session

LEVEL = 0.95
REACH = 3.0  # of the declared prior's scale, that a mean can be moved either way
FACTORS = (1.0 / 16.0, 8.0)  # of the declared prior's scale, that a scale can be moved to


def settled(session: Session, table: ReportTable) -> Session:
    """Return a session with an outcome of its table: its own where it is there, else the first that can be pooled."""
    if session.outcome in table.outcomes:
        return session
    first = next((name for name in table.outcomes if workflow.effect_table(table, name).studies), "")
    return replace(session, outcome=first or next(iter(table.outcomes), ""))


def model_of(session: Session, table: ReportTable) -> ModelSpec:
    """Return the model in hand.

    Raises
    ------
    InputError
        As of `workflow.load_model`.
    """
    chosen = (session.model or None, session.prior_mu or None, session.prior_tau or None)
    return workflow.load_model(table.outcomes[session.outcome], *chosen)


def answer(session: Session, table: ReportTable, effects: EffectTable | None = None) -> Answer:
    """Answer the outcome in hand.

    Parameters
    ----------
    session : Session
    table : ReportTable
        Of `table_of`.
    effects : EffectTable, optional
        Of `workflow.effect_table` for the outcome; made where it is not given. Only the rows change it, no prior does.

    Returns
    -------
    Answer
        The same numbers as `workflow.analyze` finds for the model.

    Raises
    ------
    InputError, FitError
        As of `workflow.fit`, with the exact engine alone: nothing here takes longer than a hand on a slider.

    Examples
    --------
    >>> from irlbayes.working.hand import open_bundled, table_of
    >>> session = open_bundled()
    >>> table = table_of(session)
    >>> found = answer(settled(session, table), table)
    >>> found.result.posterior.engine, found.forest.question
    ('exact', 'forest')
    """
    pooled = workflow.effect_table(table, session.outcome) if effects is None else effects
    if not pooled.studies:
        why = effects_table.why_empty(pooled, "primary")
        raise InputError(Problem(session.outcome, why, "Choose another outcome, or add a study."))
    posterior = workflow.fit(pooled, model_of(session, table), engine="exact")
    extra = tuple(Threshold(value, "given", "given with this analysis") for value in session.thresholds)
    thresholds = (*table.outcomes[session.outcome].thresholds, *extra)
    found = result(posterior, LEVEL, thresholds, without=("shrinkage",))  # the forest holds the same, and its curves
    return Answer(found, ask(posterior, "forest", LEVEL))


def models_for(table: ReportTable, outcome: str) -> list[str]:
    """Return the declared models of an outcome's scale and unit."""
    one = table.outcomes[outcome]
    return [
        name
        for name, declared in declarations().items()
        if one.scale in declared.scales and declared.unit in ("", one.unit)
    ]


def kinds() -> list[str]:
    """Return the names of the report kinds."""
    return list(effects_table.kinds())


def cells_of(kind: str, outcome: Outcome) -> list[tuple[Column, bool]]:
    """Return the cells of a row of a report kind, and whether each must be filled.

    Parameters
    ----------
    kind : str
    outcome : Outcome
        Where a printed number needs its scale, that of the outcome is usual.

    Raises
    ------
    InputError
        No such kind.

    Examples
    --------
    >>> outcome = Outcome("relapse", "Relapse", "log_or", 0.0, "+")
    >>> [column.name for column, needed in cells_of("counts", outcome) if needed]
    ['study', 'ai', 'n1i', 'ci', 'n2i']
    """
    known = effects_table.kinds()
    refuse_unknown("report", [kind], known, "a report kind")
    columns = {column.name: (column, True) for column in known[kind].COLUMNS}
    columns |= {column.name: (column, False) for column in known[kind].OPTIONAL if column.name not in columns}
    study = next(column for column in BOOKKEEPING if column.name == "study")
    return [(study, True), *(pair for name, pair in columns.items() if name != "study")]


def library_for(table: ReportTable, outcome: str) -> dict[str, list[str]]:
    """Return the priors of the library for an outcome, by role, as they are written."""
    scale = table.outcomes[outcome].scale
    return {role: [one for one in library.fitting(role, scale) if "(delta)" not in one] for role in ("mu", "tau")}


def reach(session: Session, table: ReportTable, effects: EffectTable) -> dict[str, tuple[float, float]]:
    """Return how far the numbers of the priors can be moved.

    Parameters
    ----------
    session : Session
    table : ReportTable
    effects : EffectTable
        Where no model is declared for the scale, the widest report is the measure.

    Returns
    -------
    dict
        ``mean``, ``sd`` and ``tau``: lowest and highest, on the scale of pooling.
    """
    try:
        declared = model_of(replace(session, prior_mu="", prior_tau=""), table)
        middle = declared.mu.parameters[0] if declared.mu.family == "normal" else 0.0
        wide, narrow = priors.scale(declared.mu), priors.scale(declared.tau)
    except InputError:
        sizes = [abs(one.yi) + 2.0 * one.sei for one in effects.studies if one.yi is not None and one.sei is not None]
        middle, wide = 0.0, max(sizes, default=1.0)
        narrow = wide / 2.0
    low, high = FACTORS
    return {
        "mean": (middle - REACH * wide, middle + REACH * wide),
        "sd": (low * wide, high * wide),
        "tau": (low * narrow, high * narrow),
    }


def report(
    session: Session,
    table: ReportTable,
    checks: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
    pulse: Callable[[], None] | None = None,
) -> Page:
    """Return the report of the outcome in hand.

    Parameters
    ----------
    session : Session
    table : ReportTable
        Of `table_of`.
    checks : bool
        Whether with every check, and under models of selective reporting; minutes, not seconds.
    progress : callable, optional
        Called with what is done, its number and the number of steps; what it raises ends the work.
    pulse : callable, optional
        Called between parts of the steps; what it raises ends the work.

    Raises
    ------
    InputError
        As of `reporting.report`.
    """
    return reporting.report(
        table,
        outcomes=[session.outcome],
        checks=checks,
        bias=checks,
        progress=progress,
        pulse=pulse,
        command=command(session),
        model=session.model or None,
        prior_mu=session.prior_mu or None,
        prior_tau=session.prior_tau or None,
        thresholds=session.thresholds,
    )


def command(session: Session) -> str:
    """Return the command line that answers the same, from the rows as they are saved.

    Examples
    --------
    >>> from irlbayes.working.hand import open_bundled
    >>> command(replace(open_bundled(), outcome="relapse", prior_tau="half_normal(1)"))
    "irlbayes analyze irl --outcome relapse --prior-tau 'half_normal(1)'"
    """
    words = ["irlbayes", "analyze", session.name, "--outcome", session.outcome]
    for option in ("scale", "model", "prior_mu", "prior_tau"):
        if getattr(session, option):
            words += [f"--{option.replace('_', '-')}", getattr(session, option)]
    for value in session.thresholds:
        words += ["--threshold", f"{value!r}"]
    return shlex.join(words)


# --- a file -------------------------------------------------------------------------------------------------
