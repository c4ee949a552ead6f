"""The reference of a ledger's file says what the file is: its tables, hashes, lines and seal, by other means."""

from __future__ import annotations

import hashlib
import io
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from irlbayes.ledger import exchange, schema, store
from irlbayes.ledger.checking import verify

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "ledger.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1].encode().splitlines(keepends=True)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Return the page's example as a ledger."""
    exchange.load(EXAMPLE, tmp_path / "irl.ledger")
    return tmp_path / "irl.ledger"


def test_hash_is_what_the_page_computes() -> None:
    """The block runs with the standard library alone, and its hash is that of the first line of the example."""
    block = re.search(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
    assert "irlbayes" not in block
    names: dict[str, object] = {}
    exec(compile(block, "ledger.md", "exec"), names)
    first = json.loads(EXAMPLE[1])
    assert {**names["entry"], "sha256": first["sha256"]} == first


def test_every_hash_of_the_example_is_the_rule_of_the_page() -> None:
    """Recomputed without the package: each entry's hash, each link, and the header."""
    header, *entries = map(json.loads, EXAMPLE)
    previous = "0" * 64
    for entry in entries:
        other = {name: value for name, value in entry.items() if name != "sha256"}
        text = json.dumps(other, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert entry["previous"] == previous
        assert entry["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        previous = entry["sha256"]
    assert header == {"entries": len(entries), "head": previous, "schema": exchange.SCHEMA}


def test_the_example_is_a_ledger_and_goes_out_as_it_came(ledger: Path) -> None:
    """Import and export give the page's bytes."""
    out = io.BytesIO()
    exchange.export(ledger, out)
    assert out.getvalue() == b"".join(EXAMPLE)
    assert verify(ledger).problems == ()


def test_tables_are_those_of_the_page(ledger: Path) -> None:
    """Each table with its columns in order; application and version."""
    table, told = "", {}
    for name, column in re.findall(r"^\| (`\w+`)? ?\| `(\w+)` \|", PAGE, re.MULTILINE):
        table = name.strip("`") or table
        told.setdefault(table, []).append(column)
    with closing(sqlite3.connect(ledger)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}
    assert told == found
    assert f"`PRAGMA application_id` is {schema.APPLICATION:#x}" in PAGE
    assert f"`PRAGMA user_version` the version of the tables, {schema.version()}." in PAGE


def test_the_seal_is_the_rule_of_the_page(ledger: Path) -> None:
    """Recomputed without the package, after appends by several connections."""
    for k in range(3):
        with store.opened(ledger, write=True) as book:
            book.append("note", {"k": k}, caches={"surface": bytes(9000 * (3 - k))})
    with closing(sqlite3.connect(ledger)) as connection:
        (digest,) = connection.execute("SELECT digest FROM seal").fetchone()
    image = bytearray(ledger.read_bytes())
    assert image[24:28] == image[92:96]
    image[24:28] = image[92:96] = bytes(4)
    place = image.index(digest)
    image[place : place + 32] = bytes(32)
    assert hashlib.sha256(image).digest() == digest
