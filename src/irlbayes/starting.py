"""A published meta-analysis as a starting point, and the studies since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from irlbayes import workflow
from irlbayes.answering import refuse_level
from irlbayes.core.agreement import probability_above, two_sided
from irlbayes.core.answers import Evidence, Posterior, Skipped
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.dates import days
from irlbayes.core.errors import FitError, InputError, Problem, refuse_unknown
from irlbayes.core.examining import Pooled
from irlbayes.core.rivals import scaled
from irlbayes.core.scales import PRINTED, SCALES, conversion, to_analysis
from irlbayes.core.start_answers import answer, densities, new_row, unknowns
from irlbayes.core.start_words import caveats, said
from irlbayes.core.starts import Beginning, Given, NoStart, Standing, Start, Started, Told
from irlbayes.core.types import EffectTable, Outcome, Published, ReportTable, Study, Value
from irlbayes.data.standing import left_out, refuse_inclusions, searched, standings
from irlbayes.data.startable import printed_scale, rows_to_start, unusable
from irlbayes.effects import table as effects_table
from irlbayes.effects.one_result import lopsided_words, one_result, yi_sei
from irlbayes.models.from_published import heterogeneity, prior_from
from irlbayes.posterior.gate import exact_gate
from irlbayes.posterior.refit import refit

__all__ = ["Given", "Told", "given_start", "later", "prior_from", "published", "start_of"]

POWERS = (1.0, 0.5, 0.25)
WIDE = 50.0  # times the prior: what reports say by themselves


def published(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    given: Given | None = None,
    told: Told | None = None,
    powers: Sequence[float] = POWERS,
    include: Collection[str] = (),
    use: str = "primary",
    drop_reports: Collection[str] = (),
    model: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    level: float = 0.95,
    scale: str | None = None,
    sheet: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Beginning:
    """Answer every outcome from its published meta-analysis, from the reports on file, and from both.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `workflow.analyze`.
    outcomes : sequence of str
        Outcomes to answer; all by default.
    given : Given, optional
        A published result in place of those of `published_pooled.csv`; needs one outcome.
    told : Told, optional
    powers : sequence of float
        Weights of the published result; the first one leads, the others show how much hangs on it.
    include : collection of str
        Studies whose date is not known and that are not in the review on the user's word.
    use, drop_reports, model, prior_mu, prior_tau, level, scale, sheet
        As for `workflow.analyze`.
    progress : callable, optional
        Called with the outcome's name, its number and the number of outcomes.

    Returns
    -------
    Beginning

    Raises
    ------
    InputError
        Anything wrong with the input or the options, such as a study to include that may be in the review.

    Notes
    -----
    With a published mean y, its standard error s and a power a, "both" is ``p(mu, tau | y, reports) ~ p(mu)
    Normal(y; mu, s^2 / a) p(tau) L(tau)^a prod_i Z_i(mu, tau)`` over the reports of studies that cannot be in the
    review. The published likelihood takes mu and tau apart, as a review prints them.

    Examples
    --------
    >>> found = published("irl", outcomes=["lesion_load"]).started[0]
    >>> [(row["name"], row["k"]) for row in found.evidence.numbers["answers"][:5]]
    [('prior', 0), ('published', 0), ('reports', 5), ('later', 1), ('both', 1)]
    """
    refuse_level(level)
    told = told or Told()
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    names = list(dict.fromkeys(outcomes)) or list(table.outcomes)
    for name in names:
        if name not in table.outcomes:
            workflow.effect_table(table, name)  # refuses it
    of_one = given is not None or any(
        value is not None for value in (told.k, told.tau, told.i2, told.prediction, told.within_variance)
    )
    if of_one and len(names) != 1:
        rule = "one outcome, where numbers of one published result are given"
        raise InputError(Problem("--outcome", rule, f"Name one of {', '.join(names)}."))
    if not powers:
        raise InputError(Problem("--power", "at least one weight of the published result", "Write 1."))
    started: list[Started] = []
    skipped: list[Skipped] = []
    usable: dict[str, Start] = {}
    for name in names:
        try:
            usable[name] = start_of(table, name, told) if given is None else given_start(table, name, given, told)
        except NoStart as error:
            skipped.append(Skipped(name, str(error), failed=name in outcomes))
    if not usable:
        workflow.effect_table(table, names[0], use, drop_reports)  # refuses options that are none
    refuse_inclusions(table, usable, include)
    for number, (name, start) in enumerate(usable.items(), start=1):
        if progress is not None:
            progress(name, number, len(usable))
        outcome = table.outcomes[name]
        base = workflow.load_model(outcome, model, prior_mu, prior_tau)
        specs = {power: prior_from(base, start, power) for power in dict.fromkeys(powers)}
        try:
            started.append(_started(table, outcome, start, base, specs, include, use, drop_reports, level))
        except FitError as error:
            skipped.append(Skipped(name, str(error), failed=True))
    return Beginning(table, level, tuple(powers), tuple(started), tuple(skipped))


# --- what was published -------------------------------------------------------------------------------------


def start_of(table: ReportTable, outcome: str, told: Told | None = None) -> Start:
    """Return what a review on file says of an outcome.

    Parameters
    ----------
    table : ReportTable
    outcome : str
    told : Told, optional
        With ``review`` and ``measure`` to choose a row; of the rows that stand beside the outcome's answer the first
        usable one by default.

    Returns
    -------
    Start

    Raises
    ------
    NoStart
        With the reason why no row on file can start this outcome.
    InputError
        A review or measure that is not on file, or numbers that contradict each other.

    Examples
    --------
    >>> start = start_of(workflow.read_reports("irl"), "disability")
    >>> start.review, round(start.estimate, 2), round(start.se, 3), str(start.searched)
    ('Motamedgorji 2025', 0.77, 0.222, '2024-06-10')
    """
    told = told or Told()
    rows = rows_to_start(table, outcome, told)
    if not rows:
        which = f" by {told.review or told.measure}" if told.review or told.measure else ""
        raise NoStart(f"no published result of it{which} is on file (--estimate and --ci give one)")
    reasons = []
    for row in rows:
        reason = unusable(row, table.outcomes[outcome])
        if not reason:
            return _from_row(row, table, table.outcomes[outcome], told)
        reasons.append(f"{row.review}, {row.measure}: {reason}")
    raise NoStart("; ".join(reasons))


def _from_row(row: Published, table: ReportTable, outcome: Outcome, told: Told) -> Start:
    """Return a row on file as a start."""
    assert row.estimate is not None
    assert row.ci_lb is not None
    assert row.ci_ub is not None
    heard = told
    if told.tau is None and told.i2 is None and told.prediction is None:  # the most direct one that is on file
        if row.tau is not None:
            heard = replace(told, tau=row.tau)
        elif row.pi_lb is not None and row.pi_ub is not None:
            heard = replace(told, prediction=(row.pi_lb, row.pi_ub))
        else:
            heard = replace(told, i2=row.i2)
    heard = replace(heard, k=told.k if told.k is not None else row.k)
    given = Given(row.estimate, (row.ci_lb, row.ci_ub), scale=printed_scale(row), review=row.review)
    end = searched(row, table) if told.search_date is None else None
    place = {name: f"{row.file}, line {row.line}, {name}" for name in ("estimate", "ci_lb", "ci_ub")}
    pooled = ", ".join(outcome.instruments) if outcome.instruments else outcome.label
    caveat = f"The review pooled {row.measure}; this outcome pools {pooled}. They are taken for the same effect."
    start = _start(outcome, given, heard, row.measure, place)
    return replace(
        start, searched=start.searched or end, caveats=(caveat, *start.caveats, *((row.note,) if row.note else ()))
    )


def given_start(table: ReportTable, outcome: str, given: Given, told: Told | None = None) -> Start:
    """Return a published result that stands in no table as a start.

    Parameters
    ----------
    table : ReportTable
    outcome : str
    given : Given
    told : Told, optional

    Raises
    ------
    InputError
        Every rule that its numbers break.
    """
    names = {"estimate": "--estimate", "ci_lb": "--ci", "ci_ub": "--ci", "level": "--ci-level"}
    chosen = table.outcomes[outcome]
    return _start(chosen, given, told or Told(), given.scale or SCALES[chosen.scale].short, names)


def _start(outcome: Outcome, given: Given, told: Told, measure: str, names: Mapping[str, str]) -> Start:
    """Return printed numbers as a start, on the outcome's scale."""
    name = given.scale or _as_seen(outcome.scale)
    refuse_unknown("--published-scale", [name], PRINTED)
    source, transformation = PRINTED[name]
    found = conversion(source, outcome.scale)
    if found is None:
        rule = f"a scale with a conversion to {outcome.scale}, on which {outcome.name} is pooled"
        fix = "A review on another scale cannot start this outcome."
        raise InputError(Problem("--published-scale", rule, fix, value=name))
    factor, words = found
    cells: dict[str, Value] = {"estimate": given.estimate, "ci_lb": given.ci[0], "ci_ub": given.ci[1]}
    report = one_result("estimate_ci", {**cells, "scale": name, "level": given.ci_level}, names)
    yi, sei = yi_sei(report)
    texts = [f"{one:g}" for one in (given.ci[0], given.estimate, given.ci[1])]
    caveats = lopsided_words(report, texts, "--published-scale")
    reach = None
    if told.prediction is not None:
        low, high = told.prediction
        inside = [one for one in (low, high) if SCALES[source].read(one) is None and transformation != "none"]
        if inside or not low < high:
            rule = "two ends in order, printed as the estimate is"
            raise InputError(Problem("--prediction", rule, "Check both.", value=f"{low:g} {high:g}"))
        reach = 0.5 * factor * (to_analysis(high, transformation) - to_analysis(low, transformation))
    spread = heterogeneity(
        sei * factor,
        told.k,
        tau=None if told.tau is None else told.tau * factor,
        i2=told.i2,
        reach=reach,
        within_variance=told.within_variance,
    )
    end = None
    if told.search_date is not None:
        ends = days(told.search_date)
        if ends is None:
            rule, fix = "a date to the day, month or year", "Write 2024-06-10."
            raise InputError(Problem("--search-date", rule, fix, value=told.search_date))
        end = ends[1]
    printed = f"{given.estimate:g} [{given.ci[0]:g}, {given.ci[1]:g}]".replace("-", "−")
    caveats += [f"Converted: {words}."] if words else []
    return Start(
        outcome.name, given.review, measure, printed, yi * factor, sei * factor, told.k, end, spread, tuple(caveats)
    )


