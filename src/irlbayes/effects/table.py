"""Reports become the studies of an outcome: which rows enter, on which scale, with which likelihood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import cast

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.registry import leaves
from irlbayes.core.scales import PRINTED, SCALES, conversion
from irlbayes.core.treatment import is_interaction
from irlbayes.core.types import EffectTable, Finding, Kind, Outcome, Report, ReportTable, Step, Study
from irlbayes.effects import by_measure

NORMAL = "normal"
USES = {"primary": ("primary",), "sensitivity": ("primary", "sensitivity")}


def kinds() -> dict[str, Kind]:
    """Return every report kind by name: the files of `effects/reports/`."""
    return cast("dict[str, Kind]", leaves("irlbayes.effects.reports"))


def effect_table(
    table: ReportTable,
    outcome: Outcome,
    use: str = "primary",
    drop_reports: Collection[str] = (),
    likelihood: str = "",
    findings: Collection[Finding] = (),
    clustered: bool = False,
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
    likelihood : str
        Likelihood of the rows that have it and name none themselves, such as ``normal``; each kind's own by default.
    findings : collection of Finding
        What looks wrong in the table; those about the rows that enter, and about published results, are kept.
    clustered : bool
        Whether every row of a cohort enters.

    Returns
    -------
    EffectTable
        With the reason of every row that stayed out.

    Notes
    -----
    One row per cohort enters, or every one (``clustered``): primary rows first, then in the order of the file. Rows
    marked ``context`` never do.
    """
    entered, left_out = chosen(table.reports, outcome, use, drop_reports, clustered)
    repeated = {study for study, count in Counter(report.study for report in entered).items() if count > 1}
    studies = tuple(
        study_of(report, outcome, report.id if report.study in repeated else report.study, likelihood)
        for report in entered
    )
    identities = {report.id for report in entered}
    concerned = tuple(
        one for one in findings if one.outcome == outcome.name and (not one.reports or identities & {*one.reports})
    )
    return EffectTable(outcome, studies, tuple(left_out), concerned)


def chosen(
    reports: Collection[Report], outcome: Outcome, use: str, drop_reports: Collection[str] = (), clustered: bool = False
) -> tuple[list[Report], list[tuple[str, str]]]:
    """Return the rows of an outcome that enter, and the others with their reasons, as `effect_table` chooses them."""
    wanted = sorted(
        (report for report in reports if report.outcome == outcome.name),
        key=lambda report: (report.use != "primary", report.line),
    )
    entered: list[Report] = []
    left_out: list[tuple[str, str]] = []
    taken: dict[str, str] = {}
    for report in wanted:
        reason = reason_to_leave_out(report, outcome, use, drop_reports) or (
            spoken_for(report.cohort, taken[report.cohort]) if report.cohort in taken and not clustered else ""
        )
        if reason:
            left_out.append((report.id, reason))
        else:
            entered.append(report)
            taken[report.cohort] = report.id
    return entered, left_out


def spoken_for(cohort: str, identity: str) -> str:
    """Say why another row of a cohort stays out."""
    return f"cohort {cohort} already speaks through {identity}"


def reason_to_leave_out(report: Report, outcome: Outcome, use: str, drop: Collection[str] = ()) -> str:
    """Say why a row cannot enter on its own account; empty where it can."""
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
    by_irl = is_interaction(report, kind)
    if outcome.is_interaction and not by_irl:
        return f"{report.kind} compares two groups of patients, not two effects of treatment"
    if by_irl and not outcome.is_interaction:
        return "it compares two effects of treatment, not two groups of patients"
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
    if SCALES[source].own_unit and outcome.unit and unit and unit != outcome.unit:
        return f"unit {unit!r} is not {outcome.unit!r}"
    return ""


