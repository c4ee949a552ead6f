"""A panel is halved until its nodes see a peak in its middle, however smooth the log density is."""

from __future__ import annotations

from math import log, pi

import pytest

from irlbayes.core.building import Plan, build


@pytest.mark.parametrize("sd", [0.06, 0.08, 0.12, 0.2, 0.5])
def test_a_normal_narrower_than_a_panel(sd: float) -> None:
    """Mean and sd of a normal on an axis of unit 1: its log is a parabola, which a panel of any width resolves."""
    for center in (0.0, 0.375, 0.8):
        density, log_total = build(lambda x, at=center: -0.5 * ((x - at) / sd) ** 2, Plan(0.0, 1.0))
        assert log_total == pytest.approx(0.5 * log(2.0 * pi) + log(sd), abs=1e-11)
        assert density.mean == pytest.approx(center, abs=1e-11)
        assert density.sd == pytest.approx(sd, rel=1e-9)
