"""Every family of priors against a dense grid over mu and log tau, which shares nothing with the engine's panels."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

from irlbayes.core import priors
from irlbayes.core.answers import Marginal
from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.types import Report, Value
from irlbayes.effects.table import kinds
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.slices import GridSlicer
from irlbayes.workflow import effect_table, read_reports

Array = NDArray[np.float64]
INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
MU = Prior("normal", (0.0, 1.0))
TAU = Prior("half_normal", (0.5,))
TAUS = [
    Prior("half_student_t", (4.0, 0.5)),
    Prior("log_normal", (-1.28, 0.87)),
    Prior("log_student_t", (5.0, -1.72, 1.295)),
    Prior("inverse_gamma", (1.71, 0.4)),
]
MUS = [Prior("student_t", (5.0, 0.0, 0.43)), Prior("student_t", (1.0, 0.2, 0.5)), Prior("student_t", (30.0, 0.0, 1.0))]
PAIRS = [*((MU, tau) for tau in TAUS), *((mu, TAU) for mu in MUS), (MUS[0], TAUS[2]), (MUS[0], TAUS[3])]
PROBABILITIES = np.array([0.025, 0.5, 0.975])


def curves(rows: Sequence[tuple[str, dict[str, Value]]]) -> list[Curve]:
    """Turn (kind, cells) into likelihoods."""
    known = kinds()
    return [
        known[kind].curve(Report(f"r{i}", f"r{i}", f"r{i}", "o", kind, "primary", "test", i, cells))
        for i, (kind, cells) in enumerate(rows)
    ]


def crins() -> list[Curve]:
    """Acute rejection, log odds ratios (Crins 2014)."""
    with (INPUTS / "crins2014_ar.csv").open() as file:
        return curves([("yi_sei", {name: float(row[name]) for name in ("yi", "sei")}) for row in csv.DictReader(file)])


def mixture() -> list[Curve]:
    """Two sized reports, a p value and a direction; invented cells, for the arithmetic only."""
    return curves(
        [
            ("yi_sei", {"yi": 0.4, "sei": 0.25}),
            ("yi_sei", {"yi": 0.1, "sei": 0.3}),
            ("p_value", {"pval": 0.03, "sign": "+", "n1i": 20, "n2i": 25}),
            ("direction", {"sign": "+", "n1i": 15, "n2i": 15}),
        ]
    )


@dataclass(frozen=True)
class Brute:
    """Trapezoid sums over t and v: mu = center + width sinh(t), tau = exp(v)."""

    curves: tuple[Curve, ...]
    mu: Prior
    tau: Prior
    center: float
    width: float = 0.25

    @cached_property
    def t(self) -> Array:
        return np.linspace(-24.0, 24.0, 2401) if self.mu.family == "student_t" else np.linspace(-6.0, 6.0, 1201)

    @property
    def far(self) -> bool:
        """Whether log tau itself has far tails, and is laid out by its own sinh."""
        return self.tau.family == "log_student_t"

    @cached_property
    def u(self) -> Array:
        return np.linspace(-5.5, 5.5, 901) if self.far else np.linspace(-30.0, 14.0, 1601)

    @cached_property
    def v(self) -> Array:
        return np.asarray(self.tau.parameters[1] + np.sinh(self.u)) if self.far else self.u

    @cached_property
    def x(self) -> Array:
        return np.asarray(self.center + self.width * np.sinh(self.t))

    @cached_property
    def weight(self) -> Array:
        """Unnormalized mass, dims (v, t)."""
        tau, x = np.exp(self.v), self.x
        level = priors.log_pdf(self.mu, x) + np.log(self.width * np.cosh(self.t)) + np.zeros((tau.size, 1))
        for curve in self.curves:
            if curve.is_normal:
                variance = curve.width[0] ** 2 + tau[:, None] ** 2
                level = level - 0.5 * ((x - curve.center[0]) ** 2 / variance + np.log(2.0 * np.pi * variance))
                level = level + np.log(curve.weight[0])
            else:
                level = level + curve.log_smooth(np.broadcast_to(x, (tau.size, x.size)), tau)
        level = level + (priors.log_pdf(self.tau, tau) + self.v)[:, None]
        slope = np.cosh(self.u) if self.far else np.ones_like(self.u)
        return np.asarray(np.exp(level) * np.diff(self.t)[0] * np.diff(self.u)[0] * slope[:, None])

    @cached_property
    def total(self) -> float:
        return float(self.weight.sum())

    def mean_sd(self, name: str) -> tuple[float, float]:
        share = self.weight / self.total
        value, extra = (self.x, 0.0) if name != "tau" else (np.exp(self.v)[:, None], 0.0)
        if name == "theta_new":
            extra = float((share * np.exp(2.0 * self.v)[:, None]).sum())
        mean = float((share * value).sum())
        return mean, float(np.sqrt((share * (value - mean) ** 2).sum() + extra))

    def cdf(self, name: str, q: Array) -> Array:
        if name == "theta_new":
            return np.array([self._new(value) for value in q])
        if name == "mu":
            along, place = self.t, np.arcsinh((q - self.center) / self.width)
        else:
            along, place = self.u, np.arcsinh(np.log(q) - self.tau.parameters[1]) if self.far else np.log(q)
        height = self.weight.sum(axis=0 if name == "mu" else 1) / self.total
        below = CubicSpline(along, height / np.diff(along)[0]).antiderivative()
        return np.asarray(below(place) - below(along[0]))

    def _new(self, q: float) -> float:
        """Mixed over mu where tau is wide against its spacing, and over the deviation where it is not."""
        tau, wide = np.exp(self.v), self.wide
        out = float((self.weight[wide] * ndtr((q - self.x) / tau[wide, None])).sum())
        node, share = np.polynomial.hermite_e.hermegauss(40)
        place = np.arcsinh((q - tau[~wide, None] * node - self.center) / self.width)
        below, rows = self.narrow_below, np.arange(place.shape[0])[:, None]
        piece = np.clip(np.searchsorted(below.x, place, side="right") - 1, 0, below.x.size - 2)
        basis, step = np.zeros(place.shape), place - below.x[piece]
        for coefficient in below.c:  # each tau's own spline at its own places
            basis = basis * step + coefficient[piece, rows]
        out += float(((basis - below(self.t[0])[:, None]) @ (share / share.sum())).sum())
        return out / self.total

    @cached_property
    def wide(self) -> Any:
        return np.exp(self.v) > 0.06

    @cached_property
    def narrow_below(self) -> Any:
        return CubicSpline(self.t, self.weight[~self.wide] / np.diff(self.t)[0], axis=1).antiderivative()


DATA = {"crins": (crins, -1.2), "mixture": (mixture, 0.25)}


def both_data(mu: Prior, tau: Prior) -> list[Any]:
    """Each pair of priors on both data sets; a Student t of mu is slow on the mixture, and one of them is enough."""
    costly = mu.family == "student_t" and (mu.parameters[0] != 5.0 or tau.family == "log_student_t")
    marks = [pytest.mark.slow] if costly else []
    return [pytest.param(data, mu, tau, marks=marks, id=f"{mu}-{tau}-{data}") for data in DATA]


@pytest.mark.parametrize(("data", "mu", "tau"), [case for pair in PAIRS for case in both_data(*pair)])
def test_posterior_is_the_dense_grids(data: str, mu: Prior, tau: Prior) -> None:
    """Mean, sd, quantiles and the marginal likelihood to 1e-7."""
    studies, center = DATA[data][0](), DATA[data][1]
    found = solve(studies, mu, tau, studies=False)
    brute = Brute(tuple(studies), mu, tau, center)
    assert found.error_bound < 1e-6
    assert found.log_marginal_likelihood == pytest.approx(np.log(brute.total), abs=1e-7)
    for name in ("mu", "tau", "theta_new"):
        marginal: Marginal = getattr(found, name)
        assert brute.cdf(name, marginal.quantile(PROBABILITIES)) == pytest.approx(PROBABILITIES, abs=1e-7), name
        mean, sd = brute.mean_sd(name)
        assert marginal.mean == pytest.approx(mean, rel=1e-7, abs=1e-7 * sd), name
        if marginal.moments > 1:
            assert marginal.sd == pytest.approx(sd, rel=1e-7), name


def test_what_is_not_resolved_is_refused() -> None:
    """Two one-sided reports under heavy tails of mu and of tau: an ArithmeticError, which engines know."""
    table = read_reports("irl")
    curves = [study.curve for study in effect_table(table, "high_efficacy_exposure").studies]
    with pytest.raises(ArithmeticError, match="too rough to resolve"):
        solve(curves, Prior("student_t", (4.0, 0.0, 0.76)), Prior("log_normal", (-1.28, 0.87)), False)


@pytest.mark.parametrize(
    ("tau", "studies"),
    [(Prior("inverse_gamma", (1.01, 0.4)), 0), (Prior("log_student_t", (5.0, -1.72, 1.295)), 1)],
    ids=["inverse gamma", "log t"],
)
def test_a_mean_beyond_every_axis_is_not_stated(tau: Prior, studies: int) -> None:
    """Tails x ** -2.01, and x ** -2 over a power of log x: most of such a mean lies where no reader looks."""
    found = solve([normal_curve(0.3, 0.2)] * studies, Prior("normal", (0.0, 1.0)), tau)
    assert found.tau.mean is None
    assert found.tau.sd is None
    assert 0.0 < found.tau.quantile(0.5) < 2.0


def test_a_far_panel_holds_no_floor() -> None:
    """The sd of tau under a log-normal is a plain sum's over log tau, which ends where squares are still negligible."""
    curves, mu, tau = mixture(), Prior("normal", (0.0, 1.0)), Prior("log_normal", (-1.28, 0.87))
    found = solve(curves, mu, tau, studies=False)
    u = np.linspace(-16.0, 8.0, 961)
    level = GridSlicer(curves, mu, tau).log_tau(np.exp(u)) + u
    mass = np.exp(level - level.max())
    mass /= mass.sum()
    mean = float(mass @ np.exp(u))
    assert found.tau.mean == pytest.approx(mean, rel=1e-10)
    assert found.tau.sd == pytest.approx(np.sqrt(mass @ (np.exp(u) - mean) ** 2), rel=found.error_bound)


