"""What selective publication is made of: weight functions, ensembles of models, and studies cut by their p-value.

One-sided p-values are those of "group 1 is higher": 0.01 speaks for a positive effect, 0.99 for a negative one. A
partition is a rising sequence of them that is its own mirror image (0.025, 0.05, 0.5, 0.95, 0.975), so that selection
of either direction, and of both, is a matter of weights alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve, flat_curve, join

Array = NDArray[np.float64]
Favoured = Literal["+", "-", "both"]
Family = Literal["none", "selection", "PET", "PEESE"]
SAME = 1e-9  # p-values closer than this are one


@dataclass(frozen=True)
class WeightFunction:
    """A step function of the p-value: how probable publication is, relative to the most striking results.

    Parameters
    ----------
    sides : int
        1 where one direction is favoured, 2 where both are.
    cuts : tuple of float
        Rising p-values, one- or two-sided as ``sides`` says, at which the probability falls.

    Examples
    --------
    >>> str(WeightFunction(1, (0.025, 0.05)))
    'one-sided p 0.025, 0.05'
    >>> WeightFunction(2, (0.05,)).one_sided
    (0.025, 0.975)
    """

    sides: int
    cuts: tuple[float, ...]

    def __str__(self) -> str:
        return f"{'one' if self.sides == 1 else 'two'}-sided p {', '.join(f'{cut:g}' for cut in self.cuts)}"

    @property
    def count(self) -> int:
        """Number of weights, the one that is fixed at one included."""
        return len(self.cuts) + 1

    @property
    def one_sided(self) -> tuple[float, ...]:
        """One-sided p-values at which the weight changes."""
        if self.sides == 1:
            return self.cuts
        half = [cut / 2.0 for cut in self.cuts if cut < 1.0]
        return (*half, *(1.0 - cut for cut in reversed(half)))

    def places(self, partition: Sequence[float], favoured: Favoured) -> NDArray[np.intp]:
        """Return which of the weights each interval of a partition has, dims (interval,)."""
        edges = np.array([0.0, *partition, 1.0])
        middle = 0.5 * (edges[1:] + edges[:-1])
        p = middle if self.sides == 1 else 2.0 * np.minimum(middle, 1.0 - middle)
        found = np.searchsorted(np.array(self.cuts), p)
        return np.asarray(found[::-1] if favoured == "-" else found, dtype=np.intp)


@dataclass(frozen=True)
class Bias:
    """One way in which results were, or were not, selected.

    Parameters
    ----------
    family : str
        ``none``, ``selection``, ``PET`` or ``PEESE``.
    prior : float
        Prior probability.
    weights : WeightFunction or None
        Of a selection model; its weights have a cumulative Dirichlet(1, ..., 1) prior.
    scale : float
        Of the half-Cauchy prior of the regression coefficient; 0 where there is none.
    """

    family: Family
    prior: float
    weights: WeightFunction | None = None
    scale: float = 0.0

    def __str__(self) -> str:
        words = {"none": "no bias", "selection": f"selection by {self.weights}"}
        return words.get(self.family, self.family)


@dataclass(frozen=True)
class Ensemble:
    """Models to average over: {effect or none} x {heterogeneity or none} x ways of bias.

    Parameters
    ----------
    name, description : str
    effect, heterogeneity : float
        Prior probability of each.
    biases : tuple of Bias
        Their prior probabilities sum to one.
    """

    name: str
    effect: float
    heterogeneity: float
    biases: tuple[Bias, ...]
    description: str = ""

    @property
    def partition(self) -> tuple[float, ...]:
        """Finest partition of one-sided p-values, closed under reflection."""
        return closed(cut for bias in self.biases if bias.weights for cut in bias.weights.one_sided)

    @property
    def size(self) -> int:
        """Number of models whose prior probability is above zero."""
        told = [sum(p > 0.0 for p in (prior, 1.0 - prior)) for prior in (self.effect, self.heterogeneity)]
        return told[0] * told[1] * sum(bias.prior > 0.0 for bias in self.biases)


def closed(cuts: Iterable[float]) -> tuple[float, ...]:
    """Return rising cuts with their reflections; those closer than 1e-9 are one.

    Examples
    --------
    >>> closed([0.05, 0.5])
    (0.05, 0.5, 0.95)
    """
    found: list[float] = []
    listed = [float(cut) for cut in cuts]
    for cut in sorted([*listed, *(1.0 - cut for cut in listed)]):
        if not found or cut - found[-1] > SAME:
            found.append(cut)
    return tuple(found)


@dataclass(frozen=True)
class Statement:
    """What a report says about the t statistic of two group means: its places and regions.

    Parameters
    ----------
    pieces : tuple of (float, float)
        Ends of each region of t; equal ends where t itself is known.
    n1, n2 : float
        People in the groups.
    """

    pieces: tuple[tuple[float, float], ...]
    n1: float
    n2: float


@dataclass(frozen=True)
class Selected:
    """A study, cut by its p-value.

    Parameters
    ----------
    label : str
    curve : Curve
        Likelihood of its effect: the sum of ``observed``.
    observed : tuple of Curve or None
        By interval of the partition, the probability (density) that it reports what it reported with its p-value
        there; None where that cannot be.
    passes : tuple of Curve, dims (cut,)
        By cut of the partition, the probability that a study of this design has a smaller p-value: probit terms only.
        Empty where a report has no p-value, so that selection does not bear on it.
    sei : float
        Standard error that the design implies.
    role : str
        ``found``: known because it was reported. ``known``: its cohort measured the outcome whether or not it was
        reported. ``silent``: so, and it was not reported.
    """

    label: str
    curve: Curve
    observed: tuple[Curve | None, ...]
    passes: tuple[Curve, ...]
    sei: float
    role: Literal["found", "known", "silent"] = "found"

    @property
    def chance(self) -> tuple[Curve, ...]:
        """By interval, the probability that a study of this design has its p-value there; they sum to one."""
        if not self.passes:
            return ()
        ends = (*self.passes, flat_curve())
        return (ends[0], *(_less(high, low) for low, high in pairwise(ends)))


def _less(whole: Curve, part: Curve) -> Curve:
    """Return a curve of probit terms minus another."""
    return join(whole, replace(part, step=-part.step, floor=-part.floor))
