"""What any pooling must satisfy: exchange of groups, units, copies, order of rows, and reports that say nothing.

Few examples each in the default run; the seed is fixed, so that a failure repeats.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.registry import leaves
from irlbayes.core.types import Outcome, Report, ReportTable, Value
from irlbayes.effects.table import effect_table
from irlbayes.posterior.quadrature import ExactPosterior, solve

KINDS = leaves("irlbayes.effects.reports")
FEW = settings(
    max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
FEWER = settings(FEW, max_examples=6)
MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
ROUNDING = 4e-15  # of a curve's maximum


def report(kind: str, cells: dict[str, Value], scale: str = "", name: str = "r") -> Report:
    return Report(name, name, name, "outcome", kind, "primary", "test", 2, cells, scale)


def curve(kind: str, cells: dict[str, Value], scale: str = "") -> Curve:
    return KINDS[kind].curve(report(kind, cells, scale))


def grid(one: Curve, points: int = 81) -> np.ndarray:
    """Return effects around a curve's own terms."""
    if not one.center.size and not one.at.size:
        return np.linspace(-5.0, 5.0, points)
    reach = 3.0 * float(np.concatenate([one.width, one.blur]).max())
    return np.linspace(one.span[0] - reach, one.span[1] + reach, points)


def same(one: Curve, other: Curve, sign: float = 1.0, factor: float = 1.0) -> None:
    """Assert that other(sign * theta) is factor * one(theta), as far as either is known."""
    theta = grid(one)
    here, there = factor * np.exp(one.log_value(theta)), np.exp(other.log_value(sign * theta))
    assert there == pytest.approx(here, rel=1e-9, abs=(one.error + other.error + ROUNDING) * factor * one.peak)


def summaries(posterior: ExactPosterior) -> np.ndarray:
    """Return mean, sd and quantiles of mu, tau and a new effect, and the log marginal likelihood."""
    p = np.array([0.025, 0.5, 0.975])
    found: list[float] = []
    for density in (posterior.mu, posterior.tau, posterior.theta_new):
        assert density.mean is not None
        assert density.sd is not None
        found += [density.mean, density.sd, *density.quantile(p)]
    assert posterior.log_marginal_likelihood is not None
    return np.array([*found, posterior.log_marginal_likelihood])


# --- what is drawn -----------------------------------------------------------------------------------------

SIZE = st.integers(5, 400).map(float)
SD = st.floats(0.5, 4.0)
MEAN = st.floats(2.0, 9.0)


@st.composite
def means(draw: Any) -> dict[str, Value]:
    return {f"{name}{group}i": draw(what) for group in (1, 2) for name, what in (("m", MEAN), ("sd", SD), ("n", SIZE))}


@st.composite
def counts(draw: Any, least: int = 0) -> dict[str, Value]:
    n1, n2 = draw(st.integers(8 + 2 * least, 400)), draw(st.integers(8 + 2 * least, 400))
    a, c = draw(st.integers(least, n1 - least)), draw(st.integers(least, n2 - least))
    return {"ai": float(a), "n1i": float(n1), "ci": float(c), "n2i": float(n2)}


@st.composite
def rates(draw: Any, least: int = 0) -> dict[str, Value]:
    x1, x2 = draw(st.integers(least, 60)), draw(st.integers(least, 60))
    return {"x1i": float(x1), "t1i": draw(st.floats(5.0, 900.0)), "x2i": float(x2), "t2i": draw(st.floats(5.0, 900.0))}


TWO_GROUPS: list[tuple[str, str, Any]] = [
    *[("means", scale, means()) for scale in ("smd", "md", "rom", "log_vr")],
    ("counts", "log_or", counts()),
    ("counts", "log_rr", counts(2)),
    ("counts", "rd", counts(10)),  # fewer events leave a kink at zero, which is not fitted yet: KINKED of conftest.py
    ("rates", "log_irr", rates()),
    ("rates", "ird", rates(1)),
]


