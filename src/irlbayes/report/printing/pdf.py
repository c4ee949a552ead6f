"""A page as a PDF, typeset by Typst: tagged for readers who hear it, with contents and links.

Every text reaches Typst as a string literal, never as markup, so that no name of a study can be taken for a command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from irlbayes.core.pages import (
    Block,
    Checklist,
    Cite,
    Code,
    Inline,
    Line,
    Listing,
    Page,
    Paragraph,
    Picture,
    Script,
    Section,
    Table,
)
from irlbayes.report.drawn import mention, numbers, pictures, printable, score
from irlbayes.report.figures import svg

STANDARD = "ua-1"  # PDF/UA-1: a tagged file with a title, a language and alternative texts
LARGER, HIGHEST = 1.3, 620.0  # of a picture: over its size on a journal's page, and in points
LONG = 1000  # letters of a cell that may be cut by the end of a page
Words = dict[str, int]
Images = dict[int, tuple[str, float, str]]


def write(page: Page, progress: Callable[[str, int, int], None] | None = None) -> bytes:
    """Print a page as a PDF.

    Parameters
    ----------
    page : Page
    progress : callable, optional
        Called with the name of each picture, its number and the number of pictures.

    Returns
    -------
    bytes
        A PDF/UA-1 file; the same page gives the same bytes.

    Notes
    -----
    Only the letters that the typesetter brings are used, so that a page looks the same on every machine.
    """
    import typst

    drawn: Images = {}
    images: dict[str, bytes] = {}
    for place, one in enumerate(pictures(page, progress)):
        name = f"picture-{place}.svg"
        images[name] = svg(one.figure, inline=False).encode()
        width, height = (72.0 * side for side in one.figure.get_size_inches())
        drawn[id(one.picture)] = (name, width * min(LARGER, HIGHEST / height), one.alternative)
    main = source(page, drawn).encode("utf-8", "replace")
    made: Any = typst.Compiler  # its stubs know no files in memory
    compiler = made({"main.typ": main, **images}, ignore_system_fonts=True)
    return bytes(compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=_moment(page.made)))


def source(page: Page, drawn: Images) -> str:
    """Return the Typst source of a page.

    Parameters
    ----------
    page : Page
    drawn : dict
        Name of the file, width in points and alternative text of every picture, by its identity.
    """
    cited = numbers(page)
    style = files("irlbayes.report.printing").joinpath("templates/page.typ").read_text(encoding="utf-8")
    foot = f"irlbayes {page.facts.get('irlbayes', '')}, evidence {page.facts.get('sha256 of the evidence', '')[:12]}"
    values = {
        "title": page.title,
        "subtitle": page.subtitle,
        "made": page.made,
        "version": page.facts.get("irlbayes", ""),
        "foot": foot,
    }
    parts = [style, f"#show: report.with({', '.join(f'{name}: {quoted(text)}' for name, text in values.items())})"]
    for section in page.sections:
        if section.sections:
            parts.append("#pagebreak(weak: true)")
        parts += _section(section, 1, cited, drawn)
    if page.references:
        parts.append(_heading("References", 1))
        parts += [
            f"#reference({place}, {quoted(one.text)}, doi: {quoted(one.fields.get('doi', ''))})"
            f"#label({quoted(f'reference-{one.key}')})"
            for place, one in enumerate(page.references, start=1)
        ]
    parts.append(_heading("How this page was made", 1))
    facts = ", ".join(f"({quoted(name)}, {quoted(fact)})" for name, fact in page.facts.items())
    parts.append(f"#facts(({facts},))" if facts else "")
    return "\n\n".join(parts) + "\n"


def quoted(text: str) -> str:
    r"""Return a text as a Typst string literal.

    Examples
    --------
    >>> print(quoted('#import "x" \\ $y$'))
    "#import \"x\" \\ $y$"
    """
    safe = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{safe}"'


def _moment(made: str) -> datetime:
    moment = datetime.fromisoformat(made)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _inline(piece: Inline, cited: Words) -> str:
    match piece:
        case str():
            return f"#{quoted(piece)};"
        case Cite():
            return f"#cited({quoted(f'reference-{piece.key}')}, {cited[piece.key]});"
        case Code():
            return f"#code({quoted(piece.text)});"
        case _:
            return f"#{quoted(piece.text)};"


def _line(line: Line, cited: Words) -> str:
    return "[" + "".join(_inline(piece, cited) for piece in line) + "]"


def _heading(title: str, level: int) -> str:
    return f"#heading(level: {level}, {quoted(title)})"


def _section(section: Section, level: int, cited: Words, drawn: Images) -> list[str]:
    parts = [_heading(section.title, level)]
    parts += [_block(block, cited, drawn) for block in section.blocks]
    for inner in section.sections:
        parts += _section(inner, level + 1, cited, drawn)
    return parts


def _block(block: Block, cited: Words, drawn: Images) -> str:
    match block:
        case Paragraph():
            return f"#told({quoted(block.tone)}, {_line(block.line, cited)})"
        case Listing():
            kind = "enum" if block.ordered else "list"
            return f"#{kind}({', '.join(_line(line, cited) for line in block.lines)})"
        case Table():
            cells = [[_line(cell, cited) for cell in row] for row in block.rows]
            numeric = block.numeric or (False,) * len(block.columns)
            made = _table(block.title, block.columns, cells, numeric, block.tone)
            return made + (f"\n\n#told({quoted('note')}, [#{quoted(block.note)};])" if block.note else "")
        case Picture():
            name, width, alternative = drawn[id(block)]
            return f"#picture({quoted(name)}, {width:.1f}, {quoted(alternative)}, {quoted(block.caption)})"
        case Checklist():
            return _checklist(block, cited)
        case Script():
            return f"#told({quoted('plain')}, {_line(mention(block), cited)})"


def _table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], tone: str
) -> str:
    heads = "".join(f"{quoted(name)}, " for name in columns)
    aligned = "".join("right, " if one else "left, " for one in numeric)
    body = "".join(f"  ({''.join(f'{cell}, ' for cell in row)}),\n" for row in rows)
    whole = "true" if max((len(cell) for row in rows for cell in row), default=0) < LONG else "false"
    return f"#sheet({quoted(title)}, {quoted(tone)}, ({heads}), ({aligned}), (\n{body}), whole: {whole})"


def _checklist(block: Checklist, cited: Words) -> str:
    rows = [
        [
            _line((item.number,), cited), _line((item.asks,), cited), _line((item.status,), cited),
            _line((*item.answer, *((f" {item.where}",) if item.where else ())), cited),
        ]
        for item in block.items
    ]  # fmt: skip
    columns = ("Item", "Asks for", "State", "What this run says")
    opening = f"#told({quoted('note')}, {_line(score(block), cited)})"
    return f"{opening}\n\n{_table(block.title, columns, rows, (False,) * 4, 'checklist')}"
