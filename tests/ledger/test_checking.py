"""Whatever is done to the file of a ledger is found, and named by entry where an entry was met."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from irlbayes.core.errors import InputError
from irlbayes.ledger import seal, store
from irlbayes.ledger.checking import Verified, examine, verify
from irlbayes.ledger.entries import BEFORE_FIRST, Entry, faults, sealed

SEED = 20261115


def named(answer: Verified) -> set[int | None]:
    """Return the entries that the problems name."""
    return {fault.entry for fault in answer.problems}


def rules(answer: Verified) -> str:
    """Return what is wrong, as one text."""
    return "; ".join(fault.rule for fault in answer.problems)


@contextmanager
def without_triggers(path: Path) -> Iterator[sqlite3.Connection]:
    """Edit a ledger as someone who knows SQL would: its triggers dropped, and made again."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
        ).fetchall()
        with connection:
            for name, _ in made:
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            for _, sql in made:
                connection.execute(sql)


def test_the_ledger_that_is_damaged_below_is_whole(image: bytes) -> None:
    """All that the next tests find is what they did: it has no problem before."""
    answer = examine(image)
    assert answer.problems == ()
    assert (answer.count, answer.head.kind) == (6, "correction")
    assert image.count(bytes(256)) > 10, "there is unused space to be damaged"


@pytest.mark.parametrize("flip", ["one bit", "all bits"])
def test_a_flipped_byte_is_found(image: bytes, flip: str) -> None:
    """A random sample of all bytes of the file, and every byte of its header and of the header of each page."""
    rng = random.Random(SEED)
    places = set(rng.sample(range(len(image)), 400))
    if flip == "one bit":
        places |= {page + i for page in range(0, len(image), 4096) for i in range(8)} | set(range(108))
    for place in sorted(places):
        damaged = bytearray(image)
        damaged[place] ^= 0xFF if flip == "all bits" else 1 << rng.randrange(8)
        assert examine(bytes(damaged)).problems, f"byte {place}"


@pytest.mark.slow
def test_every_flipped_byte_is_found(image: bytes) -> None:
    """Every byte of the file, each in three ways: one bit, all bits, and set to another value at random."""
    rng = random.Random(SEED)
    for place in range(len(image)):
        for mask in (1 << rng.randrange(8), 0xFF, rng.randrange(1, 256)):
            damaged = bytearray(image)
            damaged[place] ^= mask
            assert examine(bytes(damaged)).problems, f"byte {place}, mask {mask:#x}"


def test_the_seal_alone_finds_any_byte(image: bytes) -> None:
    """Without SQLite's check and the chain, every byte of a file is covered: its hash, or the two equal counters."""
    with closing(sqlite3.connect(":memory:")) as connection:
        plain = bytearray(image)
        plain[seal.WRITE_VERSION] = b"\1\1"
        connection.deserialize(bytes(plain))
        digest = seal.of(connection)
    assert seal.holds(image, digest)
    damaged = bytearray(image)
    for place in range(0, len(image), 11):
        damaged[place] ^= 0x40
        assert not seal.holds(bytes(damaged), digest), place
        damaged[place] ^= 0x40
    assert not seal.holds(image, bytes(32))
    assert not seal.holds(image, b"")


def test_a_flipped_byte_of_an_entry_names_it(image: bytes) -> None:
    """Each byte of what entry 4 says: the problem names entry 4, and no other one."""
    start = image.find(b'{"label":"Example 4"')
    length = image.find(b"}", start) + 1 - start
    assert image.count(image[start : start + length]) == 1
    for place in range(start, start + length):
        damaged = bytearray(image)
        damaged[place] ^= 1
        assert named(examine(bytes(damaged))) == {4, None}, image[place : place + 1]


def test_flips_of_a_file_on_disk(path: Path) -> None:
    """The same through a file: the answer is that of its bytes, nothing raises, nothing is written."""
    whole = path.read_bytes()
    for place in (0, 17, 19, 27, 31, 62, 70, 95, 99, 101, 4096, 4100, len(whole) - 1):
        damaged = bytearray(whole)
        damaged[place] ^= 4
        path.write_bytes(damaged)
        assert verify(path).problems, place
        assert path.read_bytes() == damaged
        assert os.listdir(path.parent) == [path.name]


def test_cutting_the_file_short_is_found(image: bytes) -> None:
    """At any length: every one near the ends of pages, and some between."""
    rng = random.Random(SEED)
    ends = {end + i for end in range(0, len(image), 4096) for i in (-1, 0, 1)}
    for length in sorted({0, 1, 15, 16, 99, 100, *ends, *rng.sample(range(len(image)), 60)} - {-1}):
        answer = examine(image[:length])
        assert answer.problems, length
        assert all("Traceback" not in str(fault.problem("f")) for fault in answer.problems)
    assert "cut short: 8192 of" in rules(examine(image[:8192]))


