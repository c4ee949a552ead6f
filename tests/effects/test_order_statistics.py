"""The likelihood of printed quantiles: identities, brute force, invariance, the graph, and coverage by simulation."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import log_ndtr, ndtr
from scipy.stats import beta as beta_law
from scipy.stats import binom, norm

from irlbayes.core.curve import Curve
from irlbayes.effects.likelihoods import noncentral_t, order_statistics, order_statistics_graph, quantiles
from irlbayes.effects.likelihoods.order_statistics import lattice, observed
from irlbayes.effects.likelihoods.quantiles import Five, Printed, on_own_scale, printed
from irlbayes.effects.reports import medians

Case = tuple[Five, float, Five, float]
TOLERANCE = 1e-9  # of the maximum

REAL: dict[str, Case] = {  # rows of data/irl/reports.csv
    "blindenbacher2020.edss": ((0.0, None, 2.0, None, 3.0), 13.0, (0.0, None, 1.5, None, 4.5), 53.0),
    "blindenbacher2020.volume": ((268.0, None, 2002.0, None, 7647.0), 13.0, (0.0, None, 218.0, None, 8626.0), 53.0),
    "blindenbacher2020.count": ((2.0, None, 18.0, None, 43.0), 13.0, (0.0, None, 5.0, None, 45.0), 53.0),
    "blindenbacher2020.sdmt": ((0.0, None, 52.0, None, 68.0), 13.0, (34.0, None, 64.0, None, 102.0), 53.0),
}
MADE: dict[str, Case] = {
    "quartiles": ((None, 1.0, 2.0, 3.0, None), 13.0, (None, 0.5, 1.5, 2.5, None), 53.0),
    "all five": ((1.0, 3.5, 5.0, 6.5, 10.0), 38.0, (0.5, 2.5, 4.0, 5.5, 9.0), 64.0),
    "different": ((None, 3.5, 5.0, 6.5, None), 38.0, (0.5, None, 4.0, None, 9.0), 64.0),
    "ends only": ((1.0, None, None, None, 10.0), 38.0, (None, 2.5, None, 5.5, None), 64.0),
    "tied": ((None, 2.0, 2.0, 3.0, None), 113.0, (None, 1.0, 2.0, 3.5, None), 79.0),
    "nearly tied": ((None, 2.0, 2.0001, 3.0, None), 113.0, (None, 1.0, 2.0, 3.5, None), 79.0),
    "tiny": ((1.0, None, None, None, 2.2), 2.0, (0.5, None, 1.2, None, 3.6), 3.0),
    "far apart": ((7.0, 8.0, 9.0, 10.0, 11.0), 9.0, (0.0, 1.0, 2.0, 3.0, 4.0), 12.0),
}
EXTREME: dict[str, Case] = {
    "large": ((-4.2, -0.67, 0.1, 0.68, 4.4), 1e5, (-4.3, -0.675, 0.0, 0.67, 4.5), 8e4),
    "unequal": ((None, 1.0, 2.0, 3.5, None), 5.0, (None, 0.5, 1.2, 1.6, None), 1e5),
    "thirty apart": ((30.0, 31.0, 32.0, 33.0, 34.0), 50.0, (0.0, 1.0, 2.0, 3.0, 4.0), 60.0),
    "floor": ((0.0, 0.0, 0.0, 2.0, 5.0), 113.0, (0.0, 0.0, 1.0, 2.0, 6.5), 79.0),
}
NEAR = REAL | MADE
CASES = NEAR | EXTREME


def share(curve: Curve, theta: np.ndarray) -> np.ndarray:
    """Return the likelihood as a share of its integral."""
    return np.asarray(np.exp(curve.log_value(theta)) / curve.weight.sum())


def places(curve: Curve, count: int = 41) -> np.ndarray:
    return np.linspace(*curve.span, count)


# --- one group ---------------------------------------------------------------------------------------------


def test_density_of_two_order_statistics_by_brute_force() -> None:
    """Ranks 2 and 5 of 6: how often simulated values fall into cells is the integral of the density over them."""
    group, n = Printed(np.array([-0.5, 0.9]), np.array([2.0, 5.0]), 6.0), 6
    drawn = np.sort(np.random.default_rng(1).normal(0.3, 1.2, (400_000, n)), axis=1)[:, [1, 4]]

    def density(b: float, a: float) -> float:
        if b <= a:
            return 0.0
        one = Printed(np.array([a, b]), group.rank, group.n)
        return float(np.exp(quantiles.log_density(one, np.array([[1.0 / 1.2]]), np.array([[0.3 / 1.2]]))[0, 0]))

    cells = [((-1.0, -0.5), (0.6, 1.2)), ((-0.5, 0.2), (0.6, 1.2)), ((-2.0, -1.0), (1.5, 2.5))]
    mass = [dblquad(density, *a, *b)[0] for a, b in cells]
    counts = [
        int(((drawn > (a[0], b[0])) & (drawn < (a[1], b[1]))).all(axis=1).sum()) for a, b in cells
    ]  # fmt: skip
    for i in (1, 2):
        expected = mass[i] / mass[0]
        assert counts[i] / counts[0] == pytest.approx(expected, rel=4.0 * np.sqrt(1.0 / counts[i] + 1.0 / counts[0]))


@pytest.mark.parametrize("rank", [1.0, 2.5, 7.0])
def test_density_of_one_order_statistic_is_a_beta_law(rank: float) -> None:
    """Phi of an order statistic is Beta(rank, n + 1 - rank), fractional ranks included."""
    x = np.linspace(-2.0, 2.0, 9)
    group = [Printed(np.array([value]), np.array([rank]), 7.0) for value in x]
    found = np.array([quantiles.log_density(one, np.ones((1, 1)), np.zeros((1, 1)))[0, 0] for one in group])
    truth = beta_law.logpdf(norm.cdf(x), rank, 8.0 - rank) + norm.logpdf(x)
    assert found - found[0] == pytest.approx(truth - truth[0], abs=1e-12)


@pytest.mark.parametrize("gap", [1e-9, 1e-3, 0.2, 0.499999, 0.500001, 1.0, 4.0])
def test_probability_between(gap: float) -> None:
    """Narrow and wide gaps keep their digits on both sides."""
    left = np.linspace(-9.0, 9.0, 19)
    found = quantiles.log_between(np.ones((1, 1)), gap, left[None])[0]
    truth = [
        np.log(quad(lambda u, a=a: np.exp(-a * u - 0.5 * u**2), 0.0, gap, epsabs=0.0, epsrel=1e-13)[0]) for a in left
    ]
    assert found == pytest.approx(np.array(truth) + norm.logpdf(left), abs=1e-11)


def test_a_tie_is_the_limit_of_a_gap() -> None:
    """The curve of a tie is where curves of smaller and smaller gaps go."""
    theta = np.linspace(-0.6, 0.8, 29)
    tied = share(observed(*MADE["tied"]), theta)
    distances = []
    for gap in (1e-2, 1e-4, 1e-6):
        near = observed((None, 2.0, 2.0 + gap, 3.0, None), *MADE["tied"][1:])
        distances.append(float(np.abs(share(near, theta) - tied).max()))
    assert distances[0] < 0.05
    assert distances[1] < 0.02 * distances[0]
    assert distances[2] < 0.02 * distances[1]


def test_which_quantiles_speak() -> None:
    """Repeats in the smallest groups and floors stay out; a group without spread is refused."""
    assert printed((1.0, 1.5, 2.0, 2.5, 3.0), 2.0).value == pytest.approx([1.0, 3.0])
    assert printed((1.0, 2.0, 3.0, 4.0, 5.0), 4.0).value == pytest.approx([1.0, 3.0, 5.0])
    assert printed((1.0, 2.0, 3.0, 4.0, 5.0), 5.0).rank == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0])
    assert printed((0.0, 0.0, 0.0, 2.0, 5.0), 41.0).rank == pytest.approx([21.0, 31.0, 41.0])
    assert printed((0.0, 1.0, 5.0, 5.0, 5.0), 41.0).rank == pytest.approx([1.0, 11.0, 21.0])
    assert printed((None, 2.0, 2.0, 3.0, None), 41.0).rank == pytest.approx([11.0, 21.0, 31.0])
    with pytest.raises(ValueError, match="two different quantiles"):
        printed((None, 2.0, 2.0, 2.0, None), 41.0)


# --- two groups --------------------------------------------------------------------------------------------


def everything(sample: np.ndarray) -> Five:
    """Return five numbers that are the whole sample."""
    low, high = float(sample[0]), float(sample[-1])
    if sample.size == 2:
        return low, None, None, None, high
    if sample.size == 3:
        return low, None, float(sample[1]), None, high
    return tuple(float(value) for value in sample)


@pytest.mark.parametrize(("n1", "n2", "theta"), [(5, 5, 0.0), (5, 3, 1.0), (2, 3, 0.5), (2, 2, 3.0), (5, 5, 30.0)])
def test_all_of_the_data_is_noncentral_t(n1: int, n2: int, theta: float) -> None:
    """Five numbers of five people are the sample: the curve is the noncentral t of its means and SDs."""
    rng = np.random.default_rng([n1, n2])
    a, b = np.sort(rng.normal(theta, 1.0, n1)), np.sort(rng.normal(0.0, 1.0, n2))
    pooled = ((n1 - 1) * a.var(ddof=1) + (n2 - 1) * b.var(ddof=1)) / (n1 + n2 - 2)
    t = (a.mean() - b.mean()) / np.sqrt(pooled) * noncentral_t.root_size(n1, n2)
    found, truth = observed(everything(a), n1, everything(b), n2), noncentral_t.observed(t, n1, n2)
    theta_grid = places(found, 201)
    value, known = np.exp(found.log_value(theta_grid)), np.exp(truth.log_value(theta_grid))
    assert np.abs(value / (value @ value) * (value @ known) - known).max() < TOLERANCE * known.max()


@pytest.mark.parametrize(("n1", "n2"), [(13.0, 53.0), (113.0, 79.0), (1000.0, 7.0)])
def test_means_and_sds_in_the_same_integral_are_noncentral_t(n1: float, n2: float, monkeypatch: Any) -> None:
    """With the density of sufficient statistics in place of quantiles, the integral is the noncentral t."""

    def gaussian(group: Printed, beta: np.ndarray, nu: np.ndarray) -> np.ndarray:
        mean, sd = group.value.mean(), 0.5 * np.ptp(group.value)
        off = group.n * (beta * mean - nu) ** 2 + (group.n - 1.0) * (beta * sd) ** 2
        return np.asarray(group.n * np.log(beta) - 0.5 * off)

    monkeypatch.setattr(order_statistics, "log_density", gaussian)
    m1, s1, m2, s2 = 2.3, 1.1, 1.6, 0.8
    t = (m1 - m2) / np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2)) * noncentral_t.root_size(n1, n2)
    found = observed((m1 - s1, None, None, None, m1 + s1), n1, (m2 - s2, None, None, None, m2 + s2), n2)
    truth = noncentral_t.observed(t, n1, n2)
    theta = places(found, 201)
    value, known = np.exp(found.log_value(theta)), np.exp(truth.log_value(theta))
    assert np.abs(value / (value @ value) * (value @ known) - known).max() < TOLERANCE * known.max()


def brute(case: Case, theta: np.ndarray) -> np.ndarray:
    """Return the likelihood by a plain sum over a wide window of mu2 and log sigma, written from the definition."""

    def log_group(five: Five, n: float, mu: np.ndarray, sigma: np.ndarray) -> Any:
        given = [(x, 1.0 + (n - 1.0) * p) for x, p in zip(five, (0, 0.25, 0.5, 0.75, 1), strict=True) if x is not None]
        z = [(x - mu) / sigma for x, _ in given]
        ranks = [rank for _, rank in given]
        total = sum(norm.logpdf(one) for one in z) - len(z) * np.log(sigma)
        total += (ranks[0] - 1.0) * log_ndtr(z[0]) + (n - ranks[-1]) * log_ndtr(-z[-1])
        for (a, r), (b, q) in pairwise(zip(z, ranks, strict=True)):
            right = a + b > 0.0
            inside = np.where(right, ndtr(-a) - ndtr(-b), ndtr(b) - ndtr(a))
            total += (q - r - 1.0) * np.log(np.maximum(inside, 1e-300))
        return total

    five1, n1, five2, n2 = case
    printed2 = [x for x in five2 if x is not None]
    spread = max(np.ptp([x for x in five if x is not None]) for five in (five1, five2))
    sigma = spread * np.exp(np.linspace(-4.0, 3.0, 500))[:, None]
    mu = np.mean(printed2) + sigma * np.linspace(-6.0, 6.0, 900)
    log2 = log_group(five2, n2, mu, sigma) + np.log(sigma)  # d mu = sigma d u
    logs = np.array([log_group(five1, n1, mu + one * sigma, sigma) + log2 for one in theta])
    with np.errstate(under="ignore"):
        return np.asarray(np.exp(logs - logs.max()).sum(axis=(1, 2)))


@pytest.mark.parametrize("name", [*REAL, "quartiles", "all five", "different", "ends only"])
def test_curve_is_the_integral_by_brute_force(name: str) -> None:
    """Real and made rows agree with the plain double sum."""
    curve = observed(*NEAR[name])
    theta = np.linspace(*curve.span, 15)[3:-3]
    value, truth = np.exp(curve.log_value(theta)), brute(NEAR[name], theta)
    assert value / value.max() == pytest.approx(truth / truth.max(), abs=TOLERANCE)


@pytest.mark.parametrize("name", CASES)
def test_steps_are_fine_enough(name: str) -> None:
    """Halving every step changes nothing, and the curve's own error says how far it is."""
    curve = observed(*CASES[name])
    step, first, value = lattice(*on_own_scale(*CASES[name]), fine=0.5)
    found = np.exp(curve.log_value(step * (first + np.arange(value.size))))
    assert curve.error < 1e-10
    assert np.abs(found * (found @ value) / (found @ found) - value).max() < TOLERANCE


