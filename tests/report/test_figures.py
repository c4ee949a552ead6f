"""Figures say what they show, and come out as pictures."""

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irlbayes.core.answers import Evidence
from irlbayes.core.registry import leaves
from irlbayes.core.types import Outcome

OUTCOME = Outcome("slope", "EDSS slope", "md", 0.0, "+", unit="points per year")
X = np.linspace(0.0, 2.0, 40)
DENSITY = {"x": X.tolist(), "prior": np.exp(-X).tolist(), "posterior": np.exp(-((X - 1.0) ** 2)).tolist()}
STATISTIC = {"words": "Cochran's Q", "observed": 4.0, "p": 0.31, "edges": [0.0, 2.0, 4.0, 6.0], "counts": [3, 5, 2]}
STUDIES = [{"study": "one", "pareto_k": 0.1, "good": True}, {"study": "two", "pareto_k": 0.9, "good": False}]
SUMMARY = {"ci_low": -2.0, "ci_high": 2.0}
PRIORS = {
    "mu": {"prior": "normal(0, 1)", "family": "normal", "parameters": [0.0, 1.0], "ci_low": -1.96, "ci_high": 1.96},
    "tau": {
        "prior": "log_student_t(5, 0, 1)",
        "family": "log_student_t",
        "parameters": [5.0, 0.0, 1.0],
        "ci_low": 0.08,
        "ci_high": 13.0,
    },
    "new_study": {
        **SUMMARY,
        "mu": "normal(0, 1)",
        "tau": "x",
        "edges": [-3.0, -1.0, 1.0, 3.0],
        "share": [0.2, 0.5, 0.2],
    },
}
ROW = {"name": "declared", "mean": 0.4, "ci_low": 0.1, "ci_high": 0.7, "p_gt_null": 0.99, "prior_p_gt_null": 0.5}
CURVES = {name: np.linspace(1.0, 0.0, 40).tolist() for name in ("mu", "theta_new", "prior_mu")}
MARKS = [
    {"study": "one", "kind": "means", "yi": 0.4, "sei": 0.2},
    {"study": "two", "kind": "counts", "yi": -0.1, "sei": 0.4},
    {"study": "three", "kind": "direction", "yi": None, "sei": 0.3},
]
FUNNEL = {"marks": MARKS, "null": 0.0, "median": 0.3, "contours": [{"p": 0.1, "z": 1.64}, {"p": 0.05, "z": 1.96}]}
POWER = {"rows": MARKS, "null": 0.0, "effect": 0.3, "median_power": 0.21, "bands": [{"power": 0.5, "sei": 0.15}]}
BANDS = {"grid": X.tolist(), "least": (X / 4).tolist(), "most": (X / 2).tolist(), "expected": (X / 3).tolist()}
ENDS = [{"study": "one", "low": 0.5, "high": 0.5}, {"study": "two", "low": 1.96, "high": None}]
GROWN = {**ROW, "median": 0.4, "thresholds": [{"value": 0.2, "p_gt": 0.9, "prior_p_gt": 0.42}]}
PLACE = {"ci_low": -0.3, "ci_high": 1.1}
STEPS = [
    {"k": 0, "added": [], "mu": GROWN, "new_study": PLACE},
    {"k": 1, "added": [{"study": "one"}], "mu": None, "new_study": None},
    {"k": 3, "added": [{"study": "two"}, {"study": "three"}], "mu": {**GROWN, "mean": None}, "new_study": PLACE},
]
GOAL = {"value": 0.0, "side": 1, "assurance": 0.5, "ceiling_one": 0.6, "ceiling_any": 0.9}
STUDIES_EACH = [
    {"total": 80.0, "sei": 0.2, "assurance": [0.5, 0.6]},
    {"total": None, "sei": 0.0, "assurance": [0.6, 0.7]},
]
NUMBERS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "predictive": ({"statistics": [STATISTIC] * 3}, ("Cochran's Q", "p = 0.310", "share of data sets", "points per")),
    "loo": ({"studies": STUDIES, "good_k": 0.7}, ("Pareto k (trusted up to 0.70)", "study left out", "two")),
    "prior_posterior": (
        {"densities": {"mu": DENSITY, "tau": DENSITY}},
        ("mean effect mu", "sd between studies tau", "density", "points per year"),
    ),
    "threshold_curve": (
        {"delta": X.tolist(), **CURVES, "prior_theta_new": None},
        ("delta, mean difference (points per year)", "probability of an effect above delta", "mean effect, prior"),
    ),
    "loo_pit": (
        {
            "studies": [{"pit": 0.2}, {"pit": 0.7}, {"pit": 0.4}],
            "points": [0.33, 0.67],
            "band_low": [0.0, 0.1],
            "band_high": [0.9, 1.0],
        },
        ("place of a report in what the others predict", "3 reports", "EDSS slope"),
    ),
    "prior": (
        {"label": "a prior", **PRIORS},
        ("a prior", "log_student_t(5, 0, 1)", "density of log tau", "true effect in a new study", "points per year"),
    ),
    "funnel": (
        FUNNEL,
        ("means", "counts", "no size (design's se)", "p 0.05 to 0.1", "standard error", "points per year"),
    ),
    "sunset": (POWER, ("median power 21%", "power 50 to 100 %", "pooled mean", "standard error", "points per year")),
    "z_scores": ({**BANDS, "rows": ENDS}, ("share of reports", "|z|, standard errors from no effect", "two")),
    "specification_curve": (
        {
            "value": "p_gt_null",
            "decision": 0.95,
            "level": 0.95,
            "axes": {"reading": {"options": ["as_printed", "other"]}, "prior": {"options": ["declared"]}},
            "specifications": [
                {**ROW, "number": number, "median": 0.4, "decision": decision, "p_gt_null": chance}
                | {"choices": {"reading": reading, "prior": "declared"}}
                for number, reading, decision, chance in (
                    (1, "other", "undecided", 0.8),
                    (0, "as_printed", "above", 0.97),
                )
            ],
        },
        ("P(> 0)", "as printed", "called above: 1", "undecided: 1", "primary", "points per year", "95% interval"),
    ),
    "trajectory": (
        {"steps": STEPS, "level": 0.95},
        (
            "(prior)",
            "two + 1",
            "EDSS slope",
            "points per",
            "P(> 0)",
            "P(> 0.2",
            "higher is worse for patients",
            "prior",
            "new study [95%]",
        ),
    ),
    "trend": (
        {
            "side": ">",
            "curve": {
                "of": "delta",
                "x": X.tolist(),
                "lines": {"vague": {"posterior": CURVES["mu"], "prior": CURVES["prior_mu"]}},
            },
        },
        ("vague", "before the data", "size of effect: EDSS slope", "probability of a larger effect"),
    ),
    "published": (
        {
            "densities": {"x": X.tolist(), "lines": {"prior": DENSITY["prior"], "both": DENSITY["posterior"]}},
            "answers": [{"name": "both", "power": 0.5, "mu": {"ci_low": 0.2, "ci_high": 1.4, "median": 0.9}}],
        },
        ("prior", "both, review at 0.5", "mean effect, mean difference (points per year)", "density"),
    ),
    "assurance": (
        {
            "design": {"total": 80.0, "sei": 0.2, "unit": "patients"},
            "level": 0.95,
            "target": 0.8,
            "new_study": False,
            "goals": [GOAL, {**GOAL, "value": 0.2, "assurance": 0.3}],
            "sizes": {"total": [40.0, 80.0, 1600.0], "sei": [0.3, 0.2, 0.05], "assurance": [[0.3, 0.5, 0.6]] * 2},
            "studies": {"count": [1, 2], "sizes": STUDIES_EACH},
        },
        (
            "P(points per year > 0)",
            "P(points per year > 0.20)",
            "patients in all",
            "1 600",
            "80 patients each",
            "target",
        ),
    ),
    "panel": ({"rows": [ROW, {**ROW, "mean": None}]}, ("declared", "P(above null)", "points per year", "0.99")),
}


