"""What every row has to do with treatment, from its contrast, its kind and its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from irlbayes.core.treatment import BEARINGS, INTERACTION, ONE_ARM, TREATED, Bearing, is_interaction
from irlbayes.core.types import EffectTable, Report, ReportTable
from irlbayes.effects.table import kinds

FOUR = "two effects of treatment: with rims against without"


def bearings(table: ReportTable, entered: Sequence[EffectTable]) -> tuple[Bearing, ...]:
    """Return what each row that has to do with treatment says about whom it helps, interactions first.

    Parameters
    ----------
    table : ReportTable
    entered : sequence of EffectTable
        Of the outcomes that compare effects of treatment.
    """
    inside = {study.report.id for one in entered for study in one.studies}
    reasons = {identity: reason for one in entered for identity, reason in one.left_out}
    found = []
    for report in table.reports:
        name = _bearing(table, report)
        if name:
            reason = "" if report.id in inside else _reason(name, reasons.get(report.id, ""))
            found.append(Bearing(report, name, _compares(table, report), report.id in inside, reason))
    order = list(BEARINGS)
    return tuple(sorted(found, key=lambda one: (not one.entered, order.index(one.name), one.report.line)))


def _bearing(table: ReportTable, report: Report) -> str:
    """Return the name of a row's bearing; empty where it has nothing to do with treatment."""
    outcome, contrast = table.outcomes[report.outcome], report.text("contrast")
    if is_interaction(report, kinds()[report.kind]):
        return "interaction"
    treated = report.text("instrument") in outcome.under_treatment
    if not outcome.treatment and not treated and contrast != TREATED:
        return ""
    if contrast in (TREATED, ONE_ARM):
        return contrast
    return "exposure" if outcome.treatment == "exposure" else "prognosis"


def _reason(name: str, left_out: str) -> str:
    """Return why a row does not answer: what it is, or, for one that compares two effects, why it stayed out."""
    return BEARINGS[name] or left_out or "its outcome was not asked about"


def _compares(table: ReportTable, report: Report) -> str:
    contrast = report.text("contrast")
    if getattr(kinds()[report.kind], "CONTRAST", "") == INTERACTION and contrast in ("", INTERACTION):
        return FOUR
    return table.contrasts.get(contrast, contrast) or "not said"


def wanted() -> tuple[str, ...]:
    """Return the rows that would answer: each kind that compares two effects, with its columns.

    Examples
    --------
    >>> wanted()[0]
    'arm_counts: ai_pos, n1i_pos, ci_pos, n2i_pos, ai_neg, n1i_neg, ci_neg, n2i_neg'
    """
    by_kind: Mapping[str, tuple[str, ...]] = {
        name: tuple(column.name for column in kind.COLUMNS)
        for name, kind in kinds().items()
        if getattr(kind, "CONTRAST", "") == INTERACTION
    }
    printed = [name for name, kind in kinds().items() if kind.SCALES == ("reported",) and name not in by_kind]
    return (
        *(f"{name}: {', '.join(columns)}" for name, columns in by_kind.items()),
        f"{', '.join(printed)}: an interaction as printed, with contrast = {INTERACTION}",
    )
