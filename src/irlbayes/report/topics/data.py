"""The reports that were pooled: what each printed, and what is believed of it beside the others."""

from __future__ import annotations

from collections import Counter
from statistics import NormalDist

from irlbayes.core.pages import Block, Line, Paragraph, Section, Table
from irlbayes.core.words import report_kind, shown
from irlbayes.report.told import COMMA, DASH, One, figures, line_of, plural

PLACE = 10


def write(one: One) -> Section | None:
    """Return a row per report, and how its cells became its likelihood."""
    kinds = Counter(study.report.kind for study in one.result.posterior.effects.studies)
    listed = ", ".join(f"{count} × {report_kind(kind)}" for kind, count in kinds.most_common())
    partial = sum(study.yi is None for study in one.result.posterior.effects.studies)
    words = f"What was printed: {listed}."
    if partial:
        words += f" {plural(partial, 'report gives', 'reports give')} no size of the effect."
    blocks: tuple[Block, ...] = (Paragraph((words,)), _reports(one), _derivations(one))
    return Section(one.id("data"), "Reports and their likelihoods", blocks, reader="statistician")


def _reports(one: One) -> Table:
    rows = []
    for place, study in enumerate(one.result.posterior.effects.studies):
        keys = ("studies", place)
        chance: Line = (one.chance(*keys, "p_gt_null", rest=one.is_below),) if one.has_null else (DASH,)
        rows.append(
            (
                (study.label,),
                (report_kind(study.report.kind),),
                _printed(one, place),
                one.estimate(*keys),
                chance,
                (one.percent(*keys, "share"),),
            )
        )
    return Table(
        f"{one.outcome.name}-reports",
        "Reports as printed and in the light of the others",
        (
            "Study",
            "What was printed",
            f"As reported [{one.level}]",
            f"In the light of the others [{one.level}]",
            f"P({one.side})" if one.has_null else "P",
            "Information",
        ),
        tuple(rows),
        (False, False, True, True, True, True),
        "As reported: the normal approximation of the report's likelihood, where it gives a size. Information: the"
        " report's share of what is known about mu; the prior holds the rest.",
    )


def _printed(one: One, place: int) -> Line:
    study = one.result.posterior.effects.studies[place]
    if study.yi is None or study.sei is None:
        return ("no size",)
    reach = study.sei * NormalDist().inv_cdf(0.5 + 0.5 * one.told.analysis.settings.level)
    ends = COMMA.join(shown(study.yi + side * reach, one.outcome) for side in (-1.0, 1.0))
    return (one.effect("studies", place, "yi"), f" [{ends}]")


def _derivations(one: One) -> Table:
    """Return every step from cells to likelihood."""
    rows: list[tuple[Line, ...]] = []
    for found in one.told.explained[one.outcome.name]:
        report = found.report
        at = f"{report.id} ({line_of(report.file, report.line)})"
        for step in found.steps:
            value = DASH if step.value is None else figures(step.value, 6)
            rows.append(((at,), (step.name,), (step.formula,), (value,), (step.source or DASH,)))
    return Table(
        f"{one.outcome.name}-derivations",
        "From cells to likelihoods, every formula with its numbers",
        ("Row", "Step", "Formula", "Value", "Source"),
        tuple(rows),
        (False, False, False, True, False),
        tone="long",
    )
