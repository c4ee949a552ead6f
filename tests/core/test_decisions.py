"""Rules that a person states about a probability: read, or refused with all that is wrong."""

from __future__ import annotations

import math

import pytest

from irlbayes.core.decisions import decisions
from irlbayes.core.errors import InputError
from irlbayes.core.types import Outcome, Threshold

KNOWN = {
    "relapse": Outcome("relapse", "Relapse", "log_or", 0.0, "+", thresholds=(Threshold(0.3, "conventional", "x"),)),
    "disability": Outcome("disability", "Disability", "smd", 0.0, "+"),
    "prevalence": Outcome("prevalence", "Prevalence", "logit", None, ""),
}


def test_usual_rules_speak_of_every_outcome_with_a_null() -> None:
    found = decisions([], KNOWN)
    assert [(one.outcome, one.relation, one.level) for one in found] == [
        ("relapse", ">=", 0.95),
        ("disability", ">=", 0.95),
        ("relapse", "<=", 0.05),
        ("disability", "<=", 0.05),
    ]
    assert (found[0].met(0.95), found[0].met(0.9499), found[2].met(0.05)) == (True, False, True)


@pytest.mark.parametrize(
    ("text", "new", "above", "size", "relation", "level"),
    [
        ("relapse: P(> null) >= 0.95", False, True, 0.0, ">=", 0.95),
        ("relapse:P(<2)<10%", False, False, math.log(2.0), "<", 0.1),
        ("relapse: P(new study > threshold) > .8", True, True, 0.3, ">", 0.8),
        ("disability: P(new < -0.2) <= 5e-2", True, False, -0.2, "<=", 0.05),
        ("prevalence: P(> 0.5) >= 0.9", False, True, 0.0, ">=", 0.9),
    ],
)
def test_rules(text: str, new: bool, above: bool, size: float, relation: str, level: float) -> None:
    (found,) = decisions([text], KNOWN)
    assert (found.new, found.above, found.relation, found.words) == (
        new,
        above,
        relation,
        text.partition(":")[2].strip(),
    )
    assert (found.size, found.level) == pytest.approx((size, level))


def test_all_leaves_out_where_it_has_no_meaning() -> None:
    assert [one.outcome for one in decisions(["all: P(> threshold) >= 0.5"], KNOWN)] == ["relapse"]


def test_everything_wrong_is_told() -> None:
    bad = {
        "relapse: 0.95": "an outcome, a colon",
        "relapse: P(= null) >= 0.9": "an outcome, a colon",
        "relapse: P(> null) >= 95": "above 0 and below 1",
        "cognition: P(> null) >= 0.9": "an outcome of this evidence base",
        "disability: P(> threshold) >= 0.9": "declares no threshold",
        "prevalence: P(> null) >= 0.9": "no value of no effect",
        "relapse: P(> -1) >= 0.9": "-1 is no odds ratio, as relapse is",
    }
    with pytest.raises(InputError) as error:
        decisions(list(bad), KNOWN)
    told = [str(problem) for problem in error.value.problems]
    assert len(told) == len(bad)
    assert all(words in one for words, one in zip(bad.values(), told, strict=True))
