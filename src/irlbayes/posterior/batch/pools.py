"""What the batch engine returns: an array per number, a place per data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
OF_EFFECT = ("mean", "sd", "median", "ci_low", "ci_high", "p_gt_null")
NUMBERS = (
    *(f"mu_{name}" for name in OF_EFFECT),
    *(f"tau_{name}" for name in OF_EFFECT[:5]),
    *(f"theta_new_{name}" for name in OF_EFFECT),
    "log_marginal_likelihood",
    "error_bound",
    "nodes",
    "mu_below",
    "tau_below",
    "theta_new_below",
)
BATCH, GENERAL, NONE = range(3)


@dataclass(frozen=True, eq=False)
class Pools:
    """Pooled posteriors, dims (dataset,) unless said otherwise.

    Parameters
    ----------
    numbers : Mapping
        By name: mean, sd, median, ci_low and ci_high of mu, tau and theta_new, p_gt_null of mu and theta_new,
        ``log_marginal_likelihood`` (NaN where the prior of mu is flat), ``error_bound``, ``nodes``, and where asked for
        ``mu_below``, ``tau_below`` and ``theta_new_below``. Moments that do not exist are NaN.
    solver : NDArray of int8
        0: the compiled rule; 1: the general engine, because the rule does not apply or its bound was not reached; 2:
        neither, and every number is NaN.
    failures : Mapping
        By data set, why there is no answer.
    offsets : NDArray of int64, dims (dataset + 1,)
        Where the studies of each data set begin.
    level : float
        Of the intervals.
    theta_mean, theta_sd : Array or None, dims (study of all data sets,)
        Each study's own effect, where asked for.
    without_each : Pools or None
        A data set for each study left out, in the order of the studies, where asked for.
    """

    numbers: Mapping[str, Array]
    solver: NDArray[np.int8]
    failures: Mapping[int, str]
    offsets: NDArray[np.int64]
    level: float
    theta_mean: Array | None = None
    theta_sd: Array | None = None
    without_each: Pools | None = field(default=None, repr=False)

    def __getitem__(self, name: str) -> Array:
        return self.numbers[name]

    def __len__(self) -> int:
        return self.offsets.size - 1

    def to_xarray(self) -> xr.Dataset:
        """Return the numbers as a dataset of xarray, dims (dataset,); studies' own effects have dims (study,)."""
        import xarray as xr

        found: dict[str, tuple[str, NDArray[Any]]] = {
            name: ("dataset", values) for name, values in self.numbers.items()
        }
        found["solver"] = ("dataset", self.solver)
        if self.theta_mean is not None and self.theta_sd is not None:
            found |= {"theta_mean": ("study", self.theta_mean), "theta_sd": ("study", self.theta_sd)}
            found["of_dataset"] = ("study", np.repeat(np.arange(len(self)), np.diff(self.offsets)))
        return xr.Dataset(found, attrs={"level": self.level})


def joined(parts: Sequence[Pools]) -> Pools:
    """Return the data sets of all parts, one part after another; studies' own effects are not kept."""
    starts = np.cumsum([0, *map(len, parts)])
    studies = np.cumsum([0, *(part.offsets[-1] for part in parts)])
    return Pools(
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0].numbers},
        np.concatenate([part.solver for part in parts]),
        {int(start) + i: why for start, part in zip(starts, parts, strict=False) for i, why in part.failures.items()},
        np.concatenate([[0], *(part.offsets[1:] + start for start, part in zip(studies, parts, strict=False))]),
        parts[0].level,
    )
