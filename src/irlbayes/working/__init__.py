"""An evidence base in hand: its rows as text, mended and added to, under priors that move; saved as a file."""

from __future__ import annotations

from irlbayes.working.asking import (
    answer,
    cells_of,
    command,
    kinds,
    library_for,
    model_of,
    models_for,
    reach,
    report,
    settled,
)
from irlbayes.working.hand import (
    Answer,
    Session,
    bundled,
    is_declared,
    open_bundled,
    open_file,
    plain_name,
    read_file,
    table_of,
)
from irlbayes.working.keeping import TEXTS, reopen, save
from irlbayes.working.places import open_place
from irlbayes.working.rows import add_row, edit, names, remove_row

__all__ = [
    "TEXTS",
    "Answer",
    "Session",
    "add_row",
    "answer",
    "bundled",
    "cells_of",
    "command",
    "edit",
    "is_declared",
    "kinds",
    "library_for",
    "model_of",
    "models_for",
    "names",
    "open_bundled",
    "open_file",
    "open_place",
    "plain_name",
    "reach",
    "read_file",
    "remove_row",
    "reopen",
    "report",
    "save",
    "settled",
    "table_of",
]
