"""Which rows enter: primary ones, or those of other cohorts too."""

from __future__ import annotations

from dataclasses import replace

from irlbayes.core.specified import Option, Plan

PLACE = 3
WORDS = "which rows enter"


def options(plan: Plan) -> tuple[Option, ...]:
    """Return the primary rows, and with them the sensitivity rows where the outcome has any."""
    found = [Option("primary", "primary rows", lambda plan: plan)]
    if any(report.outcome == plan.outcome and report.use == "sensitivity" for report in plan.table.reports):
        words = "with other cohorts"
        found.append(Option("primary_and_sensitivity", words, lambda plan: replace(plan, use="sensitivity")))
    return tuple(found)
