"""Assurance against closed forms, against enumeration by other code, and against brute-force simulation and refits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import inf, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import binom, nct, norm, poisson

from irlbayes import workflow
from irlbayes.core.answers import Posterior
from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.curve import normal_curve
from irlbayes.core.planned import Design, Goal, Loss
from irlbayes.core.types import Report
from irlbayes.effects import upcoming as designs
from irlbayes.effects.table import kinds
from irlbayes.posterior.assurance import assure, regions
from irlbayes.posterior.enumerated import Enumerated, assure_reports
from irlbayes.posterior.foresight import needed
from irlbayes.posterior.outlook import Outlook, outlook
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.repeated import several
from irlbayes.posterior.store import exact_draws
from irlbayes.posterior.surface import start
from irlbayes.posterior.surface_reading import Nodes, nodes
from irlbayes.posterior.tails import probability_above

HART = Path(__file__).parents[1] / "reference" / "tables" / "hart1999_irr.csv"
SAME = Prior("half_normal", (1e-6,))  # settings hardly differ
LEVEL = 0.95
Z = float(norm.ppf(LEVEL))


@dataclass(frozen=True)
class Case:
    """Reports so far, and the next study."""

    posterior: Posterior
    found: Nodes
    goal: Goal
    design: Design

    @property
    def ahead(self) -> Outlook:
        return outlook(self.found, self.goal)

    def upcoming(self) -> Any:
        assert self.posterior.after.mu is not None
        return designs.upcoming(
            self.design, self.posterior.effects.outcome, float(self.posterior.after.mu.quantile(0.5))
        )

    def after(self, *reports: Report) -> float:
        """Return what is believed after more reports, by the engine that pools."""
        curves = [study.curve for study in self.posterior.effects.studies]
        model = self.posterior.model
        curves += [kinds()[report.kind].curve(report) for report in reports]
        above = probability_above(curves, model.mu, model.tau, self.goal.value)
        return above if self.goal.side > 0 else 1.0 - above

    def report(self, **cells: float) -> Report:
        scale = designs.plannable()[self.design.kind].SCALES[0]
        return Report("new", "new", "new", "x", self.design.kind, "primary", "planned", 1, cells, scale)

    def expected(self, below: Callable[[np.ndarray], np.ndarray]) -> float:
        """Return the mean of a function of a new study's effect, by the density that pooling left of it."""
        new = self.posterior.after.theta_new
        assert new is not None
        return float(new.mass @ below(new.x))


def case(effects: Any, model: ModelSpec, goal: Goal, design: Design) -> Case:
    empty = start(model.mu, model.tau, model.random_effects)
    found = nodes(empty.add_all(study.curve for study in effects.studies))
    return Case(workflow.fit(effects, model, "exact"), found, goal, design)


@cache
def means() -> Case:
    """Disability: medians, a p-value, verdicts and directions, and then two means."""
    table = workflow.read_reports("irl")
    outcome = table.outcomes["disability"]
    return case(
        workflow.effect_table(table, "disability"),
        workflow.load_model(outcome),
        Goal(0.0, 1, 0.9),
        Design("means", 30, 50),
    )


@cache
def counts(n1: float = 9, n2: float = 7) -> Case:
    """Relapse: an odds ratio with a p-value, and a direction, and then a 2x2 table."""
    table = workflow.read_reports("irl")
    outcome = table.outcomes["relapse"]
    return case(
        workflow.effect_table(table, "relapse"),
        workflow.load_model(outcome),
        Goal(0.0, 1, 0.95),
        Design("counts", n1, n2, risk=0.3),
    )


@cache
def rates(t1: float = 50.0, t2: float = 60.0, rate: float = 0.05) -> Case:
    """Strokes with and without anticoagulation (Hart 1999), few events, and then events over person-years."""
    table = workflow.read_reports(HART, "log_irr")
    effects = workflow.effect_table(table, "effect", drop_reports=())
    first = type(effects)(effects.outcome, effects.studies[:2])
    model = workflow.load_model(effects.outcome)
    return case(first, model, Goal(0.0, -1, 0.975), Design("rates", t1, t2, "person-years", rate=rate))


