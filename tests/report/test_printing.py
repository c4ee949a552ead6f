"""The printed forms of a page: PDF, Word file, exports; every string is text in each of them."""

from __future__ import annotations

import csv
import json
import runpy
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irlbayes import reporting, workflow
from irlbayes.core.pages import (
    Checklist,
    Cite,
    Code,
    Item,
    Listing,
    Number,
    Page,
    Paragraph,
    Picture,
    Reference,
    Script,
    Section,
    Table,
)
from irlbayes.report.document import document
from irlbayes.report.printing import docx, exports, pdf
from irlbayes.report.programs import program

MADE = "2026-01-02T03:04:05+00:00"
HOSTILE = (
    '#import "x": *',
    "$x^2$ */ // ` _a_ *b* <script>alert(1)</script>",
    '"; #panic("out") \\',
    "see @ref = a ~ b -- c --- d [e] {f} \\u{41}",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Return a page about studies with hostile names: example numbers, one report of each sort of likelihood."""
    path = tmp_path_factory.mktemp("hostile") / "studies.csv"
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(["study", "ai", "n1i", "ci", "n2i"])
    rows.writerows([name, 4 + place, 123, 11, 139] for place, name in enumerate(HOSTILE))
    path.write_text(out.getvalue(), encoding="utf-8")
    return reporting.report(path, scale="log_or", checks=False, bias=False, made=MADE)


@pytest.fixture(scope="module")
def page(run: Page) -> Page:
    """Return a small page with every block."""
    picture = next(block for block in run.blocks() if isinstance(block, Picture) and block.figure == "forest")
    long = tuple((f"row {place}",) for place in range(90))
    number = Number("0.97", 0.9712345678901234, "/a", "a source")
    blocks = (
        Paragraph((HOSTILE[0], Cite("one"), Code(HOSTILE[1]), number), "statement"),
        Paragraph((HOSTILE[2],), "caveat"),
        Paragraph(("a note with a bell \x07 in it",), "note"),
        Listing(((HOSTILE[3],), ("second",))),
        Listing((("first of two",), ("second of two",)), ordered=True),
        Table(
            "numbers",
            HOSTILE[1],
            ("", "P"),
            (((HOSTILE[0],), (number, " (", Number("0.50", 0.5), ")")),),
            (False, True),
        ),
        Table("formula", "A formula", ("=1+1",), ((("=cmd()",),), (("-0.5",),), (("−0.5",),)), note=HOSTILE[2]),
        Table("long", "A long table", ("Head of it",), tuple(((cell,),) for (cell,) in long)),
        replace(picture, caption="A caption. " + HOSTILE[1]),
        Checklist("list", "A checklist", Cite("one"), (Item("1", HOSTILE[0], "filled", (HOSTILE[3],), "there"),)),
        Script("../own model.py", "python", "print('a')\n"),
    )
    inner = Section("inner", "Inner " + HOSTILE[3], (Paragraph(("inside",)),))
    return replace(
        run,
        title="A page " + HOSTILE[0],
        sections=(Section("a", "All blocks " + HOSTILE[1], blocks, (inner,)),),
        references=(Reference("one", "article", {"title": "A & B", "doi": "10.1000/a_b"}, "A & B. Journal 2026."),),
    )


@pytest.fixture(scope="module")
def printed(page: Page) -> Iterator[Any]:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf.write(page))
    yield document
    document.close()


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_pdf_says_all_of_it_as_text(printed: Any) -> None:
    pages = [one.get_textpage().get_text_bounded() for one in printed]
    text = squeezed("".join(pages)).replace("￾", "").replace("\x02", "")
    for name in HOSTILE:
        assert squeezed(name) in text, name
    for words in (
        "[1]",
        "0.97",
        "doi:10.1000/a_b",
        "a note with a bell  in it",
        "inside",
        "own model.py",
        "A caption.",
    ):
        assert squeezed(words) in text, words
    assert sum("Head of it" in one for one in pages) >= 2, "the head of a table is repeated"
    assert all(f"{place} / {len(pages)}" in one for place, one in enumerate(pages, start=1))


def test_pdf_tells_its_title_and_has_contents(printed: Any) -> None:
    told = printed.get_metadata_dict()
    assert told["Title"] == "A page " + HOSTILE[0]
    assert told["Author"].startswith("irlbayes ")
    assert told["CreationDate"] == "D:20260102030405Z"
    assert printed.is_tagged()
    marks = [one.get_title() for one in printed.get_toc()]
    assert marks[0] == "All blocks " + HOSTILE[1]
    assert marks[-2:] == ["References", "How this page was made"]


def test_pdf_draws_its_picture(printed: Any) -> None:
    """The page that holds the caption shows the orange of the forest's diamond, which no text has."""
    (place,) = [i for i, one in enumerate(printed) if "A caption." in one.get_textpage().get_text_bounded()]
    dots = np.asarray(printed[place].render(scale=1.0).to_pil().convert("RGB")).astype(int)
    orange = (dots[..., 0] > 180) & (dots[..., 1] < 140) & (dots[..., 2] < 60)
    assert orange.sum() > 100


def test_pdf_is_the_same_twice(page: Page) -> None:
    small = replace(page, sections=(Section("a", "A", (Paragraph(("b",)),)),))
    assert pdf.write(small) == pdf.write(small)


@pytest.fixture(scope="module")
def word(page: Page) -> Any:
    from docx import Document

    return Document(BytesIO(docx.write(page)))


def test_word_file_has_headings_tables_and_text(word: Any) -> None:
    heads = [(one.style.name, one.text) for one in word.paragraphs if one.style.name.startswith(("Heading", "Title"))]
    assert heads == [
        ("Title", "A page " + HOSTILE[0]),
        ("Heading 1", "All blocks " + HOSTILE[1]),
        ("Heading 2", "Inner " + HOSTILE[3]),
        ("Heading 1", "References"),
        ("Heading 1", "How this page was made"),
    ]
    text = "\n".join(one.text for one in word.paragraphs)
    for name in (*HOSTILE, "1. first of two", "[1] A & B. Journal 2026. doi:10.1000/a_b"):
        assert name in text, name
    assert [len(table.rows) for table in word.tables] == [2, 4, 91, 2]
    assert [cell.text for cell in word.tables[0].rows[1].cells] == [HOSTILE[0], "0.97 (0.50)"]
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in word.tables)
    captions = [one.text for one in word.paragraphs if one.style.name == "Caption"]
    assert captions == [HOSTILE[1], "A formula", "A long table", "A caption. " + HOSTILE[1], "A checklist"]


