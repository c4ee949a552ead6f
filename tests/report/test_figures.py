"""Every figure of the folder is drawn by both backends, gives its data, and says what it shows."""

import inspect
import json
from html import unescape
from itertools import combinations, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from irlbayes.core.answers import Evidence
from irlbayes.core.registry import leaves
from irlbayes.core.types import Outcome
from irlbayes.report.lettering import NARROW, SMALLEST, WIDE, effect_name
from irlbayes.report.render import plotly_json

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
ROW = {
    "name": "declared",
    "mean": 0.4,
    "median": 0.41,
    "ci_low": 0.1,
    "ci_high": 0.7,
    "p_gt_null": 0.99,
    "prior_p_gt_null": 0.5,
}
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
BELIEVED = {"median": 0.41, "ci_low": 0.1, "ci_high": 0.7}
CHANCES = {"p_gt_null": 0.99, "prior_p_gt_null": 0.5}
P = np.exp(-np.abs(X - 1.0)).tolist()
FOREST = {
    "level": 0.95,
    "x": X.tolist(),
    "studies": [
        {
            **BELIEVED, "study": "one", "report": "means", "words": "means and SDs", "yi": 0.52, "share": 0.6,
            "pieces": [[0.2, 0.84]], "likelihood": P, "p": P,
        },
        {
            **BELIEVED, "study": "two", "report": "direction", "words": "direction only", "yi": None, "share": None,
            "pieces": [[0.13, None]], "likelihood": X.tolist(), "p": P,
        },
    ],
    "mean": {**BELIEVED, **CHANCES, "p": P},
    "new_study": {**BELIEVED, **CHANCES, "p": P},
    "prior": {"median": 0.0, "ci_low": -1.96, "ci_high": 1.96, "p": P},
}  # fmt: skip
TAU = {"median": 0.31, "ci_low": 0.02, "ci_high": 1.1}
MARK = {"value": 0.5, "p_gt": 0.28, "prior_p_gt": 0.32}
RADIAL = [
    {"study": "one", "kind": "means", "yi": 0.4, "sei": 0.2, "precision": 5.0, "z": 2.0},
    {"study": "two", "kind": "counts", "yi": -0.9, "sei": 0.3, "precision": 10 / 3, "z": -3.0},
]
LEFT_OUT = [
    {**ROW, "study": "one", "tail": 0.4, "log_score": -1.0, "deviance": 2.5, "influence": 0.31},
    {**ROW, "study": "two", "tail": 0.7, "log_score": -1.2, "deviance": 0.2, "influence": 0.02},
]
SEEN = {"scale": [0.1, 0.5, 4.0], "p": [0.99, 0.93, 0.81]}


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
    "predictive": ({"statistics": [STATISTIC] * 3}, ("Cochran's Q", "p = 0.310", "share", "points per")),
    "loo": ({"studies": STUDIES, "good_k": 0.7}, ("trusted up to 0.70", "not trusted", "study left out", "two")),
    "prior_posterior": (
        {"densities": {"mu": DENSITY, "tau": DENSITY}, "mu": {"sd_left": 0.42}, "tau": {"sd_left": 0.8}},
        ("mean effect mu", "sd between studies tau", "density", "points per year", "higher is worse for patients →"),
    ),
    "threshold_curve": (
        {"delta": X.tolist(), **CURVES, "prior_theta_new": None},
        ("size, mean difference, points per year", "probability of an effect above this size", "before the data"),
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
        (
            "means and SDs",
            "events of people",
            "no size (design's se)",
            "p 0.05 to 0.1",
            "standard error",
            "points per year",
        ),
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
    "panel": ({"rows": [ROW, {**ROW, "mean": None}]}, ("declared", "P(> 0)", "points per year", "0.99")),
    "forest": (
        FOREST,
        (
            "one\nmeans and SDs, 60%",
            "mean of all studies",
            "new study",
            "mean before the data",
            "0.41\n[0.10, 0.70]",
            "P(mean > 0) is 0.99, 0.50 before the data",
            "in the light of the others",
        ),
    ),
    "rainforest": (FOREST, ("one\nmeans and SDs", "mean of all studies", "likelihood above 0.15 of its maximum")),
    "drapery": (FOREST, ("p, two-sided", "95 %", "report without a size", "a new study", "points per year")),
    "heterogeneity": (
        {
            "tau": {**TAU, "thresholds": [MARK]},
            "density": DENSITY,
            "i2": {"median": 0.22, "ci_low": 0.0, "ci_high": 0.77},
            "i2_above": {"share": [0.0, 0.5, 0.9], "prior": [1.0, 0.6, 0.2], "posterior": [1.0, 0.3, 0.1]},
        },
        ("sd between studies tau", "I², share of variation between studies", "100%", "before the data (prior)"),
    ),
    "leave_one_out": ({"studies": LEFT_OUT, "all": ROW}, ("study left out", "none: all studies", "P(> 0)", "0.99")),
    "baujat": ({"studies": LEFT_OUT, "all": ROW}, ("distance from the pooled mean", "shift of the mean", "one")),
    "radial": (
        {"radial": RADIAL, "median": 0.3},
        (
            "size / standard error",
            "1 / standard error of a report",
            "mean ± 2 standard errors",
            "means and SDs",
            "size",
        ),
    ),
    "tipping": (
        {
            "side": ">",
            "tau": [{"level": 0.95, "at": 0.41}, {"level": 0.9, "at": 1.3}, {"level": 0.5, "at": None}],
            "sceptical": [{"level": 0.95, "at": None}],
            "declared_tau": 0.5,
            "declared_mu": None,
            "by_tau": SEEN,
            "by_mu": SEEN,
        },
        ("scale of the prior of tau", "P(> 0)", "expects more heterogeneity →", "← more sceptical", "  0.41"),
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
            "new study, 95% interval",
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
        ("prior", "both, review at 0.5", "mean effect, mean difference, points per year", "density"),
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
}
TOLD = {  # numbers that the alternative text must tell
    "trajectory": ("(prior): 0.40 [0.10, 0.70], P(> 0) 0.99", "one: no answer yet", "two + 1"),
    "trend": ("vague > 0.999 (> 0.999 before the data)",),
    "published": ("both, review at 0.5 0.90 [0.20, 1.40]",),
    "assurance": ("80 patients", "reaches 0.95 with probability 0.50", "without end 0.90", "Target 0.8"),
    "panel": ("0.41", "[0.10, 0.70]", "0.99"),
    "predictive": ("4", "0 to 6", "0.310"),
    "prior": ("normal(0, 1)", "-1.96", "1.96"),
    "prior_posterior": ("0.97", "42%", "80%"),
    "threshold_curve": ("Above 0 it is > 0.999", "as likely above 1.00"),
    "loo": ("0.90", "0.70"),
    "loo_pit": ("0.20, 0.40, 0.70",),
    "funnel": ("Of 2 reports with a size 1 lie above", "0.30", "three"),
    "sunset": ("21%", "0.30"),
    "z_scores": ("1 lie at 1.96 or farther", "1 nearer"),
    "specification_curve": ("2 specifications", "0.80 to 0.97", "1 called above, 1 undecided"),
    "forest": (
        "0.41 [0.10, 0.70]",
        "P(mean > 0) is 0.99, 0.50 before the data",
        "means and SDs 0.52",
        "direction only",
    ),
    "rainforest": ("0.20 to 0.84, 0.52 most", "effects above 0.13"),
    "drapery": ("2 reports, 1 with a size", "0.41", "[0.10, 0.70]"),
    "heterogeneity": ("0.31", "0.02 to 1.1", "above 0.5 0.28 (0.32 before the data)", "22%"),
    "leave_one_out": ("all 2 studies is 0.41 [0.10, 0.70], P(> 0) 0.99", "Without one"),
    "baujat": ("one: distance 2.5, influence 0.31; two",),
    "radial": ("1 of 2 reports lie within", "outside it: two"),
    "tipping": ("declared 0.5", "0.81 to 0.99", "0.95 at 0.41, 0.9 at 1.3", "passes none of"),
}


def leaf(name: str) -> ModuleType:
    return leaves("irlbayes.report.figures")[name]


def evidence(name: str) -> Evidence:
    return Evidence(leaf(name).OF[0], "", NUMBERS[name][0], True)


def drawn(name: str, backend: str, width: float = NARROW, outcome: Outcome = OUTCOME) -> Any:
    return leaf(name).draw(evidence(name), outcome, backend, width)


def letters(figure: Any) -> str:
    """Return everything that a figure says, of either backend."""
    if hasattr(figure, "findobj"):
        from matplotlib.text import Text

        return "\n".join(text.get_text() for text in figure.findobj(Text))
    layout = figure.to_plotly_json()["layout"]
    axes = [axis for name, axis in layout.items() if name[1:5] == "axis"]
    said = [axis.get("title", {}).get("text", "") for axis in axes]
    said += [text for axis in axes for text in axis.get("ticktext", ())]
    said += [note["text"] for note in layout.get("annotations", ())] + [trace.name or "" for trace in figure.data]
    said += [shape.get("name", "") for shape in layout.get("shapes", ())]
    said += [str(text) for trace in figure.data if getattr(trace, "mode", "") == "text" for text in trace.text]
    title = layout.get("title", {})
    said += [title.get("text", ""), title.get("subtitle", {}).get("text", "")]
    return unescape("\n".join(said).replace("<br>", "\n").replace("\u2009", ""))


def unfolded(text: str) -> str:
    return " ".join(text.split())


def illegible(figure: Any) -> list[str]:
    """Return words that lie on others or leave the picture, and a legend that lies on a panel (by a dot or more)."""
    from matplotlib.text import Text

    figure.draw_without_rendering()
    panels = [axes for axes in figure.axes if axes.get_visible()]
    undrawn = set()  # labels of ticks beyond the ends of an axis
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        reach = 1e-9 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if axis.axes not in panels or not low - reach <= tick.get_loc() <= high + reach:
                undrawn |= {id(tick.label1), id(tick.label2)}
    texts = [one for one in figure.findobj(Text) if one.get_visible() and one.get_text().strip()]
    boxes = [(one.get_text(), one.get_window_extent()) for one in texts if id(one) not in undrawn]
    whole = figure.bbox
    found = [
        f"{text!r} leaves the picture"
        for text, box in boxes
        if min(box.x0, box.y0) < -1.0 or box.x1 > whole.x1 + 1.0 or box.y1 > whole.y1 + 1.0
    ]
    for (one, a), (other, b) in combinations(boxes, 2):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1.5:
            found.append(f"{one!r} lies on {other!r}")
    for legend in figure.legends:
        box = legend.get_window_extent()
        found += ["the legend lies on a panel" for axes in panels if axes.get_window_extent().overlaps(box)]
    return found


def test_what_is_illegible_is_seen() -> None:
    """Words that are put on each other, or beyond the edge, are found."""
    figure = drawn("loo", "matplotlib")
    assert illegible(figure) == []
    for place in (0.5, 1.2):
        figure.text(place, 0.5, "something that is wide")
    figure.text(0.52, 0.5, "on it")
    found = illegible(figure)
    assert "'something that is wide' leaves the picture" in found
    assert "'something that is wide' lies on 'on it'" in found


def test_names_of_many_studies_do_not_collide() -> None:
    """Names beside marks of about one height, on both sides, and at the top, stand apart."""
    rng = np.random.default_rng(8)
    for high in (0.01, 1.0):
        rows = [
            {**LEFT_OUT[0], "study": f"A study of {i}", "deviance": float(x), "influence": 0.5 + high * float(y)}
            for i, (x, y) in enumerate(rng.random((40, 2)))
        ]
        evidence = Evidence("", "", {"studies": rows, "all": ROW}, True)
        for width in (NARROW, WIDE):
            assert illegible(leaf("baujat").draw(evidence, OUTCOME, "matplotlib", width)) == []


def test_every_figure_exports_what_pages_need() -> None:
    assert {*NUMBERS} == {*TOLD} == {*leaves("irlbayes.report.figures")}
    for name, module in leaves("irlbayes.report.figures").items():
        assert list(inspect.signature(module.draw).parameters) == ["evidence", "outcome", "backend", "width"], name
        for function in (module.frame, module.describe):
            assert list(inspect.signature(function).parameters) == ["evidence", "outcome"], name
        assert inspect.signature(module.draw).parameters["backend"].default == "matplotlib"
        assert 10 < len(module.TITLE) < 60
        assert len(module.OF) == 2


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_both_backends_say_the_same(name: str) -> None:
    """Names of axes, ticks, legends and notes are there in both; Matplotlib's letters can be read at 8 cm."""
    import matplotlib as mpl
    from matplotlib import pyplot
    from matplotlib.text import Text

    before = dict(mpl.rcParams)
    figure, interactive = drawn(name, "matplotlib"), drawn(name, "plotly")
    for one in (figure, interactive):
        said = unfolded(letters(one))
        assert all(unfolded(label) in said for label in NUMBERS[name][1]), said
    if name != "prior":  # it has an axis of its own words
        assert "higher is worse for patients" in unfolded(letters(figure)) or name in NO_EFFECT_AXIS
    figure.canvas.draw()
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert min(text.get_fontsize() for text in shown) >= SMALLEST
    assert illegible(figure) == []
    assert figure.get_size_inches()[0] == pytest.approx(8.0 / 2.54)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert all(axes.get_xlabel() or axes is not panels[-1] for axes in panels)
    wide = drawn(name, "matplotlib", WIDE)
    assert wide.get_size_inches()[0] == pytest.approx(17.0 / 2.54)
    assert illegible(wide) == []
    assert not pyplot.get_fignums()
    assert dict(mpl.rcParams) == before


NO_EFFECT_AXIS = {
    "assurance",
    "loo",
    "loo_pit",
    "predictive",
    "z_scores",
    "heterogeneity",
    "baujat",
    "radial",
    "tipping",
}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_data_and_words(name: str) -> None:
    """The frame holds the numbers of the answer, with units; the words tell the outcome and the numbers."""
    frame = leaf(name).frame(evidence(name), OUTCOME)
    assert len(frame) > 0
    numbers = frame.select_dtypes("number")
    values = set(np.round(numbers.to_numpy(dtype=float).ravel(), 12)) - {np.nan}
    known = set(np.round([*_numbers_in(NUMBERS[name][0])], 12))
    if name != "prior":  # its densities are PreliZ's
        assert {value for value in values if not np.isnan(value)} <= known
    assert not np.isinf(numbers.to_numpy(dtype=float)).any()
    assert set(frame.attrs["units"]) <= {*frame.columns}
    assert frame.attrs["outcome"] == "slope"
    said = leaf(name).describe(evidence(name), OUTCOME)
    assert all(number in said for number in TOLD[name]), said
    assert said.startswith("a prior" if name == "prior" else "EDSS slope")
    assert said.endswith(".")
    assert "nan" not in said


def _numbers_in(value: Any) -> Any:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _numbers_in(one)
    elif isinstance(value, int | float):
        yield float(value)


def test_the_side_of_harm_is_in_words() -> None:
    fewer = Outcome("volume", "Brain volume", "smd", 0.0, "-")
    assert "← lower is worse for patients" in letters(drawn("forest", "plotly", outcome=fewer))
    neither = Outcome("x", "x", "smd", 0.0, "")
    assert "worse" not in letters(drawn("forest", "matplotlib", outcome=neither))
    helped = Outcome("t", "t", "log_or", 0.0, "+", treatment="interaction")
    assert effect_name(helped).endswith("\n← treatment helps IRL-positive patients more")
    assert effect_name(helped).startswith("ratio of odds ratios (log scale)")


def test_ratios_and_proportions_stand_at_what_readers_see() -> None:
    """On an axis of logs or logits, ticks, labels and what the pointer shows are back-transformed."""
    ratio = Outcome("relapse", "Relapse", "log_or", 0.0, "+")
    for backend in ("matplotlib", "plotly"):
        said = letters(drawn("forest", backend, outcome=ratio))
        assert "1.51\n[1.11, 2.01]" in said
        assert "odds ratio (log scale)" in said
    figure = drawn("drapery", "plotly", outcome=ratio)
    curve = next(trace for trace in figure.data if trace.name == "mean of all studies")
    assert curve.customdata == pytest.approx(np.exp(X), rel=1e-6)
    assert "customdata" in curve.hovertemplate
    axis = figure.layout.xaxis
    assert [float(text) for text in axis.ticktext] == pytest.approx(np.exp(axis.tickvals))


def test_names_from_files_are_text_and_no_markup() -> None:
    """A study may be named like HTML or TeX; both backends print the name."""
    name = "<b onclick=x>&$\\frac{$ Ève"
    numbers = {**FOREST, "studies": [{**FOREST["studies"][0], "study": name}]}
    for backend in ("matplotlib", "plotly"):
        figure = leaf("forest").draw(Evidence("forest", "", numbers, True), OUTCOME, backend, WIDE)
        if backend == "matplotlib":
            figure.canvas.draw()
        said = letters(figure).replace("\\$", "$")
        assert name in unfolded(said)
    assert "<b " not in str(figure.layout.yaxis.ticktext)


def test_long_names_leave_room_for_the_figure() -> None:
    """Names of sixty letters are folded, and words of as many broken; nothing collapses or runs out of the page."""
    for long in ("A study whose authors wanted everything said in its name 2025", "x" * 60):
        for name in ("forest", "rainforest", "leave_one_out", "baujat", "loo", "panel", "z_scores", "radial"):
            numbers = _renamed(NUMBERS[name][0], long)
            for width in (NARROW, WIDE):
                figure = leaf(name).draw(Evidence("", "", numbers, True), OUTCOME, "matplotlib", width)
                figure.canvas.draw()  # Matplotlib warns where a plot collapses
                assert min(axes.get_position().width for axes in figure.axes) > 0.25
                inches = figure.get_tightbbox()
                assert inches.x0 > -0.05
                assert inches.x1 < width + 0.05 or name == "baujat"  # its names may leave the panel


def _renamed(value: Any, long: str) -> Any:
    if isinstance(value, dict):
        return {key: long if key in ("study", "name") else _renamed(one, long) for key, one in value.items()}
    return [_renamed(one, long) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_plain_data_are_what_plotly_accepts(name: str) -> None:
    """The figure that no object of plotly has checked is the one that plotly has, part by part."""
    plain, checked = (json.loads(plotly_json(drawn(name, backend), "said")) for backend in ("plain", "plotly"))
    assert plain["layout"].pop("template") == {}
    del checked["layout"]["template"]
    layout = {key: value for key, value in plain["layout"].items() if value != []}
    assert {**plain, "layout": layout} == checked


def test_a_backend_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="matplotlib, plotly"):
        drawn("forest", "bokeh")


def test_check_and_asymmetry_draw_every_figure() -> None:
    """One picture for each figure of an outcome: of its checks and questions, or of its asymmetry."""
    from irlbayes import small_studies, trust
    from irlbayes.report.pictures import of_asymmetry, pictures

    checked = dict(pictures(trust.check("irl", outcomes=["disability"], replicates=100)))
    looked = dict(of_asymmetry(small_studies.look("irl", outcomes=["disability"])))
    assert set(looked) == {f"disability-{name}.png" for name in ("funnel", "sunset", "z_scores")}
    by_other_commands = {"prior", "specification_curve", "forest", "rainforest", "drapery", "radial"}
    by_other_commands |= {"assurance", "trend", "published", "trajectory"}
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
    for width in (NARROW, WIDE):
        evidence = Evidence("cumulative", "", {"steps": steps, "level": 0.95}, True)
        drawn = figure.draw(evidence, OUTCOME, "matplotlib", width)
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
