"""What is assumed before the data: the declared priors, and those of the panel that `irlbayes check` pools under."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.rivals import panel
from irlbayes.core.specified import Option, Plan

PLACE = 5
WORDS = "what is assumed before the data"


def options(plan: Plan) -> tuple[Option, ...]:
    """Return the declared priors and their rivals."""
    outcome = plan.table.outcomes[plan.outcome]
    return tuple(
        Option(
            rival.name.replace(" ", "_").replace("-", "_"),
            f"mu ~ {rival.mu}, tau ~ {rival.tau}",
            partial(_under, rival),
        )
        for rival in panel(plan.model, outcome, plan.above)
    )


def _under(rival: ModelSpec, plan: Plan) -> Plan:
    return replace(plan, model=replace(plan.model, mu=rival.mu, tau=rival.tau))
