"""A ledger as a whole: verified, compared with another, and taken to text and back."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from irlbayes import drafting, standing, telling
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.recorded import Difference, Verified
from irlbayes.core.types import ReportTable
from irlbayes.knowing import said
from irlbayes.ledger import checking, exchange, store
from irlbayes.standing import Standing

AGREE, SMALLEST = 1e-6, 1e-300  # of an interval's width, by which recomputed numbers may differ


def verify(path: str | Path, head: str = "", recompute: bool = False) -> Verified:
    """Check a ledger: every byte, every entry, and on request every number that it says last.

    Parameters
    ----------
    path : str or Path
    head : str
        Hash of an entry that was published; an entry with it must be there.
    recompute : bool
        Whether every outcome of the exact engine is pooled again from the rows in force, and compared with what the
        ledger says of it.

    Raises
    ------
    InputError
        No such file. Whatever is wrong inside it is in the answer.
    """
    found = checking.verify(Path(path), head or None)
    problems = [fault.problem(str(path)) for fault in found.problems]
    names: tuple[str, ...] = ()
    if recompute and not problems:
        here = standing.at(path)
        names = tuple(name for name, told in here.said.items() if told.get("engine", "exact") == "exact")
        problems += [problem for name in names for problem in _differing(name, here)]
    last = found.head
    return Verified(found.count, last.sha256 if last else "", last.at if last else "", tuple(problems), names)


def export(path: str | Path, out: Path | IO[bytes]) -> int:
    """Write a ledger as JSON Lines, and return how many entries it has.

    Parameters
    ----------
    path : str or Path
    out : Path or binary file

    Raises
    ------
    InputError
        A ledger that does not verify, or a file that cannot be written.
    """
    return exchange.export(Path(path), out)


def load(source: str | Path, path: str | Path) -> ReportTable:
    """Write a new ledger from JSON Lines, once its chain and every row in force were found to hold.

    Parameters
    ----------
    source : str or Path
        A file that `export` wrote.
    path : str or Path
        The new ledger.

    Raises
    ------
    InputError
        With every problem found; nothing was written.
    """
    try:
        with Path(source).open("rb") as lines:
            entries = exchange.read(lines, str(source))
    except OSError as error:
        rule = f"a file that can be read: {error.strerror or error}"
        raise InputError(Problem(str(source), rule, "Check the path.")) from None
    found = standing.table(standing.stand(str(path), entries))
    store.write(Path(path), entries)
    return found


def difference(
    path: str | Path, first: int | None = None, second: int | None = None, other: str | Path | None = None
) -> Difference:
    """Return what changed between two entries of a ledger, or between two ledgers.

    Parameters
    ----------
    path : str or Path
    first, second : int, optional
        Entries; the last by default.
    other : str or Path, optional
        Another ledger, in which ``second`` is.

    Raises
    ------
    InputError
        No such ledger or entry.
    """
    states = [standing.at(one, number) for one, number in ((path, first), (other or path, second))]
    words = [f"{Path(one.path).name}, entry {one.count} ({one.head[:12]})" for one in states]
    return telling.difference(states[0], states[1], (words[0], words[1]))


def _differing(name: str, here: Standing) -> list[Problem]:
    """Return where what a ledger says of an outcome is not what its rows in force give."""
    outcome, told = here.outcomes[name], here.said[name]
    track = drafting.pooled(name, here)
    found = said(track.known, outcome, len(track.speaks), track.model, told["level"], ())
    wrong = []
    for part, keys in (("mu", ("mean", "sd", "median", "ci_low", "ci_high")), ("tau", ("median", "ci_low", "ci_high"))):
        if (part in told) != (part in found):
            wrong.append(f"{part} is {'there' if part in told else 'missing'}")
            continue
        if part not in told:
            continue
        unit = max(abs(told[part]["ci_high"] - told[part]["ci_low"]), SMALLEST)
        pairs = [(f"{part} {key}", told[part][key], found[part][key]) for key in keys]
        wrong += [f"{what} {one} instead of {other}" for what, one, other in pairs if _apart(one, other, unit)]
    if told["k"] != found["k"]:
        wrong.append(f"{told['k']} studies instead of {found['k']}")
    place = f"{here.path}, entry {here.touched[name]}"
    fix = "See whether another version wrote it: irlbayes ledger show says which."
    return [Problem(place, f"what is said of {name} follows from the rows in force: {one}", fix) for one in wrong]


def _apart(one: float | None, other: float | None, unit: float) -> bool:
    return (one is None) != (other is None) or (
        one is not None and other is not None and abs(one - other) > AGREE * unit
    )