# --- exchange of groups ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "scale", "drawn"), TWO_GROUPS, ids=[f"{k}-{s}" for k, s, _ in TWO_GROUPS])
def test_exchanged_groups_mirror_the_likelihood(kind: str, scale: str, drawn: Any, swapped: Any) -> None:
    """curve(-theta) of the exchanged row is curve(theta), on every scale."""

    @FEW
    @given(cells=drawn)
    def check(cells: dict[str, Value]) -> None:
        same(curve(kind, cells, scale), curve(kind, swapped(cells), scale), sign=-1.0)

    check()


@pytest.mark.parametrize("likelihood", ["binomial", "poisson"])
def test_exchanged_groups_mirror_an_integrated_baseline(likelihood: str, swapped: Any) -> None:
    """Where the baseline is the mean of both groups, neither is the control."""
    kind, drawn = ("counts", counts(1)) if likelihood == "binomial" else ("rates", rates(1))

    @FEWER
    @given(cells=drawn)
    def check(cells: dict[str, Value]) -> None:
        named = {**cells, "likelihood": likelihood}
        same(curve(kind, named), curve(kind, swapped(named)), sign=-1.0)

    check()


@FEW
@given(drawn=st.lists(counts(1), min_size=2, max_size=4))
def test_exchanged_groups_mirror_the_posterior(drawn: list[dict[str, Value]], swapped: Any) -> None:
    """Under a prior around zero, mu changes its sign and tau stays."""
    there = solve([curve("counts", cells) for cells in drawn], MU, TAU, studies=False)
    back = solve([curve("counts", swapped(cells)) for cells in drawn], MU, TAU, studies=False)
    assert back.mu.mean == pytest.approx(-there.mu.mean, rel=1e-7, abs=1e-8)
    assert back.mu.sd == pytest.approx(there.mu.sd, rel=1e-7)
    assert float(back.mu.sf(0.0)) == pytest.approx(float(there.mu.cdf(0.0)), rel=1e-6, abs=1e-12)
    assert back.tau.mean == pytest.approx(there.tau.mean, rel=1e-7)


# --- units -------------------------------------------------------------------------------------------------


@FEW
@given(cells=rates(), factor=st.floats(0.01, 365.25))
def test_the_unit_of_time_does_not_matter_to_a_rate_ratio(cells: dict[str, Value], factor: float) -> None:
    """Days instead of years, in both groups."""
    other = {**cells, "t1i": float(cells["t1i"]) * factor, "t2i": float(cells["t2i"]) * factor}
    same(curve("rates", cells), curve("rates", other))


@FEW
@given(cells=rates(1), factor=st.floats(0.01, 365.25))
def test_the_unit_of_time_scales_a_rate_difference(cells: dict[str, Value], factor: float) -> None:
    """Events per day are events per year over 365.25."""
    other = {**cells, "t1i": float(cells["t1i"]) * factor, "t2i": float(cells["t2i"]) * factor}
    one, two = (KINDS["rates"].yi_sei(report("rates", row, "ird")) for row in (cells, other))
    assert two == pytest.approx((one[0] / factor, one[1] / factor), rel=1e-12)


@pytest.mark.parametrize("scale", ["md", "smd", "log_vr"])
@FEW
@given(cells=means(), shift=st.floats(-50.0, 50.0))
def test_a_constant_added_to_both_means_changes_nothing(scale: str, cells: dict[str, Value], shift: float) -> None:
    """A difference has no zero of its own; a ratio of means does and is left out."""
    other = {**cells, "m1i": float(cells["m1i"]) + shift, "m2i": float(cells["m2i"]) + shift}
    same(curve("means", cells, scale), curve("means", other, scale))


@pytest.mark.parametrize("scale", ["smd", "rom", "log_vr"])
@FEW
@given(cells=means(), factor=st.floats(0.01, 100.0))
def test_another_unit_changes_no_ratio(scale: str, cells: dict[str, Value], factor: float) -> None:
    """All means and SDs times a factor: standardized differences and ratios stay."""
    other = {name: value if name.startswith("n") else float(value) * factor for name, value in cells.items()}
    same(curve("means", cells, scale), curve("means", other, scale))


