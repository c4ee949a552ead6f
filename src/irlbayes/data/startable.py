"""Which published result can start an outcome: those on file, and why one cannot."""

from __future__ import annotations

import re

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import PRINTED, SCALES, conversion
from irlbayes.core.starts import Told
from irlbayes.core.types import Outcome, Published, ReportTable

MEASURES = (
    (r"standardi[sz]ed mean difference|\bSMD\b", "smd"),
    (r"odds ratio|\bOR\b", "or"),
    (r"rate ratio|\bIRR\b", "irr"),
    (r"hazard ratio|\bHR\b", "hr"),
    (r"risk ratio|relative risk|\bRR\b", "rr"),
    (r"prevalence|proportion", "proportion"),
)


def rows_to_start(table: ReportTable, outcome: str, told: Told) -> tuple[Published, ...]:
    """Return the rows that may start an outcome: those beside its answer, or those of a review."""
    on_file = table.published.get(outcome, ())
    beside = table.outcomes[outcome].reference
    if told.review is None and told.measure is None:
        return beside

    def asked(row: Published) -> bool:
        return told.review in (None, row.review) and told.measure in (None, row.measure)

    rows = [row for row in on_file if asked(row)]
    if not any(asked(row) for beside in table.published.values() for row in beside):
        known = "; ".join(f"{row.review}: {row.measure}" for beside in table.published.values() for row in beside)
        given = ", ".join(part for part in (told.review, told.measure) if part)
        rule, fix = "a published result on file, named as it stands there", f"On file: {known or 'none'}."
        raise InputError(Problem("--review, --measure", rule, fix, value=given))
    chosen = [row for row in rows if row in beside] or rows
    if len(chosen) > 1 and told.measure is None and not all(row in beside for row in chosen):
        fix = f"Add --measure: {'; '.join(row.measure for row in chosen)}."
        raise InputError(Problem("--review", f"one result; {told.review} has {len(chosen)}", fix))
    return tuple(chosen)


def printed_scale(row: Published) -> str:
    """Return how a review prints its numbers, from its ``scale`` or the words of its measure; empty where unknown.

    Examples
    --------
    >>> row = Published("A 2025", "relapse rate ratio", 1.1, None, None, None, "")
    >>> printed_scale(row)
    'irr'
    """
    return row.scale or next((name for words, name in MEASURES if re.search(words, row.measure)), "")


def unusable(row: Published, outcome: Outcome) -> str:
    """Say why a row cannot start an outcome; empty where it can."""
    reasons = []
    if row.estimate is None:
        reasons.append("its estimate is not on file")
    elif row.ci_lb is None or row.ci_ub is None:
        reasons.append(f"its {row.estimate:g} stands without an interval, and an estimate without one has no weight")
    name = printed_scale(row)
    if not name:
        reasons.append("its scale is not known (a column scale of published_pooled.csv says it)")
    elif conversion(PRINTED[name][0], outcome.scale) is None:
        theirs, ours = SCALES[PRINTED[name][0]], SCALES[outcome.scale]
        reasons.append(
            f"a {theirs.printed or theirs.words} has no conversion to the {ours.words} that this outcome is pooled on"
        )
    return "; ".join(reasons)
