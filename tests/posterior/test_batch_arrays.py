"""Arrays with names: chunks of dask give the numbers of memory, on threads and on a cluster that loses a worker."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
import xarray as xr

from irlbayes.core.assumptions import Prior
from irlbayes.posterior.batch import Panel, pool_arrays, pool_many

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))


def simulated(count: int, k: int = 6) -> tuple[xr.DataArray, xr.DataArray]:
    """Return data sets of up to k studies, padded with NaN."""
    rng = np.random.default_rng(8)
    sei = rng.uniform(0.1, 0.8, (count, k))
    yi = rng.normal(0.2, np.hypot(sei, 0.3))
    gone = np.arange(k) >= rng.integers(2, k + 1, count)[:, None]
    return tuple(xr.DataArray(np.where(gone, np.nan, part), dims=("outcome", "study")) for part in (yi, sei))


def test_chunks_are_lazy_and_agree() -> None:
    """Every outcome under three priors and two nulls; nothing is computed before it is asked for."""
    yi, sei = simulated(40)
    tau = Panel("half_normal", (xr.DataArray([0.2, 0.5, 1.0], dims="prior"),))
    null = xr.DataArray([0.0, 0.1], dims="null")
    here = pool_arrays(yi, sei, mu=MU, tau=tau, null=null)
    lazy = pool_arrays(yi.chunk(outcome=7), sei.chunk(outcome=7), mu=MU, tau=tau, null=null)
    assert lazy["mu_mean"].chunks is not None
    assert here["mu_mean"].sizes == {"outcome": 40, "null": 2, "prior": 3}
    xr.testing.assert_equal(lazy.compute(scheduler="threads"), here)
    row = pool_many([yi.values[5][~np.isnan(yi.values[5])]], sei=[sei.values[5][~np.isnan(sei.values[5])]],
                    mu=MU, tau=Prior("half_normal", (1.0,)), null=0.1)  # fmt: skip
    assert float(here["theta_new_p_gt_null"][5, 1, 2]) == row["theta_new_p_gt_null"][0]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_loses_a_worker() -> None:
    """Two processes, one of them killed while chunks are under way: the same numbers, to the last bit."""
    from distributed import Client, LocalCluster

    yi, sei = simulated(60_000)
    here = pool_arrays(yi, sei, mu=MU, tau=TAU)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        lazy = pool_arrays(yi.chunk(outcome=500), sei.chunk(outcome=500), mu=MU, tau=TAU)
        running = client.persist(lazy)
        before = {worker.pid for worker in cluster.workers.values()}
        while not _done(client):
            time.sleep(0.02)
        os.kill(min(before), signal.SIGKILL)
        assert _done(client) < 120
        there = running.compute()
        after = {worker.pid for worker in cluster.workers.values()}
    assert min(before) not in after
    xr.testing.assert_identical(there, here)


def _done(client: object) -> int:
    """Return how many chunks lie ready on the workers."""
    return sum(len(keys) for keys in client.has_what().values())  # type: ignore[attr-defined]
