"""Do treatments help IRL-positive patients more: which rows can say so, and what is answered.

Only an interaction can: the effect of treatment in IRL-positive patients set against its effect in negative ones. A row
is one by its kind (four arms, or two printed effects), or by its contrast, ``treatment_by_irl``, where a paper prints
the ratio of ratios (or the difference) itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from irlbayes.core.answers import Analysis, Evidence
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.types import Kind, Outcome, Published, Report, ReportTable

INTERACTION = "treatment_by_irl"  # contrasts with a meaning of their own
TREATED = "treated_vs_control"
ONE_ARM = "one_arm"
BEARINGS = {
    "interaction": "",
    "treated_vs_control": "compares treated with other patients in one group of patients, with no effect in the other"
    " group, with rims or without, to set against it",
    "one_arm": "describes one group: nothing is compared",
    "prognosis": "compares patients by their rims under treatment: who fares worse on it, not whom it helps; the same"
    " comparison without treatment would be needed beside it",
    "exposure": "compares patients by their rims: who is given which treatment, not whom it helps",
}
"""What a row has to do with the question, and why it does not answer it."""


@dataclass(frozen=True)
class Bearing:
    """What one row has to do with the question.

    Parameters
    ----------
    report : Report
    name : str
        A name of `BEARINGS`.
    compares : str
        What its two groups are, in words.
    entered : bool
        Whether it entered the answer.
    reason : str
        Why it did not; empty where it did.
    """

    report: Report
    name: str
    compares: str
    entered: bool
    reason: str


@dataclass(frozen=True)
class ByRims:
    """The answer for one outcome: with its posterior, or with the prior alone where no row answers.

    Parameters
    ----------
    outcome : Outcome
    model : ModelSpec
    evidence : Evidence or None
        None where the posterior could not be computed.
    count : int
        Rows that entered.
    failure : str
        Why there is no answer; empty where there is one.
    """

    outcome: Outcome
    model: ModelSpec
    evidence: Evidence | None
    count: int
    failure: str = ""


@dataclass(frozen=True)
class Treatment:
    """Whether treatments help IRL-positive patients more, as far as an evidence base can say.

    Parameters
    ----------
    table : ReportTable
    answers : tuple of ByRims
        One per outcome that asks.
    bearings : tuple of Bearing
        Every row that has to do with treatment.
    published : tuple of Published
        What reviews printed about treatment.
    wanted : tuple of str
        Rows that would answer, by kind with its columns.
    analysis : Analysis
        The full analysis of the outcomes that have rows.
    """

    table: ReportTable
    answers: tuple[ByRims, ...]
    bearings: tuple[Bearing, ...]
    published: tuple[Published, ...]
    wanted: tuple[str, ...]
    analysis: Analysis

    @property
    def passed(self) -> bool:
        """Whether every outcome has an answer that passed its gate; the prior alone is one."""
        return all(one.evidence is not None and one.evidence.passed for one in self.answers)


def is_interaction(report: Report, kind: Kind) -> bool:
    """Whether a row sets the effect of treatment with rims against its effect without.

    Parameters
    ----------
    report : Report
    kind : Kind
        The row's.
    """
    if getattr(kind, "CONTRAST", "") == INTERACTION:
        return True
    return kind.SCALES == ("reported",) and report.text("contrast") == INTERACTION
