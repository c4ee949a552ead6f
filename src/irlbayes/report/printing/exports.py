"""What a page is made of, as files: tables, pictures, references, the document, and programs that run."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from io import StringIO

from irlbayes.core.pages import Line, Number, Page, Reference, Script, Table
from irlbayes.report.drawn import numbers, pictures, plain
from irlbayes.report.figures import png, svg

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for one


def write(page: Page, progress: Callable[[str, int, int], None] | None = None) -> dict[str, bytes]:
    """Return the files that a page is made of, by their names.

    Parameters
    ----------
    page : Page
    progress : callable, optional
        Called with the name of each picture, its number and the number of pictures.

    Returns
    -------
    dict of str to bytes
        ``<table>.csv``, ``<picture>.png`` and ``.svg``, ``<outcome>.py``, ``references.bib``, ``document.json``.

    Notes
    -----
    A column of a table that shows numbers is followed by those numbers at full precision, one column each.
    """
    cited = numbers(page)
    found: dict[str, bytes] = {"document.json": _json(page), "references.bib": bibtex(page.references).encode()}
    for block in page.blocks():
        if isinstance(block, Table):
            _add(found, block.name, ".csv", table(block, cited).encode("utf-8-sig"))
        elif isinstance(block, Script):
            stem, _, ending = block.name.rpartition(".")
            _add(found, stem or ending, f".{ending}" if stem else "", block.text.encode())
    for one in pictures(page, progress):
        _add(found, one.picture.name, ".png", png(one.figure, one.alternative))
        _add(found, one.picture.name, ".svg", svg(one.figure, one.alternative, inline=False).encode())
    return found


def table(block: Table, cited: dict[str, int]) -> str:
    """Return a table as CSV: what is shown, and every number at full precision.

    Parameters
    ----------
    block : Table
    cited : dict
        Number of every reference by its key.
    """
    most = [max((len(_values(row[place])) for row in block.rows), default=0) for place in range(len(block.columns))]
    heads: list[str] = []
    for name, count in zip(block.columns, most, strict=True):
        title = name or "name"
        heads += [title, *(f"{title}, value{f' {place}' if count > 1 else ''}" for place in range(1, count + 1))]
    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow([_inert(name) for name in heads])
    for row in block.rows:
        cells: list[str] = []
        for line, count in zip(row, most, strict=True):
            values = _values(line)
            cells += [_inert(plain(line, cited)), *values, *[""] * (count - len(values))]
        rows.writerow(cells)
    return out.getvalue()


def bibtex(references: tuple[Reference, ...]) -> str:
    r"""Return references as BibTeX.

    Parameters
    ----------
    references : tuple of Reference

    Examples
    --------
    >>> print(bibtex((Reference("a", "article", {"title": "On 5 % of {PyMC}"}, ""),)))
    @article{a,
      title = {On 5 \% of {PyMC}},
    }
    <BLANKLINE>
    """
    entries = []
    for one in references:
        fields = "".join(f"  {name} = {{{_tex(value)}}},\n" for name, value in one.fields.items())
        kind = "misc" if one.type == "software" else one.type
        entries.append(f"@{kind}{{{one.key},\n{fields}}}\n")
    return "\n".join(entries)


def _tex(value: str) -> str:
    return re.sub(r"(?<!\\)([%&#$_])", r"\\\1", value)


def _values(line: Line) -> list[str]:
    """Return the numbers of a cell at full precision."""
    return [repr(piece.value) for piece in line if isinstance(piece, Number) and isinstance(piece.value, float | int)]


def _inert(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula."""
    if not text.startswith(FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def _add(found: dict[str, bytes], name: str, ending: str, content: bytes) -> None:
    """Add a file by a name that every system takes and that no other file has."""
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "file"
    names = (f"{stem}{f'-{number}' if number > 1 else ''}{ending}" for number in range(1, len(found) + 2))
    taken = {one.lower() for one in found}
    found[next(one for one in names if one.lower() not in taken)] = content


def _json(page: Page) -> bytes:
    return (json.dumps(page.document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
