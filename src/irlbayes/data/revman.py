"""RevMan 5 files (.rm5): every analysis becomes an outcome, with the scale of its effect measure.

What is read is what each study reported: counts, means, or an effect with its standard error. Pooled results and
weights in the file are RevMan's and are not used. The layout is the one that R package meta reads (`read.rm5`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, log, sqrt
from statistics import NormalDist
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from irlbayes.core.errors import InputError, Problem
from irlbayes.data.derive import shown
from irlbayes.data.files import RawTable
from irlbayes.data.measures import is_ratio, scale_of

LINE = "{line}"
KINDS = ("DICH", "CONT", "IV", "IPD")
CELLS = {
    "DICH": {"EVENTS_1": "ai", "TOTAL_1": "n1i", "EVENTS_2": "ci", "TOTAL_2": "n2i"},
    "CONT": {"MEAN_1": "m1i", "SD_1": "sd1i", "TOTAL_1": "n1i", "MEAN_2": "m2i", "SD_2": "sd2i", "TOTAL_2": "n2i"},
}
HEADER = (
    *("id", "study", "cohort", "outcome", "use", "subgroup", "year", "ai", "n1i", "ci", "n2i"),
    *("m1i", "sd1i", "m2i", "sd2i", "yi", "sei", "scale"),
)
AGREE = 0.02  # largest relative difference between the interval's width and the one that the standard error implies
CLEARLY = 0.1  # how much smaller it is than under the other reading


@dataclass
class _Found:
    """What has been read so far."""

    file: str
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    origins: dict[int, dict[str, str]] = field(default_factory=dict)
    scales: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_revman(data: bytes, name: str) -> RawTable:
    """Read the analyses of a RevMan 5 file.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Name to show in messages.

    Returns
    -------
    RawTable
        A row per study and analysis under our names, with the scale of every outcome.

    Raises
    ------
    InputError
        No XML, XML with entities of its own, no RevMan file, no analyses, effects whose scale cannot be told.
    """
    root = _parse(data, name)
    if root.tag != "COCHRANE_REVIEW":
        raise InputError(
            Problem(
                name, "a RevMan 5 file begins with COCHRANE_REVIEW", "Give a .rm5, XLSX or CSV file.", value=root.tag
            )
        )
    studies = {study.get("ID", ""): study for study in root.iter("STUDY")}
    found = _Found(name)
    for comparison in root.iter("COMPARISON"):
        for kind in KINDS:
            for outcome in comparison.iter(f"{kind}_OUTCOME"):
                _read_outcome(found, kind, comparison, outcome, studies)
    if not found.rows and not found.problems:
        raise InputError(Problem(name, "a RevMan file with study data", "Give a file whose analyses hold data."))
    if found.problems:
        raise InputError(found.problems)
    header = tuple(column for column in HEADER if any(column in cells for _, cells in found.rows))
    analyses = f"RevMan 5 file with {len(found.scales)} analyses: {', '.join(found.scales)}"
    return RawTable(
        name, header, tuple(found.rows), (analyses, *found.notes), origins=found.origins, scales=found.scales
    )


class _Lines(TreeBuilder):
    """Builds the tree and keeps the line on which every element begins."""

    parser: Any = None

    def start(self, tag: Any, attrs: Any, /) -> Element:
        return super().start(tag, {**attrs, LINE: str(self.parser.CurrentLineNumber)})


def _parse(data: bytes, name: str) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    builder = _Lines()
    parser: Any = DefusedXMLParser(target=builder)
    builder.parser = parser.parser
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        raise InputError(
            Problem(name, "a file without entities of its own", "Export the review anew from RevMan.")
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise InputError(Problem(name, f"the XML cannot be read: {error}", "Export the review anew.")) from None
    return root


def _text(element: Element, tag: str) -> str:
    child = element.find(tag)
    return "" if child is None else " ".join("".join(child.itertext()).split())


def _data(kind: str, outcome: Element) -> Iterator[tuple[Element, str]]:
    """Yield the data of an outcome with the name of their subgroup."""
    for element in outcome:
        if element.tag == f"{kind}_DATA":
            yield element, ""
        elif element.tag == f"{kind}_SUBGROUP":
            for data in element.iter(f"{kind}_DATA"):
                yield data, _text(element, "NAME")


def _read_outcome(found: _Found, kind: str, comparison: Element, outcome: Element, studies: dict[str, Element]) -> None:
    name = f"{comparison.get('NO', '')}.{outcome.get('NO', '')} {_text(outcome, 'NAME')}".strip()
    measure = outcome.get("EFFECT_MEASURE") or _text(outcome, "EFFECT_MEASURE")
    scale = scale_of(measure)
    rows = list(_data(kind, outcome))
    if not rows:
        return
    if not scale:
        found.notes.append(f"{name}: the effect measure {measure!r} is not known; its scale is none")
    if outcome.get("SWAP_EVENTS", "NO") == "YES":
        found.notes.append(f"{name}: events and non-events are swapped, as the file says")
    found.scales[name] = scale or "none"
    times = Counter(data.get("STUDY_ID") for data, _ in rows)
    left_out = []
    for number, (data, subgroup) in enumerate(rows, start=1):
        identity = data.get("STUDY_ID", "")
        study = studies[identity].get("NAME", identity) if identity in studies else identity.removeprefix("STD-")
        label = f"{study} ({subgroup})" if subgroup and times[data.get("STUDY_ID")] > 1 else study
        cells, origins = _cells(found, kind, outcome, data, scale)
        if cells is None:
            left_out.append(label)
            continue
        line = int(data.get(LINE, "0"))
        while line in found.origins:  # several elements on one line of the file
            line += 1
        year = studies[identity].get("YEAR", "") if identity in studies else ""
        book = {"id": f"{name} / {number} {study}", "study": study, "cohort": label, "outcome": name}
        book |= {"use": "primary", "subgroup": subgroup, "year": year}
        found.rows.append((line, {column: cell for column, cell in (book | cells).items() if cell}))
        found.origins[line] = origins
    if left_out:
        found.notes.append(f"{name}: left out, since RevMan could estimate nothing: {', '.join(left_out)}")


def _cells(
    found: _Found, kind: str, outcome: Element, data: Element, scale: str
) -> tuple[dict[str, str] | None, dict[str, str]]:
    """Return the cells of one study under our names, and how they came about; None where it tells nothing."""
    if kind in CELLS:
        cells = {ours: _number(data.get(theirs, "")) for theirs, ours in CELLS[kind].items()}
        origins = {ours: theirs for theirs, ours in CELLS[kind].items() if cells[ours]}
        if data.get("ESTIMABLE") == "NO" and any(
            cells[n] in ("", "0") for n in ("n1i", "n2i", "sd1i", "sd2i") if n in cells
        ):
            return None, {}
        if kind == "DICH" and outcome.get("SWAP_EVENTS", "NO") == "YES":
            _swap(cells, origins)
        return cells, origins
    if data.get("ESTIMABLE") == "NO":
        return None, {}
    return _from_o_e(data, scale) if kind == "IPD" else _from_effect(found, outcome, data, scale)


def _number(text: str) -> str:
    """Return a number of the file as a cell: RevMan writes counts as 12 or 12.0."""
    try:
        return shown(float(text))
    except ValueError:
        return text


def _swap(cells: dict[str, str], origins: dict[str, str]) -> None:
    for events, size in (("ai", "n1i"), ("ci", "n2i")):
        if cells[events] and cells[size]:
            value = shown(float(cells[size]) - float(cells[events]))
            origins[events] = f"events and non-events swapped: {cells[size]} - {cells[events]} = {value}"
            cells[events] = value


def _from_o_e(data: Element, scale: str) -> tuple[dict[str, str] | None, dict[str, str]]:
    """Peto's log ratio from observed minus expected events and its variance."""
    return peto(data.get("O_E", ""), data.get("VAR", ""), scale)