@FEW
@given(cells=means(), factor=st.floats(0.01, 100.0))
def test_another_unit_scales_a_mean_difference(cells: dict[str, Value], factor: float) -> None:
    """The likelihood is then that of factor * theta."""
    other = {name: value if name.startswith("n") else float(value) * factor for name, value in cells.items()}
    found, expected = curve("means", other, "md"), curve("means", cells, "md").scaled(factor)
    assert (found.center[0], found.width[0]) == pytest.approx((expected.center[0], expected.width[0]), rel=1e-10)


# --- copies ------------------------------------------------------------------------------------------------

NEAR_ZERO = Prior("uniform", (0.0, 1e-4))


@FEW
@given(yi=st.floats(-1.0, 1.0), sei=st.floats(0.1, 0.5))
def test_two_equal_normal_studies_have_half_the_variance(yi: float, sei: float) -> None:
    """As tau goes to zero; with the prior's precision added."""
    posterior = solve([normal_curve(yi, sei)] * 2, MU, NEAR_ZERO, studies=False)
    precision = 2.0 / sei**2 + 1.0
    assert posterior.mu.sd == pytest.approx(precision**-0.5, rel=1e-6)
    assert posterior.mu.mean == pytest.approx(2.0 * yi / sei**2 / precision, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "scale", "drawn"), [TWO_GROUPS[0], TWO_GROUPS[4], TWO_GROUPS[7]], ids=["smd", "or", "irr"]
)
def test_a_copy_narrows(kind: str, scale: str, drawn: Any) -> None:
    """Without heterogeneity the posterior of mu narrows with a copy of a study, where its likelihood has a peak."""

    @FEWER
    @given(cells=drawn)
    def check(cells: dict[str, Value]) -> None:
        one = curve(kind, cells, scale)
        assume(one.bounded == (True, True))
        sds = [solve([one] * count, MU, NEAR_ZERO, studies=False).mu.sd for count in (1, 2, 4)]
        assert sds[0] > sds[1] > sds[2]

    check()


@FEWER
@given(cells=counts(1))
def test_a_table_added_to_itself(cells: dict[str, Value]) -> None:
    """Twice the people with the same risks: the curve narrows by nearly the root of two, and its peak hardly moves."""
    twice: dict[str, Value] = {name: 2.0 * float(value) for name, value in cells.items()}
    one, two = curve("counts", cells), curve("counts", twice)
    (yi, sei), (again, narrower) = (KINDS["counts"].yi_sei(report("counts", row)) for row in (cells, twice))
    assert again == pytest.approx(yi, rel=1e-12, abs=1e-12)
    assert narrower == pytest.approx(sei / 2.0**0.5, rel=1e-12)
    theta = np.linspace(yi - 3.0 * sei, yi + 3.0 * sei, 2001)
    peaks = [theta[part.log_value(theta).argmax()] for part in (one, two)]
    assert abs(peaks[1] - yi) <= abs(peaks[0] - yi) + 0.01 * sei  # the conditional estimate nears the sample's
    low, high = [part.log_value(theta) - part.log_value(theta).max() for part in (one, two)]
    assert (high <= low + 0.05).all()


# --- order, and nothing ------------------------------------------------------------------------------------


def mixture(drawn: tuple[dict[str, Value], dict[str, Value], float, str]) -> list[Report]:
    """Return reports of four kinds that are pooled as log odds ratios."""
    table, groups, estimate, sign = drawn
    rows: list[tuple[str, dict[str, Value]]] = [
        ("counts", table),
        ("means", groups),
        (
            "estimate_ci",
            {
                "estimate": np.exp(estimate),
                "ci_lb": np.exp(estimate - 0.8),
                "ci_ub": np.exp(estimate + 0.8),
                "scale": "or",
            },
        ),
        ("direction", {"sign": sign, "n1i": 14.0, "n2i": 16.0}),
        ("counts", {"ai": 0.0, "n1i": 50.0, "ci": 3.0, "n2i": 34.0}),
    ]
    return [report(kind, cells, name=f"{kind}{i}") for i, (kind, cells) in enumerate(rows)]


