"""What every printed form of a page needs: text that a file format can hold, citations as numbers, pictures drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from irlbayes.core.pages import Checklist, Cite, Code, Line, Page, Picture, Script
from irlbayes.core.registry import leaves
from irlbayes.report.figures import NARROW

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Drawn:
    """A picture of a page as a Matplotlib figure, with its title and the text that says what it shows."""

    picture: Picture
    figure: Any
    title: str
    alternative: str


def printable(text: str) -> str:
    r"""Return a text on one line without the characters that XML and typesetters refuse (control, surrogate).

    Examples
    --------
    >>> printable("a\x00b\nc")
    'ab c'
    """
    spaced = " ".join(text.splitlines()) if len(text.splitlines()) > 1 else text
    return "".join(
        letter for letter in spaced if unicodedata.category(letter) not in ("Cc", "Cs") and letter not in "\ufffe\uffff"
    )


def numbers(page: Page) -> dict[str, int]:
    """Return the number of every reference by its key."""
    return {reference.key: place for place, reference in enumerate(page.references, start=1)}


def plain(line: Line, cited: dict[str, int]) -> str:
    """Return a line as text.

    Examples
    --------
    >>> plain(("as shown ", Cite("a")), {"a": 3})
    'as shown [3]'
    """
    return printable(
        "".join(
            piece if isinstance(piece, str) else f"[{cited[piece.key]}]" if isinstance(piece, Cite) else piece.text
            for piece in line
        )
    )


def score(checklist: Checklist) -> Line:
    """Return how far a checklist is filled, and where its wording is, as a line."""
    filled, gaps = (sum(item.status == status for item in checklist.items) for status in ("filled", "gap"))
    counted = f"{filled} of {len(checklist.items)} items are filled from this run; {gaps}"
    wording = "Items are paraphrased; their wording is in the source "
    return (f"{counted} {'is a gap' if gaps == 1 else 'are gaps'}. {wording}", checklist.source, ".")


def mention(script: Script) -> Line:
    """Return where a program is, for a page that cannot fold it away."""
    lines = len(script.text.splitlines())
    return (
        Code(script.name),
        f", {lines} lines, is among the files that ",
        Code("irlbayes report --exports FOLDER"),
        " writes.",
    )


def pictures(page: Page, progress: Progress | None = None) -> Iterator[Drawn]:
    """Draw every picture of a page, in reading order.

    Parameters
    ----------
    page : Page
    progress : callable, optional
        Called with the name of each picture, its number and the number of pictures.
    """
    wanted = [block for block in page.blocks() if isinstance(block, Picture)]
    figures = leaves("irlbayes.report.figures")
    for number, picture in enumerate(wanted, start=1):
        if progress is not None:
            progress(f"picture: {picture.name}", number, len(wanted))
        leaf = figures[picture.figure]
        figure = leaf.draw(picture.evidence, picture.outcome, "matplotlib", NARROW)
        yield Drawn(picture, figure, str(leaf.TITLE), str(leaf.describe(picture.evidence, picture.outcome)))