def _as_seen(scale: str) -> str:
    """Return how readers see a scale: or for log_or, proportion for logit."""
    return next(
        (name for name, (on, change) in PRINTED.items() if on == scale and change != "none" and name != scale), scale
    )


# --- which studies come after it ----------------------------------------------------------------------------


def later(
    table: ReportTable, start: Start, include: Collection[str] = ()
) -> tuple[ReportTable, Mapping[str, Standing]]:
    """Return an evidence base without the studies that may be in a review.

    Parameters
    ----------
    table : ReportTable
    start : Start
    include : collection of str
        Studies whose date is not known and that are not in the review on the user's word.

    Returns
    -------
    ReportTable
        With the reports of the later studies alone.
    Mapping
        Where every study stands.

    Examples
    --------
    >>> table = workflow.read_reports("irl")
    >>> since, _ = later(table, start_of(table, "disability"))
    >>> [study.label for study in workflow.effect_table(since, "disability").studies]
    ['airmm2026']
    """
    where = standings(table, start.searched)
    kept = {study for study, one in where.items() if one.status == "after"} | {*include}
    return replace(table, reports=tuple(report for report in table.reports if report.study in kept)), where


# --- what follows -------------------------------------------------------------------------------------------


def _started(
    table: ReportTable,
    outcome: Outcome,
    start: Start,
    base: ModelSpec,
    specs: Mapping[float, ModelSpec],
    include: Collection[str],
    use: str,
    drop_reports: Collection[str],
    level: float,
) -> Started:
    """Answer one outcome."""
    since, where = later(table, start, include)
    everything = workflow.effect_table(table, outcome.name, use, drop_reports)
    new = workflow.effect_table(since, outcome.name, use, drop_reports)
    lead = next(iter(specs))
    before = None if not base.mu.proper else refit([], base)
    prior_mu = None if before is None else before.mu
    without: dict[str, str] = {}
    posteriors: list[tuple[str, float | None, Sequence[Study], Posterior | Pooled]] = []
    if before is not None:
        posteriors.append(("prior", None, (), before))
    posteriors.append(("published", lead, (), refit([], specs[lead])))
    for name, effects in (("reports", everything), ("later", new)):
        if not effects.studies:
            continue
        try:
            posteriors.append((name, None, effects.studies, _pooled(effects, base)))
        except InputError as error:  # a flat prior of mu, and too few reports to bound it
            without[name] = "; ".join(problem.rule for problem in error.problems)
    for power, spec in specs.items():
        both = _pooled(new, spec) if new.studies else refit([], spec)
        posteriors.append(("both", power, new.studies, both))
    answers = [answer(*one, prior_mu=prior_mu, outcome=outcome, level=level) for one in posteriors]
    marginals = {(name, power): unknowns(found) for name, power, _, found in posteriors}
    alone = marginals["published", lead]
    numbers: dict[str, Any] = {
        "powers": list(specs),
        "answers": answers,
        "without": without,
        "apart": _apart(start, everything.studies, base),
        "later": [new_row(study, alone[2], where) for study in new.studies],
        "left_out": left_out(table, outcome.name, where, include, effects_table.USES[use]),
        "prior_strings": {"mu": str(specs[lead].mu), "tau": str(specs[lead].tau)},
        "densities": densities(
            {key: found[0] for key, found in marginals.items() if key[0] != "both" or key[1] == lead}
        ),
    }
    passed = all(row["passed"] for row in answers)
    words = (*caveats(start, numbers, where, new.studies, include), *outcome.notes)
    statement = said(numbers, outcome, start, base)
    evidence = Evidence("published", statement, numbers, passed, words)
    return Started(outcome, start, base, specs[lead], evidence)


def _pooled(effects: EffectTable, model: ModelSpec) -> Posterior | Pooled:
    """Pool without the studies' own effects, exactly where that meets its error bound; else as `workflow.fit` does."""
    try:
        found = refit(effects.studies, model)
    except ArithmeticError:
        return workflow.fit(effects, model)
    return found if exact_gate(found.error_bound).passed else workflow.fit(effects, model)


def _apart(start: Start, studies: Sequence[Study], base: ModelSpec) -> float | None:
    """Return the two-sided probability that the published mean and that of all reports lie as far apart.

    Both without a prior of mu to speak of; None where the reports do not bound their mean on both sides.
    """
    bounded = all(any(study.curve.bounded[side] for study in studies) for side in (0, 1))
    if not studies or not bounded:
        return None
    broad = replace(base, mu=scaled(base.mu, WIDE)) if base.mu.proper else base
    try:
        alone = refit(studies, broad).mu
        review = refit([], replace(base, mu=Prior("normal", (start.estimate, start.se)))).mu
    except ArithmeticError:
        return None
    assert alone is not None
    assert review is not None
    return two_sided(probability_above(alone, review))
