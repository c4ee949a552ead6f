"""A ledger as text: JSON Lines, one entry a line, whose bytes are the same from every copy of the ledger."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from irlbayes.core.errors import InputError, Problem
from irlbayes.ledger import refusals, store
from irlbayes.ledger.entries import RESTORE, Entry, canonical, faults, from_line, line, parsed

SCHEMA = "irlbayes/ledger/1"
MOST = 100  # problems that are listed


def lines(entries: Sequence[Entry]) -> Iterator[bytes]:
    """Yield a ledger line by line, from all its entries: the header, then each entry, each line with its end."""
    yield _line(canonical({"entries": len(entries), "head": entries[-1].sha256, "schema": SCHEMA}))
    for entry in entries:
        yield _line(line(entry))


def export(path: Path, out: Path | IO[bytes]) -> int:
    """Write a ledger as JSON Lines, whole or not at all, and return the number of entries.

    Parameters
    ----------
    path : Path
        A ledger.
    out : Path or binary file
        A file that is there already is replaced.

    Raises
    ------
    InputError
        A ledger whose chain does not hold, or a file that cannot be written.
    """
    with store.opened(path) as book:
        entries = list(book.entries())
        _refuse(str(path), [fault.problem(str(path)) for fault in faults(entries, checked=True)])
    content = b"".join(lines(entries))
    if isinstance(out, Path):
        _save(out, content)
    else:
        out.write(content)
    return len(entries)


def load(source: Iterable[bytes], path: Path, name: str = "JSON Lines") -> Entry:
    """Write a new ledger from JSON Lines, once their chain was found to hold, and return its head.

    Parameters
    ----------
    source : iterable of bytes
        Lines with their ends, as a file opened as binary gives them.
    path : Path
        The new ledger.
    name : str
        What the lines are called in a refusal.

    Raises
    ------
    InputError
        Each problem names its line; nothing was written.
    """
    entries = read(source, name)
    store.write(path, entries)
    return entries[-1]


def read(source: Iterable[bytes], name: str = "JSON Lines") -> list[Entry]:
    """Return the entries that JSON Lines hold, their chain checked; see `load`."""
    numbered = enumerate(source, start=1)
    _, first = next(numbered, (1, b""))
    header, problems = _header(first, name)
    entries: list[Entry] = []
    places: dict[int, int] = {}
    for number, text in numbered:
        try:
            entry = from_line(_whole(text))
        except ValueError as error:
            problems.append(Problem(name, f"not an entry in canonical JSON: {error}", RESTORE, row=number))
        else:
            entries.append(entry)
            places.setdefault(entry.number, number)
    if not problems:
        for fault in faults(entries):
            place = places.get(fault.entry or 0)
            problems.append(Problem(name, f"entry {fault.entry}: {fault.rule}", fault.fix, row=place))
        problems = problems or _whole_chain(header, entries, name)
    _refuse(name, problems)
    return entries


def _header(text: bytes, name: str) -> tuple[dict[str, Any], list[Problem]]:
    rule = f'a header with entries, head and schema, and the schema "{SCHEMA}"'
    try:
        content = parsed(_whole(text))
    except ValueError:
        content = None
    if isinstance(content, dict) and set(content) == {"entries", "head", "schema"} and content["schema"] == SCHEMA:
        return content, []
    found = content.get("schema") if isinstance(content, dict) else None
    fix = "Use the irlbayes that wrote it." if found else "Name a file that irlbayes ledger export wrote."
    return {}, [Problem(name, rule, fix, row=1, value=str(found or ""))]


def _whole_chain(header: dict[str, Any], entries: list[Entry], name: str) -> list[Problem]:
    """Check that the entries are all that the header promises."""
    if not entries:
        return [Problem(name, "a first entry", RESTORE, row=2)]
    if header["entries"] != len(entries) or header["head"] != entries[-1].sha256:
        rule = f"{header['entries']} entries, the last one with the hash {str(header['head'])[:12]}, as the header says"
        return [Problem(name, rule, RESTORE, row=len(entries) + 1, value=f"{len(entries)} entries")]
    return []


def _line(text: str) -> bytes:
    return text.encode() + b"\n"


def _whole(text: bytes) -> bytes:
    if not text.endswith(b"\n"):
        raise ValueError("the line has no end: the file is cut short")
    return text[:-1]


def _refuse(name: str, problems: list[Problem]) -> None:
    if len(problems) > MOST:
        problems = [*problems[:MOST], Problem(name, f"{len(problems) - MOST} more problems", RESTORE)]
    if problems:
        raise InputError(problems)


def _save(out: Path, content: bytes) -> None:
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.new")
    try:
        part.write_bytes(content)
        os.replace(part, out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise refusals.system(out, error) from None
