"""The declared model as a PyMC graph, for the general engine.

The graph is non-centered: given ``tau`` the studies' effects are ``theta = mu + tau * z`` with ``z`` of the declared
spread (standard normal unless another is named), so that a small ``tau`` makes no funnel. What the reports say enters
as one potential per report kind, written by the kind itself; nothing here knows what a report is.

PyMC is imported when a graph is built, not with this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.design import Design
from irlbayes.core.types import EffectTable, Study

if TYPE_CHECKING:
    import pymc as pm

# The PyMC form of every family of `core.priors.FAMILIES`: name of the variable and parameters to a random variable.
FAMILIES: dict[str, Callable[..., Any]] = {
    "normal": lambda pymc, name, mean, sd: pymc.Normal(name, mean, sd),
    "flat": lambda pymc, name: pymc.Flat(name),
    "half_normal": lambda pymc, name, scale: pymc.HalfNormal(name, scale),
    "half_cauchy": lambda pymc, name, scale: pymc.HalfCauchy(name, scale),
    "uniform": lambda pymc, name, lower, upper: pymc.Uniform(name, lower, upper),
}

# The PyMC form of every family of random effects, in units of tau.
SPREADS: dict[str, Callable[..., Any]] = {
    "normal": lambda pymc: pymc.Normal("z", 0.0, 1.0, dims="study"),
    "student_t": lambda pymc, df: pymc.StudentT("z", nu=df, mu=0.0, sigma=1.0, dims="study"),
    "contaminated": lambda pymc, share, ratio: pymc.NormalMixture(
        "z", w=np.array([1.0 - share, share]), mu=np.zeros(2), sigma=np.array([1.0, ratio]), dims="study"
    ),
}


def build(model: ModelSpec, effects: EffectTable) -> pm.Model:
    """Write a declared model and its studies as a PyMC model.

    Parameters
    ----------
    model : ModelSpec
        Priors, in units of the outcome's scale.
    effects : EffectTable
        The studies; at least one.

    Returns
    -------
    pymc.Model
        With free variables ``mu``, ``tau`` and ``z`` (dims study), the deterministic ``theta`` (dims study; outcome's
        scale) and one potential ``report_<kind>`` per report kind
        (``report_<kind>_<likelihood>`` where the rows name one). With moderators ``beta`` (dims coefficient) takes the
        place of ``mu``, which is then a deterministic.

    Raises
    ------
    KeyError
        For a family of priors, or of random effects, that has no PyMC form here.

    Notes
    -----
    A kind's likelihood is a function of the effect on the kind's own scale, ``theta / factor``; a likelihood of data
    takes no Jacobian. A new study's effect is not part of the graph: it is drawn from Normal(mu, tau ** 2) afterwards.
    """
    import pymc as pm

    labels = [study.label for study in effects.studies]
    names = effects.design.names if effects.design else ()
    with pm.Model(coords={"study": labels, **({"coefficient": names} if names else {})}) as graph:
        mean = _mean(pm, model, effects.design)
        tau = _variable(pm, "tau", model.tau)
        z = SPREADS[model.random_effects.family](pm, *model.random_effects.parameters)
        theta = pm.Deterministic("theta", mean + tau * z, dims="study")
        for kind, members in _by_kind(effects.studies).items():
            index = np.array([place for place, _ in members])
            factor = np.array([study.factor for _, study in members])
            reports = [study.report for _, study in members]
            pm.Potential(f"report_{kind}", members[0][1].kind.log_likelihood(theta[index] / factor, reports).sum())
    return graph


def _mean(pymc: Any, model: ModelSpec, design: Design | None) -> Any:
    """Write the mean effect of each study: mu, or what the moderators make of it (``mu`` is then at their average)."""
    if design is None:
        return _variable(pymc, "mu", model.mu)
    parts = [_variable(pymc, f"beta[{i}]", prior) for i, prior in enumerate(design.priors(model))]
    beta = pymc.Deterministic("beta", pymc.math.stack(parts), dims="coefficient")
    pymc.Deterministic("mu", pymc.math.dot(design.average, beta))
    return pymc.math.dot(design.matrix, beta)


def _variable(pymc: Any, name: str, prior: Prior) -> Any:
    return FAMILIES[prior.family](pymc, name, *prior.parameters)


def _by_kind(studies: tuple[Study, ...]) -> dict[str, list[tuple[int, Study]]]:
    """Group studies by report kind and likelihood, each with its place."""
    groups: dict[str, list[tuple[int, Study]]] = {}
    for place, study in enumerate(studies):
        name = "_".join(part for part in (study.report.kind, study.report.text("likelihood")) if part)
        groups.setdefault(name, []).append((place, study))
    return groups
