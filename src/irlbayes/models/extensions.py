"""What a model may have beside mu and tau: moderators, and several rows of a cohort."""

from __future__ import annotations

from dataclasses import replace

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.priors import scale as scale_of
from irlbayes.models.parse import given, parse_prior

AS_TAU = "default"


def moderated(model: ModelSpec, moderators: str | None, prior_beta: str | None = None) -> ModelSpec:
    """Return a model with moderators.

    Parameters
    ----------
    model : ModelSpec
    moderators : str or None
        Right side of a formula; the model stays as it is without one.
    prior_beta : str or None
        Prior of every coefficient but the intercept; by default mu's, around zero.

    Raises
    ------
    InputError
        A malformed prior, one without moderators, or one that is neither normal nor flat.
    """
    if not moderators:
        if prior_beta:
            raise InputError(
                Problem(
                    "--prior-beta", "moderators whose coefficients it is for", "Add --moderators.", value=prior_beta
                )
            )
        return model
    beta = parse_prior(prior_beta, "mu", "--prior-beta", model.scale) if prior_beta else model.mu
    if model.mu.family not in ("normal", "flat") or beta.family not in ("normal", "flat"):
        raise InputError(
            Problem(
                "--prior-mu, --prior-beta",
                "normal or flat priors of coefficients",
                'Write "normal(0, 1)".',
                value=str(beta),
            )
        )
    if not prior_beta and beta.proper:
        beta = Prior("normal", (0.0, beta.parameters[-1]), "as wide as the prior of mu, around no moderation")
    formula = moderators.strip().removeprefix("~").strip()
    return replace(model, moderators=formula, beta=beta, name=f"{model.name} with moderators")


def clustered(model: ModelSpec, within: str | None, correlation: float = 0.0) -> ModelSpec:
    """Return a model in which every row of a cohort enters, each with an effect of its own.

    Parameters
    ----------
    model : ModelSpec
    within : str or None
        Prior of omega, the sd between rows of one cohort; ``default`` for a half-normal with the scale of tau's; None
        leaves the model as it is.
    correlation : float
        Of the sampling errors of one cohort's normal rows.

    Returns
    -------
    ModelSpec

    Raises
    ------
    InputError

    Examples
    --------
    >>> model = ModelSpec("one", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    >>> str(clustered(model, "default").within)
    'half_normal(0.5)'
    """
    if not 0.0 <= correlation < 1.0:
        raise InputError(
            Problem("--within-correlation", "a correlation from 0 to below 1", "Write 0.5.", value=f"{correlation:g}")
        )
    if within is None:
        if correlation:
            words = "a correlation between rows of one cohort needs several of them"
            fix = 'Add --within "half_normal(0.25)".'
            raise InputError(Problem("--within-correlation", words, fix, value=f"{correlation:g}"))
        return model
    if within == AS_TAU:
        reason = (
            "the scale of tau's prior: nothing is known here that makes rows of one cohort differ less than cohorts"
        )
        prior = Prior("half_normal", (scale_of(model.tau),), reason)
    else:
        prior = given(parse_prior(within, "tau", "--within", model.scale))
    return replace(model, within=prior, within_correlation=correlation)
