"""Nouns that cross a seam: frozen records, complete or absent.

Nothing heavy is imported here: arrays are NumPy, and pandas is loaded only by `ReportTable.frame`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve

if TYPE_CHECKING:
    import pandas as pd

    from irlbayes.core.design import Design
    from irlbayes.core.readings import Reading

Array = NDArray[np.float64]
Value = float | str
AS_PRINTED = "as_printed"  # the reading of every row as it stands


# --- what was reported -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column of a table of reports.

    Parameters
    ----------
    name : str
        The field's name for it (metafor's where it has one).
    meaning : str
        What it holds, with its unit.
    type : str
        ``text``, ``number`` or ``count`` (a whole number, zero included).
    rule : str
        The rule a value keeps, in words; empty where any value of the type will do.
    accepts : callable
        ``accepts(value)`` is True where the rule is kept.
    fix : str
        What to do when it is broken, where that is not plain from the rule.
    """

    name: str
    meaning: str
    type: Literal["text", "number", "count"] = "number"
    rule: str = ""
    accepts: Callable[[Any], bool] = lambda value: True
    fix: str = ""


@dataclass(frozen=True)
class Report:
    """One thing that one paper reported: a row of `reports.csv`.

    Parameters
    ----------
    id, study, cohort, outcome, kind, use : str
        ``kind`` is the report kind; ``use`` is primary, sensitivity or context.
    file, line : str, int
        Where it stands.
    values : Mapping
        Every filled cell by column name: numbers as float, the rest as text.
    scale : str
        Scale on which the report is asked to speak, chosen when its outcome is pooled; empty for its kind's first.
    origins : Mapping
        How a cell came about, by column name, where it does not stand in the file under that name: the column it was
        read from, or the formula and the cells that made it.
    """

    id: str
    study: str
    cohort: str
    outcome: str
    kind: str
    use: str
    file: str
    line: int
    values: Mapping[str, Value]
    scale: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether all these cells are filled."""
        return all(name in self.values for name in names)

    def number(self, name: str) -> float:
        """Return a filled number."""
        return float(self.values[name])

    def text(self, name: str, default: str = "") -> str:
        """Return a cell as text."""
        return str(self.values.get(name, default))


@dataclass(frozen=True)
class Threshold:
    """A declared size of effect, with where it comes from."""

    value: float
    kind: str
    source: str


@dataclass(frozen=True)
class Published:
    """A pooled result that a review printed, for showing beside ours; blanks stay None.

    Parameters
    ----------
    pval, pval_relation : float or None, str
        Printed p, or its bound with ``<``: a printed 0.000 is 0.0005 with ``<``.
    file, line : str, int or None
        Where it stands.
    scale : str
        How its numbers are printed (``or``, ``smd``, ...); empty where only ``measure`` says it.
    search_to : str
        Last day (month, year) of its search; empty where only a note says it.
    tau, i2, pi_lb, pi_ub : float or None
        What it prints of heterogeneity: tau on the scale of pooling, I squared as a share, the ends of its 95 %
        prediction interval.
    """

    review: str
    measure: str
    estimate: float | None
    ci_lb: float | None
    ci_ub: float | None
    k: int | None
    note: str
    doi: str = ""
    pval: float | None = None
    pval_relation: str = "="
    file: str = ""
    line: int | None = None
    scale: str = ""
    search_to: str = ""
    tau: float | None = None
    i2: float | None = None
    pi_lb: float | None = None
    pi_ub: float | None = None


@dataclass(frozen=True)
class Outcome:
    """One outcome: its scale, which sign is harm, its thresholds and its model.

    Parameters
    ----------
    scale : str
        A name of `core.scales.SCALES`.
    null : float or None
        Value of no effect, on the scale.
    harm : str
        ``+`` or ``-`` for the sign that is worse for patients; empty where neither is.
    unit : str
        Unit of an effect that has one of its own.
    model : str
        Name of a declaration in `models/`; empty for the default of the scale.
    instruments, only_instruments : tuple of str, bool
        Measures behind the outcome, and whether rows of any other stay out.
    contrasts : tuple of str
        Contrasts whose rows may be pooled; empty for any.
    reference : tuple of Published
        Results of the reference review for this outcome.
    notes : tuple of str
        Facts that belong beside every answer.
    treatment : str
        What it has to do with treatment: ``interaction`` (its effect is that of treatment in IRL-positive patients
        minus that in negative ones), ``response`` (what became of patients under treatment), ``exposure`` (who is
        treated), or nothing.
    under_treatment : tuple of str
        Instruments that were read in treated patients alone.
    """

    name: str
    label: str
    scale: str
    null: float | None
    harm: str
    unit: str = ""
    model: str = ""
    instruments: tuple[str, ...] = ()
    only_instruments: bool = False
    contrasts: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    reference: tuple[Published, ...] = ()
    notes: tuple[str, ...] = ()
    treatment: str = ""
    under_treatment: tuple[str, ...] = ()

    @property
    def is_interaction(self) -> bool:
        """Whether effects of treatment are compared, and not patients."""
        return self.treatment == "interaction"


@dataclass(frozen=True)
class ReportTable:
    """An evidence base: validated reports and the outcomes they speak about.

    Parameters
    ----------
    name, title : str
    source : str
        Folder or file it was read from.
    sha256 : str
        Hash of all its files.
    reports : tuple of Report
    outcomes : Mapping
        Outcomes by name, in order.
    notes : tuple of str
        Facts that belong beside every answer.
    published : Mapping
        Published pooled results by outcome.
    reading : tuple of str
        What was recognized while reading, in sentences: separators, decimal commas, columns under other names.
    studies : Mapping
        Filled cells of `studies.csv` by study, as text: authors, year, country, design, notes.
    contrasts : Mapping
        What each contrast compares, in words.
    readings : tuple of Reading
        Other readings of ambiguous rows, declared in `readings.csv`.
    """

    name: str
    title: str
    source: str
    sha256: str
    reports: tuple[Report, ...]
    outcomes: Mapping[str, Outcome]
    notes: tuple[str, ...] = ()
    published: Mapping[str, tuple[Published, ...]] = field(default_factory=dict)
    reading: tuple[str, ...] = ()
    studies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    contrasts: Mapping[str, str] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The reports as a pandas frame, one row each, cells as read."""
        import pandas as pd

        rows = [{"id": r.id, "outcome": r.outcome, "report": r.kind, "use": r.use, **r.values} for r in self.reports]
        return pd.DataFrame(rows)


