"""What every printed form of a page needs: text that a file format can hold, citations as numbers, pictures drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from irlbayes.core.pages import Cite, Line, Page, Picture
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
    """Return a text on one line without the characters that XML and typesetters refuse (control, surrogate).

    Examples
    --------
    >>> printable("a\\x00b\\nc")
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
