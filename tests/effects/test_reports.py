"""The contract of a report kind, walked over every file of `effects/reports/`, and the textbook cases of each.

A kind that is added is tested on arrival: what it exports, its likelihood against its simulator and its PyMC term,
smoothing, units, and the exchange of groups. See conftest.py for its examples.
"""

import csv
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, kstest, nct, norm
from scipy.stats import t as student

from irlbayes.core.curve import Curve
from irlbayes.core.registry import leaves
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Kind, Outcome, Report, ReportTable
from irlbayes.effects.conversions import five_numbers
from irlbayes.effects.likelihoods import noncentral_t
from irlbayes.effects.reports import estimate_ci, estimate_p, medians, yi_sei
from irlbayes.effects.table import effect_table

REFERENCE = Path(__file__).parents[1] / "reference" / "conversions_fivenum.csv"
NORMAL = "normal"
# Four arms that could not have been others given their margins: no events (or only events) in a subgroup's two arms.
ONE_OUTCOME = (
    ("arm_counts", (0.0, 20.0, 0.0, 22.0, 6.0, 30.0, 9.0, 28.0)),
    ("arm_counts", (3.0, 20.0, 4.0, 22.0, 30.0, 30.0, 28.0, 28.0)),
    ("arm_rates", (5.0, 41.0, 8.0, 39.0, 0.0, 80.0, 0.0, 78.0)),
)
NAMES = (
    "COLUMNS", "OPTIONAL", "SCALES", "LIKELIHOODS",
    "check", "curve", "yi_sei", "design_sei", "steps", "notes", "simulate", "log_likelihood",
)  # fmt: skip
PROBES: dict[str, tuple[Any, ...]] = {
    "number": (-1e6, -1.0, 0.0, 0.5, 1.0, 2.0, 1e6),
    "count": (-1.0, 0.0, 1.0, 2.0, 1000.0),
    "text": ("", "no such word", "=", "<", "+", "-", "?"),
}
KINDS = leaves("irlbayes.effects.reports")
SLOWLY_FITTED = ("correlation", "means")  # every simulated report is another one, and its curve has to be fitted
DEARLY_FITTED = ("log_rr", "rd")  # a curve over a baseline that is integrated takes a quarter of a second
PYMC = 1e-8  # relative distance of the PyMC term
# PyMC's normal distribution function takes its square root of two in single precision, which costs 3e-8 of its log.
PYMC_NORMAL_CDF = 1e-7
WITH_NORMAL_CDF = ("direction", "p_value", "significance")
ROUNDING = 4e-15  # of a curve's maximum: where it is the small difference of large terms


def grid_of(curve: Curve, least: float = 1e-10, points: int = 401) -> np.ndarray:
    """Return effects over which a curve is above a share of its maximum, as far as its terms reach."""
    if curve.is_flat:
        return np.linspace(-12.0, 12.0, points)
    reach = 8.0 * curve.widest
    theta = np.linspace(curve.span[0] - reach, curve.span[1] + reach, 4801)
    value = curve.log_value(theta)
    inside = theta[value > value.max() + np.log(least)]
    return np.linspace(inside[0], inside[-1], points)


def typical(curve: Curve) -> float:
    """Return an effect at which a curve has about 0.6 of its maximum: neither certain nor far out."""
    theta = grid_of(curve)
    value = np.exp(curve.log_value(theta))
    return float(theta[np.abs(value - 0.6 * value.max()).argmin()])


def detail_of(curve: Curve) -> float:
    """Return the width of a curve's narrowest feature; one unit for a curve that has none."""
    return curve.detail if np.isfinite(curve.detail) else 1.0


def is_kinked(example: Any) -> bool:
    """Whether a likelihood has a kink: it takes terms of many widths, and packets besides."""
    return bool(example.curve.error > 1e-10)


def likelihood(example: Any, theta: np.ndarray) -> np.ndarray:
    """Return the likelihood of an example."""
    return np.exp(example.curve.log_value(theta))


def by_irl(kind: str, cells: tuple[float, ...]) -> dict[str, Any]:
    """Return a row of four arms: cells with rims, then without."""
    columns = [column.name for column in KINDS[kind].COLUMNS]
    return dict(zip(columns, cells, strict=True))


# --- what a kind exports -----------------------------------------------------------------------------------


def test_every_kind_has_an_example(kind_name: str, examples_of: Any) -> None:
    """A new kind is tested on arrival; where its columns are unfamiliar, conftest.py needs a row for it."""
    assert examples_of(kind_name), f"add example rows of {kind_name!r} to EXAMPLES in tests/effects/conftest.py"


def test_names_of_the_contract() -> None:
    """The names that are checked here are those of the protocol."""
    assert set(NAMES) == set(Kind.__protocol_attrs__)  # type: ignore[attr-defined]


def test_kind_exports_the_contract(kind_name: str, examples_of: Any) -> None:
    """Every name is there, every function and the file say what they are for, and columns are named once."""
    module = examples_of(kind_name)[0].kind
    assert (module.__doc__ or "").startswith(f"`{kind_name}`: ")
    for name in NAMES:
        assert hasattr(module, name), name
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if not name.startswith("_") and function.__module__ == module.__name__:
            assert (function.__doc__ or "").strip(), name
            assert all(hint in function.__annotations__ for hint in ("return", *inspect.signature(function).parameters))
    assert module.SCALES == ("reported",) or (module.SCALES and set(module.SCALES) <= set(SCALES))
    assert len(set(module.SCALES)) == len(module.SCALES)
    assert module.LIKELIHOODS
    assert len(set(module.LIKELIHOODS)) == len(module.LIKELIHOODS)
    columns = [column.name for column in (*module.COLUMNS, *module.OPTIONAL)]
    assert len(columns) == len(set(columns))


