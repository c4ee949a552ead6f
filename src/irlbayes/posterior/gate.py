"""What a posterior must pass to be believed: sampler diagnostics, or the exact engine's own error.

A gate never raises: a diagnostic that is missing, not a number or out of its range is a check that did not pass.

References
----------
Vehtari, A., Gelman, A., Simpson, D., Carpenter, B., & Bürkner, P.-C. (2021). Rank-normalization, folding, and
localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis, 16(2), 667-718.
Betancourt, M. (2016). Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo. arXiv:1604.00695.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Check, Gate

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
UNKNOWNS = ("mu", "tau", "theta")
HIGHEST_RHAT = 1.01
LEAST_ESS = 400.0
TAILS = (0.05, 0.95)
LEAST_BFMI = 0.3
LARGEST_ERROR = 1e-6


def exact_gate(error_bound: float, limit: float = LARGEST_ERROR) -> Gate:
    """Judge the exact engine by the error it measured on a coarser grid.

    Parameters
    ----------
    error_bound : float
        Largest change of any summary, relative to its size or to the posterior sd.
    limit : float
        Largest error to accept.
    """
    rule = f"the largest change of a summary on a coarser grid is at most {limit:g}"
    return Gate((_check("error bound", error_bound, rule, lambda value: value <= limit),))


def gate(tree: xr.DataTree, names: Sequence[str] = UNKNOWNS) -> Gate:
    """Judge draws of a sampler by ArviZ's diagnostics.

    Parameters
    ----------
    tree : xarray.DataTree
        With groups ``posterior`` (mu, tau, theta; dims chain, draw) and ``sample_stats`` (diverging, energy).
    names : sequence of str
        The unknowns that are judged; omega too where it is there.

    Returns
    -------
    Gate
        One check per diagnostic, with its worst value over every unknown (over chains, for E-BFMI). A
        value of None could not be computed, which does not pass.
    """
    clustered = _variable(tree, "posterior", "omega") is not None
    unknowns = [_variable(tree, "posterior", name) for name in (*names, *(("omega",) if clustered else ()))]
    rhat, bulk, tail = (_worst(unknowns, name) for name in ("rhat", "bulk", "tail"))
    diverging, energy = (_variable(tree, "sample_stats", name) for name in ("diverging", "energy"))
    return Gate(
        (
            _check(
                "R-hat", rhat, f"rank-normalized split R-hat is at most {HIGHEST_RHAT:g}", lambda v: v <= HIGHEST_RHAT
            ),
            _check("bulk ESS", bulk, f"at least {LEAST_ESS:g} effective draws of the bulk", lambda v: v >= LEAST_ESS),
            _check("tail ESS", tail, f"at least {LEAST_ESS:g} effective draws of the tails", lambda v: v >= LEAST_ESS),
            _check("divergences", _total(diverging), "no divergent transition", lambda v: v == 0.0),
            _check("E-BFMI", _bfmi(energy), f"at least {LEAST_BFMI:g} in every chain", lambda v: v >= LEAST_BFMI),
        )
    )


def _check(name: str, value: float | None, rule: str, holds: Callable[[float], bool]) -> Check:
    if value is None or not np.isfinite(value):
        return Check(name, None, rule, False)
    return Check(name, float(value), rule, bool(holds(value)))


def _worst(unknowns: Sequence[Array | None], name: str) -> float | None:
    """Worst R-hat (largest) or effective sample size (smallest) over all unknowns; None where one of them has none."""
    import arviz as az

    values = []
    for draws in unknowns:
        if draws is None or draws.size == 0 or not _varies(draws):
            return None
        if name == "rhat":
            values.append(np.ravel(az.rhat(draws)))
        else:
            values.append(np.ravel(az.ess(draws, method=name, prob=TAILS if name == "tail" else None)))
    return float(np.concatenate(values).max() if name == "rhat" else np.concatenate(values).min())


def _varies(draws: Array) -> bool:
    """Whether every chain of every unknown moves, dims (chain, draw, ...), and all of it is finite.

    Effective sample sizes of a chain that stands still are not defined, and ArviZ gives the number of draws there.
    """
    return bool(np.isfinite(draws).all() and (np.ptp(draws, axis=1) > 0.0).all())


def _bfmi(energy: Array | None) -> float | None:
    if energy is None or energy.size == 0 or not _varies(energy):
        return None
    import arviz as az

    return float(np.min(az.bfmi(energy)))


def _total(diverging: Array | None) -> float | None:
    return None if diverging is None or diverging.size == 0 else float(diverging.sum())


def _variable(tree: xr.DataTree, group: str, name: str) -> Array | None:
    """Return a variable as an array with chain and draw first, or None where it is missing."""
    if group not in tree.children or name not in tree[group].data_vars:
        return None
    return np.asarray(tree[group][name].transpose("chain", "draw", ...).values, dtype=float)
