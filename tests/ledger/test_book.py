"""A ledger is begun once, only appended to, and says what it cannot do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from irlbayes.core.errors import InputError
from irlbayes.ledger import refusals, schema, store
from irlbayes.ledger.book import Moved
from irlbayes.ledger.checking import verify
from irlbayes.ledger.entries import canonical, sealed

AT = "2026-11-15T08:30:00Z"
SURFACE = bytes(range(256)) * 20


def problem(refused: pytest.ExceptionInfo[InputError]) -> str:
    """Return the one problem as text."""
    (found,) = refused.value.problems
    return str(found)


def test_a_new_ledger_is_one_file_that_verifies(tmp_path: Path) -> None:
    """The first entry is there, nothing else is in the folder, and the file says what it is."""
    path = tmp_path / "irl.ledger"
    first = store.create(path, "begun", {"outcome": "relapse"})
    assert os.listdir(tmp_path) == ["irl.ledger"]
    assert verify(path).problems == ()
    assert verify(path).head == first
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.version(),)
        assert connection.execute("PRAGMA application_id").fetchone()[0].to_bytes(4) == b"IRLb"


def test_entries_are_read_back(path: Path) -> None:
    """Head, count, one entry, some entries: each as it was appended."""
    with store.opened(path) as book:
        assert book.count() == 6
        assert book.entry(1).body["text"] == "Özturk, 1.10 [0.84, 1.44]"
        assert book.entry(3).body == {"label": "Example 3", "yi": 0.1 * 3, "sei": [0.2, None], "passed": True}
        assert [entry.number for entry in book.entries(2, 5)] == [2, 3, 4]
        assert [entry.previous for entry in book.entries(2)] == [entry.sha256 for entry in book.entries(1, 6)]
        assert book.head().body == {"supersedes": 2, "yi": 0.15}
        with pytest.raises(InputError, match=r"an entry from 1 to 6 \(found '7'\)"):
            book.entry(7)
    assert os.listdir(path.parent) == [path.name], "a reader leaves nothing behind"


def test_a_writer_that_is_late_is_told(path: Path) -> None:
    """What was computed against a head that has moved is not appended; against the present one it is."""
    with store.opened(path, write=True) as mine, store.opened(path, write=True) as theirs:
        head = mine.head().sha256
        added = theirs.append("study", {"yi": 1.0}, head=head)
        with pytest.raises(Moved) as moved:
            mine.append("study", {"yi": 2.0}, head=head)
        assert moved.value.head == added
        assert mine.count() == 7
        assert mine.append("study", {"yi": 2.0}, head=moved.value.head.sha256).number == 8
        assert theirs.append("note", {}).number == 9, "an entry that depends on nothing needs no head"
    assert verify(path).problems == ()


def test_a_reader_sees_the_ledger_as_it_was(path: Path) -> None:
    """What is appended meanwhile does not change what a reader sees halfway."""
    with store.opened(path) as reader, store.opened(path, write=True) as writer:
        before = reader.head()
        writer.append("note", {})
        assert reader.head() == before
        with pytest.raises(InputError, match="opened for writing"):
            reader.append("note", {})
    with store.opened(path) as reader:
        assert reader.count() == 7


def test_several_entries_are_all_there_or_none(path: Path) -> None:
    """One that JSON cannot hold keeps the others out too."""
    with store.opened(path, write=True) as book:
        with pytest.raises(InputError, match="finite"):
            book.append_all([("study", {"yi": 1.0}), ("study", {"yi": float("nan")})])
        assert book.count() == 6
        added = book.append_all([("study", {"yi": 1.0}), ("study", {"yi": 2.0})], caches={"surface": b"new"})
        assert [entry.number for entry in added] == [7, 8]
        assert added[1].previous == added[0].sha256
        assert book.cached("surface").head == added[1].sha256
    assert verify(path).problems == ()


def test_what_is_derived_belongs_to_a_head(path: Path) -> None:
    """It is given back at its head, named after it, and dropped without a trace in the chain."""
    with store.opened(path, write=True) as book:
        head = book.head()
        assert book.cache("surface") == SURFACE[:5000]
        assert book.cache("part/1") is None, "derived at an earlier head"
        assert book.cached("part/1").number == 4
        assert book.cached("none") is None
        later = book.append("note", {})
        assert book.cache("surface") is None
        assert (book.cached("surface").number, book.cached("surface").content) == (head.number, SURFACE[:5000])
        with pytest.raises(Moved):
            book.put_cache("surface", b"late", head=head.sha256)
        book.put_cache("surface", b"new", head=later.sha256)
        assert book.cache("surface") == b"new"
        with pytest.raises(TypeError):
            book.put_cache("surface", "text")  # type: ignore[arg-type]
        book.drop_cache("surface")
        assert book.cached("surface") is None
        assert book.cached("part/1") is not None
        book.drop_cache()
        assert book.cached("part/1") is None
        assert book.head() == later
    assert verify(path).problems == ()


def test_what_is_derived_and_damaged_is_not_given_back(path: Path) -> None:
    """It is made again instead, and the check names it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE derived SET content = x'00' WHERE name = 'surface'")
    with store.opened(path) as book:
        assert book.cache("surface") is None
    assert any("surface does not give its hash" in fault.rule for fault in verify(path).problems)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE entries SET body = '{}' WHERE number = 2", "never edited"),
        ("DELETE FROM entries WHERE number = 6", "never deleted"),
        ("DELETE FROM entries", "never deleted"),
        (
            "REPLACE INTO entries SELECT number, kind, at, '{}', previous, sha256 FROM entries WHERE number = 6",
            "appended",
        ),
        ("INSERT INTO entries SELECT 8, kind, at, body, sha256, sha256 FROM entries WHERE number = 6", "appended"),
        ("INSERT INTO entries SELECT 7, kind, at, body, previous, sha256 FROM entries WHERE number = 6", "appended"),
        (
            "INSERT INTO entries SELECT * FROM entries WHERE number = 6 ON CONFLICT DO UPDATE SET body = '{}'",
            "appended",
        ),
    ],
    ids=["update", "delete", "delete all", "replace", "skip", "unlinked", "upsert"],
)
def test_the_database_itself_refuses_edits(path: Path, statement: str, message: str) -> None:
    """Any program that speaks SQL meets the triggers."""
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match=message):
        connection.execute(statement)
    assert verify(path).problems == ()


