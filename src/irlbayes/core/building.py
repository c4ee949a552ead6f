"""Densities resolved from their formulas: panels are laid, looked at, halved or carried outward until they hold.

A plan says where to begin and how far to go. Several plans are worked on side by side: each round asks for the log
densities of all of them at once, so that whoever computes these can share the work.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from irlbayes.core.density import (
    NODES,
    ORDER,
    TO_COEFFICIENTS,
    WEIGHTS,
    Density,
    farthest,
    log_slope,
    shift,
    to_x,
    to_y,
)

Array = NDArray[np.float64]
STEEPEST = 20.0  # log units that the density may change within a panel: Gauss-Legendre then keeps 1e-12 of a slope
SEEN = 1e-11  # relative change of a panel's integral on twice the nodes: a peak in its middle is narrower than a slope
FINER = legendre.leggauss(2 * ORDER)
AT_FINER = legendre.legvander(FINER[0], ORDER - 1)
MOST_PANELS = 400  # to look at in all; a resolved density keeps about 20
WIDEST = 2.0  # of a panel of logs that others are mixed over: a normal term whose sd it is changes on the scale of 1
NEGLIGIBLE, TINY = -23.0, -12.0  # log of a panel's mass, and of x over the origin, below which that does not matter
DEGREES = np.arange(NODES.size)
LOST = 1e-9  # probability that may lie beyond an axis of logs


class TooRough(ArithmeticError):
    """A density that panels do not resolve: rough, or known with more noise than its plan allows for."""


@dataclass(frozen=True)
class Plan:
    """How a density is to be resolved.

    Parameters
    ----------
    origin, unit : float
        Rough center and scale, in units of x; panels are laid out in asinh((x - origin) / unit). In units of log x
        where ``log``.
    support : tuple of float
        Ends of the support; infinite where unbounded.
    moments : int
        How many moments exist.
    depth : float
        How far, in log units below the peak, the tails are followed.
    tolerance : float
        Largest error of the log density that a panel may keep.
    noise : float
        Absolute error of the density itself, as a share of its peak; structure below it is not chased.
    most : int
        Panels to look at before giving up.
    log : bool
        Whether the axis is one of logs. It ends a factor of 1e100 from the origin; the last panel takes over what lies
        beyond, and a density that keeps more than 1e-9 there is refused.
    """

    origin: float
    unit: float
    support: tuple[float, float] = (-np.inf, np.inf)
    moments: int = 2
    depth: float = 110.0
    tolerance: float = 1e-9
    noise: float = 0.0
    most: int = MOST_PANELS
    log: bool = False


def build(log_pdf: Callable[[Array], Array], plan: Plan) -> tuple[Density, float]:
    """Resolve a density from its formula.

    Parameters
    ----------
    log_pdf : callable
        Vectorized log p(x), dims (x,), up to a constant.
    plan : Plan

    Returns
    -------
    Density
    float
        Log of the integral of exp(log_pdf).

    Raises
    ------
    ArithmeticError
        When the density cannot be integrated or resolved.
    """
    (found,) = build_together(lambda asked: {0: log_pdf(asked[0])}, [plan])
    return found


def build_together(
    log_pdfs: Callable[[Mapping[int, Array]], Mapping[int, Array]], plans: Sequence[Plan]
) -> list[tuple[Density, float]]:
    """Resolve several densities side by side.

    Parameters
    ----------
    log_pdfs : callable
        Takes the x asked for by plan, and returns the log densities there by plan.
    plans : sequence of Plan

    Returns
    -------
    list of tuple
        As of `build`, in the order of the plans.

    Raises
    ------
    ArithmeticError
        When one of them cannot be integrated or resolved.
    """
    found: dict[int, tuple[Density, float]] = {}
    steps = {number: _steps(plan) for number, plan in enumerate(plans)}
    asked = {number: next(step) for number, step in steps.items()}
    while asked:
        levels = log_pdfs(asked)
        following = {}
        for number in asked:
            try:
                following[number] = steps[number].send(levels[number])
            except StopIteration as done:
                found[number] = done.value
        asked = following
    return [found[number] for number in range(len(plans))]


def _steps(plan: Plan) -> Generator[Array, Array, tuple[Density, float]]:
    """Yield the x at which log densities are wanted, and return the density once its panels hold."""
    depth, noise, far = plan.depth, plan.noise, farthest(plan)
    floor = depth + 2.0 if noise and not plan.log else 10.0 * depth  # x squared grows by more than that on logs
    ends = np.clip(to_y(plan, np.array(plan.support)), -far, far)
    first = np.clip(0.0, ends[0], ends[1])
    core = np.clip(np.arange(first - 2.25, first + 2.26, 0.75), ends[0], ends[1])
    core = np.unique(np.append(core, np.clip([first - 2.25, first + 2.25], ends[0], ends[1])))
    low, high = core[:-1], core[1:]
    done: list[tuple[Array, ...]] = []
    peak, looked = -np.inf, 0
    rim = [float(core[0]), float(core[-1])]
    stride = [0.75, 0.75]
    while low.size:
        looked += low.size
        if looked > plan.most:
            raise TooRough("a density is too rough to resolve")
        x, log_scale = _nodes(plan, low, high)
        level = yield x.ravel()
        values = np.asarray(level.reshape(x.shape) + log_scale)
        peak = max(peak, float(values.max()))
        if not np.isfinite(peak):
            raise ArithmeticError("a density is nowhere positive and finite")
        values = np.maximum(values, peak - floor)
        coefficients = values @ TO_COEFFICIENTS.T
        highest = values.max(axis=1)
        rough = np.abs(coefficients[:, -2:]).max(axis=1)
        allowed = plan.tolerance * np.maximum(1.0, 1e-4 * np.abs(coefficients).max(axis=1))
        fine = rough < allowed + noise * np.exp(np.minimum(peak - values.mean(axis=1), 300.0))
        fine &= np.ptp(values, axis=1) < STEEPEST
        fine &= _seen(values, coefficients, SEEN + rough)
        if plan.log:
            span, carried = plan.unit * (np.sinh(high) - np.sinh(low)), highest + np.log(high - low) - peak
            fine &= (span < WIDEST) | (carried < NEGLIGIBLE) | (plan.unit * np.sinh(high) < TINY)
        fine |= highest < peak - depth
        fine |= highest + np.log(high - low) < peak - 34.0  # an edge that carries nothing
        done.append((low[fine], high[fine], coefficients[fine], highest[fine]))
        beyond = _beyond(low, high, values, rim, stride, ends, peak - depth)
        low, high = low[~fine], high[~fine]
        middle = 0.5 * (low + high)
        low, high = np.concatenate([low, middle, beyond[0]]), np.concatenate([middle, high, beyond[1]])
    return _joined(plan, peak, *(np.concatenate([part[i] for part in done]) for i in range(4)))


def _seen(values: Array, coefficients: Array, allowed: Array) -> NDArray[np.bool_]:
    """Whether the nodes of a panel integrate the density that their polynomial describes, but for an allowed share."""
    top = values.max(axis=1, keepdims=True)
    with np.errstate(under="ignore", over="ignore"):
        mass = np.exp(values - top) @ WEIGHTS
        finer = np.exp(coefficients @ AT_FINER.T - top) @ FINER[1]
    return np.asarray(np.abs(mass - finer) <= allowed * mass)


def _nodes(plan: Plan, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the nodes of panels in x, and the log of dx / dy there."""
    y = 0.5 * (low + high)[:, None] + 0.5 * (high - low)[:, None] * NODES
    return to_x(plan, y), log_slope(plan, y)


