"""Pictures and tests of asymmetry: what they see in simulated evidence, what they refuse to say, and why."""

from __future__ import annotations

import inspect
from math import inf
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from irlbayes import small_studies, workflow
from irlbayes.asymmetry import begg, egger, excess_significance, power, trim_and_fill
from irlbayes.core.errors import InputError
from irlbayes.core.funnels import Look, Looked
from irlbayes.core.funnels import power as power_of
from irlbayes.core.least_squares import line
from irlbayes.report import asymmetry as words
from irlbayes.report.document import to_json
from irlbayes.report.table import to_text

SEED = 20261125
NORMAL = NormalDist()
INPUTS = Path(__file__).parents[1] / "reference" / "inputs"


def studies(rng: np.random.Generator, count: int, mu: float, kept: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Draw normal reports; of those without p < 0.05 above zero only a share ``kept`` is published."""
    yi, sei = [], []
    while len(yi) < count:
        se = float(np.exp(rng.uniform(np.log(0.08), np.log(0.5))))
        y = float(rng.normal(mu, se))
        if y / se > 1.96 or rng.random() < kept:
            yi.append(y)
            sei.append(se)
    return np.array(yi), np.array(sei)


def look(path: Path, yi: np.ndarray, sei: np.ndarray, scale: str = "smd") -> Look:
    lines = [f"s{i},{y!r},{s!r}" for i, (y, s) in enumerate(zip(yi.tolist(), sei.tolist(), strict=True))]
    path.write_text("\n".join(["study,yi,sei", *lines]) + "\n", encoding="utf-8")
    return small_studies.look(path, scale=scale)


def looked(path: Path, yi: np.ndarray, sei: np.ndarray, scale: str = "smd") -> Looked:
    (one,) = look(path, yi, sei, scale).looked
    return one


def test_every_file_has_the_same_names() -> None:
    for name, module in small_studies.looks().items():
        assert list(inspect.signature(module.answer).parameters) == ["funnel"], name
        assert module.FEWEST >= 1
        assert isinstance(module.NEEDS_SIZE, bool)
        assert isinstance(module.NEEDS_NULL, bool)


def test_a_radial_plot_has_the_common_effect_as_its_slope(tmp_path: Path) -> None:
    """The least-squares line through the origin of z on precision is the inverse-variance mean."""
    yi, sei = studies(np.random.default_rng(SEED), 12, 0.3)
    funnel = looked(tmp_path / "t.csv", yi, sei).answers["funnel"].numbers
    z, precision = (np.array([row[name] for row in funnel["radial"]]) for name in ("z", "precision"))
    assert z @ precision / (precision @ precision) == pytest.approx(np.average(yi, weights=sei**-2.0))
    assert looked(tmp_path / "one.csv", yi[:1], sei[:1]).answers["funnel"].numbers["radial"] is None


def test_selected_reports_are_flagged(tmp_path: Path) -> None:
    found = look(tmp_path / "e.csv", *studies(np.random.default_rng(SEED), 80, 0.1, kept=0.05))
    (one,) = found.looked
    assert one.answers["egger"].numbers["flag"]
    assert one.answers["egger"].numbers["classical"]["slope"] > 0
    assert one.answers["begg"].numbers["flag"]
    assert one.answers["excess_significance"].numbers["flag"]
    filled = one.answers["trim_and_fill"].numbers
    assert filled["side"] == "left"
    assert filled["L0"]["k0"] > 0
    assert filled["L0"]["estimate"] < filled["untrimmed"]["estimate"]
    assert all(image["yi"] < filled["untrimmed"]["estimate"] for image in filled["L0"]["images"])
    assert "p < 0.1" in to_text(words.look(found))


def test_the_tests_keep_their_level_and_have_power() -> None:
    """Of clean data sets about 10 % have p < 0.1 (nearly exact for Egger and Begg); of selected ones most have."""
    rng = np.random.default_rng(SEED)
    clean = [studies(rng, 20, 0.3) for _ in range(400)]
    selected = [studies(rng, 80, 0.1, kept=0.05) for _ in range(60)]
    tests = {"egger": lambda y, s: egger.classical(y, s)["p"], "begg": lambda y, s: begg.rank_correlation(y, s)[1]}
    for p_of in tests.values():
        share = np.mean([p_of(*one) < 0.1 for one in clean])
        assert share == pytest.approx(0.1, abs=3 * np.sqrt(0.09 / 400))
        assert np.mean([p_of(*one) < 0.1 for one in selected]) > 0.7


@pytest.mark.parametrize("count", [3, 9])
def test_few_reports_say_nothing(tmp_path: Path, count: int) -> None:
    """However small p is, fewer than ten reports raise no flag, and the reader is told so."""
    sei = np.linspace(0.1, 0.6, count)
    yi = 2.0 * sei + 0.01 * np.cos(np.arange(count))
    found = look(tmp_path / "e.csv", yi, sei)
    (one,) = found.looked
    assert one.answers["egger"].numbers["p"] < 0.1
    for name in ("egger", "begg", "excess_significance"):
        assert not one.answers[name].numbers["usable"]
        assert not one.answers[name].numbers["flag"]
    text = to_text(words.look(found))
    assert f"The tests say nothing here: {count} reports have a size, and a test of asymmetry needs at least" in text
    assert "says nothing" in text
    assert "Tests of asymmetry may be read for: no outcome (of 1)." in text


def test_alike_standard_errors_make_no_funnel(tmp_path: Path) -> None:
    rng = np.random.default_rng(SEED)
    one = looked(tmp_path / "e.csv", rng.normal(0.2, 0.3, 12), np.full(12, 0.3))
    assert one.skipped["egger"] == "all standard errors are alike, so there is no funnel to look at"
    assert {"egger", "begg", "trim_and_fill"} <= set(one.skipped)
    assert any("differ by a factor of 1 only" in words for words in one.funnel.limits)
    near = looked(tmp_path / "f.csv", rng.normal(0.2, 0.3, 12), np.linspace(0.3, 0.5, 12))
    assert "egger" in near.answers
    assert not near.answers["egger"].numbers["usable"]


def test_effects_without_scatter_have_no_test(tmp_path: Path) -> None:
    """Equal effects, or effects on a line, leave nothing to test against: the reason is said, and the rest answers."""
    sei = np.linspace(0.1, 0.6, 12)
    for yi, missing in ((np.full(12, 0.4), {"egger", "begg", "trim_and_fill"}), (0.25 + 2.0 * sei, {"egger"})):
        one = looked(tmp_path / "e.csv", yi, sei)
        assert set(one.skipped) == missing
        assert one.skipped["egger"] == "the effects lie on a line exactly, so there is no residual to test against"


def test_limits_of_scales_and_heterogeneity(tmp_path: Path) -> None:
    rng = np.random.default_rng(SEED)
    sei = rng.uniform(0.1, 0.5, 14)
    spread = rng.normal(0.0, 2.0, 14)
    for scale, said in (("log_or", "Peters et al. 2006"), ("smd", "Pustejovsky & Rodgers 2019")):
        one = looked(tmp_path / "e.csv", spread, sei, scale=scale)
        assert any(said in limit for limit in one.funnel.limits)
        assert any(limit.startswith("I² is ") for limit in one.funnel.limits)
        assert not one.funnel.obstacles
    one = looked(tmp_path / "e.csv", spread, sei, scale="logit")
    assert "a proportion or a rate has no result to be selected for" in one.funnel.obstacles[0]
    assert {one.skipped[name] for name in ("excess_significance", "power", "z_scores")} == {
        "needs a null, and this outcome has none"
    }


def test_swapped_groups_and_units() -> None:
    """Effects of the other sign flip slopes and sides; another unit changes no p."""
    yi, sei = studies(np.random.default_rng(SEED), 25, 0.15, kept=0.1)
    vi = sei**2
    there, back = egger.classical(yi, sei), egger.classical(-yi, sei)
    assert back["slope"] == pytest.approx(-there["slope"])
    assert egger.classical(1000 * yi, 1000 * sei)["p"] == pytest.approx(there["p"])
    assert begg.rank_correlation(-yi, sei)[0] == pytest.approx(-begg.rank_correlation(yi, sei)[0])
    assert {trim_and_fill.missing_side(yi, vi), trim_and_fill.missing_side(-yi, vi)} == {"left", "right"}
    for estimator in trim_and_fill.ESTIMATORS:
        left, right = trim_and_fill.fill(yi, vi, "left", estimator), trim_and_fill.fill(-yi, vi, "right", estimator)
        assert left["k0"] == right["k0"]
        assert left["estimate"] == pytest.approx(-right["estimate"])


def test_both_estimators_by_hand() -> None:
    """A core around zero and three imprecise studies far right.

    By distance from the mean the ranks are 1 (-0.1), 2 (0.15), 3 (0.2), 4 (-0.3), 5, 6 and 7. The extreme run on the
    right is 5 to 7, and R0 is its length less one: 2. The ranks on the right sum to 2 + 3 + 5 + 6 + 7 = 23, and
    L0 = (4 * 23 - 7 * 8) / 13 = 2.77, rounded 3.
    """
    yi = np.array([-0.3, -0.1, 0.15, 0.2, 3.0, 4.0, 5.0])
    vi = np.array([1e-4, 1e-4, 1e-4, 1e-4, 1e4, 1e4, 1e4])
    assert abs(line(yi, vi).beta[0]) < 0.02
    found = {name: trim_and_fill.fill(yi, vi, "left", name, "EE") for name in ("L0", "R0")}
    assert (found["L0"]["k0"], found["R0"]["k0"]) == (3, 2)
    center = line(yi[:-2], vi[:-2]).beta[0]
    assert [one["yi"] for one in found["R0"]["images"]] == pytest.approx([2 * center - 4.0, 2 * center - 5.0])


def test_restricted_likelihood_is_at_its_top() -> None:
    """No tau2 has a higher restricted likelihood than REML's, found by another route: a grid."""
    yi, sei = studies(np.random.default_rng(SEED), 12, 0.3)
    yi = yi + np.random.default_rng(1).normal(0.0, 0.4, 12)
    design = np.column_stack([np.ones(12), sei])

    def likelihood(tau2: float) -> float:
        weight = 1.0 / (sei**2 + tau2)
        inner = design.T * weight @ design
        residuals = yi - design @ np.linalg.solve(inner, design.T @ (weight * yi))
        return float(np.sum(np.log(weight)) - np.linalg.slogdet(inner)[1] - np.sum(weight * residuals**2)) / 2.0

    best = line(yi, sei**2, sei, "REML").tau2
    assert best > 0.0
    assert likelihood(best) >= max(likelihood(tau2) for tau2 in np.linspace(0.0, 2.0, 4001))


def test_power() -> None:
    """Power is the chance of a z beyond 1.96, counted another way; the needed effect gives the power asked for."""
    sei = np.array([0.1, 0.2, 0.5])
    wanted = [1 - NORMAL.cdf(1.959963984540054 - 0.3 / s) + NORMAL.cdf(-1.959963984540054 - 0.3 / s) for s in sei]
    assert power_of(0.3, sei) == pytest.approx(wanted)
    assert np.median(power_of(power.reach(0.66, sei), sei)) == pytest.approx(0.66)
    even = np.array([0.1, 0.4])
    assert np.median(power_of(power.reach(0.33, even), even)) == pytest.approx(0.33)


def test_power_of_a_look(tmp_path: Path) -> None:
    one = looked(tmp_path / "e.csv", *studies(np.random.default_rng(SEED), 15, -0.4))
    numbers = one.answers["power"].numbers
    assert numbers["median_power"] == pytest.approx(np.median(power_of(numbers["effect"], one.funnel.sei)))
    assert numbers["needed"]["0.66"] < numbers["needed"]["0.33"] < 0.0  # on the side of the pooled effect
    assert all(power_of(numbers["effect"], band["sei"]) == pytest.approx(band["power"]) for band in numbers["bands"])
    assert all(0.05 <= row["expected"] <= 1.0 for row in numbers["rows"])


def test_excess_counts_unequal_coins() -> None:
    """The exact p is the share of all outcomes with as many heads, listed one by one."""
    powers = [0.1, 0.3, 0.8, 0.6]
    chance = 0.0
    for outcome in range(16):
        heads = [bool(outcome >> place & 1) for place in range(4)]
        if sum(heads) >= 3:
            chance += float(np.prod([p if up else 1 - p for p, up in zip(powers, heads, strict=True)]))
    assert excess_significance.excess([True, True, True, False], powers)["p"] == pytest.approx(chance)


REPORTS = """study,report,n1i,n2i,pval,pval_relation,sign,verdict,alpha,estimate,ci_lb,ci_ub
exact,p_value,20,20,0.03,=,?,,,,,
bound,p_value,20,20,0.01,<,+,,,,,
higher,significance,20,20,,,,significant_higher,0.05,,,
none,significance,20,20,,,,not_significant,0.05,,,
loose,significance,20,20,,,,significant_lower,0.1,,,
direction,direction,20,20,,,+,,,,,
size,estimate_ci,,,,,,,,0.5,0.1,0.9
"""


def test_every_report_is_an_interval_of_z(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text(REPORTS, encoding="utf-8")
    (one,) = small_studies.look(path, scale="smd").looked
    found = {mark.label: mark.z for mark in one.funnel.marks}
    z = {p: -NORMAL.inv_cdf(p / 2.0) for p in (0.01, 0.03, 0.05, 0.1)}
    wanted = {
        "exact": (z[0.03], z[0.03]),
        "bound": (z[0.01], inf),
        "higher": (z[0.05], inf),
        "none": (0.0, z[0.05]),
        "loose": (z[0.1], inf),
        "direction": (0.0, inf),
        "size": (0.5 / (0.8 / (2 * z[0.05])),) * 2,
    }
    assert set(found) == set(wanted)
    for name, ends in wanted.items():
        assert found[name] == pytest.approx(ends), name
    numbers = one.answers["z_scores"].numbers
    assert (numbers["significant"], numbers["not_significant"], numbers["undecided"]) == (4, 1, 2)
    assert numbers["least"][-1] <= numbers["most"][-1] == 1.0
    assert all(low <= high for low, high in zip(numbers["least"], numbers["most"], strict=True))
    assert one.funnel.without == ("exact", "bound", "higher", "none", "loose", "direction")
    assert any(limit.startswith("6 rows without a size enter no test: exact, bound") for limit in one.funnel.limits)


def test_verdicts_join_the_excess(tmp_path: Path) -> None:
    """Rows whose verdict at 0.05 is known count beside those with a size; those that leave it open do not."""
    path = tmp_path / "e.csv"
    path.write_text(REPORTS + "other,estimate_ci,,,,,,,,0.1,-0.3,0.5\n", encoding="utf-8")
    (one,) = small_studies.look(path, scale="smd").looked
    found = one.answers["excess_significance"].numbers
    assert (found["k"], found["observed"]) == (2, 1)
    assert (found["verdicts"]["k"], found["verdicts"]["observed"]) == (6, 4)  # neither loose nor direction
    assert found["verdicts"]["expected"] > found["expected"]


def test_the_bundled_evidence_allows_no_test() -> None:
    """Every outcome says so, shows what it can, and makes a document without NaN."""
    found = small_studies.look("irl")
    assert len(found.looked) == 8
    assert all(one.funnel.obstacles for one in found.looked)
    assert all("funnel" in one.answers for one in found.looked)
    assert "may be read for: no outcome (of 8)" in to_text(words.look(found))
    assert '"obstacles"' in to_json({"asymmetry": words.document(found)})


def test_published_set_by_its_counts() -> None:
    """The 13 BCG trials as log odds ratios: numbers as in metafor, through the whole pipeline."""
    (one,) = small_studies.look(INPUTS / "bcg_or.csv", scale="log_or").looked
    assert one.answers["egger"].numbers["classical"]["t"] == pytest.approx(
        egger.classical(one.funnel.yi, one.funnel.sei)["t"]
    )
    assert one.answers["excess_significance"].numbers["p"] == pytest.approx(0.13550114387936671)
    assert one.answers["begg"].numbers["p"] == pytest.approx(0.95236190796086628)
    assert one.skipped == {}


def test_an_unknown_test_is_refused() -> None:
    with pytest.raises(InputError, match=r"--only.*begg, egger"):
        small_studies.look("irl", only=["eggers"])


def test_options_of_the_analysis_reach_it() -> None:
    table = workflow.read_reports("irl")
    (wide,) = small_studies.look(table, outcomes=["nfl"], use="sensitivity").looked
    assert wide.funnel.marks
    (found,) = small_studies.look(table, outcomes=["nfl"]).analysis.skipped
    assert found.reason.startswith("no primary rows")
