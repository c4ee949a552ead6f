"""Which kinds of report count, and with which likelihood."""

from __future__ import annotations

from dataclasses import replace

from irlbayes.core.specified import Option, Plan
from irlbayes.effects import table as effects_table

PLACE = 2
WORDS = "which kinds of report enter, and how"
WEAK = ("direction", "significance")


def options(plan: Plan) -> tuple[Option, ...]:
    """Return all kinds, all but the weakest, and the normal approximation, where a row of the outcome has them."""
    own = {report.id: report for report in plan.table.reports if report.outcome == plan.outcome}
    own = {name: report for name, report in own.items() if report.use != "context"}
    there = {report.kind for report in own.values()}
    there |= {reading.kind for reading in plan.table.readings if reading.id in own}
    found = [Option("all", "every kind, by its own likelihood", lambda plan: plan)]
    if "direction" in there:
        found.append(
            Option("no_direction", "without direction", lambda plan: replace(plan, drop_reports=("direction",)))
        )
    if "significance" in there:
        found.append(
            Option(
                "no_direction_no_significance",
                "without both",
                lambda plan: replace(plan, drop_reports=WEAK),
            )
        )
    if any(effects_table.NORMAL in effects_table.kinds()[kind].LIKELIHOODS[1:] for kind in there):
        found.append(Option("normal", "normal likelihoods, if any", lambda plan: replace(plan, likelihood="normal")))
    return tuple(found)
