"""Processes that are killed, that meet a full disk, and that write at once: a program of its own, run by the tests.

It forks children that have everything loaded, so that a kill takes milliseconds. What happened is printed as JSON.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import resource
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from irlbayes.core.errors import InputError
from irlbayes.ledger import store
from irlbayes.ledger.book import Book, Moved
from irlbayes.ledger.checking import verify

SEED = 20261115
OUTSIDE, INSIDE, COMMITTING = 0, 1, 2  # of a transaction
ROUNDS_PER_LEDGER = 10


class Broken(AssertionError):
    """What must never happen to a ledger."""


def must(holds: bool, what: object) -> None:
    """Stop unless something holds."""
    if not holds:
        raise Broken(what)


def forked(work: Callable[[], object]) -> int:
    """Run work in a child that has everything loaded, and return its process id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return child


def body(rng: random.Random, number: int) -> dict[str, object]:
    """Return an example body of any length up to some pages."""
    return {"number": number, "text": "x" * rng.choice((10, 500, 5000))}


def appending(path: Path, seed: int, phase: mmap.mmap, tell: int, die_at: int | None = None) -> None:
    """Append until killed, telling of each entry once the append has returned; or die at a statement of the first."""
    rng, statements = random.Random(seed), 0

    def watch(statement: str) -> None:
        nonlocal statements
        if statement.startswith("BEGIN"):
            phase[0] = INSIDE
        elif statement.startswith("COMMIT"):
            phase[0] = COMMITTING
        if phase[0] != OUTSIDE:
            statements += 1
            if statements == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    with store.opened(path, write=True) as book:
        book.connection.set_trace_callback(watch)
        os.write(tell, b"open\n")
        while True:
            head = book.head()
            surface = {"surface": rng.randbytes(rng.choice((100, 6000)))}
            entry = book.append("study", body(rng, head.number), head=head.sha256, caches=surface)
            phase[0] = OUTSIDE
            os.write(tell, f"{entry.number} {entry.sha256}\n".encode())
            if die_at is not None:
                return


def told(read: int) -> tuple[bool, list[list[str]]]:
    """Return whether a child had opened the ledger, and the entries that it told of whole."""
    text = b""
    while part := os.read(read, 65_536):
        text += part
    os.close(read)
    lines = [line.split() for line in text.decode().split("\n")[:-1]]
    return ["open"] in lines, [line for line in lines if line != ["open"]]


def check(path: Path, last: tuple[int, str], entries: list[list[str]]) -> tuple[tuple[int, str], bool]:
    """Check a ledger after a kill: whole, all that was told of in it, and at most the one that was not told of."""
    number, digest = (int(entries[-1][0]), entries[-1][1]) if entries else last
    found = verify(path, head=digest)
    must(found.problems == (), found.problems)
    must(found.count in (number, number + 1), f"{found.count} entries, {number} were told of")
    return (found.count, found.head.sha256), found.count > number


def kills(folder: Path, count: int) -> dict[str, int]:
    """Kill a program that appends, `count` times, at random moments."""
    rng, happened = random.Random(SEED), Counter()
    phase = mmap.mmap(-1, 1)
    for i in range(count):
        if i % ROUNDS_PER_LEDGER == 0:
            path = folder / f"{i}.ledger"
            first = store.create(path, "begun", {})
            last = (1, first.sha256)
        phase[0] = OUTSIDE
        read, tell = os.pipe()
        child = forked(lambda p=path, s=i, t=tell: appending(p, s, phase, t))
        os.close(tell)
        if i % 10:  # most are given the time to open the ledger, however busy the machine is
            select.select([read], [], [], 10.0)
        time.sleep(rng.uniform(0.0, 0.015))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        opened, entries = told(read)
        last, unsaid = check(path, last, entries)
        happened["kills"] += 1
        happened["while opening"] += not opened
        happened["inside a transaction"] += phase[0] == INSIDE
        happened["during a commit"] += phase[0] == COMMITTING
        happened["entries told of"] += len(entries)
        happened["committed, not told of"] += unsaid
        happened["logs left behind"] += path.with_name(path.name + "-wal").exists()
    return happened


def statements(folder: Path) -> dict[str, int]:
    """Die at each statement of an append in turn."""
    happened, phase = Counter(), mmap.mmap(-1, 1)
    for i in range(1, 100):
        path = folder / f"{i}.ledger"
        last = (1, store.create(path, "begun", {}).sha256)
        phase[0] = OUTSIDE
        read, tell = os.pipe()
        child = forked(lambda p=path, n=i, t=tell: appending(p, 0, phase, t, n))
        os.close(tell)
        _, status = os.waitpid(child, 0)
        _, entries = told(read)
        (count, _), unsaid = check(path, last, entries)
        if os.WIFEXITED(status):
            must(count == 2, "an append that nothing stopped is there")
            return happened
        happened["statements"] += 1
        must(count == 1 and not unsaid, "an append that was stopped before its commit is not there")
    raise Broken("an append has no end")


