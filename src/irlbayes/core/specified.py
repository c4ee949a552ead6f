"""A multiverse: every way to analyze an outcome, and what each of them says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from irlbayes.core.answers import Engine, Evidence
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.examining import Pooled
from irlbayes.core.types import EffectTable, Outcome, ReportTable

ZERO = Prior("zero", (), "a common effect")  # no family of its own: the engine holds tau there


@dataclass(frozen=True)
class Plan:
    """One way to analyze one outcome, before anything is computed.

    Parameters
    ----------
    table : ReportTable
        Rows as this plan reads them.
    outcome : str
    model : ModelSpec
    use, drop_reports, likelihood
        As for `workflow.effect_table`.
    common_effect : bool
        Whether all studies share one effect.
    above : bool
        The side on which the primary answer lies; an enthusiast's prior lies there.
    bias : str
        Name of the bias model; empty for none.
    pool : callable or None
        ``pool(effects, model)`` where a bias model pools; it must be importable by name, so that a process can run it.
        Under a common effect the model's tau is ``ZERO``.
    undefined : str
        Why choices that each make sense make none together; empty where they do.
    """

    table: ReportTable
    outcome: str
    model: ModelSpec
    use: str = "primary"
    drop_reports: tuple[str, ...] = ()
    likelihood: str = ""
    common_effect: bool = False
    above: bool = True
    bias: str = ""
    pool: Callable[[EffectTable, ModelSpec], Pooled] | None = None
    undefined: str = ""

    @property
    def assumed(self) -> ModelSpec:
        """The model as it is fitted: a common effect has tau at zero, whatever its prior was."""
        return replace(self.model, tau=ZERO) if self.common_effect else self.model


@dataclass(frozen=True)
class Option:
    """One value of an axis.

    Parameters
    ----------
    name : str
    words : str
        What it is.
    apply : callable
        From a plan to the plan with this choice made.
    """

    name: str
    words: str
    apply: Callable[[Plan], Plan]


class Axis(Protocol):
    """What every file of `choices/` exports."""

    PLACE: int
    WORDS: str
    # and, where its options beside the primary one are tried only when they are asked for: ON_REQUEST = True

    def options(self, plan: Plan) -> tuple[Option, ...]:
        """Return the ways to choose for the primary plan of an outcome, the primary one first."""


@dataclass(frozen=True)
class Specification:
    """One specification: a choice on every axis, and where its answer is.

    Parameters
    ----------
    choices : Mapping
        Name of the option by axis.
    key : str
        Fingerprint of studies, model and options; specifications that share it share one posterior. Empty where no
        study entered.
    k : int
        Studies that entered.
    reason : str
        Why there is no answer.
    """

    choices: Mapping[str, str]
    key: str
    k: int
    reason: str = ""


@dataclass(frozen=True)
class Answered:
    """What one posterior says, as plain numbers; ``failure`` says why it says nothing."""

    key: str
    mean: float | None = None
    median: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_gt_null: float | None = None
    prior_p_gt_null: float | None = None
    tau_median: float | None = None
    engine: str = ""
    error_bound: float | None = None
    passed: bool = False
    failure: str = ""


@dataclass(frozen=True)
class Work:
    """One posterior to be computed; under a model whose tau is ``ZERO``, with tau held there."""

    key: str
    effects: EffectTable
    model: ModelSpec
    pool: Callable[[EffectTable, ModelSpec], Pooled] | None
    level: float
    engine: Engine
    seed: int


@dataclass(frozen=True)
class Table:
    """The specifications of one outcome, before they are answered.

    Parameters
    ----------
    outcome : Outcome
    axes : Mapping
        By axis: what is chosen, and its options in order, the primary one first.
    specifications : tuple of Specification
        The primary one first.
    works : Mapping
        Every distinct posterior by key.
    """

    outcome: Outcome
    axes: Mapping[str, tuple[str, Sequence[Option]]]
    specifications: tuple[Specification, ...]
    works: Mapping[str, Work]


@dataclass(frozen=True)
class Multiverse:
    """Every specification of every outcome, answered.

    Parameters
    ----------
    table : ReportTable
    outcomes : tuple of (Outcome, Evidence)
        The evidence answers ``multiverse``: numbers ``axes``, ``specifications`` and what they come to.
    skipped : Mapping
        Outcomes without a primary answer, and why.
    settings : Mapping
        Level of the intervals, of the decision, engine and seed.
    counts : Mapping
        Specifications, distinct posteriors, and how many of these were computed now.
    """

    table: ReportTable
    outcomes: tuple[tuple[Outcome, Evidence], ...]
    skipped: Mapping[str, str]
    settings: Mapping[str, Any]
    counts: Mapping[str, int]

    @property
    def passed(self) -> bool:
        """Whether every specification that has studies was answered, and every answer passed its gate."""
        return all(evidence.passed for _, evidence in self.outcomes)
