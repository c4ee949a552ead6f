"""An outcome answered again after each study: what is kept of it, and how it is said."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from irlbayes.core.answers import Analysis, Evidence, Result
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.dates import days
from irlbayes.core.ordering import ORDERS
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure, null_shown, probability, with_interval

Step = Mapping[str, Any]
STARTS = {"prior": "the prior", "published": "a published meta-analysis"}
UNEXPECTED = 0.05  # two-sided tail probability below which a report is said to be unexpected
LOOKS = (
    "Looking again after every study needs no correction: each probability says what its prior and the reports so far"
    " say, however often one has looked. A rule that stops at the first look above a limit does change how often that"
    " rule errs."
)


@dataclass(frozen=True)
class Followed:
    """One outcome, answered again after each study.

    Parameters
    ----------
    result : Result
        After all of them.
    evidence : Evidence
        Numbers ``by``, ``ties``, ``level``, ``null`` and ``steps``, the prior first; from a published start ``review``
        and ``left_out`` (`core.starts.Started`), and the review as step 1. A step has

        - ``step`` and ``k``, the studies so far;
        - ``added``: ``study``, ``id`` and ``report`` (its kind), ``published`` (as far as it is known), ``se`` and
          ``se_of`` (of the report, or of its design), and ``tail``, the probability that a report of its kind and
          design would have lain as far out on either side, given the studies before;
        - ``mu`` and ``new_study``: `core.summary.describe`, and ``tau``: `core.summary.summarize` with
          ``prior_median``, ``prior_ci_low`` and ``prior_ci_high``; None where there is no answer yet;
        - ``log_marginal_likelihood``, and ``log_score``, what the step added to it;
        - ``error_bound``, ``passed``, ``reason`` (why there is no answer yet) and ``words`` (what changed).
    """

    result: Result
    evidence: Evidence

    @property
    def outcome(self) -> Outcome:
        """What was asked about."""
        return self.result.outcome


@dataclass(frozen=True)
class Cumulated:
    """Every outcome of an evidence base, answered again after each study."""

    analysis: Analysis
    by: str
    ties: str
    start: str
    followed: tuple[Followed, ...]

    @property
    def passed(self) -> bool:
        """Whether every outcome was fitted, and every step passed its gate."""
        return self.analysis.passed and all(one.evidence.passed for one in self.followed)


def names(step: Step) -> str:
    """Name the studies that a step added."""
    labels = [one["study"] for one in step["added"]]
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def changed(before: Step, after: Step, outcome: Outcome, level: float) -> str:
    """Say what a step changed.

    Parameters
    ----------
    before, after : Mapping
    outcome : Outcome
    level : float
        Probability of the intervals.
    """
    if after["mu"] is None:
        return f"After {names(after)} there is no answer yet: {after['reason']}."
    if outcome.null is None:
        words = f"After {names(after)} the mean effect ({measure(outcome)}) {_moved(before, after, outcome, level)}"
    else:
        old = None if before["mu"] is None else probability(before["mu"]["p_gt_null"])
        new = probability(after["mu"]["p_gt_null"])
        what = f"the probability that the mean effect is above {null_shown(outcome)}"
        words = f"After {names(after)} {what} {_went(old, new, before, after)}"
    unexpected = [one for one in after["added"] if one["tail"] is not None and one["tail"] < UNEXPECTED]
    if unexpected:
        said = " and ".join(f"{one['study']} (surprise {probability(one['tail'])})" for one in unexpected)
        words += f"; unexpected, given the studies before: {said}"
    return f"{words}."


def _went(old: str | None, new: str, before: Step, after: Step) -> str:
    if old is None:
        return f"is {new}, the first that can be given"
    if old == new:
        return f"stayed at {new}"
    verb = "rose" if after["mu"]["p_gt_null"] > before["mu"]["p_gt_null"] else "fell"
    return f"{verb} from {old} to {new}"


def _moved(before: Step, after: Step, outcome: Outcome, level: float) -> str:
    found = with_interval(after["mu"], outcome, f"{{}}, {level:.0%} interval {{}} to {{}}")
    if before["mu"] is None:
        return f"is {found}"
    return f"moved from {with_interval(before['mu'], outcome, '{} ({} to {})')} to {found}"


def whole(steps: Sequence[Step], outcome: Outcome, model: ModelSpec, by: str, level: float) -> str:
    """Say how one outcome's answer grew: from the prior to the last step, and which step changed it most.

    Parameters
    ----------
    steps : sequence of Mapping
    outcome : Outcome
    model : ModelSpec
        Of step 0.
    by : str
        One of `core.ordering.ORDERS`.
    level : float
        Probability of the intervals.
    """
    first, last = steps[0], steps[-1]
    count = f"{last['k']} {'report' if last['k'] == 1 else 'reports'}"
    if steps[1]["k"] == 0:
        count = f"{names(steps[1])} and {count} since"
    found = with_interval(last["mu"], outcome, f"{{}}, {level:.0%} interval {{}} to {{}}")
    words = f"After {count}, in {ORDERS[by]}, the mean effect ({measure(outcome)}) is {found}"
    if first["mu"] is not None:
        words += f", against {with_interval(first['mu'], outcome, '{1} to {2}')} before any"
    if outcome.null is not None:
        chance = probability(last["mu"]["p_gt_null"])
        words += f"; the probability that it is above {null_shown(outcome)} is {chance}"
        if first["mu"] is not None:
            words += f", from {probability(first['mu']['p_gt_null'])}"
        words += _largest(steps)
    return f"{words}. Model {model.name}: mu ~ {model.mu}, tau ~ {model.tau}."


def _largest(steps: Sequence[Step]) -> str:
    """Name the step that moved the probability most, where there are several."""
    pairs = [
        (before, after)
        for before, after in itertools.pairwise(steps)
        if before["mu"] is not None and after["mu"] is not None
    ]
    if len(pairs) < 2:
        return ""
    before, after = max(pairs, key=lambda pair: abs(pair[1]["mu"]["p_gt_null"] - pair[0]["mu"]["p_gt_null"]))
    old, new = (probability(step["mu"]["p_gt_null"]) for step in (before, after))
    return "" if old == new else f". The largest single change, from {old} to {new}, came with {names(after)}"


def caveats(steps: Sequence[Step], by: str, ties: str) -> tuple[str, ...]:
    """Say what bounds the steps: the order where nothing tells studies apart, failed gates, and what looking means.

    Parameters
    ----------
    steps : sequence of Mapping
    by, ties : str
        As of `Cumulated`.
    """
    found = []
    if by == "precision":
        partial = [one["study"] for step in steps for one in step["added"] if one["se_of"] == "design"]
        if partial:
            found.append(
                "Reports without a size or a sign stand where the standard error of their design puts them, though"
                f" they say less: {', '.join(partial)}."
            )
    if by == "publication" and ties == "rows":
        found += [_undecided(steps)] if _undecided(steps) else []
    for step in steps:
        if step["mu"] is None and step["added"]:
            found.append(f"No answer after {names(step)}: {step['reason']}.")
        elif not step["passed"]:
            found.append(f"The posterior after {names(step)} did not pass its gate.")
    return (*found, LOOKS)


def _undecided(steps: Sequence[Step]) -> str:
    """Say which studies the dates do not tell apart."""
    dated = [(days(one["published"]), one["study"]) for step in steps if step["k"] for one in step["added"]]
    runs: list[list[str]] = []
    last = date.min
    for span, study in dated:
        assert span is not None
        if runs and span[0] <= last:
            runs[-1].append(study)
        else:
            runs.append([study])
        last = max(last, span[1])
    words = [", ".join(run) for run in runs if len(run) > 1]
    if not words:
        return ""
    return f"Their dates do not tell these apart, so that they follow the order of their rows: {'; '.join(words)}."
