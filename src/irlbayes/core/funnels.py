"""What a funnel holds: every row of an outcome with its size, its standard error, and the |z| it implies.

References
----------
Hunter, J. P., et al. (2014). In meta-analyses of proportion studies, funnel plots were found to be an inaccurate method
of assessing publication bias. Journal of Clinical Epidemiology, 67(8), 897-903.
Ioannidis, J. P. A., & Trikalinos, T. A. (2007b). The appropriateness of asymmetry tests for publication bias in
meta-analyses: a large survey. CMAJ, 176(8), 1091-1096.
Peters, J. L., et al. (2006). Comparison of two methods to detect publication bias in meta-analysis. JAMA, 295(6),
676-680.
Pustejovsky, J. E., & Rodgers, M. A. (2019). Testing for funnel plot asymmetry of standardized mean differences.
Research Synthesis Methods, 10(1), 57-71.
Sterne, J. A. C., et al. (2011). Recommendations for examining and interpreting funnel plot asymmetry in meta-analyses
of randomised controlled trials. BMJ, 343, d4002.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irlbayes.core.answers import Analysis, Evidence, Marginal
from irlbayes.core.least_squares import line
from irlbayes.core.types import Outcome

Array = NDArray[np.float64]
FEWEST_FOR_A_TEST = 10
LEAST_RANGE = 4.0  # of the sampling variances
MOST_I2 = 0.5
ALPHA, Z_05, ROUNDING = 0.05, 1.959963984540054, 1e-9
TIED = {
    "log_or": "A log odds ratio and its standard error are tied by construction, so the tests find asymmetry where"
    " there is none when effects are large (Peters et al. 2006).",
    "log_rr": "A log risk ratio and its standard error are tied by construction (Peters et al. 2006).",
    "log_irr": "A log rate ratio and its standard error are tied by construction.",
    "rd": "A risk difference and its standard error are tied by construction (Sterne et al. 2011).",
    "smd": "A standardized mean difference and its standard error are tied by construction, so the tests with sei find"
    " asymmetry where there is none when effects are large (Pustejovsky & Rodgers 2019).",
}


@dataclass(frozen=True)
class Mark:
    """One row of an outcome.

    Parameters
    ----------
    label, kind : str
        The study, and its report kind.
    yi, sei : float or None
        Size and standard error on the outcome's scale; None where the row has none (a verdict, a direction).
    design_sei : float
        Standard error that the design implies.
    z : (float, float) or None
        Interval that holds the row's ``|z|`` against the null; equal ends where it is known, an infinite end where it
        is not bounded. None where there is no null.
    """

    label: str
    kind: str
    yi: float | None
    sei: float | None
    design_sei: float
    z: tuple[float, float] | None

    @property
    def spread(self) -> float:
        """The standard error, else the design's."""
        return self.design_sei if self.sei is None else self.sei

    @property
    def significant(self) -> bool | None:
        """Whether the row has p < 0.05 against the null; None where it does not say."""
        if self.z is not None and self.z[0] >= Z_05 - ROUNDING:
            return True
        return False if self.z is not None and self.z[1] <= Z_05 + ROUNDING else None


