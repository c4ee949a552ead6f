"""Conversions between what papers print, against metafor's numbers; every row is compared or listed with its reason."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from functools import cache
from math import log, nan
from pathlib import Path

import numpy as np
import pytest

from irlbayes.core.errors import InputError
from irlbayes.effects.conversions import change_scores, five_numbers, t_and_p, transformations, two_by_two, wald

REFERENCE = Path(__file__).parents[1] / "reference" / "conversions.csv"
TOLERANCE = 1e-8  # relative; absolute where the value is 0

# The reference holds NA for every one of them: metafor keeps the test of skewness in attributes, which its table lost.
# The verdict is compared all the same, through the means and SDs that are NA where the test refuses.
LOST = ("tval", "crit", "sig")
SWITCHED = ("qe", "bc", "mln", "blue")  # metafor leaves any method for its default where the distribution is log-normal

Row = dict[str, str]
TRANSFORMATIONS: dict[str, Callable[..., np.ndarray]] = {
    "transf.dtou1": transformations.d_to_u1,
    "transf.dtou2": transformations.d_to_u2,
    "transf.dtou3": transformations.d_to_u3,
    "transf.dtoovl": transformations.d_to_overlap,
    "transf.dtocles": transformations.d_to_cles,
    "transf.dtocliffd": transformations.d_to_cliff,
    "transf.dtobesd": transformations.d_to_besd,
    "transf.dtolnor.logis": transformations.d_to_log_or,
    "transf.dtolnor.norm": transformations.d_to_log_or_normal,
    "transf.lnortod.logis": transformations.log_or_to_d,
    "transf.lnortod.norm": transformations.log_or_to_d_normal,
    "transf.ilogit": transformations.expit,
    "transf.ztor": transformations.z_to_r,
    "transf.lnortord": transformations.log_or_to_rd,
    "transf.lnortorr": transformations.log_or_to_rr,
    "transf.ipft": transformations.inverse_freeman_tukey,
}


@cache
def rows() -> tuple[Row, ...]:
    """Return the reference."""
    with REFERENCE.open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def inputs(row: Row) -> dict[str, float | None]:
    """Return the inputs of a row by name, None for NA."""
    return {name: None if v == "NA" else float(v) for name, v in (p.split("=") for p in row["inputs"].split(";"))}


def number(row: Row) -> float:
    """Return the value of a row, NaN for NA."""
    return nan if row["value"] == "NA" else float(row["value"])


def assert_same(found: float, row: Row) -> None:
    """Assert agreement to the tolerance, and NaN exactly where metafor has NA."""
    wanted = number(row)
    assert np.isnan(found) == np.isnan(wanted), row
    if not np.isnan(wanted):
        assert abs(float(found) - wanted) <= TOLERANCE * (abs(wanted) or 1.0), row


def five_number_row(row: Row) -> float:
    """Return the mean or the SD, NaN for a group that is refused as skewed."""
    options = dict(pair.split("=") for pair in row["options"].split(";"))
    low, q1, median, q3, high, n = (inputs(row)[name] for name in ("min", "q1", "median", "q3", "max", "n"))
    assert median is not None
    assert n is not None
    lognormal = options["dist"] == "lnorm"
    shown = [None if v is None else log(v) if lognormal else v for v in (low, q1, median, q3, high)]
    statistic, limit = five_numbers.skewness(shown[0], shown[1], shown[2] or 0.0, shown[3], shown[4], n)
    if options["test"] == "TRUE" and statistic >= limit:
        return nan
    name = "luo/wan/shi" if options["method"] == "default" else options["method"]
    assert lognormal or name not in SWITCHED
    method = five_numbers.log_normal_mean_sd if lognormal else five_numbers.METHODS[name]
    mean, sd = method(low, q1, median, q3, high, n)
    return {"mean": mean, "sd": sd}[row["quantity"]]


def wald_row(row: Row) -> float:
    """Return the estimate or the sampling variance."""
    given, logs = inputs(row), row["options"] == "transf=log"
    estimate = given["out"] or 0.0
    estimate = log(estimate) if logs else estimate
    if row["quantity"] == "yi":
        return estimate
    if "zval" in given:
        return float(wald.se_from_z(estimate, given["zval"] or 0.0) ** 2)
    low, high = (log(v) if logs else v for v in (given["ci.lb"] or 0.0, given["ci.ub"] or 0.0))
    return float(wald.se_from_interval(low, high, 0.90 if row["options"] == "level=90" else 0.95) ** 2)


def table_row(row: Row) -> float:
    """Return one cell of a 2x2 table."""
    given = {name: value or 0.0 for name, value in inputs(row).items()}
    margins = given["ni"], given["n1i"], given["n2i"]
    ways = {"ori": two_by_two.from_odds_ratio, "ri": two_by_two.from_phi, "x2i": two_by_two.from_chi_squared}
    (way,) = set(given) & set(ways)
    four = ways[way](given[way], *margins)
    return float(dict(zip(("ai", "bi", "ci", "di"), four, strict=True))[row["quantity"]])


def harmonic_row(row: Row) -> float:
    """Return a pooled proportion; the pair of sizes behind it is not printed: n and n + 5 make all four rows."""
    given = inputs(row)
    x, n = given["x"] or 0.0, given["n"] or 0.0
    return float(transformations.inverse_freeman_tukey(x, 2.0 / (1.0 / n + 1.0 / (n + 5.0))))


def transformed_row(row: Row) -> float:
    """Return a transformed value."""
    return float(TRANSFORMATIONS[row["fun"]](*inputs(row).values()))


WAYS: dict[str, Callable[[Row], float]] = {
    "conv.fivenum": five_number_row,
    "conv.wald": wald_row,
    "conv.2x2": table_row,
    "transf.ipft.hm(targs ni)": harmonic_row,
} | dict.fromkeys(TRANSFORMATIONS, transformed_row)


def is_lost(row: Row) -> bool:
    """Whether the reference has no value of a quantity at all."""
    return row["fun"] == "conv.fivenum" and row["quantity"] in LOST


@pytest.mark.parametrize("fun", list(dict.fromkeys(row["fun"] for row in rows())))
def test_row_by_row(fun: str) -> None:
    """Every row that has a value, or that metafor leaves NA with cause, agrees to 1e-8."""
    for row in rows():
        if row["fun"] == fun and not is_lost(row):
            assert_same(WAYS[fun](row), row)


def test_compared_and_listed_rows_add_up() -> None:
    """The file has 742 rows: 358 compared, 384 without a value in the reference."""
    lost = [row for row in rows() if is_lost(row)]
    assert {row["value"] for row in lost} == {"NA"}
    assert Counter(row["quantity"] for row in lost) == {"tval": 128, "crit": 128, "sig": 128}
    assert len(rows()) == 742
    assert len(rows()) - len(lost) == 358


def test_five_number_methods_of_the_reference() -> None:
    """Closed forms are all here; the others occur for log-normal groups only, where metafor does not use them."""
    found = {
        tuple(dict(pair.split("=") for pair in row["options"].split(";"))[key] for key in ("method", "dist"))
        for row in rows()
        if row["fun"] == "conv.fivenum"
    }
    assert {method for method, dist in found if dist == "norm"} == {"default", *five_numbers.METHODS}
    assert {method for method, dist in found if dist == "lnorm"} == {"default", *five_numbers.METHODS, *SWITCHED}


# --- inverses and what is refused ----------------------------------------------------------------------------------

FROM_D = {
    transformations.d_to_cles: transformations.cles_to_d,
    transformations.d_to_r: transformations.r_to_d,
    transformations.d_to_log_or: transformations.log_or_to_d,
    transformations.d_to_log_or_normal: transformations.log_or_to_d_normal,
    transformations.expit: transformations.logit,
    transformations.z_to_r: transformations.r_to_z,
}


@pytest.mark.parametrize("there", list(FROM_D), ids=lambda function: function.__name__)
def test_there_and_back(there: Callable[..., np.ndarray]) -> None:
    """An inverse undoes its transformation."""
    d = np.linspace(-3.0, 3.0, 61)
    np.testing.assert_allclose(FROM_D[there](there(d)), d, atol=1e-11)


def test_standard_error_from_anything() -> None:
    """Interval, one limit, z and p of one estimate give one standard error."""
    estimate, se = np.array([0.35, -1.2]), np.array([0.2, 0.5])
    low, high = wald.interval(estimate, se, 0.90)
    for found in (
        wald.se_from_interval(low, high, 0.90),
        wald.se_from_limit(estimate, high, 0.90),
        wald.se_from_limit(estimate, low, 0.90),
        wald.se_from_z(estimate, estimate / se),
        wald.se_from_p(estimate, wald.p_from_se(estimate, se)),
    ):
        np.testing.assert_allclose(found, se, rtol=1e-12)


def test_t_and_p_there_and_back() -> None:
    """Far tails included; what is not a probability is NaN."""
    t, df = np.array([0.1, 2.0, 40.0]), np.array([1.0, 10.0, 30.0])
    np.testing.assert_allclose(t_and_p.t_from_p(t_and_p.p_from_t(t, df), df), t, rtol=1e-10)
    np.testing.assert_array_equal(np.isnan(t_and_p.t_from_p([-0.1, 1.1, 0.5], [10.0, 10.0, 0.0])), True)


def test_tables_keep_their_margins() -> None:
    """Cells add up to what was given; a table that cannot be is NaN; an odds ratio of 1 is independence."""
    ratio = np.array([0.2, 1.0, 4.0])
    a, b, c, d = two_by_two.from_odds_ratio(ratio, 200.0, 90.0, 60.0)
    np.testing.assert_array_equal([a + b, a + c, a + b + c + d], [[90.0] * 3, [60.0] * 3, [200.0] * 3])
    assert a[1] == 27.0
    assert np.isnan(two_by_two.from_phi(-0.9, 100.0, 90.0, 80.0)).all()


def test_chi_squared_is_phi_squared() -> None:
    """Without the correction, chi-squared is n phi squared, with the sign that it is given."""
    for sign in (1.0, -1.0):
        by_phi = two_by_two.from_phi(sign * 0.3, 200.0, 90.0, 60.0)
        by_chi = two_by_two.from_chi_squared(sign * 200.0 * 0.09, 200.0, 90.0, 60.0, correct=False)
        np.testing.assert_array_equal(by_chi, by_phi)


def test_change_scores_need_a_stated_correlation() -> None:
    """There is no default, and no correlation beyond 1; perfect correlation leaves the difference of the SDs."""
    with pytest.raises(TypeError):
        change_scores.sd_of_change(4.0, 4.4)  # type: ignore[call-arg]
    with pytest.raises(InputError, match=r"between -1 and 1.*'1.5'"):
        change_scores.sd_of_change(4.0, 4.4, 1.5)
    np.testing.assert_allclose(change_scores.sd_of_change([4.0, 5.0], [4.4, 3.0], 1.0), [0.4, 2.0], rtol=1e-12)
    np.testing.assert_allclose(change_scores.sd_of_change(3.0, 4.0, 0.0), 5.0, rtol=1e-12)
    assert np.isnan(change_scores.correlation_of_change(1.0, 1.0, 3.0))


def test_expected_range_of_two_and_three() -> None:
    """The range of two normal draws is 2/sqrt(pi) on average, of three 3/sqrt(pi)."""
    for n, wanted in ((2, 2.0), (3, 3.0)):
        assert five_numbers.expected_range(n) == pytest.approx(wanted / np.sqrt(np.pi), rel=1e-13)
