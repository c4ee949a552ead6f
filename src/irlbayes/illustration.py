"""The answers that figures are of: questions, checks and looks at asymmetry, no more of them than are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irlbayes import sequence, small_studies, specifications, trust, workflow
from irlbayes.answering import ask, questions
from irlbayes.core.answers import Analysis, Evidence, Result
from irlbayes.core.errors import refuse_unknown
from irlbayes.core.types import Outcome, ReportTable

MULTIVERSE, CUMULATIVE = "multiverse", "cumulative"
BY_NAME = (MULTIVERSE, CUMULATIVE)  # many posteriors: only where they are asked for


@dataclass(frozen=True)
class Illustrated:
    """The answers about one outcome.

    Parameters
    ----------
    outcome : Outcome
    answers : Mapping
        By name of the question, the check or the look.
    skipped : Mapping
        Why one has no answer, by its name.
    """

    outcome: Outcome
    answers: dict[str, Evidence]
    skipped: dict[str, str]


def known() -> tuple[str, ...]:
    """Return the names of all answers that there are."""
    return (*questions(), *trust.checks(), *small_studies.looks(), *BY_NAME)


def gather(
    evidence: str | Path | ReportTable = "irl",
    *,
    wanted: Sequence[str] = (),
    outcomes: Sequence[str] = (),
    replicates: int = trust.REPLICATES,
    workers: int = 1,
    scale: str | None = None,
    sheet: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    **options: Any,
) -> tuple[Analysis, tuple[Illustrated, ...]]:
    """Answer what is wanted of every outcome of an evidence base.

    Parameters
    ----------
    evidence, outcomes, scale, sheet
        As for `workflow.analyze`.
    wanted : sequence of str
        Names of answers, as of `known`; all but those of ``BY_NAME`` by default.
    replicates : int
        Data sets that predictive checks simulate.
    workers : int
        Processes.
    progress : callable, optional
        As for `workflow.analyze`.
    **options
        Other arguments of `workflow.analyze`.

    Returns
    -------
    Analysis
    tuple of Illustrated

    Raises
    ------
    InputError
        Anything wrong with the input or the options.

    Examples
    --------
    >>> analysis, (one,) = gather("irl", wanted=["forest"], outcomes=["relapse"])
    >>> [entry["study"] for entry in one.answers["forest"].numbers["studies"]]
    ['reeves2024', 'kim2023']
    """
    refuse_unknown("wanted", wanted, known())
    names = tuple(wanted) or tuple(name for name in known() if name not in BY_NAME)
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    checks = [name for name in trust.checks() if name in names]
    looks = [name for name in small_studies.looks() if name in names]
    if checks:
        found = trust.check(
            table, outcomes=outcomes, only=checks, replicates=replicates, workers=workers, progress=progress, **options
        )
        analysis = found.analysis
        checked = [(dict(one.checks), dict(one.skipped)) for one in found.examined]
    else:
        analysis = workflow.analyze(table, outcomes=outcomes, progress=progress, **options)
        checked = [({}, {}) for _ in analysis.results]
    level = float(options.get("level", 0.95))
    gathered = []
    for result, (answers, skipped) in zip(analysis.results, checked, strict=True):
        more = [{name: ask(result.posterior, name, level) for name in questions() if name in names}]
        if looks:
            looked = small_studies.at(result, looks, level)
            more.append(dict(looked.answers))
            skipped |= looked.skipped
        if MULTIVERSE in names:
            more.append(_multiverse(table, result, workers, options))
        if CUMULATIVE in names:
            followed = sequence.cumulative(table, outcomes=[result.outcome.name], **options).followed
            more += [{CUMULATIVE: one.evidence} for one in followed]
        answers |= {name: answer for part in more for name, answer in part.items()}
        gathered.append(Illustrated(result.outcome, answers, {n: why for n, why in skipped.items() if n in names}))
    return analysis, tuple(gathered)


def _multiverse(table: ReportTable, result: Result, workers: int, options: dict[str, Any]) -> dict[str, Evidence]:
    """Answer in every defensible way, with the options that a multiverse shares with an analysis."""
    shared = {
        name: options[name] for name in ("model", "prior_mu", "prior_tau", "engine", "level", "seed") if name in options
    }
    found = specifications.multiverse(table, outcomes=[result.outcome.name], workers=workers, **shared)
    ((_, evidence),) = found.outcomes
    return {MULTIVERSE: evidence}