@dataclass(frozen=True)
class Funnel:
    """The rows of one outcome, and what pooling all of them says.

    Parameters
    ----------
    outcome : Outcome
    marks : tuple of Mark
    mu, tau : Marginal
        Posterior of the mean and of the sd between studies, from every row.
    level : float
        Probability of intervals.
    """

    outcome: Outcome
    marks: tuple[Mark, ...]
    mu: Marginal
    tau: Marginal
    level: float = 0.95

    @cached_property
    def sized(self) -> tuple[Mark, ...]:
        """Rows with a size."""
        return tuple(mark for mark in self.marks if mark.yi is not None and mark.sei is not None)

    @cached_property
    def yi(self) -> Array:
        """Sizes, dims (sized,)."""
        return np.array([mark.yi for mark in self.sized], dtype=float)

    @cached_property
    def sei(self) -> Array:
        """Standard errors, dims (sized,)."""
        return np.array([mark.sei for mark in self.sized], dtype=float)

    @property
    def without(self) -> tuple[str, ...]:
        """Rows without a size."""
        return tuple(mark.label for mark in self.marks if mark.yi is None or mark.sei is None)

    @cached_property
    def i2(self) -> float:
        """Share of Q beyond its expectation (Higgins & Thompson 2002), from rows with a size; 0 below two."""
        if self.yi.size < 2:
            return 0.0
        q = line(self.yi, self.sei**2).dispersion * (self.yi.size - 1)
        return max(0.0, 1.0 - (self.yi.size - 1) / q) if q > 0.0 else 0.0

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why a test of asymmetry says nothing here, by the field's own rules; empty where it may be read."""
        k, found = self.yi.size, []
        if self.outcome.null is None:
            found.append(
                "a proportion or a rate has no result to be selected for, and is tied to its standard error by"
                " construction (Hunter et al. 2014)"
            )
        if k < FEWEST_FOR_A_TEST:
            found.append(
                f"{k} {'report has' if k == 1 else 'reports have'} a size, and a test of asymmetry needs at least"
                f" {FEWEST_FOR_A_TEST} (Sterne et al. 2011; Cochrane Handbook, chapter 13)"
            )
        if k > 1 and (times := float(np.max(self.sei) / np.min(self.sei)) ** 2) <= LEAST_RANGE:
            found.append(
                f"the sampling variances differ by a factor of {times:.2g} only, and a funnel needs more than"
                f" {LEAST_RANGE:g} (Ioannidis & Trikalinos 2007b)"
            )
        return tuple(found)

    @property
    def limits(self) -> tuple[str, ...]:
        """What bounds every test here, in sentences."""
        found = [f"The tests say nothing here: {reason}." for reason in self.obstacles]
        if self.yi.size > 1 and self.i2 > MOST_I2:
            found.append(
                f"I² is {self.i2:.0%}: effects differ for other reasons than size, and the tests cannot tell these"
                " apart (Ioannidis & Trikalinos 2007b)."
            )
        if self.outcome.scale in TIED:
            found.append(TIED[self.outcome.scale])
        if self.without:
            count = len(self.without)
            found.append(
                f"{count} {'row without a size enters' if count == 1 else 'rows without a size enter'} no test:"
                f" {', '.join(self.without)}."
            )
        return tuple(found)


class Asymmetry(Protocol):
    """What every file of `asymmetry/` exports."""

    FEWEST: int
    """Rows (with a size, where ``NEEDS_SIZE``) below which there is nothing to compute."""
    NEEDS_SIZE: bool
    NEEDS_NULL: bool

    def answer(self, funnel: Funnel) -> Evidence:
        """Return the picture or test; raises `ArithmeticError` where it cannot be computed."""


@dataclass(frozen=True)
class Looked:
    """What every picture and test said of one outcome.

    Parameters
    ----------
    funnel : Funnel
    answers : Mapping
        By name of the file in `asymmetry/`.
    skipped : Mapping
        Why one has no answer, by its name.
    """

    funnel: Funnel
    answers: Mapping[str, Evidence]
    skipped: Mapping[str, str]


@dataclass(frozen=True)
class Look:
    """An analysis, and what pictures and tests of asymmetry said of each of its outcomes."""

    analysis: Analysis
    looked: tuple[Looked, ...]


def power(distance: ArrayLike, sei: ArrayLike, alpha: float = ALPHA) -> Array:
    """Return the power of a two-sided z test when the effect lies a distance from the null.

    Parameters
    ----------
    distance, sei : array_like
        In units of the effect.
    alpha : float
        Two-sided level.

    Examples
    --------
    >>> power([0.0, 2.8], 1.0).round(2).tolist()
    [0.05, 0.8]
    """
    from scipy.special import ndtr, ndtri

    z, shift = -ndtri(alpha / 2.0), np.asarray(distance, dtype=float) / np.asarray(sei, dtype=float)
    return np.asarray(ndtr(shift - z) + ndtr(-shift - z))
