"""The numbers of a PyMC model kept apart from its structure, so that one compiled model serves other numbers.

Arrays in a graph are what was reported, or comes of it; scalars belong to formulas. `held` turns the arrays of a term
into data of the model (`pymc.Data`), and `structure` tells what is left: two models of one structure differ in nothing
but the values of their data.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pymc as pm


def data(pymc: Any, name: str, value: Any) -> Any:
    """Return numbers as data of the model at hand.

    The first dimension is fixed, as are dimensions of length one, which may have to broadcast; other lengths may change.

    Parameters
    ----------
    pymc : module
    name : str
        Unique in the model.
    value : array_like
    """
    value = np.asarray(value)
    shape = tuple(length if place == 0 or length == 1 else None for place, length in enumerate(value.shape))
    return pymc.Data(name, value, shape=shape)


def held(pymc: Any, name: str, term: Any, given: Sequence[Any]) -> Any:
    """Return a term with every array of numbers in it as data of the model at hand, named after the term.

    Parameters
    ----------
    pymc : module
    name : str
        Unique in the model; the data are ``<name>.0``, ``<name>.1``, ...
    term : graph
    given : sequence of graph
        What the term is a function of: no number in these is touched.

    Returns
    -------
    graph
        The same function of what is given.
    """
    from pytensor.graph.replace import graph_replace
    from pytensor.graph.traversal import apply_ancestors
    from pytensor.tensor import TensorConstant
    from pytensor.tensor.shape import Reshape

    nodes = [node for node in apply_ancestors([term], blockers=list(given)) if not isinstance(node.op, Reshape)]
    inputs = dict.fromkeys(one for node in nodes for one in node.inputs if one not in given)
    arrays = [one for one in inputs if isinstance(one, TensorConstant) and one.ndim > 0]
    named = {one: data(pymc, f"{name}.{place}", one.data) for place, one in enumerate(arrays)}
    return graph_replace(term, {one: to.astype(one.dtype) for one, to in named.items()}, strict=False)


def values(model: pm.Model) -> dict[str, Any]:
    """Return the data of a model by name."""
    return {one.name: one.get_value() for one in model.data_vars}


def structure(model: pm.Model) -> Hashable:
    """Return all that decides what is compiled for a model: its graph, without the values of its data.

    Returns
    -------
    tuple
        Equal for two models whose graphs are the same operations on the same inputs, constants and data of the same
        names and types.
    """
    from pytensor.graph.basic import Constant
    from pytensor.graph.traversal import toposort

    outputs = [model.logp(), *model.deterministics, *model.free_RVs]
    order = toposort(outputs)
    places: dict[Any, Hashable] = {}
    for node in order:
        for one in node.inputs:
            if one.owner is None and one not in places:
                places[one] = (one.type, one.signature() if isinstance(one, Constant) else one.name)
        places |= {one: (len(places), place) for place, one in enumerate(node.outputs)}
    lines = tuple((node.op, *(places[one] for one in node.inputs)) for node in order)
    names = tuple((one.name, model.named_vars_to_dims.get(one.name)) for one in (*model.free_RVs, *model.deterministics))
    return lines, tuple(places[one] for one in outputs), names