def test_entries_on_pages_that_are_gone_are_named(tmp_path: Path) -> None:
    """A ledger cut short still gives what is left, and names what cannot be read."""
    path = tmp_path / "irl.ledger"
    store.create(path, "begun", {})
    with store.opened(path, write=True) as book:
        book.append_all([("study", {"text": f"Example {k} " * 40}) for k in range(60)])
    answer = examine(path.read_bytes()[: -3 * 4096])
    assert 0 < answer.count < 61
    assert named(answer) == {None, answer.count + 1}
    assert "nor what came after it" in rules(answer)


def test_something_behind_the_end_is_found(image: bytes) -> None:
    """One byte, a page, another ledger."""
    for more in (b"\0", bytes(4096), image):
        assert "something follows its end" in rules(examine(image + more))


def test_pages_in_another_order_are_found(image: bytes) -> None:
    """Two whole pages that changed places."""
    page = [image[i : i + 4096] for i in range(0, len(image), 4096)]
    for one in range(len(page) - 1):
        mixed = [*page[:one], page[one + 1], page[one], *page[one + 2 :]]
        assert examine(b"".join(mixed)).problems, one


def test_random_garbage_is_no_crash(image: bytes) -> None:
    """Whole stretches overwritten: problems, never an exception."""
    rng = random.Random(SEED)
    for _ in range(60):
        damaged = bytearray(image)
        for _ in range(rng.randint(1, 5)):
            start = rng.randrange(100, len(image))
            length = min(rng.randint(1, 600), len(image) - start)
            damaged[start : start + length] = rng.randbytes(length)
        assert examine(bytes(damaged)).problems
    for length in (10, 100, 5000):
        assert examine(rng.randbytes(length)).problems
        assert examine(image[:100] + rng.randbytes(length)).problems


@pytest.mark.parametrize(
    ("statement", "entries", "words"),
    [
        ("""UPDATE entries SET body = '{"yi":9}' WHERE number = 3""", {3}, "changed after it was appended"),
        ("UPDATE entries SET body = replace(body, ',', ', ') WHERE number = 3", {3}, "canonical"),
        ("UPDATE entries SET body = x'00' WHERE number = 3", {3}, "canonical"),
        ("UPDATE entries SET body = '[]' WHERE number = 3", {3}, "not an object"),
        ("UPDATE entries SET kind = 'note' WHERE number = 3", {3}, "changed after"),
        ("UPDATE entries SET at = '2026-11-16T08:30:00Z' WHERE number = 3", {3}, "changed after"),
        ("UPDATE entries SET sha256 = printf('%064d', 1) WHERE number = 3", {3, 4}, "link is broken"),
        ("UPDATE entries SET previous = printf('%064d', 1) WHERE number = 3", {3}, "changed after"),
        ("DELETE FROM entries WHERE number = 3", {3}, "missing"),
        ("DELETE FROM entries WHERE number = 1", {1}, "missing"),
        ("DELETE FROM entries", {1}, "missing"),
        ("UPDATE entries SET number = number + 10 WHERE number > 3", set(range(4, 17)), "changed after"),
    ],
)
def test_an_edit_is_named_by_entry(path: Path, statement: str, entries: set[int], words: str) -> None:
    """As by someone who drops the triggers, edits, and makes them again: the entry is named, and the file's bytes."""
    with without_triggers(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement)
    answer = verify(path)
    assert named(answer) - {None} == entries
    assert words in rules(answer)
    assert "bytes are not as they were written" in rules(answer)


def test_two_entries_that_changed_places_are_named(path: Path) -> None:
    """Their numbers are in their hashes."""
    with without_triggers(path) as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute("UPDATE entries SET number = ? WHERE number = ?", (new, old))
    assert {2, 3} <= named(verify(path))


def test_a_trigger_that_was_dropped_is_found(path: Path) -> None:
    """And an entry that was edited afterwards is still named."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER entries_are_never_edited")
        connection.execute("UPDATE entries SET body = '{}' WHERE number = 5")
    answer = verify(path)
    assert "changed: entries_are_never_edited" in rules(answer)
    assert 5 in named(answer)


def test_a_view_in_the_place_of_a_table_is_not_read(path: Path) -> None:
    """A query of someone else's is not run."""
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n AS number FROM t"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE derived")
        connection.execute(f"CREATE VIEW derived AS {endless}")
        for name in ("edited", "deleted", "appended"):
            connection.execute(f"DROP TRIGGER entries_are_{'' if name == 'appended' else 'never_'}{name}")
        connection.execute("ALTER TABLE entries RENAME TO old")
        connection.execute(f"CREATE VIEW entries AS {endless}")
    answer = verify(path)
    assert "changed: derived" in rules(answer)
    assert answer.count == 0


