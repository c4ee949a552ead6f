"""The report as a page: its numbers are those of the commands' documents, its strings are text, its HTML is sound."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from math import exp
from pathlib import Path
from typing import Any

import pytest

from irlbayes import biased, reporting, sequence, trust, workflow
from irlbayes.core.errors import InputError
from irlbayes.core.pages import Checklist, Line, Number, Page, Paragraph, Picture, Table, inlines, pointer, resolve
from irlbayes.core.words import probability, shown
from irlbayes.report import cumulative as steps
from irlbayes.report import trust as examinations
from irlbayes.report.document import document, to_json
from irlbayes.report.printing import html
from irlbayes.report.told import figures

OUTCOME = "relapse"
ONLY = ("bayes_factor", "leave_one_out", "panel", "tipping")
VOID = {"meta", "link", "input", "br", "path", "use", "img"}


class Tree(HTMLParser):
    """The elements of a page in order, each with its attributes, its text and its ancestors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[dict[str, Any]] = []
        self.elements: list[dict[str, Any]] = []
        self.feed(text)
        assert [one["tag"] for one in self.open] == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = {"tag": tag, "attrs": dict(attrs), "text": "", "inside": [above["tag"] for above in self.open]}
        self.elements.append(one)
        if tag not in VOID:
            self.open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append({"tag": tag, "attrs": dict(attrs), "text": "", "inside": []})

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one["text"] += data

    def all(self, *tags: str) -> list[dict[str, Any]]:
        return [one for one in self.elements if one["tag"] in tags]


@pytest.fixture(scope="module")
def page() -> Page:
    return reporting.report("irl", outcomes=[OUTCOME, "nfl"], only=ONLY, made="2026-01-02T03:04:05+00:00")


@pytest.fixture(scope="module")
def other() -> Page:
    """Return a page about an outcome whose harm is below zero, so that probabilities are those of the other side."""
    return reporting.report("irl", outcomes=["brain_volume"], checks=False, cumulative=False)


@pytest.fixture(scope="module")
def text(page: Page) -> str:
    return html.write(page).decode()


@pytest.fixture(scope="module")
def tree(text: str) -> Tree:
    return Tree(text)


def numbers(page: Page) -> list[Number]:
    return [
        piece
        for section in page.walk()
        for piece in inlines(section.blocks)
        if isinstance(piece, Number) and piece.path
    ]


def test_document_is_that_of_the_commands(page: Page) -> None:
    asked = {"outcomes": [OUTCOME, "nfl"]}
    analysis = workflow.analyze("irl", **asked)
    expected: dict[str, Any] = document(analysis, workflow.fingerprints(analysis))
    expected["checks"] = examinations.document(trust.check("irl", only=ONLY, **asked))
    expected["bias"] = biased.bias("irl", **asked)
    expected["cumulative"] = steps.document(sequence.cumulative("irl", **asked))
    assert page.document == json.loads(to_json(expected))


def test_numbers_come_from_everywhere(page: Page, other: Page) -> None:
    paths = [one.path for one in numbers(page)]
    assert len(paths) > 250
    assert {path.split("/")[1] for path in paths} == {"evidence", "results", "checks", "bias", "cumulative", "skipped"}
    assert not any(one.complement for one in numbers(page))
    assert sum(one.complement for one in numbers(other)) > 10


