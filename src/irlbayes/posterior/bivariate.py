"""Two outcomes by quadrature: products of rules on the box that holds the posterior.

Two or three unknowns are integrated, the coordinates of `two_outcomes`; a finer product of rules measures the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.building import Plan, build
from irlbayes.core.density import Density
from irlbayes.posterior.three_levels import mixture_of_normals
from irlbayes.posterior.two_outcomes import TwoOutcomes, given, log_height, log_prior

Array = NDArray[np.float64]
Box = Sequence[tuple[float, float]]
SCAN, ROUNDS = 24, 4  # nodes per axis, and rounds, of the search for the box
DEEP = 27.0  # log units below the highest point at which the box ends
LEVELS = {2: (24, 40, 56), 3: (32, 46, 64)}  # nodes per axis by number of axes
GOOD = 1e-6
LIGHT = 1e-12  # share of the heaviest node below which one is left out of mixtures
AT_ONCE = 64  # values of an unknown whose grids are laid out together
TAUS = ("tau_0", "tau_1")
PROPOSED = 8  # points for each draw that is wanted
PLACES = np.arange(-2.0, 2.1)  # in sds from the mean, where distribution functions are compared
CLOSE = np.concatenate([-(2.0 ** np.arange(7)), [0.0], 2.0 ** np.arange(7)])  # likewise, in sds of the narrowest mu
BETWEEN = 3.0  # largest change at any place, in units of the one at these places


@dataclass(frozen=True)
class Bivariate:
    """Every marginal of the two-outcome model, and the nodes behind them.

    Parameters
    ----------
    mu, tau, theta_new : tuple of Density
        One per outcome.
    between : Density or None
        Correlation of true effects, where it was integrated.
    log_marginal_likelihood, error_bound : float
    model : TwoOutcomes
    box : sequence of tuple
        Ends of each coordinate.
    count : int
        Nodes of each.
    """

    mu: tuple[Density, ...]
    tau: tuple[Density, ...]
    theta_new: tuple[Density, ...]
    between: Density | None
    log_marginal_likelihood: float
    error_bound: float
    model: TwoOutcomes = field(repr=False)
    box: Box
    count: int


def solve(model: TwoOutcomes) -> Bivariate:
    """Integrate the two-outcome model, with more nodes until two products of rules agree.

    Parameters
    ----------
    model : TwoOutcomes

    Returns
    -------
    Bivariate
        Its ``error_bound`` is three times the largest change of a sum on the next finer product: between the places
        where distribution functions are compared they change up to twice as much.

    Raises
    ------
    ArithmeticError
        Where a density cannot be resolved.
    """
    box = _box(model)
    counts = LEVELS[len(box)]
    narrow = _narrowest(model, box)
    sums = [_sums(_weighed(model, box, counts[0]), narrow)]
    error = np.inf
    while error >= GOOD and len(sums) < len(counts):
        sums.append(_sums(_weighed(model, box, counts[len(sums)]), narrow))
        error = BETWEEN * float(np.abs(sums[-1] - sums[-2]).max())
    return _resolved(model, box, counts[len(sums) - 2], error)


def _grid(axes: Sequence[str], box: Box, count: int) -> tuple[list[Array], list[Array], list[Array]]:
    """Return nodes and weights of every axis, and the points of their product.

    Notes
    -----
    Gauss-Legendre for a tau, which may end at 0; the trapezoidal rule for a correlation, whose density falls off on
    both sides.
    """
    z, w = legendre.leggauss(count)
    even = (np.arange(count) + 0.5) * 2.0 / count - 1.0
    rules = [(z, w) if axis in TAUS else (even, np.full(count, 2.0 / count)) for axis in axes]
    nodes = [0.5 * (low + high) + 0.5 * (high - low) * z for (low, high), (z, _) in zip(box, rules, strict=True)]
    weights = [0.5 * (high - low) * w for (low, high), (_, w) in zip(box, rules, strict=True)]
    return nodes, weights, [part.ravel() for part in np.meshgrid(*nodes, indexing="ij")]


def _box(model: TwoOutcomes) -> list[tuple[float, float]]:
    """Find the box of coordinates outside which the posterior is negligible."""
    whole = [model.ends(axis) for axis in model.axes]
    box = whole
    for _ in range(ROUNDS):
        nodes, _, points = _grid(model.axes, box, SCAN)
        level = log_height(model, points).reshape([SCAN] * len(box))
        alive = level > level.max() - DEEP
        closer = []
        for axis, (low, high) in enumerate(box):
            lines = np.flatnonzero(alive.any(axis=tuple(other for other in range(len(box)) if other != axis)))
            ends = np.concatenate([[low], nodes[axis], [high]])
            closer.append((float(ends[lines[0]]), float(ends[lines[-1] + 2])))
        box = closer
    return box


@dataclass(frozen=True)
class _Weighed:
    """Nodes: probability, taus, correlation, mean and variance of each mu, dims (node,) or (node, outcome)."""

    log_evidence: float
    weight: Array
    tau: Array
    between: Array | None
    mean: Array
    variance: Array


def _weighed(model: TwoOutcomes, box: Box, count: int) -> _Weighed:
    """Return the nodes that carry something."""
    _, weights, points = _grid(model.axes, box, count)
    named = dict(zip(model.axes, points, strict=True))
    values = {axis: model.to_value(axis, u) for axis, u in named.items()}
    bulk, mean, spread = given(model, values)
    log_each = bulk + log_prior(model, named, values) + _log_product(weights)
    total = float(np.logaddexp.reduce(log_each))
    weight = np.exp(log_each - total)
    kept = weight > LIGHT * weight.max()
    tau = np.stack([values[axis][kept] for axis in TAUS], axis=-1)
    between = values["between"][kept] if "between" in values else None
    return _Weighed(total, weight[kept], tau, between, mean[kept], np.diagonal(spread, axis1=1, axis2=2)[kept])


def _log_product(weights: Sequence[Array]) -> Array:
    return np.log(np.prod(np.meshgrid(*weights, indexing="ij"), axis=0).ravel())


def _narrowest(model: TwoOutcomes, box: Box) -> Array:
    """Return places around each mu where both taus are least, in steps of its own narrow sd, dims (outcome, place)."""
    least = [np.array([low if axis in TAUS else 0.0]) for axis, (low, _) in zip(model.axes, box, strict=True)]
    values = {axis: model.to_value(axis, u) for axis, u in zip(model.axes, least, strict=True)}
    _, mean, spread = given(model, values)
    return np.asarray(mean[0][:, None] + np.sqrt(np.diagonal(spread[0]))[:, None] * CLOSE)


def _sums(found: _Weighed, narrow: Array) -> Array:
    """Return what the error is measured on.

    The log marginal likelihood; of both mus and new effects the mean and sd, in sds, and the distribution function at
    places within two sds, and at places ever farther from the narrowest mu; of the taus and the correlation the mean
    and sd, in sds.
    """
    from scipy.special import ndtr

    rows = [found.log_evidence]
    for o in (0, 1):
        for variance in (found.variance[:, o], found.variance[:, o] + found.tau[:, o] ** 2):
            mean = float(found.weight @ found.mean[:, o])
            sd = float(np.sqrt(found.weight @ (variance + (found.mean[:, o] - mean) ** 2)))
            places = np.append(mean + sd * PLACES, narrow[o])
            rows += [mean / sd, np.log(sd)]
            rows += [float(found.weight @ ndtr((x - found.mean[:, o]) / np.sqrt(variance))) for x in places]
    for value in (*found.tau.T, *(() if found.between is None else (found.between,))):
        mean = float(found.weight @ value)
        sd = float(np.sqrt(found.weight @ (value - mean) ** 2))
        rows += [mean / sd, np.log(sd)]
    return np.array(rows)


def _resolved(model: TwoOutcomes, box: Box, count: int, error: float) -> Bivariate:
    """Resolve every marginal, the others integrated on the nodes of the box."""
    found = _weighed(model, box, count)
    marginal = {axis: _marginal(model, axis, box, count) for axis in model.axes}
    mu, new = [], []
    for o in (0, 1):
        mean, variance, moments = found.mean[:, o], found.variance[:, o], _moments(model, o)
        mu.append(mixture_of_normals(found.weight, mean, variance))
        wide = mixture_of_normals(found.weight, mean, variance + found.tau[:, o] ** 2)
        new.append(wide if moments == 2 else replace(wide, moments=moments, given=None))
    return Bivariate(
        tuple(mu),
        (marginal["tau_0"], marginal["tau_1"]),
        tuple(new),
        marginal.get("between"),
        found.log_evidence,
        error,
        model,
        box,
        count,
    )


def _marginal(model: TwoOutcomes, axis: str, box: Box, count: int) -> Density:
    """Resolve the density of one unknown, the others integrated on the nodes of their box."""
    place = model.axes.index(axis)
    others = [other for other in range(len(box)) if other != place]
    _, weights, points = _grid([model.axes[i] for i in others], [box[i] for i in others], count)
    log_each = _log_product(weights)

    def log_pdf(x: Array) -> Array:
        u = model.to_coordinate(axis, x)
        out = np.empty(x.size)
        for start in range(0, x.size, AT_ONCE):
            some = u[start : start + AT_ONCE]
            at = [np.tile(part, some.size) for part in points]
            at.insert(place, np.repeat(some, log_each.size))
            level = log_height(model, at).reshape(some.size, -1) + log_each
            out[start : start + AT_ONCE] = np.logaddexp.reduce(level, axis=1)
        return np.asarray(out - model.log_slope(axis, u))

    low, high = (float(model.to_value(axis, np.array(end))) for end in box[place])
    middle = float(model.to_value(axis, np.array(0.5 * sum(box[place]))))
    unit = 0.25 * (high - low if axis not in TAUS else min(high, 3.0 * middle) - low)
    moments = _moments(model, TAUS.index(axis)) if axis in TAUS else 2
    return build(log_pdf, Plan(middle, unit, (low, high), moments, depth=25.0, tolerance=1e-8, noise=1e-10))[0]


def draw(found: Bivariate, count: int, rng: np.random.Generator) -> dict[str, Array]:
    """Draw independently from the posterior.

    Returns
    -------
    dict
        tau_0, tau_1 and between, dims (draw,), and mu, dims (draw, outcome).

    Notes
    -----
    By rejection: a node is chosen by its probability and a point within its cell evenly, and the point is kept in
    proportion to its density over the node's.
    """
    model = found.model
    _, weights, points = _grid(model.axes, found.box, found.count)
    height = log_height(model, points)
    log_each = height + _log_product(weights)
    chance = np.exp(log_each - log_each.max())
    edges = [low + np.concatenate([[0.0], np.cumsum(w)]) for (low, _), w in zip(found.box, weights, strict=True)]
    kept: list[Array] = []
    bound = -np.inf
    while sum(part.shape[1] for part in kept) < count:
        chosen = rng.choice(chance.size, PROPOSED * count, p=chance / chance.sum())
        cell = np.unravel_index(chosen, [found.count] * len(found.box))
        at = np.stack([
            edge[i] + (edge[i + 1] - edge[i]) * rng.random(i.size) for edge, i in zip(edges, cell, strict=True)
        ])  # fmt: skip
        ratio = log_height(model, list(at)) - height[chosen]
        if float(ratio.max()) > bound:  # what was kept under a lower bound is drawn again
            bound, kept = float(ratio.max()), []
        kept.append(at[:, np.log(rng.random(chosen.size)) < ratio - bound])
    at = np.concatenate(kept, axis=1)[:, :count]
    values = {axis: model.to_value(axis, u) for axis, u in zip(model.axes, at, strict=True)}
    _, mean, spread = given(model, values)
    noise = np.linalg.cholesky(spread) @ rng.standard_normal((count, 2, 1))
    return {
        "between": np.full(count, np.nan if model.between is None else model.between),
        **values,
        "mu": mean + noise[..., 0],
    }


def _moments(model: TwoOutcomes, o: int) -> int:
    """Return how many moments tau has: its prior's tail, and a factor 1 / tau of every report."""
    power = priors.tail(model.models[o].tau) + np.isfinite(model.rows.y[:, o]).sum()
    return int(power > 2.0) + int(power > 3.0)
