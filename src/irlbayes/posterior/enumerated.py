"""What every report that a study can print would do, where reports are not normal: counts, rates, t statistics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.fitting import OVERLAP, interpolation
from irlbayes.core.planned import Assured, Loss, Stratum
from irlbayes.posterior.assurance import axis, worth
from irlbayes.posterior.outlook import Outlook

Array = NDArray[np.float64]
STEP = 0.35  # between the normal terms of a likelihood, in sds of the narrowest one
OUTSIDE = (1e-7, 1e-6, 1e-5)  # predictive probability of effects beyond each end of the grid, the first that will do
BEYOND = 8.0  # steps by which the grid reaches further
MOST_NODES = 1500
MOST_REPORTS = 81  # along one stratum that are looked at; between them one that just passes is searched
WIDER = 1.25  # how far beyond likely normal reports others may lie
HALVINGS = 40


class TooFine(ArithmeticError):
    """Likelihoods so narrow, beside the effects that are likely, that a grid would need too many nodes."""


class Enumerated:
    """Every report of a study on one grid of its effect.

    A likelihood on equally spaced nodes is a sum of normal terms of one width (`core.fitting.interpolation`), so that
    what it leaves of the posterior is the same sum of what normal reports leave (`Outlook.table`).
    """

    def __init__(self, outlook: Outlook, strata: Sequence[Stratum], factor: float) -> None:
        self.outlook, self.strata, self.factor = outlook, tuple(strata), factor
        detail = factor * min(stratum.detail for stratum in strata)
        step = STEP * detail
        for outside in OUTSIDE:
            low, high, _, _ = outlook.span(0.0, outside)
            count = int(np.ceil((high - low) / step + 2.0 * BEYOND)) + 1
            if count <= MOST_NODES:
                break
        else:
            raise TooFine(f"the likelihood is {detail:.2g} wide, and effects reach over {high - low:.2g}")
        self.u: Array = np.asarray(low + step * (np.arange(count) - BEYOND))
        goal = outlook.goal
        self.theta: Array = (goal.value + goal.side * self.u) / factor
        self.table = np.asarray(step * (interpolation(count).T @ outlook.table(self.u, OVERLAP * step).T))
        y = axis(outlook, detail, points=2 * MOST_REPORTS)
        wide = y.mean() + WIDER * (y - y.mean())
        self.effects = np.sort((goal.value + goal.side * wide) / factor)

    def left(self, stratum: Stratum, x: Array) -> tuple[Array, Array]:
        """Return P(beyond the value | report) and the mean of u, dims (report,)."""
        level = stratum.log_likelihood(x, self.theta)
        density, beyond, mean = (np.exp(level - level.max(axis=1, keepdims=True)) @ self.table).T
        return beyond / density, mean / density

    def below(self, stratum: Stratum, x: Array) -> Array:
        """Return P(report <= x), with u > 0, and the mean of u there, dims (report, 3)."""
        return np.asarray(stratum.cumulative(x, self.theta) @ self.table)

    def axis(self, stratum: Stratum) -> Array:
        """Return reports along a stratum: every likely one, or some where they are many."""
        with np.errstate(over="ignore"):
            x = np.clip(stratum.expected(self.effects), stratum.low, stratum.high)
        if not stratum.discrete:
            return np.asarray(x[::2])
        margin = 6.0 * np.sqrt(x[-1]) + 6.0
        first, last = max(np.floor(x[0] - margin), stratum.low), min(np.ceil(x[-1] + margin), stratum.high)
        if last - first < MOST_REPORTS:
            return np.arange(first, last + 1.0)
        return np.unique(np.round(np.concatenate([[first], x[::2], [last]])))

    def passing(self, stratum: Stratum, criterion: int, level: float) -> Array:
        """Return the reports of a stratum that pass, as pairs of ends: after the first, up to and with the second.

        Parameters
        ----------
        stratum : Stratum
        criterion : int
            0 for P(beyond the value), 1 for the mean of u.
        level : float
        """
        x = self.axis(stratum)
        above = self.left(stratum, x)[criterion] >= level
        change = np.flatnonzero(above[1:] != above[:-1])
        low, high, rises = x[change], x[change + 1], above[change + 1]
        for _ in range(HALVINGS):
            open_ = high - low > (1.0 if stratum.discrete else 1e-9 * np.maximum(1.0, np.abs(low)))
            if not open_.any():
                break
            middle = 0.5 * (low + high)
            middle = np.floor(middle) if stratum.discrete else middle
            beyond = (self.left(stratum, middle)[criterion] >= level) == rises
            low, high = np.where(open_ & ~beyond, middle, low), np.where(open_ & beyond, middle, high)
        edges = np.concatenate([[-np.inf] if above[0] else [], low, [np.inf] if above[-1] else []])
        return np.asarray(edges.reshape(-1, 2))

    def within(self, stratum: Stratum, ends: Array) -> Array:
        """Return the probability of the reports between pairs of ends, with u > 0, and the mean of u there."""
        if not ends.size:
            return np.zeros(3)
        each = self.below(stratum, ends.ravel()).reshape(-1, 2, 3)
        return np.asarray((each[:, 1] - each[:, 0]).sum(axis=0))


def assure_reports(
    outlook: Outlook, strata: Sequence[Stratum], factor: float = 1.0, loss: Loss | None = None
) -> Assured:
    """Return what a report that is not normal would do.

    Parameters
    ----------
    outlook : Outlook
    strata : sequence of Stratum
        Everything that the study can report.
    factor : float
        From the report's scale to the outcome's.
    loss : Loss, optional

    Returns
    -------
    Assured
        Without intervals of the estimate.

    Raises
    ------
    TooFine
        When the grid would need too many nodes.
    """
    every = Enumerated(outlook, strata, factor)
    level = outlook.goal.level
    chosen = [every.passing(stratum, 0, level) for stratum in strata]
    parts = [stratum.weight * every.within(stratum, ends) for stratum, ends in zip(strata, chosen, strict=True)]
    total = np.sum(parts, axis=0)
    values = {} if loss is None else _values(every, loss)
    return Assured(float(np.clip(total[0], 0.0, 1.0)), (), values, _example(every, chosen))


def _values(every: Enumerated, loss: Loss) -> dict[str, float]:
    criterion, level = (1, 0.0) if loss.family == "linear" else (0, loss.act)
    gained = 0.0
    for stratum in every.strata:
        chance, beyond, mean = every.within(stratum, every.passing(stratum, criterion, level))
        gain = mean if loss.family == "linear" else (loss.acting + loss.waiting) * beyond - loss.acting * chance
        gained += stratum.weight * float(gain)
    return worth(every.outlook, loss, gained)


def _example(every: Enumerated, chosen: Sequence[Array]) -> str:
    """Return the least striking report that passes, of the stratum in the middle."""
    place = int(np.cumsum([stratum.weight for stratum in every.strata]).searchsorted(0.5))
    stratum, ends = every.strata[place], chosen[place]
    goal = every.outlook.goal
    if not ends.size:
        return ""
    edge = ends[0, 0] + float(stratum.discrete) if goal.side * every.factor > 0 else ends[-1, 1]
    return stratum.show(float(edge)) if np.isfinite(edge) else ""
