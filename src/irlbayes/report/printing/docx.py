"""A page as a Word file: headings that its navigation knows, captions, tables with header rows, pictures that speak."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from irlbayes.core.pages import (
    Block,
    Checklist,
    Cite,
    Code,
    Line,
    Listing,
    Page,
    Paragraph,
    Picture,
    Script,
    Section,
    Table,
)
from irlbayes.report.drawn import Drawn, mention, numbers, pictures, plain, printable, score
from irlbayes.report.figures import png

LARGER, HIGHEST = 1.3, 8.5  # of a picture: over its size on a journal's page, and in inches
BETWEEN, LETTER, PADDING, LONGEST = 16.6, 0.024, 0.45, 48  # margins; a letter, by its points; a cell's, in cm; letters
MONOSPACE = "Consolas"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a file in an archive
Cited = dict[str, int]


def write(page: Page, progress: Callable[[str, int, int], None] | None = None) -> bytes:
    """Print a page as a Word file.

    Parameters
    ----------
    page : Page
    progress : callable, optional
        Called with the name of each picture, its number and the number of pictures.

    Returns
    -------
    bytes
        An Office Open XML document; the same page gives the same bytes.
    """
    import docx

    document = docx.Document()
    _dress(document, page)
    cited = numbers(page)
    document.add_heading(printable(page.title), 0)
    document.add_paragraph(printable(page.subtitle), style="Subtitle")
    version = page.facts.get("irlbayes", "")
    document.add_paragraph(
        printable(f"Made {page.made} by irlbayes {version}. It informs; it does not replace clinical judgement.")
    )
    _contents(document, page)
    drawn = pictures(page, progress)
    for section in page.sections:
        _section(document, section, 1, cited, drawn)
    if page.references:
        document.add_heading("References", 1)
        for place, one in enumerate(page.references, start=1):
            doi = f" doi:{one.fields['doi']}" if one.fields.get("doi") else ""
            document.add_paragraph(printable(f"[{place}] {one.text}{doi}"))
    document.add_heading("How this page was made", 1)
    for name, fact in page.facts.items():
        line = document.add_paragraph()
        line.add_run(printable(f"{name}: ")).bold = True
        line.add_run(printable(fact))
    out = BytesIO()
    document.save(out)
    return _undated(out.getvalue())


def _dress(document: Any, page: Page) -> None:
    """Set what the file says of itself, its margins, its language's letters and its foot."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    made = datetime.fromisoformat(page.made)
    made = made.astimezone(UTC).replace(tzinfo=None) if made.tzinfo else made
    told = document.core_properties
    told.title, told.author = printable(page.title)[:255], f"irlbayes {page.facts.get('irlbayes', '')}".strip()
    told.created = told.modified = made
    told.last_modified_by, told.comments, told.language = told.author, "", "en-US"
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    _quiet(document.styles["Intense Quote"], "1F5F8B")
    _quiet(document.styles["Quote"], "B86E00")
    for section in document.sections:
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)
        section.top_margin = section.bottom_margin = Cm(2.2)
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        evidence = page.facts.get("sha256 of the evidence", "")[:12]
        foot.add_run(printable(f"irlbayes {page.facts.get('irlbayes', '')}, evidence {evidence}, page "))
        _field(foot, "PAGE", "1")


def _quiet(style: Any, color: str) -> None:
    """Set apart a paragraph by a line at its left: Word's own quotations are centered, bold and slanted."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, RGBColor

    style.font.bold = style.font.italic = False
    style.font.color.rgb = RGBColor(0x1B, 0x26, 0x30)
    style.paragraph_format.left_indent, style.paragraph_format.right_indent = Cm(0.4), Cm(0.0)
    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)
    borders, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "8"), ("color", color)):
        left.set(qn(f"w:{name}"), value)
    borders.append(left)
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc")


def _field(paragraph: Any, instruction: str, shown: str) -> None:
    """Add a field that Word fills in: what it is, and what is shown until then."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", "instruction", "separate", "shown", "end"):
        run = paragraph.add_run()
        if kind == "shown":
            run.text = shown
            continue
        element = OxmlElement("w:instrText" if kind == "instruction" else "w:fldChar")
        if kind == "instruction":
            element.set(qn("xml:space"), "preserve")
            element.text = f" {instruction} "
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)


def _contents(document: Any, page: Page) -> None:
    """Add contents: the chapters by name, until Word is asked to update the field with page numbers."""
    paragraph = document.add_paragraph()
    titles = [section.title for section in page.sections] + (["References"] if page.references else [])
    _field(paragraph, 'TOC \\o "1-2" \\h \\z \\u', "\n".join(printable(title) for title in titles))


def _section(document: Any, section: Section, level: int, cited: Cited, drawn: Iterator[Drawn]) -> None:
    heading = document.add_heading(printable(section.title), min(level, 9))
    heading.paragraph_format.page_break_before = level == 1 and bool(section.sections)
    for block in section.blocks:
        _block(document, block, cited, drawn)
    for inner in section.sections:
        _section(document, inner, level + 1, cited, drawn)


