"""A page as content: sections of blocks, before anyone decides whether it becomes HTML, PDF or a Word file.

What writes a page (`report.chapters`) knows answers and words; what prints one (`report.printing`) knows blocks and a
file format. Nothing here knows either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
        Where the same number stands in the JSON document: ``results.relapse.mu.p_gt_null``.
    source : str
        In words: the cells, the formula, the model and its fingerprint.
    """

    text: str
    value: float | str | None = None
    path: str = ""
    source: str = ""


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
    """A table: ``name`` is that of its file among the exports; ``numeric`` columns are aligned right."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    numeric: tuple[bool, ...] = ()
    note: str = ""


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
    """A file that runs, printed in full."""

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