def alone(mean: float, sd: float, tau: Prior = SAME, goal: Goal | None = None) -> Outlook:
    """Return the outlook of a prior on its own."""
    return outlook(nodes(start(Prior("normal", (mean, sd)), tau)), goal or Goal(0.0, 1, LEVEL))


# --- closed forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("sei", [0.1, 0.4, 2.0])
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_assurance_of_a_normal_mean(value: float, sei: float, side: int) -> None:
    """O'Hagan and Stevens (2001): a normal prior of one mean, and an estimate of it."""
    mean, sd = 0.5, 0.6
    got = assure(alone(mean, sd, goal=Goal(value, side, LEVEL)), sei)
    precision = sd**-2 + sei**-2
    edge = (precision * (value + side * Z * precision**-0.5) - mean / sd**2) * sei**2
    expected = norm.cdf(side * (mean - edge) / sqrt(sd**2 + sei**2))
    assert got.assurance == pytest.approx(expected, abs=1e-7)
    if expected < 1e-6:  # beyond the reports that are looked at
        return
    ((low, high),) = got.passing
    assert (low if side > 0 else high) == pytest.approx(edge, abs=1e-6)
    assert (high if side > 0 else low) == side * inf


@pytest.mark.parametrize("studies", [2, 5])
def test_several_studies_of_one_mean_are_a_larger_one(studies: int) -> None:
    """Where settings do not differ, m studies are one with a standard error smaller by the root of m."""
    ahead = alone(0.3, 0.5)
    assert several(ahead, 0.6, studies) == pytest.approx(assure(ahead, 0.6 / sqrt(studies)).assurance, abs=2e-4)


@pytest.mark.parametrize("mean", [-0.4, 0.0, 0.25])
def test_value_of_information_of_a_normal_mean(mean: float) -> None:
    """The unit normal loss integral (Raiffa and Schlaifer 1961)."""
    sd, sei, side = 0.6, 0.4, 1
    ahead = alone(mean, sd)

    def lost(spread: float) -> float:
        z = abs(mean) / spread
        return spread * (float(norm.pdf(z)) - z * float(norm.sf(z)))

    values = assure(ahead, sei, Loss("linear")).values
    assert values["evpi"] == pytest.approx(lost(sd), rel=1e-8)
    assert values["evsi"] == pytest.approx(lost(sd**2 / sqrt(sd**2 + sei**2)), rel=1e-6)
    assert values["now"] == pytest.approx(max(0.0, side * mean), abs=1e-12)


def test_value_of_information_where_errors_cost() -> None:
    """Acting above P = a / (a + b): the saved cost by quadrature over the estimate."""
    mean, sd, sei = 0.2, 0.6, 0.4
    loss = Loss("errors", 4.0, 1.0)
    values = assure(alone(mean, sd), sei, loss).values
    spread, after = sqrt(sd**2 + sei**2), sd * sei / sqrt(sd**2 + sei**2)
    chance = float(norm.sf(-mean / sd))

    def best(y: float) -> float:
        above = norm.cdf((mean + (y - mean) * sd**2 / spread**2) / after)
        return min(loss.acting * (1.0 - above), loss.waiting * above) * norm.pdf(y, mean, spread)

    edge = mean + (after * norm.ppf(loss.act) - mean) * spread**2 / sd**2
    remaining = quad(best, -6.0, edge, epsabs=1e-12)[0] + quad(best, edge, 6.0, epsabs=1e-12)[0]
    cost = min(loss.acting * (1.0 - chance), loss.waiting * chance)
    assert values["evsi"] == pytest.approx(
        cost - remaining, abs=6e-7
    )  # 1e-7 of the reports, times both costs, at an end
    assert values["evpi"] == pytest.approx(cost, rel=1e-9)


def test_ceilings() -> None:
    """Without sampling error one study leaves the heterogeneity; studies without end leave P(mu > value) as it is."""
    one = means()
    ahead = one.ahead
    assert one.posterior.after.mu is not None
    assert ahead.known(LEVEL) == pytest.approx(float(one.posterior.after.mu.sf(0.0)), abs=1e-9)
    assert assure(ahead, 1e-4).assurance == pytest.approx(assure(ahead, 0.0).assurance, abs=1e-4)
    growing = [several(ahead, 0.0, count) for count in (2, 5, 20)]
    assert assure(ahead, 0.0).assurance < growing[0] < growing[1] < growing[2] < ahead.known(LEVEL)