@pytest.mark.parametrize("name", NEAR)
def test_groups_units_and_origins(name: str) -> None:
    """Swapped groups mirror the curve; another unit and another origin leave it."""
    five1, n1, five2, n2 = NEAR[name]
    curve = observed(five1, n1, five2, n2)
    theta = places(curve)
    value = share(curve, theta)
    within = TOLERANCE * value.max()
    assert share(observed(five2, n2, five1, n1), -theta) == pytest.approx(value, rel=0.0, abs=within)

    def moved(five: Five) -> Five:
        return tuple(None if x is None else -40.0 + 2.54 * x for x in five)

    assert share(observed(moved(five1), n1, moved(five2), n2), theta) == pytest.approx(value, rel=0.0, abs=within)


@pytest.mark.parametrize("name", [*NEAR, "floor"])
def test_graph_agrees(name: str) -> None:
    """The graph, by another quadrature, gives the same curve, and a finite slope in the far tails."""
    import pytensor
    import pytensor.tensor as pt

    curve = observed(*CASES[name])
    theta = pt.dscalar()
    value = order_statistics_graph.log_density(theta[None], [CASES[name]])[0]
    function = pytensor.function([theta], [value, pt.grad(value, theta)])
    at = places(curve)
    logs = np.array([float(function(one)[0]) for one in at])
    known = np.exp(curve.log_value(at))
    found = np.exp(logs - logs.max())
    assert np.abs(found * (found @ known) / (found @ found) - known).max() < 1e-8 * known.max()
    low, high = (curve.span[0] - 5.0, curve.span[1] + 5.0)
    assert float(function(low)[1]) > 0.0
    assert float(function(high)[1]) < 0.0