def test_word_file_has_the_picture_with_its_text(word: Any) -> None:
    (shape,) = word.inline_shapes
    assert shape._inline.docPr.get("descr")
    assert shape.width < word.sections[0].page_width
    images = [part.blob for part in word.part.package.iter_parts() if str(part.partname).endswith(".png")]
    assert [image[:8] for image in images] == [b"\x89PNG\r\n\x1a\n"]
    assert word.core_properties.created.isoformat() == "2026-01-02T03:04:05+00:00"


def test_word_file_is_the_same_twice(page: Page) -> None:
    small = replace(page, sections=(Section("a", "A", (Paragraph(("b",)),)),))
    assert docx.write(small) == docx.write(small)


@pytest.fixture(scope="module")
def files(page: Page) -> dict[str, bytes]:
    return exports.write(page)


def test_exports_are_whole_and_stay_in_their_folder(files: dict[str, bytes], page: Page) -> None:
    assert set(files) == {
        "document.json", "references.bib", "numbers.csv", "formula.csv", "long.csv", "own-model.py",
        "effect-forest.png", "effect-forest.svg",
    }  # fmt: skip
    assert json.loads(files["document.json"]) == page.document
    assert files["effect-forest.svg"].startswith(b"<?xml")
    assert b"doi = {10.1000/a\\_b}" in files["references.bib"]
    assert b"title = {A \\& B}" in files["references.bib"]


def test_tables_are_exported_at_full_precision_and_inert(files: dict[str, bytes]) -> None:
    rows = list(csv.reader(StringIO(files["numbers.csv"].decode("utf-8-sig"))))
    assert rows == [
        ["name", "P", "P, value 1", "P, value 2"],
        [HOSTILE[0], "0.97 (0.50)", "0.9712345678901234", "0.5"],
    ]
    rows = list(csv.reader(StringIO(files["formula.csv"].decode("utf-8-sig"))))
    assert rows == [["'=1+1"], ["'=cmd()"], ["-0.5"], ["−0.5"]]


def test_programs_compile_whatever_studies_are_called(run: Page) -> None:
    (script,) = [block for block in run.blocks() if isinstance(block, Script)]
    compile(script.text, script.name, "exec")
    assert repr(HOSTILE[2]) in script.text


TWO = {"estimates": "relapse", "verdicts": "brain_volume", "packets": "irl_prevalence"}


@pytest.mark.slow
@pytest.mark.parametrize("outcome", [*TWO.values(), "disability"])
def test_programs_hold_the_curves(outcome: str) -> None:
    import pytensor
    import pytensor.tensor as pt

    analysis = workflow.analyze("irl", outcomes=[outcome])
    result = analysis.results[0]
    row = document(analysis, workflow.fingerprints(analysis))["results"][0]
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(program(result, row, "", "", 0.95, 1), outcome, "exec"), names)
    studies = result.posterior.effects.studies
    assert set(names["CURVES"]) == {i for i, study in enumerate(studies) if not study.curve.is_normal}
    theta = pt.dscalar("theta")
    for place, curve in names["CURVES"].items():
        told = pytensor.function([theta], names["log_likelihood"](theta, curve), mode="FAST_COMPILE")
        low, high = studies[place].curve.span
        for x in np.linspace(low - 1.0, high + 1.0, 23):
            expected = float(studies[place].curve.log_value(np.array([x]))[0])
            if expected > np.log(studies[place].curve.peak) - 20.0:
                assert float(told(x)) == pytest.approx(expected, abs=1e-6), (place, x)


@pytest.mark.slow
@pytest.mark.parametrize("outcome", TWO.values())
def test_programs_find_what_the_exact_engine_found(outcome: str, tmp_path: Path) -> None:
    """Relapse has a normal report and a direction; brain volume a p-value and verdicts; prevalence has counts."""
    import arviz
    import pymc

    found = reporting.report("irl", outcomes=[outcome], checks=False, bias=False)
    (script,) = [block for block in found.blocks() if isinstance(block, Script)]
    path = tmp_path / script.name
    path.write_text(script.text, encoding="utf-8")
    names = runpy.run_path(str(path))
    with names["model"]():
        trace = pymc.sample(
            draws=2000, tune=2000, chains=4, cores=1, target_accept=0.99, random_seed=1, progressbar=False
        )
    mu, row = trace.posterior["mu"], found.document["results"][0]["mu"]
    assert abs(float(mu.mean()) - row["mean"]) < 4.0 * float(arviz.mcse(mu, method="mean"))
    for p, name in ((0.025, "ci_low"), (0.975, "ci_high")):
        error = float(arviz.mcse(mu, method="quantile", prob=p))
        assert abs(float(mu.quantile(p)) - row[name]) < 4.0 * error
    if row["p_gt_null"] is not None:
        above = (mu > found.document["results"][0]["null"]).astype(float)
        assert abs(float(above.mean()) - row["p_gt_null"]) < 4.0 * float(arviz.mcse(above, method="mean"))
