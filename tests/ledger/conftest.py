"""Small ledgers to read, to append to and to damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from irlbayes.ledger import store

AT = "2026-11-15T08:30:00Z"
SURFACE = bytes(range(256)) * 20  # longer than a page, so that it has pages of its own


def grow(path: Path, count: int) -> Path:
    """Write a ledger of example entries, with something derived, and with pages that were freed."""
    store.create(path, "begun", {"outcome": "relapse", "text": "Özturk, 1.10 [0.84, 1.44]"}, at=AT)
    with store.opened(path, write=True) as book:
        for k in range(2, count + 1):
            body = {"label": f"Example {k}", "yi": 0.1 * k, "sei": [0.2, None], "passed": True}
            book.append(
                "study", body, head=book.head().sha256, caches={"surface": SURFACE, f"part/{k % 3}": b"x"}, at=AT
            )
        book.drop_cache("surface")
        book.append("correction", {"supersedes": 2, "yi": 0.15}, caches={"surface": SURFACE[:5000]}, at=AT)
    return path


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a ledger of six entries."""
    return grow(tmp_path_factory.mktemp("ledger") / "irl.ledger", 5).read_bytes()


@pytest.fixture
def path(tmp_path: Path, image: bytes) -> Path:
    """Return a ledger of six entries."""
    path = tmp_path / "irl.ledger"
    path.write_bytes(image)
    return path
