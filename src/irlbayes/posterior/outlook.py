"""The posterior of mu and tau as weighted normal terms, and what one more report would make of it.

Each term is normal in mu at one tau. A normal report multiplies it by a normal density, so that what would be believed
after the report is a sum over the terms, in closed form, whatever the reports so far were. Any other report is a sum of
normal ones in its effect (`core.curve`), so that its answer is a sum of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import SQRT_2PI
from irlbayes.core.planned import Goal
from irlbayes.posterior.normal_terms import normal_terms
from irlbayes.posterior.surface_reading import Nodes

Array = NDArray[np.float64]
KEPT, LIGHT = 1e-13, 1e-7  # weight of a term below which it plays no part, and no part in a search
IN_MEMORY = 400_000  # numbers worked on at once


@dataclass(frozen=True)
class Outlook:
    """The posterior around a value that is asked about: ``u = side * (effect - value)`` in place of the effect.

    Parameters
    ----------
    goal : Goal
        With the value and the side, so that what is asked is always whether u is above zero.
    center, width, weight : Array, dims (term,)
        Of u; weights sum to one.
    tau : Array, dims (term,)
    ratio, share : Array, dims (component,)
        Of the spread of effects around their mean, in units of tau: ``sum_j share Normal(0, ratio ** 2)``.
    """

    goal: Goal
    center: Array
    width: Array
    weight: Array
    tau: Array
    ratio: Array
    share: Array

    def between(self, sei: float, studies: int = 1, ratio: float = 1.0) -> Array:
        """Return the variance of the mean of so many reports around u, dims (term,)."""
        return np.asarray((sei**2 + (ratio * self.tau) ** 2) / studies)

    def above(self) -> float:
        """Return the probability that what is asked about lies beyond the value now."""
        return float(self._tail(self.center, self.width) @ self.weight)

    def mean(self) -> float:
        """Return the mean of u."""
        return float(self.center @ self.weight)

    def gain(self) -> float:
        """Return the mean of u where it is above zero, and of zero elsewhere."""
        from scipy.special import ndtr

        z = self.center / self.width
        return float((self.center * ndtr(z) + self.width * _phi(z)) @ self.weight)

    def known(self, level: float) -> float:
        """Return the probability that the level is passed once mu and tau are known without error.

        The ceiling of any number of studies: for the mean, ``P(u > 0)`` as it is now; for a new study,
        ``P(mu beyond the value by z tau)``, z the normal quantile of the level.
        """
        from scipy.special import ndtr, ndtri

        if not self.goal.new_study:
            return self.above()
        needed = ndtri(level) * self.tau if self.ratio.size == 1 else self.tau * self._quantile(level)
        return float(ndtr((self.center - needed) / self.width) @ self.weight)

    def _quantile(self, level: float) -> float:
        """Return the quantile of the spread of effects, in units of tau."""
        from scipy.special import ndtr, ndtri

        low, high = float(ndtri(level)) * float(self.ratio.min()), float(ndtri(level)) * float(self.ratio.max())
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if float(self.share @ ndtr(middle / self.ratio)) < level else (low, middle)
        return 0.5 * (low + high)

    def table(self, y: Array, sei: float, studies: int = 1, weight: Array | None = None, mean: bool = True) -> Array:
        """Return densities of a normal report and what it would leave.

        Parameters
        ----------
        y : Array, dims (report,)
            Values of the report, in u.
        sei : float
            Its standard error; zero for a study without end.
        studies : int
            How many reports it is the mean of, each with that standard error.
        weight : Array, dims (term,) or (term, case)
            In place of the terms' own.
        mean : bool
            Whether the third row is wanted.

        Returns
        -------
        Array, dims (3, report) or (3, report, case)
            Density of the report; density times P(beyond the value | report); density times the mean of u.
        """
        weight = self.weight if weight is None else weight
        out = np.zeros((2 + mean, y.size, *weight.shape[1:]))
        step = max(1, IN_MEMORY // self.center.size)
        own = self.width**2
        for ratio, share in zip(self.ratio, self.share, strict=True):
            between = self.between(sei, studies, float(ratio))
            total = own + between
            pull, sd = own / total, self.width * np.sqrt(between / total)
            for start in range(0, y.size, step):
                gap = y[start : start + step, None] - self.center
                kernel = np.exp(-0.5 * gap**2 / total) * (share / (SQRT_2PI * np.sqrt(total)))
                after = self.center + pull * gap
                part = slice(start, start + step)
                out[0, part] += kernel @ weight
                out[1, part] += (kernel * self._tail(after, sd)) @ weight
                if mean:
                    out[2, part] += (kernel * after) @ weight
        return out

    def _tail(self, center: Array, sd: Array) -> Array:
        """Return P(beyond the value) of normal beliefs about u, one per term along the last axis; one sd for each."""
        from scipy.special import ndtr

        if not self.goal.new_study:
            return np.asarray(ndtr(center / sd))
        total = np.zeros_like(center)
        for ratio, share in zip(self.ratio, self.share, strict=True):
            total += share * ndtr(center / np.hypot(sd, ratio * self.tau))
        return total

    def below(self, y: Array, sei: float, studies: int = 1, weight: Array | None = None) -> Array:
        """Return P(report < y), dims (report,) or (report, case); parameters as of `table`, infinite y included."""
        from scipy.special import ndtr

        weight = self.weight if weight is None else weight
        out = np.zeros((y.size, *weight.shape[1:]))
        for ratio, share in zip(self.ratio, self.share, strict=True):
            total = np.sqrt(self.width**2 + self.between(sei, studies, float(ratio)))
            out += ndtr((y[:, None] - self.center) / total) @ weight * share
        return out

    def mean_below(self, y: Array, sei: float) -> Array:
        """Return the mean of u times whether the report is below y, dims (report,)."""
        from scipy.special import ndtr

        out = np.zeros(y.size)
        for ratio, share in zip(self.ratio, self.share, strict=True):
            total = np.sqrt(self.width**2 + self.between(sei, ratio=float(ratio)))
            z = (y[:, None] - self.center) / total
            out += (self.center * ndtr(z) - self.width**2 / total * _phi(z)) @ self.weight * share
        return out

    def span(self, sei: float, outside: float, studies: int = 1) -> tuple[float, float, float, float]:
        """Return where a report lies but for ``outside`` on each side, its median, and half its central 68 %."""
        each = [np.sqrt(self.width**2 + self.between(sei, studies, float(ratio))) for ratio in self.ratio]
        terms = normal_terms(self.share[:, None] * self.weight, self.center, np.array(each))
        low, lower, median, upper, high = terms.quantile(np.array([outside, 0.16, 0.5, 0.84, 1.0 - outside]))
        return float(low), float(high), float(median), 0.5 * float(upper - lower)


def outlook(found: Nodes, goal: Goal, light: bool = False) -> Outlook:
    """Return the posterior of mu and tau around a value that is asked about.

    Parameters
    ----------
    found : Nodes
        The posterior, or the prior, on nodes (`surface_reading.nodes`).
    goal : Goal
    light : bool
        Whether 1e-4 is close enough, as for a search: terms lighter than 1e-7 are left out, and every second component
        of Student t random effects, whose trapezoid rule is then good to about the root of its 1e-9.
    """
    slices, spread = found.slices, found.spread
    weight = np.exp(found.log_weight)[:, None] * slices.weight
    kept = np.abs(weight) > (LIGHT if light else KEPT)
    some = slice(None, None, 2 if light and spread.ratio.size > 2 else 1)
    ratio, log_share = spread.ratio[some], spread.log_weight[some]
    return Outlook(
        goal,
        goal.side * (np.broadcast_to(slices.center, weight.shape)[kept] - goal.value),
        np.broadcast_to(slices.width[:, None], weight.shape)[kept],
        weight[kept] / weight[kept].sum(),
        np.broadcast_to(slices.tau[:, None], weight.shape)[kept],
        ratio,
        np.exp(log_share - np.logaddexp.reduce(log_share)),
    )


def _phi(z: Array) -> Array:
    return np.asarray(np.exp(-0.5 * z**2) / SQRT_2PI)
