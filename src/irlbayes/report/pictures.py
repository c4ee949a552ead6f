"""Every figure whose answer is there: of an outcome's answers, an examination, a look, a plan, a sequence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from irlbayes.core.answers import Evidence
from irlbayes.core.examining import Examination
from irlbayes.core.funnels import Look
from irlbayes.core.planned import Planned
from irlbayes.core.registry import leaves
from irlbayes.core.sequence import Cumulated
from irlbayes.core.types import Outcome
from irlbayes.report import frames
from irlbayes.report.figures import NARROW, WIDE, Backend, html, plotly_json, png, svg

if TYPE_CHECKING:
    import pandas as pd

UNSAID = "does not apply here"  # what a check says that returns nothing


@dataclass(frozen=True)
class Picture:
    """A figure with the answer that it is of.

    Parameters
    ----------
    name : str
        Of the file in `report/figures/`.
    outcome : Outcome
    evidence : Evidence
    leaf : module
    """

    name: str
    outcome: Outcome
    evidence: Evidence
    leaf: ModuleType

    @property
    def title(self) -> str:
        """A short plain title."""
        return str(self.leaf.TITLE)

    def draw(self, backend: Backend = "matplotlib", width: float | None = None) -> Any:
        """Draw it: a figure of Matplotlib or of plotly, ``width`` inches wide, or as wide as it is made for."""
        if width is None:
            return self.leaf.draw(self.evidence, self.outcome, backend)
        return self.leaf.draw(self.evidence, self.outcome, backend, width)

    def frame(self) -> pd.DataFrame:
        """Return its data."""
        return self.leaf.frame(self.evidence, self.outcome)  # type: ignore[no-any-return]

    def describe(self) -> str:
        """Say what it shows, with the numbers."""
        return str(self.leaf.describe(self.evidence, self.outcome))

    def file(self, kind: str, width: float | None = None) -> tuple[str, bytes]:
        """Return the name and the content of a file of it: ``png``, ``svg``, ``html``, ``json`` or ``csv``."""
        said = self.describe()
        if kind == "png":
            content = png(self.draw(width=width), said)
        elif kind == "svg":
            content = svg(self.draw(width=width), said, inline=False).encode()
        elif kind == "html":
            content = html(self.draw("plotly", width), said).encode()
        elif kind == "json":
            content = plotly_json(self.draw("plotly", width), said).encode()
        else:
            content = frames.csv_of(self.frame()).encode()
        return f"{self.outcome.name}-{self.name}.{kind}", content


def known() -> dict[str, tuple[str, str]]:
    """Return the answer that each figure is of, and the number in it that it needs, by the figure's name."""
    return {name: leaf.OF for name, leaf in leaves("irlbayes.report.figures").items()}


def lacking(name: str, skipped: Mapping[str, str]) -> str:
    """Say why a figure is not drawn.

    Parameters
    ----------
    name : str
        Of the figure.
    skipped : Mapping
        Why an answer is not there, by its name, as of `illustration.gather`.

    Examples
    --------
    >>> lacking("radial", {})
    'it needs two reports or more with a size'
    """
    leaf = leaves("irlbayes.report.figures")[name]
    why = skipped.get(leaf.OF[0], UNSAID)
    return f"it needs {leaf.NEEDS}" if why == UNSAID and hasattr(leaf, "NEEDS") else why


def figures_of(outcome: Outcome, answers: Mapping[str, Evidence], only: Sequence[str] = ()) -> tuple[Picture, ...]:
    """Return every figure whose answer is there.

    Parameters
    ----------
    outcome : Outcome
    answers : Mapping
        Of questions, checks and looks, by name.
    only : sequence of str
        Names of figures; all by default.
    """
    found = []
    for name, leaf in leaves("irlbayes.report.figures").items():
        answer, number = leaf.OF
        there = answer in answers and answers[answer].numbers.get(number)
        if there not in (None, False) and (not isinstance(there, list) or there) and (not only or name in only):
            found.append(Picture(name, outcome, answers[answer], leaf))
    return tuple(found)


def pictures(found: Examination) -> Iterator[tuple[str, bytes]]:
    """Draw every figure of an examination.

    Parameters
    ----------
    found : Examination

    Yields
    ------
    str
        Name of the file: outcome, figure and ``.png``.
    bytes
        The picture, 8 cm wide.
    """
    for one in found.examined:
        yield from _drawn(one.result.outcome, {**one.result.answers, **one.checks})


def of_asymmetry(found: Look) -> Iterator[tuple[str, bytes]]:
    """Draw every figure of a look at asymmetry; names and pictures as of `pictures`.

    Parameters
    ----------
    found : Look

    Yields
    ------
    str
    bytes
    """
    for one in found.looked:
        yield from _drawn(one.funnel.outcome, one.answers)


def of_plan(found: Planned) -> Iterator[tuple[str, bytes]]:
    """Draw what the next study would do; names and pictures as of `pictures`.

    Parameters
    ----------
    found : Planned

    Yields
    ------
    str
    bytes
    """
    for result in found.analysis.results:
        if result.outcome.name in found.answers:
            yield from _drawn(result.outcome, {"assurance": found.answers[result.outcome.name]})


def of_cumulative(found: Cumulated, wide: bool = False) -> Iterator[tuple[str, bytes]]:
    """Draw the trajectory of every outcome; names as of `pictures`.

    Parameters
    ----------
    found : Cumulated
    wide : bool
        Whether pictures are 17 cm wide, and not 8.

    Yields
    ------
    str
    bytes
    """
    for one in found.followed:
        for picture in figures_of(one.outcome, {"cumulative": one.evidence}):
            yield picture.file("png", WIDE if wide else NARROW)


def _drawn(outcome: Outcome, answers: Mapping[str, Evidence]) -> Iterator[tuple[str, bytes]]:
    for one in figures_of(outcome, answers):
        yield one.file("png")