def pooled(reports: list[Report], scale: str = "log_or", studies: bool = False) -> ExactPosterior:
    outcome = Outcome("outcome", "outcome", scale, 0.0, "+")
    table = ReportTable("test", "test", "test", "", tuple(reports), {"outcome": outcome})
    effects = effect_table(table, outcome)
    assert len(effects.studies) == len(reports)
    return solve([study.curve for study in effects.studies], MU, TAU, studies=studies)


MIXTURES = st.tuples(counts(1), means(), st.floats(-1.0, 1.5), st.sampled_from("+-"))


@FEWER
@given(drawn=MIXTURES, order=st.permutations(range(5)))
def test_any_order_of_the_rows_gives_the_same_posterior(drawn: Any, order: list[int]) -> None:
    """Kinds mix, and commute to 1e-10."""
    reports = mixture(drawn)
    expected = summaries(pooled(reports))
    assert summaries(pooled([reports[i] for i in order])) == pytest.approx(expected, rel=1e-10, abs=1e-11)


@pytest.mark.parametrize(
    ("kind", "nothing", "scale"),
    [
        ("counts", {"ai": 0.0, "n1i": 20.0, "ci": 0.0, "n2i": 25.0}, "log_or"),
        ("counts", {"ai": 20.0, "n1i": 20.0, "ci": 25.0, "n2i": 25.0}, "log_or"),
        ("rates", {"x1i": 0.0, "t1i": 10.0, "x2i": 0.0, "t2i": 12.0}, "log_irr"),
    ],
)
@FEWER
@given(drawn=st.tuples(counts(1), rates(1)))
def test_a_report_that_says_nothing_changes_nothing(
    kind: str, nothing: dict[str, Value], scale: str, drawn: Any
) -> None:
    """Not even the marginal likelihood; and its own effect is a new one's. The other two reports agree."""
    first = report("counts", drawn[0], name="a") if scale == "log_or" else report("rates", drawn[1], name="a")
    size = float(np.exp(KINDS[first.kind].yi_sei(replace(first, scale=scale))[0]))
    second = {"estimate": size, "ci_lb": size / 1.6, "ci_ub": size * 1.6, "scale": scale[4:]}
    others = [first, report("estimate_ci", second, name="b")]
    with_it = pooled([*others, report(kind, nothing, name="c")], scale, studies=True)
    assert summaries(with_it) == pytest.approx(summaries(pooled(others, scale, studies=True)), rel=1e-14)
    p = np.array([0.025, 0.5, 0.975])
    assert with_it.theta[2].quantile(p) == pytest.approx(with_it.theta_new.quantile(p), rel=1e-7, abs=1e-8)


@FEW
@given(events=st.integers(1, 20), n=st.integers(25, 300), group=st.sampled_from([1, 2]))
def test_a_zero_cell_moves_the_estimate_its_way(events: int, n: int, group: int) -> None:
    """No events in group 1 beside some in group 2 lower mu; none in group 2 raise it; and the more the further."""
    base = [curve("estimate_ci", {"estimate": 1.1, "ci_lb": 0.6, "ci_ub": 2.0, "scale": "or"})]
    found = [solve(base, MU, TAU, studies=False).mu]
    for x in (events, 20 + events):
        a, c = (0.0, float(x)) if group == 1 else (float(x), 0.0)
        cells: dict[str, Value] = {"ai": a, "n1i": float(n + 20), "ci": c, "n2i": float(n + 20)}
        found.append(solve([*base, curve("counts", cells)], MU, TAU, studies=False).mu)
    sign = -1.0 if group == 1 else 1.0
    assert sign * found[1].mean > sign * found[0].mean
    assert sign * found[2].mean > sign * found[1].mean