# --- simulation --------------------------------------------------------------------------------------------

DESIGNS = {"quartiles": (1, 2, 3), "range": (0, 2, 4), "both": (0, 1, 2, 3, 4)}
SIZES = ((13, 53), (19, 69), (38, 64), (113, 79))


def below(curve: Curve, theta: float) -> float:
    """Return the posterior probability below theta under a flat prior."""
    return float(curve.weight @ ndtr((theta - curve.center) / curve.width) / curve.weight.sum())


def spread(curve: Curve) -> float:
    weight = curve.weight / curve.weight.sum()
    return float(np.sqrt(weight @ (curve.width**2 + (curve.center - weight @ curve.center) ** 2)))


@cache
def simulate(design: str, n1: int, n2: int, theta: float, count: int) -> tuple[int, float]:
    """Return how often the 90 % interval covers, and the median ratio of its SD to that of the full data."""
    rng = np.random.default_rng([n1, n2, int(10 * theta), len(design), count])
    covered, ratios = 0, []
    for _ in range(count):
        samples = rng.normal(theta, 1.0, n1), rng.normal(0.0, 1.0, n2)
        fives = []
        for sample in samples:
            five = np.quantile(sample, (0.0, 0.25, 0.5, 0.75, 1.0))
            fives.append(tuple(float(x) if i in DESIGNS[design] else None for i, x in enumerate(five)))
        curve = observed(fives[0], n1, fives[1], n2)
        covered += 0.05 < below(curve, theta) < 0.95
        (m1, v1), (m2, v2) = ((sample.mean(), sample.var(ddof=1)) for sample in samples)
        t = (m1 - m2) / np.sqrt(((n1 - 1) * v1 + (n2 - 1) * v2) / (n1 + n2 - 2)) * noncentral_t.root_size(n1, n2)
        ratios.append(spread(curve) / spread(noncentral_t.observed(t, n1, n2)))
    return covered, float(np.median(ratios))