def test_a_name_in_use_is_refused(path: Path) -> None:
    """A ledger is not written over, and the one that is there stays whole."""
    before = path.read_bytes()
    with pytest.raises(InputError) as refused:
        store.create(path, "begun", {})
    assert "exists already" in problem(refused)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_what_a_lost_ledger_left_behind_is_not_taken_over(tmp_path: Path) -> None:
    """SQLite would play the log of another ledger of that name into the new one."""
    (tmp_path / "irl.ledger-wal").write_bytes(b"left")
    with pytest.raises(InputError) as refused:
        store.create(tmp_path / "irl.ledger", "begun", {})
    assert "irl.ledger-wal: it holds what was last added" in problem(refused)
    assert os.listdir(tmp_path) == ["irl.ledger-wal"]


def test_refusals_name_the_file_and_the_fix(tmp_path: Path) -> None:
    """A folder that is missing, a file that is missing, one of something else, an empty one, a database of others."""
    with pytest.raises(InputError, match="Make the folder first"):
        store.create(tmp_path / "missing" / "irl.ledger", "begun", {})
    (tmp_path / "table.csv").write_text("study,yi,sei\n" * 400)
    (tmp_path / "empty.ledger").touch()
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE t (a)")
    for name in ("missing.ledger", "table.csv", "empty.ledger", "other.db", "."):
        for write in (False, True):
            with pytest.raises(InputError) as refused, store.opened(tmp_path / name, write=write):
                pass
            assert "ledger init" in problem(refused), name