def scale_of(report: Report, outcome: Outcome) -> str:
    """Return the scale a report speaks on for an outcome.

    A kind that speaks on several takes the outcome's own where it can, else one that converts to it. A printed number
    speaks on the scale that its row names, or on its outcome's.
    """
    scales = kinds()[report.kind].SCALES
    if scales != ("reported",):
        reachable = [scale for scale in scales if conversion(scale, outcome.scale) is not None]
        return outcome.scale if outcome.scale in scales else (reachable or list(scales))[0]
    named = report.text("scale")
    return PRINTED[named][0] if named in PRINTED else (named or outcome.scale)


def steps(study: Study) -> list[Step]:
    """Return how a study's row became its likelihood, the change of scale included.

    Parameters
    ----------
    study : Study
    """
    kind = kinds()[study.report.kind]
    if study.kind is kind:
        found = kind.steps(study.report)
    else:
        measure = getattr(kind, "MEASURE", {}).get(study.report.scale)
        found = by_measure.steps(study.report, measure) if measure else kinds()["yi_sei"].steps(study.report)
    if study.conversion:
        found = [*found, Step("scale", f"times {study.factor:.6g}: {study.conversion}", study.factor)]
    return found


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
        kind = kinds()[report.kind]
        if report.text("likelihood") == NORMAL and kind.yi_sei(replace(report, scale=source)) is None:
            words = f"a normal likelihood needs a size and a sign, and this {report.kind} has none"
            problems.append(Problem(report.file, words, "Leave likelihood blank.", report.line, "likelihood", NORMAL))
    return problems


def repeated_cohorts(table: ReportTable, outcome: str = "") -> list[Problem]:
    """Return where a cohort has several primary rows in one outcome (of ``outcome`` alone where it is given)."""
    first: dict[tuple[str, str], Report] = {}
    problems = []
    for report in table.reports:
        if report.use != "primary" or (outcome and report.outcome != outcome):
            continue
        other = first.setdefault((report.cohort, report.outcome), report)
        if other is not report:
            words = f"one primary row per cohort and outcome; line {other.line} ({other.id}) is another"
            fix = "Mark one of them sensitivity, give it a cohort of its own, or pool all rows of a cohort: --within."
            problems.append(Problem(report.file, words, fix, report.line, "cohort", report.cohort))
    return problems


def study_of(report: Report, outcome: Outcome, label: str, likelihood: str = "") -> Study:
    """Return what a row that enters is to a model: its likelihood on the outcome's scale.

    Parameters
    ----------
    report : Report
    outcome : Outcome
    label : str
    likelihood : str
        As for `effect_table`.

    Raises
    ------
    InputError
        Where its likelihood cannot be computed.
    """
    source = scale_of(report, outcome)
    found = conversion(source, outcome.scale)
    assert found is not None
    factor, words = found
    kind, report = _as_named(replace(report, scale=source), likelihood)
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


def _as_named(report: Report, likelihood: str) -> tuple[Kind, Report]:
    """Return the kind and cells that a named likelihood reads: a normal one reads what `yi_sei` makes of the row."""
    kind = kinds()[report.kind]
    wanted = report.text("likelihood") or (likelihood if likelihood in kind.LIKELIHOODS else "")
    if not wanted or wanted == kind.LIKELIHOODS[0]:
        return kind, report
    named = replace(report, values={**report.values, "likelihood": wanted})
    if wanted != NORMAL:
        return kind, named
    pair = kind.yi_sei(named)
    if pair is None:  # no size or no sign: the row keeps its own likelihood
        return kind, report
    yi, sei = pair
    return kinds()["yi_sei"], replace(named, values={**named.values, "yi": yi, "sei": sei})


def why_empty(effects: EffectTable, use: str) -> str:
    """Say why no row of an outcome entered, the commonest reasons first."""
    if not effects.left_out and effects.outcome.is_interaction:
        return "no row sets two effects of treatment against each other (irlbayes treatment lists what there is)"
    if not effects.left_out:
        return "no rows"
    counts: dict[str, int] = {}
    for _, reason in effects.left_out:
        counts[reason] = counts.get(reason, 0) + 1
    listed = "; ".join(f"{count} {reason}" for reason, count in sorted(counts.items(), key=lambda item: -item[1]))
    return f"no {use} rows: {listed}"
