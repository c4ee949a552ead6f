"""Items of reporting checklists, filled from what a run found; a gap is a gap."""

from __future__ import annotations

from irlbayes.core.pages import Item, Line
from irlbayes.report.told import Told


def filled(number: str, asks: str, answer: str | Line, where: str = "") -> Item:
    """Return an item that the run answers."""
    return Item(number, asks, "filled", _line(answer), where)


def gap(number: str, asks: str, answer: str | Line) -> Item:
    """Return an item that the run cannot answer, and who can."""
    return Item(number, asks, "gap", _line(answer))


def idle(number: str, asks: str, answer: str | Line) -> Item:
    """Return an item that does not apply to this run, and why."""
    return Item(number, asks, "not applicable", _line(answer))


def either(there: bool, number: str, asks: str, answer: str | Line, where: str, otherwise: str) -> Item:
    """Return an item that is filled where something is there, and a gap where not."""
    return filled(number, asks, answer, where) if there else gap(number, asks, otherwise)


def _line(answer: str | Line) -> Line:
    return (answer,) if isinstance(answer, str) else answer


def ran(told: Told, check: str) -> int:
    """Return for how many outcomes a check has an answer."""
    return sum(1 for one in told.outcomes if one.examined is not None and check in one.examined.checks)


def share(count: int, told: Told) -> str:
    """Say for how many outcomes something holds."""
    whole = len(told.outcomes)
    if count == whole:
        return "for every outcome" if whole > 1 else "for the outcome"
    return f"for {count} of {whole} outcomes"


NO_CHECKS = "Checks were not run for this page (--no-checks)."
TOPICS = "For the statistician, under each outcome: "
