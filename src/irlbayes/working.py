"""An evidence base in hand: its rows as text, mended and added to, under priors that move; saved as a file."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

from irlbayes import __version__, reporting, workflow
from irlbayes.answering import ask, result
from irlbayes.core import priors
from irlbayes.core.answers import Evidence, Result
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.pages import Page
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Column, EffectTable, Outcome, ReportTable, Threshold
from irlbayes.data import evidence as evidence_data
from irlbayes.data.derive import INPUTS
from irlbayes.data.files import BLANK, LARGEST, RawTable, read_bytes, read_table
from irlbayes.data.rename import rename
from irlbayes.data.reports import BOOKKEEPING, vocabulary
from irlbayes.data.sources import read_source
from irlbayes.effects import table as effects_table
from irlbayes.models import library
from irlbayes.models.declare import declarations

SCHEMA = "irlbayes/session/1"
LEVEL = 0.95
LONGEST = 10_000  # characters of a cell
TEXTS = ("outcome", "model", "prior_mu", "prior_tau", "scale")
REACH = 3.0  # of the declared prior's scale, that a mean can be moved either way
FACTORS = (1.0 / 16.0, 8.0)  # of the declared prior's scale, that a scale can be moved to


@dataclass(frozen=True)
class Session:
    """What a person has in hand.

    Parameters
    ----------
    name : str
        Of the evidence, to show; never a path.
    base : str
        Bundled evidence base whose declarations hold for the rows; empty for a file.
    rows : RawTable
        The rows as text, as they stand in the file, with what was changed.
    digest : str
        Hash of what was read, and of the rows once they are changed.
    outcome : str
        Empty for the first.
    model, prior_mu, prior_tau, scale : str
        As for `workflow.load_model` and `workflow.read_reports`; empty for the default.
    thresholds : tuple of float
        Sizes of effect beside the declared ones, on the scale of pooling.
    added : tuple of int
        Lines that were not in the file.
    """

    name: str
    base: str
    rows: RawTable
    digest: str
    outcome: str = ""
    model: str = ""
    prior_mu: str = ""
    prior_tau: str = ""
    scale: str = ""
    thresholds: tuple[float, ...] = ()
    added: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What is said of one outcome, and what its forest holds."""

    result: Result
    forest: Evidence


# --- opening and changing -----------------------------------------------------------------------------------


def open_bundled(name: str = "irl") -> Session:
    """Take a bundled evidence base in hand.

    Parameters
    ----------
    name : str

    Raises
    ------
    InputError
        There is none of that name.

    Examples
    --------
    >>> session = open_bundled()
    >>> session.base, len(session.rows.rows)
    ('irl', 140)
    """
    folders = evidence_data.bundled()
    refuse_unknown("evidence", [name], folders, "a bundled evidence base")
    path = folders[name]
    rows = read_table(path / evidence_data.ROWS, evidence_data.ROWS)
    return Session(name, name, rows, evidence_data.folder_digest(path))


def bundled() -> list[str]:
    """Return the names of the bundled evidence bases."""
    return list(evidence_data.bundled())


def read_file(path: Path) -> bytes:
    """Read a file whole.

    Raises
    ------
    InputError
        What is not there, a folder, or too large.
    """
    return read_bytes(path)


def open_file(name: str, content: bytes, scale: str = "", sheet: str | None = None) -> Session:
    """Take a file in hand: CSV, XLSX or RevMan 5, by its content.

    Parameters
    ----------
    name : str
        What the file is called, for messages alone: no path is made of it.
    content : bytes
    scale, sheet : str
        As for `workflow.read_reports`.

    Returns
    -------
    Session
        Its rows are not validated yet; `table_of` does.

    Raises
    ------
    InputError
        What cannot be read as a table. The content is kept in a folder of its own while it is read, and no longer.
    """
    shown = plain_name(name)
    if len(content) > LARGEST:
        rule = f"a file of at most {LARGEST // 1_000_000} MB is read"
        fix = "Give the table of study results alone."
        raise InputError(Problem(shown, rule, fix, value=f"{len(content) / 1e6:.0f} MB"))
    with tempfile.TemporaryDirectory(prefix="irlbayes-") as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        try:
            rows, digest = read_source(path, sheet)
        except InputError as error:
            raise InputError([_renamed(problem, str(path), shown) for problem in error.problems]) from None
    rows = replace(
        rows,
        file=rows.file.replace(str(path), shown),
        problems=tuple(_renamed(problem, str(path), shown) for problem in rows.problems),
    )
    return Session(shown, "", rows, digest, scale=scale)


