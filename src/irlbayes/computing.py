"""Posteriors by the hundred: one piece of work, and many of them in parallel through dask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from irlbayes import workflow
from irlbayes.core.answers import Gate, Marginal
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.errors import FitError, IrlbayesError
from irlbayes.core.examining import Pooled
from irlbayes.core.specified import ZERO, Answered, Work
from irlbayes.core.summary import describe
from irlbayes.core.types import EffectTable
from irlbayes.posterior import exact
from irlbayes.posterior.gate import LARGEST_ERROR, exact_gate
from irlbayes.posterior.refit import refit
from irlbayes.posterior.refusals import refuse
from irlbayes.processes import pool

Found = tuple[Marginal, Marginal | None, str, float | None, Gate]
BIAS_MODELS_ERROR = 1e-3  # integrated on coarser rules: what `irlbayes bias` says of its own error from
NAMES = ("mean", "median", "ci_low", "ci_high", "p_gt_null", "prior_p_gt_null")


def compute(work: Work) -> Answered:
    """Compute one posterior; one that cannot be computed says why.

    Parameters
    ----------
    work : Work

    Returns
    -------
    Answered
        The numbers of the question `pooled`, under the names that it has there.
    """
    outcome, model = work.effects.outcome, work.model
    try:
        refuse(work.effects, model, work.engine)
        mu, tau, engine, error, gate = _posterior(work)
        before = refit([], model, tau_at=0.0).mu if model.mu.proper else None
        numbers = describe(mu, before, outcome.null, work.level, ())
    except (ArithmeticError, IrlbayesError) as problem:
        return Answered(work.key, failure=str(problem))
    told = {name: None if numbers[name] is None else float(numbers[name]) for name in NAMES}
    return Answered(
        work.key,
        told["mean"],
        told["median"],
        told["ci_low"],
        told["ci_high"],
        told["p_gt_null"],
        told["prior_p_gt_null"],
        tau_median=None if tau is None else float(tau.quantile(0.5)),
        engine=engine,
        error_bound=error,
        passed=gate.passed,
    )


def _posterior(work: Work) -> Found:
    """Return mu, tau and how they were found: by quadrature where it applies and passes, else by `workflow.fit`.

    A common effect leaves one unknown, and quadrature is its engine whichever was asked for.
    """
    effects, model, engine = work.effects, work.model, work.engine
    if work.pool is not None:
        return _judged(work.pool(effects, model), BIAS_MODELS_ERROR)
    if model.tau == ZERO:
        return _judged(refit(effects.studies, model, tau_at=0.0))
    if engine != "nuts" and not exact.applies(effects, model):
        try:
            found = _judged(refit(effects.studies, model))
        except ArithmeticError:
            if engine == "exact":
                raise
        else:
            if found[-1].passed or engine == "exact":
                return found
    posterior = workflow.fit(effects, model, engine, work.seed)
    assert posterior.after.mu is not None
    return posterior.after.mu, posterior.after.tau, posterior.engine, posterior.error_bound, posterior.gate


def _judged(found: Pooled, limit: float = LARGEST_ERROR) -> Found:
    if found.mu is None:
        raise ArithmeticError("the reports contradict a common effect beyond what their curves resolve")
    return found.mu, found.tau, "exact", found.error_bound, exact_gate(found.error_bound, limit)


def above(effects: EffectTable, model: ModelSpec, null: float) -> bool:
    """Say whether an effect above the null is at least as probable as one below."""
    refuse(effects, model, "auto")
    try:
        mu = refit(effects.studies, model).mu
    except ArithmeticError:
        mu = workflow.fit(effects, model).after.mu
    assert mu is not None
    return float(mu.sf(null)) >= 0.5


def run(works: Sequence[Work], workers: int, done: Callable[[Answered], None]) -> None:
    """Compute posteriors, each told as soon as it is there.

    Parameters
    ----------
    works : sequence of Work
    workers : int
        Processes; 1 computes in this one.
    done : callable
        Called in this process with every answer.

    Raises
    ------
    FitError
        When a process ended before its work did.

    Notes
    -----
    Processes, not threads: the arrays are small, so the interpreter's lock is held most of the time
    (`docs/decisions/0022`).
    """
    if not works:
        return
    from concurrent.futures.process import BrokenProcessPool

    import dask
    from dask.callbacks import Callback

    class Tell(Callback):  # type: ignore[misc]  # dask's own class is not typed
        def _posttask(self, key: Any, result: Any, dsk: Any, state: Any, worker: Any) -> None:
            done(result)

    jobs = [dask.delayed(partial(compute, work), pure=False)() for work in works]
    count = min(workers, len(works))
    with Tell():
        try:
            if count == 1:
                dask.compute(*jobs, optimize_graph=False, scheduler="synchronous")
                return
            with pool(count) as processes:
                how = {"scheduler": "processes", "pool": processes, "num_workers": count, "chunksize": 1}
                dask.compute(*jobs, optimize_graph=False, **how)
        except BrokenProcessPool:
            raise FitError(
                "a process was ended from outside before its work was done (memory?); --resume keeps what is there,"
                " fewer --workers need less"
            ) from None
