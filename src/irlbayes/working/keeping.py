"""Evidence in hand as a file, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from irlbayes import __version__
from irlbayes.core.errors import InputError, Problem
from irlbayes.data import evidence as evidence_data
from irlbayes.data.declared import BESIDE, DECLARATION, PUBLISHED
from irlbayes.data.files import RawTable
from irlbayes.working.hand import Session, plain_name

SCHEMA = "irlbayes/session/1"
LONGEST = 10_000  # characters of a cell
TEXTS = ("outcome", "model", "prior_mu", "prior_tau", "scale")


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
        "texts": dict(session.texts),
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
    >>> from irlbayes.working.hand import open_bundled
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
        added=tuple(content.get("added") or ()), texts=dict(content.get("texts") or {}))  # fmt: skip


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
        "texts": (_texts(content.get("texts") or {}), f"the text of {DECLARATION}, and of files beside it"),
        "added": (
            isinstance(content.get("added") or [], list) and all(map(_whole, content.get("added") or [])),
            "lines that were added",
        ),
        "thresholds": (_numbers(content.get("thresholds") or []), "finite numbers"),
    }
    return found + [(key, rule) for key, (passed, rule) in checks.items() if not passed]


def _texts(value: Any) -> bool:
    known = {DECLARATION, PUBLISHED, *BESIDE}
    return value == {} or (
        isinstance(value, dict) and DECLARATION in value and known >= set(value) and all(map(_is_text, value.values()))
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) for value in values
    )