def plain_name(name: str) -> str:
    r"""Return the last part of a file's name without what is not printed, to show.

    Examples
    --------
    >>> plain_name("..\\..\\etc/passwd"), plain_name("a\x00b.csv"), plain_name("/")
    ('passwd', 'ab.csv', 'table')
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in last if letter.isprintable())[:100].strip(". ")
    return shown or "table"


def _renamed(problem: Problem, path: str, shown: str) -> Problem:
    return replace(
        problem,
        file=problem.file.replace(path, shown),
        rule=problem.rule.replace(path, shown),
        fix=problem.fix.replace(path, shown),
    )


def table_of(session: Session) -> ReportTable:
    """Validate the rows in hand.

    Parameters
    ----------
    session : Session

    Returns
    -------
    ReportTable

    Raises
    ------
    InputError
        With every problem found, each with line, column, value, rule and fix.

    Examples
    --------
    >>> len(table_of(open_bundled()).reports)
    140
    """
    kinds = effects_table.kinds()
    if session.base:
        path = evidence_data.bundled()[session.base]
        lines = [cells for line, cells in session.rows.rows if line in session.added and "study" in cells]
        new = {cells["study"]: cells.get("cohort", cells["study"]) for cells in lines}
        return workflow.held(evidence_data.folder_of_rows(path, kinds, session.rows, session.digest, new))
    refuse_unknown("scale", [session.scale] if session.scale else [], SCALES)
    name = session.name.rsplit(".", 1)[0]
    given = (session.name, session.name, session.digest, session.scale or None)
    return workflow.held(evidence_data.table_of_rows(session.rows, kinds, name, *given))


def edit(session: Session, line: int, column: str, value: str) -> Session:
    """Write a cell.

    Parameters
    ----------
    session : Session
    line : int
        Of the file, as messages count.
    column : str
        As it stands in the header, or our name for it.
    value : str
        Empty to clear the cell.

    Raises
    ------
    InputError
        No such cell, or a text too long for one.
    """
    known = names(session)
    where = column if column in session.rows.header else known.get(column, "")
    if line not in {number for number, _ in session.rows.rows} or not where:
        raise InputError(
            Problem(
                session.rows.file, "a cell of the table", "Choose a line and a column that are there.", line, column
            )
        )
    _refuse_long(session, {column: value}, line)
    rows = tuple(
        (number, _with(cells, where, value) if number == line else cells) for number, cells in session.rows.rows
    )
    return _changed(session, rows, session.rows.header, (line, where))


def add_row(session: Session, cells: Mapping[str, str], outcome: Outcome | None = None) -> Session:
    """Add a row at the end.

    Parameters
    ----------
    session : Session
    cells : Mapping
        Filled cells under our names or the file's; what a row of the evidence base must have beside them is filled in:
        the outcome in hand, ``use`` primary, ``cohort`` the study, ``id`` study and outcome.
    outcome : Outcome, optional
        Whose first contrast, and first measure where only these are pooled, the row has unless it says another.

    Raises
    ------
    InputError
        A column that there is none of, a text too long for a cell, or no cell at all.
    """
    filled = {name: value.strip() for name, value in cells.items() if value.strip() not in BLANK}
    known = {**vocabulary(effects_table.kinds())}
    refuse_unknown("a new row", filled, [*session.rows.header, *known], "a column")
    if not filled:
        raise InputError(Problem("a new row", "a row has cells", "Fill at least the study and what it reports."))
    _refuse_long(session, filled, None)
    study = filled.get("study", "")
    header_names = names(session)
    defaults = {"outcome": session.outcome}
    if session.base:
        defaults |= {"cohort": study, "use": "primary", "id": f"{study}.{session.outcome}"}
        if outcome is not None:
            defaults["contrast"] = next(iter(outcome.contrasts), "")
            defaults["instrument"] = outcome.instruments[0] if outcome.only_instruments else ""
            defaults["unit"] = outcome.unit
    for name, value in defaults.items():
        if value and (session.base or name in header_names):
            filled.setdefault(name, value)
    row = {name if name in session.rows.header else header_names.get(name, name): v for name, v in filled.items()}
    header = (*session.rows.header, *(name for name in row if name not in session.rows.header))
    line = max((number for number, _ in session.rows.rows), default=1) + 1
    after = _changed(session, (*session.rows.rows, (line, row)), header)
    return replace(after, added=(*session.added, line))


def remove_row(session: Session, line: int) -> Session:
    """Take a row out.

    Parameters
    ----------
    session : Session
    line : int
        Of the file, as messages count.
    """
    rows = tuple(row for row in session.rows.rows if row[0] != line)
    if len(rows) == len(session.rows.rows):
        raise InputError(Problem(session.rows.file, "a line of the table", "Choose a line that is there.", line))
    after = _changed(session, rows, session.rows.header)
    return replace(after, added=tuple(one for one in session.added if one != line))


def names(session: Session) -> dict[str, str]:
    """Return the header's name of each of our columns that the rows have."""
    if session.base:
        return {name: name for name in session.rows.header}
    renamed, problems = rename(session.rows, [*vocabulary(effects_table.kinds()), *INPUTS])
    if problems or len(renamed.header) != len(session.rows.header):
        return {name: name for name in session.rows.header}
    return dict(zip(renamed.header, session.rows.header, strict=True))


