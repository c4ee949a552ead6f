"""Tables of Cochrane's data packages: the CSV of data rows, with the settings that lie beside it.

The columns are those of Cochrane's data package (`data-rows.csv` and `overall-estimates-and-settings.csv`,
documentation.cochrane.org, "Data package specification"; R package meta, `read.cdir`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from irlbayes.data.derive import shown
from irlbayes.data.files import RawTable
from irlbayes.data.measures import scale_of
from irlbayes.data.revman import peto
from irlbayes.data.rules import NUMBER

SIGNS = ("Analysis group", "Analysis number", "Study")
ROWS, SETTINGS = "data-rows.csv", "overall-estimates-and-settings.csv"
COUNTS = {"Experimental cases": "ai", "Experimental N": "n1i", "Control cases": "ci", "Control N": "n2i"}
MEANS = {
    "Experimental mean": "m1i",
    "Experimental SD": "sd1i",
    "Experimental N": "n1i",
    "Control mean": "m2i",
    "Control SD": "sd2i",
    "Control N": "n2i",
}
EFFECTS = {"GIV Mean": "yi", "GIV SE": "sei"}
COMPUTED = ("Mean", "CI start", "CI end", "Weight")
TYPES = {"dichotomous": "counts", "continuous": "means", "contrast level": "effect", "o-e and variance": "peto"}
HEADER = (
    *("id", "study", "cohort", "outcome", "use", "subgroup", "year", "ai", "n1i", "ci", "n2i"),
    *("m1i", "sd1i", "m2i", "sd2i", "yi", "sei", "scale"),
)


def is_cochrane(table: RawTable) -> bool:
    """Whether a table is one of Cochrane's data rows."""
    return set(SIGNS) <= set(table.header) and bool({*COUNTS, *EFFECTS} & set(table.header))


def settings_file(name: str) -> str:
    """Return the name of the settings that lie beside a file of data rows; empty where it has another name.

    Examples
    --------
    >>> settings_file("CD000001-data-rows.csv")
    'CD000001-overall-estimates-and-settings.csv'
    """
    return name.removesuffix(ROWS) + SETTINGS if name.endswith(ROWS) else ""


def read_cochrane(table: RawTable, settings: RawTable | None = None) -> RawTable:
    """Bring a table of Cochrane's data rows to our columns: every analysis is an outcome.

    Parameters
    ----------
    table : RawTable
        As it stands in the file.
    settings : RawTable, optional
        The settings of the analyses, which say the effect measure.

    Returns
    -------
    RawTable
        With the scale of every outcome whose settings say it.
    """
    known = {_analysis(cells): cells for _, cells in settings.rows} if settings is not None else {}
    outcomes = {line: _outcome(cells, known) for line, cells in table.rows}
    times = Counter((outcomes[line], cells.get("Study")) for line, cells in table.rows)
    rows, origins, left_out = [], {}, []
    for line, cells in table.rows:
        declared = known.get(_analysis(cells), {})
        scale = scale_of(declared.get("Effect measure", ""))
        made, words = _cells(cells, declared, scale)
        study, subgroup, outcome = cells.get("Study", ""), cells.get("Subgroup", ""), outcomes[line]
        if not made:
            left_out.append(f"{study} in {outcome}")
            continue
        cohort = f"{study} ({subgroup})" if subgroup and times[outcome, study] > 1 else study
        book = {"id": f"{outcome} / {line} {study}", "study": study, "cohort": cohort, "outcome": outcome}
        book |= {"use": "primary", "subgroup": subgroup, "year": cells.get("Study year", "")}
        rows.append((line, {name: cell for name, cell in (book | made).items() if cell}))
        origins[line] = {name: f"column {words[name]!r}" if words[name] in cells else words[name] for name in words}
    scales = {
        outcomes[line]: scale
        for line, cells in table.rows
        if (scale := scale_of(known.get(_analysis(cells), {}).get("Effect measure", "")))
    }
    notes = [f"Cochrane data rows with {len(set(outcomes.values()))} analyses", *_said(table, scales, left_out)]
    return replace(
        table,
        header=tuple(name for name in HEADER if any(name in cells for _, cells in rows)),
        rows=tuple(rows),
        notes=(*table.notes, *notes),
        origins=origins,
        stored=frozenset(),
        scales=scales,
    )


def _said(table: RawTable, scales: Mapping[str, str], left_out: list[str]) -> list[str]:
    notes = []
    computed = [name for name in COMPUTED if name in table.header]
    if computed:
        notes.append(f"columns that RevMan computed are not used: {', '.join(computed)}")
    if not scales:
        notes.append(f"the effect measures stand in {SETTINGS}, which does not lie beside the file")
    if left_out:
        notes.append(f"left out, since they hold no numbers of the groups and no effect: {', '.join(left_out)}")
    return notes


def _analysis(cells: Mapping[str, str]) -> tuple[str, str]:
    return cells.get("Analysis group", ""), cells.get("Analysis number", "")


def _outcome(cells: Mapping[str, str], known: Mapping[tuple[str, str], Mapping[str, str]]) -> str:
    group, number = _analysis(cells)
    label = cells.get("Analysis name") or known.get((group, number), {}).get("Analysis name", "")
    return f"{group}.{number} {label}".strip()


def _cells(cells: Mapping[str, str], declared: Mapping[str, str], scale: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cells under our names and where they come from: by the settings, or by what the row fills."""
    kind = TYPES.get(declared.get("Data type", "").lower(), "") or _guess(cells)
    if kind == "peto":
        made, words = peto(cells.get("O-E", ""), cells.get("Variance", ""), scale)
        return made or {}, words
    columns = {"counts": COUNTS, "means": MEANS, "effect": EFFECTS}.get(kind, {})
    if not all(theirs in cells for theirs in columns):
        return {}, {}
    made = {ours: cells[theirs] for theirs, ours in columns.items()}
    origins = {ours: theirs for theirs, ours in columns.items()}
    if kind == "effect":
        made["scale"] = scale
    if kind == "counts" and declared.get("Swap event and non-event", "").upper() == "TRUE":
        for events, size in (("ai", "n1i"), ("ci", "n2i")):
            if NUMBER.match(made[events]) and NUMBER.match(made[size]):
                value = shown(float(made[size]) - float(made[events]))
                origins[events] = f"events and non-events swapped: {made[size]} - {made[events]} = {value}"
                made[events] = value
    return made, origins


def _guess(cells: Mapping[str, str]) -> str:
    if all(name in cells for name in MEANS) and float_of(cells["Experimental SD"]) > 0:
        return "means"
    if all(name in cells for name in EFFECTS) and float_of(cells["GIV SE"]) > 0:
        return "effect"
    if float_of(cells.get("Variance", "")) > 0 and "O-E" in cells:
        return "peto"
    return "counts" if all(name in cells for name in COUNTS) else ""


def float_of(cell: str) -> float:
    """Return a cell as a number, 0 where it is none."""
    return float(cell) if NUMBER.match(cell) else 0.0
