"""How results were selected before they reached us: not at all, by their p-value, small studies apart, or averaged."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from irlbayes import biased
from irlbayes.core.specified import Option, Plan

PLACE = 6
WORDS = "how results were selected before they were published"
ON_REQUEST = True  # half a second each: asked for by name
FAMILIES = {
    "selection": ("by their p-value: the ensemble's weight functions, averaged", ("selection",)),
    "pet_peese": ("small studies apart: PET and PEESE, averaged", ("PET", "PEESE")),
    "averaged": ("all of these and none, averaged", ("none", "selection", "PET", "PEESE")),
}


def options(plan: Plan) -> tuple[Option, ...]:
    """Return no selection, and each family of bias models given an effect, where the outcome has a null."""
    none = Option("none", "as published", lambda plan: plan)
    if plan.table.outcomes[plan.outcome].null is None:
        return (none,)
    return (none, *(Option(name, words, partial(_under, name)) for name, (words, _) in FAMILIES.items()))


def _under(name: str, plan: Plan) -> Plan:
    if str(plan.model.random_effects) != "normal" and not plan.common_effect:
        return replace(plan, undefined=f"models of selection have no {plan.model.random_effects} random effects")
    pool = partial(biased.pooled, FAMILIES[name][1], plan.table.studies)
    return replace(plan, bias=name, pool=pool)
