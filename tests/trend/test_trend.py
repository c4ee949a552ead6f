"""One published result: what is read, what is refused, what is said."""

from __future__ import annotations

from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

import pytest

from irlbayes.core.errors import InputError
from irlbayes.core.scales import PRINTED
from irlbayes.effects.one_result import design_se, printed_on
from irlbayes.trend import trend

Q = NormalDist().inv_cdf(0.975)
EXAMPLE = ("1.10", "0.84", "1.44")


def rows(found: Any) -> dict[str, Any]:
    return {row["name"]: row for row in found.numbers["readers"]}


def test_an_interval_is_read_on_its_scale() -> None:
    found, outcome = trend(*EXAMPLE, scale="ratio")
    numbers = found.numbers
    assert numbers["estimate"] == pytest.approx(log(1.10))
    assert numbers["se"] == pytest.approx(log(1.44 / 0.84) / (2.0 * Q))
    assert (numbers["ci_low"], numbers["ci_high"]) == pytest.approx(
        (log(1.1) - Q * numbers["se"], log(1.1) + Q * numbers["se"])
    )
    vague = rows(found)["vague"]
    assert vague["p_side"] == pytest.approx(NormalDist().cdf(numbers["z"]), abs=2e-4)
    assert (outcome.label, numbers["side"], numbers["null"]) == ("ratio", ">", 0.0)


@pytest.mark.parametrize("scale", ["or", "rr", "irr", "hr"])
def test_a_named_ratio_and_its_log_say_the_same(scale: str) -> None:
    named, _ = trend(*EXAMPLE, scale=scale)
    logs, _ = trend(*(repr(log(float(text))) for text in EXAMPLE), scale=PRINTED[scale][0])
    assert named.numbers["se"] == pytest.approx(logs.numbers["se"], rel=1e-12)
    for name, row in rows(named).items():
        assert row["p_gt_null"] == pytest.approx(rows(logs)[name]["p_gt_null"], rel=1e-12)


def test_the_mirror_image_has_mirrored_answers() -> None:
    """Of the inverse ratio every probability on the side of the estimate is the same, the enthusiast's too."""
    up, _ = trend("1.25", "0.8", "1.953125", scale="or", thresholds=[1.25])
    down, _ = trend("0.8", "0.512", "1.25", scale="or", thresholds=[0.8])
    assert (up.numbers["side"], down.numbers["side"]) == (">", "<")
    for name, row in rows(up).items():
        other = rows(down)[name]
        assert row["p_side"] == pytest.approx(other["p_side"], rel=1e-9)
        assert row["thresholds"][0]["p_beyond"] == pytest.approx(other["thresholds"][0]["p_beyond"], rel=1e-9)
        assert row["log_bf10"] == pytest.approx(other["log_bf10"], rel=1e-9)
    for one, two in zip(up.numbers["next"], down.numbers["next"], strict=True):
        assert (one["estimate"], one["chance"]) == pytest.approx((-two["estimate"], two["chance"]), rel=1e-9)
    for one, two in zip(up.numbers["reverse_bayes"], down.numbers["reverse_bayes"], strict=True):
        assert one["enthusiastic_mean"] == pytest.approx(-two["enthusiastic_mean"], rel=1e-9)


def test_interval_and_p_value_agree() -> None:
    by_interval, _ = trend(*EXAMPLE, scale="ratio")
    by_p, _ = trend("1.10", p=by_interval.numbers["p"], scale="ratio")
    assert by_p.numbers["se"] == pytest.approx(by_interval.numbers["se"], rel=1e-9)
    assert rows(by_p)["sceptical"]["p_side"] == pytest.approx(rows(by_interval)["sceptical"]["p_side"], rel=1e-9)
    assert "which follows from its p" in by_p.statement


def test_group_sizes_ask_for_the_t_quantile() -> None:
    small, _ = trend("0.5", p=0.05, scale="smd", n1=5, n2=5)
    assert small.numbers["se"] == pytest.approx(0.5 / 2.306004135, rel=1e-8)  # t of 8 degrees of freedom


def test_sceptic_and_enthusiast_are_sized_by_the_largest_threshold() -> None:
    found, outcome = trend(*EXAMPLE, scale="ratio", thresholds=[1.1, 1.25])
    sd = log(1.25) / NormalDist().inv_cdf(0.95)
    assert [one.value for one in outcome.thresholds] == pytest.approx([log(1.1), log(1.25)])
    assert rows(found)["sceptical"]["prior_sd"] == pytest.approx(sd)
    assert rows(found)["sceptical"]["thresholds"][1]["prior_p_beyond"] == pytest.approx(0.05)
    assert rows(found)["enthusiastic"]["prior_p_side"] == pytest.approx(0.95)
    assert not any("No threshold was stated" in words for words in found.caveats)
    without, _ = trend(*EXAMPLE, scale="ratio")
    assert without.numbers["readers"][0]["thresholds"] == []  # a default size is nobody's threshold
    assert "1.44" in without.caveats[0]


