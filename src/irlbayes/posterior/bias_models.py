"""Every model of an ensemble, by deterministic quadrature: marginal likelihoods and posteriors that can be averaged.

The models without bias and with selection share the nodes of mu and tau, so that a weight function costs one sweep over
its own rule. PET and PEESE have nodes of their own, with the mean taken at the covariate where it is least correlated
with the coefficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.averaged import AxisMarginal, Terms
from irlbayes.core.fitting import OVERLAP, interpolation
from irlbayes.core.publication import Bias, Ensemble, Family, WeightFunction
from irlbayes.posterior import omegas
from irlbayes.posterior.bias_likelihoods import (
    Case,
    Chances,
    chances,
    log_plain,
    log_rate_alone,
    log_selection,
    log_shifted,
    places,
)
from irlbayes.posterior.bias_nodes import Layout, Nodes, Windows

Array = NDArray[np.float64]
WORTHLESS = 20.0  # log units below the peak at which a point is spared the selection models


@dataclass(frozen=True, eq=False)
class Model:
    """One model of an ensemble, fitted.

    Parameters
    ----------
    bias : Bias
    effect, heterogeneity : bool
    prior : float
        Prior probability.
    log_marginal_likelihood : float
    terms : Terms
        Posterior of mu, with the tau of every term.
    tau : AxisMarginal or None
        Posterior of tau; None where it is zero.
    omega : Array or None, dims (moment, interval)
        Mean and mean square of the weight of every interval of the partition, under a selection model.
    beta : tuple of float or None
        Mean and mean square of the regression coefficient.
    """

    bias: Bias
    effect: bool
    heterogeneity: bool
    prior: float
    log_marginal_likelihood: float
    terms: Terms
    tau: AxisMarginal | None
    omega: Array | None = None
    beta: tuple[float, float] | None = None


def fit_models(
    case: Case, ensemble: Ensemble, looser: bool = False, windows: dict[str, Windows] | None = None
) -> list[Model]:
    """Fit every model whose prior probability is above zero.

    Parameters
    ----------
    case : Case
    ensemble : Ensemble
    looser : bool
        Whether to integrate on coarser rules, which measures the error of the finer ones.
    windows : dict, optional
        Where posteriors lie; filled on first use, so that a second fit need not look again.

    Raises
    ------
    ArithmeticError
        When a posterior cannot be found.
    """
    windows = {} if windows is None else windows
    found: list[Model] = []
    for effect, p_effect in ((True, ensemble.effect), (False, 1.0 - ensemble.effect)):
        for heterogeneity, p_spread in ((True, ensemble.heterogeneity), (False, 1.0 - ensemble.heterogeneity)):
            prior = p_effect * p_spread
            if prior <= 0.0:
                continue
            direct = [bias for bias in ensemble.biases if bias.prior > 0.0 and bias.family in ("none", "selection")]
            if direct:
                found += _direct(case, direct, effect, heterogeneity, prior, looser, windows)
            for bias in ensemble.biases:
                if bias.prior > 0.0 and bias.family in ("PET", "PEESE"):
                    found.append(_regressed(case, bias, effect, heterogeneity, prior, looser, windows))
    if not all(np.isfinite(model.log_marginal_likelihood) for model in found):
        raise ArithmeticError("a model of the ensemble has no finite marginal likelihood")
    return found


def _direct(
    case: Case,
    biases: Sequence[Bias],
    effect: bool,
    heterogeneity: bool,
    prior: float,
    looser: bool,
    windows: dict[str, Windows],
) -> list[Model]:
    """Fit the models without bias and with selection, on nodes that they share."""
    layout = Layout(case, "none", effect, heterogeneity, 0.0)
    selecting = [bias for bias in biases if bias.weights is not None] if case.cut else []
    finest = _finest(selecting)

    def heights(mu: Array, tau: Array, beta: Array, shift: Array) -> Array:
        return _envelope(case, finest, mu, tau, log_plain(case, mu, tau))[:, :, None]

    key = f"direct {effect} {heterogeneity}"
    if key not in windows:
        windows[key] = layout.look(heights)
    nodes = layout.nodes(windows[key], looser)
    plain = log_plain(case, nodes.mu, nodes.tau.x)
    base = plain + _log_nodes(layout, nodes)[:, :, 0]
    given = chances(case, nodes.mu, nodes.tau.x) if selecting else None
    rate = log_rate_alone(case)
    mask = _worth(base, _few(given, finest, case, base)) if given is not None else np.ones(base.shape, dtype=bool)
    near = given.at(mask.ravel()) if given is not None else None
    found = []
    for bias in biases:
        if bias.weights is None or near is None:
            found.append(_model(bias, effect, heterogeneity, prior, nodes, base + rate))
            continue
        omega, probability = omegas.rule(bias.weights.count, len(case.cut), looser, points=int(mask.sum()))
        at = places(bias.weights, case)
        factor, mass = log_selection(near, at, omega, probability, base[mask])
        level = np.full(base.shape, -np.inf)
        level[mask] = base[mask] + factor
        moments = np.stack([mass @ omega[:, at], mass @ omega[:, at] ** 2])
        found.append(_model(bias, effect, heterogeneity, prior, nodes, level, omega=moments))
    return found


def _finest(selecting: Sequence[Bias]) -> list[WeightFunction]:
    """Return step functions that fall wherever any one-sided, or any two-sided, one of them does."""
    found = []
    for sides in (1, 2):
        cuts = {cut for bias in selecting if bias.weights and bias.weights.sides == sides for cut in bias.weights.cuts}
        if cuts:
            found.append(WeightFunction(sides, tuple(sorted(cuts))))
    return found


def _envelope(case: Case, selecting: Sequence[WeightFunction], mu: Array, tau: Array, plain: Array) -> Array:
    """Return the log of the largest likelihood that any selection may make, roughly, dims (tau, mu)."""
    if not selecting:
        return plain
    factor = _few(chances(case, mu, tau), selecting, case, plain)
    return np.asarray(plain + np.maximum(factor, 0.0))


def _few(given: Chances, selecting: Sequence[WeightFunction], case: Case, base: Array) -> Array:
    """Return the largest log factor of any weight function on a rule of few nodes, shaped as ``base``."""
    best = np.zeros(base.size)
    for weights in selecting:
        omega, probability = omegas.rule(weights.count, few=True)
        factor, _ = log_selection(given, places(weights, case), omega, probability, base.ravel())
        best = np.maximum(best, factor)
    return best.reshape(base.shape)


def _worth(base: Array, factor: Array) -> NDArray[np.bool_]:
    level = base + factor
    return np.asarray(level > level.max() - WORTHLESS)


def _regressed(
    case: Case, bias: Bias, effect: bool, heterogeneity: bool, prior: float, looser: bool, windows: dict[str, Windows]
) -> Model:
    """Fit a regression adjustment."""
    layout = Layout(case, bias.family, effect, heterogeneity, bias.scale)
    family: Family = bias.family

    def heights(mu: Array, tau: Array, beta: Array, shift: Array) -> Array:
        return log_shifted(case, family, mu, tau, beta, shift)

    key = f"{family} {bias.scale} {effect} {heterogeneity}"
    if key not in windows:
        windows[key] = layout.look(heights)
    nodes = layout.nodes(windows[key], looser)
    level = heights(nodes.mu, nodes.tau.x, nodes.beta.x, nodes.shift) + _log_nodes(layout, nodes) + log_rate_alone(case)
    share = np.exp(level - level.max())
    share /= share.sum()
    by_beta = share.sum(axis=(0, 1))
    moments = float(by_beta @ nodes.beta.x), float(by_beta @ nodes.beta.x**2)
    return _model(bias, effect, heterogeneity, prior, nodes, level, beta=moments)


def _log_nodes(layout: Layout, nodes: Nodes) -> Array:
    """Return the log of prior density times quadrature weights, dims (tau, mu, beta)."""
    step = np.log(nodes.step) if layout.effect else np.zeros(nodes.tau.x.size)
    out = layout.log_mu(nodes.mu, nodes.shift)
    return np.asarray(out + (nodes.tau.log_weight + step)[:, None, None] + nodes.beta.log_weight)


def _model(
    bias: Bias,
    effect: bool,
    heterogeneity: bool,
    prior: float,
    nodes: Nodes,
    level: Array,
    omega: Array | None = None,
    beta: tuple[float, float] | None = None,
) -> Model:
    """Turn log heights on nodes into a model's marginal likelihood and posterior."""
    level = level.reshape(*nodes.mu.shape, -1)
    top = float(level.max())
    share = np.exp(level - top)
    total = float(share.sum())
    share /= total
    tau = None
    if heterogeneity:
        tau = AxisMarginal(nodes.tau.u, share.sum(axis=(1, 2)), nodes.unit)
    terms = _terms(nodes, share, effect)
    return Model(bias, effect, heterogeneity, prior * bias.prior, top + float(np.log(total)), terms, tau, omega, beta)


