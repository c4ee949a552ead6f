"""Letters of a figure: sizes, lines that fit, text that is no markup, and the name of an axis of effects."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import fill

from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure, worse

NARROW, WIDE = 8.0 / 2.54, 17.0 / 2.54  # inches: a column of a journal, and its page
SMALL, SMALLEST = 7.0, 6.5  # points
PIXELS = 4.0 / 3.0  # of a point
CHARACTER = 0.054  # inches, of small text
FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"  # of a screen
LINES = 4  # of a label of a row
LARGER = 1.3  # of what is read on a screen, over print


def folded(text: str, room: int) -> str:
    """Break the lines of a text where they are longer than what fits; a word that is longer stays whole.

    Examples
    --------
    >>> print(folded("mean effect, standardized mean difference", 30))
    mean effect, standardized mean
    difference
    """
    for arrow in "→←↑↓":  # an arrow stays with its words
        text = text.replace(f" {arrow}", f"\u00a0{arrow}").replace(f"{arrow} ", f"{arrow}\u00a0")
    lines = (fill(line, room, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))
    return "\n".join(lines).replace("\u00a0", " ")


def label_of_row(text: str, width: float) -> str:
    """Return a label of a row, folded; what needs more than four lines is cut, and long words are broken.

    Examples
    --------
    >>> print(label_of_row("Motamedgorji and colleagues 2025", 3.0))
    Motamedgorji and
    colleagues 2025
    """
    room = label_room(width)
    return "\n".join(fill(line, room, max_lines=LINES, placeholder=" …") for line in text.split("\n"))


def shortened(text: str, room: int) -> str:
    """Return a text of at most so many characters, cut with an ellipsis.

    Examples
    --------
    >>> shortened("Motamedgorji 2025", 10)
    'Motamedgo…'
    """
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"


def label_room(width: float) -> int:
    """Return how many characters a label of a row may have in a line."""
    return 20 if width < 1.5 * NARROW else 44


def height_of_rows(labels: Sequence[str], width: float, least: float = 0.17) -> float:
    """Return the height of a panel's rows, in inches: all of them as high as the highest label needs."""
    return len(labels) * max((_height(label, width, least) for label in labels), default=least)


def row_places(labels: Sequence[str], width: float, least: float = 0.17) -> tuple[list[float], float]:
    """Return the middles of rows that are each as high as its own label needs, and the height of all, in inches.

    Examples
    --------
    >>> row_places(["a", "b"], 3.0, 0.2)
    ([0.1, 0.3], 0.4)
    """
    places, end = [], 0.0
    for label in labels:
        height = _height(label, width, least)
        places.append(round(end + 0.5 * height, 9))
        end += height
    return places, round(end, 9)


def _height(label: str, width: float, least: float) -> float:
    return max(least, 0.118 * (label_of_row(label, width).count("\n") + 1) + 0.05)


def apart(places: Sequence[float], least: float) -> list[float]:
    """Return increasing places, moved up as little as keeps each a distance from the one before.

    Examples
    --------
    >>> apart([0.0, 0.1, 5.0], 1.0)
    [0.0, 1.0, 5.0]
    """
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else place)
    return moved


def words(text: str, html: bool) -> str:
    """Return text that a backend takes for text, and never for markup: plotly reads HTML, Matplotlib TeX.

    Examples
    --------
    >>> words("se < 1, n > 3", True)
    'se &lt; 1, n &gt; 3'
    """
    return escape(text, quote=False).replace("\n", "<br>") if html else text.replace("$", r"\$")


def effect_name(outcome: Outcome, of: str = "", axis: str = "x") -> str:
    """Name an axis of effects: what is estimated as readers see it, its unit, and which side is worse for patients.

    Examples
    --------
    >>> print(effect_name(Outcome("relapse", "Relapse", "log_or", 0.0, "+"), "mean effect"))
    mean effect, odds ratio (log scale)
    higher is worse for patients →
    """
    scale = SCALES[outcome.scale]
    name = measure(outcome)
    if scale.transform != "none":
        name += " (log scale)" if scale.transform == "exp" else f" ({scale.words.split(' of ')[0]} scale)"
    said, side = worse(outcome)
    if not said:
        harm = ""
    elif axis == "y":
        harm = f"\n{said} {'↑' if side == '+' else '↓'}"
    else:
        harm = f"\n{said} →" if side == "+" else f"\n← {said}"
    joint = "" if not of or of.endswith("\n") else ", "
    return f"{of}{joint}{name}{harm}"