def _with(cells: Mapping[str, str], column: str, value: str) -> dict[str, str]:
    kept = {name: cell for name, cell in cells.items() if name != column}
    return kept if value.strip() in BLANK else {**kept, column: value.strip()}


def _refuse_long(session: Session, cells: Mapping[str, str], line: int | None) -> None:
    rule, fix = f"a cell has at most {LONGEST} characters", "Shorten it."
    long = [
        Problem(session.rows.file, rule, fix, line, name, value)
        for name, value in cells.items()
        if len(value) > LONGEST
    ]
    if long:
        raise InputError(long)


def _changed(
    session: Session,
    rows: tuple[tuple[int, dict[str, str]], ...],
    header: tuple[str, ...],
    cell: tuple[int, str] | None = None,
) -> Session:
    """Return a session with other rows, and a hash that says so; what was known of a written cell is forgotten."""
    table = replace(
        session.rows,
        header=header,
        rows=rows,
        stored=session.rows.stored - ({cell} if cell else set()),
        problems=tuple(one for one in session.rows.problems if (one.row, one.column) != cell),
    )
    content = json.dumps([header, rows], sort_keys=True).encode()
    return replace(session, rows=table, digest=sha256(content).hexdigest())


# --- answering ----------------------------------------------------------------------------------------------


def settled(session: Session, table: ReportTable) -> Session:
    """Return a session with an outcome of its table: its own where it is there, else the first that can be pooled."""
    if session.outcome in table.outcomes:
        return session
    first = next((name for name in table.outcomes if workflow.effect_table(table, name).studies), "")
    return replace(session, outcome=first or next(iter(table.outcomes), ""))


def model_of(session: Session, table: ReportTable) -> ModelSpec:
    """Return the model in hand.

    Raises
    ------
    InputError
        As of `workflow.load_model`.
    """
    chosen = (session.model or None, session.prior_mu or None, session.prior_tau or None)
    return workflow.load_model(table.outcomes[session.outcome], *chosen)


def answer(session: Session, table: ReportTable, effects: EffectTable | None = None) -> Answer:
    """Answer the outcome in hand.

    Parameters
    ----------
    session : Session
    table : ReportTable
        Of `table_of`.
    effects : EffectTable, optional
        Of `workflow.effect_table` for the outcome; made where it is not given. Only the rows change it, no prior does.

    Returns
    -------
    Answer
        The same numbers as `workflow.analyze` finds for the model.

    Raises
    ------
    InputError, FitError
        As of `workflow.fit`, with the exact engine alone: nothing here takes longer than a hand on a slider.

    Examples
    --------
    >>> session = open_bundled()
    >>> table = table_of(session)
    >>> found = answer(settled(session, table), table)
    >>> found.result.posterior.engine, found.forest.question
    ('exact', 'forest')
    """
    pooled = workflow.effect_table(table, session.outcome) if effects is None else effects
    if not pooled.studies:
        why = effects_table.why_empty(pooled, "primary")
        raise InputError(Problem(session.outcome, why, "Choose another outcome, or add a study."))
    posterior = workflow.fit(pooled, model_of(session, table), engine="exact")
    extra = tuple(Threshold(value, "given", "given with this analysis") for value in session.thresholds)
    thresholds = (*table.outcomes[session.outcome].thresholds, *extra)
    found = result(posterior, LEVEL, thresholds, without=("shrinkage",))  # the forest holds the same, and its curves
    return Answer(found, ask(posterior, "forest", LEVEL))


