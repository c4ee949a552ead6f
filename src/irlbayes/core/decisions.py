"""Decisions that rest on a probability, as a person states them: ``relapse: P(> null) >= 0.95``."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome

OPTION = "--decide"
ALL = "all"
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
STATED = re.compile(
    rf"^\s*(?P<outcome>[^:]+?)\s*:\s*P\(\s*(?P<new>new(?:\s+study)?\s+)?(?P<side>[<>])\s*(?P<size>null|threshold|{NUMBER})"
    rf"\s*\)\s*(?P<relation>>=|<=|>|<)\s*(?P<level>{NUMBER})\s*(?P<percent>%?)\s*$"
)
RELATIONS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
USUAL = ("P(> null) >= 0.95", "P(> null) <= 0.05")
EXAMPLE = 'Write it as "relapse: P(> null) >= 0.95", "relapse: P(new > 1.44) >= 0.8" or "all: P(> threshold) < 0.1".'


@dataclass(frozen=True)
class Decision:
    """A rule that a probability of one outcome meets, or does not.

    Parameters
    ----------
    outcome, words : str
        ``words`` is the rule as it was stated.
    new : bool
        Whether it speaks of the true effect in a new study, and not of the mean.
    above : bool
        Whether the probability is that of lying above ``size``, and not below.
    size : float
        On the scale of pooling.
    relation : str
        ``>=``, ``<=``, ``>`` or ``<``.
    level : float
    """

    outcome: str
    words: str
    new: bool
    above: bool
    size: float
    relation: str
    level: float

    def met(self, probability: float) -> bool:
        """Whether a probability keeps the rule."""
        return bool(RELATIONS[self.relation](probability, self.level))


def decisions(stated: Sequence[str], outcomes: Mapping[str, Outcome]) -> tuple[Decision, ...]:
    """Read the decisions about some outcomes; where none is stated, that P(> null) leaves 0.05 to 0.95.

    Parameters
    ----------
    stated : sequence of str
        ``OUTCOME: P(> SIZE) >= LEVEL``: ``all`` for every outcome; ``new`` before the sign for a new study; as SIZE
        ``null``, ``threshold`` (the first that the outcome declares), or a number as readers see it (an odds ratio,
        not its logarithm).
    outcomes : Mapping
        By name.

    Returns
    -------
    tuple of Decision
        Of ``all``, one for each outcome that has what it speaks of.

    Raises
    ------
    InputError
        With everything that is wrong with any of them.

    Examples
    --------
    >>> known = {"relapse": Outcome("relapse", "Relapse", "log_or", 0.0, "+")}
    >>> (found,) = decisions(["relapse: P(new > 2) >= 90%"], known)
    >>> found.new, round(found.size, 4), found.level, found.met(0.9)
    (True, 0.6931, 0.9, True)
    """
    found: list[Decision] = []
    problems: list[Problem] = []
    for text in stated or [f"{ALL}: {rule}" for rule in USUAL]:
        match = STATED.match(text)
        if match is None:
            rule = "an outcome, a colon, a probability and its bound"
            problems.append(Problem(OPTION, rule, EXAMPLE, value=text))
            continue
        level = float(match["level"]) * (0.01 if match["percent"] else 1.0)
        if not 0.0 < level < 1.0:
            rule = "the bound is a probability above 0 and below 1"
            problems.append(Problem(OPTION, rule, "Write 0.95, or 95%.", value=text))
        named = list(outcomes) if match["outcome"] == ALL else [match["outcome"]]
        for name in named:
            size = _size(match["size"], outcomes[name]) if name in outcomes else _unknown(outcomes)
            if isinstance(size, float):
                words = text.partition(":")[2].strip()
                new, above = bool(match["new"]), match["side"] == ">"
                found.append(Decision(name, words, new, above, size, match["relation"], level))
            elif match["outcome"] != ALL:
                rule, fix = size
                problems.append(Problem(OPTION, rule, fix, value=text))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _unknown(outcomes: Mapping[str, Outcome]) -> tuple[str, str]:
    known = ", ".join(outcomes) or "none yet"
    return f"an outcome of this evidence base, or {ALL}: {known}", "Name one of them."


def _size(word: str, outcome: Outcome) -> float | tuple[str, str]:
    """Return a size on the scale of pooling, or why there is none and what to do."""
    scale = SCALES[outcome.scale]
    if word == "null":
        if outcome.null is None:
            return f"{outcome.name} ({scale.words}) has no value of no effect", "Give a number."
        return outcome.null
    if word == "threshold":
        if not outcome.thresholds:
            return f"{outcome.name} declares no threshold", "Give a number."
        return outcome.thresholds[0].value
    size = scale.read(float(word))
    if size is None:
        return f"{word} is no {scale.printed}, as {outcome.name} is", "Give a number as readers see it."
    return size
