"""The multiverse: every defensible way to analyze an outcome, each distinct posterior computed once, in parallel."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, cast

from irlbayes import __version__, computing, resuming, workflow
from irlbayes.answering import refuse_level
from irlbayes.core.answers import SEED, Engine
from irlbayes.core.errors import InputError, Problem, unknown
from irlbayes.core.registry import leaves
from irlbayes.core.specified import Answered, Axis, Multiverse, Option, Plan, Specification, Table, Work
from irlbayes.core.types import EffectTable, ReportTable
from irlbayes.effects import table as effects_table
from irlbayes.models.declare import fingerprint
from irlbayes.posterior.refusals import ENGINES
from irlbayes.summing import evidence_of

DECISION = 0.95
BETWEEN_OPTIONS = re.compile(r",(?![^(]*\))")


def axes() -> dict[str, Axis]:
    """Return every axis by name, in order: the files of `choices/`."""
    found = cast("dict[str, Axis]", leaves("irlbayes.choices"))
    return dict(sorted(found.items(), key=lambda item: item[1].PLACE))


def multiverse(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    only: Mapping[str, Sequence[str]] | None = None,
    model: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    level: float = 0.95,
    decision: float = DECISION,
    engine: Engine = "auto",
    workers: int = 1,
    resume: str | Path | None = None,
    scale: str | None = None,
    sheet: str | None = None,
    seed: int = SEED,
    announce: Callable[[Sequence[Table], int, int], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Multiverse:
    """Answer an outcome in every defensible way: reading x reports x inclusion x model x prior.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `workflow.read_reports`, or a table already read.
    outcomes : sequence of str
        Outcomes to answer; all by default.
    only : Mapping, optional
        Options to keep, by axis. The first that is kept, in the axis's own order, is the primary one.
    model, prior_mu, prior_tau
        Of the primary specification, as for `workflow.load_model`; the other options depart from them.
    level : float
        Probability of the intervals.
    decision : float
        Probability at which a side of the null is called: above 0.5 and below 1.
    engine, seed
        As for `workflow.fit`.
    workers : int
        Processes. With more than one, a script needs the guard ``if __name__ == "__main__"``.
    resume : str or Path, optional
        File that keeps each result as it is found; results that are there already are not computed again.
    scale, sheet
        As for `workflow.read_reports`.
    announce : callable, optional
        Called with the specifications of every outcome, the number of distinct posteriors and of those on file,
        before any of the others is computed.
    progress : callable, optional
        Called with the outcome's name, the number of posteriors that are there, and of all.

    Returns
    -------
    Multiverse

    Raises
    ------
    InputError
        Anything wrong with the input or the options; nothing is answered then.

    References
    ----------
    Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2020). Specification curve analysis. Nature Human Behaviour, 4,
    1208-1214. Steegen, S., Tuerlinckx, F., Gelman, A., & Vanpaemel, W. (2016). Increasing transparency through a
    multiverse analysis. Perspectives on Psychological Science, 11(5), 702-712.

    Examples
    --------
    >>> found = multiverse("irl", outcomes=["relapse"], only={"model": ["normal"], "prior": ["declared", "sceptical"]})
    >>> outcome, evidence = found.outcomes[0]
    >>> outcome.name, len(evidence.numbers["specifications"]), evidence.numbers["axes"]["prior"]["options"]
    ('relapse', 32, ['declared', 'sceptical'])
    """
    _refuse(level, decision, engine, workers)
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    known, length = ({}, 0) if resume is None else resuming.read(Path(resume), table)
    plans, skipped = _plans(table, outcomes, (model, prior_mu, prior_tau))
    offered = {name: {axis: one.options(plan) for axis, one in axes().items()} for name, plan in plans.items()}
    _refuse_unknown(only or {}, offered)
    tables = [_table(plan, _kept(offered[name], only or {}), level, engine, seed) for name, plan in plans.items()]
    works = {key: (one.outcome.name, work) for one in tables for key, work in one.works.items()}
    found = {key: answered for key, answered in known.items() if key in works and not answered.failure}
    there = len(found)
    if announce is not None:
        announce(tables, len(works), there)

    def done(answered: Answered, save: Callable[[Answered], None] | None) -> None:
        found[answered.key] = answered
        if save is not None:
            save(answered)
        if progress is not None:
            progress(works[answered.key][0], len(found), len(works))

    wanted = [work for key, (_, work) in works.items() if key not in found]
    if resume is None:
        computing.run(wanted, workers, lambda answered: done(answered, None))
    else:
        with resuming.appending(Path(resume), table, length) as save:
            computing.run(wanted, workers, lambda answered: done(answered, save))
    return Multiverse(
        table,
        tuple((one.outcome, evidence_of(one, found, level, decision)) for one in tables),
        skipped,
        {"level": level, "decision": decision, "engine": engine, "seed": seed},
        {
            "specifications": sum(len(one.specifications) for one in tables),
            "posteriors": len(works),
            "computed_now": len(works) - there,
        },
    )


def parse_only(texts: Sequence[str]) -> dict[str, list[str]]:
    """Read restrictions such as ``prior=declared,sceptical``; a comma within parentheses belongs to a name.

    Parameters
    ----------
    texts : sequence of str

    Examples
    --------
    >>> parse_only(["model=normal,contaminated(0.1,5)"])
    {'model': ['normal', 'contaminated(0.1, 5)']}
    """
    found: dict[str, list[str]] = {}
    problems = []
    for text in texts:
        name, equals, values = text.partition("=")
        options = [re.sub(r",\s*", ", ", option.strip()) for option in BETWEEN_OPTIONS.split(values)]
        if not equals or not all(options):
            problems.append(
                Problem("--axis", "axis=option, or several with commas", "Write prior=declared,sceptical.", value=text)
            )
        elif name.strip() in found:
            problems.append(Problem("--axis", f"{name.strip()} once", "Name all its options together.", value=text))
        else:
            found[name.strip()] = options
    if problems:
        raise InputError(problems)
    return found


def _refuse(level: float, decision: float, engine: str, workers: int) -> None:
    problems: list[Problem] = []
    try:
        refuse_level(level)
    except InputError as error:
        problems += error.problems
    if not 0.5 < decision < 1.0:
        problems.append(Problem("--decision", "above 0.5 and below 1", "Write 0.95.", value=f"{decision:g}"))
    problems += unknown("--engine", [engine], ENGINES)
    if workers < 1:
        problems.append(Problem("--workers", "at least 1", "Write 1.", value=str(workers)))
    if problems:
        raise InputError(problems)


def _plans(
    table: ReportTable, outcomes: Sequence[str], chosen: tuple[str | None, str | None, str | None]
) -> tuple[dict[str, Plan], dict[str, str]]:
    """Return the primary plan of every outcome that has rows; the others are told with the reason."""
    plans: dict[str, Plan] = {}
    skipped: dict[str, str] = {}
    problems: list[Problem] = []
    for name in list(dict.fromkeys(outcomes)) or list(table.outcomes):
        effects = workflow.effect_table(table, name)
        if not effects.studies:
            skipped[name] = effects_table.why_empty(effects, "primary")
            continue
        try:
            plan = Plan(table, name, workflow.load_model(table.outcomes[name], *chosen))
        except InputError as error:
            problems += [found for found in error.problems if found not in problems]
            continue
        null = effects.outcome.null
        plans[name] = replace(plan, above=null is None or computing.above(effects, plan.model, null))
    if not plans and not problems:
        problems = [
            Problem("--outcome", f"an outcome with rows: {why}", "Choose another.", value=name)
            for name, why in skipped.items()
        ]
    if problems:
        raise InputError(problems)
    return plans, skipped


def _refuse_unknown(only: Mapping[str, Sequence[str]], offered: Mapping[str, Mapping[str, Sequence[Option]]]) -> None:
    """Refuse axes and options that no outcome has."""
    problems = []
    for axis, names in only.items():
        if axis not in axes():
            problems += unknown("--axis", [axis], axes(), "an axis")
            continue
        known = dict.fromkeys(option.name for options in offered.values() for option in options[axis])
        problems += unknown("--axis", names, known, f"an option of {axis}")
    if problems:
        raise InputError(problems)


def _kept(offered: Mapping[str, Sequence[Option]], only: Mapping[str, Sequence[str]]) -> dict[str, Sequence[Option]]:
    """Return the options that are kept; an outcome that has none of those wanted keeps its primary one.

    An axis on request is left out where it is not named.
    """
    return {
        axis: [option for option in options if axis not in only or option.name in only[axis]] or list(options[:1])
        for axis, options in offered.items()
        if axis in only or not getattr(axes()[axis], "ON_REQUEST", False)
    }


def _table(plan: Plan, options: Mapping[str, Sequence[Option]], level: float, engine: Engine, seed: int) -> Table:
    """Lay out every combination of options of one outcome, and every distinct posterior that they need."""
    effects: dict[Any, EffectTable] = {}
    prints: dict[Any, str] = {}
    works: dict[str, Work] = {}
    specifications = []
    for chosen in product(*options.values()):
        one = plan
        for option in chosen:
            one = option.apply(one)
        choices = {axis: option.name for axis, option in zip(options, chosen, strict=True)}
        if one.undefined:
            specifications.append(Specification(choices, "", 0, one.undefined))
            continue
        rows = _rows(one)
        if rows not in effects:
            effects[rows] = workflow.effect_table(
                one.table, one.outcome, one.use, one.drop_reports, one.likelihood or None
            )
        found = effects[rows]
        if not found.studies:
            specifications.append(Specification(choices, "", 0, effects_table.why_empty(found, one.use)))
            continue
        if rows not in prints:
            prints[rows] = curves_print(found)
        key = _key(prints[rows], one, level, engine, seed)
        works.setdefault(key, Work(key, found, one.assumed, one.pool, level, engine, seed))
        specifications.append(Specification(choices, key, len(found.studies)))
    words = {axis: (axes()[axis].WORDS, tuple(kept)) for axis, kept in options.items()}
    return Table(plan.table.outcomes[plan.outcome], words, tuple(specifications), works)


def _rows(plan: Plan) -> tuple[Any, ...]:
    """Return what decides which studies a plan pools."""
    own = tuple((r.id, r.kind, tuple(r.values.items())) for r in plan.table.reports if r.outcome == plan.outcome)
    return own, plan.use, plan.drop_reports, plan.likelihood


def curves_print(effects: EffectTable) -> str:
    """Return the fingerprint of what is pooled: the outcome's scale and every study's curve, bit by bit."""
    digest = sha256(repr((effects.outcome.scale, effects.outcome.null, effects.outcome.unit)).encode())
    for study in effects.studies:
        curve = study.curve
        parts: list[Any] = [curve.center, curve.width, curve.weight, curve.at, curve.blur, curve.step]
        for packet in curve.packets:
            parts += [packet.center, packet.width, packet.coefficient]
        for part in [*parts, curve.floor, curve.detail]:
            digest.update(_bytes(part) + b"\0")
    return digest.hexdigest()


def _bytes(part: Any) -> bytes:
    return part.tobytes() if hasattr(part, "tobytes") else repr(part).encode()


def _key(curves: str, plan: Plan, level: float, engine: str, seed: int) -> str:
    content = (__version__, curves, fingerprint(plan.assumed), plan.bias, level.hex(), engine, seed)
    return sha256(repr(content).encode()).hexdigest()[:24]
