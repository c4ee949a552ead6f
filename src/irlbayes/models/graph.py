"""The declared model as a PyMC graph, for the general engine.

The graph is non-centered: given ``tau`` the studies' effects are ``theta = mu + tau * z`` with ``z`` of the declared
spread (standard normal unless another is named), so that a small ``tau`` makes no funnel. Where several rows of a
cohort enter, ``theta = mu + tau * z[cohort] + omega * w`` with ``z`` per cohort and ``w`` per row. What the reports say
enters as one potential per report kind, written by the kind itself; nothing here knows what a report is.

PyMC is imported when a graph is built, not with this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.design import Design
from irlbayes.core.types import EffectTable, Study
from irlbayes.models.numbers import Numbers

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

# The PyMC form of every family of random effects, in units of tau.
SPREADS: dict[str, Callable[..., Any]] = {
    "normal": lambda pymc, dims: pymc.Normal("z", 0.0, 1.0, dims=dims),
    "student_t": lambda pymc, dims, df: pymc.StudentT("z", nu=df, mu=0.0, sigma=1.0, dims=dims),
    "contaminated": lambda pymc, dims, share, ratio: pymc.NormalMixture(
        "z", w=np.array([1.0 - share, share]), mu=np.zeros(2), sigma=np.array([1.0, ratio]), dims=dims
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
    names = [study.report.cohort for study in effects.studies]
    cohorts = list(dict.fromkeys(names))
    coords: dict[str, Any] = {"study": labels}
    if effects.design:
        coords["coefficient"] = effects.design.names
    if model.within:
        coords["cohort"] = cohorts
    with pm.Model(coords=coords, check_bounds=False) as graph:  # priors and reports were checked when they were read
        numbers = Numbers(pm)
        mean = _mean(pm, numbers, model, effects.design)
        tau = variable(pm, numbers, "tau", model.tau)
        if model.within is None:
            z = SPREADS[model.random_effects.family](pm, "study", *model.random_effects.parameters)
            theta = pm.Deterministic("theta", mean + tau * z, dims="study")
        else:
            omega = variable(pm, numbers, "omega", model.within)
            z = SPREADS[model.random_effects.family](pm, "cohort", *model.random_effects.parameters)
            w = pm.Normal("w", 0.0, 1.0, dims="study")
            shared = z[np.array([cohorts.index(name) for name in names])]
            theta = pm.Deterministic("theta", mean + tau * shared + omega * w, dims="study")
        together = _correlated(effects.studies, model)
        if together:
            level = _log_correlated(theta, effects.studies, together, model)
            pm.Potential("report_correlated", numbers.hold(level, [theta]))
        say(pm, numbers, theta, effects.studies, set(together))
        numbers.settle()
    return graph


def say(
    pymc: Any,
    numbers: Numbers,
    theta: Any,
    studies: tuple[Study, ...],
    without: Collection[int] = (),
    prefix: str = "report",
) -> None:
    """Add what reports say of their effects to the model at hand: one potential per report kind.

    Parameters
    ----------
    numbers : Numbers
        Of the model.
    theta : variable, dims (study,)
        Effects on the outcome's scale.
    studies : tuple of Study
    without : collection of int
        Places of studies whose likelihood stands elsewhere.
    prefix : str
        Of the potentials' names.
    """
    for kind, members in _by_kind(studies, without).items():
        index = np.array([place for place, _ in members])
        factor = np.array([study.factor for _, study in members])
        reports = [study.report for _, study in members]
        level = members[0][1].kind.log_likelihood(theta[index] / factor, reports).sum()
        pymc.Potential(f"{prefix}_{kind}", numbers.hold(level, [theta]))


def _mean(pymc: Any, numbers: Numbers, model: ModelSpec, design: Design | None) -> Any:
    """Write the mean effect of each study: mu, or what the moderators make of it (``mu`` is then at their average)."""
    if design is None:
        return variable(pymc, numbers, "mu", model.mu)
    parts = [variable(pymc, numbers, f"beta[{i}]", prior) for i, prior in enumerate(design.priors(model))]
    beta = pymc.Deterministic("beta", pymc.math.stack(parts), dims="coefficient")
    pymc.Deterministic("mu", pymc.math.dot(numbers.add(design.average), beta))
    return pymc.math.dot(numbers.add(design.matrix), beta)


def variable(pymc: Any, numbers: Numbers, name: str, prior: Prior) -> Any:
    """Return a variable with a prior, whose parameters are data of the model."""
    return FAMILIES[prior.family](pymc, name, *map(numbers.add, prior.parameters))


def _correlated(studies: tuple[Study, ...], model: ModelSpec) -> list[int]:
    """Return the places of the rows whose sampling errors are correlated with another's."""
    if model.within is None or model.within_correlation == 0.0:
        return []
    normal = [place for place, study in enumerate(studies) if study.curve.is_normal]
    count = Counter(studies[place].report.cohort for place in normal)
    return [place for place in normal if count[studies[place].report.cohort] > 1]


def _log_correlated(theta: Any, studies: tuple[Study, ...], places: list[int], model: ModelSpec) -> Any:
    """Return the log-likelihood of normal rows with correlated errors, up to a constant."""
    curves = [studies[place].curve for place in places]
    y, sei = (np.array([getattr(curve, name)[0] for curve in curves]) for name in ("center", "width"))
    names = np.array([studies[place].report.cohort for place in places])
    correlation = np.where(names[:, None] == names, model.within_correlation, 0.0)
    np.fill_diagonal(correlation, 1.0)
    precision = np.linalg.inv(correlation * np.outer(sei, sei))
    gap = theta[np.array(places)] - y
    return -0.5 * (gap * (precision @ gap)).sum()


def _by_kind(studies: tuple[Study, ...], without: Collection[int] = ()) -> dict[str, list[tuple[int, Study]]]:
    """Group studies by report kind and likelihood, each with its place."""
    groups: dict[str, list[tuple[int, Study]]] = {}
    for place, study in enumerate(studies):
        if place in without:
            continue
        name = "_".join(part for part in (study.report.kind, study.report.text("likelihood")) if part)
        groups.setdefault(name, []).append((place, study))
    return groups
