"""A published meta-analysis as the start of another: what it printed, which studies may be in it, what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from irlbayes.core.answers import Evidence, Skipped
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import IrlbayesError
from irlbayes.core.types import Outcome, ReportTable


class NoStart(IrlbayesError):
    """A published result that cannot start an outcome, with the reason."""


@dataclass(frozen=True)
class Given:
    """A published result that stands in no table.

    Parameters
    ----------
    estimate : float
    ci : tuple of float
    ci_level : float
    scale : str or None
        How they are printed; as the outcome's readers see it by default.
    review : str
    """

    estimate: float
    ci: tuple[float, float]
    ci_level: float = 0.95
    scale: str | None = None
    review: str = "given"


@dataclass(frozen=True)
class Told:
    """What is said of a published result beside its mean; what is None is taken from its row, where it stands there."""

    k: int | None = None
    tau: float | None = None
    i2: float | None = None
    prediction: tuple[float, float] | None = None
    within_variance: float | None = None
    search_date: str | None = None
    review: str | None = None
    measure: str | None = None


@dataclass(frozen=True)
class Heterogeneity:
    """What a review printed of the sd between studies.

    Parameters
    ----------
    tau : float
        Printed or implied, in units of the effect.
    k : int or None
        Studies it rests on.
    within_variance : float or None
        Typical sampling variance of one study; known where ``k`` is.
    words : str
        How it came about, with its numbers.
    """

    tau: float
    k: int | None
    within_variance: float | None
    words: str


@dataclass(frozen=True)
class Start:
    """What a published meta-analysis says of one outcome, on the outcome's scale.

    Parameters
    ----------
    outcome, review, measure, printed : str
        ``printed`` is its estimate and interval as the review prints them.
    estimate, se : float
        In units of the effect (logs for ratios, logits for proportions).
    k : int or None
        Studies it pooled.
    searched : date or None
        Last day of its search.
    heterogeneity : Heterogeneity or None
        None where it printed nothing of it.
    caveats : tuple of str
    """

    outcome: str
    review: str
    measure: str
    printed: str
    estimate: float
    se: float
    k: int | None = None
    searched: date | None = None
    heterogeneity: Heterogeneity | None = None
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Whether a study can be in a review.

    Parameters
    ----------
    study, cohort : str
    status : str
        ``after`` its search, so that it cannot be in it; ``before``, so that it may be; ``unknown``.
    reason : str
        In words, with the dates.
    by_year : bool
        Whether ``after`` rests on a year of publication right after that of the search, and on nothing else.
    """

    study: str
    cohort: str
    status: str
    reason: str
    by_year: bool = False


@dataclass(frozen=True)
class Started:
    """One outcome from its published start.

    Parameters
    ----------
    outcome : Outcome
    start : Start
    base, model : ModelSpec
        Before the published result, and with it.
    evidence : Evidence
        ``answers`` side by side, in numbers; `docs/reference/json.md` lists them.
    """

    outcome: Outcome
    start: Start
    base: ModelSpec
    model: ModelSpec
    evidence: Evidence


@dataclass(frozen=True)
class Beginning:
    """Every outcome of an evidence base that a published result can start, and why the others have none."""

    table: ReportTable
    level: float
    powers: tuple[float, ...]
    started: tuple[Started, ...]
    skipped: tuple[Skipped, ...]

    @property
    def passed(self) -> bool:
        """Whether every outcome that was asked for has an answer, and every posterior passed its gate."""
        return all(one.evidence.passed for one in self.started) and not any(item.failed for item in self.skipped)
