"""Models that nutpie has compiled, kept for other numbers: in this process, and as machine code in a folder.

Compiling takes longer than sampling. What is compiled depends on the model's structure alone: its graph, without the
values of its data (`pymc.Data`). A model of a structure that was compiled before is sampled with its own numbers by the
code that is there. Numba's machine code is kept between runs in `folder`.
"""

from __future__ import annotations

import atexit
import os
import platform
import shutil
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pymc as pm

KEPT = 16  # compiled models, of a few megabytes each
PRODUCERS = ("pytensor", "numba", "llvmlite", "numpy")  # of whose versions machine code is
CACHE = "IRLBAYES_CACHE"


@dataclass
class Compiled:
    """A compiled model; whoever samples it holds its lock, as its starting points read numbers that it shares."""

    code: Any
    lock: Lock = field(default_factory=Lock)

    def given(self, model: pm.Model) -> Any:
        """Return the code with the numbers of another model of its structure. The lock must be held."""
        values = {one.name: one.get_value() for one in model.data_vars}
        for shared in self.code.shared_var_keys:
            shared.set_value(values[shared.name])
        return self.code.with_data(**{shared.name: values[shared.name] for shared in self.code.shared_var_keys})


_kept: OrderedDict[Hashable, Compiled] = OrderedDict()
_keeping = Lock()


def compiled(model: pm.Model, variables: Sequence[str]) -> Compiled:
    """Return a compiled model of a model's structure: one kept from before, or a new one.

    Parameters
    ----------
    model : pymc.Model
    variables : sequence of str
        Those to keep of every draw.
    """
    import nutpie
    import pytensor

    key = (structure(model), tuple(variables))
    with _keeping:  # one compiles at a time
        if key not in _kept:
            with pytensor.config.change_flags(numba__fastmath=False):
                _kept[key] = Compiled(nutpie.compile_pymc_model(model, backend="numba", var_names=list(variables)))
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return _kept[key]


def structure(model: pm.Model) -> Hashable:
    """Return all that decides what is compiled for a model: its graph, without the values of its data.

    Returns
    -------
    tuple
        Equal for two models whose graphs are the same operations on the same inputs: constants of the same values, and
        data and variables of the same names and types.
    """
    from pytensor.graph.basic import Constant
    from pytensor.graph.traversal import toposort

    named = (*model.free_RVs, *model.deterministics)
    outputs = [model.logp(), *named]
    order = list(toposort(outputs))
    places: dict[Any, Hashable] = {}
    for node in order:
        for one in node.inputs:
            if one.owner is None and one not in places:
                places[one] = (one.type, one.signature() if isinstance(one, Constant) else one.name)
        places |= {one: (len(places), place) for place, one in enumerate(node.outputs)}
    lines = tuple((node.op, *(places[one] for one in node.inputs)) for node in order)
    names = tuple((one.name, model.named_vars_to_dims.get(one.name)) for one in named)
    lengths = tuple((one.name, one.get_value(borrow=True).shape) for one in model.data_vars)
    return lines, tuple(places[one] for one in outputs), names, lengths


def folder() -> Path:
    """Return where machine code is kept: one folder for the versions of all that makes it.

    ``$IRLBAYES_CACHE``, or ``irlbayes`` in the user's cache folder. It may be removed at any time.

    Examples
    --------
    >>> folder().name.startswith("pytensor-")
    True
    """
    home = os.environ.get(CACHE)
    base = Path(home) if home else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "irlbayes"
    versions = [f"{name}-{version(name)}" for name in PRODUCERS]
    return base / "_".join([*versions, f"python-{platform.python_version()}"])


def keep_code() -> None:
    """Have PyTensor keep machine code in `folder`, or for this process alone where it cannot be written.

    PyTensor reads the folder's name when it is first imported; one that the user has named in ``PYTENSOR_FLAGS`` stays.
    """
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    if "pytensor" in sys.modules or "compiledir" in flags:
        return
    with suppress(OSError, RuntimeError):  # no such folder, no home
        place = folder()
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            pass
        _name(place, flags)
        return
    place = Path(tempfile.mkdtemp(prefix="irlbayes-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    _name(place, flags)


def _name(place: Path, flags: str) -> None:
    os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, (flags, f"base_compiledir={place}")))
