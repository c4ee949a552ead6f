"""Many meta-regressions of normal reports in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import normal_curve
from irlbayes.core.density import Density
from irlbayes.core.errors import InputError, Problem
from irlbayes.posterior.batch import asked
from irlbayes.posterior.batch.asked import TAU, Numbered, Priors, Reports
from irlbayes.posterior.batch.many import WITHIN
from irlbayes.posterior.batch.pools import BATCH, GENERAL, NONE, OF_EFFECT, Pools
from irlbayes.posterior.batch.threads import FEW, on_threads, parts_of, probits
from irlbayes.posterior.regression import solve_regression

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
NUMBERS = (
    *(f"tau_{name}" for name in OF_EFFECT[:5]),
    *(f"theta_new_{name}" for name in OF_EFFECT),
    "log_marginal_likelihood",
    "error_bound",
    "nodes",
)
BOUND = NUMBERS.index("error_bound")


@dataclass(frozen=True, eq=False)
class Regressions(Pools):
    """Pooled meta-regressions, dims (dataset,) unless said otherwise.

    Numbers are those of `Pools`, with mu and theta_new at the row of moderators asked for, and the same of every
    coefficient: ``beta_mean``, ``beta_sd``, ``beta_median``, ``beta_ci_low``, ``beta_ci_high`` and ``beta_p_gt_null``
    (above 0), dims (dataset, coefficient).
    """

    def to_xarray(self) -> xr.Dataset:
        """Return the numbers as a dataset of xarray, dims (dataset,) and (dataset, coefficient)."""
        import xarray as xr

        dims = ("dataset", "coefficient")
        return xr.Dataset(
            {name: (dims[: values.ndim], values) for name, values in self.numbers.items()}
            | {"solver": ("dataset", self.solver)},
            attrs={"level": self.level},
        )


def regress_many(
    yi: ArrayLike | Sequence[ArrayLike],
    *,
    vi: ArrayLike | Sequence[ArrayLike] | None = None,
    sei: ArrayLike | Sequence[ArrayLike] | None = None,
    offsets: ArrayLike | None = None,
    design: ArrayLike,
    beta: Sequence[Prior],
    tau: Priors,
    row: ArrayLike,
    null: float = 0.0,
    level: float = 0.95,
    studies: bool = False,
    workers: int | None = None,
) -> Regressions:
    """Pool many data sets of normal reports on moderators, each exactly.

    Parameters
    ----------
    yi, vi, sei, offsets
        As for `pool_many`; numbers without offsets are one data set.
    design : array_like, dims (study of all data sets, coefficient)
        Moderators, a column of ones for an intercept among them.
    beta : sequence of Prior
        ``normal`` or ``flat``, one per coefficient.
    tau : Prior, Panel or sequence of Prior
    row : array_like, dims (coefficient,) or (dataset, coefficient)
        Moderators at which the mean effect and a new study's are wanted.
    null : float
        Of mu and theta_new.
    level : float
        Of the intervals.
    studies : bool
        Whether each study's own (shrunken) effect is wanted.
    workers : int, optional
        Threads; as many as there are cores by default.

    Returns
    -------
    Regressions
        What the compiled rule cannot answer, or not within an error of 1e-9 of an sd, is `solve_regression`'s.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from irlbayes.core.assumptions import Prior
    >>> found = regress_many(
    ...     [0.1, 0.3, 0.6, 0.7], sei=[0.1, 0.2, 0.1, 0.2], design=[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]],
    ...     beta=[Prior("normal", (0.0, 1.0))] * 2, tau=Prior("half_normal", (0.5,)), row=[1.0, 1.5],
    ... )
    >>> found["beta_mean"].round(3).tolist()
    [[0.108, 0.219]]
    """
    asked.refuse_level(level)
    if offsets is None and np.ndim(yi[0]) == 0:  # type: ignore[index]
        offsets = [0, len(yi)]  # type: ignore[arg-type]
    given = asked.reports(yi, vi, sei, offsets)
    count = given.k.size
    x = np.ascontiguousarray(design, dtype=float)
    _check(x, beta, given)
    rows = np.ascontiguousarray(np.broadcast_to(np.asarray(row, dtype=float), (count, len(beta))))
    of_tau = asked.numbered(tau, "tau", count)
    prior = np.array([[one.parameters[0], one.parameters[1] ** -2.0] if one.proper else [0.0, 0.0] for one in beta]).T
    moments = _moments(given, of_tau, int((prior[1] == 0.0).sum()))
    tails = 0.5 * (1.0 - level)
    probabilities = np.array([0.5, tails, 1.0 - tails])
    nulls = np.zeros((count, len(beta) + 1))
    nulls[:, -1] = null
    out, lined = np.full((count, len(NUMBERS)), np.nan), np.full((count, len(beta) + 1, 6), np.nan)
    theta = np.full((2, given.yi.size if studies else 1), np.nan)
    fits = moments[:, 2] > 0
    _compiled(given, x, of_tau, prior, rows, moments, nulls, probabilities, studies, out, lined, theta, fits, workers)
    fits &= (out[:, BOUND] < WITHIN) & np.isfinite(lined[:, -1, 2])
    solver, failures = np.where(fits, BATCH, GENERAL).astype(np.int8), {}
    for i in np.flatnonzero(~fits):
        part = slice(given.offsets[i], given.offsets[i + 1])
        try:
            row_of, lines, own = _solved(
                given.yi[part], given.vi[part], x[part], beta, of_tau.at(int(i), TAU), rows[i], nulls[i], probabilities
            )
        except ArithmeticError as problem:
            row_of, lines, own, solver[i], failures[int(i)] = np.nan, np.nan, np.nan, NONE, str(problem)  # type: ignore[assignment]
        out[i], lined[i] = row_of, lines
        if studies:
            theta[:, part] = own
    numbers = {f"beta_{name}": np.ascontiguousarray(lined[:, :-1, i]) for i, name in enumerate(OF_EFFECT)}
    numbers |= {f"mu_{name}": np.ascontiguousarray(lined[:, -1, i]) for i, name in enumerate(OF_EFFECT)}
    numbers |= {name: np.ascontiguousarray(out[:, i]) for i, name in enumerate(NUMBERS)}
    own_effects = (theta[0], theta[1]) if studies else (None, None)
    return Regressions(numbers, solver, failures, given.offsets, level, *own_effects)


def _check(x: Array, beta: Sequence[Prior], given: Reports) -> None:
    """Refuse a design that does not fit the reports or the priors."""
    problems = []
    if x.shape != (given.yi.size, len(beta)) or not beta:
        rule = f"one row for each of {given.yi.size} studies, one column for each of {len(beta)} priors"
        problems.append(Problem("design", rule, "Stack the designs of all data sets.", value=str(x.shape)))
    elif not np.isfinite(x).all() or not (x != 0.0).any(axis=0).all():
        problems.append(Problem("design", "finite, no column all 0", "Leave out studies without moderators."))
    for prior in beta:
        if prior.family not in ("normal", "flat"):
            problems.append(Problem("beta", "normal or flat", "Choose one of these.", value=prior.family))
    if problems:
        raise InputError(problems)


def _moments(given: Reports, tau: Numbered, flat: int) -> NDArray[np.int64]:
    """Return moments of coefficients, of tau, and whether there is a posterior, dims (dataset, 3)."""
    power = tau.tail + given.k - flat
    of_tau = (power > 2.0).astype(np.int64) + (power > 3.0)
    return np.column_stack([of_tau if flat else np.full(of_tau.size, 2), of_tau, (power > 1.0) & (given.k > 0)])


def _compiled(
    given: Reports, x: Array, tau: Numbered, prior: Array, rows: Array, moments: NDArray[np.int64], nulls: Array,
    probabilities: Array, studies: bool, out: Array, lined: Array, theta: Array, fits: NDArray[np.bool_],
    workers: int | None,
) -> None:  # fmt: skip
    """Pool data sets by the compiled rule, on so many threads, into ``out``, ``lined`` and ``theta``."""
    chosen = np.flatnonzero(fits)
    if not chosen.size:
        return
    from irlbayes.posterior.batch.regression_nodes import regress_some

    z = probits(probabilities)
    fixed = (
        given.yi, given.vi, x, given.offsets, tau.family, tau.parameters, np.ascontiguousarray(prior), rows,
        np.ascontiguousarray(moments[:, :2]), nulls, probabilities, z, studies, out, lined, theta,
    )  # fmt: skip
    few = given.yi.size <= FEW
    on_threads(lambda part: regress_some(*fixed, *part), parts_of(given.k, chosen), 1 if few else workers)


def _solved(
    yi: Array, vi: Array, x: Array, beta: Sequence[Prior], tau: Prior, row: Array, nulls: Array, probabilities: Array
) -> tuple[Array, Array, Array]:
    """Return the numbers of one data set by `solve_regression`, as the kernel writes them."""
    curves = [normal_curve(float(y), float(v) ** 0.5) for y, v in zip(yi, vi, strict=True)]
    found = solve_regression(curves, x, beta, tau, row)

    def numbers(one: Density) -> list[float]:
        mean, sd = (np.nan if value is None else value for value in (one.mean, one.sd))
        return [mean, sd, *(float(value) for value in one.quantile(probabilities))]

    lines = [[*numbers(one), float(one.sf(null))] for one, null in zip((*found.beta, found.mu), nulls, strict=True)]
    evidence = np.nan if found.log_marginal_likelihood is None else found.log_marginal_likelihood
    out = [*numbers(found.tau), *numbers(found.theta_new), float(found.theta_new.sf(nulls[-1])), evidence]
    out += [found.error_bound, float(found.tau.x.size)]
    return np.array(out), np.array(lines), np.array([numbers(one)[:2] for one in found.theta]).T
