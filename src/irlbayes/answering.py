"""Questions put to a posterior, and everything that is said of one outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import erfc, sqrt

from irlbayes.checks import leave_one_out
from irlbayes.core.answers import Evidence, Posterior, Result
from irlbayes.core.assumptions import ModelSpec, RandomEffects
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.examining import Case
from irlbayes.core.registry import leaves
from irlbayes.core.types import Threshold
from irlbayes.core.words import null_shown
from irlbayes.posterior.refit import above, refit, scores
from irlbayes.posterior.subgroups import regroup


def questions() -> Mapping[str, Callable[..., Evidence]]:
    """Return every question by name: the files of `questions/`."""
    return {name: module.answer for name, module in leaves("irlbayes.questions").items()}


def usual() -> tuple[str, ...]:
    """Return the questions that every analysis answers: all but those that wait for a request."""
    return tuple(n for n, m in leaves("irlbayes.questions").items() if not getattr(m, "ON_REQUEST", False))


def refuse_level(level: float) -> None:
    """Refuse a probability of intervals that is none."""
    if not 0.0 < level < 1.0:
        raise InputError(
            Problem("--level", "a probability above 0 and below 1", "Write 0.95 for 95 %.", value=f"{level:g}")
        )


def ask(
    posterior: Posterior, question: str = "pooled", level: float = 0.95, thresholds: Sequence[Threshold] | None = None
) -> Evidence:
    """Put one question to a posterior.

    Parameters
    ----------
    posterior : Posterior
    question : str
        ``pooled``, ``new_study``, ``heterogeneity``, ``shrinkage``, ``threshold_curve``, ``moderators``, ``treatment``,
        ``cautions`` or ``forest``.
    level : float
        Probability of the intervals.
    thresholds : sequence of Threshold, optional
        Sizes of effect; those the outcome declares by default.

    Returns
    -------
    Evidence

    Examples
    --------
    >>> from irlbayes.workflow import effect_table, fit, load_model, read_reports
    >>> table = read_reports("irl")
    >>> posterior = fit(effect_table(table, "relapse"), load_model(table.outcomes["relapse"]))
    >>> 0.9 < ask(posterior, "pooled").numbers["p_gt_null"] < 1.0
    True
    """
    known = questions()
    refuse_unknown("question", [question], known)
    refuse_level(level)
    declared = posterior.effects.outcome.thresholds if thresholds is None else thresholds
    return known[question](posterior, level=level, thresholds=declared)


def result(
    posterior: Posterior, level: float, thresholds: Sequence[Threshold], without: Collection[str] = ()
) -> Result:
    """Put every question to a posterior, and say where its reports do not fit together.

    Parameters
    ----------
    posterior : Posterior
    level : float
    thresholds : sequence of Threshold
    without : collection of str
        Questions that are not asked; the words need ``pooled``, ``new_study``, ``moderators``, ``treatment`` and
        ``cautions``.
    """
    answers = {name: ask(posterior, name, level, thresholds) for name in usual() if name not in without}
    model = posterior.model
    count = len(posterior.effects.studies)
    outcome = posterior.effects.outcome
    worse = {"+": " Higher is worse for patients.", "-": " Lower is worse for patients."}.get(outcome.harm, "")
    if outcome.is_interaction and worse:
        side = "Below" if outcome.harm == "+" else "Above"
        worse = f" {side} {null_shown(outcome)} treatment helps IRL-positive patients more."
    statement = (
        f"{answers['pooled'].statement} {answers['new_study'].statement}{worse}"
        f" From {count} {'report' if count == 1 else 'reports'},"
        f" model {model.name}: mu ~ {model.mu}, tau ~ {model.tau}{_more(model)}."
    )
    if posterior.after.beta:
        statement += f" {answers['moderators'].statement}"
    alarms = _alarms(posterior, level)
    return Result(
        outcome,
        posterior,
        answers,
        statement,
        (*alarms, *answers["treatment"].caveats, *answers["cautions"].caveats),
        alarms,
    )


def _more(model: ModelSpec) -> str:
    """Name what a model has beside its priors of mu and tau."""
    omega = "" if model.within is None else f", omega ~ {model.within}"
    return omega + ("" if model.random_effects == RandomEffects() else f", random effects {model.random_effects}")


def _alarms(posterior: Posterior, level: float) -> tuple[str, ...]:
    """Say in a line which study does not fit the others, where one may not; `irlbayes check` looks at everything."""
    clash, count = posterior.clash, len(posterior.effects.studies)
    if clash is None or count < 2 or erfc(float(clash.max()) / sqrt(2.0)) * count > leave_one_out.ALARM:
        return ()
    try:
        found = leave_one_out.answer(Case(posterior, refit, regroup, scores, above, level=level))
    except ArithmeticError:
        return ()
    return () if found is None or found.passed else (found.statement,)