@pytest.mark.parametrize("design", DESIGNS)
def test_coverage_quick(design: str) -> None:
    """100 studies of 38 and 64 people: the 90 % interval covers, and is wider than with all of the data."""
    covered, ratio = simulate(design, 38, 64, 0.5, 100)
    low, high = binom.interval(0.999, 100, 0.9)
    assert low <= covered <= high
    assert 1.0 < ratio < 1.25


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("n1", "n2"), SIZES)
@pytest.mark.parametrize("theta", [0.0, 0.5])
def test_coverage(design: str, n1: int, n2: int, theta: float) -> None:
    """2,000 studies per design: the 90 % interval covers within the binomial error of 99.9 %."""
    covered, ratio = simulate(design, n1, n2, theta, 2000)
    low, high = binom.interval(0.999, 2000, 0.9)
    assert low <= covered <= high
    assert 1.0 < ratio < 1.25


# --- the report kind ---------------------------------------------------------------------------------------


def test_likelihood_cell_chooses(report_of: Any) -> None:
    """Exact is the default; converted is the noncentral t of converted numbers; Hedges' g is the same."""
    cells = {"median1i": 2.0, "q1_1i": 1.0, "q3_1i": 3.0, "n1i": 13.0}
    cells |= {"median2i": 1.5, "q1_2i": 0.5, "q3_2i": 2.5, "n2i": 53.0}
    rows = {name: report_of("medians", {**cells, "likelihood": name}) for name in medians.LIKELIHOODS}
    default = report_of("medians", cells)
    theta = np.linspace(-1.0, 2.0, 31)
    logs = {name: medians.curve(row).log_value(theta) for name, row in rows.items()}
    assert medians.curve(default).log_value(theta) == pytest.approx(logs["exact"])
    assert logs["exact"] == pytest.approx(observed(*MADE["quartiles"]).log_value(theta))
    assert spread(medians.curve(rows["exact"])) > 1.03 * spread(medians.curve(rows["converted"]))
    assert medians.yi_sei(rows["exact"]) == medians.yi_sei(rows["converted"])


def test_tied_quantiles_have_a_note(report_of: Any) -> None:
    """A reader hears of coarse steps."""
    cells = {"median1i": 2.0, "q1_1i": 2.0, "q3_1i": 3.0, "n1i": 13.0}
    cells |= {"median2i": 1.5, "q1_2i": 0.5, "q3_2i": 2.5, "n2i": 53.0}
    assert any("quantiles of group 1 are equal" in note for note in medians.notes(report_of("medians", cells)))
