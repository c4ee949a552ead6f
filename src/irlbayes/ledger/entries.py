"""An entry of the record, its canonical text, and the chain of hashes that entries make.

Each entry holds the SHA-256 of the one before it and of itself, so that whoever knows the last hash can tell whether
anything before it was changed, taken out or put in.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from irlbayes.core.errors import InputError, Problem

BEFORE_FIRST = "0" * 64  # what the first entry holds in place of the hash of one before it
FIELDS = ("at", "body", "kind", "number", "previous", "sha256")
TIME = "%Y-%m-%dT%H:%M:%SZ"
LISTED = 20  # missing entries named one by one
LONGEST_INTEGER = 4096  # bits: 1233 digits, of the 4300 that Python reads back


@dataclass(frozen=True)
class Entry:
    """One entry of a ledger.

    Parameters
    ----------
    number : int
        Place in the ledger, counted from 1.
    kind : str
        What the body is about; the composer gives it its meaning.
    at : str
        When it was appended: UTC, ISO 8601 to the second, as ``2026-11-15T08:30:00Z``.
    body : Mapping
        Plain JSON. A correction names the entry that it replaces: ``{"supersedes": 12, ...}``.
    previous : str
        `sha256` of the entry before it; 64 zeros for the first.
    sha256 : str
        SHA-256, in hexadecimal, of the canonical JSON of the other fields.
    """

    number: int
    kind: str
    at: str
    body: Mapping[str, Any]
    previous: str
    sha256: str


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a ledger.

    Parameters
    ----------
    entry : int or None
        Number of the entry, or None where the whole file is meant.
    rule : str
        What is wrong with it.
    fix : str
        What to do about it.
    """

    entry: int | None
    rule: str
    fix: str

    def problem(self, file: str) -> Problem:
        """Return the fault as a problem of a file."""
        return Problem(file if self.entry is None else f"{file}, entry {self.entry}", self.rule, self.fix)


RESTORE = "Take the ledger, or an export of it, from a copy that was made before."


def now() -> str:
    """Return the time as an entry holds it."""
    return datetime.now(UTC).strftime(TIME)


def canonical(content: Any) -> str:
    """Return the one JSON text of a content, the same on every machine.

    Parameters
    ----------
    content : mapping, sequence, str, int, float, bool or None
        Keys are text; floats are finite.

    Returns
    -------
    str
        Keys sorted by code point, no whitespace, no escapes but those JSON demands. A float is the shortest decimal
        that reads back as the same number.

    Raises
    ------
    InputError
        Something that JSON cannot hold; all such places at once.

    Examples
    --------
    >>> canonical({"tau": 0.1, "mu": [1, 1.0, None], "study": "Özturk"})
    '{"mu":[1,1.0,null],"study":"Özturk","tau":0.1}'
    """
    if _plain(content):
        with suppress(ValueError):  # not finite, or no Unicode: its place is looked for below
            text = written(content)
            text.encode()
            return text
    problems = [Problem("entry", rule, "Give plain JSON.", column=place) for place, rule in _unfit(content, "")]
    if problems:
        raise InputError(problems)
    return written(content)


def _plain(content: Any) -> bool:
    """Tell quickly whether a content is of the types that JSON has."""
    kind = type(content)
    if kind is dict:
        return all(type(key) is str for key in content) and all(map(_plain, content.values()))
    if kind is list or kind is tuple:
        return all(map(_plain, content))
    if kind is int:
        return bool(content.bit_length() <= LONGEST_INTEGER)
    return kind in (str, float, bool, type(None))


def parsed(text: str | bytes) -> Any:
    """Return what a canonical text holds.

    Raises
    ------
    ValueError
        Text that is not JSON, or that is not canonical: with a space, a repeated key, a number in another spelling.
    """
    try:
        content = json.loads(text)
        same = written(content)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    if same != (text if isinstance(text, str) else text.decode()):
        raise ValueError("JSON that is not in its canonical form")
    return content


def sealed(number: int, kind: str, at: str, body: Mapping[str, Any], previous: str) -> Entry:
    """Return an entry with its hash, its body as it will be read back.

    Examples
    --------
    >>> sealed(1, "note", "2026-11-15T08:30:00Z", {"text": "begun"}, BEFORE_FIRST).sha256[:12]
    '8b21118ff5d5'
    """
    text = canonical(body)
    return Entry(number, kind, at, json.loads(text), previous, digest(number, kind, at, text, previous))