def test_value_of_information_stays_below_its_ceiling_and_grows() -> None:
    ahead = means().ahead
    for loss in (Loss("linear"), Loss("errors", 9.0, 1.0)):
        evsi = [assure(ahead, sei, loss).values["evsi"] for sei in (0.8, 0.4, 0.2, 0.1, 0.0)]
        evpi = assure(ahead, 0.2, loss).values["evpi"]
        assert (np.diff(evsi) > 0.0).all()
        assert evsi[-1] < evpi


# --- what a report leaves, against pooling again -----------------------------------------------------------


@pytest.mark.parametrize("make", [means, counts, rates])
@pytest.mark.parametrize("y", [-1.1, -0.05, 0.4, 1.6])
def test_a_normal_report_leaves_what_pooling_it_leaves(make: Callable[[], Case], y: float) -> None:
    one = make()
    for sei in (0.05, 0.4):
        u = one.goal.side * (y - one.goal.value)
        density, beyond, _ = one.ahead.table(np.array([u]), sei)
        report = Report("new", "new", "new", "x", "yi_sei", "primary", "planned", 1, {"yi": y, "sei": sei})
        assert beyond[0] / density[0] == pytest.approx(one.after(report), abs=1e-8)


@pytest.mark.parametrize(
    "spread", [("contaminated", (0.1, 4.0)), pytest.param(("student_t", (4.0,)), marks=pytest.mark.slow)]
)
def test_random_effects_with_heavy_tails(spread: tuple[str, tuple[float, ...]]) -> None:
    """A Student t or contaminated spread of effects, by pooling again."""
    mu, tau = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
    curves = [normal_curve(0.5, 0.2), normal_curve(0.1, 0.3), normal_curve(0.4, 0.25)]
    family = RandomEffects(*spread)
    ahead = outlook(nodes(start(mu, tau, family).add_all(curves)), Goal(0.1, 1, LEVEL))
    density, beyond, _ = ahead.table(np.array([-0.9]), 0.3)
    expected = probability_above([*curves, normal_curve(-0.8, 0.3)], mu, tau, 0.1, family)
    assert beyond[0] / density[0] == pytest.approx(expected, abs=1e-7)


def test_the_effect_in_a_new_setting() -> None:
    """P(theta_new beyond the value) by pooling again, and its ceiling by draws of mu and tau."""
    mu, tau = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
    curves = [normal_curve(0.5, 0.2), normal_curve(0.1, 0.3), normal_curve(0.4, 0.25)]
    found = nodes(start(mu, tau).add_all(curves))
    new = outlook(found, Goal(0.1, -1, LEVEL, new_study=True))
    density, beyond, _ = new.table(np.array([0.9]), 0.3)
    again = nodes(start(mu, tau).add_all([*curves, normal_curve(-0.8, 0.3)]))
    assert beyond[0] / density[0] == pytest.approx(1.0 - float(again.theta_new.above(np.array(0.1))), abs=1e-8)
    settled = new.known(LEVEL)
    draws = exact_draws(
        curves, ModelSpec("m", "smd", mu, tau), solve(curves, mu, tau, studies=False).tau, 5, 1, 4000, False
    )
    told = float(np.mean(draws["mu"] + Z * draws["tau"] <= 0.1))
    assert settled == pytest.approx(told, abs=4.0 * sqrt(settled * (1.0 - settled) / 4000))


def test_a_table_of_counts_leaves_what_pooling_it_leaves() -> None:
    one = counts()
    every = Enumerated(one.ahead, one.upcoming().strata, 1.0)
    for stratum in every.strata[3:7:3]:
        (c,) = [float(part) for part in stratum.show(4.0).split() if part.isdigit()][2:3]
        a = np.array([5.0, 9.0])
        got, _ = every.left(stratum, a)
        expected = [one.after(one.report(ai=x, n1i=9.0, ci=c, n2i=7.0)) for x in a]
        assert got == pytest.approx(expected, abs=1e-6)


# --- assurance by enumeration with other code --------------------------------------------------------------