@pytest.mark.parametrize("which", ["page", "other"])
def test_every_number_stands_in_the_document(which: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(which)
    name = page.document["results"][0]["outcome"]
    outcome = workflow.read_reports("irl").outcomes[name]
    for one in numbers(page):
        stands = resolve(page.document, one.path)
        if stands is None:
            assert (one.value, one.text) == (None, "–")
            continue
        value = 1.0 - stands if one.complement else stands
        assert one.value == value, one.path
        if isinstance(value, str):
            assert one.text == value
            continue
        forms = {probability(value), shown(value, outcome), f"{value:.0%}", str(value)}
        forms |= {f"{value:.2f}".replace("-", "−"), *(figures(value, digits) for digits in (1, 2, 3, 5))}
        if one.path.endswith("log_bf"):
            forms.add(figures(exp(value)))
        forms |= {"1"} if one.path.endswith("tail") and value > 0.9995 else set()
        assert one.text in forms, (one.path, one.text)
        assert one.source, one.path


def test_html_shows_the_numbers_with_their_paths(page: Page, tree: Tree) -> None:
    drawn = [
        (one["text"], one["attrs"]["value"], one["attrs"]["data-path"], one["attrs"]["title"])
        for one in tree.all("data")
    ]
    told = [
        (one.text, str(one.value), one.path, one.source)
        for one in numbers(page)
        if one.value is not None and not one.is_sentence
    ]
    assert drawn == told
    (script,) = tree.all("script")
    assert script["attrs"] == {"type": "application/json", "id": "document"}
    assert json.loads(script["text"]) == page.document


def test_structure(page: Page, tree: Tree) -> None:
    levels = [int(one["tag"][1]) for one in tree.all("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [one["attrs"]["id"] for one in tree.elements if "id" in one["attrs"]]
    assert len(ids) == len(set(ids))
    assert {section.id for section in page.walk()} <= set(ids)
    inner = [one["attrs"]["href"][1:] for one in tree.all("a") if one["attrs"]["href"].startswith("#")]
    assert set(inner) <= set(ids)
    assert {section.id for section in page.sections} <= set(inner), "the contents lead to every section"
    assert all(one["attrs"].get("role") == "img" and one["attrs"]["aria-label"] for one in tree.all("svg"))
    assert len(tree.all("svg")) == sum(isinstance(block, Picture) for block in page.blocks()) > 5
    told = sum(isinstance(block, Table | Checklist) for block in page.blocks())
    assert len(tree.all("caption")) == told
    assert all(one["attrs"].get("scope") in ("col", "row") for one in tree.all("th"))
    assert [one["attrs"]["lang"] for one in tree.all("html")] == ["en"]
    assert len(tree.all("main")) == len(tree.all("footer")) == 1


def test_nothing_is_fetched(text: str, tree: Tree) -> None:
    for one in tree.elements:
        for name, value in one["attrs"].items():
            if name in ("href", "src", "xlink:href"):
                allowed = (
                    value.startswith("#")
                    or value == "data:,"
                    or (one["tag"] == "a" and value.startswith("https://doi.org/10."))
                )
                assert allowed, value
            assert not name.startswith("on")
            assert value is None or "javascript:" not in value
    assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)", text))
    assert "@import" not in text
    policies = [one["attrs"].get("content", "") for one in tree.all("meta") if "http-equiv" in one["attrs"]]
    assert [policy.split(";")[0] for policy in policies] == ["default-src 'none'"]


def plain(line: Line) -> str:
    return "".join(piece if isinstance(piece, str) else getattr(piece, "text", "") for piece in line)


def test_three_readers(page: Page, tree: Tree) -> None:
    ids = [section.id for section in page.sections]
    assert ids == ["glance", "clinician", "statistician", "paste", "barg", "robust", "prisma", "programs"]
    assert {section.reader for section in page.sections} == {"everyone", "clinician", "statistician", "checklist"}
    assert "Neurofilament light" in "".join(one["text"] for one in tree.all("main"))
    checklists = {block.name: block for block in page.blocks() if isinstance(block, Checklist)}
    assert set(checklists) == {"barg", "robust", "prisma"}
    assert len(checklists["robust"].items) == 7
    assert {item.status for item in checklists["barg"].items} == {"filled", "gap", "not applicable"}
    assert all(item.answer for block in checklists.values() for item in block.items)
    gaps = [item.number for item in checklists["prisma"].items if item.status == "gap"]
    assert gaps == ["13e", "15", "17", "20a", "20c", "22"]


def test_a_clinician_reads_two_sentences(other: Page) -> None:
    (clinic,) = [section for section in other.walk() if section.id == "clinician-brain-volume"]
    (statement,) = [block for block in clinic.blocks if isinstance(block, Paragraph) and block.tone == "statement"]
    first, second = re.split(r"(?<=\.) (?=[A-Z])", plain(statement.line))
    assert first == (
        "From 4 reports, the mean standardized mean difference is −0.57 (95% interval −1.40 to 0.014); the probability"
        " that it is below 0 (lower is worse for patients) is 0.97, against 0.50 before the data."
    )
    assert second == (
        "In a new study or clinic the true standardized mean difference lies between −1.99 and 0.59 with probability"
        " 95%, and below 0 with probability 0.89 (0.50 before the data)."
    )
    assert [section.title for section in clinic.sections] == ["What would change it", "What cannot be said"]
    told = [plain(line) for block in clinic.sections[0].blocks for line in block.lines]  # type: ignore[union-attr]
    assert told[0] == (
        "If striking results were reported more readily than others, the probability of an effect below 0 would be 0.85"
        " given that there is an effect at all (0.50 before the data), and 0.40 where there may be none (0.25 before"
        " the data)."
    )


def test_references_are_cited_and_have_dois(page: Page) -> None:
    keys = [reference.key for reference in page.references]
    assert len(keys) == len(set(keys)) >= 8
    assert {"kruschke2021", "sung2005", "page2021", "bartos2023", "irlbayes"} <= set(keys)
    assert all(
        re.fullmatch(r"10\.\d{4,}/\S+", reference.fields["doi"])
        for reference in page.references
        if reference.type == "article"
    )


def test_foot_says_how_to_do_it_again(page: Page, tree: Tree) -> None:
    assert page.facts["seed"] == "20251122"
    assert page.facts["sha256 of the evidence"] == page.document["evidence"]["sha256"]
    assert page.document["results"][0]["model"]["fingerprint"] in page.facts["models"]
    (foot,) = tree.all("footer")
    assert "2026-01-02T03:04:05+00:00" in foot["text"]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title>{{ 7*7 }}",
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "studies.csv"
    rows = ["study,ai,n1i,ci,n2i"]
    cells = (one.replace('"', '""') for one in HOSTILE)
    rows += [f'"{name}",{4 + place},123,11,139' for place, name in enumerate(cells)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def quick(hostile: Path) -> tuple[Page, list[tuple[str, int, int]]]:
    seen: list[tuple[str, int, int]] = []
    found = reporting.report(
        hostile, scale="log_or", checks=False, bias=False, progress=lambda *step: seen.append(step)
    )
    return found, seen


def test_names_of_a_file_are_text_and_progress_counts(
    hostile: Path, quick: tuple[Page, list[tuple[str, int, int]]]
) -> None:
    page, seen = quick
    drawn: list[tuple[int, int]] = []
    text = html.write(page, lambda name, number, count: drawn.append((number, count))).decode()
    tree = Tree(text)
    assert [one["attrs"].get("type") for one in tree.all("script")] == ["application/json"]
    assert tree.all("img") == []
    assert not [name for one in tree.elements for name in one["attrs"] if name.startswith("on")]
    (main,) = tree.all("main")
    for name in HOSTILE:
        assert name in main["text"], name
    assert json.loads(tree.all("script")[0]["text"])["results"][0]["studies"][0]["study"] == HOSTILE[0]
    assert str(hostile.parent) not in text, "folders stay at home"
    assert seen == [("answers: effect", 1, 2)], "the order of publication is not known, and the page says so"
    assert "Not answered study by study: it needs a year, month or day of publication" in main["text"]
    assert drawn == [(number, len(drawn)) for number in range(1, len(drawn) + 1)]


def test_without_checks_the_page_says_so(quick: tuple[Page, list[tuple[str, int, int]]]) -> None:
    page = quick[0]
    assert not {"checks", "bias", "cumulative"} & set(page.document)
    said = " ".join(piece for section in page.walk() for piece in inlines(section.blocks) if isinstance(piece, str))
    assert "No checks were run for this page" in said
    assert "Models of selective reporting were not run for this page" in said
    checklists = [block for block in page.blocks() if isinstance(block, Checklist)]
    gaps = {item.number for block in checklists for item in block.items if item.status == "gap"}
    assert {"3.A", "5.A", "Prior 3", "13f", "14", "20d", "21"} <= gaps


def test_bad_options_are_refused() -> None:
    with pytest.raises(InputError, match="outcome"):
        reporting.report("irl", outcomes=["none"], checks=False)


def test_pointers() -> None:
    found = {"a/b": [{"c~d": 1}], "text": "abc"}
    assert resolve(found, pointer("a/b", 0, "c~d")) == 1
    for path in ("/a", "/a~1b/1", "/text/0", "/a~1b/x"):
        with pytest.raises(KeyError):
            resolve(found, path)


def test_tables_have_unique_names_and_full_rows(page: Page) -> None:
    tables = [block for block in page.blocks() if isinstance(block, Table)]
    names = [table.name for table in tables]
    assert len(names) == len(set(names)) > 10
    for table in tables:
        assert all(len(row) == len(table.columns) for row in table.rows), table.name
        assert len(table.numeric) in (0, len(table.columns)), table.name
