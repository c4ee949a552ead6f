"""Every effect measure against metafor's numbers, and what each file of the folder must keep."""

from __future__ import annotations

import ast
import csv
import inspect
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from irlbayes.core.errors import InputError
from irlbayes.core.registry import leaves
from irlbayes.core.scales import SCALES
from irlbayes.effects.conversions import transformations
from irlbayes.effects.conversions.t_and_p import p_from_t
from irlbayes.effects.measure import Measure, escalc, measures

Array = NDArray[np.float64]
REFERENCE = Path(__file__).parents[1] / "reference"
TOLERANCE = 1e-8  # relative; absolute where the value is 0
COMING = {"ird", "fisher_z", "log_vr", "log_cvr"}  # scales that may be declared later than the measures

# metafor takes any variance's name for these and gives its only one; here the name is refused.
ONE_VARIANCE = {("AS", "UB"), ("AS", "AV"), ("AS", "HO"), ("ZCOR", "AV")}

# The reference is where a Nelder-Mead search stopped, and a second difference there, so it has no eight digits. R's
# `optim` stops at a relative gain of sqrt(machine epsilon) of the log-likelihood, and differences by steps of 1e-3.
SEARCHED = ("RTET", "ZTET")
SEARCH_GAIN = np.sqrt(np.finfo(float).eps)
SEARCH_VARIANCE = 1e-4  # a second difference with steps of 1e-3, against the exact information

EXAMPLE = {
    "ai": [4.0, 62.0, 180.0], "bi": [119.0, 13536.0, 1361.0],
    "ci": [11.0, 248.0, 372.0], "di": [128.0, 12619.0, 1079.0],
    "x1i": [9.0, 8.0, 3.0], "t1i": [413.0, 263.0, 487.0], "x2i": [19.0, 19.0, 5.0], "t2i": [398.0, 245.0, 191.0],
    "m1i": [55.0, 27.0, 64.0], "sd1i": [47.0, 7.0, 17.0], "n1i": [155.0, 31.0, 75.0],
    "m2i": [75.0, 29.0, 119.0], "sd2i": [64.0, 4.0, 29.0], "n2i": [156.0, 32.0, 71.0],
    "ri": [0.19, -0.2, 0.34], "ni": [109.0, 80.0, 50.0], "ti": [2.1, -0.5, 3.3], "pi": [0.03, -0.4, 0.9],
    "xi": [5.0, 12.0, 3.0], "sdi": [3.0, 2.0, 1.5], "mi": [4.0, 2.0, 7.0],
}  # fmt: skip
D_EXAMPLE = [0.5, -0.2, 1.1]  # `di` where it is a d and not a count
SHARE_EXAMPLE = [0.4, 0.6, 0.7]  # `ai` where it is a probability


def example(measure: Measure, names: tuple[str, ...]) -> dict[str, Array]:
    """Return made-up cells of three studies by name."""
    cells = {name: np.array(EXAMPLE.get(name, D_EXAMPLE)) for name in names}
    if "bi" not in measure.columns:
        cells |= {name: np.array(D_EXAMPLE) for name in names if name == "di"}
        cells |= {name: np.array(SHARE_EXAMPLE) for name in names if name == "ai"}
    if measure.columns == ("xi", "ti"):
        cells |= {"ti": np.array(EXAMPLE["t1i"])}
    if "ci" in names and "n1i" in names:
        cells |= {"n1i": cells["ai"] + EXAMPLE["bi"], "n2i": cells["ci"] + EXAMPLE["di"]}
    return cells


# --- metafor's numbers -------------------------------------------------------------------------------------------


