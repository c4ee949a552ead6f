"""How ambiguous wording is read: every row as it stands, or every row that has another reading by that name, so."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from irlbayes.core.specified import Option, Plan
from irlbayes.core.types import AS_PRINTED
from irlbayes.data.readings import read_as

PLACE = 1
WORDS = "how ambiguous wording is read"


def options(plan: Plan) -> tuple[Option, ...]:
    """Return the reading as printed, and each other that some row of the outcome has."""
    own = {report.id for report in plan.table.reports if report.outcome == plan.outcome}
    counts: dict[str, int] = {}
    for reading in plan.table.readings:
        if reading.id in own:
            counts[reading.name] = counts.get(reading.name, 0) + 1
    rows = {name: f"{count} {'row' if count == 1 else 'rows'} read otherwise" for name, count in counts.items()}
    return (
        Option(AS_PRINTED, "every row as it stands", lambda plan: plan),
        *(Option(name, words, partial(_read, name)) for name, words in rows.items()),
    )


def _read(name: str, plan: Plan) -> Plan:
    return replace(plan, table=read_as(plan.table, name))