def test_a_unit_of_its_own_has_no_usual_size() -> None:
    found, _ = trend("-3", "-7", "1", scale="md")
    assert list(rows(found)) == ["vague"]
    assert rows(found)["vague"]["log_bf10"] is None
    assert rows(found)["vague"]["p_side"] == pytest.approx(NormalDist().cdf(3 / (8 / (2 * Q))))
    sized, _ = trend("-3", "-7", "1", scale="md", thresholds=[-2])
    assert list(rows(sized)) == ["vague", "sceptical", "enthusiastic"]
    assert rows(sized)["enthusiastic"]["prior_mean"] == -2.0


def test_a_prior_of_ones_own() -> None:
    found, _ = trend(*EXAMPLE, scale="ratio", priors=["normal(0.1, 0.2)"])
    row = rows(found)["normal(0.1, 0.2)"]
    weight = 0.2**-2 + found.numbers["se"] ** -2
    assert row["mean"] == pytest.approx((0.1 * 0.2**-2 + log(1.1) * found.numbers["se"] ** -2) / weight)


def test_not_significant_alone() -> None:
    """Nothing is known but |z| < 1.96: limits of 0.5 and 0.975 under a flat prior, and each example p in between."""
    found, _ = trend("1.10", not_significant=True, scale="ratio")
    numbers = found.numbers
    assert (numbers["kind"], numbers["se_high"]) == ("bound", None)
    assert numbers["se_low"] == pytest.approx(log(1.1) / Q)
    vague = rows(found)["vague"]
    assert vague["p_side_low"] == pytest.approx(0.5, abs=1e-4)
    assert vague["p_side_high"] == pytest.approx(0.975, abs=1e-4)
    for row in numbers["if_p"]:
        known, _ = trend("1.10", p=row["p"], scale="ratio")
        for name, value in row["p_side"].items():
            assert value == pytest.approx(rows(known)[name]["p_side"], rel=1e-12)
            low, high = rows(found)[name]["p_side_low"], rows(found)[name]["p_side_high"]
            assert low - 1e-12 <= value <= high + 1e-12
    enthusiast = rows(found)["enthusiastic"]
    assert enthusiast["p_side_low"] < min(enthusiast["p_side_at_smallest_se"], enthusiast["p_side_at_largest_se"])
    assert "between 0.5 and 0.975" in found.statement


def test_a_bound_below() -> None:
    found, _ = trend("1.6", p="< 0.05", scale="hr")
    assert (found.numbers["se_low"], found.numbers["p_relation"]) == (0.0, "<")
    assert rows(found)["vague"]["p_side_low"] == pytest.approx(0.975, abs=1e-3)
    assert rows(found)["vague"]["p_side_high"] == 1.0
    assert all(row["p"] < 0.05 for row in found.numbers["if_p"])
    above, _ = trend("1.10", p=">0.05", scale="ratio")
    same, _ = trend("1.10", not_significant=True, scale="ratio")
    assert above.numbers["readers"] == same.numbers["readers"]


def test_no_effect_exactly_and_not_significant() -> None:
    found, _ = trend("1.00", not_significant=True, scale="or")
    assert (found.numbers["se_low"], found.numbers["curve"], found.numbers["if_p"]) == (0.0, None, [])
    assert rows(found)["vague"]["p_side_low"] == rows(found)["vague"]["p_side_high"] == 0.5
    assert "favors no side" in found.statement


def test_a_design_gives_a_standard_error() -> None:
    found, _ = trend("1.10", not_significant=True, scale="irr", events1=20, events2=40)
    design = found.numbers["design"]
    assert design["se"] == pytest.approx(sqrt(1 / 20 + 1 / 40))
    as_known, _ = trend("1.10", *(f"{exp(log(1.1) + side * Q * design['se']):.12f}" for side in (-1, 1)), scale="irr")
    for name, row in rows(as_known).items():
        other = next(one for one in design["readers"] if one["name"] == name)
        assert other["p_side"] == pytest.approx(row["p_side"], rel=1e-8)


def test_a_design_that_contradicts_the_verdict_is_not_used() -> None:
    found, _ = trend("2.0", not_significant=True, scale="irr", events1=400, events2=400)
    assert found.numbers["design"]["fits"] is False
    assert any("would have been significant" in words for words in found.caveats)


@pytest.mark.parametrize(
    ("scale", "people", "events", "measure"),
    [("or", (50, 60), (10, 9), "OR"), ("rr", (50, 60), (10, 9), "RR")],
)
def test_design_errors_are_those_of_escalc(scale: str, people: Any, events: Any, measure: str) -> None:
    from irlbayes.effects.measure import escalc

    cells = {"ai": [events[0]], "n1i": [people[0]], "ci": [events[1]], "n2i": [people[1]]}
    _, vi = escalc(measure, cells)
    found = design_se(printed_on(scale, [1.1]), 0.1, people, events)
    assert found is not None
    assert found[0] == pytest.approx(sqrt(vi[0]), rel=1e-12)