def creations(folder: Path, count: int) -> dict[str, int]:
    """Kill a program that begins a ledger, at random moments of the time that one takes."""
    rng, happened = random.Random(SEED), Counter()
    began = time.monotonic()
    os.waitpid(forked(lambda: store.create(folder / "timed.ledger", "begun", {"text": "x" * 5000})), 0)
    longest = 1.5 * (time.monotonic() - began)
    for i in range(count):
        path = folder / f"{i}.ledger"
        child = forked(lambda p=path: store.create(p, "begun", {"text": "x" * 5000}))
        time.sleep(rng.uniform(0.0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if path.exists():
            must(verify(path).problems == (), path)
            happened["whole"] += 1
        else:
            happened["nothing"] += 1
            store.create(path, "begun", {})  # what a kill left behind is not in the way
    return happened


def writers(folder: Path, count: int, each: int) -> dict[str, int]:
    """Let some programs append at once, each against the head that it saw."""
    path = folder / "irl.ledger"
    store.create(path, "begun", {})
    moved = mmap.mmap(-1, 8 * count)
    start, go = os.pipe()

    def work(writer: int) -> None:
        os.close(go)
        os.read(start, 1)
        rng, late = random.Random(writer), 0
        with store.opened(path, write=True) as book:
            for i in range(each):
                while True:
                    head = book.head()
                    time.sleep(rng.uniform(0.0, 0.002))  # as long as a computation would take
                    try:
                        book.append("study", {"writer": writer, "i": i, "after": head.number}, head=head.sha256)
                        break
                    except Moved:
                        late += 1
        moved[8 * writer : 8 * writer + 8] = late.to_bytes(8)

    children = [forked(lambda w=writer: work(w)) for writer in range(count)]
    os.close(go)
    for child in children:
        must(os.waitpid(child, 0)[1] == 0, "a writer failed")
    found = verify(path)
    must(found.problems == (), found.problems)
    with store.opened(path) as book:
        entries = list(book.entries(2))
    for writer in range(count):
        order = [entry.body["i"] for entry in entries if entry.body["writer"] == writer]
        must(order == list(range(each)), f"writer {writer}: {order}")
    must(all(entry.body["after"] == entry.number - 1 for entry in entries), "each against the head it was appended to")
    late = [int.from_bytes(moved[8 * writer : 8 * writer + 8]) for writer in range(count)]
    return {"entries": len(entries), "told to compute again": sum(late)}


@contextmanager
def filled(folder: Path, room: int) -> Iterator[None]:
    """Fill the disk that a folder is on, but for some bytes."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(bytes(4096))
        file.truncate(max(0, file.tell() - room))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def limited(folder: Path, room: int) -> Iterator[None]:
    """Let no file grow beyond a place inside the log, or a little behind it: the system refuses the write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = (folder / "irl.ledger-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (random.Random(log + room).randint(0, log) + room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def full(folder: Path, count: int, filling: str) -> dict[str, int]:
    """Append on a full disk until `count` appends have met it; each time make room, and append again."""
    rng, happened = random.Random(SEED), Counter()
    path = folder / "irl.ledger"
    fill = {"disk": filled, "limit": limited}[filling]
    if filling == "disk":
        with filled(folder, 0):
            refused(lambda: store.create(path, "begun", {}), happened, "at the beginning")
            must(os.listdir(folder) == ["ballast"], os.listdir(folder))
    store.create(path, "begun", {})
    book, stack = reopened(ExitStack(), path)
    while happened["appends"] < count:
        head = book.head()
        with fill(folder, rng.choice((0, 0, 2000, 4096, 8192, 12_288, 20_000))):
            if rng.random() < 0.3 and filling == "disk":  # the program begins, or ends, on a full disk
                book, stack = on_a_full_disk(stack, path, head.sha256, happened)
            if book is not None and not refused(
                lambda b=book, n=head.number: b.append("study", body(rng, n), caches={"surface": rng.randbytes(9000)}),
                happened,
                "appends",
            ):
                head = book.head()
            found = verify(path)
            must(found.problems == () and found.head == head, found)
        if book is None or rng.random() < 0.3:
            stack.close()
            book, stack = reopened(ExitStack(), path)
        must(book.head() == head, "no committed entry is lost, and none is added")
        must(book.append("study", body(rng, head.number), head=head.sha256).number == head.number + 1, "room again")
    stack.close()
    must(verify(path).problems == (), verify(path).problems)
    happened["entries in the end"] = verify(path).count
    return happened


def reopened(stack: ExitStack, path: Path) -> tuple[Book, ExitStack]:
    """Open a ledger for writing."""
    return stack.enter_context(store.opened(path, write=True)), stack


def on_a_full_disk(stack: ExitStack, path: Path, head: str, happened: Counter) -> tuple[Book | None, ExitStack]:
    """Close a ledger, read it, and open it again, all on a full disk."""
    stack.close()
    with suppress(InputError), store.opened(path) as reader:
        must(reader.head().sha256 == head, "what is read is what was committed")
        happened["read on a full disk"] += 1
    opening = ExitStack()
    try:
        return reopened(opening, path)
    except InputError as error:
        must("disk is full" in str(error), error)
        happened["not opened"] += 1
        return None, opening


def refused(work: Callable[[], object], happened: Counter, name: str) -> bool:
    """Tell whether the full disk was met, and check the words."""
    try:
        work()
    except InputError as error:
        must("the disk is full: nothing was added. Make room and try again." in str(error), error)
        happened[name] += 1
        return True
    happened["room enough"] += 1
    return False


def main(what: str, folder: Path, *numbers: str) -> None:
    """Run one of the above in a folder, and print what happened."""
    works = {
        "kills": kills,
        "statements": statements,
        "creations": creations,
        "writers": writers,
        "disk": lambda *a: full(*a, "disk"),
        "limit": lambda *a: full(*a, "limit"),
    }
    sys.stdout.write(json.dumps(works[what](folder, *map(int, numbers))))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
