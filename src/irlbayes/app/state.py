"""What a page asks for, and what it is told: one function per wish, from what is in hand to what is in hand next."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from irlbayes import workflow, working
from irlbayes.app import telling
from irlbayes.core.errors import FitError, InputError, Problem
from irlbayes.core.types import EffectTable, ReportTable
from irlbayes.working import Answer, Session

LARGEST = 20_000_000  # bytes of a file
UNDOES = 50  # steps that can be taken back
Wish = Mapping[str, Any]


@dataclass(frozen=True)
class Work:
    """What one page has in hand.

    Parameters
    ----------
    session : Session or None
        None before anything is open.
    table : ReportTable or None
        None where the rows have problems.
    effects : EffectTable or None
        Of the outcome in hand; kept while only priors move.
    answer : Answer or None
    problems : tuple of Problem
        Of the rows.
    past : tuple of Session
        What was in hand before each change of the rows, latest last.
    book : bytes
        A spreadsheet with several sheets, as it came: another one can be chosen.
    """

    session: Session | None = None
    table: ReportTable | None = None
    effects: EffectTable | None = None
    answer: Answer | None = None
    problems: tuple[Problem, ...] = ()
    past: tuple[Session, ...] = ()
    book: bytes = field(default=b"", repr=False)


def begin(evidence: str, scale: str | None = None, sheet: str | None = None) -> Work:
    """Return what is in hand where evidence is named at the command line; arguments as of `working.open_place`.

    Raises
    ------
    InputError
        What cannot be opened.
    """
    session = working.open_place(evidence, scale, sheet)
    return Work(session, book=working.read_file(Path(evidence)) if len(session.rows.sheets) > 1 else b"")


def opened(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Validate what is newly in hand, and answer it; results as of `act`."""
    return _tried(work, lambda: _opened(work, wish))


