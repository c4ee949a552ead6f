"""What a ledger tells: what one entry changed, and what the evidence said of an outcome then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from irlbayes.core.errors import Problem
from irlbayes.core.types import Outcome

Said = Mapping[str, Any]
"""What the evidence said of one outcome, as plain data.

``k``, ``level`` (of the intervals), ``engine``, ``error_bound``, ``passed``, ``fingerprint`` (of the model),
``log_marginal_likelihood``; ``mu`` and ``new_study`` with mean, sd, median, ci_low, ci_high, p_gt_null and, in the
order of the outcome's thresholds, p_gt; ``tau`` with median, ci_low and ci_high; ``decided``: probability and whether
it is met, by the words of the decision. ``reason`` in place of the numbers where there was no answer.
"""


@dataclass(frozen=True)
class Change:
    """What one entry changed of one outcome.

    Parameters
    ----------
    outcome : Outcome
    model : str
        Priors and random effects in words.
    prior, before, after : Mapping or None
        What the evidence said: before any data, before the entry, and after it; None where nothing is known.
    surprise : Mapping
        By id of a row that entered: ``tail``, the prior-predictive two-sided tail probability of the report, and
        ``log_score``, its log predictive density; each None where it is not defined.
    """

    outcome: Outcome
    model: str
    prior: Said | None
    before: Said | None
    after: Said
    surprise: Mapping[str, Mapping[str, float | None]]

    @property
    def decided(self) -> tuple[tuple[str, bool | None, bool], ...]:
        """Words of each decision, and whether it was met before and after."""
        before = (self.before or {}).get("decided", {})
        after = self.after.get("decided", {})
        return tuple(
            (words, before[words]["met"] if words in before else None, found["met"]) for words, found in after.items()
        )

    @property
    def turned(self) -> tuple[str, ...]:
        """Words of the decisions that changed."""
        return tuple(words for words, before, after in self.decided if before is not None and before != after)


@dataclass(frozen=True)
class Recorded:
    """One entry of a ledger, as it is told.

    Parameters
    ----------
    number : int or None
        None where it was not written (a dry run).
    at, sha256 : str
        When it was written, and its hash.
    kind : str
        ``opening``, ``study`` or ``correction``.
    study : str
        Studies of its rows.
    rows : tuple of Mapping
        ``cells``, and ``origins`` where cells did not stand in the file as they are.
    changes : tuple of Change
        One for each outcome of which a row entered, changed or went.
    left_out : Mapping
        Reasons of the rows that stayed out, by id.
    supersedes : int or None
        The entry whose rows it corrects.
    reason : str
    source : Mapping
        ``file`` and ``sha256``, where the rows came from a file.
    reading : tuple of str
        What was recognized while reading them, in sentences.
    irlbayes, data_sha256 : str
        Version of the software, and the hash of all rows in force after the entry.
    """

    number: int | None
    at: str
    sha256: str
    kind: str
    study: str
    rows: tuple[Mapping[str, Any], ...]
    changes: tuple[Change, ...]
    left_out: Mapping[str, str]
    supersedes: int | None
    reason: str
    source: Mapping[str, str]
    reading: tuple[str, ...]
    irlbayes: str
    data_sha256: str

    @property
    def turned(self) -> bool:
        """Whether a decision changed."""
        return any(change.turned for change in self.changes)


@dataclass(frozen=True)
class Difference:
    """What changed between two states of the evidence.

    Parameters
    ----------
    first, second : str
        The two, in words.
    added, corrected, gone : tuple of str
        Ids of rows that are new in the second, that differ, and that are not there.
    changes : tuple of Change
        One for each outcome; ``before`` is what the first said, ``after`` what the second says.
    """

    first: str
    second: str
    added: tuple[str, ...]
    corrected: tuple[str, ...]
    gone: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def turned(self) -> bool:
        """Whether a decision changed."""
        return any(change.turned for change in self.changes)


@dataclass(frozen=True)
class Verified:
    """What a ledger was found to be.

    Parameters
    ----------
    entries : int
        How many can be read.
    head, at : str
        Hash and time of the last; empty where none can be.
    problems : tuple of Problem
        What is wrong; empty where all holds.
    recomputed : tuple of str
        Outcomes that were pooled again from the rows in force, and compared with what the ledger says of them.
    """

    entries: int
    head: str
    at: str
    problems: tuple[Problem, ...]
    recomputed: tuple[str, ...]
