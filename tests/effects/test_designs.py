"""The next study: what it can report, how probable each report is, and what has to be said of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from irlbayes.core.errors import InputError
from irlbayes.core.planned import Asked, Design, Plannable
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome, Report
from irlbayes.effects.table import kinds
from irlbayes.effects.upcoming import design, malformed, plannable, upcoming

EXAMPLES = {
    "means": Design("means", 15, 20),
    "counts": Design("counts", 15, 20, risk=0.3),
    "rates": Design("rates", 40.0, 50.0, "person-years", rate=0.1),
    "proportion": Design("proportion", 30.0),
    "rate": Design("rate", 60.0, unit="person-years"),
}
THETA = np.array([-1.0, 0.0, 0.6])


def outcome(scale: str, **others: str) -> Outcome:
    return Outcome("x", "x", scale, SCALES[scale].null, "+", **others)


def test_every_design_exports_the_protocol() -> None:
    names = [name for name in vars(Plannable) if not name.startswith("_")] + list(Plannable.__annotations__)
    for kind, module in plannable().items():
        assert kind in kinds()
        assert not [name for name in names if not hasattr(module, name)], kind
        assert set(module.EXACT) <= set(module.SCALES) <= set(SCALES)


def test_every_scale_can_be_planned() -> None:
    """One way to say the size suffices on every scale, with the assumptions that it needs."""
    for scale in SCALES:
        asked = Asked(n1=40, n2=60, risk=0.3, rate=0.2, sd=1.0, years=1.0)
        if scale == "log_hr":
            asked = replace(asked, n1=None, n2=None, years=None, events=50, prevalence=0.4)
        if scale == "none":
            asked = Asked(sei=0.2)
        planned = design(asked, outcome(scale))
        found = upcoming(planned, outcome(scale), 0.2)
        assert 0.0 < found.sei < 2.0, scale
        smaller = upcoming(planned.resized(planned.total / 4.0), outcome(scale), 0.2) if planned.sized else found
        assert not planned.sized or smaller.sei == pytest.approx(2.0 * found.sei, rel=0.1), scale


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_reports_have_probabilities_and_the_likelihood_of_their_kind(kind: str) -> None:
    module, planned = plannable()[kind], EXAMPLES[kind]
    scale = module.EXACT[0]
    strata = module.strata(planned, 0.1)
    assert sum(stratum.weight for stratum in strata) == pytest.approx(1.0)
    (stratum,) = strata[len(strata) // 2 : len(strata) // 2 + 1]
    ends = np.array([-np.inf, -0.5 if stratum.discrete else -4.0, 4.0, 9.0, 1000.0])
    chance = stratum.cumulative(ends, THETA)
    assert (np.diff(chance, axis=0) >= 0.0).all()
    assert chance[0] == pytest.approx(np.zeros(3), abs=1e-12)
    assert chance[-1] == pytest.approx(np.ones(3), abs=1e-12)
    assert (np.diff(stratum.expected(THETA)) > 0.0).all()
    x = np.array([4.0, 9.0]) if stratum.discrete else np.array([-1.2, 2.5])
    fine = np.linspace(-4.0, 3.0, 71)
    for row, value in zip(stratum.log_likelihood(x, fine), x, strict=True):
        cells = report_of(kind, planned, stratum.show(value), value)
        curve = kinds()[kind].curve(Report("x", "x", "x", "x", kind, "primary", "x", 1, cells, scale))
        expected = curve.log_value(fine)
        assert np.exp(row - row.max()) == pytest.approx(np.exp(expected - expected.max()), abs=1e-9)


def report_of(kind: str, planned: Design, words: str, value: float) -> dict[str, float]:
    """Return the cells of a report; the events in group 2 are the third number of its words."""
    said = [float(part) for part in words.split() if part.replace(".", "").isdigit()]
    if kind == "means":
        size = np.sqrt(planned.size1 * planned.size2 / planned.total)
        return {"m1i": value / size, "sd1i": 1.0, "n1i": 15, "m2i": 0.0, "sd2i": 1.0, "n2i": 20}
    return {
        "counts": {"ai": value, "n1i": 15.0, "ci": said[2] if kind == "counts" else 0.0, "n2i": 20.0},
        "rates": {"x1i": value, "t1i": 40.0, "x2i": said[2] if kind == "rates" else 0.0, "t2i": 50.0},
        "proportion": {"xi": value, "ni": 30.0},
        "rate": {"xi": value, "ti": 60.0},
    }[kind]


def test_strata_are_thinned_where_they_are_many() -> None:
    """Every second, third, ... number of events in group 2 keeps their mean and variance."""
    strata = plannable()["counts"].strata(Design("counts", 4000, 4000, risk=0.3), 0.0)
    assert len(strata) < 60
    events = np.array([float(stratum.show(1.0).split()[-3]) for stratum in strata])
    weight = np.array([stratum.weight for stratum in strata])
    assert weight @ events == pytest.approx(1200.0, abs=0.01)
    assert weight @ (events - 1200.0) ** 2 == pytest.approx(840.0, rel=1e-3)


def test_a_study_in_words_becomes_a_design() -> None:
    smd, irr = outcome("smd"), outcome("log_irr")
    assert design(Asked(n=200, prevalence=0.52), smd) == Design("means", 104.0, 96.0)
    assert design(Asked(person_years=400, prevalence=0.25, rate=0.3), irr).size1 == pytest.approx(100.0)
    assert design(Asked(n1=10, n2=30, years=2.0, rate=0.3), irr).size2 == pytest.approx(60.0)
    assert design(Asked(n=50), outcome("logit")) == Design("proportion", 50.0, 0.0)
    assert design(Asked(n1=40, n2=40, report="estimate"), smd).likelihood == "normal"
    assert design(Asked(n1=40, n2=40, report="means"), outcome("log_or")).kind == "means"
    half = design(Asked(n1=40, n2=40), outcome("log_or"))
    assert half.risk == 0.5
    assert "--risk" in half.assumed[0]
    assert design(Asked(n1=40, n2=40, risk=0.2), outcome("log_or")).assumed == ()
    hazard = upcoming(design(Asked(events=100, prevalence=0.5), outcome("log_hr")), outcome("log_hr"), 0.3)
    assert hazard.sei == pytest.approx(0.2)  # 1 / sqrt(100 / 4)


@pytest.mark.parametrize(
    ("asked", "scale", "said"),
    [
        (Asked(n1=40, n2=40), "md", "--sd"),
        (Asked(person_years=400, prevalence=0.4), "log_irr", "--rate"),
        (Asked(n=200, prevalence=0.4), "log_irr", "said in person-years"),
        (Asked(n=200, prevalence=0.4), "log_hr", "said in events"),
        (Asked(person_years=200, prevalence=0.4), "smd", "said in patients"),
        (Asked(n=10, prevalence=0.01), "smd", "at least 2 patients in each group"),
        (Asked(n1=40, n2=40, report="rates"), "smd", "a report on a scale that converts to smd"),
        (Asked(n1=40, n2=40), "none", "--sei"),
    ],
)
def test_what_a_scale_needs_is_asked_for(asked: Asked, scale: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        design(asked, outcome(scale))


def test_an_interaction_has_four_groups() -> None:
    with pytest.raises(InputError, match="four groups"):
        design(Asked(n1=40, n2=40), outcome("log_or", treatment="interaction"))
    assert design(Asked(sei=0.3), outcome("log_or", treatment="interaction")).sei == 0.3


def test_impossible_studies_are_named_all_at_once() -> None:
    asked = Asked(n1=2.5, n=-3, sei=0.0, prevalence=1.2, risk=0.0, years=1e9, report="novel")
    said = " ".join(str(problem) for problem in malformed(asked))
    for word in ("--n1", "--n:", "--sei", "--prevalence", "--risk", "--years", "--report", "more than once"):
        assert word in said, word
    assert len(malformed(Asked())) == 1
    assert malformed(Asked(n1=10, n2=20)) == []


def test_an_effect_that_leaves_no_risk_is_refused() -> None:
    planned = Design("counts", 50, 50, likelihood="normal", risk=0.9)
    with pytest.raises(ArithmeticError, match=r"leave a risk of 1\.1 in group 1"):
        upcoming(planned, outcome("rd"), 0.2)
    with pytest.raises(ArithmeticError, match="leave a rate"):
        upcoming(Design("rates", 50, 50, "person-years", rate=0.1), outcome("ird"), -0.2)
