"""Reports cut by their p-value: the pieces add up to the report, the chances to one, for every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from irlbayes.core.curve import Curve, flat_curve
from irlbayes.core.publication import WeightFunction, closed
from irlbayes.core.types import Study
from irlbayes.effects.likelihoods import noncentral_t
from irlbayes.effects.selection import selected, silent, statement

PARTITION = (0.025, 0.05, 0.5, 0.95, 0.975)
THETA = np.linspace(-4.0, 4.0, 81)
WIDE = np.array([0.0, 0.3, 2.0])


def study_of(example: Any, curve: Curve | None = None) -> Study:
    pair = example.kind.yi_sei(example.report)
    yi, sei = pair or (None, None)
    design = example.kind.design_sei(example.report)
    return Study("example", example.report, example.kind, 1.0, "", curve or example.curve, yi, sei, design)


def smooth(curve: Curve) -> np.ndarray:
    return np.exp(curve.log_smooth(np.broadcast_to(THETA, (WIDE.size, THETA.size)), WIDE))


def test_pieces_add_up(example: Any) -> None:
    """The sum of the observed curves is the report's own, and the chances sum to one, averaged over any tau."""
    found = selected(study_of(example), PARTITION)
    if found is None:
        assert example.kind.yi_sei(example.report) is None
        return
    parts = [curve for curve in found.observed if curve is not None]
    assert parts
    whole = smooth(example.curve)
    np.testing.assert_allclose(sum(smooth(curve) for curve in parts), whole, rtol=0, atol=1e-10 * whole.max())
    assert len(found.chance) == len(found.observed) == len(PARTITION) + 1
    np.testing.assert_allclose(sum(smooth(curve) for curve in found.chance), 1.0, rtol=0, atol=1e-10)


def test_swapped_groups_lie_in_mirrored_intervals(group_example: Any, swapped: Any, report_of: Any) -> None:
    """Exchanging the groups mirrors the intervals, and the chances with them."""
    cells = swapped(group_example.report.values)
    report = report_of(group_example.report.kind, cells, group_example.report.scale)
    mirrored = type(group_example)("mirrored", group_example.kind, report)
    ours, theirs = (study_of(one, flat_curve()) for one in (group_example, mirrored))  # whose curves play no part
    found, other = selected(ours, PARTITION), selected(theirs, PARTITION)
    if found is None or other is None:
        assert found is other
        return
    assert [c is None for c in found.observed] == [c is None for c in reversed(other.observed)]
    if statement(ours) is not None:
        for one, back in zip(found.chance, reversed(other.chance), strict=True):
            np.testing.assert_allclose(np.exp(one.log_value(THETA)), np.exp(back.log_value(-THETA)), atol=1e-9)


def test_every_statement_is_cut_by_its_t_test() -> None:
    """The chance of a one-sided p below 0.025 under no effect is 0.025, whatever the group sizes."""
    from irlbayes.core.publication import Statement
    from irlbayes.effects.likelihoods import t_intervals

    for n1, n2 in ((13.0, 53.0), (4.0, 5.0), (1.0, 3.0)):
        passes = t_intervals.passes(Statement((), n1, n2), PARTITION)
        found = [float(np.exp(curve.log_value(np.zeros(1)))[0]) for curve in passes]
        np.testing.assert_allclose(found, PARTITION, rtol=1e-9)


@pytest.mark.parametrize(
    ("kind", "cells", "places"),
    [
        ("p_value", {"pval": 0.03, "sign": "?"}, [0, 5]),
        ("p_value", {"pval": 0.03, "sign": "-"}, [5]),
        ("p_value", {"pval": 0.05, "sign": "+"}, [0]),
        ("p_value", {"pval": 0.05, "sign": "-"}, [5]),
        ("p_value", {"pval": 0.2, "sign": "+"}, [2]),
        ("p_value", {"pval": 0.1, "sign": "+", "pval_relation": "<"}, [0, 1]),
        ("significance", {"verdict": "significant_higher", "alpha": 0.05}, [0]),
        ("significance", {"verdict": "significant_lower", "alpha": 0.05}, [5]),
        ("significance", {"verdict": "not_significant", "alpha": 0.05}, [1, 2, 3, 4]),
        ("significance", {"verdict": "not_significant", "alpha": 0.05, "sign": "+"}, [1, 2]),
        ("direction", {"sign": "+"}, [0, 1, 2]),
        ("direction", {"sign": "-"}, [3, 4, 5]),
    ],
)
def test_where_statements_lie(kind: str, cells: dict[str, Any], places: list[int], report_of: Any) -> None:
    """Favoured for group 1 higher: interval 0 is p up to 0.025; a p on a cut is on its extreme side."""
    from irlbayes.core.registry import leaves

    report = report_of(kind, {**cells, "n1i": 20.0, "n2i": 24.0})
    module: Any = leaves("irlbayes.effects.reports")[kind]
    found = selected(Study("x", report, module, 1.0, "", module.curve(report), None, None, 0.3), PARTITION)
    assert found is not None
    assert [i for i, curve in enumerate(found.observed) if curve is not None] == places


def test_weight_functions_have_their_places() -> None:
    one, two = WeightFunction(1, (0.025, 0.5)), WeightFunction(2, (0.05, 0.10))
    partition = closed([*one.one_sided, *two.one_sided])
    assert partition == pytest.approx(PARTITION)
    assert one.places(partition, "+").tolist() == [0, 1, 1, 2, 2, 2]
    assert one.places(partition, "-").tolist() == [2, 2, 2, 1, 1, 0]
    assert two.places(partition, "+").tolist() == [0, 1, 2, 2, 1, 0]


def test_silent_cohorts_come_from_the_studies_table() -> None:
    """A cohort that measured an outcome and reported it is known; one that did not is a study of its own."""
    studies = {
        "a": {"cohort": "one", "measured": "relapse; disability", "n1i": "20", "n2i": "30"},
        "b": {"cohort": "two", "measured": "disability", "n_irl_pos": "10", "n_irl_neg": "40"},
        "c": {"cohort": "three", "n1i": "20", "n2i": "30"},
        "d": {"cohort": "four", "measured": "disability"},
    }
    found, known = silent(studies, "disability", "smd", ["one"], PARTITION)
    assert known == {"one", "two", "four"}
    assert [study.label for study in found] == ["b"]
    assert found[0].sei == pytest.approx(1.0 / noncentral_t.root_size(10.0, 40.0))
    assert silent(studies, "disability", "md", ["one"], PARTITION)[0] == ()
