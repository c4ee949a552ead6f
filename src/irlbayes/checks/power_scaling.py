"""How far do the answers move when the priors of mu and tau, or the reports, count a little more or less?

References
----------
Kallioinen, N., Paananen, T., Buerkner, P.-C., & Vehtari, A. (2024). Detecting and diagnosing prior and likelihood
sensitivity with power-scaling. Statistics and Computing, 34, 57.
"""

from __future__ import annotations

from irlbayes.core.answers import Evidence
from irlbayes.core.examining import Case

UNKNOWNS = ("mu", "tau", "theta_new")
THRESHOLD = 0.05  # Kallioinen et al. (2024)
CONFLICT, STRONG, WEAK = "prior and reports pull apart", "prior outweighs the reports", "not sensitive to the prior"


def answer(case: Case) -> Evidence | None:
    """Scale the priors of mu and tau, and the likelihood, by a power near one, with ArviZ's ``psense``.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        Number ``unknowns``: one entry each for mu, tau and theta_new with ``prior`` and ``likelihood`` (rate of change
        of the posterior, as a distance) and ``diagnosis``. It informs and raises no alarm; a sensitive unknown is a
        caveat. None where the tree has no log prior of mu and tau.

    Notes
    -----
    Only the priors of mu and tau are scaled. The tree's ``log_prior`` holds nothing else, and its ``log_likelihood``
    has each study's own effect integrated out, so the distribution of the effects given mu and tau is never scaled; to
    scale it too would more than double tau's figure.
    """
    import arviz_stats as az

    tree = case.posterior.hyper_tree
    if not {"mu", "tau"} <= set(tree["log_prior"].data_vars):
        return None
    prior, likelihood = (
        az.psense(tree, var_names=list(UNKNOWNS), group=group, group_var_names=names)
        for group, names in (("prior", ["mu", "tau"]), ("likelihood", ["report"]))
    )
    entries = [
        {
            "name": name,
            "prior": float(prior[name]),
            "likelihood": float(likelihood[name]),
            "diagnosis": diagnose(float(prior[name]), float(likelihood[name])),
        }
        for name in UNKNOWNS
    ]
    words = "; ".join(f"{e['name']} {e['prior']:.3f}, {e['diagnosis']}" for e in entries)
    sensitive = ", ".join(str(e["name"]) for e in entries if e["diagnosis"] != WEAK)
    caveats = (f"Above {THRESHOLD:g} the prior matters: for {sensitive}.",) if sensitive else ()
    numbers = {"unknowns": entries, "threshold": THRESHOLD}
    return Evidence("power_scaling", f"Sensitivity to the priors of mu and tau: {words}.", numbers, True, caveats)


def diagnose(prior: float, likelihood: float) -> str:
    """Say in words what two sensitivities mean together.

    Parameters
    ----------
    prior, likelihood : float

    Returns
    -------
    str

    Examples
    --------
    >>> diagnose(0.09, 0.11), diagnose(0.09, 0.01), diagnose(0.01, 0.2)
    ('prior and reports pull apart', 'prior outweighs the reports', 'not sensitive to the prior')
    """
    if prior < THRESHOLD:
        return WEAK
    return CONFLICT if likelihood >= THRESHOLD else STRONG
