"""The next study as records: what is asked of it, how large it is, what it can report, and what it would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Analysis, Evidence, Skipped
from irlbayes.core.types import Report, Value

Array = NDArray[np.float64]
Region = tuple[float, float]
UNLIKELY, MOST_STRATA = 1e-6, 60


@dataclass(frozen=True)
class Goal:
    """What the next study is to bring about: that P(effect beyond a value) reaches a level.

    Parameters
    ----------
    value : float
        Size of effect, on the outcome's scale.
    side : int
        1 for above the value, -1 for below.
    level : float
        Probability to be reached.
    words : str
        What the value is: ``no effect``, or the kind of threshold.
    new_study : bool
        Whether the true effect of a new setting is meant, and not the mean of all.
    """

    value: float
    side: int
    level: float
    words: str = ""
    new_study: bool = False


@dataclass(frozen=True)
class Asked:
    """The next study as it was asked for; what is None was not said.

    Parameters
    ----------
    n1, n2 : float or None
        Patients in group 1 and in group 2.
    n, prevalence : float or None
        Patients in all, and the share of them in group 1.
    person_years, events : float or None
        Observation time, and events (of a hazard ratio), of both groups together.
    years : float or None
        Follow-up of each patient.
    risk, rate, sd, sei : float or None
        As of `Design`.
    report : str
        Report kind, or ``estimate`` for the normal approximation; empty for the one of the outcome's scale.
    """

    n1: float | None = None
    n2: float | None = None
    n: float | None = None
    prevalence: float | None = None
    person_years: float | None = None
    events: float | None = None
    years: float | None = None
    risk: float | None = None
    rate: float | None = None
    sd: float | None = None
    sei: float | None = None
    report: str = ""


@dataclass(frozen=True)
class Design:
    """The next study: how many people (or how long), and what is assumed of group 2.

    Parameters
    ----------
    kind : str
        Report kind in which it will be published.
    size1, size2 : float
        People, or person-years, in group 1 and in group 2; of one group, all in ``size1``; 0 where only ``sei`` is
        stated.
    unit : str
        ``patients``, ``person-years`` or ``events``.
    likelihood : str
        ``exact`` or ``normal``, the field's approximation.
    risk, rate, sd, sei : float or None
        Share with the event in group 2; events per person-year in group 2; sd within a group; standard error of the
        estimate.
    assumed : tuple of str
        What was filled in because it was not stated, in sentences.
    """

    kind: str
    size1: float = 0.0
    size2: float = 0.0
    unit: str = "patients"
    likelihood: str = "exact"
    risk: float | None = None
    rate: float | None = None
    sd: float | None = None
    sei: float | None = None
    assumed: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Both groups together."""
        return self.size1 + self.size2

    @property
    def sized(self) -> bool:
        """Whether the study has a size that may be changed."""
        return self.total > 0.0

    def resized(self, total: float) -> Design:
        """Return the same design about as large as a total: groups in the same proportion, of whole patients or events.

        Examples
        --------
        >>> Design("means", 60, 140).resized(50).size1
        15.0
        >>> Design("means", 60, 60).resized(25).total
        26.0
        """
        first, second = (size / self.total * total for size in (self.size1, self.size2))
        if self.unit == "person-years":
            return replace(self, size1=first, size2=second)
        return replace(self, size1=float(np.floor(first + 0.5)), size2=float(np.floor(second + 0.5)))


@dataclass(frozen=True)
class Stratum:
    """One dimension of what the next study can report, what says nothing of the effect held fixed.

    Parameters
    ----------
    weight : float
        Probability of what is held fixed (the events in group 2); weights of all strata sum to one.
    low, high : float
        Ends of the reports, infinite where there are none.
    discrete : bool
        Whether reports are whole numbers.
    log_likelihood : callable
        ``log_likelihood(x, theta)``, dims (report, effect), as the report kind has it; up to a constant for each x.
    cumulative : callable
        ``cumulative(x, theta)`` is P(report <= x), dims (report, effect).
    expected : callable
        ``expected(theta)``: the report that an effect leads to on average, rising with it.
    detail : float
        Sd of the narrowest likelihood that is likely, in units of the effect.
    show : callable
        A report in words.
    """

    weight: float
    low: float
    high: float
    discrete: bool
    log_likelihood: Callable[[Array, Array], Array]
    cumulative: Callable[[Array, Array], Array]
    expected: Callable[[Array], Array]
    detail: float
    show: Callable[[float], str]