def models_for(table: ReportTable, outcome: str) -> list[str]:
    """Return the declared models of an outcome's scale and unit."""
    one = table.outcomes[outcome]
    return [
        name
        for name, declared in declarations().items()
        if one.scale in declared.scales and declared.unit in ("", one.unit)
    ]


def kinds() -> list[str]:
    """Return the names of the report kinds."""
    return list(effects_table.kinds())


def cells_of(kind: str, outcome: Outcome) -> list[tuple[Column, bool]]:
    """Return the cells of a row of a report kind, and whether each must be filled.

    Parameters
    ----------
    kind : str
    outcome : Outcome
        Where a printed number needs its scale, that of the outcome is usual.

    Raises
    ------
    InputError
        No such kind.

    Examples
    --------
    >>> outcome = Outcome("relapse", "Relapse", "log_or", 0.0, "+")
    >>> [column.name for column, needed in cells_of("counts", outcome) if needed]
    ['study', 'ai', 'n1i', 'ci', 'n2i']
    """
    known = effects_table.kinds()
    refuse_unknown("report", [kind], known, "a report kind")
    columns = {column.name: (column, True) for column in known[kind].COLUMNS}
    columns |= {column.name: (column, False) for column in known[kind].OPTIONAL if column.name not in columns}
    study = next(column for column in BOOKKEEPING if column.name == "study")
    return [(study, True), *(pair for name, pair in columns.items() if name != "study")]


def library_for(table: ReportTable, outcome: str) -> dict[str, list[str]]:
    """Return the priors of the library for an outcome, by role, as they are written."""
    scale = table.outcomes[outcome].scale
    return {role: [one for one in library.fitting(role, scale) if "(delta)" not in one] for role in ("mu", "tau")}


def reach(session: Session, table: ReportTable, effects: EffectTable) -> dict[str, tuple[float, float]]:
    """Return how far the numbers of the priors can be moved.

    Parameters
    ----------
    session : Session
    table : ReportTable
    effects : EffectTable
        Where no model is declared for the scale, the widest report is the measure.

    Returns
    -------
    dict
        ``mean``, ``sd`` and ``tau``: lowest and highest, on the scale of pooling.
    """
    try:
        declared = model_of(replace(session, prior_mu="", prior_tau=""), table)
        middle = declared.mu.parameters[0] if declared.mu.family == "normal" else 0.0
        wide, narrow = priors.scale(declared.mu), priors.scale(declared.tau)
    except InputError:
        sizes = [abs(one.yi) + 2.0 * one.sei for one in effects.studies if one.yi is not None and one.sei is not None]
        middle, wide = 0.0, max(sizes, default=1.0)
        narrow = wide / 2.0
    low, high = FACTORS
    return {
        "mean": (middle - REACH * wide, middle + REACH * wide),
        "sd": (low * wide, high * wide),
        "tau": (low * narrow, high * narrow),
    }


