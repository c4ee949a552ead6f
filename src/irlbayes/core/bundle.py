"""Where the bundled evidence and models are: beside `src/` in a checkout, inside the package when installed."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def folder(name: str) -> Path:
    """Return the bundled folder ``data`` or ``models``."""
    checkout = PACKAGE.parents[1]
    if PACKAGE.parent.name == "src" and (checkout / "pyproject.toml").is_file():
        return checkout / name
    return PACKAGE / "bundled" / name
