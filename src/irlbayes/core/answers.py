"""What follows from reports and assumptions: marginals, posteriors, answers, and a whole analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.types import EffectTable, Finding, Outcome, Report, ReportTable, Step, Study

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Engine = Literal["auto", "exact", "nuts"]
SEED = 20251122


class Marginal(Protocol):
    """One unknown after (or before) the data, whichever engine found it.

    ``x`` and ``mass``, dims (node,), are points and probabilities that sum to one, for expectations.
    """

    @property
    def x(self) -> Array:
        """Points that carry the distribution, dims (node,)."""

    @property
    def mass(self) -> Array:
        """Probability of each point; sums to one."""

    @property
    def mean(self) -> float | None:
        """Mean, or None where it does not exist."""

    @property
    def sd(self) -> float | None:
        """Standard deviation, or None where it does not exist."""

    @property
    def mode(self) -> float:
        """Highest point of the density."""

    @property
    def support(self) -> tuple[float, float]:
        """Ends between which it was found."""

    def log_pdf(self, x: Array) -> Array:
        """Return the log of the density; of draws, as a kernel estimates it."""

    def cdf(self, x: Array | float) -> Array:
        """Return P(X <= x)."""

    def sf(self, x: Array | float) -> Array:
        """Return P(X > x)."""

    def quantile(self, p: Array | float) -> Array:
        """Return x with P(X <= x) = p."""

    def interval(self, level: float) -> tuple[float, float]:
        """Return the central interval."""

    def shortest(self, level: float) -> tuple[float, float]:
        """Return the shortest interval."""


@dataclass(frozen=True)
class Check:
    """One condition that a posterior must meet to be believed."""

    name: str
    value: float | None
    rule: str
    passed: bool


@dataclass(frozen=True)
class Gate:
    """All conditions of a posterior; a failed gate is an answer with a caveat, never a crash."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every condition is met."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class Unknowns:
    """The unknowns of the model as marginals: before the data, or after.

    Parameters
    ----------
    mu, theta_new : Marginal or None
        None before the data when the prior of mu is flat.
    tau : Marginal
    theta : tuple of Marginal
        One per study; empty before the data.
    beta : Mapping
        Coefficients of the moderators by name; empty without moderators.
    omega : Marginal or None
        Sd between rows of one cohort; None where one row of each cohort enters.
    """

    mu: Marginal | None
    tau: Marginal
    theta_new: Marginal | None
    theta: tuple[Marginal, ...] = ()
    beta: Mapping[str, Marginal] = field(default_factory=dict)
    omega: Marginal | None = None


@dataclass(frozen=True)
class Posterior:
    """What one engine concluded about one outcome.

    Parameters
    ----------
    engine : str
        ``exact`` or ``nuts``.
    effects : EffectTable
    model : ModelSpec
    prior, after : Unknowns
    gate : Gate
    share : Array or None, dims (study,)
        Each study's share of the information about mu; None where the engine does not give it.
    log_marginal_likelihood, error_bound : float or None
    clash : Array or None, dims (study,)
        How far each report lies from what the others predict, as a z; None where the engine does not give it.
    seed : int
        Seed of the draws in ``tree``.
    grow : callable
        ``grow(studies)`` makes the `xarray.DataTree`, with draws of the studies' own effects or without; called on
        first use of ``tree`` and of ``hyper_tree``.
    took : Mapping
        What sampling took: ``compile_seconds``, ``sampling_seconds``, ``ess_per_second``; empty by quadrature. Not part
        of any document, which must come out the same on every run.
    """

    engine: Literal["exact", "nuts"]
    effects: EffectTable
    model: ModelSpec
    prior: Unknowns
    after: Unknowns
    gate: Gate
    share: Array | None
    log_marginal_likelihood: float | None
    error_bound: float | None
    seed: int
    grow: Callable[[bool], xr.DataTree] = field(repr=False)
    clash: Array | None = None
    took: Mapping[str, float] = field(default_factory=dict, compare=False)

    @cached_property
    def tree(self) -> xr.DataTree:
        """Draws and provenance by ArviZ's conventions; every ArviZ function accepts it as it is."""
        return self.grow(True)

    @cached_property
    def hyper_tree(self) -> xr.DataTree:
        """The tree with half the draws and without the studies' own effects: enough for checks, and sooner there."""
        return self.grow(False) if self.engine == "exact" else self.tree


@dataclass(frozen=True)
class Evidence:
    """The answer to one question, complete or not there at all.

    Parameters
    ----------
    question : str
        Name of the file in `questions/`.
    statement : str
        The answer in words: estimate, interval, prior and model.
    numbers : Mapping
        Every number behind it, the prior's value beside the posterior's.
    passed : bool
        Whether the posterior met every condition of its gate.
    caveats : tuple of str
    provenance : Mapping
        Engine, model, fingerprint of the data and of the model.
    """

    question: str
    statement: str
    numbers: Mapping[str, Any]
    passed: bool
    caveats: tuple[str, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)

    @property
    def dataset(self) -> xr.Dataset:
        """The plain numbers as an `xarray.Dataset` with the provenance in its attributes."""
        import xarray as xr

        plain = {name: value for name, value in self.numbers.items() if isinstance(value, int | float)}
        return xr.Dataset(plain, attrs={"question": self.question, "statement": self.statement, **self.provenance})


@dataclass(frozen=True)
class Result:
    """One outcome's answers."""

    outcome: Outcome
    posterior: Posterior
    answers: Mapping[str, Evidence]
    statement: str
    caveats: tuple[str, ...]
    alarms: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the posterior may be believed."""
        return self.posterior.gate.passed


@dataclass(frozen=True)
class Skipped:
    """An outcome without an answer, and why. ``failed`` marks one that was asked for and could not be fitted."""

    outcome: str
    reason: str
    failed: bool = False


@dataclass(frozen=True)
class Settings:
    """What an analysis was asked to do; printed with every answer."""

    use: str = "primary"
    drop_reports: tuple[str, ...] = ()
    engine: Engine = "auto"
    level: float = 0.95
    seed: int = SEED
    likelihood: str = ""


@dataclass(frozen=True)
class Explanation:
    """How one row became a likelihood, or why it did not.

    Parameters
    ----------
    report : Report
    outcome : Outcome
    study : Study or None
        What the row became; None where it stayed out.
    steps : tuple of Step
        From the cells to the likelihood, with every number.
    reason : str
        Why the row stayed out; empty where it entered.
    findings : tuple of Finding
        What looks wrong about it.
    """

    report: Report
    outcome: Outcome
    study: Study | None
    steps: tuple[Step, ...]
    reason: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Analysis:
    """All answers about one evidence base."""

    table: ReportTable
    settings: Settings
    results: tuple[Result, ...]
    skipped: tuple[Skipped, ...]

    @property
    def passed(self) -> bool:
        """Whether every outcome was fitted and passed its gate."""
        return all(result.passed for result in self.results) and not any(item.failed for item in self.skipped)
