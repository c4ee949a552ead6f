"""PDF and Word file as a reader sees them: rendered, with every heading, table and picture in its place."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irlbayes import reporting
from irlbayes.core.pages import Checklist, Page, Picture, Section, Table
from irlbayes.report.printing import docx, pdf

MADE = "2026-01-02T03:04:05+00:00"
EDGE = 2.2 / 2.54 * 72.0 - 6.0  # the margins of both, less the padding of a table's cells, in points
OFFICE = "soffice"


@pytest.fixture(scope="module")
def page() -> Page:
    """Return a page with everything on it: checks, growth and models of selective reporting."""
    return reporting.report("irl", outcomes=["relapse"], replicates=100, made=MADE)


@pytest.fixture(scope="module", params=["pdf", "docx"])
def rendered(request: pytest.FixtureRequest, page: Page, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return the pages as a reader's program lays them out; the Word file as LibreOffice does."""
    import pypdfium2

    content = pdf.write(page) if request.param == "pdf" else _laid_out(docx.write(page), tmp_path_factory)
    document = pypdfium2.PdfDocument(content)
    yield request.param, document
    document.close()


def _laid_out(word: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    if shutil.which(OFFICE) is None:
        pytest.skip(f"LibreOffice ({OFFICE}) is not installed: a Word file cannot be laid out")
    folder: Path = tmp_path_factory.mktemp("word")
    (folder / "report.docx").write_bytes(word)
    command = [OFFICE, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", folder, folder / "report.docx"], check=True, capture_output=True, timeout=120)
    return (folder / "report.pdf").read_bytes()


def squeezed(text: str) -> str:
    return "".join(text.split()).replace("\ufffe", "").replace("\x02", "")


def expected(sections: Sequence[Section]) -> Iterator[tuple[str, Sequence[str]]]:
    """Return what must be found, in reading order: headings, titles of tables with their heads, captions."""
    for section in sections:
        yield section.title, ()
        for block in section.blocks:
            match block:
                case Table():
                    yield block.title, block.columns
                case Checklist():
                    yield block.title, ("Item", "Asks for", "State", "What this run says")
                case Picture() if block.caption:
                    yield block.caption, ()
        yield from expected(section.sections)


def test_everything_is_there_in_order(rendered: tuple[str, Any], page: Page) -> None:
    _, document = rendered
    text = squeezed("".join(one.get_textpage().get_text_bounded() for one in document))
    place = text.index(squeezed(page.title))
    for section in page.sections:  # past the contents
        place = text.index(squeezed(section.title), place)
    place = text.index(squeezed(page.sections[0].title), text.index(squeezed(page.title)) + len(squeezed(page.title)))
    wanted = list(expected(page.sections))
    assert sum(1 for _, heads in wanted if heads) > 15
    for words, heads in wanted:
        place = text.find(squeezed(words), place)
        assert place >= 0, words
        for head in heads:
            there = text.find(squeezed(head), place)
            assert 0 <= there - place < 400, (words, head)


def test_no_page_is_blank_and_nothing_leaves_it(rendered: tuple[str, Any]) -> None:
    import pypdfium2.raw as pdfium

    kind, document = rendered
    for number, one in enumerate(document, start=1):
        width, height = one.get_size()
        dots = np.asarray(one.render(scale=0.5).to_pil().convert("L"))
        body = dots[: int(0.9 * len(dots))]  # without its foot
        assert (body < 200).sum() > 50, f"page {number} of {kind} is blank"
        for piece in one.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_IMAGE]):
            left, bottom, right, top = piece.get_bounds()
            if right > left:
                assert left >= EDGE, (number, left)
                assert right <= width - EDGE, (number, right)
                assert bottom >= 0.0, (number, bottom)
                assert top <= height, (number, top)


def test_pictures_are_of_a_size_to_read(rendered: tuple[str, Any], page: Page) -> None:
    """Word holds them as images; in the PDF they are lines, so that it is their captions' pages that show color."""
    import pypdfium2.raw as pdfium

    kind, document = rendered
    pictures = [block for block in page.blocks() if isinstance(block, Picture)]
    assert len(pictures) > 5
    if kind == "docx":
        images = [one for each in document for one in each.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])]
        assert len(images) == len(pictures)
        for one in images:
            left, bottom, right, top = one.get_bounds()
            assert right - left > 200.0
            assert top - bottom > 70.0
        return
    for block in pictures:
        found = [one for one in document if squeezed(block.caption) in squeezed(one.get_textpage().get_text_bounded())]
        dots = np.asarray(found[0].render(scale=0.5).to_pil().convert("RGB")).astype(int)
        colored = dots.max(axis=2) - dots.min(axis=2) > 60
        assert colored.sum() > 30, block.caption
