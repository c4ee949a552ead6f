"""Other priors for the same model: wider, narrower, heavier-tailed."""

from __future__ import annotations

from dataclasses import replace
from math import log

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.priors import FAMILIES, scale

MULTIPLIED = ("sd", "scale", "lower", "upper")
OF_A_LOG = {"log_normal": ("mu",), "log_student_t": ("location",)}


def scaled(prior: Prior, factor: float) -> Prior:
    """Return a prior that is wider (or narrower) by a factor; the center of a prior of mu stays.

    Parameters
    ----------
    prior : Prior
    factor : float
        Above zero.

    Examples
    --------
    >>> str(scaled(Prior("half_normal", (0.5,)), 2.0)), str(scaled(Prior("normal", (0.3, 1.0)), 0.5))
    ('half_normal(1)', 'normal(0.3, 0.5)')
    """
    names = FAMILIES[prior.family].parameters
    shifted = OF_A_LOG.get(prior.family, ())
    values = tuple(
        value + log(factor) if name in shifted else value * factor if name in MULTIPLIED and not shifted else value
        for name, value in zip(names, prior.parameters, strict=True)
    )
    return Prior(prior.family, values, f"{prior}, {factor:g} times as wide")


def panel(model: ModelSpec) -> tuple[ModelSpec, ...]:
    """Return a model under other priors, each named for what it is; the declared one first.

    Parameters
    ----------
    model : ModelSpec
    """
    size = scale(model.tau)
    wide, narrow = scaled(model.mu, 2.0), scaled(model.mu, 0.5)
    rows = [
        ("declared", model.mu, model.tau),
        ("mu twice as wide", wide, model.tau),
        ("mu half as wide", narrow, model.tau),
        ("tau half as large", model.mu, scaled(model.tau, 0.5)),
        ("tau twice as large", model.mu, scaled(model.tau, 2.0)),
        ("both twice as wide", wide, scaled(model.tau, 2.0)),
        ("heavy-tailed tau", model.mu, Prior("half_cauchy", (size,))),
        ("uniform tau", model.mu, Prior("uniform", (0.0, 8.0 * size))),
    ]
    return tuple(replace(model, name=name, mu=mu, tau=tau) for name, mu, tau in rows)
