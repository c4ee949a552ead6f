"""Models and outcomes as plain data, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.types import Outcome


def plain_model(model: ModelSpec) -> dict[str, Any]:
    """Return a model as plain data.

    Examples
    --------
    >>> model = ModelSpec("mine", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    >>> model_of(plain_model(model)) == model
    True
    """
    return asdict(model)


def model_of(content: Mapping[str, Any]) -> ModelSpec:
    """Return the model that `plain_model` made plain."""
    priors = {role: content[role] and _prior(content[role]) for role in ("mu", "tau", "beta", "within")}
    spread = content["random_effects"]
    return ModelSpec(
        **{**content, **priors, "random_effects": RandomEffects(spread["family"], tuple(spread["parameters"]))}
    )


def _prior(content: Mapping[str, Any]) -> Prior:
    return Prior(content["family"], tuple(content["parameters"]), content["reason"], tuple(content["warnings"]))


def plain_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome of a plain table as plain data; a folder declares its own."""
    names = ("name", "label", "scale", "null", "harm", "unit", "treatment")
    return {name: getattr(outcome, name) for name in names}


def outcome_of(content: Mapping[str, Any]) -> Outcome:
    """Return the outcome that `plain_outcome` made plain."""
    return Outcome(**content)