def test_every_scale_and_likelihood_has_an_example(kind_name: str, examples_of: Any) -> None:
    """What a kind says it can do is tried: each of its scales, and each likelihood but the normal of `yi_sei`."""
    examples = examples_of(kind_name)
    module = examples[0].kind
    if module.SCALES != ("reported",):
        assert {example.scale for example in examples} == set(module.SCALES)
    assert {example.likelihood for example in examples} | {NORMAL} == set(module.LIKELIHOODS) | {NORMAL}


def test_columns_have_a_meaning_and_a_rule(kind_name: str, examples_of: Any) -> None:
    """Every column says what it holds; it states a rule exactly where some value of its type can be wrong."""
    module = examples_of(kind_name)[0].kind
    for column in (*module.COLUMNS, *module.OPTIONAL):
        assert len(column.meaning) > 5
        verdicts = [column.accepts(value) for value in PROBES[column.type]]
        assert bool(column.rule) == (not all(verdicts)), column.name
        if column.type == "count":
            assert column.rule, column.name


def test_example_is_a_valid_row(example: Any) -> None:
    """The examples keep every rule: of their columns and between cells."""
    columns = {column.name: column for column in (*example.kind.COLUMNS, *example.kind.OPTIONAL)}
    values = {name: value for name, value in example.report.values.items() if name != "likelihood"}
    assert {column.name for column in example.kind.COLUMNS} <= set(values) <= set(columns)
    assert example.likelihood in example.kind.LIKELIHOODS
    for name, value in values.items():
        assert isinstance(value, str) == (columns[name].type == "text")
        assert columns[name].accepts(value), name
    assert example.kind.check(example.report) == []


# --- the likelihood ----------------------------------------------------------------------------------------


def test_curve_is_finite(example: Any) -> None:
    """Values are finite from -30 to 30, smoothed or not; the maximum is no higher than one percent above `peak`."""
    curve = example.curve
    theta = np.linspace(-30.0, 30.0, 601)
    assert np.isfinite(curve.log_value(theta)).all()
    assert np.isfinite(curve.log_smooth(theta, np.array([0.0, 1e-6, 0.3, 50.0]))).all()
    assert np.exp(curve.log_value(theta)).max() <= 1.01 * curve.peak
    assert curve.detail > 0.0
    assert 0.0 <= curve.error <= (1e-7 if is_kinked(example) else 1e-10)


def test_limits_are_reached(example: Any) -> None:
    """Far out the curve takes the limits that it declares."""
    curve = example.curve
    far = np.exp(curve.log_value(np.array([-500.0, 500.0])))
    assert far == pytest.approx(curve.limits, abs=(curve.error + ROUNDING) * curve.peak)


def test_size_and_standard_error(example: Any) -> None:
    """The normal approximation, where there is one, sits on the curve; the design's standard error is positive.

    Not where half an event was added to a zero or full cell: that estimate is of the correction. Nor in groups of two
    and three, where the correction of g, or of the ratio of SDs, for small samples is most of a standard error.
    """
    pair = example.kind.yi_sei(example.report)
    assert 0.0 < example.kind.design_sei(example.report) < np.inf
    if pair is None:
        return
    yi, sei = pair
    assert np.isfinite(yi)
    assert 0.0 < sei < np.inf
    tiny = example.report.kind == "means" and example.report.number("n1i") < 5.0
    if not has_empty_cell(example.report) and not tiny:
        theta = np.linspace(yi - 3.0 * sei, yi + 3.0 * sei, 601)
        best = theta[likelihood(example, theta).argmax()]
        assert abs(best - yi) < 0.25 * sei


def has_empty_cell(report: Report) -> bool:
    """Whether counts have a zero or full cell."""
    pairs = (("ai", "n1i"), ("ci", "n2i"), ("xi", "ni"), ("xi", "ti"), ("x1i", "t1i"), ("x2i", "t2i"))
    groups = ("_pos", "_neg") if report.kind.startswith("arm_") else ("",)
    named = [(f"{x}{group}", f"{of}{group}") for x, of in pairs for group in groups]
    return any(
        report.number(x) == 0.0 or (of.startswith("n") and report.number(x) == report.number(of))
        for x, of in named
        if report.has(x, of)
    )


def test_smoothing_is_the_integral(example: Any) -> None:
    """log_smooth(mu, tau) is the integral of L(theta) Normal(theta | mu, tau ** 2), tau = 0 included."""
    curve = example.curve
    middle, width = typical(curve), detail_of(curve)
    places = middle + width * np.array([0.0, -1.3, 2.5])
    near = 1e-5 if is_kinked(example) else 1e-9  # these panels do not resolve a kink
    node, weight = np.polynomial.legendre.leggauss(8)  # 180 panels, each a fifth of the narrowest feature or less
    edges = np.linspace(-9.0, 9.0, 181)
    z = (0.5 * (edges[:-1] + edges[1:])[:, None] + 0.05 * node).ravel()
    share = np.tile(0.05 * weight, 180) * norm.pdf(z)
    for tau in (0.0, 0.1 * width, width, 2.0 * width):
        smooth = np.exp(curve.log_smooth(places, np.array([tau]))[0])
        if tau == 0.0:
            direct = np.exp(curve.log_value(places))
        else:
            direct = np.exp(curve.log_value(places[:, None] + tau * z)) @ share
        assert smooth == pytest.approx(direct, rel=near, abs=near * curve.peak)


@pytest.mark.parametrize("factor", [0.5513288954217921, 1.0, 12.5])
def test_change_of_unit(example: Any, factor: float) -> None:
    """The curve of factor * theta takes the same values, with its limits, error and detail along."""
    curve = example.curve
    theta = grid_of(curve)
    scaled = curve.scaled(factor)
    assert np.exp(scaled.log_value(factor * theta)) == pytest.approx(
        likelihood(example, theta), rel=1e-12, abs=ROUNDING
    )
    assert scaled.limits == curve.limits
    assert scaled.peak == pytest.approx(curve.peak, rel=1e-12)
    assert scaled.detail == pytest.approx(factor * curve.detail)


