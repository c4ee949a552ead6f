"""What all specifications of an outcome come to, as one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.decomposition import ABOVE, BELOW, UNDECIDED, agreement, by_option, decide, moved
from irlbayes.core.specified import Answered, Table
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure_short, null_shown, probability, shown

Row = dict[str, Any]


def evidence_of(table: Table, found: Mapping[str, Answered], level: float, decision: float) -> Evidence:
    """Sum up the specifications of one outcome.

    Parameters
    ----------
    table : Table
    found : Mapping
        Answers by key.
    level : float
        Probability of the intervals.
    decision : float
        Probability at which a side of the null is called.

    Returns
    -------
    Evidence
        Numbers: ``axes`` (what is chosen, options, what each comes to, how far the choice moves the answer),
        ``specifications`` (the curve: one row each, unanswered ones last), ``value`` (the number that the curve is
        ordered by: ``p_gt_null``, or ``median`` where there is no null), ``decisions``, ``share``, ...
    """
    outcome = table.outcome
    value = "median" if outcome.null is None else "p_gt_null"
    rows = [_row(number, one.choices, one.key, one.k, one.reason, found.get(one.key), decision)
            for number, one in enumerate(table.specifications)]  # fmt: skip
    answered = [row for row in rows if row[value] is not None]
    numbers: dict[str, Any] = {
        "value": value,
        "null": outcome.null,
        "level": level,
        "decision": decision,
        "count": len(rows),
        "distinct": len(table.works),
        "unanswered": len(rows) - len(answered),
        "axes": {
            axis: {"words": words, "options": [option.name for option in options],
                   "meaning": [option.words for option in options]}
            for axis, (words, options) in table.axes.items()
        },
    }  # fmt: skip
    passed = all(answer.passed for answer in (found[key] for key in table.works))
    if not answered or answered[0]["number"] != 0:
        numbers["specifications"] = rows
        return Evidence("multiverse", f"{outcome.label}: the primary specification has no answer.", numbers, False)
    for axis, (_, options) in table.axes.items():
        numbers["axes"][axis]["by_option"] = by_option(answered, axis, [option.name for option in options], value)
        numbers["axes"][axis]["moved"] = moved(answered, axis, value)
    told = np.array([row[value] for row in answered])
    numbers |= {
        "lowest": float(told.min()),
        "middle": float(np.median(told)),
        "highest": float(told.max()),
        **(agreement(answered) if outcome.null is not None else {}),
        "specifications": _curve(answered, value) + [row for row in rows if row[value] is None],
    }
    return Evidence("multiverse", _statement(outcome, numbers, answered[0]), numbers, passed, _caveats(rows))


def _row(
    number: int,
    choices: Mapping[str, str],
    key: str,
    k: int,
    reason: str,
    answer: Answered | None,
    decision: float,
) -> Row:
    """Return one specification with its answer; ``number`` counts from the primary one, 0."""
    answer = answer or Answered(key, failure=reason)
    return {
        "number": number,
        "choices": dict(choices),
        "key": key,
        "k": k,
        "mean": answer.mean,
        "median": answer.median,
        "ci_low": answer.ci_low,
        "ci_high": answer.ci_high,
        "p_gt_null": answer.p_gt_null,
        "prior_p_gt_null": answer.prior_p_gt_null,
        "tau_median": answer.tau_median,
        "engine": answer.engine,
        "passed": answer.passed,
        "decision": decide(answer.p_gt_null, decision),
        "reason": answer.failure,
    }


def _curve(rows: Sequence[Row], value: str) -> list[Row]:
    """Order rows by their answer: the specification curve."""
    return sorted(rows, key=lambda row: (row[value], row["median"], row["number"]))


def _statement(outcome: Outcome, numbers: Mapping[str, Any], primary: Mapping[str, Any]) -> str:
    count, distinct = numbers["count"] - numbers["unanswered"], numbers["distinct"]
    words = f"{outcome.label}: over {count} {'specification' if count == 1 else 'specifications'} ({distinct} distinct)"
    if outcome.null is None:
        low, high = shown(numbers["lowest"], outcome), shown(numbers["highest"], outcome)
        words += f" the median ({measure_short(outcome)}) runs from {low} to {high}"
        words += f"; the primary specification says {shown(primary['median'], outcome)}."
    else:
        ends = f"{probability(numbers['lowest'])} to {probability(numbers['highest'])}"
        words += f" P(> {null_shown(outcome)}) runs from {ends}, with the middle at {probability(numbers['middle'])}."
        words += f" The primary specification says {probability(primary['p_gt_null'])}, {_called(primary['decision'])},"
        words += (
            f" and {numbers['share']:.1%} of all ({numbers['share_of_distinct']:.1%} of the distinct) decide the same"
        )
        others = {name: many for name, many in numbers["decisions"].items() if many and name != primary["decision"]}
        told = " and ".join(f"{many} {_found(name)}" for name, many in others.items())
        words += f"; {told}." if told else "."
    shares = {axis: one["moved"]["variance_share"] for axis, one in numbers["axes"].items()}
    largest = max(shares, key=lambda axis: shares[axis] or 0.0)
    if not shares[largest]:
        return words
    return (
        f"{words} The choice that moves it most is {largest} ({numbers['axes'][largest]['words']}):"
        f" {shares[largest]:.0%} of the variance between specifications."
    )


def _called(decision: str) -> str:
    return {ABOVE: "an effect above the null", BELOW: "an effect below the null", UNDECIDED: "undecided"}[decision]


def _found(decision: str) -> str:
    return {ABOVE: "call an effect above", BELOW: "call one below", UNDECIDED: "are undecided"}[decision]


def _caveats(rows: Sequence[Row]) -> tuple[str, ...]:
    """Say how many specifications have no answer, by reason, and how many answers failed their gate."""
    reasons: dict[str, int] = {}
    for row in rows:
        if row["reason"]:
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
    told = [f"{many} of {len(rows)} specifications have no answer: {reason}" for reason, many in reasons.items()]
    failed = sum(bool(row["engine"]) and not row["passed"] for row in rows)
    if failed:
        told.append(f"{failed} of {len(rows)} answers failed the checks of their posterior")
    return tuple(told)