# --- what a report says about an effect --------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step from the cells of a report to its likelihood.

    Parameters
    ----------
    name : str
        What is computed: ``yi``, ``sei``, ``t``, ``likelihood``.
    formula : str
        The formula in symbols, then with its numbers.
    value : float or None
        The result; None for a sentence.
    source : str
        Where the formula is from, where it is not arithmetic.
    """

    name: str
    formula: str
    value: float | None = None
    source: str = ""


class Kind(Protocol):
    """What every file of `effects/reports/` exports.

    Where a row prints a normal size and nothing beside it, also ``estimates(report, theta, rng)``: the sizes of many
    replicates, dims (replicate,), the same numbers that ``simulate`` would draw one by one.
    """

    COLUMNS: tuple[Column, ...]
    """Cells that must be filled."""
    OPTIONAL: tuple[Column, ...]
    """Cells that are read when they are filled."""
    SCALES: tuple[str, ...]
    """The scales the kind speaks on, its own first; ``reported`` alone for what the row's ``scale`` says."""
    LIKELIHOODS: tuple[str, ...]
    """What the ``likelihood`` cell may name, the default first; ``normal`` where `yi_sei` has an answer."""

    def check(self, report: Report) -> list[tuple[str, str, str]]:
        """Return (column, rule, fix) for every rule between cells that the row breaks."""

    def curve(self, report: Report) -> Curve:
        """Return the exact likelihood of the effect, on the report's scale."""

    def yi_sei(self, report: Report) -> tuple[float, float] | None:
        """Return the normal approximation, where the report has a size and a sign."""

    def design_sei(self, report: Report) -> float:
        """Return the standard error that the design implies, on the report's scale."""

    def steps(self, report: Report) -> list[Step]:
        """Return how the cells become the likelihood, with every number that is used."""

    def notes(self, report: Report) -> list[str]:
        """Return what a reader should know about this row (skewed medians, lopsided intervals)."""

    def simulate(self, report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
        """Return the cells that the same design would report if the effect were theta."""

    def log_likelihood(self, theta: Any, reports: Sequence[Report]) -> Any:
        """Return the PyTensor log-likelihood, dims (report,), of effects on the reports' scale."""


@dataclass(frozen=True)
class Finding:
    """Something in the input that looks wrong: said with its reason, never mended in silence.

    Parameters
    ----------
    check : str
        Name of the check, a file of `effects/forensics/`.
    reports : tuple of str
        Identities of the rows it speaks about; empty for a published result.
    outcome : str
        Outcome it belongs to.
    words : str
        What looks wrong, with the numbers, and what to do.
    file, line : str, int or None
        Where the (last) row stands.
    column : str
    """

    check: str
    reports: tuple[str, ...]
    outcome: str
    words: str
    file: str = ""
    line: int | None = None
    column: str = ""


@dataclass(frozen=True)
class Study:
    """One report as a model sees it: its likelihood on the outcome's scale.

    Parameters
    ----------
    label : str
        Unique within an outcome.
    report : Report
    kind : Kind
    factor : float
        From the kind's scale to the outcome's.
    conversion : str
        That factor in words; empty where it is 1.
    curve : Curve
        Likelihood of the study's effect, on the outcome's scale.
    yi, sei : float or None
        Normal approximation, where the report has one.
    design_sei : float
        Standard error that the design implies; what I squared needs.
    notes : tuple of str
    """

    label: str
    report: Report
    kind: Kind
    factor: float
    conversion: str
    curve: Curve
    yi: float | None
    sei: float | None
    design_sei: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class EffectTable:
    """The studies of one outcome, the rows that stayed out, each with its reason, and what looks wrong.

    ``design`` holds what moderators say about each study, where the model has any.
    """

    outcome: Outcome
    studies: tuple[Study, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    design: Design | None = None
