"""Subgroups with means of their own and one heterogeneity: exact for every kind of report.

Given tau the groups' means are independent, so that each group has slices of its own at the same values of tau, and the
log marginal likelihoods add.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.building import build
from irlbayes.core.examining import Grouped
from irlbayes.core.spread import spread_of
from irlbayes.core.types import Study
from irlbayes.posterior.mixtures import FAR, Slices
from irlbayes.posterior.plans import closed_form, moments, tau_plan
from irlbayes.posterior.quadrature import marginal
from irlbayes.posterior.slices import NEAR, GridSlicer, NormalSlicer

Array = NDArray[np.float64]
FEW_TERMS = 1e-12  # share of a slice's weight below which a term is left out of a difference


def regroup(groups: Sequence[Sequence[Study]], model: ModelSpec) -> Grouped:
    """Pool groups of studies, each with a mean of its own under mu's prior, and one tau.

    Parameters
    ----------
    groups : sequence of sequences of Study
    model : ModelSpec
        With a proper prior of mu.

    Returns
    -------
    Grouped

    Raises
    ------
    ArithmeticError
        When the posterior cannot be resolved.
    """
    if not model.mu.proper:
        raise ArithmeticError("groups with means of their own need a proper prior of mu")
    if model.mu.family == "student_t":
        raise ArithmeticError("groups with means of their own are pooled under a normal prior of mu, not a Student t")
    spread = spread_of(model.random_effects)
    curves = [tuple(study.curve for study in group if not study.curve.is_flat) for group in groups]
    together = tuple(curve for group in curves for curve in group)
    normal = closed_form(together, spread)
    slicers = [
        NormalSlicer(group, model.mu, model.tau)
        if normal or not group
        else GridSlicer(group, model.mu, model.tau, spread)
        for group in curves
    ]

    def log_tau(tau: Array) -> Array:
        total = sum(slicer.log_tau(tau) for slicer in slicers)
        return np.asarray(total - (len(slicers) - 1) * priors.log_pdf(model.tau, tau))

    counted = moments(together, model.mu, model.tau)
    density, log_evidence = build(log_tau, tau_plan(together, model.mu, model.tau, counted, normal))
    with np.errstate(divide="ignore"):
        log_node = np.log(density.mass)
    kept = log_node > log_node.max() + (FAR if normal else NEAR)
    at, log_node = density.x[kept], log_node[kept]
    slices = [slicer.at(at) for slicer in slicers]
    means = tuple(marginal(one, log_node, 2, normal, None) for one in slices)
    pairs = combinations(range(len(groups)), 2)
    differences = {(a, b): marginal(_minus(slices[a], slices[b]), log_node, 2, normal, None) for a, b in pairs}
    flat = float(np.log([study.curve.floor for group in groups for study in group if study.curve.is_flat]).sum())
    return Grouped(means, density, differences, log_evidence + flat)


def _minus(first: Slices, second: Slices) -> Slices:
    """Return the difference of two independent unknowns at each tau: terms against terms."""
    first, second = _thinned(first), _thinned(second)
    size = first.tau.size
    return Slices(
        first.tau,
        first.log_mass,
        (first.center[:, :, None] - second.center[:, None, :]).reshape(size, -1),
        np.hypot(first.width, second.width),
        (first.weight[:, :, None] * second.weight[:, None, :]).reshape(size, -1),
    )


def _thinned(slices: Slices) -> Slices:
    """Leave out terms that carry nothing at any tau."""
    kept = (np.abs(slices.weight) > FEW_TERMS).any(axis=0)
    return Slices(slices.tau, slices.log_mass, slices.center[:, kept], slices.width, slices.weight[:, kept])
