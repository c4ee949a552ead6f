"""The declared model as a PyMC graph, for the general engine.

The graph is non-centered: given ``tau`` the studies' effects are ``theta = mu + tau * z`` with standard normal ``z``,
so that a small ``tau`` makes no funnel. What the reports say enters as one potential per report kind, written by the
kind itself; nothing here knows what a report is.

PyMC is imported when a graph is built, not with this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.types import EffectTable, Study

if TYPE_CHECKING:
    import pymc as pm

# The PyMC form of every family of `core.priors.FAMILIES`: name of the variable and parameters to a random variable.
FAMILIES: dict[str, Callable[..., Any]] = {
    "normal": lambda pymc, name, mean, sd: pymc.Normal(name, mean, sd),
    "student_t": lambda pymc, name, df, location, scale: pymc.StudentT(name, nu=df, mu=location, sigma=scale),
    "flat": lambda pymc, name: pymc.Flat(name),
    "half_normal": lambda pymc, name, scale: pymc.HalfNormal(name, scale),
    "half_cauchy": lambda pymc, name, scale: pymc.HalfCauchy(name, scale),
    "half_student_t": lambda pymc, name, df, scale: pymc.HalfStudentT(name, nu=df, sigma=scale),
    "log_normal": lambda pymc, name, mu, sigma: pymc.LogNormal(name, mu, sigma),
    "log_student_t": lambda pymc, name, df, location, scale: pymc.Deterministic(
        name, pymc.math.exp(pymc.StudentT(f"log_{name}", nu=df, mu=location, sigma=scale))
    ),
    "inverse_gamma": lambda pymc, name, shape, scale: pymc.InverseGamma(name, alpha=shape, beta=scale),
    "uniform": lambda pymc, name, lower, upper: pymc.Uniform(name, lower, upper),
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
        (``report_<kind>_<likelihood>`` where the rows name one).

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

    random_effects = {"normal": pm.Normal}[model.random_effects.family]
    labels = [study.label for study in effects.studies]
    with pm.Model(coords={"study": labels}) as graph:
        mu = _variable(pm, "mu", model.mu)
        tau = _variable(pm, "tau", model.tau)
        z = random_effects("z", 0.0, 1.0, dims="study")
        theta = pm.Deterministic("theta", mu + tau * z, dims="study")
        for kind, members in _by_kind(effects.studies).items():
            index = np.array([place for place, _ in members])
            factor = np.array([study.factor for _, study in members])
            reports = [study.report for _, study in members]
            pm.Potential(f"report_{kind}", members[0][1].kind.log_likelihood(theta[index] / factor, reports).sum())
    return graph


def _variable(pymc: Any, name: str, prior: Prior) -> Any:
    return FAMILIES[prior.family](pymc, name, *prior.parameters)


def _by_kind(studies: tuple[Study, ...]) -> dict[str, list[tuple[int, Study]]]:
    """Group studies by report kind and likelihood, each with its place."""
    groups: dict[str, list[tuple[int, Study]]] = {}
    for place, study in enumerate(studies):
        name = "_".join(part for part in (study.report.kind, study.report.text("likelihood")) if part)
        groups.setdefault(name, []).append((place, study))
    return groups
