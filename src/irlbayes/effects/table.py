"""Reports become the studies of an outcome: which rows enter, on which scale, with which likelihood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import cast

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.registry import leaves
from irlbayes.core.scales import PRINTED, SCALES, conversion
from irlbayes.core.types import EffectTable, Kind, Outcome, Report, ReportTable, Study

USES = {"primary": ("primary",), "sensitivity": ("primary", "sensitivity")}


def kinds() -> dict[str, Kind]:
    """Return every report kind by name: the files of `effects/reports/`."""
    return cast("dict[str, Kind]", leaves("irlbayes.effects.reports"))


def effect_table(
    table: ReportTable, outcome: Outcome, use: str = "primary", drop_reports: Collection[str] = ()
) -> EffectTable:
    """Choose the rows of one outcome and turn each into a study.

    Parameters
    ----------
    table : ReportTable
    outcome : Outcome
    use : str
        ``primary``, or ``sensitivity`` to add rows of cohorts that have no primary row.
    drop_reports : collection of str
        Report kinds to leave out.

    Returns
    -------
    EffectTable
        With the reason of every row that stayed out.

    Notes
    -----
    One row per cohort enters: primary rows first, then in the order of the file. Rows marked ``context`` never do.
    """
    wanted = sorted(
        (report for report in table.reports if report.outcome == outcome.name),
        key=lambda report: (report.use != "primary", report.line),
    )
    entered: list[Report] = []
    left_out: list[tuple[str, str]] = []
    taken: dict[str, str] = {}
    for report in wanted:
        reason = _reason_to_leave_out(report, outcome, use, drop_reports) or (
            f"cohort {report.cohort} already speaks through {taken[report.cohort]}" if report.cohort in taken else ""
        )
        if reason:
            left_out.append((report.id, reason))
        else:
            entered.append(report)
            taken[report.cohort] = report.id
    repeated = {study for study, count in Counter(report.study for report in entered).items() if count > 1}
    studies = tuple(
        _study(report, outcome, report.id if report.study in repeated else report.study) for report in entered
    )
    return EffectTable(outcome, studies, tuple(left_out))


def _reason_to_leave_out(report: Report, outcome: Outcome, use: str, drop: Collection[str]) -> str:
    if report.use == "context":
        return "marked context: not poolable"
    if report.use not in USES[use]:
        return "marked sensitivity: enters on request (--use sensitivity)"
    if report.kind in drop:
        return f"report kind {report.kind} was left out on request"
    contrast = report.text("contrast")
    if outcome.contrasts and contrast and contrast not in outcome.contrasts:
        return f"contrast {contrast} is not a comparison of the groups that this outcome pools"
    instrument = report.text("instrument")
    if outcome.only_instruments and instrument not in outcome.instruments:
        return f"instrument {instrument!r} is not one that this outcome pools"
    kind = kinds()[report.kind]
    missing = [column.name for column in kind.COLUMNS if not report.has(column.name)]
    if missing:
        return f"{report.kind} needs {', '.join(missing)}, not established"
    broken = kind.check(report)
    if broken:
        return f"{broken[0][1]} ({broken[0][0]})"
    source = scale_of(report, outcome)
    if conversion(source, outcome.scale) is None:
        return f"scale {source} has no conversion to {outcome.scale}"
    unit = report.text("unit")
    if kind.SCALE_OF == "reported" and outcome.unit and unit and unit != outcome.unit:
        return f"unit {unit!r} is not {outcome.unit!r}"
    return ""


def scale_of(report: Report, outcome: Outcome) -> str:
    """Return the scale a report speaks on; a row that names none speaks on its outcome's."""
    kind = kinds()[report.kind]
    if kind.SCALE_OF != "reported":
        return kind.SCALE_OF
    named = report.text("scale")
    return PRINTED[named][0] if named in PRINTED else (named or outcome.scale)


def unusable(table: ReportTable) -> list[Problem]:
    """Return why primary rows cannot be pooled: scales without a conversion, units that differ."""
    problems = []
    for report in table.reports:
        if report.use != "primary" or report.outcome not in table.outcomes:
            continue
        outcome = table.outcomes[report.outcome]
        source = scale_of(report, outcome)
        if conversion(source, outcome.scale) is None:
            words = f"the outcome {outcome.name} is pooled on {outcome.scale}, and {source} has no conversion to it"
            fix = f"Scales that exist: {', '.join(SCALES)}. Convert the number, or mark the row use = context."
            problems.append(Problem(report.file, words, fix, report.line, "scale", report.text("scale")))
    return problems


def _study(report: Report, outcome: Outcome, label: str) -> Study:
    kind = kinds()[report.kind]
    found = conversion(scale_of(report, outcome), outcome.scale)
    assert found is not None
    factor, words = found
    pair = kind.yi_sei(report)
    try:
        curve = kind.curve(report).scaled(factor)
    except (ArithmeticError, ValueError) as error:
        raise InputError(
            Problem(
                report.file,
                f"the likelihood of this {report.kind} could not be computed: {error}",
                "Check the numbers of the row.",
                report.line,
            )
        ) from error
    return Study(
        label=label,
        report=report,
        kind=kind,
        factor=factor,
        conversion=words,
        curve=curve,
        yi=None if pair is None else pair[0] * factor,
        sei=None if pair is None else pair[1] * factor,
        design_sei=kind.design_sei(report) * factor,
        notes=tuple(kind.notes(report)),
    )
