"""JSON Lines go out and come back byte by byte, and nothing is written from lines whose chain does not hold."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from irlbayes.core.errors import InputError
from irlbayes.ledger import exchange, store
from irlbayes.ledger.checking import verify
from irlbayes.ledger.entries import BEFORE_FIRST, canonical, line, sealed


def exported(path: Path) -> list[bytes]:
    """Return the lines of a ledger."""
    out = io.BytesIO()
    exchange.export(path, out)
    return out.getvalue().splitlines(keepends=True)


def test_a_ledger_goes_out_and_comes_back_byte_by_byte(path: Path, tmp_path: Path) -> None:
    """Its entries, its head and its lines are the same; what was derived stays behind."""
    assert exchange.export(path, tmp_path / "irl.jsonl") == 6
    with (tmp_path / "irl.jsonl").open("rb") as source:
        head = exchange.load(source, tmp_path / "copy.ledger")
    assert verify(path).head == head == verify(tmp_path / "copy.ledger").head
    assert verify(tmp_path / "copy.ledger").problems == ()
    exchange.export(tmp_path / "copy.ledger", tmp_path / "copy.jsonl")
    assert (tmp_path / "copy.jsonl").read_bytes() == (tmp_path / "irl.jsonl").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["copy.jsonl", "copy.ledger", "irl.jsonl", "irl.ledger"]
    with store.opened(tmp_path / "copy.ledger", write=True) as book:
        assert book.cached("surface") is None
        assert book.append("note", {}, head=head.sha256).number == 7


def test_the_lines_are_a_header_and_the_entries(path: Path) -> None:
    """Each line is JSON by itself; the header counts the entries and names the head."""
    header, *entries = exported(path)
    with store.opened(path) as book:
        assert json.loads(header) == {"schema": "irlbayes/ledger/1", "entries": 6, "head": book.head().sha256}
        assert [text.decode() for text in entries] == [line(entry) + "\n" for entry in book.entries()]


def test_an_export_replaces_a_file_whole(path: Path, tmp_path: Path) -> None:
    """The second one is as long as the second one is."""
    out = tmp_path / "irl.jsonl"
    out.write_bytes(b"old\n" * 10_000)
    exchange.export(path, out)
    assert out.read_bytes() == b"".join(exported(path))
    with pytest.raises(InputError, match="No such file"):
        exchange.export(path, tmp_path / "missing" / "irl.jsonl")


def test_a_damaged_ledger_is_not_exported(path: Path, tmp_path: Path) -> None:
    """The entry is named, and no file is made."""
    with closing(sqlite3.connect(path)) as connection, connection:
        sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'entries_are_never_edited'").fetchone()[0]
        connection.execute("DROP TRIGGER entries_are_never_edited")
        connection.execute("UPDATE entries SET body = '{}' WHERE number = 5")
        connection.execute(sql)
    with pytest.raises(InputError, match="entry 5"):
        exchange.export(path, tmp_path / "irl.jsonl")
    assert not (tmp_path / "irl.jsonl").exists()


def test_a_ledger_whose_bytes_moved_is_saved_through_an_export(path: Path, tmp_path: Path) -> None:
    """What the check advises works: the entries of a file that another program rearranged go on in a new one."""
    before = exported(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    with store.opened(path, write=True) as book, pytest.raises(InputError, match="another program"):
        book.append("note", {})
    assert exported(path) == before
    exchange.load(exported(path), tmp_path / "saved.ledger")
    assert verify(tmp_path / "saved.ledger").problems == ()


Change = Callable[[list[bytes]], list[bytes]]


def other_body(lines: list[bytes]) -> list[bytes]:
    """Edit what entry 3 says."""
    return [*lines[:3], lines[3].replace(b"Example 3", b"Example 9"), *lines[4:]]


def relinked(lines: list[bytes]) -> list[bytes]:
    """Put another entry 3 with a hash of its own in its place."""
    previous = json.loads(lines[2])["sha256"]
    other = sealed(3, "study", "2026-11-15T08:30:00Z", {"yi": 9.0}, previous)
    return [*lines[:3], line(other).encode() + b"\n", *lines[4:]]


@pytest.mark.parametrize(
    ("change", "row", "words"),
    [
        (lambda lines: lines[1:], 1, "a header"),
        (lambda lines: [], 1, "a header"),
        (lambda lines: lines[:1], 2, "a first entry"),
        (lambda lines: [lines[0].replace(b"ledger/1", b"ledger/2"), *lines[1:]], 1, "Use the irlbayes that wrote it"),
        (other_body, 4, "entry 3: its content does not give its hash"),
        (relinked, 5, "entry 4: it does not hold the hash of entry 3"),
        (lambda lines: [*lines[:3], *lines[4:]], None, "entry 3: it is missing"),
        (lambda lines: [*lines[:4], *lines[3:]], 4, "entry 3: it comes after entry 3"),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 5, "entry 3: it comes after entry 4"),
        (lambda lines: lines[:-1], 6, "6 entries"),
        (lambda lines: [*lines[:-1], lines[-1][:-1]], 7, "cut short"),
        (lambda lines: [*lines[:-1], lines[-1][:-40]], 7, "cut short"),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], 3, "canonical JSON"),
        (lambda lines: [*lines[:2], lines[2].replace(b'{"at"', b'{ "at"'), *lines[3:]], 3, "canonical form"),
        (lambda lines: [*lines[:2], lines[2][:-1] + b"\r\n", *lines[3:]], 3, "canonical form"),
        (lambda lines: [*lines[:2], b"\xff" + lines[2], *lines[3:]], 3, "canonical JSON"),
        (lambda lines: [*lines[:2], b'{"at":1}\n', *lines[3:]], 3, "not an object with"),
    ],
    ids=[
        "no header",
        "empty",
        "header only",
        "newer",
        "edited",
        "replaced",
        "missing",
        "repeated",
        "reordered",
        "last missing",
        "no end",
        "cut",
        "empty line",
        "space",
        "line ends of Windows",
        "no text",
        "no entry",
    ],
)
def test_lines_that_do_not_hold_are_refused(path: Path, tmp_path: Path, change: Change, row: int, words: str) -> None:
    """The line is named, and no ledger is there afterwards."""
    with pytest.raises(InputError) as refused:
        exchange.load(change(exported(path)), tmp_path / "new.ledger", "irl.jsonl")
    texts = [str(problem) for problem in refused.value.problems]
    assert any(words in text for text in texts), texts
    assert row in {problem.row for problem in refused.value.problems}
    assert all(text.startswith("irl.jsonl") for text in texts)
    assert os.listdir(tmp_path) == [path.name]


def test_every_flipped_byte_of_the_lines_is_refused(path: Path, tmp_path: Path) -> None:
    """Any byte, the ends of lines and the header with them."""
    whole = b"".join(exported(path))
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        with pytest.raises(InputError):
            exchange.read(bytes(damaged).splitlines(keepends=True))
    assert len(exchange.read(whole.splitlines(keepends=True))) == 6


def test_all_lines_are_named_at_once(path: Path, tmp_path: Path) -> None:
    """Two bad lines are two problems; a thousand are a hundred, and a sum."""
    lines = exported(path)
    with pytest.raises(InputError) as refused:
        exchange.read([*lines[:2], b"x\n", *lines[3:5], b"y\n", *lines[6:]])
    assert [problem.row for problem in refused.value.problems] == [3, 6]
    with pytest.raises(InputError) as refused:
        exchange.read([lines[0], *[b"x\n"] * 1000])
    assert len(refused.value.problems) == 101
    assert "900 more problems" in str(refused.value.problems[-1])


def test_an_import_does_not_write_over_a_ledger(path: Path) -> None:
    """A name in use is refused."""
    lines, before = exported(path), path.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        exchange.load(lines, path)
    assert path.read_bytes() == before


def test_a_body_can_hold_any_text(tmp_path: Path) -> None:
    """Line separators of Unicode, quotes, controls and the null character: one line each, and the same again."""
    text = '\u2028\u2029\u0085"\\\n\r\t\x00\x7fÖ\U0001f9e0'
    first = sealed(1, "begun", "2026-11-15T08:30:00Z", {text: [text]}, BEFORE_FIRST)
    store.write(tmp_path / "a.ledger", [first])
    out = io.BytesIO()
    exchange.export(tmp_path / "a.ledger", out)
    assert out.getvalue().count(b"\n") == 2
    assert exchange.load(io.BytesIO(out.getvalue()), tmp_path / "b.ledger").body == {text: [text]}
    assert verify(tmp_path / "b.ledger").problems == ()
    assert canonical(first.body) == canonical({text: [text]})