def digest(number: int, kind: str, at: str, body: str, previous: str) -> str:
    """Return the SHA-256 of an entry: of the canonical JSON of its other fields.

    Parameters
    ----------
    body : str
        The canonical text of the body.
    """
    kind, at, previous = (canonical(text) for text in (kind, at, previous))
    whole = f'{{"at":{at},"body":{body},"kind":{kind},"number":{number},"previous":{previous}}}'
    return sha256(whole.encode()).hexdigest()


def line(entry: Entry) -> str:
    """Return an entry as one canonical line, without its end."""
    return written({name: getattr(entry, name) for name in FIELDS})


def from_line(text: str | bytes) -> Entry:
    """Return the entry that a line holds. Its hash is not checked: that is `faults`.

    Raises
    ------
    ValueError
        Text that is not an entry in canonical form; the message says what is wrong.
    """
    content = parsed(text)
    if not isinstance(content, dict) or set(content) != set(FIELDS):
        raise ValueError(f"not an object with {', '.join(FIELDS)}, and nothing else")
    wanted = {"number": int, "body": dict, "kind": str, "at": str, "previous": str, "sha256": str}
    for name, kind in wanted.items():
        if type(content[name]) is not kind:
            raise ValueError(f"{name} is not {'an object' if kind is dict else f'of type {kind.__name__}'}")
    return Entry(**content)


def faults(entries: Iterable[Entry], checked: bool = False) -> Iterator[Fault]:
    """Find what is wrong with a chain of entries.

    Parameters
    ----------
    entries : iterable of Entry
        In the order of the ledger, from the first.
    checked : bool
        Whether each was found to give its hash when it was read, as a `Book` does: then only the chain is left.

    Yields
    ------
    Fault
        Each names an entry: missing, out of its place, edited, or not linked to the one before it.
    """
    before, previous = 0, BEFORE_FIRST
    for entry in entries:
        if entry.number <= before:
            yield Fault(entry.number, f"it comes after entry {before}: repeated, or out of its place", RESTORE)
            continue
        for missing in range(before + 1, min(entry.number, before + LISTED + 1)):
            yield Fault(missing, "it is missing: entries are numbered one by one", RESTORE)
        if entry.number > before + LISTED + 1:
            yield Fault(entry.number - 1, f"it is missing, with all from {before + 1} on", RESTORE)
        if not checked:
            yield from own_faults(entry)
        if entry.number == before + 1 and entry.previous != previous:
            held = "64 zeros, as the first" if before == 0 else f"the hash of entry {before}"
            yield Fault(entry.number, f"it does not hold {held}: the link is broken", RESTORE)
        before, previous = entry.number, entry.sha256


def own_faults(entry: Entry, text: str | None = None) -> Iterator[Fault]:
    """Find what is wrong with one entry by itself, given the text of its body if there is one."""
    text = written(entry.body) if text is None else text
    if entry.sha256 != digest(entry.number, entry.kind, entry.at, text, entry.previous):
        yield Fault(entry.number, "its content does not give its hash: it was changed after it was appended", RESTORE)
    if not _is_time(entry.at):
        yield Fault(entry.number, "its time is not written as 2026-11-15T08:30:00Z", RESTORE)


def _is_time(at: str) -> bool:
    try:
        return datetime.fromisoformat(at).strftime(TIME) == at
    except ValueError:
        return False


def written(content: Any) -> str:
    """Return the canonical text of a content that is known to be plain JSON."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _unfit(content: Any, place: str) -> Iterator[tuple[str, str]]:
    """Find what JSON cannot hold: its place, and the rule."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            if not isinstance(key, str):
                yield place, f"keys are text (found {key!r})"
            elif not _is_unicode(key):
                yield place, f"text is Unicode (found {key!r})"
            else:
                yield from _unfit(value, f"{place}.{key}".lstrip("."))
    elif isinstance(content, list | tuple):
        for i, value in enumerate(content):
            yield from _unfit(value, f"{place}[{i}]")
    elif isinstance(content, str):
        if not _is_unicode(content):
            yield place, f"text is Unicode (found {content!r})"
    elif isinstance(content, float):
        if not math.isfinite(content):
            yield place, f"numbers are finite (found {content})"
    elif isinstance(content, int):
        if content.bit_length() > LONGEST_INTEGER:
            yield place, f"an integer has at most {LONGEST_INTEGER} bits"
    elif content is not None:
        yield place, f"objects, lists, text, numbers, true, false or null (found {type(content).__name__})"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