def test_another_program_writing_to_the_file_is_found(path: Path) -> None:
    """A vacuum keeps every entry and moves every byte: the entries hold, and the way out is said."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    answer = verify(path)
    (fault,) = answer.problems
    assert "bytes" in fault.rule
    assert "export them" in fault.fix
    with store.opened(path) as book:
        assert list(faults(book.entries())) == []


def test_another_program_reading_the_file_changes_nothing(path: Path) -> None:
    """Nor does its closing, which empties the log."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (6,)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert verify(path).problems == ()


def test_a_chain_written_anew_is_found_by_its_published_head_alone(path: Path, tmp_path: Path) -> None:
    """This is what a chain cannot show: a forger who writes all of it again passes, unless a head is known."""
    with store.opened(path) as book:
        old = list(book.entries())
    forged: list[Entry] = []
    for entry in old:
        body = {**entry.body, "yi": 9.0} if entry.number == 3 else entry.body
        previous = forged[-1].sha256 if forged else BEFORE_FIRST
        forged.append(sealed(entry.number, entry.kind, entry.at, body, previous))
    store.write(tmp_path / "forged.ledger", forged)
    assert verify(tmp_path / "forged.ledger").problems == ()
    answer = verify(tmp_path / "forged.ledger", head=old[-1].sha256)
    assert "hash that was published" in rules(answer)
    assert verify(tmp_path / "forged.ledger", head=old[1].sha256).problems == (), "before the forgery nothing changed"
    assert verify(path, head=old[-1].sha256[:12]).problems == ()
    assert verify(path, head=old[3].sha256).problems == (), "a head that was published earlier is there still"
    assert verify(path, head=old[-1].sha256[:11]).problems, "too few digits to say anything"


def test_last_entries_taken_off_are_found_by_the_published_head_alone(path: Path, tmp_path: Path) -> None:
    """A shorter chain is a chain."""
    with store.opened(path) as book:
        entries = list(book.entries())
    store.write(tmp_path / "shorter.ledger", entries[:-1])
    assert verify(tmp_path / "shorter.ledger").problems == ()
    assert verify(tmp_path / "shorter.ledger", head=entries[-1].sha256).problems


def test_a_log_that_was_left_behind_is_a_part_of_the_ledger(path: Path, tmp_path: Path) -> None:
    """As after a kill: what is in the log counts, and damage to it is found unless it is that of the last frame."""
    with store.opened(path, write=True) as book:
        for k in range(4):
            book.append("study", {"yi": float(k)})
        copied = tmp_path / "copy.ledger"
        copied.write_bytes(path.read_bytes())
        log = path.with_name(path.name + "-wal").read_bytes()
        head = book.head()
    beside = tmp_path / "copy.ledger-wal"
    beside.write_bytes(log)
    answer = verify(copied)
    assert (answer.count, answer.head, answer.problems) == (10, head, ())
    assert beside.read_bytes() == log, "the log is read, not emptied"
    last = len(log) - 4120
    rng = random.Random(SEED)
    for place in [*range(56), *rng.sample(range(56, last), 40)]:
        damaged = bytearray(log)
        damaged[place] ^= 1
        beside.write_bytes(damaged)
        assert "write-ahead log" in rules(verify(copied)), place
    for place in (last + 5, last + 100, len(log) - 1):
        damaged = bytearray(log)
        damaged[place] ^= 1
        beside.write_bytes(damaged)
        assert verify(copied).count == 9, "as SQLite reads it: a write that was cut short"
        assert "hash that was published" in rules(verify(copied, head=head.sha256))


def test_a_journal_beside_the_ledger_is_found(path: Path) -> None:
    """SQLite would write it over the ledger."""
    path.with_name(path.name + "-journal").write_bytes(b"x")
    assert "irl.ledger-journal" in rules(verify(path))


def test_a_file_of_something_else_is_told(tmp_path: Path) -> None:
    """A table, an empty file, a database of others: problems. No file: refused."""
    (tmp_path / "table.csv").write_text("study,yi,sei\n" * 400)
    (tmp_path / "empty.ledger").touch()
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE entries (number)")
    for name, words in (
        ("table.csv", "no SQLite"),
        ("empty.ledger", "no SQLite"),
        ("other.db", "not that of a ledger"),
    ):
        assert words in rules(verify(tmp_path / name))
    with pytest.raises(InputError, match="a ledger that exists"):
        verify(tmp_path / "missing.ledger")
