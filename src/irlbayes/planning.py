"""What the next study would show: the probability that it settles a question, and the size that does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil, inf, isfinite
from pathlib import Path
from typing import Any

from irlbayes import workflow
from irlbayes.core.answers import Evidence, Result, Skipped
from irlbayes.core.errors import InputError, Problem, unknown
from irlbayes.core.foretold import apart, context, foretell, size, worth
from irlbayes.core.planned import Asked, Design, Foreseen, Goal, Loss, Planned, Upcoming
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome, ReportTable
from irlbayes.effects import upcoming as designs
from irlbayes.posterior.foresight import by_number, by_size, foresee, needed
from irlbayes.posterior.surface import applies, start
from irlbayes.posterior.surface_reading import Nodes, nodes

LEVEL, TARGET, STUDIES = 0.95, 0.8, 10
MOST_STUDIES = 20
SIZES = tuple(2.0**power for power in range(-3, 6))  # of the study asked about, looked at for the curve
TIMES = (0.5, 1.0, 2.0)  # and for several studies, beside studies without sampling error
FEW = 5  # reports
PREVALENCE = "irl_prevalence"  # the outcome that says how many patients have rims
SIDES = {"above": 1, "below": -1}


def plan(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    n1: float | None = None,
    n2: float | None = None,
    n: float | None = None,
    prevalence: float | None = None,
    person_years: float | None = None,
    events: float | None = None,
    years: float | None = None,
    risk: float | None = None,
    rate: float | None = None,
    sd: float | None = None,
    sei: float | None = None,
    report: str = "",
    level: float = LEVEL,
    target: float = TARGET,
    thresholds: Sequence[float] = (),
    side: str | None = None,
    new_study: bool = False,
    studies: int = STUDIES,
    loss: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    scale: str | None = None,
    sheet: str | None = None,
    **options: Any,
) -> Planned:
    """Say what the next study would show: the probability that it settles a question, and the size that does.

    Parameters
    ----------
    evidence, outcomes, scale, sheet
        As for `workflow.analyze`.
    n1, n2 : float, optional
        Patients in group 1 (with rims) and in group 2.
    n, prevalence : float, optional
        Patients in all, and the share of them in group 1; by default the prevalence that the evidence base itself
        reports, where it does.
    person_years, events : float, optional
        Observation time of both groups, for rates; events of both groups, for hazard ratios.
    years : float, optional
        Follow-up of each patient, in place of ``person_years``.
    risk, rate, sd : float, optional
        Expected share with the event, and events per person-year, in group 2; sd within a group, in the outcome's unit
        (relative to the mean for a ratio of means).
    sei : float, optional
        Standard error of the estimate, in place of a size.
    report : str
        Report kind of the next study, or ``estimate`` for the normal approximation; by default that of the scale.
    level : float
        Probability that is to be reached.
    target : float
        Probability of reaching it, for which a size is looked for.
    thresholds : sequence of float
        Sizes of effect beside no effect and the declared ones, on the outcome's scale.
    side : str, optional
        ``above`` or ``below``; by default the side that is worse for patients, else above.
    new_study : bool
        Whether the true effect of a new setting is asked about, and not the mean of all.
    studies : int
        Largest number of further studies.
    loss : str, optional
        ``linear`` or ``errors:a:b``, for the expected value of the study's information.
    progress : callable, optional
        Called with the outcome's name, its number and the number of outcomes.
    **options
        Other arguments of `workflow.analyze`, but its engine.

    Returns
    -------
    Planned

    Raises
    ------
    InputError
        Anything wrong with the input or the options.

    Examples
    --------
    >>> found = plan("irl", outcomes=["relapse"], n1=100, n2=100, risk=0.3, studies=1)
    >>> goal = found.answers["relapse"].numbers["goals"][0]
    >>> goal["passed"], round(goal["assurance"], 2)
    (True, 0.87)
    """
    asked = Asked(n1, n2, n, prevalence, person_years, events, years, risk, rate, sd, sei, report)
    wanted = _refuse(asked, level, target, side, studies, loss, new_study)
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    asked, assumed = _with_prevalence(asked, table)
    analysis = workflow.analyze(table, outcomes=outcomes, thresholds=thresholds, engine="exact", **options)
    answers: dict[str, Evidence] = {}
    skipped: list[Skipped] = []
    refused: list[Problem] = []
    alone = len(analysis.results) == 1
    for number, result in enumerate(analysis.results, start=1):
        outcome = result.outcome
        if progress is not None:
            progress(outcome.name, number, len(analysis.results))
        try:
            design = designs.design(asked, outcome)
            design = replace(design, assumed=(*(assumed if design.size2 else ()), *design.assumed))
            goals = _goals(result, thresholds, side, level, new_study)
            answers[outcome.name] = _answer(
                _Case(result, table, design, goals, target, studies if alone else 0, wanted)
            )
        except InputError as error:
            refused += error.problems if outcome.name in outcomes else []
            said = "; ".join(f"{problem.rule} ({problem.file})" for problem in error.problems)
            skipped.append(Skipped(outcome.name, said))
        except ArithmeticError as error:
            skipped.append(Skipped(outcome.name, str(error), failed=outcome.name in outcomes))
    if refused:
        raise InputError(refused)
    return Planned(analysis, answers, tuple(skipped))


def _refuse(
    asked: Asked, level: float, target: float, side: str | None, studies: int, loss: str | None, new_study: bool
) -> Loss | None:
    """Refuse every option that makes no sense at once; return the loss."""
    problems = designs.malformed(asked)
    for name, value in (("--level", level), ("--target", target)):
        if not 0.0 < value < 1.0:
            problems.append(Problem(name, "a probability above 0 and below 1", "Write 0.95.", value=f"{value:g}"))
    problems += unknown("side", [] if side is None else [side], SIDES)
    if not 1 <= studies <= MOST_STUDIES:
        problems.append(Problem("--studies", f"1 to {MOST_STUDIES}", "Write 5.", value=str(studies)))
    try:
        wanted = None if loss is None else _loss(loss)
    except ValueError:
        rule = "linear, or errors:a:b with two positive costs"
        fix = "Write errors:19:1 where acting in vain costs 19 times as much as not acting in vain."
        problems.append(Problem("--loss", rule, fix, value=str(loss)))
    if loss is not None and new_study:
        words = "a decision by the mean effect, and a new setting is asked about"
        problems.append(Problem("--loss", words, "Leave one of the two out.", value=loss))
    if problems:
        raise InputError(problems)
    return wanted


def _loss(text: str) -> Loss:
    family, *costs = text.split(":")
    if family == "linear" and not costs:
        return Loss("linear")
    acting, waiting = (float(cost) for cost in costs)
    if family != "errors" or not (0.0 < acting < inf and 0.0 < waiting < inf):
        raise ValueError(text)
    return Loss("errors", acting, waiting)


def _with_prevalence(asked: Asked, table: ReportTable) -> tuple[Asked, tuple[str, ...]]:
    """Fill in the prevalence that the evidence base itself reports, where one is needed and none was said."""
    if not designs.takes_prevalence(asked):
        return asked, ()
    outcome = table.outcomes.get(PREVALENCE)
    effects = workflow.effect_table(table, PREVALENCE) if outcome is not None and outcome.scale == "logit" else None
    if outcome is None or effects is None or not effects.studies:
        words = "the share of patients in group 1, which this evidence base does not report"
        raise InputError(Problem("--prevalence", words, "Write --prevalence 0.4, or --n1 and --n2."))
    found = workflow.fit(effects, workflow.load_model(outcome))
    assert found.after.mu is not None
    assert found.after.theta_new is not None
    show = SCALES[outcome.scale].show
    share = round(show(float(found.after.mu.quantile(0.5))), 2)
    low, high = (show(end) for end in found.after.theta_new.interval(0.95))
    words = (
        f"no prevalence was given: {share:g} of the patients are taken to be in group 1, the mean of the"
        f" {len(effects.studies)} reports of prevalence here; of one clinic it lies between {low:.2f} and {high:.2f}"
        " with probability 0.95 (--prevalence)"
    )
    return replace(asked, prevalence=share), (words,)


def _goals(
    result: Result, thresholds: Sequence[float], side: str | None, level: float, new_study: bool
) -> tuple[Goal, ...]:
    """Return no effect, then every declared and given threshold, on the side that is asked about."""
    outcome = result.outcome
    chosen = SIDES[side or ("below" if outcome.harm == "-" else "above")]
    values = {} if outcome.null is None else {outcome.null: "no effect"}
    for threshold in outcome.thresholds:
        values.setdefault(threshold.value, threshold.kind)
    for value in thresholds:
        values.setdefault(float(value), "given")
    if not values:
        words = f"a size to ask about: {outcome.name} has no value of no effect"
        raise InputError(Problem("--threshold", words, "Write --threshold X, on the scale of pooling."))
    return tuple(Goal(value, chosen, level, words, new_study) for value, words in values.items())


@dataclass(frozen=True)
class _Case:
    """One outcome with everything that is asked of it."""

    result: Result
    table: ReportTable
    design: Design
    goals: tuple[Goal, ...]
    target: float
    studies: int  # 0 for one study alone
    loss: Loss | None

    @property
    def outcome(self) -> Outcome:
        return self.result.outcome


def _answer(case: _Case) -> Evidence:
    """Answer for one outcome: every goal, and what one study or several of other sizes would do."""
    posterior, outcome, design = case.result.posterior, case.outcome, case.design
    reason = applies(posterior.model)
    if reason:
        raise ArithmeticError(f"the next study cannot be foreseen: {reason}")
    assert posterior.after.mu is not None
    if case.loss and case.loss.family == "linear" and posterior.after.mu.mean is None:
        raise ArithmeticError("mu has no mean under this prior, so that a linear loss has no expectation")
    empty = start(posterior.model.mu, posterior.model.tau, posterior.model.random_effects)
    prior, now = nodes(empty), nodes(empty.add_all(study.curve for study in posterior.effects.studies))
    theta = float(posterior.after.mu.quantile(0.5))

    def of_size(total: float) -> Upcoming:
        return designs.upcoming(design.resized(total), outcome, theta)

    report = designs.upcoming(design, outcome, theta)
    found = [foresee(now, prior, goal, report, case.loss) for goal in case.goals]
    if design.sized:
        least, whole = _least(design), design.unit != "person-years"
        found = [
            one if one.passed else replace(one, needed=needed(now, one.goal, case.target, of_size, least, whole))
            for one in found
        ]
    numbers = {
        "design": _design(case, report, any(one.assured is one.normal for one in found)),
        "level": case.goals[0].level,
        "target": case.target,
        "new_study": case.goals[0].new_study,
        "expected": theta,
        "loss": None if case.loss is None else asdict(case.loss),
        "goals": [_goal(case, one) for one in found],
        "sizes": _sizes(case, now, of_size, report),
        "studies": _studies(case, now, of_size, report),
    }
    return _told(case, numbers)


def _least(design: Design) -> float:
    """Return the smallest study of a design, both groups together: two patients, or one event, in each."""
    share = min(design.size1, design.size2) / design.total if design.size2 else 1.0
    least = designs.FEWEST.get(design.unit, design.total / 256.0)
    return least if design.unit == "person-years" else float(ceil(least / share))


def _groups(case: _Case) -> tuple[str, str]:
    """Return what the two groups are, in words; empty where the table does not say."""
    contrasts = case.outcome.contrasts
    first, _, second = case.table.contrasts.get(contrasts[0] if contrasts else "", "").partition(" against ")
    return first if second else "", second


def _design(case: _Case, report: Upcoming, normal: bool) -> dict[str, Any]:
    """Return the design as plain data; ``normal`` where its reports were taken as normal."""
    design = report.design
    assumed = list(design.assumed)
    if design.likelihood == "exact" and normal:
        assumed.append("reports are taken as normal: their likelihood is too narrow for the range of likely effects")
        design = replace(design, likelihood="normal")
    return {
        **{name: value for name, value in asdict(design).items() if name != "assumed"},
        "words": size(design, _groups(case)),
        "sized": design.sized,
        "total": design.total or None,
        "sei": report.sei,
        "assumed": assumed,
    }


def _goal(case: _Case, one: Foreseen) -> dict[str, Any]:
    """Return what was foreseen of one goal, as plain data; an interval without an end has None there."""
    found = one.needed
    return {
        "value": one.goal.value,
        "words": one.goal.words,
        "side": one.goal.side,
        "now": one.now,
        "prior": one.prior,
        "passed": one.passed,
        "assurance": one.assured.assurance,
        "assurance_normal": one.normal.assurance,
        "passing": [[end if isfinite(end) else None for end in ends] for ends in one.normal.passing],
        "example": one.assured.example,
        "ceiling_one": one.ceiling_one,
        "ceiling_any": one.ceiling_any,
        "needed": None
        if found is None
        else {
            "total": found.design.total,
            "size1": found.design.size1,
            "size2": found.design.size2,
            "assurance": found.assurance,
            "words": size(found.design, _groups(case)),
        },
        "value_of_information": dict(one.assured.values),
    }


def _sizes(case: _Case, now: Nodes, of_size: Callable[[float], Upcoming], report: Upcoming) -> dict[str, Any]:
    """Return the assurance of one study, smaller and larger, of every goal."""
    if case.design.sized:
        least = _least(case.design)
        reports = [of_size(times * case.design.total) for times in SIZES if times * case.design.total >= least]
        totals, sei = [one.design.total for one in reports], [one.sei for one in reports]
    else:
        totals, sei = [], [report.sei / times**0.5 for times in SIZES]
    return {"total": totals, "sei": sei, "assurance": by_size(now, case.goals, sei).tolist()}


def _studies(case: _Case, now: Nodes, of_size: Callable[[float], Upcoming], report: Upcoming) -> dict[str, Any] | None:
    """Return the assurance of several studies of the first goal, for studies of several sizes and without end."""
    if not case.studies or case.result.posterior.model.random_effects.family != "normal":
        return None
    design = case.design
    reports = (
        [of_size(times * design.total) for times in TIMES if times * design.total >= _least(design)]
        if design.sized
        else [report]
    )
    sizes: list[dict[str, Any]] = [
        {"total": one.design.total or None, "sei": one.sei, "words": size(one.design, _groups(case))} for one in reports
    ]
    sizes.append({"total": None, "sei": 0.0, "words": "no sampling error"})
    assurance = by_number(now, case.goals[0], [one["sei"] for one in sizes], case.studies)
    for one, row in zip(sizes, assurance, strict=True):
        one["assurance"] = row.tolist()
        one["fewest"] = next((count for count, chance in enumerate(row, start=1) if chance >= case.target), None)
    return {"count": list(range(1, case.studies + 1)), "sizes": sizes}


def _told(case: _Case, numbers: dict[str, Any]) -> Evidence:
    """Return everything with its words."""
    posterior = case.result.posterior
    caveats = [*numbers["design"]["assumed"]]
    told = [foretell(numbers, goal, case.outcome) for goal in numbers["goals"]]
    for goal, words in zip(numbers["goals"], told, strict=True):
        goal["statement"] = words
    caveats += apart(numbers, case.outcome)
    count = len(posterior.effects.studies)
    if count < FEW:
        reports = f"{count} {'report' if count == 1 else 'reports'}"
        caveats.append(
            f"with {reports} the heterogeneity, and with it the ceiling of one study, is mostly what its prior says:"
            f" tau ~ {posterior.model.tau}"
        )
    if numbers["studies"] is None and case.studies:
        caveats.append(f"several studies under {posterior.model.random_effects} random effects are not foreseen")
    if case.loss is not None:
        numbers["goals"][0]["statement"] = told[0] = f"{told[0]} {worth(numbers, numbers['goals'][0], case.outcome)}"
    statement = f"{context(case.result)} {told[0]}"
    return Evidence("assurance", statement, numbers, case.result.passed, tuple(caveats))
