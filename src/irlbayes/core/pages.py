"""A page as content: sections of blocks, before anyone decides whether it becomes HTML, PDF or a Word file.

What writes a page (`report.chapters`) knows answers and words; what prints one (`report.printing`) knows blocks and a
file format. Nothing here knows either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome

Reader = Literal["clinician", "statistician", "checklist", "everyone"]


@dataclass(frozen=True)
class Number:
    """A number in running text or in a table, and where it came from.

    Parameters
    ----------
    text : str
        As a reader sees it.
    value : float or str or None
        At full precision, on the scale of pooling; None where there is none.
    path : str
        Where the same number stands in the page's document, as a JSON Pointer (RFC 6901):
        ``/results/2/mu/p_gt_null``.
    source : str
        In words: the cells, the formula, the model and its fingerprint.
    complement : bool
        Whether the number is one minus what stands at ``path``: the other side of the same probability.

    Notes
    -----
    A sentence that stands in the document is told in the same way: ``text`` and ``value`` are both the sentence.
    """

    text: str
    value: float | str | None = None
    path: str = ""
    source: str = ""
    complement: bool = False

    @property
    def is_sentence(self) -> bool:
        """Whether it is a sentence of the document, and not a number in it."""
        return isinstance(self.value, str) and self.value == self.text


@dataclass(frozen=True)
class Cite:
    """A citation by the key of a `Reference`."""

    key: str


@dataclass(frozen=True)
class Code:
    """A word that a computer reads: a name, a command, a prior."""

    text: str


Inline = str | Number | Cite | Code
Line = tuple[Inline, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``tone`` sets apart the statement of a section, a caveat and a note."""

    line: Line
    tone: Literal["plain", "statement", "caveat", "note"] = "plain"


@dataclass(frozen=True)
class Listing:
    """A list of lines."""

    lines: tuple[Line, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Table:
    """A table: ``name`` is that of its file among the exports; ``numeric`` columns are aligned right.

    ``tone`` sets apart the few numbers that a reader came for (``key``), and what a page may fold away (``long``).
    The first column names the rows.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    numeric: tuple[bool, ...] = ()
    note: str = ""
    tone: Literal["plain", "key", "long"] = "plain"


@dataclass(frozen=True)
class Picture:
    """A figure of `report.figures`, drawn when the page is printed.

    Parameters
    ----------
    figure : str
        Name of a file of `report.figures`.
    evidence : Evidence
        The answer that it is of.
    outcome : Outcome
    caption : str
    """

    figure: str
    evidence: Evidence
    outcome: Outcome
    caption: str = ""

    @property
    def name(self) -> str:
        """Name of its file among the exports."""
        return f"{self.outcome.name}-{self.figure}"


@dataclass(frozen=True)
class Item:
    """An item of a reporting checklist: what the run says for it, or why there is a gap."""

    number: str
    asks: str
    status: Literal["filled", "gap", "not applicable"]
    answer: Line
    where: str = ""


@dataclass(frozen=True)
class Checklist:
    """A reporting checklist, filled from the run as far as it goes."""

    name: str
    title: str
    source: Cite
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Script:
    """A file that runs: printed in full where a page can fold it away, named where it cannot."""

    name: str
    language: str
    text: str


Block = Paragraph | Listing | Table | Picture | Checklist | Script


@dataclass(frozen=True)
class Section:
    """A section: ``id`` is unique on the page; ``reader`` says for whom it is written."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    reader: Reader = "everyone"

    def walk(self) -> Iterator[Section]:
        """Yield this section and all within it, in reading order."""
        yield self
        for section in self.sections:
            yield from section.walk()


@dataclass(frozen=True)
class Reference:
    """A work that the page cites: ``fields`` are BibTeX's, of an entry of that ``type``."""

    key: str
    type: str
    fields: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Page:
    """A whole page.

    Parameters
    ----------
    title, subtitle : str
    made : str
        Date and time of the run, UTC, in ISO form.
    sections : tuple of Section
    references : tuple of Reference
        In the order of their first citation.
    facts : Mapping
        Version, seed, hash of the data, fingerprints: for the foot of every form of the page.
    document : Mapping
        The JSON document that every `Number.path` points into.
    """

    title: str
    subtitle: str
    made: str
    sections: tuple[Section, ...]
    references: tuple[Reference, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)

    def walk(self) -> Iterator[Section]:
        """Yield every section in reading order."""
        for section in self.sections:
            yield from section.walk()

    def blocks(self) -> Iterator[Block]:
        """Yield every block in reading order."""
        for section in self.walk():
            yield from section.blocks


def resolve(document: Any, path: str) -> Any:
    """Return what stands in a document at a JSON Pointer (RFC 6901).

    Parameters
    ----------
    document : Mapping or sequence
        Plain data, as JSON holds it.
    path : str
        Such as ``/results/0/mu/mean``; empty for the whole document.

    Raises
    ------
    KeyError
        Where nothing stands there.

    Examples
    --------
    >>> resolve({"results": [{"a/b": 1.5}]}, "/results/0/a~1b")
    1.5
    """
    found = document
    for key in path.split("/")[1:]:
        name = key.replace("~1", "/").replace("~0", "~")
        try:
            if isinstance(found, Mapping):
                found = found[name]
            elif isinstance(found, Sequence) and not isinstance(found, str):
                found = found[int(name)]
            else:
                raise KeyError(path)
        except (KeyError, IndexError, ValueError):
            raise KeyError(path) from None
    return found


def pointer(*keys: str | int) -> str:
    """Return the JSON Pointer that leads through keys and places.

    Examples
    --------
    >>> pointer("results", 0, "a/b")
    '/results/0/a~1b'
    """
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def inlines(blocks: Sequence[Block]) -> Iterator[Inline]:
    """Yield every piece of text of some blocks, in reading order.

    Parameters
    ----------
    blocks : sequence of Block
    """
    for block in blocks:
        match block:
            case Paragraph():
                yield from block.line
            case Listing():
                for line in block.lines:
                    yield from line
            case Table():
                for row in block.rows:
                    for cell in row:
                        yield from cell
            case Checklist():
                yield block.source
                for item in block.items:
                    yield from item.answer
