"""The files of `models/priors/`: published and standard priors, their numbers as printed.

A file has a ``title``, the ``source`` of its numbers, ``warnings``, ``why`` it is refused on other scales, and either
``entries`` or a ``size``. An entry has a ``name`` (empty where a table has one prior per scale), its ``scales`` (the
table's by default), ``mu``, ``tau`` or ``tau_squared`` as prior strings, further ``warnings``, and ``panel`` where it
is for the panel of `irlbayes check`. ``[of_scale.NAME]`` gives the entries on one scale a source or warnings of their
own. ``[size]`` makes a prior of mu from a number: its ``center`` is ``null`` or ``delta``, and a share ``beyond`` of it
lies beyond the other of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from irlbayes.core.assumptions import Prior
from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.priors import FAMILIES
from irlbayes.core.scales import SCALES
from irlbayes.models import files
from irlbayes.models.calls import read_call

SCHEMA = "irlbayes/priors/1"
ROLES = {"mu": "mu", "tau": "tau", "tau_squared": "tau"}
HALVED = {"log_normal": ("mu", "sigma"), "log_student_t": ("location", "scale")}


@dataclass(frozen=True)
class Entry:
    """One prior of a table, or a pair of them.

    Parameters
    ----------
    table, name : str
        The name is empty where a table has one entry per scale.
    scales : tuple of str
        Scales whose units its numbers have.
    priors : Mapping
        Priors of ``mu`` and ``tau``, whichever there are, each with its provenance as reason.
    source : str
    warnings : tuple of str
    panel : bool
        Whether it is one of the panel of `irlbayes check`.
    """

    table: str
    name: str
    scales: tuple[str, ...]
    priors: Mapping[str, Prior]
    source: str
    warnings: tuple[str, ...] = ()
    panel: bool = False

    @property
    def label(self) -> str:
        """How it is written."""
        return f"{self.table}: {self.name}" if self.name else self.table


@dataclass(frozen=True)
class Size:
    """How a number becomes a prior of mu: ``center`` is ``null`` or ``delta``; ``beyond`` the share past the other."""

    center: str
    beyond: float


@dataclass(frozen=True)
class PriorTable:
    """One file of `models/priors/`; it has entries, or a size."""

    name: str
    title: str
    source: str
    why: str
    warnings: tuple[str, ...]
    entries: tuple[Entry, ...]
    size: Size | None


@cache
def tables() -> Mapping[str, PriorTable]:
    """Return every table of `models/priors/` by name.

    Raises
    ------
    InputError
        With every problem of every file.

    Examples
    --------
    >>> len(tables()["turner2015"].entries)
    81
    """
    found, problems = files.read_all((folder("models") / "priors").glob("*.toml"), read_table)
    if problems:
        raise InputError(problems)
    return found


def read_table(path: Path) -> PriorTable:
    """Read and check one file of priors.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    file = str(path)
    content, problems = files.read(path, SCHEMA, "table of priors")
    for key in ("title", "source", "why"):
        if not content.get(key):
            problems.append(Problem(file, f"a table of priors has a {key}", "Add it."))
    if ("entries" in content) == ("size" in content):
        problems.append(Problem(file, "a table of priors has entries, or a size", "Keep one of them."))
    size = content.get("size")
    if size is not None and (size.get("center") not in ("null", "delta") or not 0.0 < size.get("beyond", 0.0) < 0.5):
        rule = 'a size has the center "null" or "delta", and a share beyond of more than 0 and less than 0.5'
        problems.append(Problem(file, rule, "Correct it.", value=str(size)))
    entries = []
    for number, raw in enumerate(content.get("entries", []), start=1):
        try:
            entries.append(_entry(content, raw, f"{file} entry {number}"))
        except InputError as error:
            problems += error.problems
    named = [(entry.name.lower(), scale) for entry in entries for scale in entry.scales]
    problems += [
        Problem(file, f"one entry of a name on the scale {scale}", "Rename or remove one.", value=name)
        for name, scale in dict.fromkeys(one for one in named if named.count(one) > 1)
    ]
    if problems:
        raise InputError(problems)
    return PriorTable(
        name=path.stem,
        title=str(content["title"]),
        source=str(content["source"]),
        why=str(content["why"]),
        warnings=tuple(content.get("warnings", ())),
        entries=tuple(entries),
        size=None if size is None else Size(str(size["center"]), float(size["beyond"])),
    )


def _entry(content: Mapping[str, Any], raw: Mapping[str, Any], where: str) -> Entry:
    """Read one entry, with what its table says of all and of its scale."""
    scales = tuple(raw.get("scales", content.get("scales", ())))
    problems = [
        Problem(where, f"scales are among {', '.join(SCALES)}", "Name them.", value=str(scale))
        for scale in [scale for scale in scales if scale not in SCALES] or ([] if scales else [""])
    ]
    name = str(raw.get("name", ""))
    if not any(key in raw for key in ROLES) or ("tau" in raw and "tau_squared" in raw):
        problems.append(Problem(where, "an entry has mu, tau or tau_squared", "Add one of them.", value=name))
    of_scale = [content.get("of_scale", {}).get(scale, {}) for scale in scales]
    sources = dict.fromkeys(str(one.get("source", content.get("source", ""))) for one in of_scale)
    own = [words for one in of_scale for words in one.get("warnings", ())]
    warnings = tuple(dict.fromkeys([*raw.get("warnings", ()), *own, *content.get("warnings", ())]))
    entry = Entry(str(content.get("name")), name, scales, {}, " ".join(sources), warnings, bool(raw.get("panel")))
    priors: dict[str, Prior] = {}
    for key in (key for key in ROLES if key in raw):
        try:
            priors[ROLES[key]] = _prior(entry, key, str(raw[key]), where)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return replace(entry, priors=priors)


def _prior(entry: Entry, key: str, printed: str, where: str) -> Prior:
    """Read one prior of an entry; what is printed for tau squared becomes exactly the prior of tau."""
    read = read_call(printed, ROLES[key], f"{where} {key}")
    words = entry.label
    if key == "tau_squared":
        read = of_tau(read, f"{where} {key}")
        words += f", {printed} on tau squared"
    return replace(read, reason=f"{words}. {entry.source}", warnings=entry.warnings)


def of_tau(prior: Prior, where: str) -> Prior:
    """Return the prior of tau that a prior of tau squared implies.

    Parameters
    ----------
    prior : Prior
        Of tau squared, of a family that is one of location and scale in the log.
    where : str
        What to name in messages.

    Raises
    ------
    InputError

    Notes
    -----
    log tau = log(tau squared) / 2, so that location and scale of the log halve.

    Examples
    --------
    >>> str(of_tau(Prior("log_normal", (-2.56, 1.74)), "here"))
    'log_normal(-1.28, 0.87)'
    """
    if prior.family not in HALVED:
        rule = f"a prior of tau squared is one of {', '.join(HALVED)}"
        raise InputError(Problem(where, rule, "Give the prior of tau itself.", value=str(prior)))
    names = FAMILIES[prior.family].parameters
    halved = (0.5 if name in HALVED[prior.family] else 1.0 for name in names)
    return replace(prior, parameters=tuple(one * half for one, half in zip(prior.parameters, halved, strict=True)))