def peto(o_e: str, variance: str, scale: str) -> tuple[dict[str, str] | None, dict[str, str]]:
    """Return Peto's log ratio, (O - E) / V, and its standard error, 1 / sqrt(V); None without them.

    Examples
    --------
    >>> peto("-2", "4", "log_hr")[0]
    {'yi': '-0.5', 'sei': '0.5', 'scale': 'log_hr'}
    """
    try:
        difference, spread = float(o_e), float(variance)
    except ValueError:
        return None, {}
    if not spread > 0:
        return None, {}
    cells = {"yi": shown(difference / spread), "sei": shown(1.0 / sqrt(spread)), "scale": scale}
    origins = {
        "yi": f"yi = (O - E) / V = {o_e} / {variance} = {cells['yi']}",
        "sei": f"sei = 1 / sqrt(V) = 1 / sqrt({variance}) = {cells['sei']}",
    }
    return cells, origins


def _from_effect(
    found: _Found, outcome: Element, data: Element, scale: str
) -> tuple[dict[str, str] | None, dict[str, str]]:
    """An effect and its standard error; for a ratio its interval says whether the effect is a logarithm already."""
    values = {key: data.get(key, "") for key in ("EFFECT_SIZE", "SE", "CI_START", "CI_END")}
    try:
        effect, se = float(values["EFFECT_SIZE"]), float(values["SE"])
    except ValueError:
        return None, {}
    origins = {"yi": "EFFECT_SIZE", "sei": "SE"}
    if not is_ratio(scale):
        return {"yi": shown(effect), "sei": shown(se), "scale": scale}, origins
    try:
        low, high = float(values["CI_START"]), float(values["CI_END"])
        reach = se * NormalDist().inv_cdf(0.5 + float(outcome.get("CI_STUDY", "95")) / 200.0)
    except ValueError:
        low = high = reach = 0.0
    as_ratio = _apart(log(high / low), 2.0 * reach) if min(effect, low, high) > 0 else inf
    as_log = _apart(high - low, 2.0 * reach)
    logs = as_ratio < as_log
    if min(as_ratio, as_log) > min(AGREE, CLEARLY * max(as_ratio, as_log)):
        found.problems.append(
            Problem(
                found.file,
                "the interval of a ratio says whether the effect is the ratio or its logarithm; this one says neither",
                "Give the effect, its standard error and interval as RevMan computed them, or a table with yi and sei.",
                int(data.get(LINE, "0")),
                "EFFECT_SIZE",
                values["EFFECT_SIZE"],
            )
        )
        return None, {}
    if logs:
        origins["yi"] = f"yi = log(EFFECT_SIZE) = log({values['EFFECT_SIZE']}) = {shown(log(effect))}"
    return {"yi": shown(log(effect) if logs else effect), "sei": shown(se), "scale": scale}, origins


def _apart(width: float, expected: float) -> float:
    """Return how far an interval's width is from the one its standard error implies, relatively."""
    return abs(width / expected - 1.0) if expected > 0 else inf