@pytest.mark.parametrize("name", sorted(leaves("irlbayes.report.figures")))
def test_a_figure_has_its_labels_and_becomes_a_picture(name: str) -> None:
    import matplotlib as mpl
    from matplotlib.text import Text

    before = dict(mpl.rcParams)
    numbers, labels = NUMBERS[name]
    figure = leaves("irlbayes.report.figures")[name].draw(Evidence(name, "", numbers, True), OUTCOME)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    said = "\n".join(text.get_text() for text in figure.findobj(Text))
    assert all(label in said for label in labels), said
    assert picture.getvalue()[:4] == b"\x89PNG"
    assert len(picture.getvalue()) > 5_000
    width = getattr(leaves("irlbayes.report.figures")[name], "WIDE", 8.0 / 2.54)  # a page's width where it says so
    assert figure.get_size_inches()[0] == pytest.approx(width, abs=0.01)
    assert dict(mpl.rcParams) == before


def test_check_and_asymmetry_draw_every_figure() -> None:
    """One picture for each figure of an outcome: of its checks and questions, or of its asymmetry."""
    from irlbayes import small_studies, trust
    from irlbayes.report.pictures import of_asymmetry, pictures

    checked = dict(pictures(trust.check("irl", outcomes=["disability"], replicates=100)))
    looked = dict(of_asymmetry(small_studies.look("irl", outcomes=["disability"])))
    assert set(looked) == {f"disability-{name}.png" for name in ("funnel", "sunset", "z_scores")}
    by_other_commands = {"prior", "specification_curve", "trajectory", "trend", "published"}
    by_other_commands = {"prior", "specification_curve", "assurance", "trend", "published", "trajectory"}
    wanted = {*leaves("irlbayes.report.figures")} - by_other_commands
    assert {*checked, *looked} == {f"disability-{name}.png" for name in wanted}
    assert not {*checked} & {*looked}
    assert all(picture[:4] == b"\x89PNG" for picture in (*checked.values(), *looked.values()))


