"""What is known of one outcome at a moment, in numbers that a ledger keeps, and how surprising a new study is then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from irlbayes.checks.loo_pit import simulated
from irlbayes.core.answers import Marginal, Posterior
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.decisions import Decision
from irlbayes.core.errors import FitError
from irlbayes.core.examining import Pooled
from irlbayes.core.types import Outcome, Study
from irlbayes.models import declare
from irlbayes.posterior.exact import prior_unknowns
from irlbayes.posterior.gate import exact_gate
from irlbayes.posterior.normal_terms import NormalTerms
from irlbayes.posterior.surface import Surface
from irlbayes.posterior.surface_error import error_bound
from irlbayes.posterior.surface_reading import Nodes, nodes, read

Array = NDArray[np.float64]
FIRST, MORE = 250, 1000  # reports simulated for a tail probability, and as many in all where it is small
SMALL = 0.25
LAID, LAID_BETWEEN = 513, (1e-6, 1.0 - 1e-6)  # points and quantiles at which a new effect is laid out for draws


NO_SURPRISE: Mapping[str, float | None] = MappingProxyType({"tail": None, "log_score": None})


class Unknown(Protocol):
    """One unknown, whichever way it is held."""

    @property
    def mean(self) -> float | None:
        """Mean, or None where it does not exist."""

    @property
    def sd(self) -> float | None:
        """Standard deviation, or None where it does not exist."""

    def quantile(self, p: Array | float) -> Array:
        """Return x with P(X <= x) = p."""

    def sf(self, x: Array | float) -> Array:
        """Return P(X > x)."""


@dataclass(frozen=True, eq=False)
class Summed:
    """An unknown as a sum of normal terms."""

    terms: NormalTerms
    mean: float | None
    sd: float | None

    def quantile(self, p: Array | float) -> Array:
        """Return x with P(X <= x) = p."""
        return self.terms.quantile(np.asarray(p, dtype=float))

    def sf(self, x: Array | float) -> Array:
        """Return P(X > x)."""
        return self.terms.above(np.asarray(x, dtype=float))


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of the unknowns of one outcome.

    Parameters
    ----------
    mu, theta_new, tau : Unknown or None
        None where nothing is known: under a flat prior before the data, or where there is no answer.
    engine : str
    log_marginal_likelihood, error_bound : float or None
    passed : bool
        Whether the posterior met its gate.
    reason : str
        Why there is no answer.
    held : Nodes or None
        Of a surface in closed form.
    ends : Mapping
        Ends of the central interval and median of mu, theta_new and tau, by level, where they are known already.
    """

    mu: Unknown | None
    theta_new: Marginal | Summed | None
    tau: Unknown | None
    engine: str = "exact"
    log_marginal_likelihood: float | None = None
    error_bound: float | None = None
    passed: bool = True
    reason: str = ""
    held: Nodes | None = None
    ends: Mapping[float, tuple[Array, Array, Array]] = field(default_factory=dict)

    @property
    def pooled(self) -> Pooled:
        """The pooled unknowns of a fit from the start, as a refit gives them.

        Raises
        ------
        FitError
            Where there is no answer.
        """
        parts = (self.mu, self.tau, self.theta_new)
        if any(part is None for part in parts):
            raise FitError(self.reason)
        error = float("nan") if self.error_bound is None else self.error_bound
        return Pooled(*parts, self.log_marginal_likelihood, error)  # type: ignore[arg-type]


def nothing(reason: str) -> Known:
    """Return that there is no answer."""
    return Known(None, None, None, passed=False, reason=reason)


def before_data(model: ModelSpec) -> Known:
    """Return what is known before any row: the prior, where it is proper."""
    if model.moderators or not model.mu.proper:
        return nothing("no study entered")
    found = prior_unknowns(model.mu, model.tau, model.random_effects)
    return Known(found.mu, found.theta_new, found.tau, log_marginal_likelihood=0.0, error_bound=0.0)


def of_posterior(posterior: Posterior) -> Known:
    """Return what a fit from the start found."""
    found, evidence = posterior.after, posterior.log_marginal_likelihood
    error, passed = posterior.error_bound, posterior.gate.passed
    return Known(found.mu, found.theta_new, found.tau, posterior.engine, evidence, error, passed)


def of_surface(surface: Surface, level: float) -> Known:
    """Return what a surface has learned.

    Parameters
    ----------
    surface : Surface
    level : float
        Probability of the intervals that will be asked for.

    Raises
    ------
    ArithmeticError
        When the posterior cannot be resolved.
    """
    if not surface.is_normal:
        found = read(surface)
        error, passed = found.error_bound, exact_gate(found.error_bound).passed
        return Known(found.mu, found.theta_new, found.tau, "exact", found.log_marginal_likelihood, error, passed)
    held = nodes(surface)
    mu, new = Summed(held.mu, held.mean, held.sd), Summed(held.theta_new, held.mean_new, held.sd_new)
    ends = _ends(mu, level), _ends(new, level), _ends(held.tau, level)
    error = error_bound(surface, held, *ends)
    passed = exact_gate(error).passed
    return Known(mu, new, held.tau, "exact", held.log_marginal_likelihood, error, passed, held=held, ends={level: ends})


