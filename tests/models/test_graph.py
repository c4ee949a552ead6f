"""The PyMC graph of a table says what the curves of its studies say, whichever likelihoods its rows have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irlbayes import workflow
from irlbayes.models.graph import build

ROWS = """study,report,pval,sign,n1i,n2i,ai,ci
a,p_value,0.03,+,40,38,,
b,p_value,0.2,?,25,30,,
c,counts,,,50,34,4,9
d,counts,,,61,20,14,15
"""


@pytest.mark.parametrize("likelihood", [None, "normal", "binomial"])
def test_graph_is_the_sum_of_the_curves(likelihood: str | None, tmp_path: Path) -> None:
    """A p-value without its sign has no normal approximation: beside rows that have one it keeps its own likelihood."""
    path = tmp_path / "mixed.csv"
    path.write_text(ROWS, encoding="utf-8")
    table = workflow.read_reports(path, "log_or")
    effects = workflow.effect_table(table, "effect", likelihood=likelihood)
    logp = build(workflow.load_model(table.outcomes["effect"]), effects).compile_logp()
    first, second = np.array([0.1, -0.4, -0.9, -1.9]), np.array([0.8, 0.3, -1.5, -2.6])
    # tau is one, so z is theta; priors of mu and tau, and the curves' own heights, cancel
    found = [float(logp({"mu": 0.0, "tau_log__": 0.0, "z": z})) + 0.5 * float(z @ z) for z in (first, second)]
    expected = sum(
        float(study.curve.log_value(np.array([a]))[0] - study.curve.log_value(np.array([b]))[0])
        for study, a, b in zip(effects.studies, first, second, strict=True)
    )
    assert found[0] - found[1] == pytest.approx(expected, abs=1e-7)