def reference() -> list[tuple[str, str, str, list[dict[str, str]]]]:
    """Return source, measure, options and rows of every call of `escalc` in the reference."""
    with (REFERENCE / "escalc.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    calls = groupby(rows, key=lambda row: (row["source"], row["measure"], row["options"]))
    return [(*key, list(group)) for key, group in calls]


CALLS = reference()
IDS = ["-".join(call[:3]) for call in CALLS]


def cells_of(rows: list[dict[str, str]]) -> dict[str, Array]:
    """Return the cells of a call, dims (study,)."""
    parsed = [dict(pair.split("=") for pair in row["inputs"].split(";")) for row in rows]
    return {name: np.array([float(cells[name]) for cells in parsed]) for name in parsed[0]}


def expected(rows: list[dict[str, str]], quantity: str) -> Array:
    """Return metafor's numbers, NaN for NA."""
    return np.array([np.nan if row[quantity] == "NA" else float(row[quantity]) for row in rows])


def call(measure: str, options: str, rows: list[dict[str, str]]) -> tuple[Array, Array]:
    """Compute what metafor computed."""
    name, _, value = options.partition("=")
    if name == "vtype" and (measure, value) not in ONE_VARIANCE:
        return escalc(measure, cells_of(rows), value)
    if name == "correct":
        return escalc(measure, cells_of(rows), correct=value == "TRUE")
    assert name in ("default", "vtype"), options
    return escalc(measure, cells_of(rows))


def assert_same(found: Array, wanted: Array) -> None:
    """Assert agreement to the tolerance, and NaN exactly where metafor has NA."""
    np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))
    scale = np.where(wanted == 0.0, 1.0, np.abs(wanted))
    assert np.nanmax(np.abs(found - wanted) / scale, initial=0.0) <= TOLERANCE


@pytest.mark.parametrize("source_measure_options_rows", CALLS, ids=IDS)
def test_escalc_row_by_row(source_measure_options_rows: tuple[str, str, str, list[dict[str, str]]]) -> None:
    """Effects and variances equal metafor's; the tetrachoric correlation as far as the reference reaches."""
    _, measure, options, rows = source_measure_options_rows
    yi, vi = call(measure, options, rows)
    if measure in SEARCHED:
        assert_as_searched(measure, rows, yi, vi)
    else:
        assert_same(yi, expected(rows, "yi"))
        assert_same(vi, expected(rows, "vi"))


def test_every_row_of_the_reference_is_compared() -> None:
    """The file has 1036 rows: 1010 compared to 1e-8, 26 to what a search can reach."""
    count = {name: sum(len(rows) for _, m, _, rows in CALLS if (m in SEARCHED) == name) for name in (False, True)}
    assert count == {False: 1010, True: 26}
    assert len(CALLS) == len({tuple(c[:3]) for c in CALLS})
    assert {measure for _, measure, _, _ in CALLS} <= set(measures())


def assert_as_searched(measure: str, rows: list[dict[str, str]], yi: Array, vi: Array) -> None:
    """Assert that the reference fits no better, and worse by no more than where the search may stop."""
    cells = cells_of(rows)
    counts = np.stack([cells[name] for name in ("ai", "bi", "ci", "di")])
    best = np.abs(np.sum(counts * np.log(counts / counts.sum(axis=0)), axis=0))
    loss = (yi - expected(rows, "yi")) ** 2 / (2.0 * vi)
    assert np.all(loss <= SEARCH_GAIN * best), measure
    np.testing.assert_allclose(vi, expected(rows, "vi"), rtol=SEARCH_VARIANCE)


