"""Reports of one kind written as one graph: numbers in arrays with the report first, rows of a form together.

A graph for every report would take longer to compile with every row, and could be used for these rows alone. Written
so, its size does not depend on the number of rows, and the numbers can be changed for others (`models.numbers`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def stack(rows: Sequence[Array], fill: float) -> Array:
    """Return rows of different lengths as one array, dims (row, place), the short ones filled up at their ends.

    Parameters
    ----------
    rows : sequence of numpy.ndarray, dims (place,)
        At least one.
    fill : float
        What stands where a row has ended.

    Examples
    --------
    >>> stack([np.array([1.0, 2.0]), np.array([3.0])], 0.0).tolist()
    [[1.0, 2.0], [3.0, 0.0]]

    Notes
    -----
    The length is rounded up by at most a fourth, so that other rows are likely to need the same.
    """
    longest = max(row.size for row in rows)
    step = 1 << max(longest.bit_length() - 3, 0)
    out = np.full((len(rows), -(-longest // step) * step), fill)
    for place, row in enumerate(rows):
        out[place, : row.size] = row
    return out


def by_form[Row, Form: Hashable](
    theta: Any, rows: Sequence[Row], form_of: Callable[[Row], Form], write: Callable[[Form, Any, list[Row]], Any]
) -> Any:
    """Return the log-likelihood of rows of several forms, each form written once, in the order of the rows.

    Parameters
    ----------
    theta : graph, dims (row,)
    rows : sequence
        What is known of each row; at least one.
    form_of : callable
        ``form_of(row)``: rows of the same form are one graph.
    write : callable
        ``write(form, theta, rows)`` gives the log-likelihood of rows of one form, dims (row,).

    Returns
    -------
    graph, dims (row,)
    """
    import pytensor.tensor as pt

    places: dict[Form, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(form_of(row), []).append(place)
    if len(places) == 1:
        return write(next(iter(places)), theta, list(rows))
    parts = [write(form, theta[np.array(found)], [rows[place] for place in found]) for form, found in places.items()]
    order = np.concatenate([np.array(found) for found in places.values()])
    return pt.concatenate(parts)[np.argsort(order)]