def test_design_error_of_an_smd_is_that_of_escalc() -> None:
    from irlbayes.effects.measure import escalc

    cells = {"m1i": [0.3], "sd1i": [1.0], "n1i": [40], "m2i": [0.0], "sd2i": [1.0], "n2i": [60]}
    yi, vi = escalc("SMD", cells)
    found = design_se(printed_on("smd", [-0.1]), float(yi[0]), (40, 60), (None, None))
    assert found is not None
    assert found[0] == pytest.approx(sqrt(vi[0]), rel=1e-12)


def test_a_lopsided_interval() -> None:
    """Symmetric on another scale: refused with that scale. On none: a caveat, and the width is used."""
    with pytest.raises(InputError, match="symmetric on the log scale"):
        trend(*EXAMPLE, scale="log_or")
    with pytest.raises(InputError, match="symmetric as printed"):
        trend("1.10", "0.60", "1.60", scale="or")
    found, _ = trend("1.10", "0.60", "1.44", scale="or")
    assert "lopsided" in found.caveats[0]
    assert found.numbers["se"] == pytest.approx(log(1.44 / 0.6) / (2 * Q))


@pytest.mark.parametrize(
    ("numbers", "options", "said"),
    [
        (EXAMPLE, {}, "may be a ratio"),
        (("1.5", "0.84", "1.44"), {"scale": "or"}, "the estimate lies inside its interval"),
        (("1.1", "1.44", "0.84"), {"scale": "or"}, "the lower end lies below the upper end"),
        (("-1.1", "0.84", "1.44"), {"scale": "or"}, "a ratio (scale 'or') is above 0"),
        (("1.1", "0.84"), {"scale": "or"}, "an estimate and one thing about its precision"),
        (("1.1",), {"scale": "or"}, "an estimate and one thing about its precision"),
        (EXAMPLE, {"scale": "or", "p": 0.1}, "an estimate and one thing about its precision"),
        (("1,1", "0.84", "1.44"), {"scale": "or"}, "a number, with a point for decimals"),
        (("--levle", "0.84", "1.44"), {"scale": "or"}, "--levle: an option of irlbayes trend"),
        (("nan", "0.84", "1.44"), {"scale": "or"}, "a finite number"),
        (("1.1",), {"scale": "or", "p": "0.000"}, "A p-value printed as 0.000 is a bound"),
        (("1.1",), {"scale": "or", "p": "1"}, "a p-value of 1 gives no standard error"),
        (("1.1",), {"scale": "or", "p": "2"}, "above 0 and at most 1"),
        (("1.1",), {"scale": "or", "p": "n.s."}, "a p-value, or a bound of one"),
        (("1.0",), {"scale": "or", "p": "0.4"}, "an estimate of no effect has p = 1"),
        (("1.0",), {"scale": "or", "p": "<0.05"}, "an estimate of no effect has p = 1"),
        (("1.1",), {"scale": "or", "not_significant": True, "alpha": 1.5}, "--alpha: above 0 and below 1"),
        (EXAMPLE, {"scale": "or", "level": 95.0}, "--level: a probability above 0 and below 1"),
        (EXAMPLE, {"scale": "logit"}, "a scale with a value of no effect"),
        (EXAMPLE, {"scale": "odds"}, "one of none, smd"),
        (EXAMPLE, {"scale": "or", "thresholds": [1.0, -2.0]}, "a size of effect on the scale of the odds ratio"),
        (EXAMPLE, {"scale": "or", "n1": 5, "n2": 5}, "group sizes say nothing beside an interval"),
        (EXAMPLE, {"scale": "or", "events1": 5, "events2": 5}, "events are for a result whose precision"),
        (("1.1",), {"scale": "or", "not_significant": True, "events1": 5}, "both groups, or neither"),
        (("1.1",), {"scale": "or", "not_significant": True, "events1": 5.5, "events2": 5}, "a count of at least 1"),
        (
            ("1.1",),
            {"scale": "or", "not_significant": True, "events1": 5, "events2": 5, "n1": 5, "n2": 9},
            "fewer events than people",
        ),
        (("0.2",), {"scale": "smd", "not_significant": True, "events1": 5, "events2": 5}, "for ratios, not for a"),
        (EXAMPLE, {"scale": "or", "precisions": [0.0]}, "--precision: a number above 0"),
        (EXAMPLE, {"scale": "or", "priors": ["student_t(4, 0, 1)"]}, "a normal prior"),
    ],
)
def test_what_is_refused(numbers: tuple[str, ...], options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        trend(*numbers, **options)
    assert said in str(refused.value)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(InputError) as refused:
        trend("1.1", "x", "1.44", scale="or", level=2.0, precisions=[-1.0])
    assert len(refused.value.problems) == 3
    with pytest.raises(InputError) as refused:
        trend("1.5", "0.84", "1.44", scale="or", thresholds=[-1.0])
    assert len(refused.value.problems) == 2