def report(
    session: Session, table: ReportTable, checks: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> Page:
    """Return the report of the outcome in hand.

    Parameters
    ----------
    session : Session
    table : ReportTable
        Of `table_of`.
    checks : bool
        Whether with every check, and under models of selective reporting; minutes, not seconds.
    progress : callable, optional
        Called with what is done, its number and the number of steps; what it raises ends the work.

    Raises
    ------
    InputError
        As of `reporting.report`.
    """
    return reporting.report(
        table,
        outcomes=[session.outcome],
        checks=checks,
        bias=checks,
        progress=progress,
        command=command(session),
        model=session.model or None,
        prior_mu=session.prior_mu or None,
        prior_tau=session.prior_tau or None,
        thresholds=session.thresholds,
    )


def command(session: Session) -> str:
    """Return the command line that answers the same, from the rows as they are saved.

    Examples
    --------
    >>> command(replace(open_bundled(), outcome="relapse", prior_tau="half_normal(1)"))
    "irlbayes analyze irl --outcome relapse --prior-tau 'half_normal(1)'"
    """
    words = ["irlbayes", "analyze", session.name, "--outcome", session.outcome]
    for option in ("scale", "model", "prior_mu", "prior_tau"):
        if getattr(session, option):
            words += [f"--{option.replace('_', '-')}", getattr(session, option)]
    for value in session.thresholds:
        words += ["--threshold", f"{value!r}"]
    return shlex.join(words)


# --- a file -------------------------------------------------------------------------------------------------


def save(session: Session) -> str:
    """Return a session as the text of a JSON file.

    Parameters
    ----------
    session : Session
    """
    rows = session.rows
    content = {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "name": session.name,
        "base": session.base or None,
        "sha256": session.digest,
        **{name: getattr(session, name) or None for name in TEXTS},
        "thresholds": list(session.thresholds),
        "added": list(session.added),
        "file": rows.file,
        "header": list(rows.header),
        "rows": [[line, cells] for line, cells in rows.rows],
        "notes": list(rows.notes),
        "stored": sorted([line, column] for line, column in rows.stored),
        "scales": dict(rows.scales),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def reopen(text: str, name: str = "session") -> Session:
    """Read a session back.

    Parameters
    ----------
    text : str
        Of `save`.
    name : str
        To name in messages.

    Raises
    ------
    InputError
        What is not a session, with every problem found.

    Examples
    --------
    >>> session = open_bundled()
    >>> reopen(save(session)) == session
    True
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        rule = f"a session saved by irlbayes app, of the schema {SCHEMA}"
        raise InputError(Problem(name, rule, "Give the file that was saved, or open a table in its own place."))
    problems = [Problem(name, rule, "Save the session again.", column=key) for key, rule in _broken(content)]
    bases = [content.get("base")] if isinstance(content.get("base"), str) else []
    problems += [
        Problem(
            name, "a bundled evidence base", "Open it with the version that saved it.", column="base", value=str(base)
        )
        for base in bases
        if base not in evidence_data.bundled()
    ]
    if problems:
        raise InputError(problems)
    rows = RawTable(
        plain_name(content["file"]),
        tuple(content["header"]),
        tuple((line, dict(cells)) for line, cells in content["rows"]),
        tuple(content.get("notes") or ()),
        stored=frozenset((line, column) for line, column in content.get("stored") or ()),
        scales=dict(content.get("scales") or {}),
    )
    texts = {key: content.get(key) or "" for key in TEXTS}
    base = content.get("base") or ""
    thresholds = tuple(float(value) for value in content.get("thresholds") or ())
    return Session(plain_name(content["name"]), base, rows, content["sha256"], **texts, thresholds=thresholds,
        added=tuple(content.get("added") or ()))  # fmt: skip


def _broken(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the keys of a saved session that are not as they are saved, each with its rule."""

    def words(values: Any) -> bool:
        return isinstance(values, list) and all(isinstance(value, str) and len(value) <= LONGEST for value in values)

    def cells(row: Any) -> bool:
        return (
            isinstance(row, list)
            and len(row) == 2
            and _whole(row[0])
            and isinstance(row[1], dict)
            and set(row[1]) <= set(header)
            and words(list(row[1].values()))
        )

    def pairs(values: Any) -> bool:
        return isinstance(values, list) and all(
            isinstance(one, list) and len(one) == 2 and _whole(one[0]) and isinstance(one[1], str) for one in values
        )

    given = content.get("header")
    header: list[str] = given if isinstance(given, list) and words(given) else []
    rows = content.get("rows")
    kept = isinstance(rows, list) and all(map(cells, rows)) and len({row[0] for row in rows}) == len(rows)
    optional: Sequence[str] = ("base", *TEXTS)
    found = [(key, "text") for key in ("name", "file", "sha256") if not isinstance(content.get(key), str)]
    found += [(key, "text, or nothing") for key in optional if not isinstance(content.get(key), str | None)]
    checks = {
        "header": (bool(header) and len(set(header)) == len(header), "names of columns, each once"),
        "rows": (kept, "a line number and cells under the header's names, each line once"),
        "notes": (words(content.get("notes") or []), "sentences"),
        "stored": (pairs(content.get("stored") or []), "lines and columns"),
        "scales": (
            isinstance(content.get("scales") or {}, dict) and words(list((content.get("scales") or {}).values())),
            "scales by outcome",
        ),
        "added": (
            isinstance(content.get("added") or [], list) and all(map(_whole, content.get("added") or [])),
            "lines that were added",
        ),
        "thresholds": (_numbers(content.get("thresholds") or []), "finite numbers"),
    }
    return found + [(key, rule) for key, (passed, rule) in checks.items() if not passed]


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) for value in values
    )
