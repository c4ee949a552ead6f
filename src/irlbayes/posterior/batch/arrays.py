"""Arrays with names, in memory or in chunks: the batch engine as a generalized function of the studies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import Prior
from irlbayes.posterior.batch.asked import Panel
from irlbayes.posterior.batch.many import pool_many
from irlbayes.posterior.batch.pools import NUMBERS

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
TOLD = (*NUMBERS[:-3], "solver")


def pool_arrays(
    yi: xr.DataArray,
    sei: xr.DataArray,
    *,
    mu: Prior | Panel,
    tau: Prior | Panel,
    null: xr.DataArray | float = 0.0,
    level: float = 0.95,
    dim: str = "study",
) -> xr.Dataset:
    """Pool along one dimension, whatever the others are.

    Parameters
    ----------
    yi, sei : xarray.DataArray
        Effects and standard errors, with NaN where a data set has fewer studies than another. Arrays of dask are pooled
        chunk by chunk on whatever runs them; the studies of a data set must lie in one chunk.
    mu, tau : Prior or Panel
        A panel's parameters may be arrays of xarray with other dimensions: every combination is pooled.
    null : xarray.DataArray or float
    level : float
        Of the intervals.
    dim : str
        The dimension of the studies.

    Returns
    -------
    xarray.Dataset
        The numbers of `Pools`, and which solver answered; not yet computed where the input is not.

    Raises
    ------
    InputError

    Examples
    --------
    >>> import xarray as xr
    >>> yi = xr.DataArray([[0.3, 0.1, np.nan], [0.5, 0.2, 0.4]], dims=("outcome", "study"))
    >>> sei = xr.DataArray([[0.1, 0.2, np.nan], [0.2, 0.1, 0.3]], dims=("outcome", "study"))
    >>> scales = xr.DataArray([0.25, 0.5], dims="prior")
    >>> found = pool_arrays(yi, sei, mu=Prior("normal", (0.0, 1.0)), tau=Panel("half_normal", (scales,)))
    >>> found["mu_mean"].round(3).values.tolist()
    [[0.228, 0.213], [0.305, 0.309]]
    """
    import xarray as xr

    given = [xr.DataArray(value) for prior in (mu, tau) for value in prior.parameters]
    split = len(mu.parameters)
    function: Callable[..., Array] = partial(_rows, mu=mu.family, tau=tau.family, split=split, level=level)
    options: dict[str, Any] = {"output_sizes": {"number": len(TOLD)}}
    rows = xr.apply_ufunc(
        function,
        yi,
        sei,
        xr.DataArray(null),
        *given,
        input_core_dims=[[dim], [dim], *[[]] * (1 + len(given))],
        output_core_dims=[["number"]],
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs=options,
    )
    return xr.Dataset({name: rows.isel(number=i) for i, name in enumerate(TOLD)}, attrs={"level": level})


def _rows(yi: Array, sei: Array, null: Array, *parameters: Array, mu: str, tau: str, split: int, level: float) -> Array:
    """Return the numbers of every data set, dims (..., number), from arrays that broadcast, dims (..., study)."""
    outer = np.broadcast_shapes(yi.shape[:-1], sei.shape[:-1], null.shape, *(part.shape for part in parameters))
    count = int(np.prod(outer))
    y, s = (np.broadcast_to(part, (*outer, yi.shape[-1])).reshape(count, -1) for part in (yi, sei))
    flat = [np.broadcast_to(part, outer).ravel() for part in (null, *parameters)]
    found = pool_many(
        y,
        sei=s,
        null=flat[0],
        mu=Panel(mu, tuple(flat[1 : 1 + split])),
        tau=Panel(tau, tuple(flat[1 + split :])),
        level=level,
        workers=1,  # whoever holds the chunks has the cores
    )
    columns = [found.solver.astype(float) if name == "solver" else found[name] for name in TOLD]
    return np.stack(columns, axis=-1).reshape(*outer, len(TOLD))
