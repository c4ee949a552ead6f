"""Columns under other names become ours: every renaming is said, and what could mean two things is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from irlbayes.core.errors import Problem
from irlbayes.data.aliases import AMBIGUOUS, INTERVAL, MEASURE_COLUMNS, MEASURES, Alias, known, plain
from irlbayes.data.files import RawTable

EVENTS = {"ai": "x1i", "ci": "x2i"}
EFFECTS = ("yi", "estimate")
UNCLEAR = {plain(entry.theirs): entry for entry in AMBIGUOUS}
BESIDE_EFFECT = ("se", "v")
COMPANY = {"ti": {"xi"}, "xi": {"ni", "ti"}, "ri": {"ni"}}
"""Names that are common words or letters are read only beside one of these."""


def rename(table: RawTable, ours: Collection[str]) -> tuple[RawTable, list[Problem]]:
    """Give a table our names for its columns, where it has others.

    A name of ours that is spelled exactly is that column; other names are compared without case, blanks,
    underscores, points and hyphens. A column whose name stands for one that is there already stays as it is.

    Parameters
    ----------
    table : RawTable
    ours : collection of str
        Our names for columns.

    Returns
    -------
    RawTable, list of Problem
        The table with our names, ``scale`` filled where a name says it, origins and notes; and names that two columns
        share or that could mean two things.

    Examples
    --------
    >>> table = RawTable("t.csv", ("studlab", "TE", "seTE"), ((2, {"studlab": "a", "TE": "0.1", "seTE": "0.2"}),))
    >>> rename(table, ("study", "yi", "sei"))[0].rows
    ((2, {'study': 'a', 'yi': '0.1', 'sei': '0.2'}),)
    """
    found, spelled = _found(table.header, ours)
    found, left = _without_those_there(found, spelled)
    targets = _in_context(
        {name: found[name].ours if name in found else name for name in table.header if name in spelled or name in found}
    )
    problems = _ambiguous(table, targets, spelled) + _twice(table, targets, spelled)
    if problems:
        return table, problems
    new = {name: target for name, target in targets.items() if target != name}
    notes = _notes(new, left)
    renamed = _renamed(table, new)
    scaled = _scaled(renamed, [found[name] for name in new if name in found], targets)
    return replace(scaled, notes=(*scaled.notes, *notes)), []


def _found(header: Collection[str], ours: Collection[str]) -> tuple[dict[str, Alias], list[str]]:
    """Return the columns that have one of our names under another spelling, and those spelled as ours."""
    exact = [name for name in header if name in ours]
    spellings = {plain(name): Alias("", name, name) for name in ours}
    aliases = known()
    found = {}
    for name in header:
        alias = None if name in exact else spellings.get(plain(name)) or aliases.get(plain(name))
        if alias is not None:
            found[name] = alias
    return found, exact


def _without_those_there(found: Mapping[str, Alias], spelled: Collection[str]) -> tuple[dict[str, Alias], list[str]]:
    """Leave a column alone where its name of ours stands in the header, spelled exactly."""
    there = {*spelled}
    if there & set(EFFECTS):
        there |= set(EFFECTS)
    left = [name for name, alias in found.items() if alias.ours in there]
    return {name: alias for name, alias in found.items() if name not in left}, left


def _in_context(targets: Mapping[str, str]) -> dict[str, str]:
    """Return what names that depend on their neighbors mean."""
    all_of = set(targets.values())
    result = dict(targets)
    person_time = bool(all_of & {"t1i", "t2i"})
    interval = bool({"ci_lb", "ci_ub"} <= all_of or "pval" in all_of) and not all_of & {"sei", "vi"}
    for name, target in targets.items():
        if name == target:
            continue
        if person_time and target in EVENTS:
            result[name] = EVENTS[target]
        elif interval and target == "yi":
            result[name] = "estimate"
        elif not _in_company(plain(name), target, all_of):
            del result[name]
    return result


def _in_company(word: str, target: str, there: set[str]) -> bool:
    """Whether a name that is read in company alone has it."""
    if word in ("x1", "x2"):  # else they could be moderators
        return {"n1i", "n2i"} <= there
    if word in BESIDE_EFFECT:
        return "yi" in there
    if target == "ni":
        return bool(there & {"xi", "ri"}) and not there & {"n1i", "n2i"}
    if target == "pval":  # an interval says more, and one row is one report
        return not {"estimate", "ci_lb", "ci_ub"} <= there
    return target not in COMPANY or bool(there & COMPANY[target])


def _ambiguous(table: RawTable, targets: Mapping[str, str], spelled: Collection[str]) -> list[Problem]:
    there = set(targets.values())
    problems = []
    for name in table.header:
        entry = UNCLEAR.get(plain(name))
        if entry is None or (name in spelled and plain(name) != "ci") or not _matters(table, name, there, targets):
            continue
        first = next((cells[name] for _, cells in table.rows if name in cells), "")
        problems.append(Problem(table.file, entry.rule, entry.fix, _first_line(table, name), name, first))
    return problems


def _first_line(table: RawTable, name: str) -> int | None:
    """Return the first line that fills a column."""
    return next((line for line, cells in table.rows if name in cells), None)


def _matters(table: RawTable, name: str, there: Collection[str], targets: Mapping[str, str]) -> bool:
    """Whether an ambiguous column could change what is read: nothing else says what it might."""
    word = plain(name)
    effect = ("yi" in there and bool({"sei", "vi"} & set(there))) or {"estimate", "ci_lb", "ci_ub"} <= set(there)
    groups = len({"n1i", "n2i"} & set(there))
    if word in ("n", "samplesize"):
        return groups == 1
    if word == "ci":
        interval = any(INTERVAL.match(cells[name]) for _, cells in table.rows if name in cells)
        return interval or ("ai" not in there and name != "ci" and not effect)
    if word in ("95%ci", "confidenceinterval"):
        return not effect and not {"ci_lb", "ci_ub"} & set(there)
    if word in ("sd", "mean") and groups:
        return not {"sd1i", "sd2i"} <= set(there) if word == "sd" else not {"m1i", "m2i"} <= set(there)
    arms = {"ai", "ci"} <= set(there) or {"m1i", "m2i"} <= set(there) or {"xi", "ni"} <= set(there)
    arms = arms or {"x1i", "x2i"} <= set(there) or {"median1i", "median2i"} <= set(there) or {"ri", "ni"} <= set(there)
    return not (effect or arms) and name not in targets


def _twice(table: RawTable, targets: Mapping[str, str], spelled: Collection[str]) -> list[Problem]:
    """Return a problem for every name of ours that two columns have."""
    by_target: dict[str, list[str]] = {}
    for name, target in targets.items():
        slot = "yi" if target == "estimate" and not set(EFFECTS) <= set(spelled) else target
        by_target.setdefault(slot, []).append(name)
    return [
        Problem(
            table.file,
            f"one column for {targets[names[0]]}; here are {' and '.join(repr(name) for name in names)}",
            f"Name the one that is meant {targets[names[0]]}, or remove the other.",
            None,
            names[-1],
        )
        for names in by_target.values()
        if len(names) > 1
    ]


def _notes(new: Mapping[str, str], left: Collection[str]) -> list[str]:
    notes = []
    if new:
        notes.append(f"columns under other names: {', '.join(f'{name!r} is {ours}' for name, ours in new.items())}")
    if left:
        notes.append(f"left as they are, since our names are there too: {', '.join(repr(name) for name in left)}")
    return notes


def _renamed(table: RawTable, new: Mapping[str, str]) -> RawTable:
    if not new:
        return table
    return replace(
        table,
        header=tuple(new.get(name, name) for name in table.header),
        rows=tuple((line, {new.get(name, name): cell for name, cell in cells.items()}) for line, cells in table.rows),
        stored=frozenset((line, new.get(name, name)) for line, name in table.stored),
        problems=tuple(replace(p, column=new.get(p.column, p.column)) for p in table.problems),
        origins={
            line: {
                **{new.get(name, name): words for name, words in table.origins.get(line, {}).items()},
                **{ours: f"column {name!r}" for name, ours in new.items() if ours in _ours(cells, new)},
            }
            for line, cells in table.rows
        },
    )


def _ours(cells: Mapping[str, str], new: Mapping[str, str]) -> set[str]:
    return {new.get(name, name) for name in cells}


def _scaled(table: RawTable, aliases: Collection[Alias], targets: Mapping[str, str]) -> RawTable:
    """Fill the ``scale`` cells where the name of the effect says the scale, or a column of measures does."""
    if "scale" in table.header:
        return table
    said = next((alias for alias in aliases if alias.scale), None)
    measure = next((name for name in table.header if plain(name) in MEASURE_COLUMNS), None)
    rows = []
    origins = {line: dict(words) for line, words in table.origins.items()}
    for line, cells in table.rows:
        filled = any(name in cells for name in EFFECTS)
        scale, words = "", ""
        if said is not None and filled:
            scale, words = said.scale, f"column {_column(said, targets)!r}"
        elif measure is not None and "yi" in cells:
            scale = MEASURES.get(cells.get(measure, "").upper(), "")
            words = f"column {measure!r}: {cells.get(measure, '')}"
        rows.append((line, {**cells, "scale": scale} if scale else cells))
        if scale:
            origins.setdefault(line, {})["scale"] = words
    if not any("scale" in cells for _, cells in rows):
        return table
    return replace(table, header=(*table.header, "scale"), rows=tuple(rows), origins=origins)


def _column(alias: Alias, targets: Mapping[str, str]) -> str:
    return next((name for name in targets if plain(name) == plain(alias.theirs)), alias.theirs)
