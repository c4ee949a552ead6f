"""What is done with a table besides pooling it: explain a row, write an empty sheet, convert, compute effect sizes."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

from irlbayes import workflow
from irlbayes.core.answers import Explanation
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.types import Finding, Report, ReportTable, Study
from irlbayes.data import write
from irlbayes.data.reports import vocabulary
from irlbayes.effects import forensic
from irlbayes.effects import table as effects_table
from irlbayes.effects.measure import escalc, measures


def findings(table: ReportTable) -> tuple[Finding, ...]:
    """Return what looks wrong in a table, each with its reason.

    Parameters
    ----------
    table : ReportTable

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> sorted({one.check for one in findings(workflow.read_reports("irl"))})[:2]
    ['lopsided_interval', 'overlapping_cohorts']
    """
    return forensic.findings(table)


def explain(
    evidence: str | Path | ReportTable,
    study: str,
    *,
    outcome: str | None = None,
    use: str = "sensitivity",
    likelihood: str | None = None,
    scale: str | None = None,
    sheet: str | None = None,
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
    scale, sheet
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
    >>> (row,) = explain("irl", "reeves2024.relapse_or")
    >>> [step.name for step in row.steps]
    ['yi', 'z', 'sei', 'likelihood']
    """
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    rows = _rows(table, study, outcome)
    found = forensic.findings(table)
    tables = {
        name: workflow.effect_table(table, name, use, likelihood=likelihood)
        for name in dict.fromkeys(report.outcome for report in rows)
    }
    entered = {one.report.id: one for among in tables.values() for one in among.studies}
    explanations = []
    for report in rows:
        one = entered.get(report.id) or _alone(table, report, use, likelihood)
        explanations.append(
            Explanation(
                report=report,
                outcome=table.outcomes[report.outcome],
                study=one,
                steps=tuple(effects_table.steps(one)) if one else (),
                reason=dict(tables[report.outcome].left_out).get(report.id, ""),
                findings=tuple(item for item in found if report.id in item.reports),
            )
        )
    return tuple(explanations)


def _alone(table: ReportTable, report: Report, use: str, likelihood: str | None) -> Study | None:
    """Return what a row that stayed out for another's sake would be; None where it stays out for its own."""
    alone = replace(table, reports=(report,))
    studies = workflow.effect_table(alone, report.outcome, use, likelihood=likelihood).studies
    return studies[0] if studies else None


def _rows(table: ReportTable, study: str, outcome: str | None) -> list[Report]:
    """Return the rows of a study, or say which studies there are."""
    refuse_unknown("--outcome", [outcome] if outcome is not None else [], table.outcomes, f"an outcome of {table.name}")
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


def template(kind: str, path_format: str = "csv") -> str | bytes:
    """Write an empty, commented sheet for a report kind.

    Parameters
    ----------
    kind : str
        A report kind.
    path_format : str
        ``csv`` or ``xlsx``.

    Returns
    -------
    str or bytes

    Raises
    ------
    InputError
        Another kind or format.

    Examples
    --------
    >>> template("counts").splitlines()[-1]
    'study,report,ai,n1i,ci,n2i'
    """
    kinds = effects_table.kinds()
    refuse_unknown("KIND", [kind], kinds, "a report kind")
    return write.template(kind, kinds[kind], path_format)


def convert(
    evidence: str | Path | ReportTable,
    to: str = "tidy",
    *,
    path_format: str = "csv",
    scale: str | None = None,
    sheet: str | None = None,
) -> tuple[str | bytes, tuple[str, ...]]:
    """Write a table under our names, or under another program's.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `read_reports`, or a table already read.
    to : str
        ``tidy``, ``metafor``, ``meta``, ``RoBMA`` or ``JASP``.
    path_format : str
        ``csv`` or ``xlsx``.
    scale, sheet
        As for `read_reports`.

    Returns
    -------
    str or bytes
        The table.
    tuple of str
        What was recognized while reading, and which columns have no name in the other program.

    Raises
    ------
    InputError

    Examples
    --------
    >>> text, notes = convert("irl")
    >>> text.partition(",")[0]
    'id'
    """
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    order = list(vocabulary(effects_table.kinds()))
    notes: tuple[str, ...] = ()
    if to.casefold() == "tidy":
        rows = write.tidy(table, order)
    else:
        rows, notes = write.dialect(table, to, order)
    return _written(rows, path_format), (*table.reading, *notes)


def effect_sizes(
    evidence: str | Path | ReportTable,
    measure: str,
    vtype: str | None = None,
    *,
    path_format: str = "csv",
    scale: str | None = None,
    sheet: str | None = None,
    **options: Any,
) -> tuple[str | bytes, tuple[str, ...]]:
    """Write the effects and variances of a measure, a row per study, as metafor's `escalc` would.

    Parameters
    ----------
    evidence : str, Path or ReportTable
        As for `read_reports`, or a table already read.
    measure : str
        metafor's name, such as ``SMD`` or ``OR``.
    vtype : str, optional
        One of the measure's variances.
    path_format : str
        ``csv`` or ``xlsx``.
    scale, sheet
        As for `read_reports`.
    **options
        ``correct``, ``add``, ``to``, ``drop00``, where the measure has them.

    Returns
    -------
    str or bytes
        A table of ``id``, ``study``, ``outcome``, ``yi``, ``vi`` and ``measure``.
    tuple of str
        What was recognized while reading, and which rows have no such effect.

    Raises
    ------
    InputError

    Examples
    --------
    >>> text, notes = effect_sizes("irl", "PLO")
    >>> text.splitlines()[0]
    'id,study,outcome,yi,vi,measure'
    """
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    known = measures()
    sets = (known[measure].columns, *known[measure].alternatives) if measure in known else ()
    chosen = next(((names, rows) for names in sets if (rows := [r for r in table.reports if r.has(*names)])), None)
    names, rows = chosen or ((), [])
    yi, vi = escalc(measure, {name: [row.number(name) for row in rows] for name in names}, vtype, **options)
    lines = [["id", "study", "outcome", "yi", "vi", "measure"]]
    lines += [
        [row.id, row.study, row.outcome, repr(float(y)), repr(float(v)), measure]
        for row, y, v in zip(rows, yi, vi, strict=True)
        if isfinite(y) and isfinite(v)
    ]
    absent = len(table.reports) - len(lines) + 1
    notes = (f"{absent} of {len(table.reports)} rows have no {measure} and are left out",) if absent else ()
    return _written(lines, path_format), (*table.reading, *notes)


def _written(rows: list[list[str]], path_format: str) -> str | bytes:
    if path_format == "xlsx":
        columns = vocabulary(effects_table.kinds())
        return write.to_xlsx(rows, [name for name in rows[0] if name in columns and columns[name].type != "text"])
    return write.to_csv(rows)