def said(
    known: Known, outcome: Outcome, k: int, model: ModelSpec, level: float, decisions: Sequence[Decision]
) -> dict[str, Any]:
    """Return what is known as the plain numbers that a ledger keeps (`core.recorded.Said`).

    Parameters
    ----------
    known : Known
    outcome : Outcome
        With its thresholds.
    k : int
        Studies that entered.
    model : ModelSpec
    level : float
        Probability of the intervals.
    decisions : sequence of Decision
        Those about this outcome.
    """
    numbers: dict[str, Any] = {"k": k, "level": level, "fingerprint": declare.fingerprint(model)}
    if known.mu is None or known.theta_new is None or known.tau is None:
        return {**numbers, "reason": known.reason}
    parts = (known.mu, known.theta_new, known.tau)
    mu, new, tau = known.ends.get(level) or tuple(_ends(part, level) for part in parts)
    numbers |= {
        "engine": known.engine,
        "error_bound": _finite(known.error_bound),
        "passed": known.passed,
        "log_marginal_likelihood": _finite(known.log_marginal_likelihood),
        "mu": _effect(known.mu, outcome, mu),
        "new_study": _effect(known.theta_new, outcome, new),
        "tau": _interval(tau),
    }
    decided = {}
    for one in decisions:
        of = known.theta_new if one.new else known.mu
        above = float(of.sf(one.size))
        p = above if one.above else 1.0 - above
        decided[one.words] = {"p": p, "met": one.met(p)}
    return {**numbers, "decided": decided}


def _ends(unknown: Unknown, level: float) -> Array:
    return unknown.quantile(np.array([0.5 - 0.5 * level, 0.5, 0.5 + 0.5 * level]))


def _interval(ends: Array) -> dict[str, float]:
    return {name: float(end) for name, end in zip(("ci_low", "median", "ci_high"), ends, strict=True)}


def _effect(unknown: Unknown, outcome: Outcome, ends: Array) -> dict[str, Any]:
    sizes = [threshold.value for threshold in outcome.thresholds]
    at = np.array([*([] if outcome.null is None else [outcome.null]), *sizes])
    above = [float(p) for p in unknown.sf(at)] if at.size else []
    return {
        "mean": unknown.mean,
        "sd": unknown.sd,
        **_interval(ends),
        "p_gt_null": None if outcome.null is None else above[0],
        "p_gt": above[len(above) - len(sizes) :],
    }


def surprise(study: Study, before: Known, after: Known, seed: int) -> Mapping[str, float | None]:
    """Return how surprising a study's report was, given everything before it.

    Parameters
    ----------
    study : Study
    before, after : Known
    seed : int
        Of the reports that are simulated where the study's is not normal.

    Returns
    -------
    Mapping
        ``tail``: twice the smaller of the probabilities, before, of a report of this kind and design as low, or as high
        (at most 1); ``log_score``: the log of its predictive density or probability, the difference of two log marginal
        likelihoods. None where the prior of mu is flat and nothing bounded it yet.
    """
    if before.theta_new is None:
        return NO_SURPRISE
    low, high = _transform(study, before, seed)
    tail = min(1.0, 2.0 * min(high, 1.0 - low))
    return {"tail": tail, "log_score": _finite(_log_score(study, before, after))}


def _finite(value: float | None) -> float | None:
    """Return a number that JSON can hold, or None."""
    return value if value is not None and np.isfinite(value) else None


def _transform(study: Study, before: Known, seed: int) -> tuple[float, float]:
    """Return the probabilities of a report below this one, and not above it."""
    from scipy.special import ndtr

    curve = study.curve
    if curve.is_normal:
        yi, sei = float(curve.center[0]), float(curve.width[0])
        if before.held is not None:
            below = 1.0 - float(before.held.predicted(sei).above(np.array(yi)))
        else:
            new = _marginal(before)
            below = float(new.mass @ ndtr((yi - new.x) / sei))
        return below, below
    rng = np.random.default_rng((seed, 4))
    low, high = simulated(study, _effects(before.theta_new, FIRST, rng), rng)
    if min(high, 1.0 - low) > 0.5 * SMALL:
        return low, high
    return simulated(study, _effects(before.theta_new, MORE, rng), rng)


def _effects(unknown: Unknown | None, count: int, rng: np.random.Generator) -> Array:
    """Draw true effects of a new study, stratified."""
    assert unknown is not None
    level = (np.arange(count) + rng.random(count)) / count
    low, high = unknown.quantile(np.array(LAID_BETWEEN))
    x = np.linspace(low, high, LAID)
    return np.asarray(np.interp(level, 1.0 - unknown.sf(x), x))


def _log_score(study: Study, before: Known, after: Known) -> float | None:
    if before.log_marginal_likelihood is not None and after.log_marginal_likelihood is not None:
        return after.log_marginal_likelihood - before.log_marginal_likelihood
    new = _marginal(before)
    with np.errstate(divide="ignore"):
        return float(np.logaddexp.reduce(study.curve.log_value(new.x) + np.log(new.mass)))


def _marginal(known: Known) -> Marginal:
    assert known.theta_new is not None
    assert not isinstance(known.theta_new, Summed)
    return known.theta_new
