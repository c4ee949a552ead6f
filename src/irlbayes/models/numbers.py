"""The numbers of a PyMC model kept apart from its structure, so that one compiled model serves other numbers.

Arrays in a graph are what was reported, or comes of it; scalars belong to formulas. `Numbers` keeps the arrays as data
of the model (`pymc.Data`), so that models of one structure differ in these values alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Numbers:
    """Numbers of the model at hand, all in one vector of data (`pymc.Data`): nutpie compiles slowly for many.

    Parameters
    ----------
    pymc : module
    """

    def __init__(self, pymc: Any) -> None:
        self.vector = pymc.Data("numbers", np.zeros(1))
        self.rows: list[NDArray[Any]] = []

    def add(self, value: Any) -> Any:
        """Keep numbers, and return them as a graph of the same shape; integers stay integers.

        Parameters
        ----------
        value : array_like
        """
        value = np.asarray(value)
        start = sum(row.size for row in self.rows)
        self.rows.append(value)
        part = self.vector[start : start + value.size] if value.ndim else self.vector[start]
        return (part if value.ndim == 0 else part.reshape(value.shape)).astype(value.dtype)

    def hold(self, term: Any, given: Sequence[Any]) -> Any:
        """Return a term with every array of numbers in it as data.

        Parameters
        ----------
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
        return graph_replace(term, {one: self.add(one.data) for one in arrays}, strict=False)

    def settle(self) -> None:
        """Put the numbers kept so far into the data."""
        self.vector.set_value(np.concatenate([row.ravel() for row in self.rows]).astype(float))