def test_a_newer_version_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is older than the ledger does not touch it."""
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, ("CREATE TABLE later (a)",)))
    with store.opened(path, write=True):
        pass
    monkeypatch.undo()
    for write in (False, True):
        with pytest.raises(InputError) as refused, store.opened(path, write=write):
            pass
        assert "version 1 or older; this one is of version 2. Use the newer irlbayes" in problem(refused)
    (fault,) = verify(path).problems
    assert "version 2" in fault.rule


def test_an_older_version_is_moved_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened to write, it gets the tables of the next version, in one transaction; opened to read, it stays."""
    head = verify(path).head
    steps = ("CREATE TABLE later (a)", "INSERT INTO later VALUES (1)")
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, steps))
    with store.opened(path) as book:
        assert book.head() == head
    assert verify(path).problems == (), "an older version verifies as what it is"
    assert path.read_bytes()[60:64] == (1).to_bytes(4)
    with store.opened(path, write=True) as book:
        assert book.connection.execute("SELECT a FROM later").fetchall() == [(1,)]
        assert book.head() == head
        assert book.cache("surface") == SURFACE[:5000]
        book.append("note", {})
    assert path.read_bytes()[60:64] == (2).to_bytes(4)
    assert verify(path).problems == ()
    with store.opened(path, write=True) as book:  # a second opening has nothing to do
        assert book.count() == 7
    assert verify(path).problems == ()


def test_a_move_that_fails_leaves_the_older_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps are undone together."""
    before = path.read_bytes()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, ("CREATE TABLE later (a)", "no SQL")))
    monkeypatch.setattr(schema, "expected", lambda found: list(schema._expected(schema.STEPS[:1])))
    with pytest.raises(InputError), store.opened(path, write=True):
        pass
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert verify(path).problems == ()


def test_a_damaged_ledger_is_not_appended_to(path: Path) -> None:
    """A byte that changed in unused space would be sealed over, and never found again."""
    image = bytearray(path.read_bytes())
    unused = image.rfind(bytes(64))
    image[unused + 10] ^= 1
    path.write_bytes(image)
    with store.opened(path, write=True) as book:
        with pytest.raises(InputError, match="damaged"):
            book.append("note", {})
        assert book.count() == 6
    assert path.read_bytes() == image


def test_an_edited_entry_is_not_read(path: Path) -> None:
    """Nothing is computed from an entry that does not give its hash."""
    with closing(sqlite3.connect(path)) as connection, connection:
        sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'entries_are_never_edited'").fetchone()[0]
        connection.execute("DROP TRIGGER entries_are_never_edited")
        connection.execute("""UPDATE entries SET body = '{"yi":9}' WHERE number = 3""")
        connection.execute(sql)
    with store.opened(path) as book:
        assert book.entry(2).number == 2
        with pytest.raises(InputError, match="entry 3: its content does not give its hash"):
            book.entry(3)
        with pytest.raises(InputError, match="entry 3"):
            list(book.entries())


def test_a_broken_link_is_not_read_over(path: Path, tmp_path: Path) -> None:
    """An entry that gives its own hash, in the place of another one, is met at the next."""
    with store.opened(path) as book:
        entries = list(book.entries())
    entries[2] = sealed(3, "study", AT, {"yi": 9.0}, entries[1].sha256)
    with closing(sqlite3.connect(path)) as connection, connection:
        sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'entries_are_never_edited'").fetchone()[0]
        connection.execute("DROP TRIGGER entries_are_never_edited")
        values = (canonical(entries[2].body), entries[2].sha256)
        connection.execute("UPDATE entries SET body = ?, sha256 = ? WHERE number = 3", values)
        connection.execute(sql)
    with store.opened(path) as book:
        assert book.entry(3) == entries[2]
        with pytest.raises(InputError, match="entry 4: it does not follow on entry 3"):
            list(book.entries())


def test_a_ledger_without_its_triggers_is_not_opened(path: Path) -> None:
    """Its tables must be those that this program made."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER entries_are_never_deleted")
    with pytest.raises(InputError, match="changed by another program"), store.opened(path):
        pass