def test_exchanging_groups_flips_the_sign(group_example: Any, swapped: Any, report_of: Any) -> None:
    """A row with its groups exchanged has the likelihood of -theta, and the effect with its sign changed."""
    kind, report = group_example.kind, group_example.report
    mirror = report_of(report.kind, swapped(report.values), report.scale)
    assert mirror.values != report.values
    assert kind.check(mirror) == []
    here, there = group_example.curve, kind.curve(mirror)
    theta = np.concatenate([np.linspace(-4.0, 4.0, 161), grid_of(here)])
    allowed = (here.error + there.error + ROUNDING) * here.peak  # each is as far from the truth as it says
    assert np.exp(there.log_value(-theta)) == pytest.approx(np.exp(here.log_value(theta)), rel=1e-9, abs=allowed)
    before, after = kind.yi_sei(report), kind.yi_sei(mirror)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert after == pytest.approx((-before[0], before[1]), rel=1e-12, abs=1e-15)
    assert kind.design_sei(mirror) == pytest.approx(kind.design_sei(report), rel=1e-12)


ARMS = {"arm_counts": ("ai ci", "n1i n2i"), "arm_rates": ("x1i x2i", "t1i t2i")}
ARMS["arm_means"] = ("m1i m2i", "sd1i sd2i", "n1i n2i")


@pytest.mark.parametrize("kind", ARMS)
def test_exchanging_treated_and_untreated_flips_the_sign(kind: str, examples_of: Any, report_of: Any) -> None:
    """Rows of four arms are odd in the treatment too; exchanging it and the rims at once changes nothing."""
    for example in examples_of(kind):
        exchanged = dict(example.report.values)
        for pair in ARMS[kind]:
            one, two = pair.split()
            for group in ("pos", "neg"):
                names = f"{one}_{group}", f"{two}_{group}"
                exchanged[names[0]], exchanged[names[1]] = exchanged[names[1]], exchanged[names[0]]
        here, there = example.curve, example.kind.curve(report_of(kind, exchanged, example.report.scale))
        theta = np.concatenate([np.linspace(-4.0, 4.0, 161), grid_of(here)])
        allowed = (here.error + there.error + ROUNDING) * here.peak
        assert np.exp(there.log_value(-theta)) == pytest.approx(np.exp(here.log_value(theta)), rel=1e-9, abs=allowed)


def test_a_control_group_is_no_mirror(control_example: Any, swapped: Any, report_of: Any) -> None:
    """With the baseline's prior on group 2 alone, exchanged groups say nearly the same: the prior is wide, not flat."""
    kind, report = control_example.kind, control_example.report
    here, there = control_example.curve, kind.curve(report_of(report.kind, swapped(report.values), report.scale))
    theta = grid_of(here, 0.05)
    difference = there.log_value(-theta) - here.log_value(theta)
    assert np.abs(difference).max() > 1e-6
    if not has_empty_cell(report):
        assert np.abs(difference).max() < 0.1


def test_a_report_that_says_nothing_is_flat(report_of: Any) -> None:
    """No events (or only events) in both groups: exact likelihoods of ratios are one everywhere, in both engines."""
    import pytensor
    import pytensor.tensor as pt

    for kind, cells in (
        ("counts", {"ai": 0.0, "n1i": 20.0, "ci": 0.0, "n2i": 25.0}),
        ("counts", {"ai": 20.0, "n1i": 20.0, "ci": 25.0, "n2i": 25.0}),
        ("rates", {"x1i": 0.0, "t1i": 10.0, "x2i": 0.0, "t2i": 12.0}),
        *((kind, by_irl(kind, row)) for kind, row in ONE_OUTCOME),
    ):
        module, report = KINDS[kind], report_of(kind, cells)
        curve = module.curve(report)
        theta = np.array([-40.0, -1.0, 0.0, 3.0, 40.0])
        assert (curve.log_value(theta) == 0.0).all()
        assert (curve.log_smooth(theta, np.array([0.0, 2.0])) == 0.0).all()
        assert curve.bounded == (False, False)
        assert module.notes(report)
        effects = pt.dvector("effects")
        term = module.log_likelihood(effects, [report] * theta.size)
        values = pytensor.function([effects], term, mode="FAST_COMPILE")(theta)
        assert values == pytest.approx(np.zeros(theta.size), abs=1e-12)


def test_normal_by_name(normal_named_example: Any) -> None:
    """``likelihood = "normal"`` pools `yi_sei`, whichever way it is asked for; where there is none the kind speaks."""
    kind, report = normal_named_example.kind, normal_named_example.report
    asks = "interaction" if hasattr(kind, "CONTRAST") else ""
    outcome = Outcome("outcome", "outcome", normal_named_example.scale, 0.0, "", treatment=asks)
    named = replace(report, values={**report.values, "likelihood": NORMAL})
    tables = [ReportTable("test", "test", "test", "", (row,), {"outcome": outcome}) for row in (report, named)]
    studies = [
        *effect_table(tables[0], outcome, likelihood=NORMAL).studies,
        *effect_table(tables[1], outcome).studies,
    ]
    assert len(studies) == 2
    pair = kind.yi_sei(report)
    for study in studies:
        if pair is not None:
            assert study.curve.is_normal
            assert (study.curve.center[0], study.curve.width[0]) == pair
        else:
            theta = grid_of(study.curve)
            assert study.curve.log_value(theta) == pytest.approx(kind.curve(report).log_value(theta))


# --- how the cells become the likelihood -------------------------------------------------------------------

ESTIMATES = ("yi", "sei")