def test_proportions_as_metafor_has_them() -> None:
    """Logits of 28 proportions, some of them of counts that are not whole."""
    with (REFERENCE / "escalc_plo.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 28
    yi, vi = escalc("PLO", {name: [float(row[name]) for row in rows] for name in ("xi", "ni")})
    assert_same(yi, expected(rows, "yi"))
    assert_same(vi, expected(rows, "vi"))


# --- the tetrachoric correlation on its own ------------------------------------------------------------------------


def quadrants(h: float, k: float, rho: float) -> Array:
    """Return the four cell probabilities of a normal pair, by one-dimensional quadrature over the first variable."""
    from scipy.integrate import quad
    from scipy.special import ndtr
    from scipy.stats import norm

    def inside(x: float) -> float:
        return float(norm.pdf(x) * ndtr((k - rho * x) / np.sqrt(1.0 - rho**2)))

    both = quad(inside, -12.0, h, epsabs=1e-15, epsrel=1e-13, limit=200)[0]
    return np.array([both, ndtr(h) - both, ndtr(k) - both, 1.0 - ndtr(h) - ndtr(k) + both])


TABLES = [(4.0, 119.0, 11.0, 128.0), (40.0, 12.0, 9.0, 50.0), (30.0, 30.0, 30.0, 30.0), (5.0, 90.0, 40.0, 3.0)]


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_tetrachoric_fits_its_table(table: tuple[float, ...]) -> None:
    """The fitted normal pair has the table's own shares, so no other can be more likely."""
    from scipy.special import ndtri

    counts = np.array(table)
    yi, _ = escalc("RTET", dict(zip(("ai", "bi", "ci", "di"), counts, strict=True)))
    n = counts.sum()
    h, k = ndtri((counts[0] + counts[1]) / n), ndtri((counts[0] + counts[2]) / n)
    np.testing.assert_allclose(quadrants(h, k, float(yi[0])), counts / n, rtol=1e-10)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_tetrachoric_variance_is_the_inverse_information(table: tuple[float, ...]) -> None:
    """The information is built from first differences of the cell probabilities, and inverted."""
    from scipy.special import ndtri

    counts = np.array(table)
    n = counts.sum()
    yi, vi = escalc("RTET", dict(zip(("ai", "bi", "ci", "di"), counts, strict=True)))
    at = np.array([ndtri((counts[0] + counts[1]) / n), ndtri((counts[0] + counts[2]) / n), float(yi[0])])
    step = 1e-5
    slopes = np.stack([(quadrants(*(at + e)) - quadrants(*(at - e))) / (2.0 * step) for e in step * np.eye(3)])
    information = n * (slopes / (counts / n)) @ slopes.T
    assert vi[0] == pytest.approx(np.linalg.inv(information)[2, 2], rel=1e-7)


def test_tetrachoric_of_empty_cells() -> None:
    """An empty diagonal is a bound without error; one empty cell or margin leaves no variance."""
    yi, vi = escalc("RTET", {"ai": [5, 0, 0, 0], "bi": [0, 4, 4, 0], "ci": [0, 6, 6, 7], "di": [9, 0, 3, 2]})
    np.testing.assert_array_equal(yi, [1.0, -1.0, np.nan, np.nan])
    np.testing.assert_array_equal(vi, [0.0, 0.0, np.nan, np.nan])


# --- two groups are one group less another -------------------------------------------------------------------------

ONE_GROUP = [
    ("RD", "PR", {}), ("RR", "PLN", {}), ("OR", "PLO", {}), ("AS", "PAS", {}), ("PBIT", "PRZ", {}),
    ("IRD", "IR", {}), ("IRR", "IRLN", {}), ("IRSD", "IRS", {}),
    ("MD", "MN", {}), ("ROM", "MNLN", {"correct": False}), ("VR", "SDLN", {}), ("CVR", "CVLN", {"correct": False}),
]  # fmt: skip
PARTS = {"ai": "xi", "ci": "xi", "x1i": "xi", "x2i": "xi", "t1i": "ti", "t2i": "ti", "m1i": "mi", "m2i": "mi",
         "sd1i": "sdi", "sd2i": "sdi", "n1i": "ni", "n2i": "ni", "bi": "mi", "di": "mi"}  # fmt: skip
SECOND = {"ci", "di", "x2i", "t2i", "m2i", "sd2i", "n2i"}


@pytest.mark.parametrize(
    ("two", "one", "options"), ONE_GROUP, ids=lambda value: value if isinstance(value, str) else ""
)
def test_two_groups_are_the_difference_of_one(two: str, one: str, options: dict[str, Any]) -> None:
    """yi of two groups is the difference and vi the sum of one group's, which ties one-group measures to metafor."""
    cells = example(measures()[two], measures()[two].columns)
    kept = {name: value for name, value in options.items() if name in measures()[one].options}
    first = escalc(one, {PARTS[name]: cell for name, cell in cells.items() if name not in SECOND}, **kept)
    second = escalc(one, {PARTS[name]: cell for name, cell in cells.items() if name in SECOND}, **kept)
    yi, vi = escalc(two, cells, **options)
    np.testing.assert_allclose(yi, first[0] - second[0], rtol=1e-12)
    np.testing.assert_allclose(vi, first[1] + second[1], rtol=1e-12)


def test_standardized_mean_is_glass_delta_against_zero() -> None:
    """SMN of a group is SMD1 of a group 1 with mean 0 and no error, with the sign turned."""
    cells = {"mi": [12.0, 3.0], "sdi": [3.0, 2.0], "ni": [25.0, 8.0]}
    yi, vi = escalc("SMN", cells)
    against = {"m1i": [0.0, 0.0], "n1i": [1e300, 1e300], "m2i": [12.0, 3.0], "sd2i": [3.0, 2.0], "n2i": [25.0, 8.0]}
    other = escalc("SMD1", against)
    np.testing.assert_allclose(yi, -other[0], rtol=1e-14)
    np.testing.assert_allclose(vi, other[1], rtol=1e-14)


def test_freeman_tukey_goes_back() -> None:
    """The inverse double arcsine of PFT is the proportion, zero and full counts included."""
    x, n = np.array([0.0, 3.0, 12.0, 20.0]), np.full(4, 20.0)
    yi, vi = escalc("PFT", {"xi": x, "ni": n})
    np.testing.assert_allclose(transformations.inverse_freeman_tukey(yi, n), x / n, atol=1e-12)
    np.testing.assert_allclose(vi, 1.0 / 82.0, rtol=1e-14)


# --- what every file keeps -----------------------------------------------------------------------------------------

EVERY = list(measures().values())
every_measure = pytest.mark.parametrize("measure", EVERY, ids=lambda measure: measure.name)


@pytest.mark.parametrize("name", list(leaves("irlbayes.effects.measures")))
def test_leaves_do_not_know_each_other(name: str) -> None:
    """A file of the folder imports none of its neighbors, loads no SciPy, and says what it is for."""
    module = leaves("irlbayes.effects.measures")[name]
    assert all(f"`{measure.name}`" in str(module.__doc__) for measure in vars(module)["MEASURES"])
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [path for path in imported if path.startswith("irlbayes.effects.measures")]
    top = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert not [path for path in top if path.startswith("scipy")]


def test_names_are_unique() -> None:
    """No two files claim one measure."""
    files = leaves("irlbayes.effects.measures").values()
    assert sum(len(vars(module)["MEASURES"]) for module in files) == len(measures())


@every_measure
def test_fields(measure: Measure) -> None:
    """The record agrees with the function: options, variances, scale and null."""
    keywords = inspect.signature(measure.effect).parameters
    assert tuple(keywords)[:2] == ("cells", "vtype")
    assert tuple(keywords)[2:] == measure.options
    assert keywords["vtype"].default == measure.vtypes[0] == "LS"
    assert measure.words
    assert measure.reference
    assert measure.scale in {"", *SCALES, *COMING}
    if measure.scale in SCALES:
        assert measure.null == SCALES[measure.scale].null
    assert str(measure.effect.__doc__).startswith("Return ")
    assert ">>>" in str(measure.effect.__doc__)


@every_measure
def test_finite_values(measure: Measure) -> None:
    """Every variance of every set of cells is finite and positive, whatever the options."""
    for names in (measure.columns, *measure.alternatives):
        cells = example(measure, names)
        for vtype in measure.vtypes:
            yi, vi = escalc(measure.name, cells, vtype)
            assert np.isfinite(yi).all(), (names, vtype)
            assert (vi > 0.0).all(), (names, vtype)
    for option in measure.options:
        for value in {"add": (0.0, 1.0), "to": ("all", "if0all", "none")}.get(option, (True, False)):
            yi, vi = escalc(measure.name, example(measure, measure.columns), **{option: value})
            assert np.isfinite(yi + vi).all(), (option, value)


SWAPS = {"ai": "ci", "bi": "di"} | {f"{stem}1i": f"{stem}2i" for stem in ("x", "t", "m", "sd", "n")}
PAIRED = ("MPRD", "MPRR", "MPOR", "MPORC", "MPPETO")
OWN_SD = ("SMD1", "SMD1H")  # the unit is group 2's SD, so that another group 2 is another unit
CONTRASTS = [m for m in EVERY if m.null is not None and {"ci", "x2i", "sd2i"} & set(m.columns) and m.name not in OWN_SD]


@pytest.mark.parametrize("measure", CONTRASTS, ids=lambda measure: measure.name)
def test_swapping_groups_flips_the_sign(measure: Measure) -> None:
    """Group 2 less group 1 is the opposite, about the null, with the same variance."""
    pairs = {"bi": "ci"} if measure.name in PAIRED else SWAPS
    partner = pairs | {right: left for left, right in pairs.items()}
    cells = example(measure, measure.columns)
    swapped = {name: cells[partner.get(name, name)] for name in cells}
    for vtype in measure.vtypes:
        yi, vi = escalc(measure.name, cells, vtype)
        other, same = escalc(measure.name, swapped, vtype)
        assert measure.null is not None
        np.testing.assert_allclose(other, 2.0 * measure.null - yi, rtol=1e-10)
        np.testing.assert_allclose(same, vi, rtol=1e-10)


def test_contrasts_are_all_there() -> None:
    """The test above runs on every contrast of two groups."""
    assert len(CONTRASTS) == 38


@every_measure
def test_one_missing_study_leaves_the_others(measure: Measure) -> None:
    """A study without numbers is NaN and changes no other, averages over studies included."""
    cells = example(measure, measure.columns)
    more = {name: np.append(cell, np.nan) for name, cell in cells.items()}
    for vtype in measure.vtypes:
        for found, wanted in zip(escalc(measure.name, more, vtype), escalc(measure.name, cells, vtype), strict=True):
            np.testing.assert_allclose(found[:-1], wanted, rtol=1e-14)
            assert np.isnan(found[-1])


@every_measure
def test_unknown_variance_is_refused(measure: Measure) -> None:
    """The error names the value and every variance there is."""
    with pytest.raises(InputError) as error:
        escalc(measure.name, example(measure, measure.columns), "XX")
    assert "'XX'" in str(error.value)
    assert all(vtype in str(error.value) for vtype in measure.vtypes)


# --- cells, options and what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SMD", "RPB", "D2OR", "RBIS"])
def test_one_study_in_four_ways(name: str) -> None:
    """Means, d, t, a signed p and a point-biserial r of one study give one effect."""
    cells = example(measures()[name], measures()[name].columns)
    n1, n2 = cells["n1i"], cells["n2i"]
    d = escalc("SMD", cells, correct=False)[0]
    t = d / np.sqrt(1.0 / n1 + 1.0 / n2)
    ways = {"di": d, "ti": t, "pi": np.sign(t) * p_from_t(t, n1 + n2 - 2.0), "ri": escalc("RPB", cells)[0]}
    wanted = escalc(name, cells)
    for way, values in ways.items():
        found = escalc(name, {way: values, "n1i": n1, "n2i": n2})
        np.testing.assert_allclose(found, wanted, rtol=1e-9, err_msg=way)


def test_rows_may_differ_in_what_they_give() -> None:
    """One table may hold means in one row and t in the next."""
    mixed = {"m1i": [55, np.nan], "sd1i": [47, np.nan], "m2i": [75, np.nan], "sd2i": [64, np.nan],
             "ti": [np.nan, 2.1], "n1i": [155, 20], "n2i": [156, 22]}  # fmt: skip
    yi, _ = escalc("SMD", mixed)
    np.testing.assert_allclose(yi, [-0.35516964094010689, 0.63655550067561373], rtol=1e-12)


def test_what_zeros_gain() -> None:
    """`to` says which studies gain, `add` how much, and `drop00` which have no effect."""
    cells = {"ai": [0, 5, 0], "bi": [10, 5, 10], "ci": [2, 4, 0], "di": [8, 6, 10]}
    half = np.log([0.5 / 10.5 / (2.5 / 8.5), 5 / 5 / (4 / 6), 1.0])
    every = np.log([0.5 / 10.5 / (2.5 / 8.5), 5.5 / 5.5 / (4.5 / 6.5), 1.0])
    np.testing.assert_allclose(escalc("OR", cells)[0], half, atol=1e-15)
    for to in ("all", "if0all"):
        np.testing.assert_allclose(escalc("OR", cells, to=to)[0], every, atol=1e-15)
    np.testing.assert_array_equal(np.isnan(escalc("OR", cells, to="none")[0]), [True, False, True])
    np.testing.assert_array_equal(np.isnan(escalc("OR", cells, drop00=True)[0]), [False, False, True])
    np.testing.assert_allclose(escalc("OR", {n: c[1:2] for n, c in cells.items()}, to="if0all")[0], half[1:2])
    rates = {"x1i": [0, 3, 0], "t1i": [10, 10, 10], "x2i": [2, 4, 0], "t2i": [10, 10, 10]}
    np.testing.assert_allclose(escalc("IRR", rates, add=1)[0], np.log([1 / 3, 3 / 4, 1.0]), atol=1e-15)
    np.testing.assert_array_equal(np.isnan(escalc("IRR", rates, drop00=True)[0]), [False, False, True])


def test_no_variance_for_three_people() -> None:
    """A correlation of three has an effect and no variance, as in metafor."""
    for name, value in (("COR", 0.5), ("ZCOR", np.arctanh(0.5))):
        yi, vi = escalc(name, {"ri": [0.5, 0.5], "ni": [3, 4]})
        np.testing.assert_allclose(yi, value)
        np.testing.assert_array_equal(np.isnan(vi), [True, False])


GOOD = {"ai": [4], "bi": [119], "ci": [11], "di": [128]}
MEANS = {"m1i": [1], "sd1i": [1], "n1i": [9], "m2i": [0], "sd2i": [1], "n2i": [9]}
REFUSED = [
    ("SMDX", GOOD, {}, ("'SMDX'", "SMD", "OR")),
    ("OR", GOOD, {"correct": True}, ("'correct'", "add, to, drop00")),
    ("OR", GOOD, {"to": "some"}, ("'some'", "only0, if0all, all, none")),
    ("OR", GOOD, {"add": -1}, ("'-1'", "zero or more")),
    ("OR", GOOD, {"drop00": "yes"}, ("'yes'", "True or False")),
    ("MD", MEANS, {"correct": True}, ("'correct'", "none")),
    ("OR", {"ai": [4], "bi": [119]}, {}, ("ai, bi, ci, di", "ai, n1i, ci, n2i")),
    ("OR", GOOD | {"ei": [1]}, {}, ("'ei'", "ai, bi, ci, di")),
    ("OR", GOOD | {"ai": [4, 5]}, {}, ("one length", "ai 2")),
    ("OR", GOOD | {"ai": [-4]}, {}, ("'-4.0'", "zero or more", "study 1")),
    ("OR", {"ai": [1, 14], "n1i": [9, 12], "ci": [1, 1], "n2i": [9, 9]}, {}, ("'14.0'", "at most n1i", "study 2")),
    ("OR", GOOD | {"n1i": [120]}, {}, ("'120.0'", "add up to n1i")),
    ("SMD", MEANS | {"sd1i": [-1]}, {}, ("'-1.0'", "an SD is zero or more", "column sd1i")),
    ("SMD", MEANS | {"n2i": [0]}, {}, ("'0.0'", "more than zero")),
    ("COR", {"ri": [1.2], "ni": [20]}, {}, ("'1.2'", "between -1 and 1")),
    ("IRLN", {"xi": [3], "ti": [0]}, {}, ("more than zero", "column ti")),
    ("CLESN", {"ai": [1.5], "n1i": [9], "n2i": [9]}, {}, ("'1.5'", "between 0 and 1")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "cells", "options", "words"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_bad_input_is_refused(
    name: str, cells: dict[str, Any], options: dict[str, Any], words: tuple[str, ...]
) -> None:
    """The error says the value, the rule and the known names."""
    with pytest.raises(InputError) as error:
        escalc(name, cells, **options)
    assert [word for word in words if word not in str(error.value)] == []


def test_all_problems_at_once() -> None:
    """A wrong variance, a wrong option and a missing cell are three problems of one error."""
    with pytest.raises(InputError) as error:
        escalc("OR", {"ai": [4], "bi": [119]}, "XX", correct=True)
    assert len(error.value.problems) == 3
