"""How the evidence grew: every outcome answered again after each study."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from irlbayes import starting, stepping, workflow
from irlbayes.answering import result as answered
from irlbayes.core.answers import SEED, Analysis, Engine, Evidence, Result, Settings, Skipped
from irlbayes.core.dates import days
from irlbayes.core.errors import FitError, InputError, Problem, unknown
from irlbayes.core.ordering import ORDERS, TIES, Groups, by_entry, by_precision, by_publication
from irlbayes.core.sequence import STARTS, Cumulated, Followed, Step, caveats, whole
from irlbayes.core.starts import Beginning, Started
from irlbayes.core.types import Report, ReportTable, Threshold

DATED = ("published", "date", "year", "month")


def cumulative(
    evidence: str | Path | ReportTable = "irl",
    *,
    by: str = "publication",
    ties: str = "rows",
    start: str = "prior",
    power: float = 1.0,
    include: Collection[str] = (),
    outcomes: Sequence[str] = (),
    use: str = "primary",
    drop_reports: Sequence[str] = (),
    likelihood: str | None = None,
    model: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    random_effects: str | None = None,
    engine: Engine = "auto",
    level: float = 0.95,
    thresholds: Sequence[float] = (),
    scale: str | None = None,
    sheet: str | None = None,
    seed: int = SEED,
    progress: Callable[[str, int, int], None] | None = None,
) -> Cumulated:
    """Answer every outcome again after each of its studies.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `workflow.analyze`.
    by : str
        Order of the studies: ``publication`` (``published`` or ``date``, a day, a month or a year, else ``year`` with
        ``month`` where it is there; columns of the table or of `studies.csv`), ``precision`` (the smallest standard
        error first; of a report without a size that of its design) or ``entry`` (the order of rows).
    ties : str
        Studies whose dates overlap, or whose standard errors are equal: ``rows`` takes them one by one in the order of
        their rows, ``together`` in one step.
    start : str
        ``prior``, or ``published``: the published result on file starts each outcome, and only the studies that cannot
        be in it follow (`starting.published`).
    power : float
        Weight of the published result, above 0 and at most 1.
    include : collection of str
        Studies whose date is not known and that are not in the review on the user's word.
    outcomes, use, drop_reports, likelihood, model, prior_mu, prior_tau, random_effects, engine, level, thresholds
        As for `workflow.analyze`.
    scale, sheet, seed, progress
        As for `workflow.analyze`. The seed is that of the reports that are simulated for tail probabilities too.

    Returns
    -------
    Cumulated
        Step 0 is the prior itself, the last step the answer of `workflow.analyze`.

    Raises
    ------
    InputError
        Anything wrong with the input or the options, such as a study without a year where they are ordered by it.

    Notes
    -----
    After studies 1 to j the posterior is that of these studies alone, by the same engine. The surprise of study j is
    said in two ways: ``tail = min(1, 2 min(P(report <= its own), P(report >= its own)))`` under the predictive
    distribution of a report of its kind and design given the studies before, exact for normal reports and simulated for
    others; and ``log_score``, the log of its predictive density or probability, the difference of two log marginal
    likelihoods. The scores of all steps add up to the last one's log marginal likelihood, in any order.

    References
    ----------
    Lau, J., Antman, E. M., Jimenez-Silva, J., Kupelnick, B., Mosteller, F., & Chalmers, T. C. (1992). Cumulative
    meta-analysis of therapeutic trials for myocardial infarction. N Engl J Med, 327(4), 248-254.
    Lau, J., Schmid, C. H., & Chalmers, T. C. (1995). Cumulative meta-analysis of clinical trials builds evidence for
    exemplary medical care. J Clin Epidemiol, 48(1), 45-57.

    Examples
    --------
    >>> found = cumulative("irl", outcomes=["relapse"]).followed[0]
    >>> for step in found.evidence.numbers["steps"][1:]:
    ...     print(step["words"])
    After kim2023 the probability that the mean effect is above 1 rose from 0.50 to 0.79.
    After reeves2024 the probability that the mean effect is above 1 rose from 0.79 to 0.97.
    """
    _refuse(by, ties, start, power, include)
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    extra = tuple(Threshold(float(value), "given", "given with this analysis") for value in thresholds)
    begun: Mapping[str, Started] = {}
    if start == "published":
        problems = [
            Problem(option, "the model's own, where a published result starts an outcome", "Leave it out.", value=value)
            for option, value in (("--likelihood", likelihood), ("--random-effects", random_effects))
            if value is not None
        ]
        if problems:
            raise InputError(problems)
        beginning = starting.published(
            table,
            outcomes=outcomes,
            powers=(power,),
            include=include,
            use=use,
            drop_reports=drop_reports,
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            level=level,
        )
        begun = {one.outcome.name: one for one in beginning.started}
        settings = Settings(use, tuple(drop_reports), engine, level, seed)
        analysis = _since(table, beginning, settings, include, extra)
    else:
        analysis = workflow.analyze(
            table,
            outcomes=outcomes,
            use=use,
            drop_reports=drop_reports,
            likelihood=likelihood,
            model=model,
            prior_mu=prior_mu,
            prior_tau=prior_tau,
            random_effects=random_effects,
            engine=engine,
            level=level,
            thresholds=thresholds,
            seed=seed,
        )
    dates = {report.id: published(table, report) for report in table.reports}
    orders = _orders(analysis.results, by, ties, dates)
    followed = []
    for number, result in enumerate(analysis.results, start=1):
        name = result.outcome.name
        if progress is not None:
            progress(name, number, len(analysis.results))
        steps = stepping.steps(
            result.posterior,
            orders[name],
            dates,
            (*result.outcome.thresholds, *extra),
            engine=engine,
            level=level,
            seed=seed,
            started=begun.get(name),
        )
        followed.append(_told(result, steps, by, ties, level, begun.get(name)))
    return Cumulated(analysis, by, ties, start, tuple(followed))


def _refuse(by: str, ties: str, start: str, power: float, include: Collection[str]) -> None:
    """Refuse orders and starts that there are none of, and weights without a published result."""
    asked = (("--by", ORDERS, by), ("--ties", TIES, ties), ("--start", STARTS, start))
    problems = [problem for option, known, value in asked for problem in unknown(option, [value], known)]
    if start == "prior":
        rule, fix = "a published result that starts the outcome", "Add --start published."
        problems += [Problem("--power", rule, fix, value=f"{power:g}")] if power != 1.0 else []
        problems += [Problem("--include", rule, fix, value=", ".join(include))] if include else []
    if problems:
        raise InputError(problems)


def _since(
    table: ReportTable,
    beginning: Beginning,
    settings: Settings,
    include: Collection[str],
    extra: Sequence[Threshold],
) -> Analysis:
    """Answer each outcome from its published start and the studies since."""
    results, skipped = [], list(beginning.skipped)
    for one in beginning.started:
        name = one.outcome.name
        since, _ = starting.later(table, one.start, include)
        effects = workflow.effect_table(since, name, settings.use, settings.drop_reports)
        if not effects.studies:
            skipped.append(Skipped(name, "no report on file is known to be later than the review's search"))
            continue
        try:
            posterior = workflow.fit(effects, one.model, settings.engine, settings.seed)
        except FitError as error:
            skipped.append(Skipped(name, str(error), failed=True))
        else:
            results.append(answered(posterior, settings.level, (*one.outcome.thresholds, *extra)))
    return Analysis(table, settings, tuple(results), tuple(skipped))


# --- the order of studies -----------------------------------------------------------------------------------


def published(table: ReportTable, report: Report) -> str:
    """Return when a report was published, as far as its row or `studies.csv` say; empty where they do not.

    Parameters
    ----------
    table : ReportTable
    report : Report
    """
    about = table.studies.get(report.study, {})
    cells = {name: report.text(name, about.get(name, "")).strip().removesuffix(".0") for name in DATED}
    if cells["published"] or cells["date"] or not cells["month"]:
        return cells["published"] or cells["date"] or cells["year"]
    return f"{cells['year']}-{cells['month']:0>2}"


def _orders(results: Sequence[Result], by: str, ties: str, dates: Mapping[str, str]) -> dict[str, Groups]:
    """Return the studies of each outcome in order.

    Raises
    ------
    InputError
        With every row whose date is needed and not known.
    """
    together, found = ties == "together", {}
    problems: dict[Problem, None] = {}
    for result in results:
        studies, name = result.posterior.effects.studies, result.outcome.name
        if by == "precision":
            found[name] = by_precision(studies, together)
        elif by == "entry":
            found[name] = by_entry(studies)
        else:
            known = {study.label: days(dates[study.report.id]) for study in studies}
            problems |= {_undated(study.report, dates): None for study in studies if known[study.label] is None}
            sure = {label: one for label, one in known.items() if one is not None}
            found[name] = by_publication([study for study in studies if study.label in sure], sure, together)
    if problems:
        raise InputError(list(problems))
    return found


def _undated(report: Report, dates: Mapping[str, str]) -> Problem:
    """Return the problem of a row whose date is not known."""
    rule = "a year, month or day of publication, where studies are ordered by it"
    fix = "Write 2024, 2024-06 or 2024-06-10 in a column year or published; or order them otherwise: --by entry."
    return Problem(report.file, rule, fix, report.line, "year", dates[report.id])


def _told(result: Result, steps: Sequence[Step], by: str, ties: str, level: float, started: Started | None) -> Followed:
    """Return the steps of an outcome as an answer."""
    numbers = {"by": by, "ties": ties, "level": level, "null": result.outcome.null, "steps": list(steps)}
    words = whole(steps, result.outcome, result.posterior.model if started is None else started.base, by, level)
    found = caveats(steps, by, ties)
    if started is not None:
        numbers |= {"review": started.start.review, "left_out": started.evidence.numbers["left_out"]}
        found = (*started.evidence.caveats, *found)
    passed = all(step["passed"] for step in steps)
    return Followed(result, Evidence("cumulative", words, numbers, passed, found))