def test_what_lies_beyond_an_axis_is_not_lost() -> None:
    """5e-11 of a log-Student-t lies beyond a factor of 1e100, on each side: the prior alone, by SciPy."""
    tau = Prior("log_student_t", (5.0, -1.72, 1.295))
    found = solve([], Prior("normal", (0.0, 1.0)), tau)
    assert found.log_marginal_likelihood == pytest.approx(0.0, abs=1e-12)
    at = np.array([1e-6, 0.025, 0.5, 0.975])
    below = stats.t(5.0, -1.72, 1.295).cdf(np.log(found.tau.quantile(at)))
    assert below == pytest.approx(at, abs=1e-14)


def test_a_prior_narrower_than_any_panel_is_a_common_effect() -> None:
    """A half-normal of 1e-12 beside a direction: what one of 1e-6 gives, and tau keeps the mean of its prior."""
    effects = effect_table(read_reports("irl"), "relapse")
    curves = [study.curve for study in effects.studies]
    found, wider = (
        solve(curves, Prior("normal", (0.0, 1.0)), Prior("half_normal", (scale,)), studies=False)
        for scale in (1e-12, 1e-6)
    )
    assert found.tau.mean == pytest.approx(1e-12 * (2.0 / np.pi) ** 0.5, rel=1e-9)
    assert (found.mu.mean, found.mu.sd) == pytest.approx((wider.mu.mean, wider.mu.sd), abs=1e-9)
    assert found.log_marginal_likelihood == pytest.approx(wider.log_marginal_likelihood, abs=1e-9)
