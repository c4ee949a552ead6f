"""What one more study would teach: the posterior after each of many studies that might come, in one pass.

Every study that might come multiplies the same nodes by its own factor, so that thousands of them are a few products of
matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import LOG_2PI, Curve
from irlbayes.core.fitting import OVERLAP, interpolation
from irlbayes.core.spread import log_smooth_spread
from irlbayes.posterior.surface import Surface
from irlbayes.posterior.surface_reading import Nodes, Numbers, nodes
from irlbayes.posterior.surface_slices import SurfaceSlicer

Array = NDArray[np.float64]
AT_ONCE = 2_000_000  # numbers worked on at once
LEAST = -60.0  # log of the share of a node's weight below which it plays no part, whatever comes


@dataclass(frozen=True, eq=False)
class After:
    """The posterior after everything so far and one more study, for each of several that might come.

    Parameters
    ----------
    above : Array, dims (study, value)
        P(mu > value).
    mean, sd : Array, dims (study,)
        Of mu.
    log_predictive : Array, dims (study,)
        Log probability (density) of the study's report, given everything so far.
    """

    above: Array
    mean: Array
    sd: Array
    log_predictive: Array


def after_normal(surface: Surface, yi: Numbers, sei: Numbers, values: Numbers) -> Array:
    """Return P(mu > value) after each of several estimates that might come, dims (study, value).

    Parameters
    ----------
    surface : Surface
    yi, sei : Array, dims (study,)
        Estimates and standard errors; one of either stands for all.
    values : Array, dims (value,)
    """
    return learned_from_normal(surface, yi, sei, values).above


def after_each(surface: Surface, curves: Sequence[Curve], values: Numbers) -> Array:
    """Return P(mu > value) after each of several reports that might come, dims (curve, value)."""
    return learned_from_each(surface, curves, values).above


def learned_from_normal(surface: Surface, yi: Numbers, sei: Numbers, values: Numbers) -> After:
    """Return the posterior after each of several estimates that might come.

    Parameters
    ----------
    surface : Surface
    yi, sei : Array, dims (study,)
        Estimates and standard errors; one of either stands for all.
    values : Array, dims (value,)

    Raises
    ------
    ArithmeticError
        When the posterior so far cannot be resolved.

    Notes
    -----
    Given tau, mu is normal before and after. Each value of tau is weighed by how well it predicted the estimate.
    """
    y, s = np.broadcast_arrays(np.atleast_1d(np.asarray(yi, dtype=float)), np.asarray(sei, dtype=float))
    values = np.atleast_1d(np.asarray(values, dtype=float))
    if not (surface.is_normal and surface.spread.is_normal):
        return _on_grid(surface, float(s.min(initial=np.inf)), y.size, _normal_factors(surface, y, s), values)
    found = nodes(surface)
    kept = found.log_weight > found.log_weight.max() + LEAST
    parts = [_closed_form(found, kept, y[i], s[i], values) for i in _blocks(y.size, int(kept.sum()) * values.size)]
    return _joined(parts, values.size)


def learned_from_each(surface: Surface, curves: Sequence[Curve], values: Numbers) -> After:
    """Return the posterior after each of several reports of any kind that might come; raises as the one for normal."""
    values = np.atleast_1d(np.asarray(values, dtype=float))
    if surface.spread.is_normal and all(curve.is_normal for curve in curves):
        y, s, weight = (np.array([getattr(c, name)[0] for c in curves]) for name in ("center", "width", "weight"))
        found = learned_from_normal(surface, y, s, values)
        return After(found.above, found.mean, found.sd, found.log_predictive + np.log(weight))

    def factors(part: slice, mu: Array, tau: Array) -> Array:
        return log_smooth_spread(curves[part], mu, tau, surface.spread)

    detail = min((curve.detail for curve in curves), default=np.inf)
    return _on_grid(surface, detail, len(curves), factors, values)


def _blocks(count: int, each: int) -> list[slice]:
    size = max(1, AT_ONCE // max(1, each))
    return [slice(start, start + size) for start in range(0, count, size)]


def _joined(parts: Sequence[After], values: int) -> After:
    if not parts:
        none = np.zeros(0)
        return After(np.zeros((0, values)), none, none, none)
    return After(*(np.concatenate([getattr(p, n) for p in parts]) for n in ("above", "mean", "sd", "log_predictive")))


def _closed_form(found: Nodes, kept: NDArray[np.bool_], y: Array, s: Array, values: Array) -> After:
    from scipy.special import ndtr

    slices = found.slices
    center, variance = slices.center[kept, 0], slices.width[kept] ** 2
    noise = s[:, None] ** 2 + slices.tau[kept] ** 2
    total = noise + variance
    gap = y[:, None] - center
    level = found.log_weight[kept] - 0.5 * (np.log(total) + gap**2 / total + LOG_2PI)
    log_predictive = np.logaddexp.reduce(level, axis=1)
    weight = np.exp(level - log_predictive[:, None])
    mean, var = center + gap * variance / total, noise * variance / total
    sd = np.sqrt(var)
    tails = [np.einsum("cj,cj->c", weight, ndtr((mean - value) / sd)) for value in values]
    middle = np.einsum("cj,cj->c", weight, mean)
    spread = np.einsum("cj,cj->c", weight, var + (mean - middle[:, None]) ** 2)
    above = np.stack(tails, axis=1) if tails else np.zeros((y.size, 0))
    return After(np.clip(above, 0.0, 1.0), middle, np.sqrt(spread), log_predictive)


def _normal_factors(surface: Surface, y: Array, s: Array):  # type: ignore[no-untyped-def]
    spread = surface.spread

    def factors(part: slice, mu: Array, tau: Array) -> Array:
        gap = (y[part, None, None] - mu) ** 2
        out = np.full(gap.shape, -np.inf)
        for ratio, log_weight in zip(spread.ratio, spread.log_weight, strict=True):
            total = s[part, None, None] ** 2 + (ratio * tau[:, None]) ** 2
            np.logaddexp(out, log_weight - 0.5 * (np.log(total) + gap / total + LOG_2PI), out=out)
        return out

    return factors


def _on_grid(surface: Surface, detail: float, count: int, factors, values: Array) -> After:  # type: ignore[no-untyped-def]
    """Weigh the nodes of a grid of mu at each tau by the factor of each study that might come."""
    from scipy.special import ndtr

    found = nodes(surface)
    kept = found.tau.mass > found.tau.mass.max() * np.exp(LEAST)
    tau = found.tau.x[kept]
    grid = SurfaceSlicer(surface, detail).grid(tau)
    log_height = grid.log_height()
    inner = np.logaddexp.reduce(log_height, axis=1, keepdims=True)
    weight = np.exp(log_height - inner + np.log(found.tau.mass[kept])[:, None])
    to_terms = interpolation(grid.mu.shape[1])
    width = OVERLAP * grid.step[:, None]
    terms = [np.ones_like(grid.mu), grid.mu, grid.mu**2 + width**2]
    terms += [ndtr((grid.mu - value) / width) for value in values]
    asked = np.stack([weight * (term @ to_terms) for term in terms]).reshape(len(terms), -1)
    asked /= asked[0].sum()
    parts = []
    for part in _blocks(count, weight.size):
        level = factors(part, grid.mu, tau).reshape(-1, weight.size)
        top = level.max(axis=1, keepdims=True)
        sums = np.exp(level - top) @ asked.T
        share = sums[:, 1:] / sums[:, :1]
        sd = np.sqrt(share[:, 1] - share[:, 0] ** 2)
        parts.append(After(np.clip(share[:, 2:], 0.0, 1.0), share[:, 0], sd, np.log(sums[:, 0]) + top[:, 0]))
    return _joined(parts, values.size)
