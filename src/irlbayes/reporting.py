"""The report: everything that a run finds about an evidence base, as one page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irlbayes import __version__, biased, sequence, trust, workflow
from irlbayes.answering import ask
from irlbayes.core.answers import Analysis, Evidence, Explanation, Result
from irlbayes.core.errors import InputError, IrlbayesError
from irlbayes.core.examining import Examination
from irlbayes.core.pages import Page, Section
from irlbayes.core.registry import leaves
from irlbayes.core.sequence import Cumulated
from irlbayes.core.types import ReportTable
from irlbayes.effects import table as effects_table
from irlbayes.report import cumulative as steps
from irlbayes.report import trust as examinations
from irlbayes.report.document import document, to_json
from irlbayes.report.references import cited
from irlbayes.report.told import Told, plural

Progress = Callable[[str, int, int], None]
OF_BIAS = ("use", "drop_reports", "likelihood", "model", "prior_mu", "prior_tau", "level", "thresholds")
NOT_OF_BIAS = ("random_effects", "moderators", "within")  # what its models do not have
OF_GROWTH = (*OF_BIAS, "random_effects", "engine", "seed")
NOT_OF_GROWTH = ("moderators", "within")


def report(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    checks: bool = True,
    only: Sequence[str] = (),
    bias: bool = True,
    cumulative: bool = True,
    replicates: int = trust.REPLICATES,
    workers: int = 1,
    progress: Progress | None = None,
    pulse: Callable[[], None] | None = None,
    command: str = "irlbayes report",
    made: str | None = None,
    scale: str | None = None,
    sheet: str | None = None,
    **options: Any,
) -> Page:
    """Analyze, examine, and tell all of it on one page.

    Parameters
    ----------
    evidence, outcomes, scale, sheet
        As for `workflow.analyze`.
    checks : bool
        Whether to examine every answer (`trust.check`).
    only : sequence of str
        Checks to run; all by default.
    bias : bool
        Whether to answer under models of selective reporting as well (`biased.bias`).
    cumulative : bool
        Whether to answer again after each study, in order of publication (`sequence.cumulative`).
    replicates, workers
        As for `trust.check`.
    progress : callable, optional
        Called with what is done, its number and the number of steps.
    pulse : callable, optional
        Called between parts of these; what it raises ends the work, as what ``progress`` raises.
    command : str
        How to do it again; printed on the page.
    made : str, optional
        Date and time of the run, in ISO form; now, in UTC, by default.
    **options
        Other arguments of `workflow.analyze`.

    Returns
    -------
    Page
        Its ``document`` is that of the analysis, with the keys ``checks``, ``bias`` and ``cumulative``.

    Raises
    ------
    InputError
        Anything wrong with the input or the options.

    Examples
    --------
    >>> page = report("irl", outcomes=["relapse"], checks=False, bias=False, cumulative=False)
    >>> [section.id for section in page.sections][:3]
    ['glance', 'clinician', 'statistician']
    """
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    tick = _steps(progress, len(tuple(dict.fromkeys(outcomes)) or table.outcomes), checks, bias, cumulative)
    examining = {"only": only, "replicates": replicates, "workers": workers, "pulse": pulse} if checks else None
    analysis, examination = _answered(table, outcomes, examining, tick, options)
    under, why_no_bias = _under_bias(table, outcomes, tick, options) if bias else (None, "")
    grown, why_not_grown = _grown(table, outcomes, tick, options) if cumulative else (None, "")
    if pulse is not None:
        pulse()
    fingerprints = workflow.fingerprints(analysis)
    content: dict[str, Any] = document(analysis, fingerprints)
    if examination is not None:
        content["checks"] = examinations.document(examination)
    if under is not None:
        content["bias"] = under
    if grown is not None:
        content["cumulative"] = steps.document(grown)
    told = Told(
        analysis,
        examination,
        under,
        why_no_bias,
        grown,
        why_not_grown,
        {result.outcome.name: _explained(result) for result in analysis.results},
        json.loads(to_json(content)),
        fingerprints,
        made or datetime.now(UTC).isoformat(timespec="seconds"),
        __version__,
        command,
        replicates,
        _extra(analysis, grown),
    )
    return page(told)


def page(told: Told) -> Page:
    """Have every chapter written, and put them together.

    Parameters
    ----------
    told : Told
    """
    chapters = sorted(leaves("irlbayes.report.chapters").values(), key=lambda chapter: int(chapter.PLACE))
    written = [chapter.write(told) for chapter in chapters]
    sections: tuple[Section, ...] = tuple(section for section in written if section is not None)
    table = told.analysis.table
    pooled = plural(sum(one.count for one in told.outcomes), "published report")
    return Page(
        table.title or table.name,
        f"{plural(len(told.outcomes), 'outcome')} from {pooled}: what they say, how sure that is, and how it was found",
        told.made,
        sections,
        cited(sections, told.version),
        _facts(told),
        told.document,
    )


def _extra(analysis: Analysis, grown: Cumulated | None) -> dict[str, dict[str, Evidence]]:
    """Return what pictures need beside the usual answers, by outcome."""
    level = analysis.settings.level
    found = {result.outcome.name: {"forest": ask(result.posterior, "forest", level)} for result in analysis.results}
    for one in () if grown is None else grown.followed:
        if one.outcome.name in found:
            found[one.outcome.name]["cumulative"] = one.evidence
    return found


def _steps(
    progress: Progress | None, count: int, checks: bool, bias: bool, cumulative: bool
) -> Callable[[str], Progress | None]:
    """Return progress callbacks of the parts of a run, counted through as one."""
    parts = ["checks" if checks else "answers"]
    parts += [name for name, wanted in (("selective reporting", bias), ("study by study", cumulative)) if wanted]

    def part(name: str) -> Progress | None:
        if progress is None:
            return None
        before = parts.index(name) * count

        def told(outcome: str, number: int, _: int) -> None:
            progress(f"{name}: {outcome}", before + number, count * len(parts))

        return told

    return part


def _answered(
    table: ReportTable,
    outcomes: Sequence[str],
    examining: Mapping[str, Any] | None,
    tick: Callable[[str], Progress | None],
    options: Mapping[str, Any],
) -> tuple[Analysis, Examination | None]:
    if examining is None:
        return workflow.analyze(table, outcomes=outcomes, progress=tick("answers"), **options), None
    found = trust.check(table, outcomes=outcomes, progress=tick("checks"), **examining, **options)
    return found.analysis, found


def _under_bias(
    table: ReportTable, outcomes: Sequence[str], tick: Callable[[str], Progress | None], options: Mapping[str, Any]
) -> tuple[biased.Answer | None, str]:
    """Answer under models of selective reporting, or say why that cannot be."""
    other = [name for name in NOT_OF_BIAS if options.get(name)]
    if other:
        return None, f"models of selective reporting have no {', '.join(other).replace('_', ' ')}"
    chosen = {name: options[name] for name in OF_BIAS if name in options}
    try:
        return biased.bias(table, outcomes=outcomes, progress=tick("selective reporting"), **chosen), ""
    except IrlbayesError as error:
        return None, _reason(error)


def _grown(
    table: ReportTable, outcomes: Sequence[str], tick: Callable[[str], Progress | None], options: Mapping[str, Any]
) -> tuple[Cumulated | None, str]:
    """Answer again after each study, or say why that cannot be."""
    other = [name for name in NOT_OF_GROWTH if options.get(name)]
    if other:
        return None, f"models with {', '.join(other).replace('_', ' ')} are not followed"
    chosen = {name: options[name] for name in OF_GROWTH if name in options}
    try:
        return sequence.cumulative(table, outcomes=outcomes, progress=tick("study by study"), **chosen), ""
    except IrlbayesError as error:
        return None, _reason(error)


def _reason(error: IrlbayesError) -> str:
    """Say what was wrong in a line: the rules that were broken, each once."""
    if isinstance(error, InputError):
        return "it needs " + "; ".join(dict.fromkeys(problem.rule for problem in error.problems))
    return str(error)


def _explained(result: Result) -> tuple[Explanation, ...]:
    """Say for every row that entered how it became its likelihood."""
    effects = result.posterior.effects
    return tuple(
        Explanation(
            study.report,
            result.outcome,
            study,
            tuple(effects_table.steps(study)),
            "",
            tuple(one for one in effects.findings if study.report.id in one.reports),
        )
        for study in effects.studies
    )


def _facts(told: Told) -> dict[str, str]:
    table = told.analysis.table
    names = {one.outcome.name: one.result.posterior.model.name for one in told.outcomes}
    return {
        "irlbayes": told.version,
        "made": told.made,
        "evidence": table.name,
        "sha256 of the evidence": table.sha256,
        "seed": str(told.analysis.settings.seed),
        "models": ", ".join(f"{name} {names[name]} {told.fingerprints[name]}" for name in names),
        "command": told.command,
    }