def act(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Do what a page asks for.

    Parameters
    ----------
    work : Work
    wish : Mapping
        ``do`` names the wish, a key of `WISHES`; ``dark`` and ``wide`` say how pictures are drawn.

    Returns
    -------
    Work
        What is in hand next; as it was where the wish cannot be met.
    dict
        What the page is told, plain data: ``evidence`` and ``controls`` where they changed, ``answer``, ``said`` (what
        happened, in a sentence), ``refused`` (problems of the wish itself), ``saved`` (the text of a file).
    """
    name = wish.get("do")
    if not isinstance(name, str) or name not in WISHES:
        return work, {
            "refused": telling.problems([Problem("page", "a wish that the page has", "Load it again.")], None)
        }
    return _tried(work, lambda: WISHES[name](work, wish))


def _tried(work: Work, do: Callable[[], tuple[Work, dict[str, Any]]]) -> tuple[Work, dict[str, Any]]:
    """Do it, or say why it cannot be done, with everything as it was."""
    try:
        return do()
    except InputError as error:
        return work, {"refused": telling.problems(error.problems, work.session)}
    except FitError as error:
        return work, {"refused": telling.problems([_beyond(error)], work.session)}


def _beyond(error: FitError) -> Problem:
    fix = "Choose other priors here, or sample it at the command line: irlbayes analyze --engine nuts."
    return Problem("model", f"the exact engine cannot answer under it ({error})", fix)


# --- wishes -------------------------------------------------------------------------------------------------


def _bundled(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    return _opened(Work(working.open_bundled(_text(wish, "name"))), wish)


def _file(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    name, content = working.plain_name(_text(wish, "name")), wish.get("content")
    if not isinstance(content, str):
        raise InputError(Problem(name, "the content of a file", "Choose the file again."))
    if len(content) > LARGEST * 4 // 3 + 4:
        rule = f"a file of at most {LARGEST // 1_000_000} MB is read"
        raise InputError(Problem(name, rule, "Give the table of study results alone."))
    try:
        data = base64.b64decode(content, validate=True)
    except binascii.Error:
        raise InputError(Problem(name, "the content of a file", "Choose the file again.")) from None
    if data.lstrip()[:1] == b"{":
        return _opened(Work(working.reopen(data.decode("utf-8", "replace"), name)), wish)
    session = working.open_file(name, data)
    return _opened(Work(session, book=data if len(session.rows.sheets) > 1 else b""), wish)


def _opened(work: Work, wish: Wish, said: str = "is open") -> tuple[Work, dict[str, Any]]:
    after = _validated(work)
    name = _session(after).name
    return _answered(after, wish, f"{name} {said}. {telling.standing(after.table, after.problems)}")


def _sheet(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Read another sheet of the spreadsheet in hand: everything begins anew."""
    session, sheet = _session(work), _text(wish, "sheet")
    if not work.book:
        raise InputError(Problem(session.name, "a spreadsheet with several sheets", "Open it again.", value=sheet))
    chosen = working.open_file(session.name, work.book, session.scale, sheet)
    return _opened(Work(chosen, book=work.book), wish, f"is open at sheet {sheet}")


def _scale(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Say on which scale the effects of a plain table are; priors go back to those declared for it."""
    session = _session(work)
    chosen = replace(session, scale=_text(wish, "scale"), model="", prior_mu="", prior_tau="", thresholds=())
    return _opened(replace(work, session=chosen), wish, "is read again")


def _choose(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Choose the outcome, or the model: priors that were moved go back to those declared."""
    session, table = _in_hand(work)
    if "outcome" in wish:
        workflow.effect_table(table, _text(wish, "outcome"))  # refuses one that is none
        chosen = replace(session, outcome=_text(wish, "outcome"), model="", prior_mu="", prior_tau="", thresholds=())
    else:
        chosen = replace(session, model=_text(wish, "model"), prior_mu="", prior_tau="")
    return _answered(_pooled(replace(work, session=chosen)), wish)


def _priors(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Move the priors; only the fit is done again. A prior that is not named stays, an empty one is the declared."""
    session, table = _in_hand(work)
    moved = {name: _text(wish, name) for name in ("prior_mu", "prior_tau") if name in wish}
    chosen = replace(
        session,
        prior_mu=moved.get("prior_mu", session.prior_mu),
        prior_tau=moved.get("prior_tau", session.prior_tau),
    )
    told: dict[str, Any] = {}
    after = work
    if chosen != session or work.answer is None:  # a slider is released where it was answered already
        after = replace(work, session=chosen, answer=working.answer(chosen, table, work.effects))
        told["answer"] = telling.answer(after.answer, wish)
    if not wish.get("moving"):
        told["controls"] = telling.controls(chosen, table, after.effects)
    return after, told


def _threshold(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    session, table = _in_hand(work)
    value = telling.read_size(_text(wish, "value"), table.outcomes[session.outcome])
    kept = tuple(dict.fromkeys((*session.thresholds, value)))
    return _answered(replace(work, session=replace(session, thresholds=kept)), wish)


def _redraw(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    return work, {} if work.answer is None else {"answer": telling.answer(work.answer, wish)}


def _edit(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Write cells of one line."""
    session = _session(work)
    cells = wish.get("cells")
    if not isinstance(cells, Mapping) or not isinstance(wish.get("line"), int):
        raise InputError(Problem("page", "a line and its cells", "Load the page again."))
    after = session
    for column, value in cells.items():
        after = working.edit(after, int(wish["line"]), str(column), str(value))
    return _with_rows(work, after, wish, f"Line {wish['line']} is written.")


def _add(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Add a study; one that the rules refuse is not added."""
    session = _session(work)
    cells = wish.get("cells")
    if not isinstance(cells, Mapping):
        raise InputError(Problem("page", "the cells of a row", "Load the page again."))
    outcome = None if work.table is None else work.table.outcomes[session.outcome]
    after = working.add_row(session, {str(name): str(value) for name, value in cells.items()}, outcome)
    if work.table is not None:
        working.table_of(after)
    return _with_rows(work, after, wish, "The study is in.")


def _remove(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    session = _session(work)
    if not isinstance(wish.get("line"), int):
        raise InputError(Problem("page", "a line", "Load the page again."))
    return _with_rows(work, working.remove_row(session, int(wish["line"])), wish, f"Line {wish['line']} is out.")


def _undo(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    if not work.past:
        raise InputError(Problem("undo", "a change to take back", "Nothing was changed yet."))
    session = _session(work)
    kept = {name: getattr(session, name) for name in (*working.TEXTS, "thresholds")}
    before = replace(work.past[-1], **kept)
    after = _validated(replace(work, session=before, past=work.past[:-1]))
    return _compared(work, after, wish, "The last change is taken back.")


def _save(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    session = _session(work)
    stem = session.name.rsplit(".", 1)[0]
    return work, {"saved": {"name": f"{stem}.irlbayes.json", "type": "application/json", "text": working.save(session)}}


def _columns(work: Work, wish: Wish) -> tuple[Work, dict[str, Any]]:
    """Say which cells a report kind has, for the form of a new study."""
    session, table = _in_hand(work)
    return work, {"form": telling.form(session, table, _text(wish, "kind"))}


WISHES: Mapping[str, Callable[[Work, Wish], tuple[Work, dict[str, Any]]]] = {
    "bundled": _bundled,
    "file": _file,
    "sheet": _sheet,
    "scale": _scale,
    "choose": _choose,
    "priors": _priors,
    "threshold": _threshold,
    "redraw": _redraw,
    "edit": _edit,
    "add": _add,
    "remove": _remove,
    "undo": _undo,
    "save": _save,
    "columns": _columns,
}


# --- the report ---------------------------------------------------------------------------------------------


def wished_report(work: Work, wish: Wish) -> dict[str, Any] | Callable[..., dict[str, Any]]:
    """Return what makes the report of the outcome in hand, called with two callbacks, or why there is none.

    Parameters
    ----------
    work : Work
    wish : Mapping
        ``checks`` for one with every check and with selective reporting, which takes minutes.
    """
    try:
        session, table = _in_hand(work)
    except InputError as error:
        return {"refused": telling.problems(error.problems, work.session)}

    def make(progress: Callable[[str, int, int], None], pulse: Callable[[], None]) -> dict[str, Any]:
        from irlbayes.report.printing import html

        try:
            found = working.report(session, table, bool(wish.get("checks")), progress, pulse)
        except InputError as error:
            return {"report": "refused", "refused": telling.problems(error.problems, session)}
        content = html.write(found, progress)
        name = f"{session.name.rsplit('.', 1)[0]}-{session.outcome}.html"
        saved = {"name": working.plain_name(name), "type": "text/html", "text": content.decode()}
        return {"report": "done", "saved": saved, "said": f"The report is made: {name}"}

    return make


# --- what follows from what ---------------------------------------------------------------------------------


def _with_rows(work: Work, session: Session, wish: Wish, said: str) -> tuple[Work, dict[str, Any]]:
    assert work.session is not None
    past = (*work.past, work.session)[-UNDOES:]
    return _compared(work, _validated(replace(work, session=session, past=past)), wish, said)


def _compared(before: Work, after: Work, wish: Wish, said: str) -> tuple[Work, dict[str, Any]]:
    """Answer, and set the answer beside the one before where both are of the same outcome."""
    after, told = _answered(after, wish, f"{said} {telling.standing(after.table, after.problems)}")
    if before.answer is not None and after.answer is not None:
        told["compared"] = telling.compared(before.answer, after.answer)
    return after, told


def _validated(work: Work) -> Work:
    """Validate the rows in hand, and pool them where they are valid."""
    assert work.session is not None
    try:
        table = working.table_of(work.session)
    except InputError as error:
        return replace(work, table=None, effects=None, answer=None, problems=error.problems)
    session = working.settled(work.session, table)
    return _pooled(replace(work, session=session, table=table, problems=()))


def _pooled(work: Work) -> Work:
    session, table = _in_hand(work)
    return replace(work, effects=workflow.effect_table(table, session.outcome), answer=None)


def _answered(work: Work, wish: Wish, said: str = "") -> tuple[Work, dict[str, Any]]:
    """Answer what is in hand, or say why it cannot be; the rest of the page is told either way."""
    session = _session(work)
    told: dict[str, Any] = {"evidence": telling.evidence(session, work.table, work.problems, bool(work.past))}
    if said:
        told["said"] = said
    if work.table is None:
        return work, {**told, "answer": None}
    told["controls"] = telling.controls(session, work.table, work.effects)
    try:
        found = working.answer(session, work.table, work.effects)
    except InputError as error:
        return replace(work, answer=None), {
            **told,
            "answer": None,
            "refused": telling.problems(error.problems, session),
        }
    except FitError as error:
        refused = telling.problems([_beyond(error)], session)
        return replace(work, answer=None), {**told, "answer": None, "refused": refused}
    return replace(work, answer=found), {**told, "answer": telling.answer(found, wish)}


def _session(work: Work) -> Session:
    if work.session is None:
        raise InputError(Problem("page", "evidence that is open", "Open the bundled evidence or a file first."))
    return work.session


def _in_hand(work: Work) -> tuple[Session, ReportTable]:
    session = _session(work)
    if work.table is None:
        raise InputError(Problem(session.name, "rows without problems", "Mend the cells that are listed first."))
    return session, work.table


def _text(wish: Wish, name: str) -> str:
    value = wish.get(name, "")
    if not isinstance(value, str):
        raise InputError(Problem("page", f"text for {name}", "Load the page again.", value=json.dumps(value)[:60]))
    return value