def _joined(plan: Plan, peak: float, lows: Array, highs: Array, kept: Array, highest: Array) -> tuple[Density, float]:
    """Join the panels that carry something, and normalize."""
    order = np.argsort(lows)
    alive = np.flatnonzero(highest[order] > peak - plan.depth)
    if not alive.size:
        raise ArithmeticError("a density is narrower than the panels that look for it")
    order = order[alive[0] : alive[-1] + 1]
    edges = np.append(lows[order], highs[order[-1]])
    first_try = Density(plan.origin, plan.unit, edges, shift(kept[order], peak), plan.moments, log=plan.log)
    panels = first_try.mass.reshape(-1, ORDER).sum(axis=1)
    total = float(panels.sum())
    if not np.isfinite(total) or total <= 0.0:
        raise ArithmeticError("a density cannot be normalized")
    far = farthest(plan)
    for end, sign in ((0, -1.0), (-1, 1.0)):
        if edges[end] != sign * far:
            continue
        last = first_try.coefficients[end]
        if sign * last[1] >= 0.0:
            raise ArithmeticError("a density does not fall off: it cannot be normalized")
        if plan.log:
            beyond = _cut_off(last, float(np.diff(edges)[end]), sign)
            if beyond > LOST * total:
                raise ArithmeticError(f"a density of logs keeps up to {beyond / total:.1g} beyond a factor of 1e100")
            last[0] += np.log1p(beyond / panels[end])
            total += beyond
    coefficients = shift(first_try.coefficients, float(np.log(total)))
    return Density(plan.origin, plan.unit, edges, coefficients, plan.moments, log=plan.log), peak + float(np.log(total))


def _cut_off(coefficients: Array, width: float, sign: float) -> float:
    """Return what a tail holds beyond the end of its last panel: ``u ** -(a + 1)`` in logs is ``exp(-a y)``, p(y) / a.

    The last panel takes it over, so that nothing is lost to what is nearer.
    """
    height = float(np.exp(coefficients @ sign**DEGREES))
    rate = -2.0 * float(coefficients @ (sign**DEGREES * DEGREES * (DEGREES + 1.0) / 2.0)) / width
    return height / rate if rate > 0.0 else np.inf


def _beyond(
    low: Array, high: Array, values: Array, rim: list[float], stride: list[float], ends: Array, least: float
) -> tuple[Array, Array]:
    """Lay the next panel outward on each side whose outermost panel still carries something."""
    lows, highs = [], []
    for side in (0, 1):
        outer = (high if side else low) == rim[side]
        if outer.any() and rim[side] != ends[side] and values[outer].max() > least:
            stride[side] *= 1.4
            step = stride[side] if side else -stride[side]
            reached = float(np.clip(rim[side] + step, ends[0], ends[1]))
            lows.append(min(rim[side], reached))
            highs.append(max(rim[side], reached))
            rim[side] = reached
    return np.array(lows), np.array(highs)
