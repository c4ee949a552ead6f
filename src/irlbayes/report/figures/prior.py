"""A prior before any data: the density of what is assumed, and of the true effect that a model with it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.report.figures import BLUE, GREEN, GREY, ORANGE, SMALL, effect_label, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The PreliZ form of every family: (distribution, whether it is of log x).
PRELIZ: dict[str, tuple[Any, bool]] = {
    "normal": (lambda pz, mean, sd: pz.Normal(mean, sd), False),
    "student_t": (lambda pz, df, location, scale: pz.StudentT(df, location, scale), False),
    "half_normal": (lambda pz, scale: pz.HalfNormal(scale), False),
    "half_cauchy": (lambda pz, scale: pz.HalfCauchy(scale), False),
    "half_student_t": (lambda pz, df, scale: pz.HalfStudentT(df, scale), False),
    "log_normal": (lambda pz, mu, sigma: pz.LogNormal(mu, sigma), False),
    "log_student_t": (lambda pz, df, location, scale: pz.StudentT(df, location, scale), True),
    "inverse_gamma": (lambda pz, shape, scale: pz.InverseGamma(shape, scale), False),
    "uniform": (lambda pz, lower, upper: pz.Uniform(lower, upper), False),
}
OF = ("prior", "label")
WORDS = {"mu": "mean effect mu", "tau": "sd between studies tau"}
COLOURS = {"mu": BLUE, "tau": GREEN}
TICKS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
SPAN = 1.25  # of a panel: its ends over the central 95 %


def draw(evidence: Evidence, outcome: Outcome) -> Figure:
    """Draw each prior's density by PreliZ, with its median, half and central 95 %; below, a new study's true effect.

    Parameters
    ----------
    evidence : Evidence
        Of `known_priors.describe`.
    outcome : Outcome

    Returns
    -------
    matplotlib.figure.Figure
    """
    numbers = evidence.numbers
    roles = [role for role in WORDS if numbers[role] is not None]
    count = len(roles) + (numbers["new_study"] is not None)
    figure, panels = sheet(count, 1, 0.5 + 1.55 * count)
    for axes, role in zip(panels, roles, strict=False):
        _prior(axes, numbers[role], role, outcome)
    if numbers["new_study"] is not None:
        _new_study(panels[-1], numbers["new_study"], outcome)
    figure.suptitle(_folded(numbers["label"]), fontsize=SMALL)
    return figure


def _prior(axes: Axes, summary: dict[str, Any], role: str, outcome: Outcome) -> None:
    """Draw one prior, on an axis of logs where its density is one of logs."""
    import matplotlib as mpl

    with mpl.rc_context():  # importing PreliZ changes a setting of Matplotlib's
        import preliz
    make, of_log = PRELIZ[summary["family"]]
    ends = np.array([summary["ci_low"], summary["ci_high"]])
    if of_log:
        ends = np.log(ends)
    middle, reach = ends.mean(), 0.5 * SPAN * np.ptp(ends)
    low, high = middle - reach, middle + reach
    if role == "tau" and not of_log:
        low = max(low, 1e-9) if summary["family"] in ("log_normal", "inverse_gamma") else max(low, 0.0)
    make(preliz, *summary["parameters"]).plot_pdf(
        support=(low, high), pointinterval=True, interval="eti", levels=[0.5, 0.95], legend=None, ax=axes,
        color=COLOURS[role],
    )  # fmt: skip
    axes.set_xlim(low, high)
    if of_log:
        shown = [tick for tick in TICKS if low <= np.log(tick) <= high]
        axes.set_xticks(np.log(shown), [f"{tick:g}" for tick in shown])
    axes.set_xlabel(f"{WORDS[role]}, {effect_label(outcome)}\n{summary['prior']}", fontsize=SMALL)
    axes.set_ylabel("density of log tau" if of_log else "density", fontsize=SMALL)
    axes.tick_params(labelsize=SMALL)


def _new_study(axes: Axes, numbers: dict[str, Any], outcome: Outcome) -> None:
    """Draw the probability of a new study's true effect in bins of what readers see."""
    scale = SCALES[outcome.scale]
    edges, share = np.array(numbers["edges"]), np.array(numbers["share"])
    ends = [scale.show(numbers[name]) for name in ("ci_low", "ci_high")]
    inside = (edges[1:] > ends[0]) & (edges[:-1] < ends[1])
    axes.stairs(share, edges, color=ORANGE, linewidth=1.2, baseline=None)
    axes.stairs(np.where(inside, share, 0.0), edges, fill=True, color=ORANGE, alpha=0.3)
    if scale.transform == "exp":
        from matplotlib.ticker import FuncFormatter, NullFormatter

        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(edges[0], edges[-1])
    if outcome.null is not None:
        axes.axvline(scale.show(outcome.null), color=GREY, linestyle=":", linewidth=1.0)
    axes.set_ylim(bottom=0.0)
    axes.set_yticks([])
    axes.set_ylabel("probability", fontsize=SMALL)
    low, high = (f"{end:.3g}".replace("-", "−") for end in ends)
    said = f"true effect in a new study, {scale.printed or scale.words}\nshaded: 95 %, {low} to {high}"
    axes.set_xlabel(f"{said}\nmu ~ {numbers['mu']}, tau ~ {numbers['tau']}", fontsize=SMALL)


def _folded(label: str) -> str:
    """Break a long label into lines that fit."""
    from textwrap import fill

    return fill(label, 52)
