"""Several outcomes at once: what is assumed of their correlations, what follows, and what each one borrowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Gate, Marginal, Posterior, Settings, Unknowns
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.types import EffectTable, ReportTable

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
ETA = 2.0
ETA_REASON = (
    "no pair of outcomes and no sign is favoured, and correlations near -1 or 1, under which one outcome would copy"
    " another, are held unlikely until cohorts show them"
)


@dataclass(frozen=True)
class Correlation:
    """A correlation matrix between outcomes: stated, or unknown under a prior of Lewandowski, Kurowicka & Joe (LKJ).

    Parameters
    ----------
    stated : tuple of tuple of float, dims (outcome, outcome), or None
        None where it is estimated.
    eta : float
        Of the LKJ prior, whose density is ``det(R) ** (eta - 1)``; 1 is uniform over correlation matrices.

    Examples
    --------
    >>> str(Correlation(eta=2.0)), str(Correlation(((1.0, 0.5), (0.5, 1.0))))
    ('lkj(2)', 'stated')
    """

    stated: tuple[tuple[float, ...], ...] | None = None
    eta: float = ETA

    def __str__(self) -> str:
        return f"lkj({self.eta:g})" if self.stated is None else "stated"

    @property
    def matrix(self) -> Array | None:
        """The stated matrix, dims (outcome, outcome)."""
        return None if self.stated is None else np.array(self.stated)

    @property
    def none(self) -> bool:
        """Whether the outcomes are stated to be uncorrelated."""
        return self.matrix is not None and bool((self.matrix == np.eye(len(self.matrix))).all())


@dataclass(frozen=True)
class JointModel:
    """What is assumed of several outcomes: each one's own model, and two correlation matrices.

    Parameters
    ----------
    models : tuple of ModelSpec
        One per outcome.
    between : Correlation
        Of the outcomes' true effects, between cohorts.
    within : Correlation
        Of the sampling errors of one cohort's reports, where these are normal.
    """

    models: tuple[ModelSpec, ...]
    between: Correlation
    within: Correlation


def cells(tables: tuple[EffectTable, ...]) -> dict[str, dict[int, int]]:
    """Return which study reports each outcome of each cohort, as places: cohort to outcome to study.

    Parameters
    ----------
    tables : tuple of EffectTable
        One per outcome; one study per cohort and outcome.
    """
    found: dict[str, dict[int, int]] = {}
    for outcome, table in enumerate(tables):
        for place, study in enumerate(table.studies):
            found.setdefault(study.report.cohort, {})[outcome] = place
    return found


def pairs(count: int) -> list[tuple[int, int]]:
    """Return every pair of outcomes, as places."""
    return list(combinations(range(count), 2))


def normal_together(tables: tuple[EffectTable, ...]) -> dict[str, list[int]]:
    """Return the outcomes that a cohort reports with normal likelihoods, for cohorts with several of them."""
    normal = {
        cohort: [o for o, place in found.items() if tables[o].studies[place].curve.is_normal]
        for cohort, found in cells(tables).items()
    }
    return {cohort: outcomes for cohort, outcomes in normal.items() if len(outcomes) > 1}


def prior_of_pair(eta: float, count: int, p: Array | float) -> Array:
    """Return quantiles of one correlation of a matrix of ``count`` outcomes under an LKJ prior.

    Notes
    -----
    ``(r + 1) / 2`` is Beta(a, a) with ``a = eta - 1 + count / 2`` (Lewandowski, Kurowicka & Joe 2009).

    References
    ----------
    Lewandowski, D., Kurowicka, D., & Joe, H. (2009). Generating random correlation matrices based on vines and
    extended onion method. Journal of Multivariate Analysis, 100(9), 1989-2001.

    Examples
    --------
    >>> [round(float(value), 3) for value in prior_of_pair(2.0, 2, np.array([0.025, 0.5]))]
    [-0.811, 0.0]
    """
    from scipy.special import betaincinv

    a = eta - 1.0 + 0.5 * count
    return np.asarray(2.0 * betaincinv(a, a, p) - 1.0)


def prior_sd_of_pair(eta: float, count: int) -> float:
    """Return the sd of one correlation under an LKJ prior."""
    return float((2.0 * (eta - 1.0 + 0.5 * count) + 1.0) ** -0.5)


@dataclass(frozen=True)
class JointPosterior:
    """What one engine concluded about several outcomes at once.

    Parameters
    ----------
    engine : str
        ``exact`` or ``nuts``.
    how : str
        Which of the exact forms was used, or why NUTS was, in a sentence.
    tables : tuple of EffectTable
    model : JointModel
    after : tuple of Unknowns
        mu, tau and the effect in a new study, per outcome.
    between, within : Mapping
        Estimated correlations by pair of outcomes (places); empty where they are stated, and where the reports say
        nothing of them.
    gate : Gate
    error_bound, log_marginal_likelihood : float or None
    seed : int
    grow : callable
        Makes the `xarray.DataTree`.
    """

    engine: Literal["exact", "nuts"]
    how: str
    tables: tuple[EffectTable, ...]
    model: JointModel
    after: tuple[Unknowns, ...]
    between: Mapping[tuple[int, int], Marginal]
    within: Mapping[tuple[int, int], Marginal]
    gate: Gate
    error_bound: float | None
    log_marginal_likelihood: float | None
    seed: int
    grow: Callable[[], xr.DataTree] = field(repr=False)

    @cached_property
    def tree(self) -> xr.DataTree:
        """Draws by ArviZ's conventions: mu, tau, theta_new (outcome), theta (cohort, outcome), correlations (pair)."""
        return self.grow()


@dataclass(frozen=True)
class Together:
    """The answers about several outcomes at once, each beside the answer it has alone.

    Parameters
    ----------
    table : ReportTable
    settings : Settings
    posterior : JointPosterior
    alone : tuple of Posterior
        One per outcome.
    outcomes : tuple of Mapping
        Numbers of each outcome: ``together``, ``alone`` and what it borrowed.
    pairs : tuple of Mapping
        Numbers of each pair of outcomes: linking cohorts, correlation after and before the data.
    statement : str
    caveats : tuple of str
    """

    table: ReportTable
    settings: Settings
    posterior: JointPosterior
    alone: tuple[Posterior, ...]
    outcomes: tuple[Mapping[str, Any], ...]
    pairs: tuple[Mapping[str, Any], ...]
    statement: str
    caveats: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every posterior, together and alone, may be believed."""
        return self.posterior.gate.passed and all(one.gate.passed for one in self.alone)