def test_a_lock_of_another_program_is_named(path: Path) -> None:
    """A writer waits as long as it is told to, and says why it gave up."""
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        store.opened(path, write=True, wait=0.01) as book,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InputError, match="keeps the ledger locked: nothing was added"):
            book.append("note", {})
        other.execute("ROLLBACK")
        assert book.append("note", {}).number == 7


def test_an_interrupted_append_adds_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between the insertion and the commit leaves the ledger as it was, ready for the next append."""
    with store.opened(path, write=True) as book:

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("irlbayes.ledger.seal.renew", interrupt)
            with pytest.raises(KeyboardInterrupt):
                book.append("note", {})
        assert book.count() == 6
        assert book.append("note", {}).number == 7
    assert verify(path).problems == ()


ANOTHER = """
import os, sys, urllib.parse  # loaded while it can be
from pathlib import Path
from irlbayes.core.errors import InputError
from irlbayes.ledger import store, checking
path = Path(sys.argv[1])
if os.getuid() == 0:  # the superuser may write anywhere: become another user
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""
READ_ONLY = """
with store.opened(path) as book:
    print(book.count(), len(list(book.entries())), book.cache("surface") is not None)
print(checking.verify(path).problems)
try:
    with store.opened(path, write=True) as book:
        book.append("note", {})
except InputError as error:
    print(error)
try:
    store.create(path.with_name("new.ledger"), "begun", {})
except InputError as error:
    print(error)
"""
UNREACHABLE = """
for work in (lambda: store.opened(path), lambda: store.opened(path, write=True), lambda: checking.verify(path)):
    try:
        with work():
            pass
    except InputError as error:
        print(error)
"""


def test_a_ledger_that_cannot_be_written_can_be_read(image: bytes) -> None:
    """In a folder and a file of others it is read and checked; an append says what it needs, and nothing is left."""
    with tempfile.TemporaryDirectory() as name:  # not in a folder that belongs to its owner alone
        path = Path(name) / "irl.ledger"
        path.write_bytes(image)
        path.chmod(0o444)
        path.parent.chmod(0o555)
        done = as_another(READ_ONLY, path)
        assert os.listdir(name) == [path.name]
        path.parent.chmod(0o700)
    assert done.returncode == 0, done.stderr
    counts, problems, append, create = done.stdout.splitlines()
    assert counts == "6 6 True"
    assert problems == "()"
    assert append.endswith("can be written: nothing was added. Allow writing, or copy the ledger.")
    assert create.endswith("new.ledger: the file cannot be used: Permission denied. Choose another place.")


def test_a_ledger_that_cannot_be_reached_is_refused(image: bytes) -> None:
    """A file or a folder that may not be read: each door says so."""
    for mode_of_file, mode_of_folder in ((0o000, 0o755), (0o644, 0o000)):
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "irl.ledger"
            path.write_bytes(image)
            path.chmod(mode_of_file)
            path.parent.chmod(mode_of_folder)
            done = as_another(UNREACHABLE, path)
            path.parent.chmod(0o700)
        assert done.returncode == 0, done.stderr
        reading, writing, checking = done.stdout.splitlines()
        assert all("irl.ledger: " in text for text in (reading, writing, checking))
        for text in (reading, writing, checking):
            assert "Permission denied" in text or "Check that you may read it and its folder" in text


def as_another(program: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run a program as a user who is neither the superuser nor, if we are the superuser, the owner of the file."""
    command = [sys.executable, "-c", ANOTHER + program, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full: nothing was added. Make room and try again."),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk is full"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "can be written"),
        (sqlite3.SQLITE_BUSY, "locked"),
        (sqlite3.SQLITE_NOTADB, "a ledger of irlbayes"),
        (sqlite3.SQLITE_CORRUPT, "damaged"),
        (sqlite3.SQLITE_CANTOPEN, "can be opened"),
        (sqlite3.SQLITE_IOERR_FSYNC, "disk I/O"),
    ],
)
def test_sqlite_errors_become_problems(code: int, words: str) -> None:
    """Each is a sentence with a fix."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    assert words in str(refusals.translated(Path("irl.ledger"), error))