def test_counts_by_enumeration() -> None:
    """Every table of a small study, pooled one by one, with the probabilities that SciPy gives it."""
    one = counts()
    total, expected = 0.0, 0.0
    for c in range(8):
        passing = [
            a for a in range(10) if one.after(one.report(ai=float(a), n1i=9.0, ci=float(c), n2i=7.0)) >= one.goal.level
        ]
        chance = sum(one.expected(lambda x, a=a: binom.pmf(a, 9, risk1(x))) for a in passing)
        expected += binom.pmf(c, 7, 0.3) * chance
        total += binom.pmf(c, 7, 0.3)
    assert total == pytest.approx(1.0)
    assert assure_reports(one.ahead, one.upcoming().strata).assurance == pytest.approx(expected, abs=1e-5)


def risk1(theta: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-(theta + log(0.3 / 0.7))))


def test_means_by_enumeration() -> None:
    """The t that just passes, by pooling again, and its probability by SciPy's noncentral t."""
    one = means()
    n1, n2 = one.design.size1, one.design.size2
    size = sqrt(n1 * n2 / (n1 + n2))

    def after(t: float) -> float:
        return one.after(one.report(m1i=t / size, sd1i=1.0, n1i=n1, m2i=0.0, sd2i=1.0, n2i=n2))

    edge = brentq(lambda t: after(t) - one.goal.level, -2.0, 6.0, xtol=1e-9)
    expected = one.expected(lambda x: nct.sf(edge, n1 + n2 - 2, x * size))
    got = assure_reports(one.ahead, one.upcoming().strata)
    assert got.assurance == pytest.approx(expected, abs=1e-6)
    assert got.example == f"means {edge / size:.2f} standard deviations apart"


def test_rates_by_enumeration() -> None:
    """Every pair of event counts of a short study; those that just pass are found by pooling again."""
    one = rates()
    t1, t2, rate = one.design.size1, one.design.size2, one.design.rate
    assert rate is not None
    likely = poisson.ppf([1e-5, 1.0 - 1e-5], t2 * rate).astype(int)
    expected = 0.0
    for x2 in range(likely[0], likely[1] + 1):

        def passes(x1: int, x2: int = x2) -> bool:
            return one.after(one.report(x1i=float(x1), t1i=t1, x2i=float(x2), t2i=t2)) >= one.goal.level

        low, high = -1, 40  # group 1 has fewer events: the fewer, the surer
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if passes(middle) else (low, middle)
        expected += poisson.pmf(x2, t2 * rate) * one.expected(
            lambda x, most=low: poisson.cdf(most, t1 * rate * np.exp(x))
        )
    assert 0.05 < expected < 0.98
    assert assure_reports(one.ahead, one.upcoming().strata).assurance == pytest.approx(expected, abs=3e-5)


def test_a_larger_scale_only_changes_the_unit() -> None:
    """Two means read as an odds ratio (pi / sqrt(3)) decide as they do as standardized differences."""
    one, factor = means(), float(np.pi / np.sqrt(3.0))
    model = one.posterior.model
    wide = ModelSpec("wide", "log_or", Prior("normal", (0.0, factor)), Prior("half_normal", (0.5 * factor,)))
    empty = start(wide.mu, wide.tau)
    found = nodes(empty.add_all(study.curve.scaled(factor) for study in one.posterior.effects.studies))
    assert str(model.mu) == "normal(0, 1)"
    strata = one.upcoming().strata
    got = assure_reports(outlook(found, one.goal), strata, factor).assurance
    assert got == pytest.approx(assure_reports(one.ahead, strata).assurance, abs=1e-8)


# --- regions, sizes ----------------------------------------------------------------------------------------


def test_a_far_report_speaks_for_heterogeneity() -> None:
    """Two agreeing studies and a wide prior of tau: an estimate far out lowers P(mu > 0) again."""
    empty = start(Prior("normal", (0.0, 1.0)), Prior("half_cauchy", (0.5,)))
    found = nodes(empty.add_all([normal_curve(0.25, 0.1), normal_curve(0.3, 0.1)]))
    got = assure(outlook(found, Goal(0.0, 1, 0.955)), 0.05)
    ((low, high),) = got.passing
    assert low < 0.3 < high < inf
    assert 0.0 < got.assurance < 1.0


