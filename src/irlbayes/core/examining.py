"""What a check sees: one outcome's posterior, and the means to pool the same or other studies again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Analysis, Evidence, Marginal, Posterior, Result
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.types import Study


@dataclass(frozen=True)
class Pooled:
    """The pooled unknowns of a refit, without the studies' own effects.

    Parameters
    ----------
    mu, tau, theta_new : Marginal or None
        None where a hypothesis fixes it, or one that the reports contradict leaves it unresolved.
    log_marginal_likelihood : float or None
        None where the prior of mu is flat.
    error_bound : float
        As of `posterior.quadrature.ExactPosterior`.
    """

    mu: Marginal | None
    tau: Marginal | None
    theta_new: Marginal | None
    log_marginal_likelihood: float | None
    error_bound: float


@dataclass(frozen=True)
class Grouped:
    """Groups of studies with means of their own and one heterogeneity.

    Parameters
    ----------
    mu : tuple of Marginal
        Mean of each group.
    tau : Marginal
    difference : Mapping
        Mean of group i minus that of group j, by (i, j) with i before j.
    log_marginal_likelihood : float
    """

    mu: tuple[Marginal, ...]
    tau: Marginal
    difference: Mapping[tuple[int, int], Marginal]
    log_marginal_likelihood: float


class Refit(Protocol):
    """Pool studies exactly under a model; raises `ArithmeticError` where the posterior cannot be resolved."""

    def __call__(
        self, studies: Sequence[Study], model: ModelSpec, mu_at: float | None = None, tau_at: float | None = None
    ) -> Pooled:
        """Return the pooled unknowns; ``mu_at`` or ``tau_at`` fix one of them (a point hypothesis)."""


class Scores(Protocol):
    """Log p(report | the others) of every study; raises as `Refit`."""

    def __call__(self, studies: Sequence[Study], model: ModelSpec, tau_at: float | None = None) -> NDArray[np.float64]:
        """Return the scores, dims (study,)."""


@dataclass(frozen=True)
class Case:
    """One outcome under examination.

    Parameters
    ----------
    posterior : Posterior
    refit : Refit
        The exact engine on other studies, priors or random effects.
    regroup : callable
        The exact engine on groups of studies, each with a mean of its own; raises as ``refit``.
    scores : Scores
    above : callable
        ``above(studies, model, value)`` is P(mu > value) under a proper prior of mu, sooner than by ``refit``.
    panel : tuple of ModelSpec
        The same model under other priors, each named for what it is.
    labels : Mapping
        Columns that may divide the studies into groups: each study's value, by column name, in the studies' order;
        empty text where it has none.
    level : float
        Probability of intervals.
    seed : int
        Of whatever is simulated.
    replicates : int
        Data sets that predictive checks simulate.
    """

    posterior: Posterior
    refit: Refit
    regroup: Callable[[Sequence[Sequence[Study]], ModelSpec], Grouped]
    scores: Scores
    above: Callable[[Sequence[Study], ModelSpec, float], float]
    panel: tuple[ModelSpec, ...] = ()
    labels: Mapping[str, tuple[str, ...]] | None = None
    level: float = 0.95
    seed: int = 0
    replicates: int = 1000

    @cached_property
    def without_each(self) -> tuple[Pooled, ...]:
        """The other studies pooled, for every study left out."""
        studies, model = self.posterior.effects.studies, self.posterior.model
        return tuple(self.refit([*studies[:i], *studies[i + 1 :]], model) for i in range(len(studies)))


Check = Callable[[Case], Evidence | None]
"""A check of `checks/`: its answer, whose ``passed`` says that it raised no alarm; None where it does not apply."""


@dataclass(frozen=True)
class Examined:
    """What every check said of one outcome.

    Parameters
    ----------
    result : Result
    checks : Mapping
        Answers by name of the check.
    skipped : Mapping
        Why a check has no answer, by its name.
    verdict : str
        All of it in a sentence or two.
    """

    result: Result
    checks: Mapping[str, Evidence]
    skipped: Mapping[str, str]
    verdict: str

    @property
    def alarms(self) -> tuple[str, ...]:
        """Names of the checks that raised an alarm."""
        return tuple(name for name, found in self.checks.items() if not found.passed)


@dataclass(frozen=True)
class Examination:
    """An analysis, and what the checks said of each of its outcomes."""

    analysis: Analysis
    examined: tuple[Examined, ...]

    @property
    def passed(self) -> bool:
        """Whether every outcome was fitted, and no check raised an alarm."""
        return self.analysis.passed and not any(one.alarms for one in self.examined)
