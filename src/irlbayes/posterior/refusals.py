"""What has no answer is refused before any engine starts."""

from __future__ import annotations

from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import FitError, InputError, Problem, refuse_unknown
from irlbayes.core.types import EffectTable

ENGINES = ("auto", "exact", "nuts")
FEWEST_FOR_IMPROPER = 3


def refuse(effects: EffectTable, model: ModelSpec, engine: str) -> None:
    """Refuse what has no answer, before any engine starts."""
    count = len(effects.studies)
    outcome = effects.outcome
    refuse_unknown("--engine", [engine], ENGINES)
    if model.scale != outcome.scale or model.unit != outcome.unit:
        raise InputError(
            Problem(
                "--model",
                f"the model's scale ({model.scale}) is the outcome's ({outcome.scale})",
                "Choose another model.",
                value=model.name,
            )
        )
    if count == 0:
        raise FitError("no study entered")
    if (effects.design.formula if effects.design else "") != model.moderators:
        raise FitError("the studies and the model have different moderators: give both the same formula")
    if model.mu.proper:
        return
    fix = 'Give a proper prior, for example --prior-mu "normal(0, 1)".'
    if count < FEWEST_FOR_IMPROPER:
        raise InputError(
            Problem(
                "--prior-mu",
                f"an improper prior needs at least {FEWEST_FOR_IMPROPER} studies, and {outcome.name} has {count}",
                fix,
                value=str(model.mu),
            )
        )
    bounded = [study.curve.bounded for study in effects.studies]
    if not (any(low for low, _ in bounded) and any(high for _, high in bounded)):
        raise InputError(
            Problem(
                "--prior-mu",
                f"the posterior of {outcome.name} would be improper: no report bounds the effect on one side",
                fix,
                value=str(model.mu),
            )
        )