def test_steps_lead_to_the_likelihood(stepped_example: Any) -> None:
    """Every derivation ends in one likelihood, its numbers are finite, and each step says how it comes about."""
    steps = stepped_example.kind.steps(stepped_example.report)
    assert steps
    assert [step.name for step in steps].count("likelihood") == 1
    assert steps[-1].name == "likelihood"
    assert all(step.value is None or np.isfinite(step.value) for step in steps)
    assert all(len(step.formula) > 5 or step.value is not None for step in steps)
    assert len({step.name for step in steps}) == len(steps)


def test_steps_have_the_numbers_that_are_used(stepped_example: Any) -> None:
    """yi and sei are those that are pooled; r, t and z give back the curve; nothing is told that is not used."""
    kind, report = stepped_example.kind, stepped_example.report
    steps = {step.name: step.value for step in kind.steps(report)}
    curve = stepped_example.curve
    if curve.is_normal and report.kind not in ("p_value", "direction", "significance"):
        yi, sei = kind.yi_sei(report)
        assert steps.get("yi", yi) == pytest.approx(yi, rel=1e-14)
        assert steps.get("sei", sei) == pytest.approx(sei, rel=1e-14)
        assert (float(curve.center[0]), float(curve.width[0])) == (yi, sei)
        if "z" in steps and report.kind == "estimate_p":
            assert abs(yi) / steps["z"] == pytest.approx(sei, rel=1e-12)
    elif "yi" in steps:  # the log ratio of SDs, where the F density peaks
        theta = np.linspace(steps["yi"] - curve.detail, steps["yi"] + curve.detail, 2001)
        assert theta[curve.log_value(theta).argmax()] == pytest.approx(steps["yi"], abs=2e-3 * curve.detail)
    if "r" in steps:
        n1, n2 = report.number("n1i"), report.number("n2i")
        assert steps["r"] == pytest.approx((1.0 / n1 + 1.0 / n2) ** -0.5, rel=1e-14)
    if "sd" in steps:
        assert steps["t"] == pytest.approx(
            steps["r"] * (report.number("m1i") - report.number("m2i")) / steps["sd"], rel=1e-14
        )
    if "r" in steps and "t" in steps and report.kind in ("means", "p_value") and report.text("sign", "+") != "?":
        t = steps["t"] * (-1.0 if report.text("sign") == "-" else 1.0)
        df = n1 + n2 - 2.0
        for theta in (0.0, 0.5 * t / steps["r"], 1.4 * t / steps["r"]):
            bound = report.text("pval_relation") == "<"
            value = nct.sf(abs(t), df, np.sign(t) * theta * steps["r"]) if bound else nct.pdf(t, df, theta * steps["r"])
            assert np.exp(curve.log_value(np.array([theta]))[0]) == pytest.approx(value, rel=1e-9)
    if "offset" in steps:
        assert steps["offset"] == pytest.approx(log(report.number("t1i") / report.number("t2i")), rel=1e-14)
    if "m" in steps:
        assert steps["m"] == report.number("ai") + report.number("ci")


# --- the PyMC term -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pymc_term_of() -> Callable[[list[Any]], Any]:
    """Compile the term of all examples of a kind and scale, in order, with its gradient: once for all tests."""
    import pytensor
    import pytensor.tensor as pt

    compiled: dict[str, Any] = {}

    def term_of(group: list[Any]) -> Any:
        if group[0].name not in compiled:
            theta = pt.dvector("theta")
            term = group[0].kind.log_likelihood(theta, [example.report for example in group])
            both = [term, pt.grad(term.sum(), theta)]
            compiled[group[0].name] = pytensor.function([theta], both, mode="FAST_COMPILE")
        return compiled[group[0].name]

    return term_of


def test_pymc_term_is_the_curve(group: Any, pymc_term_of: Any) -> None:
    """Both say the same at random effects to 1e-8, constants included, where L is above 1e-10 of its maximum."""
    rng = np.random.default_rng(4)
    curves = [example.curve for example in group]
    regions = [grid_of(curve) for curve in curves]
    theta = np.stack([rng.uniform(region[0], region[-1], 60) for region in regions], axis=1)
    pymc_term = pymc_term_of(group)
    values = np.array([pymc_term(row)[0] for row in theta])
    assert values.shape == theta.shape
    for i, curve in enumerate(curves):
        ours, theirs = np.exp(curve.log_value(theta[:, i])), np.exp(values[:, i])
        allowed = (PYMC_NORMAL_CDF if group[0].report.kind in WITH_NORMAL_CDF else PYMC) * theirs
        allowed = allowed + (curve.error + ROUNDING) * curve.peak
        assert (np.abs(ours - theirs) <= allowed).all(), group[i].name


def test_pymc_gradient_is_the_slope_of_the_curve(group: Any, pymc_term_of: Any) -> None:
    """The gradient that a sampler follows is finite everywhere, and the slope of the curve where that has digits."""
    curves, pymc_term = [example.curve for example in group], pymc_term_of(group)
    everywhere = 0.999 if group[0].scale == "rd" else 30.0 * max(1.0, *(detail_of(curve) for curve in curves))
    for far in (-1.0, -0.17, 0.0, 0.17, 1.0):
        assert np.isfinite(pymc_term(np.full(len(group), far * everywhere))[1]).all()
    regions = np.stack([grid_of(curve, 1e-4, 25) for curve in curves], axis=1)
    slopes = np.array([pymc_term(row)[1] for row in regions])
    for i, curve in enumerate(curves):
        step = 1e-3 * detail_of(curve)
        at = regions[:, i][:, None] + step * np.array([-2.0, -1.0, 1.0, 2.0])
        numeric = curve.log_value(at) @ np.array([1.0, -8.0, 8.0, -1.0]) / (12.0 * step)
        found, expected = slopes[:, i] * detail_of(curve), numeric * detail_of(curve)
        near = 2e-3 if is_kinked(group[i]) else 2e-4  # differences across a kink
        assert found == pytest.approx(expected, rel=1e-5, abs=near), group[i].name


