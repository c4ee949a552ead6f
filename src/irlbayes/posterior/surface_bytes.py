"""A surface as bytes and back, exactly: what a record on file keeps of everything that came before.

The bytes are a line of names, a header in JSON (model, extent, and the shapes of what follows), every number as it
stands in memory, and a SHA-256 of all of it. Nothing in them is ever executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import Prior, RandomEffects
from irlbayes.core.curve import Curve
from irlbayes.core.packets import Packet
from irlbayes.posterior.surface import Extent, Surface
from irlbayes.posterior.tau_sums import TauPanels, TauSums

Array = NDArray[np.float64]
NAME = b"irlbayes surface 1\n"
DIGEST = hashlib.sha256().digest_size
LENGTH = 8  # bytes that hold the length of the header
PARTS = ("center", "width", "weight", "at", "blur", "step")
SCALARS = ("floor", "detail", "error")


def to_bytes(surface: Surface) -> bytes:
    """Return a surface as bytes, from which `from_bytes` makes the same surface to the last bit.

    Parameters
    ----------
    surface : Surface
    """
    sums = surface.sums
    arrays: list[Array] = [np.array([sums.constant, sums.lost, sums.origin]), sums.total, sums.rest]
    curves = []
    for curve in surface.partial:
        curves.append({"packets": len(curve.packets)})
        arrays += [getattr(curve, name) for name in PARTS] + [np.array([getattr(curve, name) for name in SCALARS])]
        for packet in curve.packets:
            arrays += [np.array([packet.center, packet.width]), packet.coefficient]
    header = {
        "mu": _prior(surface.mu),
        "tau": _prior(surface.tau),
        "random_effects": [surface.random_effects.family, *surface.random_effects.parameters],
        "extent": asdict(surface.extent),
        "panels": asdict(sums.panels),
        "normal": sums.normal,
        "curves": curves,
        "shapes": [list(array.shape) for array in arrays],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    numbers = b"".join(np.ascontiguousarray(array, dtype="<f8").tobytes() for array in arrays)
    body = NAME + len(text).to_bytes(LENGTH, "little") + text + numbers
    return body + hashlib.sha256(body).digest()


def from_bytes(data: bytes) -> Surface:
    """Return the surface that `to_bytes` wrote.

    Parameters
    ----------
    data : bytes

    Raises
    ------
    ValueError
        Where the bytes are not a surface of this version, or not as they were written.
    """
    if not data.startswith(NAME):
        raise ValueError("these bytes are not a surface, or one of another version: compute it again from the reports")
    body, digest = data[:-DIGEST], data[-DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("the bytes of a surface are not as they were written: compute it again from the reports")
    start = len(NAME) + LENGTH
    size = int.from_bytes(body[len(NAME) : start], "little")
    header: dict[str, Any] = json.loads(body[start : start + size])
    arrays = _arrays(body[start + size :], header["shapes"])
    constants, total, rest = next(arrays), next(arrays), next(arrays)
    constant, lost, origin = (float(number) for number in constants)
    sums = TauSums(TauPanels(**header["panels"]), origin, total, rest, constant, lost, header["normal"])
    partial = tuple(_curve(arrays, facts["packets"]) for facts in header["curves"])
    family, *parameters = header["random_effects"]
    return Surface(
        Prior(header["mu"][0], tuple(header["mu"][1])),
        Prior(header["tau"][0], tuple(header["tau"][1])),
        RandomEffects(family, tuple(parameters)),
        sums,
        partial,
        Extent(**header["extent"]),
    )


def _prior(prior: Prior) -> list[Any]:
    return [prior.family, list(prior.parameters)]


def _arrays(data: bytes, shapes: list[list[int]]) -> Iterator[Array]:
    start = 0
    for shape in shapes:
        count = int(np.prod(shape, dtype=int))
        yield np.frombuffer(data, "<f8", count, start).reshape(shape).astype(float)
        start += 8 * count


def _curve(arrays: Iterator[Array], packets: int) -> Curve:
    parts = {name: next(arrays) for name in PARTS}
    floor, detail, error = (float(number) for number in next(arrays))
    found = []
    for _ in range(packets):
        center, width = (float(number) for number in next(arrays))
        found.append(Packet(center, width, next(arrays)))
    return Curve(**parts, floor=floor, detail=detail, error=error, packets=tuple(found))