def _block(document: Any, block: Block, cited: Cited, drawn: Iterator[Drawn]) -> None:
    match block:
        case Paragraph():
            style = "Intense Quote" if block.tone == "statement" else "Quote" if block.tone == "caveat" else "Normal"
            _fill(document.add_paragraph(style=style), block.line, cited)
        case Listing():
            for place, line in enumerate(block.lines, start=1):
                # Word counts on through a document, so that numbers are written out
                item = document.add_paragraph(style="List Paragraph" if block.ordered else "List Bullet")
                _fill(item, (f"{place}. ", *line) if block.ordered else line, cited)
        case Table():
            _table(document, block.title, block.columns, block.rows, block.numeric, cited)
            if block.note:
                document.add_paragraph(printable(block.note))
        case Picture():
            _picture(document, next(drawn), block.caption)
        case Checklist():
            _checklist(document, block, cited)
        case Script():
            _fill(document.add_paragraph(), mention(block), cited)


def _fill(paragraph: Any, line: Line, cited: Cited) -> None:
    """Write a line into a paragraph."""
    for piece in line:
        match piece:
            case str():
                paragraph.add_run(printable(piece))
            case Cite():
                paragraph.add_run(f"[{cited[piece.key]}]")
            case Code():
                _code(paragraph, printable(piece.text), 9.0)
            case _:
                paragraph.add_run(printable(piece.text))


def _code(paragraph: Any, text: str, size: float) -> None:
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.font.name, run.font.size = MONOSPACE, Pt(size)


def _caption(document: Any, text: str, before: bool) -> None:
    paragraph = document.add_paragraph(printable(text), style="Caption")
    paragraph.paragraph_format.keep_with_next = before


def _table(
    document: Any,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Line]],
    numeric: Sequence[bool],
    cited: Cited,
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Pt

    size = 8.0 if len(columns) < 7 else 7.0
    _caption(document, title, before=True)
    lines: list[Sequence[Line]] = [[(name,) for name in columns], *rows]
    table = document.add_table(rows=len(lines), cols=len(columns), style="Light List Accent 1")
    table.autofit = False  # Word and LibreOffice share the room out differently
    widths = [Cm(width) for width in _widths([[plain(line, cited) for line in row] for row in lines], size)]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # the row is repeated on every page
    for row, content in zip(table.rows, lines, strict=True):
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for place, (cell, line) in enumerate(zip(row.cells, content, strict=True)):
            cell.width = widths[place]
            paragraph = cell.paragraphs[0]
            _fill(paragraph, line, cited)
            if numeric and numeric[place]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            for run in paragraph.runs:
                run.font.size = Pt(size)
    document.add_paragraph()


def _widths(rows: Sequence[Sequence[str]], size: float) -> list[float]:
    """Return the widths of columns in cm: what their texts ask for, shared out where that is too much.

    A column keeps its longest word whole while there is room.
    """
    letter = LETTER * size
    columns = list(zip(*rows, strict=True))
    least = [
        PADDING + letter * max(len(word) for text in column for word in (text.split() or [""])) for column in columns
    ]
    wanted = [PADDING + letter * min(max(len(text) for text in column), LONGEST) for column in columns]
    wanted = [max(pair) for pair in zip(least, wanted, strict=True)]
    if sum(wanted) <= BETWEEN:
        return wanted
    spare = BETWEEN - sum(least)
    if spare <= 0.0:
        return [BETWEEN * one / sum(least) for one in least]
    more = [much - one for much, one in zip(wanted, least, strict=True)]
    return [one + spare * extra / sum(more) for one, extra in zip(least, more, strict=True)]


def _checklist(document: Any, block: Checklist, cited: Cited) -> None:
    _fill(document.add_paragraph(), score(block), cited)
    rows: list[tuple[Line, ...]] = [
        ((item.number,), (item.asks,), (item.status,), (*item.answer, f" {item.where}" if item.where else ""))
        for item in block.items
    ]
    _table(document, block.title, ("Item", "Asks for", "State", "What this run says"), rows, (), cited)


def _picture(document: Any, one: Drawn, caption: str) -> None:
    from docx.shared import Inches

    width, height = one.figure.get_size_inches()
    image = BytesIO(png(one.figure, one.alternative))
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = bool(caption)
    shape = paragraph.add_run().add_picture(image, width=Inches(width * min(LARGER, HIGHEST / height)))
    told = shape._inline.docPr
    told.set("descr", printable(one.alternative))
    told.set("title", printable(one.title))
    if caption:
        _caption(document, caption, before=False)


def _undated(archive: bytes) -> bytes:
    """Return an archive without the times at which its files were written."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    out = BytesIO()
    with ZipFile(BytesIO(archive)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name, EARLIEST), old.read(name), ZIP_DEFLATED)
    return out.getvalue()
