"""What the next study would do for a question, the size that would settle it, and how many studies would."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.planned import Assured, Foreseen, Goal, Loss, Needed, Upcoming
from irlbayes.posterior.assurance import assure
from irlbayes.posterior.enumerated import TooFine, assure_reports
from irlbayes.posterior.outlook import Outlook, outlook
from irlbayes.posterior.repeated import several
from irlbayes.posterior.sizing import smallest
from irlbayes.posterior.surface_reading import Nodes

Array = NDArray[np.float64]
SPARSE = 81  # reports that a search looks at
LARGEST = 1e6  # size up to which a search goes
AROUND, CLOSE = 4.0, 0.01  # how far around the normal approximation a size is looked for, and how closely


def foresee(now: Nodes, prior: Nodes, goal: Goal, report: Upcoming, loss: Loss | None = None) -> Foreseen:
    """Return what one more study would do for a goal.

    Parameters
    ----------
    now, prior : Nodes
        The posterior, and the prior.
    goal : Goal
    report : Upcoming
    loss : Loss, optional

    Returns
    -------
    Foreseen
        Without the size that is needed.
    """
    ahead = outlook(now, goal)
    normal = assure(ahead, report.sei, loss)
    return Foreseen(
        goal,
        ahead.above(),
        outlook(prior, goal).above(),
        exactly(ahead, report, loss) or normal,
        normal,
        assure(ahead, 0.0).assurance,
        ahead.known(goal.level),
    )


def exactly(ahead: Outlook, report: Upcoming, loss: Loss | None = None) -> Assured | None:
    """Return what a report that is not normal would do; None where it is, or is as good as."""
    if not report.strata:
        return None
    try:
        return assure_reports(ahead, report.strata, report.factor, loss)
    except TooFine:
        return None


def needed(
    now: Nodes, goal: Goal, target: float, of_size: Callable[[float], Upcoming], least: float, whole: bool
) -> Needed | None:
    """Return the smallest study that reaches a target, or None where none does.

    Parameters
    ----------
    now : Nodes
    goal : Goal
    target : float
    of_size : callable
        The study of a size, both groups together.
    least : float
        Smallest size.
    whole : bool
        Whether sizes are whole numbers.

    Notes
    -----
    The size is found by the normal approximation; where the report is another, it is looked for again around there, by
    the report itself, to a hundredth.
    """
    light = outlook(now, goal, light=True)

    def normal(size: float) -> float:
        return assure(light, of_size(size).sei, points=SPARSE).assurance

    def own(size: float) -> float:
        found = exactly(light, of_size(size))
        return normal(size) if found is None else found.assurance

    near = smallest(normal, target, least, LARGEST, whole)
    if near is None:
        return None
    if not of_size(near).strata:
        return Needed(of_size(near).design, normal(near))
    found = smallest(own, target, max(least, near / AROUND), min(AROUND * near, LARGEST), whole, CLOSE)
    return None if found is None else Needed(of_size(found).design, own(found))


def by_size(now: Nodes, goals: Sequence[Goal], sei: Sequence[float]) -> Array:
    """Return the assurance of one normal report by its standard error, dims (goal, size)."""
    lights = [outlook(now, goal, light=True) for goal in goals]
    return np.array([[assure(light, error, points=SPARSE).assurance for error in sei] for light in lights])


def by_number(now: Nodes, goal: Goal, sei: Sequence[float], most: int) -> Array:
    """Return the assurance of 1, 2, ... normal reports of one standard error, dims (size, number)."""
    light = outlook(now, goal, light=True)
    return np.array([[several(light, error, count) for count in range(1, most + 1)] for error in sei])
