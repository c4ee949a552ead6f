"""Figures say what they show, and come out as pictures."""

import io
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
ROW = {"name": "declared", "mean": 0.4, "ci_low": 0.1, "ci_high": 0.7, "p_gt_null": 0.99, "prior_p_gt_null": 0.5}
CURVES = {name: np.linspace(1.0, 0.0, 40).tolist() for name in ("mu", "theta_new", "prior_mu")}
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


def test_check_draws_every_figure() -> None:
    """One picture for each figure of an outcome's answers and checks."""
    from irlbayes import answering, trust
    from irlbayes.report.pictures import pictures

    drawn = dict(pictures(trust.check("irl", outcomes=["disability"], replicates=100)))
    figures = leaves("irlbayes.report.figures")
    own = {name for name, figure in figures.items() if figure.OF[0] in {*trust.checks(), *answering.questions()}}
    assert set(figures) - own == {"specification_curve"}
    assert set(drawn) == {f"disability-{name}.png" for name in own}
    assert all(picture[:4] == b"\x89PNG" for picture in drawn.values())


def test_a_folder_of_figures_is_no_file(tmp_path: Path) -> None:
    from irlbayes import terminal
    from irlbayes.core.errors import InputError

    file = tmp_path / "taken"
    file.write_text("")
    for folder in (file, tmp_path / "absent" / "figures"):
        with pytest.raises(InputError, match="--figures"):
            terminal.check_folder(folder, "--figures")
