"""SQLite's write-ahead log: whether what a stopped program left behind in it is whole.

SQLite reads the log up to the first frame whose checksum fails, as a write that was cut short would leave it. Damage in
the middle looks the same to it, and would drop what was committed after: that is looked for here.
"""

from __future__ import annotations

import struct

HEADER, FRAME = 32, 24  # bytes
MAGIC = (0x377F0682, 0x377F0683)  # checksums of little-endian, big-endian words


def damaged_frame(log: bytes) -> int | None:
    """Return the first frame, counted from 1, that fails although a commit was written after it; 0 is the log's header.

    Notes
    -----
    Frames are written in order, and those of a commit are not written over while the log keeps its salt: a failing
    frame with the last frame of a commit behind it was whole once. Without one, it may be what a write that was cut
    short left behind, and so may a failing last frame of a commit: that one cannot be told from damage.
    """
    if len(log) < HEADER:
        return None
    magic, _, page = struct.unpack(">III", log[:12])
    salt = log[16:24]
    order = ">" if magic == MAGIC[1] else "<"
    sums = _checksum(log[:24], (0, 0), order)
    if magic not in MAGIC or sums != struct.unpack(">II", log[24:HEADER]):
        return 0
    size, failing = FRAME + page, None
    for number, start in enumerate(range(HEADER, len(log) - size + 1, size), start=1):
        frame = log[start : start + size]
        if failing is None:
            sums = _checksum(frame[FRAME:], _checksum(frame[:8], sums, order), order)
            if frame[8:16] != salt or sums != struct.unpack(">II", frame[16:FRAME]):
                failing = number
        elif frame[8:16] == salt and frame[4:8] != bytes(4):
            return failing
    return None


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
