"""How true effects differ between studies: the declared random effects, other shapes, or not at all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from irlbayes.core.assumptions import RandomEffects
from irlbayes.core.specified import Option, Plan

PLACE = 4
WORDS = "how true effects differ"
SHAPES = (RandomEffects(), RandomEffects("student_t", (4.0,)), RandomEffects("contaminated", (0.1, 5.0)))


def options(plan: Plan) -> tuple[Option, ...]:
    """Return the declared random effects, the other shapes, and a common effect."""
    declared = plan.model.random_effects
    shapes = (declared, *(shape for shape in SHAPES if shape != declared))
    return (
        *(Option(str(shape), f"{shape} random effects", partial(_shaped, shape)) for shape in shapes),
        Option("common_effect", "one effect for all, tau at zero", lambda plan: replace(plan, common_effect=True)),
    )


def _shaped(shape: RandomEffects, plan: Plan) -> Plan:
    return replace(plan, model=replace(plan.model, random_effects=shape))