@pytest.mark.parametrize("count", [1, 2, 100])
def test_funnels_hold_any_number_of_rows(count: int) -> None:
    """Every row stays inside the axes; rows without a size stand beside them; many rows have no names."""
    figures = leaves("irlbayes.report.figures")
    sei = np.linspace(0.05, 0.6, count).tolist()
    marks = [{"study": f"s{i}", "kind": "yi_sei", "yi": 3.0 * (-1) ** i * s, "sei": s} for i, s in enumerate(sei)]
    for name, numbers, key in (("funnel", FUNNEL, "marks"), ("sunset", POWER, "rows")):
        (axes,) = figures[name].draw(Evidence(name, "", {**numbers, key: [*marks, MARKS[2]]}, True), OUTCOME).axes
        (low, high), (deepest, top) = axes.get_xlim(), axes.get_ylim()
        assert all(low < mark["yi"] < high and top < mark["sei"] < deepest for mark in marks)
    rows = [{"study": f"s{i}", "low": 1.0, "high": None} for i in range(count)]
    panels = figures["z_scores"].draw(Evidence("z_scores", "", {**BANDS, "rows": rows}, True), OUTCOME).axes
    assert len(panels) == (2 if count <= figures["z_scores"].MOST_ROWS else 1)


def test_a_funnel_without_a_null_has_no_contours() -> None:
    from matplotlib.text import Text

    numbers = {**FUNNEL, "null": None, "contours": []}
    figure = leaves("irlbayes.report.figures")["funnel"].draw(Evidence("funnel", "", numbers, True), OUTCOME)
    assert not any(text.get_text().startswith("p ") for text in figure.findobj(Text))


@pytest.mark.parametrize("count", [1, 7, 100])
def test_a_trajectory_holds_any_number_of_studies(count: int) -> None:
    """At the width of a column and of a page no name lies on another, and words and intervals are inside."""
    from matplotlib.text import Text

    figure = leaves("irlbayes.report.figures")["trajectory"]
    steps = [
        {"k": k, "added": [{"study": f"a-long-name-{k}"}] if k else [], "mu": GROWN, "new_study": PLACE}
        for k in range(count + 1)
    ]
    for width in (8.0 / 2.54, figure.PAGE):
        drawn = figure.draw(Evidence("cumulative", "", {"steps": steps, "level": 0.95}, True), OUTCOME, width)
        drawn.draw_without_rendering()
        boxes = [label.get_window_extent() for label in drawn.axes[-1].get_xticklabels()]
        assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))
        assert boxes[0].y0 >= 0.0
        whole = drawn.bbox
        texts = [text.get_window_extent() for text in drawn.findobj(Text) if text.get_text() and text.get_visible()]
        assert all(whole.x0 <= box.x0 and box.x1 <= whole.x1 and box.y1 <= whole.y1 for box in texts)
        assert min(axes.get_position().width for axes in drawn.axes) > 0.7
        low, high = drawn.axes[0].get_ylim()
        assert low <= -0.3
        assert high >= 1.1


def test_a_folder_of_figures_is_no_file(tmp_path: Path) -> None:
    from irlbayes import terminal
    from irlbayes.core.errors import InputError

    file = tmp_path / "taken"
    file.write_text("")
    for folder in (file, tmp_path / "absent" / "figures"):
        with pytest.raises(InputError, match="--figures"):
            terminal.check_folder(folder, "--figures")
