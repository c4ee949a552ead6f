"""A prior before any data: the density of what is assumed, and of the true effect that a model with it expects."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from irlbayes.core.answers import Evidence
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure
from irlbayes.report.canvas import Backend, Panel
from irlbayes.report.colors import BLUE, GREEN, INK, ORANGE
from irlbayes.report.frames import effect_unit, frame_of
from irlbayes.report.lettering import NARROW, effect_name
from irlbayes.report.sheet import finished, sheet
from irlbayes.report.ticks import ticks

if TYPE_CHECKING:
    import pandas as pd

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
TITLE = "A prior before any data"
WORDS = {"mu": "mean effect mu", "tau": "sd between studies tau"}
COLORS = {"mu": BLUE, "tau": GREEN}
POINTS = 241
SPAN = 1.25  # of a panel: its ends over the central 95 %


def draw(evidence: Evidence, outcome: Outcome, backend: Backend = "matplotlib", width: float = NARROW) -> Any:
    """Draw each prior's density, with its median, half and central 95 %; below, a new study's true effect.

    Parameters
    ----------
    evidence : Evidence
        Of `known_priors.describe`.
    outcome : Outcome
    backend : str
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure or plotly.graph_objects.Figure
    """
    numbers = evidence.numbers
    roles = [role for role in WORDS if numbers[role] is not None]
    new = numbers["new_study"] is not None
    page = sheet(backend, width, [1.2] * (len(roles) + new))
    for panel, role in zip(page.panels, roles, strict=False):
        _prior(panel, numbers[role], role, outcome)
    if new:
        _new_study(page.panels[-1], numbers["new_study"], outcome)
    return finished(page, fill(numbers["label"], 52))


def curve(summary: dict[str, Any], role: str) -> tuple[np.ndarray, np.ndarray, list[float], bool]:
    """Return places (of log tau where the family is one of logs) and PreliZ's density, and five of its quantiles."""
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
    distribution = make(preliz, *summary["parameters"])
    x = np.linspace(low, high, POINTS)
    quantiles = [float(distribution.ppf(p)) for p in (0.025, 0.25, 0.5, 0.75, 0.975)]
    return x, np.asarray(distribution.pdf(x), dtype=float), quantiles, of_log


def _prior(panel: Panel, summary: dict[str, Any], role: str, outcome: Outcome) -> None:
    """Draw one prior, on an axis of logs where its density is one of logs."""
    x, density, (low, lower, middle, upper, high), of_log = curve(summary, role)
    top = float(density.max())
    panel.line(x, density, COLORS[role], width=1.6)
    panel.band(x, 0.0, density, COLORS[role], 0.15)
    foot = -0.07 * top
    panel.segments([low], [high], [foot], color=INK, width=1.0)
    panel.segments([lower], [upper], [foot], color=INK, width=2.6)
    panel.marks([middle], [foot], "circle", INK, 5.0)
    panel.scale("y", "density of log tau" if of_log else "density", -0.14 * top, 1.08 * top)
    if role == "mu":
        panel.effects(outcome, x[0], x[-1], f"{WORDS[role]} ~ {summary['prior']}\n")
    else:
        places, labels = ticks("log_rate" if of_log else "none", x[0], x[-1])
        said = f"{WORDS[role]} ~ {summary['prior']}\n{effect_unit(outcome)}"
        panel.scale("x", said, x[0], x[-1], places, labels)


def _new_study(panel: Panel, numbers: dict[str, Any], outcome: Outcome) -> None:
    """Draw the probability of a new study's true effect in bins of what readers see."""
    scale = SCALES[outcome.scale]
    shown, share = np.array(numbers["edges"], dtype=float), np.array(numbers["share"])
    edges = np.array([scale.read(edge) for edge in shown], dtype=float)
    ends = numbers["ci_low"], numbers["ci_high"]
    bounded = not np.isfinite(edges).all()  # a proportion of 0 has no place among log odds
    if bounded:
        edges, ends = shown, (scale.show(ends[0]), scale.show(ends[1]))
    inside = (edges[1:] > ends[0]) & (edges[:-1] < ends[1])
    panel.line(edges, [*share, share[-1]], ORANGE, width=1.3, shape="step")
    panel.bars(edges, np.where(inside, share, 0.0), ORANGE, 0.3)
    panel.scale("y", "probability", 0.0, 1.08 * float(share.max()))
    panel.bare("y")
    low, high = (f"{scale.show(numbers[name]):.3g}".replace("-", "−") for name in ("ci_low", "ci_high"))
    said = f"true effect in a new study; shaded: 95 %, {low} to {high}\nmu ~ {numbers['mu']}, tau ~ {numbers['tau']}\n"
    if bounded:
        panel.scale("x", f"{said}{measure(outcome)}", edges[0], edges[-1], *ticks("none", edges[0], edges[-1]))
    else:
        panel.effects(outcome, edges[0], edges[-1], said)


def frame(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the densities, one row per unknown and place; bins of a new study's true effect by their lower end."""
    rows: list[dict[str, Any]] = []
    for role in WORDS:
        if evidence.numbers[role] is not None:
            x, density, _, of_log = curve(evidence.numbers[role], role)
            name = f"log {role}" if of_log else role
            rows += [{"unknown": name, "x": float(a), "density": float(b)} for a, b in zip(x, density, strict=True)]
    new = evidence.numbers["new_study"]
    if new is not None:
        pairs = zip(new["edges"], new["share"], strict=False)
        rows += [{"unknown": "new study, bin", "x": float(edge), "density": float(share)} for edge, share in pairs]
    said = f"{effect_unit(outcome)}; of a bin as readers see it"
    return frame_of(rows, outcome, {"x": said, "density": "density; of a bin its probability"})


def describe(evidence: Evidence, outcome: Outcome) -> str:
    """Say each prior, where 95 % of it lies, and what a model with it expects of a new study."""
    scale = SCALES[outcome.scale]
    told = []
    for role, words in WORDS.items():
        found = evidence.numbers[role]
        if found is not None:
            ends = [scale.show(found[name]) if role == "mu" else found[name] for name in ("ci_low", "ci_high")]
            told.append(f"{words} ~ {found['prior']}, 95 % between {ends[0]:.3g} and {ends[1]:.3g}")
    new = evidence.numbers["new_study"]
    if new is not None:
        low, high = (scale.show(new[name]) for name in ("ci_low", "ci_high"))
        told.append(f"the true effect in a new study lies between {low:.3g} and {high:.3g} with probability 0.95")
    return (
        f"{evidence.numbers['label']}: densities. {'; '.join(told)}. Scale: {effect_name(outcome).split(chr(10))[0]}."
    )