def test_regions_of_a_function_that_comes_and_goes() -> None:
    at = np.linspace(-4.0, 4.0, 81)
    found = regions(np.cos, at, 0.5)
    third = np.pi / 3.0
    assert found == (pytest.approx((-third, third)),)
    assert regions(lambda x: -np.cos(x), at, 0.5) == (
        pytest.approx((-inf, -2.0 * third)),
        pytest.approx((2.0 * third, inf)),
    )
    assert regions(np.zeros_like, at, 0.5) == ()
    assert regions(np.ones_like, at, 0.5) == ((-inf, inf),)


def test_the_smallest_study_reaches_the_target_and_a_smaller_one_does_not() -> None:
    one = means()
    outcome = one.posterior.effects.outcome

    def of_size(total: float) -> Any:
        return designs.upcoming(one.design.resized(total), outcome, 0.2)

    found = needed(one.found, one.goal, 0.6, of_size, 6.0, True)
    assert found is not None
    assert found.assurance >= 0.6
    whole = assure_reports(one.ahead, of_size(found.design.total).strata).assurance
    assert whole == pytest.approx(found.assurance, abs=1e-5)  # the search leaves out terms lighter than 1e-7
    assert assure_reports(one.ahead, of_size(0.95 * found.design.total).strata).assurance < 0.6
    assert needed(one.found, one.goal, 0.9, of_size, 6.0, True) is None


# --- brute force -------------------------------------------------------------------------------------------


def simulate(one: Case, draws: int, seed: int) -> tuple[float, float]:
    """Return the share of simulated studies that pass when pooled, and its standard error."""
    rng = np.random.default_rng(seed)
    curves = [study.curve for study in one.posterior.effects.studies]
    effects = exact_draws(curves, one.posterior.model, one.posterior.after.tau, seed, 1, draws)["theta_new"].ravel()
    design, passed = one.design, []
    for theta in effects:
        if design.kind == "counts":
            a, c = rng.binomial(int(design.size1), risk1(theta)), rng.binomial(int(design.size2), 0.3)
            report = one.report(ai=float(a), n1i=design.size1, ci=float(c), n2i=design.size2)
        elif design.kind == "rates":
            assert design.rate is not None
            x1, x2 = rng.poisson(design.size1 * design.rate * np.exp(theta)), rng.poisson(design.size2 * design.rate)
            report = one.report(x1i=float(x1), t1i=design.size1, x2i=float(x2), t2i=design.size2)
        else:
            expected = one.upcoming().report
            drawn = kinds()[design.kind].simulate(expected, float(theta), rng)
            report = one.report(**{**expected.values, **drawn})
        passed.append(one.after(report) >= one.goal.level)
    share = float(np.mean(passed))
    return share, sqrt(share * (1.0 - share) / draws)


DESIGNS = {
    "means": means,
    "counts": lambda: counts(100, 100),
    "rates": lambda: rates(300.0, 280.0, 0.04),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(DESIGNS))
def test_brute_force(name: str) -> None:
    """Effects from the exact posterior, reports from them, every one pooled again with the reports so far."""
    one = DESIGNS[name]()
    share, error = simulate(one, 3000, 20261125)
    assert assure_reports(one.ahead, one.upcoming().strata).assurance == pytest.approx(share, abs=3.0 * error)


@pytest.mark.slow
@pytest.mark.parametrize(("studies", "sei"), [(2, 0.3), (3, 0.15), (6, 0.25)])
def test_brute_force_of_several(studies: int, sei: float) -> None:
    """Several normal reports around one mu, drawn together and pooled together."""
    one, draws = means(), 1500
    rng = np.random.default_rng(studies)
    curves = [study.curve for study in one.posterior.effects.studies]
    drawn = exact_draws(curves, one.posterior.model, one.posterior.after.tau, studies, 1, draws)
    passed = []
    for mu, tau in zip(drawn["mu"].ravel(), drawn["tau"].ravel(), strict=True):
        y = mu + np.hypot(tau, sei) * rng.standard_normal(studies)
        cells = [{"yi": float(value), "sei": sei} for value in y]
        passed.append(
            one.after(*(Report("n", "n", "n", "x", "yi_sei", "primary", "planned", 1, cell) for cell in cells))
            >= one.goal.level
        )
    share = float(np.mean(passed))
    assert several(one.ahead, sei, studies) == pytest.approx(share, abs=3.0 * sqrt(share * (1.0 - share) / draws))
