"""Every figure of an examination, of a look at asymmetry, or of a plan, as pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from irlbayes.core.answers import Evidence
from irlbayes.core.examining import Examination
from irlbayes.core.funnels import Look
from irlbayes.core.planned import Planned
from irlbayes.core.registry import leaves
from irlbayes.core.sequence import Cumulated
from irlbayes.core.types import Outcome
from irlbayes.report.figures import png


def pictures(found: Examination) -> Iterator[tuple[str, bytes]]:
    """Draw every figure whose answer is there.

    Parameters
    ----------
    found : Examination

    Yields
    ------
    str
        Name of the file: outcome, figure and ``.png``.
    bytes
        The picture, 8 cm wide.
    """
    for one in found.examined:
        yield from _drawn(one.result.outcome, {**one.result.answers, **one.checks})


def of_asymmetry(found: Look) -> Iterator[tuple[str, bytes]]:
    """Draw every figure of a look at asymmetry; names and pictures as of `pictures`.

    Parameters
    ----------
    found : Look

    Yields
    ------
    str
    bytes
    """
    for one in found.looked:
        yield from _drawn(one.funnel.outcome, one.answers)


def of_plan(found: Planned) -> Iterator[tuple[str, bytes]]:
    """Draw what the next study would do; names and pictures as of `pictures`.

    Parameters
    ----------
    found : Planned

    Yields
    ------
    str
    bytes
    """
    for result in found.analysis.results:
        if result.outcome.name in found.answers:
            yield from _drawn(result.outcome, {"assurance": found.answers[result.outcome.name]})


def of_cumulative(found: Cumulated, wide: bool = False) -> Iterator[tuple[str, bytes]]:
    """Draw the trajectory of every outcome; names as of `pictures`.

    Parameters
    ----------
    found : Cumulated
    wide : bool
        Whether pictures are 17 cm wide, and not 8.

    Yields
    ------
    str
    bytes
    """
    from irlbayes.report.figures import WIDTH, trajectory

    for one in found.followed:
        figure = trajectory.draw(one.evidence, one.outcome, trajectory.PAGE if wide else WIDTH)
        yield f"{one.outcome.name}-trajectory.png", png(figure)


def _drawn(outcome: Outcome, answers: Mapping[str, Evidence]) -> Iterator[tuple[str, bytes]]:
    """Draw every figure whose answer is there."""
    for name, figure in leaves("irlbayes.report.figures").items():
        answer, number = figure.OF
        if answer in answers and answers[answer].numbers.get(number) is not None:
            yield f"{outcome.name}-{name}.png", png(figure.draw(answers[answer], outcome))