# --- the simulator -----------------------------------------------------------------------------------------


def drawn(example: Any, theta: float, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the simulated cells of reports of the same design with an effect of theta."""
    rng = np.random.default_rng(seed)
    return (example.kind.simulate(example.report, theta, rng) for _ in range(count))


def simulated(example: Any, theta: float, count: int, seed: int) -> list[Report]:
    """Return such reports."""
    base = example.report
    return [replace(base, values={**base.values, **cells}) for cells in drawn(example, theta, count, seed)]


def test_simulated_rows_are_valid(example: Any) -> None:
    """What is simulated keeps every rule, fills known columns only, and repeats with the same seed."""
    columns = {column.name: column for column in (*example.kind.COLUMNS, *example.kind.OPTIONAL)}
    theta = typical(example.curve)
    rows = simulated(example, theta, 40, seed=3)
    assert [row.values for row in rows] == [row.values for row in simulated(example, theta, 40, seed=3)]
    distinct = {tuple(row.values.items()): row for row in rows}
    fitted = 3 if example.scale in DEARLY_FITTED else 8
    for i, row in enumerate(distinct.values()):
        assert set(row.values) <= {*columns, "likelihood"}
        assert all(columns[name].accepts(value) for name, value in row.values.items() if name != "likelihood")
        assert example.kind.check(row) == []
        if i < fitted:
            assert np.isfinite(example.kind.curve(row).log_value(np.linspace(-2.0, 2.0, 9))).all()


def test_discrete_likelihood_is_the_share_of_simulated_reports(discrete_example: Any) -> None:
    """The observed statement comes up as often as its likelihood says, within four standard errors."""
    count, observed = 4000, discrete_example.report.values
    curve = discrete_example.curve
    middle = typical(curve)
    width = detail_of(curve)
    for seed, theta in enumerate((middle, middle - width, middle + 0.7 * width)):
        rows = drawn(discrete_example, theta, count, seed=100 + seed)
        share = sum(all(cells.get(name, value) == value for name, value in observed.items()) for cells in rows) / count
        probability = float(np.exp(curve.log_value(np.array([theta]))[0]))
        assert abs(share - probability) < 4.0 * np.sqrt(probability * (1.0 - probability) / count) + 1e-9


def test_likelihood_ratios_average_to_one(exact_example: Any) -> None:
    """E[L(other) / L(theta)] = 1 over reports simulated at theta: the likelihood is that of the simulator."""
    kind, curve = exact_example.kind, exact_example.curve
    middle, step = typical(curve), 0.6 * detail_of(curve)
    points = np.array([middle, middle - step, middle + step])
    known: dict[tuple[Any, ...], np.ndarray] = {}  # discrete reports repeat
    count = 1500 if exact_example.report.kind not in SLOWLY_FITTED else 500
    for row in (rows := simulated(exact_example, middle, count, seed=8)):
        cells = tuple(row.values.items())
        if cells not in known:
            known[cells] = kind.curve(row).log_value(points)
    values = np.array([known[tuple(row.values.items())] for row in rows])
    found = np.exp(values[:, 1:] - values[:, :1])
    error = found.std(axis=0) / np.sqrt(len(found))
    assert error.max() < 0.05
    assert (np.abs(found.mean(axis=0) - 1.0) <= 4.0 * error + 1e-12).all()


def test_normal_reports_scatter_as_they_say(normal_example: Any) -> None:
    """Estimates read back from simulated rows are normal around the effect, with the standard error of the design."""
    kind = normal_example.kind
    yi, sei = kind.yi_sei(normal_example.report)
    theta = yi - 0.7 * sei
    pairs = np.array([kind.yi_sei(row) for row in simulated(normal_example, theta, 1500, seed=11)])
    assert pairs[:, 1] == pytest.approx(np.full(1500, sei), rel=1e-9)
    assert kstest((pairs[:, 0] - theta) / sei, norm.cdf).pvalue > 0.001


def test_rough_reports_scatter_nearly_as_they_say(rough_example: Any) -> None:
    """Normal by convention: estimates scatter up to 10 % more or less than their own standard errors, without bias.

    An estimated standard error makes the distance a t variable rather than a normal one. Few events make it lumpy.
    """
    if has_empty_cell(rough_example.report):
        return
    kind = rough_example.kind
    yi, sei = kind.yi_sei(rough_example.report)
    theta = yi - 0.7 * sei
    pairs = np.array([kind.yi_sei(row) for row in simulated(rough_example, theta, 1500, seed=14)])
    distance = (pairs[:, 0] - theta) / pairs[:, 1]
    assert abs(distance.mean()) < 0.1
    assert 0.9 < distance.std() < 1.1


def test_far_effects_have_a_p_value_above_zero(report_of: Any) -> None:
    """An effect of ten standard errors simulates a tiny p-value, never one that the kind itself refuses."""
    row = report_of("estimate_p", {"estimate": 0.045, "pval": 0.01, "scale": "beta"})
    cells = estimate_p.simulate(row, 10.0 * estimate_p.design_sei(row), np.random.default_rng(2))
    assert float(cells["pval"]) > 0.0


def test_p_value_likelihood_is_the_density_of_t(exact_p_example: Any, report_of: Any) -> None:
    """Over all p-values and signs the curves integrate to one, and simulated ones follow them (Kolmogorov-Smirnov)."""
    kind, report, theta = exact_p_example.kind, exact_p_example.report, 0.15
    df, unsigned = report.number("n1i") + report.number("n2i") - 2.0, report.text("sign") == "?"

    def row(t: float) -> Report:
        sign = "?" if unsigned else ("-" if t < 0.0 else "+")
        return report_of("p_value", {**report.values, "pval": 2.0 * student.sf(abs(t), df), "sign": sign})

    # equal steps of arcsinh(t), so that heavy tails are covered
    reach = float(np.arcsinh(student.isf(1e-8, df)))
    at = np.linspace(0.0 if unsigned else -reach, reach, 1201)
    density = [np.exp(kind.curve(row(np.sinh(v))).log_value(np.array([theta]))[0]) * np.cosh(v) for v in at]
    below = np.concatenate([[0.0], np.cumsum(0.5 * (np.array(density)[1:] + np.array(density)[:-1]) * np.diff(at))])
    assert below[-1] == pytest.approx(1.0, abs=1e-4)
    sizes = []
    for cells in (simulation.values for simulation in simulated(exact_p_example, theta, 1500, seed=12)):
        size = student.isf(float(cells["pval"]) / 2.0, df)
        sizes.append(np.arcsinh(-size if cells["sign"] == "-" else size))
    assert kstest(sizes, lambda v: np.interp(v, at, below)).pvalue > 0.001


def test_converted_medians_are_slightly_too_narrow(median_example: Any) -> None:
    """How rough it is: g from simulated medians scatters 0 to 20 % more than its standard error says, without bias."""
    theta = 0.4
    pairs = np.array([median_example.kind.yi_sei(row) for row in simulated(median_example, theta, 3000, seed=13)])
    distance = (pairs[:, 0] - theta) / pairs[:, 1]
    assert abs(distance.mean()) < 0.1
    assert 0.97 < distance.std() < 1.2


# --- what a broken row says --------------------------------------------------------------------------------

BROKEN: list[tuple[str, dict[str, Any], str]] = [
    (
        "changes",
        {
            "m1i_pre": 4.1,
            "sd1i_pre": 1.6,
            "m1i_post": 4.9,
            "sd1i_post": 1.9,
            "n1i": 42.0,
            "m2i_pre": 3.8,
            "sd2i_pre": 1.5,
            "m2i_post": 4.0,
            "sd2i_post": 1.7,
            "n2i": 1.0,
            "r_pre_post": 0.7,
        },
        "n2i",
    ),
    ("arm_counts", by_irl("arm_counts", (21, 20, 4, 22, 6, 30, 9, 28)), "ai_pos"),
    ("arm_counts", by_irl("arm_counts", (1, 20, 4, 22, 6, 30, 29, 28)), "ci_neg"),
    ("arm_means", by_irl("arm_means", (2, 1, 9, 2, 1, 9, 2, 1, 1, 2, 1, 9)), "n1i_neg"),
    ("subgroup_estimates", by_irl("subgroup_estimates", (0.5, 0.2, 0.4, 1, 0.5, 2)) | {"scale": "or"}, "estimate_pos"),
    ("subgroup_estimates", by_irl("subgroup_estimates", (0.5, 0.2, 0.9, 1, 2, 0.5)) | {"scale": "or"}, "ci_lb_neg"),
    ("subgroup_estimates", by_irl("subgroup_estimates", (0.5, 0.2, 0.9, 1, 0, 2)) | {"scale": "hr"}, "ci_lb_neg"),
    ("correlation", {"ri": 0.4, "ni": 3.0}, "ni"),
    ("counts", {"ai": 13.0, "n1i": 12.0, "ci": 1.0, "n2i": 12.0}, "ai"),
    ("counts", {"ai": 1.0, "n1i": 12.0, "ci": 13.0, "n2i": 12.0}, "ci"),
    ("means", {"m1i": 1.0, "sd1i": 1.0, "n1i": 1.0, "m2i": 1.0, "sd2i": 1.0, "n2i": 9.0}, "n1i"),
    ("direction", {"sign": "?", "n1i": 10.0, "n2i": 10.0}, "sign"),
    ("direction", {"sign": "+", "n1i": 1.0, "n2i": 1.0}, "n1i"),
    ("estimate_ci", {"estimate": 2.5, "ci_lb": 0.9, "ci_ub": 2.3, "scale": "or"}, "estimate"),
    ("estimate_ci", {"estimate": 1.5, "ci_lb": 2.3, "ci_ub": 0.9, "scale": "or"}, "ci_lb"),
    ("estimate_ci", {"estimate": 1.5, "ci_lb": -0.9, "ci_ub": 2.3, "scale": "or"}, "ci_lb"),
    ("estimate_ci", {"estimate": 42.0, "ci_lb": 33.0, "ci_ub": 52.0, "scale": "proportion"}, "estimate"),
    ("estimate_p", {"estimate": 0.0, "pval": 0.4, "scale": "smd"}, "estimate"),
    ("estimate_p", {"estimate": 1.0, "pval": 0.4, "scale": "or"}, "estimate"),
    ("estimate_p", {"estimate": 0.3, "pval": 1.0, "scale": "smd"}, "pval"),
    ("estimate_p", {"estimate": 0.3, "pval": 0.05, "pval_relation": "<", "scale": "smd"}, "pval_relation"),
    ("estimate_p", {"estimate": 0.3, "pval": 0.05, "scale": "smd", "n1i": 1.0, "n2i": 1.0}, "n1i"),
    ("medians", {"median1i": 2.0, "median2i": 1.0, "n1i": 9.0, "n2i": 9.0}, "q1_1i"),
    (
        "medians",
        {
            "median1i": 2.0,
            "q1_1i": 3.0,
            "q3_1i": 4.0,
            "n1i": 9.0,
            "median2i": 1.0,
            "q1_2i": 0.0,
            "q3_2i": 2.0,
            "n2i": 9.0,
        },
        "median1i",
    ),
    (
        "medians",
        {
            "median1i": 2.0,
            "q1_1i": 2.0,
            "q3_1i": 2.0,
            "n1i": 9.0,
            "median2i": 1.0,
            "q1_2i": 0.0,
            "q3_2i": 2.0,
            "n2i": 9.0,
        },
        "q3_1i",
    ),
    ("p_value", {"pval": 0.4, "sign": "+", "n1i": 1.0, "n2i": 1.0}, "n1i"),
    ("proportion", {"xi": 13.0, "ni": 12.0}, "xi"),
    ("significance", {"verdict": "significant_higher", "alpha": 0.05, "sign": "-", "n1i": 9.0, "n2i": 9.0}, "sign"),
    ("yi_sei", {"yi": 0.3}, "sei"),
    ("yi_sei", {"yi": 0.3, "sei": 0.2, "vi": 0.2}, "vi"),
]


@pytest.mark.parametrize(("kind", "cells", "column"), BROKEN)
def test_broken_rows_are_refused(
    kind: str, cells: dict[str, Any], column: str, report_of: Any, examples_of: Any
) -> None:
    """A contradiction between cells is named with its column, the rule and what to do."""
    broken = examples_of(kind)[0].kind.check(report_of(kind, cells))
    assert column in [name for name, _, _ in broken]
    for name, rule, fix in broken:
        assert name
        assert len(rule) > 10
        assert len(fix) > 5


# --- textbook cases ----------------------------------------------------------------------------------------

MANY = 200_000.0
SE = (2.0 / MANY) ** 0.5
Z = np.linspace(-8.0, 8.0, 161)


def value_at(example_kind: Any, report: Report, theta: np.ndarray) -> np.ndarray:
    """Return L(theta) of a report."""
    return np.exp(example_kind.curve(report).log_value(theta))


@pytest.mark.parametrize(("n1", "n2"), [(3.0, 4.0), (42.0, 49.0), (MANY, MANY)])
def test_direction_is_a_normal_probability(n1: float, n2: float, report_of: Any, examples_of: Any) -> None:
    """P(T > 0) is Phi(theta / se) at any size, with se = sqrt(1 / n1 + 1 / n2)."""
    kind = examples_of("direction")[0].kind
    se = np.sqrt(1.0 / n1 + 1.0 / n2)
    found = value_at(kind, report_of("direction", {"sign": "+", "n1i": n1, "n2i": n2}), se * Z)
    assert found == pytest.approx(norm.cdf(Z), rel=1e-12)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_significance_in_large_groups(alpha: float, report_of: Any, examples_of: Any) -> None:
    """With large groups the verdicts are the normal-theory power and one minus it."""
    kind, z = examples_of("significance")[0].kind, norm.isf(alpha / 2.0)
    expected = {
        "significant_higher": norm.sf(z - Z),
        "significant_lower": norm.cdf(-z - Z),
        "not_significant": norm.cdf(z - Z) - norm.cdf(-z - Z),
    }
    for verdict, power in expected.items():
        row = report_of("significance", {"verdict": verdict, "alpha": alpha, "n1i": MANY, "n2i": MANY})
        assert value_at(kind, row, SE * Z) == pytest.approx(power, abs=2e-5)


def test_significance_with_a_sign(report_of: Any, examples_of: Any) -> None:
    """A verdict of no difference that prints a direction is the region between zero and the critical t."""
    kind = examples_of("significance")[0].kind
    cells = {"verdict": "not_significant", "alpha": 0.05, "n1i": 19.0, "n2i": 69.0}
    theta = np.linspace(-1.5, 1.5, 61)
    plus, minus, either = (value_at(kind, report_of("significance", {**cells, "sign": s}), theta) for s in "+-?")
    assert plus + minus == pytest.approx(either, abs=1e-14)
    assert plus[-20] > 10.0 * minus[-20]


@pytest.mark.parametrize("p", [0.6, 0.05, 1e-4])
def test_p_value_in_large_groups(p: float, report_of: Any, examples_of: Any) -> None:
    """With large groups an exact p is a normal density at z, without its sign the sum of two; a bound is a tail."""
    kind, z = examples_of("p_value")[0].kind, norm.isf(p / 2.0)
    expected = {
        ("+", "="): norm.pdf(z - Z),
        ("-", "="): norm.pdf(z + Z),
        ("?", "="): norm.pdf(z - Z) + norm.pdf(z + Z),
        ("+", "<"): norm.sf(z - Z),
        ("?", "<"): norm.sf(z - Z) + norm.sf(z + Z),
    }
    for (sign, relation), density in expected.items():
        row = report_of("p_value", {"pval": p, "sign": sign, "pval_relation": relation, "n1i": MANY, "n2i": MANY})
        assert value_at(kind, row, SE * Z) == pytest.approx(density, abs=4e-5)


@pytest.mark.parametrize(
    ("x", "n"),
    [
        *[(0, 1), (1, 1), (0, 12), (9, 9), (0, 121), (1, 40), (39, 40), (13, 66), (500, 1439), (1, 5000)],
        *[(0, 122), (0, 400), (5000, 5000)],
    ],
)
def test_proportion_is_binomial(x: int, n: int, report_of: Any, examples_of: Any) -> None:
    """Zero and full cells included, the likelihood is SciPy's binomial probability to 1e-10 of its maximum."""
    kind = examples_of("proportion")[0].kind
    theta = np.linspace(-14.0, 14.0, 1401)
    truth = binom.pmf(x, n, 1.0 / (1.0 + np.exp(-theta)))
    found = value_at(kind, report_of("proportion", {"xi": float(x), "ni": float(n)}), theta)
    assert found == pytest.approx(truth, abs=2e-10 * truth.max())


def test_proportion_has_no_size_in_an_empty_cell(report_of: Any, examples_of: Any) -> None:
    """A zero or full cell has no logit; its likelihood is flat on one side instead of corrected."""
    kind = examples_of("proportion")[0].kind
    for x, limits in ((0.0, (1.0, 0.0)), (9.0, (0.0, 1.0))):
        row = report_of("proportion", {"xi": x, "ni": 9.0})
        assert kind.yi_sei(row) is None
        assert kind.curve(row).limits == pytest.approx(limits, abs=1e-12)
    assert kind.yi_sei(report_of("proportion", {"xi": 3.0, "ni": 12.0})) == pytest.approx(
        (log(3 / 9), (1 / 3 + 1 / 9) ** 0.5)
    )


@pytest.mark.parametrize(
    ("cells", "yi", "sei"),
    [
        # ln 1.45, (ln 2.34 - ln 0.9) / (2 * 1.959964)
        ({"estimate": 1.45, "ci_lb": 0.9, "ci_ub": 2.34, "scale": "or"}, 0.371563556432483, 0.24375739874925986),
        # a 90 % interval: 0.64 / (2 * 1.644854)
        ({"estimate": -0.3, "ci_lb": -0.62, "ci_ub": 0.02, "level": 0.9, "scale": "smd"}, -0.3, 0.19454618621176607),
        # logit 0.42, (logit 0.52 - logit 0.33) / (2 * 1.959964)
        (
            {"estimate": 0.42, "ci_lb": 0.33, "ci_ub": 0.52, "scale": "proportion"},
            -0.32277339226305103,
            0.20108220656488136,
        ),
    ],
)
def test_estimate_ci_by_hand(cells: dict[str, Any], yi: float, sei: float, report_of: Any) -> None:
    """Worked examples: the estimate on its analysis scale, and half the width of its interval over z."""
    assert estimate_ci.yi_sei(report_of("estimate_ci", cells)) == pytest.approx((yi, sei), rel=1e-12)


@pytest.mark.parametrize(
    ("cells", "yi", "sei"),
    [
        # ln 3.472 = 1.244731 over z(0.9955) = 2.612054
        ({"estimate": 3.472, "pval": 0.009, "scale": "or"}, 1.2447307967981037, 0.47653330654636123),
        # 0.045 over z(0.995) = 2.575829
        ({"estimate": 0.045, "pval": 0.01, "scale": "beta"}, 0.045, 0.017470101740825893),
        # 0.4 over the t quantile with 20 degrees of freedom, 1.064016
        ({"estimate": -0.4, "pval": 0.3, "scale": "smd", "n1i": 13.0, "n2i": 9.0}, -0.4, 0.37593427733102698),
    ],
)
def test_estimate_p_by_hand(cells: dict[str, Any], yi: float, sei: float, report_of: Any) -> None:
    """Worked examples: the estimate on its analysis scale over the quantile of its p-value."""
    assert estimate_p.yi_sei(report_of("estimate_p", cells)) == pytest.approx((yi, sei), rel=1e-11)


def test_yi_sei_reads_a_variance(report_of: Any) -> None:
    """vi is sei squared, never taken for sei."""
    assert yi_sei.yi_sei(report_of("yi_sei", {"yi": -1.4, "vi": 0.25})) == (-1.4, 0.5)


# --- medians against conv.fivenum --------------------------------------------------------------------------


def fivenum() -> list[tuple[bool, dict[str, float | None], str, float | None]]:
    """Return the reference rows: skewness test on, the five numbers and n, quantity, value (None for NA)."""
    with REFERENCE.open(encoding="utf-8") as file:
        return [
            (
                row["skewness_test"] == "true",
                {
                    name: None if v == "NA" else float(v)
                    for name, v in (pair.split("=") for pair in row["inputs"].split(";"))
                },
                row["quantity"],
                None if row["value"] == "NA" else float(row["value"]),
            )
            for row in csv.DictReader(file)
        ]


def test_medians_are_converted_as_conv_fivenum_does() -> None:
    """Mean (Luo 2018) and SD (Wan 2014, Shi 2020) equal metafor's in all 14 rows that have a number."""
    compared = 0
    for _, cells, quantity, value in fivenum():
        if value is None:
            continue
        low, q1, median, q3, high, n = (cells[name] for name in ("min", "q1", "median", "q3", "max", "n"))
        assert median is not None
        assert n is not None
        found = dict(zip(("mean", "sd"), five_numbers.mean_sd(low, q1, median, q3, high, n), strict=True))
        assert found[quantity] == pytest.approx(value, rel=1e-12)
        compared += 1
    assert compared == 14


def test_medians_are_skewed_where_conv_fivenum_refuses() -> None:
    """The groups that metafor's test of skewness turns into NA are those above the limit, and no others."""
    compared = 0
    for tested, cells, _, value in fivenum():
        if not tested:
            continue
        low, q1, median, q3, high, n = (cells[name] for name in ("min", "q1", "median", "q3", "max", "n"))
        assert median is not None
        assert n is not None
        statistic, limit = five_numbers.skewness(low, q1, median, q3, high, n)
        assert (statistic > limit) == (value is None)
        compared += 1
    assert compared == 8


def test_medians_use_means_formulas(report_of: Any) -> None:
    """The t statistic is that of two means with a pooled SD: symmetric groups, so the medians are the means."""
    cells = {
        "median1i": 3.0,
        "q1_1i": 2.0,
        "q3_1i": 4.0,
        "n1i": 40.0,
        "median2i": 2.0,
        "q1_2i": 1.0,
        "q3_2i": 3.0,
        "n2i": 40.0,
    }
    sd = 2.0 / (2.0 * norm.ppf((0.75 * 40.0 - 0.125) / 40.25))
    row = report_of("medians", {**cells, "likelihood": "converted"})
    t = 1.0 / sd * np.sqrt(20.0)
    theta = np.linspace(-0.5, 2.0, 41)
    assert medians.curve(row).log_value(theta) == pytest.approx(noncentral_t.observed(t, 40.0, 40.0).log_value(theta))
    assert medians.yi_sei(row) == pytest.approx(noncentral_t.hedges(t, 40.0, 40.0))
