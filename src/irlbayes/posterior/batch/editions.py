"""Which edition of the kernels this is, by their sources."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32


def edition() -> int:
    """Return a checksum of every source file of this folder.

    What numba keeps on disk it calls stale where the file of the function itself changed; those that it calls are
    compiled into it, and may stand in others. So only the outermost functions are kept (``cache=True``), and each names
    this number: it is compiled again, with all that it calls, after any change.
    """
    total = 0
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total = crc32(path.read_bytes(), total)
    return total
