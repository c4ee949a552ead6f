"""What is assumed before the data: the declared priors, and those of the panel that `irlbayes check` pools under."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.rivals import panel
from irlbayes.core.specified import Option, Plan
from irlbayes.models.library import sized

PLACE = 5
WORDS = "what is assumed before the data"


def options(plan: Plan) -> tuple[Option, ...]:
    """Return the declared priors and their rivals."""
    outcome = plan.table.outcomes[plan.outcome]
    declared, *rivals = panel(plan.model)
    rivals += [replace(plan.model, name=name, mu=prior) for name, _, prior in sized(outcome, plan.above)]
    words = [f"mu ~ {declared.mu}, tau ~ {declared.tau}", *(_changed(rival, declared) for rival in rivals)]
    return tuple(
        Option(rival.name.replace(" ", "_").replace("-", "_"), told, partial(_under, rival))
        for rival, told in zip((declared, *rivals), words, strict=True)
    )


def _changed(rival: ModelSpec, declared: ModelSpec) -> str:
    """Say which priors are not the declared ones."""
    pairs = (("mu", rival.mu, declared.mu), ("tau", rival.tau, declared.tau))
    return ", ".join(f"{role} ~ {prior}" for role, prior, other in pairs if prior != other)


def _under(rival: ModelSpec, plan: Plan) -> Plan:
    return replace(plan, model=replace(plan.model, mu=rival.mu, tau=rival.tau))
