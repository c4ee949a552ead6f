"""Every figure of an examination, as pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator

from irlbayes.core.examining import Examination
from irlbayes.core.registry import leaves


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
        outcome, answers = one.result.outcome, {**one.result.answers, **one.checks}
        for name, figure in leaves("irlbayes.report.figures").items():
            answer, number = figure.OF
            if answer in answers and answers[answer].numbers.get(number) is not None:
                picture = io.BytesIO()
                figure.draw(answers[answer], outcome).savefig(picture, format="png")
                yield f"{outcome.name}-{name}.png", picture.getvalue()
