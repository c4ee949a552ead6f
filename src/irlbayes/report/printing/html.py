"""A page as one HTML file: nothing is fetched and nothing runs; it reads by itself in light, dark and print."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from irlbayes.core.pages import Number, Page, Picture, Section, inlines
from irlbayes.core.registry import leaves
from irlbayes.report.colors import THEME
from irlbayes.report.figures import NARROW, svg

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def write(page: Page, progress: Callable[[str, int, int], None] | None = None) -> bytes:
    """Print a page as one self-contained HTML file.

    Parameters
    ----------
    page : Page
    progress : callable, optional
        Called with the name of each picture, its number and the number of pictures.

    Returns
    -------
    bytes
        UTF-8.

    Notes
    -----
    Every string is escaped. The file holds no script that runs: the scheme is chosen by radio buttons and CSS, and
    the document stands in a data block, ``<script type="application/json" id="document">``.
    """
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    surroundings = Environment(
        loader=PackageLoader("irlbayes.report.printing", "templates"),
        autoescape=True, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    numbers = {reference.key: place for place, reference in enumerate(page.references, start=1)}
    pictures = _pictures(page, progress)
    surroundings.filters.update(
        kind=lambda thing: type(thing).__name__,
        origins=origins,
        place=lambda cite: numbers[cite.key],
        drawn=lambda picture: Markup(pictures[id(picture)]),
    )
    template = surroundings.get_template("page.html.j2")
    text = template.render(
        page=page,
        policy=POLICY,
        style=Markup(_style(surroundings)),
        document=Markup(_data(page.document)),
    )
    return (text.strip() + "\n").encode("utf-8", "replace")


def origins(section: Section) -> list[Number]:
    """Return the numbers of a section's own blocks that stand in the document, each once, in reading order."""
    found: dict[tuple[str, str], Number] = {}
    for piece in inlines(section.blocks):
        if isinstance(piece, Number) and piece.path and piece.value is not None and not piece.is_sentence:
            found.setdefault((piece.path, piece.text), piece)
    return list(found.values())


def _pictures(page: Page, progress: Callable[[str, int, int], None] | None) -> dict[int, str]:
    """Draw every picture, by its identity."""
    wanted = [block for block in page.blocks() if isinstance(block, Picture)]
    figures, drawn = leaves("irlbayes.report.figures"), {}
    for number, picture in enumerate(wanted, start=1):
        if progress is not None:
            progress(f"picture: {picture.name}", number, len(wanted))
        leaf = figures[picture.figure]
        figure = leaf.draw(picture.evidence, picture.outcome, "matplotlib", NARROW)
        drawn[id(picture)] = _shorter(svg(figure, leaf.describe(picture.evidence, picture.outcome)))
    return drawn


def _shorter(picture: str) -> str:
    """Write the paths of a picture to hundredths of a point."""
    return re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), picture)


def _style(surroundings: Any) -> str:
    """Return the style sheet, with the colors of figures on a dark page."""
    dark = " ".join(f"{name}: {color};" for name, color in ((name, dark) for name, dark in THEME.values()))
    return str(surroundings.get_template("page.css.j2").render(figures=dark))


def _data(document: Mapping[str, Any]) -> str:
    """Return plain data as JSON that cannot end the element that holds it."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    escaped = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
    return text.translate(str.maketrans(escaped))
