"""What is done with a table besides pooling it: explain a study's row, write an empty sheet, change its dialect."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from irlbayes import workflow
from irlbayes.core.answers import Explanation
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.types import Report, ReportTable
from irlbayes.effects import forensic
from irlbayes.effects import table as effects_table


def explain(
    evidence: str | Path | ReportTable,
    study: str,
    *,
    outcome: str | None = None,
    use: str = "sensitivity",
    likelihood: str | None = None,
    scale: str | None = None,
) -> tuple[Explanation, ...]:
    """Say, for every row of a study, which cells and formulas made its likelihood, or why it stayed out.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `read_reports`, or a table already read.
    study : str
        A study, a cohort or the id of one row.
    outcome : str, optional
        One outcome; all by default.
    use, likelihood
        As for `effect_table`. Sensitivity rows are explained too.
    scale
        As for `read_reports`.

    Returns
    -------
    tuple of Explanation
        One per row, in the order of the file.

    Raises
    ------
    InputError
        No such study, or none in that outcome.

    Examples
    --------
    >>> (row,) = explain("irl", "reeves2024", outcome="relapse")
    >>> [step.name for step in row.steps]
    ['yi', 'z', 'sei', 'likelihood']
    """
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale)
    rows = _rows(table, study, outcome)
    found = forensic.findings(table)
    explanations = []
    for report in rows:
        alone = ReportTable(table.name, table.title, table.source, table.sha256, (report,), table.outcomes)
        entered = workflow.effect_table(alone, report.outcome, use, likelihood=likelihood)
        among = workflow.effect_table(table, report.outcome, use, likelihood=likelihood)
        reasons = dict(among.left_out)
        one = entered.studies[0] if entered.studies else None
        explanations.append(
            Explanation(
                report=report,
                outcome=table.outcomes[report.outcome],
                study=one,
                steps=tuple(effects_table.steps(one)) if one else (),
                reason=reasons.get(report.id, ""),
                findings=tuple(item for item in found if report.id in item.reports),
            )
        )
    return tuple(explanations)


def _rows(table: ReportTable, study: str, outcome: str | None) -> list[Report]:
    """Return the rows of a study, or say which studies there are."""
    if outcome is not None and outcome not in table.outcomes:
        words = f"an outcome of {table.name}: {', '.join(table.outcomes)}"
        raise InputError(Problem("--outcome", words, "Choose one of them.", value=outcome))
    named = [report for report in table.reports if study in (report.study, report.id, report.cohort)]
    rows = [report for report in named if outcome in (None, report.outcome)]
    if rows:
        return rows
    if named:
        there = ", ".join(dict.fromkeys(report.outcome for report in named))
        words = f"a study with a row of the outcome {outcome}; this one has rows of: {there}"
        raise InputError(Problem("--study", words, "Choose one of them, or leave --outcome out.", value=study))
    known = list(dict.fromkeys(report.study for report in table.reports))
    near = get_close_matches(study, [*known, *(report.id for report in table.reports)], 3)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    listed = ", ".join(known[:40]) + (", ..." if len(known) > 40 else "")
    raise InputError(
        Problem("--study", f"a study, cohort or row of {table.name}", f"{hint}Studies: {listed}.", value=study)
    )
