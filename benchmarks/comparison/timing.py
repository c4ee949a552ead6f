"""Times that bear comparison: every tool's turn in every round, so that a busy machine is busy for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

ROUNDS = 5
BLOCK = 0.05  # seconds that a block of repeated calls takes at least
MOST_CALLS = 1000

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Work:
    """A task made ready by a tool.

    Parameters
    ----------
    call : callable
        Does it, and returns numbers by quantity.
    units : int
        How many units of the task one call does.
    slow : bool
        Whether a second is nothing to it: it is then run once after a warm-up, not in rounds.
    note : str
        What a reader of the time must know.
    """

    call: Callable[[], Numbers]
    units: int = 1
    slow: bool = False
    note: str = ""


@dataclass(frozen=True)
class Measured:
    """What a tool took, and what it found.

    Parameters
    ----------
    tool : str
    seconds : float
        Per unit of the task: the median over rounds.
    numbers : Mapping
    note : str
    """

    tool: str
    seconds: float
    numbers: Numbers = field(default_factory=dict)
    note: str = ""


def calls_in_a_block(call: Callable[[], object], least: float = BLOCK) -> int:
    """Return how many calls fill a block, after a warm-up."""
    call()
    start = perf_counter()
    call()
    return int(min(max(1.0, least / max(perf_counter() - start, 1e-9)), MOST_CALLS))


def in_rounds(
    works: Mapping[str, Work],
    rounds: int = ROUNDS,
    clock: Callable[[], float] = perf_counter,
    failed: dict[str, str] | None = None,
) -> list[Measured]:
    """Return what every tool took, its blocks interleaved with the others'.

    Parameters
    ----------
    works : Mapping
        By tool.
    rounds : int
    clock : callable
        Seconds.
    failed : dict, optional
        Takes the reason of each tool that fails, by its name; without it the failure is raised.
    """
    counts: dict[str, int] = {}
    times: dict[str, list[float]] = {name: [] for name in works}
    found: dict[str, Numbers] = {}
    for name, work in works.items():
        try:
            if not work.slow:
                counts[name] = calls_in_a_block(work.call)
                continue
            start = clock()
            found[name] = work.call()
            times[name].append((clock() - start) / work.units)
        except Exception as problem:
            if failed is None:
                raise
            failed[name] = f"{type(problem).__name__}: {problem}"
    for _ in range(rounds):
        for name, calls in counts.items():
            work, start = works[name], clock()
            for _ in range(calls):
                found[name] = work.call()
            times[name].append((clock() - start) / calls / work.units)
    return [Measured(name, median(times[name]), found[name], works[name].note) for name in works if name in found]
