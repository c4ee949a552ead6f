"""Errors a reader can act on: what was wrong, where, by which rule, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    Parameters
    ----------
    file : str
        File, option or argument it was found in.
    row : int or None
        Line of the file, counted from 1 with the header (as an editor shows it).
    column, value : str
        Empty where they do not apply.
    rule : str
        The rule that was broken.
    fix : str
        What to do about it.
    """

    file: str
    rule: str
    fix: str
    row: int | None = None
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", line {self.row}"
        if self.column:
            place += f", column {self.column}"
        shown = self.value if len(self.value) <= 60 else self.value[:57] + "..."
        seen = f" (found {shown!r})" if self.value else ""
        return f"{place}: {self.rule}{seen}. {self.fix}"


class IrlbayesError(Exception):
    """Any error that irlbayes raises on purpose."""


class InputError(IrlbayesError):
    """Input that cannot be used. ``problems`` holds all of them, not the first."""

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def unknown(place: str, values: Iterable[str], known: Iterable[str], what: str = "") -> list[Problem]:
    """Return a problem for every value that is none of the known ones.

    Parameters
    ----------
    place : str
        File, option or argument that the values were found in.
    values, known : iterable of str
    what : str
        What a value should name; "one of" the known ones by default.

    Examples
    --------
    >>> print(*unknown("--only", ["egger", "eager"], ["begg", "egger"], "a test"))
    --only: a test: begg, egger (found 'eager'). Choose one of them.
    """
    names = list(known)
    rule = f"{what}: {', '.join(names)}" if what else f"one of {', '.join(names)}"
    return [Problem(place, rule, "Choose one of them.", value=value) for value in values if value not in names]


def refuse_unknown(place: str, values: Iterable[str], known: Iterable[str], what: str = "") -> None:
    """Raise what `unknown` finds.

    Raises
    ------
    InputError
    """
    problems = unknown(place, values, known, what)
    if problems:
        raise InputError(problems)


class FitError(IrlbayesError):
    """A posterior that could not be computed, with the reason."""