def thinned(value: Array, weight: Array) -> tuple[Array, Array]:
    """Return the likely ones of evenly spaced values with their probabilities, every second, third, ... where many.

    Sums over a smooth distribution hardly change while the stride stays below half its sd.

    Examples
    --------
    >>> thinned(np.arange(4.0), np.array([0.5, 0.25, 0.25, 1e-12]))[1]
    array([0.5 , 0.25, 0.25])
    """
    kept = np.flatnonzero(weight > UNLIKELY * weight.max())
    mean = float(value @ weight / weight.sum())
    sd = float(np.sqrt((value - mean) ** 2 @ weight / weight.sum()))
    stride = max(1, int(0.5 * sd)) if kept.size > MOST_STRATA else 1
    chosen = kept[(kept - int(np.abs(value - mean).argmin())) % stride == 0]
    return value[chosen], weight[chosen] / weight[chosen].sum()


class Plannable(Protocol):
    """What every file of `effects/designs/` exports; its name is that of the report kind."""

    SCALES: tuple[str, ...]
    """Scales on which such a study can be planned."""
    EXACT: tuple[str, ...]
    """Those of them on which its reports are taken as the kind takes them, without the normal approximation."""
    GROUPS: int
    """How many groups it has."""
    UNIT: str
    """What its size is counted in."""

    def needs(self, scale: str) -> tuple[str, ...]:
        """Return the assumptions that the scale needs: names of fields of `Design`."""

    def cells(self, design: Design, scale: str, theta: float) -> dict[str, Value]:
        """Return the cells that the study would report where everything is as expected."""

    def strata(self, design: Design, theta: float) -> tuple[Stratum, ...]:
        """Return everything that the study can report."""


@dataclass(frozen=True)
class Upcoming:
    """What the next study can report, on the outcome's scale.

    Parameters
    ----------
    design : Design
    report : Report
        As it would be where everything is as expected.
    sei : float
        Its standard error.
    factor : float
        From the report's scale to the outcome's.
    strata : tuple of Stratum
        Empty where the report is taken as normal with that standard error.
    """

    design: Design
    report: Report
    sei: float
    factor: float = 1.0
    strata: tuple[Stratum, ...] = ()


@dataclass(frozen=True)
class Assured:
    """What one design would do for one goal.

    Parameters
    ----------
    assurance : float
        Predictive probability that the level is passed after the study.
    passing : tuple of tuple of float
        Intervals of the estimate, on the outcome's scale, that pass the level (of the normal approximation where the
        report is another); infinite where an interval has no end.
    values : Mapping
        Expected value of the study's information, by ``evsi``, ``evpi`` and ``now``; empty without a loss.
    example : str
        The least striking report that passes, in words; empty where the report is normal, or none passes.
    """

    assurance: float
    passing: tuple[Region, ...]
    values: Mapping[str, float] = field(default_factory=dict)
    example: str = ""


@dataclass(frozen=True)
class Loss:
    """What a wrong decision costs.

    Parameters
    ----------
    family : str
        ``linear``: acting is worth u, the effect beyond the value, and not acting nothing. ``errors``: acting in vain
        costs ``acting``, and not acting in vain ``waiting``.
    acting, waiting : float
    """

    family: str
    acting: float = 1.0
    waiting: float = 1.0

    @property
    def act(self) -> float:
        """Probability above which acting loses less, of ``errors``."""
        return self.acting / (self.acting + self.waiting)


@dataclass(frozen=True)
class Needed:
    """A study, or so many of them, that reach the target."""

    design: Design
    assurance: float
    count: int = 1


@dataclass(frozen=True)
class Foreseen:
    """What one more study would do for one goal, beside what any study could.

    Parameters
    ----------
    goal : Goal
    now, prior : float
        Probability that is asked about, with the reports so far and before any.
    assured : Assured
    normal : Assured
        The same by the normal approximation of the report; ``assured`` itself where the report is normal.
    ceiling_one, ceiling_any : float
        Assurance of one study without end, and of any number of studies.
    needed : Needed or None
        The smallest study that reaches the target; None where none does, or the level is passed already.
    """

    goal: Goal
    now: float
    prior: float
    assured: Assured
    normal: Assured
    ceiling_one: float
    ceiling_any: float
    needed: Needed | None = None

    @property
    def passed(self) -> bool:
        """Whether the level is passed already."""
        return self.now >= self.goal.level


@dataclass(frozen=True)
class Planned:
    """What the next study would show of every outcome that was asked about."""

    analysis: Analysis
    answers: Mapping[str, Evidence]
    skipped: tuple[Skipped, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every outcome was fitted and passed its gate, and every one that was named is answered."""
        return self.analysis.passed and not any(item.failed for item in self.skipped)
