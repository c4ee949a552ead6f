"""What a run found, as chapters see it: every number is looked up in the JSON document, and says where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

from irlbayes.core.answers import Analysis, Evidence, Explanation, Result
from irlbayes.core.examining import Examination, Examined
from irlbayes.core.pages import Line, Number, Picture, pointer, resolve
from irlbayes.core.sequence import Cumulated
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure, null_shown, probability, shown, worse
from irlbayes.report.origins import origin
from irlbayes.report.pictures import figures_of

Row = Mapping[str, Any]
DASH, COMMA = "–", ",\u00a0"


@dataclass(frozen=True)
class Told:
    """Everything that a run found.

    Parameters
    ----------
    analysis : Analysis
    examination : Examination or None
        None where no checks were asked for.
    bias : Mapping or None
        The document of `biased.bias`; None where it was not asked for, or could not answer.
    no_bias : str
        Why it could not; empty where it was not asked for.
    cumulated : Cumulated or None
        Every outcome answered again after each study; None as ``bias``.
    no_cumulated : str
        As ``no_bias``.
    explained : Mapping
        How each row that entered became its likelihood, by outcome.
    document : Mapping
        Plain data, as JSON holds it: the document of the analysis, with ``checks``, ``bias`` and ``cumulative``.
    fingerprints : Mapping
        Of the model of each outcome.
    made, version, command : str
        When, by which version, and how it is done again.
    replicates : int
        Data sets that predictive checks simulated.
    extra : Mapping
        Answers beside the usual ones, by outcome and question.
    """

    analysis: Analysis
    examination: Examination | None
    bias: Row | None
    no_bias: str
    cumulated: Cumulated | None
    no_cumulated: str
    explained: Mapping[str, tuple[Explanation, ...]]
    document: Row
    fingerprints: Mapping[str, str]
    made: str
    version: str
    command: str
    replicates: int
    extra: Mapping[str, Mapping[str, Evidence]]

    @cached_property
    def outcomes(self) -> tuple[One, ...]:
        """Every outcome with an answer, in order."""
        return tuple(One(self, place, result) for place, result in enumerate(self.analysis.results))

    def number(self, *keys: str | int, show: Callable[[Any], str], source: str, rest: bool = False) -> Number:
        """Return what stands in the document behind some keys; ``rest`` for one minus it."""
        path = pointer(*keys)
        value = resolve(self.document, path)
        if value is None:
            return Number(DASH, None, path, source)
        if rest:
            value = 1.0 - value
        return Number(show(value), value, path, source, rest)

    def said(self, *keys: str | int) -> Number:
        """Return a sentence of the document."""
        path = pointer(*keys)
        text = str(resolve(self.document, path))
        return Number(text, text, path, "as the document says it")


@dataclass(frozen=True)
class One:
    """One outcome of a run.

    Parameters
    ----------
    told : Told
    place : int
        Its place among the results.
    result : Result
    """

    told: Told
    place: int
    result: Result

    @property
    def outcome(self) -> Outcome:
        """The outcome."""
        return self.result.outcome

    @property
    def count(self) -> int:
        """Reports that were pooled."""
        return len(self.result.posterior.effects.studies)

    @property
    def level(self) -> str:
        """Probability of the intervals, in words."""
        return f"{self.told.analysis.settings.level:.0%}"

    @property
    def row(self) -> Row:
        """Its entry among the results of the document."""
        return dict(self.told.document["results"][self.place])

    @cached_property
    def examined(self) -> Examined | None:
        """What the checks said."""
        found = self.told.examination
        return None if found is None else found.examined[self.place]

    @cached_property
    def answers(self) -> Mapping[str, Evidence]:
        """Answers to questions and checks, by name."""
        checks = {} if self.examined is None else self.examined.checks
        return {**self.result.answers, **checks, **self.told.extra.get(self.outcome.name, {})}

    @cached_property
    def bias_place(self) -> int | None:
        """Its place among the results of `biased.bias`; None where there is none."""
        rows = () if self.told.bias is None else self.told.bias["results"]
        return next((place for place, row in enumerate(rows) if row["outcome"] == self.outcome.name), None)

    @cached_property
    def grown_place(self) -> int | None:
        """Its place among the outcomes that were answered again after each study; None where there is none."""
        rows = () if self.told.cumulated is None else self.told.cumulated.followed
        return next((place for place, one in enumerate(rows) if one.outcome.name == self.outcome.name), None)

    def id(self, part: str) -> str:
        """Return the id of a section about this outcome."""
        plain = re.sub(r"[^a-z0-9]+", "-", self.outcome.name.lower()).strip("-")
        own = plain if plain == self.outcome.name.lower().replace("_", "-") else f"{self.place + 1}-{plain}".strip("-")
        return f"{part}-{own}"

    @property
    def measure(self) -> str:
        """What is estimated, its unit in parentheses."""
        unit = self.outcome.unit
        return measure(self.outcome).removesuffix(f", {unit}") + (f" ({unit})" if unit else "")

    # --- which side ----------------------------------------------------------------------------------------

    @property
    def has_null(self) -> bool:
        """Whether there is a value of no effect."""
        return self.outcome.null is not None

    @property
    def is_below(self) -> bool:
        """Whether the probability that readers ask for is that of an effect below no effect."""
        return worse(self.outcome)[1] == "-"

    @property
    def side(self) -> str:
        """The side that probabilities speak of: ``above 1``."""
        return f"{'below' if self.is_below else 'above'} {null_shown(self.outcome)}"

    # --- numbers -------------------------------------------------------------------------------------------

    def effect(self, *keys: str | int) -> Number:
        """Return an effect of the results, as readers see it."""
        return self._of("results", keys, lambda value: shown(value, self.outcome))

    def chance(self, *keys: str | int, rest: bool = False) -> Number:
        """Return a probability of the results."""
        return self._of("results", keys, probability, rest)

    def beyond(self, *keys: str | int, before: bool = False) -> Number:
        """Return the probability of an effect on the side that is asked about, after or before the data."""
        return self.chance(*keys, "prior_p_gt_null" if before else "p_gt_null", rest=self.is_below)

    def plain(self, *keys: str | int, digits: int = 3) -> Number:
        """Return a number of the results on the scale of pooling."""
        return self._of("results", keys, lambda value: figures(value, digits))

    def percent(self, *keys: str | int) -> Number:
        """Return a share of the results in percent."""
        return self._of("results", keys, lambda value: f"{value:.0%}")

    def interval(self, *keys: str | int) -> Line:
        """Return ``0.96 to 7.12``."""
        return (self.effect(*keys, "ci_low"), " to ", self.effect(*keys, "ci_high"))

    def estimate(self, *keys: str | int) -> Line:
        """Return ``2.67 [0.96, 7.12]``: the mean, or the median where there is none."""
        return (*self.middle(*keys), " [", self.effect(*keys, "ci_low"), COMMA, self.effect(*keys, "ci_high"), "]")

    def middle(self, *keys: str | int) -> Line:
        """Return the mean, or the median where there is none."""
        found = resolve(self.row, pointer(*keys))
        return (self.effect(*keys, "mean" if found.get("mean") is not None else "median"),)

    def chance_before(self, *keys: str | int) -> Line:
        """Return ``0.97 (0.50)``: the probability on the side that is asked about, and its prior value."""
        if not self.has_null:
            return (DASH,)
        return (self.beyond(*keys), " (", self.beyond(*keys, before=True), ")")

    def checked(self, name: str, *keys: str | int, show: Callable[[Any], str], rest: bool = False) -> Number:
        """Return a number of a check."""
        return self._of("checks", ("checks", name, "numbers", *keys), show, rest)

    def biased(self, *keys: str | int, show: Callable[[Any], str], rest: bool = False) -> Number:
        """Return a number of the answer under models of selective reporting."""
        return self._of("bias", keys, show, rest)

    def grown(self, *keys: str | int, show: Callable[[Any], str], rest: bool = False) -> Number:
        """Return a number of the answers after each study."""
        return self._of("cumulative", keys, show, rest)

    def said(self, part: str, *keys: str | int) -> Number:
        """Return a sentence of the document: ``part`` is ``results``, ``checks``, ``bias``, ``cumulative``."""
        return self.told.said(*self._base(part), *keys)

    def _base(self, part: str) -> tuple[str | int, ...]:
        if part == "bias":
            assert self.bias_place is not None
            return ("bias", "results", self.bias_place)
        if part == "cumulative":
            assert self.grown_place is not None
            return (part, self.grown_place)
        return (part, self.place)

    def _of(self, part: str, keys: tuple[str | int, ...], show: Callable[[Any], str], rest: bool = False) -> Number:
        source = origin(self.result, self.told.fingerprints[self.outcome.name], part, keys, rest)
        return self.told.number(*self._base(part), *keys, show=show, source=source, rest=rest)

    # --- pictures ------------------------------------------------------------------------------------------

    def picture(self, name: str, caption: str = "") -> Picture | None:
        """Return a figure of this outcome; None where its answer is not there."""
        found = figures_of(self.outcome, self.answers, only=[name])
        return Picture(name, found[0].evidence, self.outcome, caption or f"{found[0].title}.") if found else None


def figures(value: float, digits: int = 3) -> str:
    """Write a number to some significant figures, with a real minus.

    Examples
    --------
    >>> figures(-0.04309), figures(7.5548e-11, 2)
    ('−0.0431', '7.6e−11')
    """
    return f"{value:.{digits}g}".replace("-", "−")


def line_of(file: str, line: int | None) -> str:
    """Say where a row stands, without the folders that are its reader's own affair.

    Examples
    --------
    >>> line_of("/home/me/studies.csv", 3)
    'studies.csv line 3'
    """
    return f"{PurePath(file).name} line {line}"


def plural(count: int, word: str, many: str = "") -> str:
    """Return a count with its word.

    Examples
    --------
    >>> plural(1, "report"), plural(2, "study", "studies")
    ('1 report', '2 studies')
    """
    return f"{count} {word if count == 1 else many or word + 's'}"


def joined(lines: list[Line] | tuple[Line, ...], between: str = "; ") -> Line:
    """Return lines as one, with something between them."""
    found: list[Any] = []
    for place, line in enumerate(lines):
        found += [between, *line] if place else [*line]
    return tuple(found)


def within(label: str) -> str:
    """Return a label as it stands within a sentence: without its capital, unless that is of an abbreviation.

    Examples
    --------
    >>> within("Brain volume"), within("IRL prevalence")
    ('brain volume', 'IRL prevalence')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