def _terms(nodes: Nodes, share: Array, effect: bool) -> Terms:
    """Return the posterior of mu as normal terms, interpolated at each tau and coefficient; a point without effect."""
    tau = nodes.tau.x
    if not effect:
        return Terms(nodes.mu[:, 0], np.zeros(tau.size), tau, share.sum(axis=(1, 2)))
    weight = np.einsum("nm,tmb->tnb", interpolation(nodes.mu.shape[1]), share, optimize=True)
    center, weight = (nodes.mu, weight[:, :, 0]) if share.shape[2] == 1 else _on_lattice(nodes, weight)
    weight /= weight.sum()
    width = np.broadcast_to((OVERLAP * nodes.step)[:, None], weight.shape)
    return Terms(center, width, np.broadcast_to(tau[:, None], weight.shape), weight)


def _on_lattice(nodes: Nodes, weight: Array) -> tuple[Array, Array]:
    """Add up the terms of all coefficients at each tau: their means lie whole steps apart."""
    rows, count, _ = weight.shape
    steps = -np.round(nodes.shift / nodes.step[:, None]).astype(int)
    least = steps.min()
    out = np.zeros((rows, count + int(steps.max() - least)))
    place = (steps - least)[:, None, :] + np.arange(count)[None, :, None]
    np.add.at(out, (np.arange(rows)[:, None, None], place), weight)
    center = nodes.mu[:, :1] + nodes.step[:, None] * (least + np.arange(out.shape[1]))
    return center, out
