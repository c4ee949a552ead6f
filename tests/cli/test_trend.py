"""`irlbayes trend` as its user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = ("trend", "1.10", "0.84", "1.44", "--scale", "ratio")


def test_a_page(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes(*EXAMPLE, "--threshold", "1.25")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("One result: ratio 1.10 [0.84, 1.44]\n")
    for name in ("vague", "unit information", "sceptical", "enthusiastic"):
        assert f"\n {name} " in done.out
    assert "P(> 1.25)" in done.out
    assert "which prior would change it" in done.out
    assert "what the next study would have to show" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 118


@pytest.mark.parametrize("numbers", [("-0.2", "-0.5", "0.1"), ("−0.2", "−0.5", "0.1"), ("--", "-0.2", "-0.5", "0.1")])
def test_negative_numbers_are_written_as_they_are(irlbayes: Callable[..., Any], numbers: tuple[str, ...]) -> None:
    done = irlbayes("trend", *numbers)
    assert (done.status, done.err) == (0, "")
    assert "One result: difference −0.2 [−0.5, 0.1]" in done.out
    assert "P(< 0)" in done.out


def test_not_significant(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("trend", "1.10", "--not-significant", "--scale", "ratio", "--events1", 20, "--events2", 40)
    assert (done.status, done.err) == (0, "")
    assert "0.500 to 0.975" in done.out
    assert "what one more number would settle" in done.out
    assert "0.274 = sqrt(1/events1 + 1/events2)" in done.out


def test_sides_of_a_convincing_result(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("trend", "0.77", "0.34", "1.21", "--scale", "smd")
    assert "falls to 0.95 for a sceptic whose prior is normal(0, 0.12)" in done.out
    assert "would have to show\nless than" in done.out or "show less than" in done.out


def test_document_and_figure(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    file, picture = tmp_path / "trend.json", tmp_path / "curve.png"
    done = irlbayes(*EXAMPLE, "--format", "json", "--output", file, "--figure", picture)
    assert (done.status, done.out, done.err) == (0, "", "")
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["schema"] == "irlbayes/trend/1"
    assert content["numbers"]["readers"][0]["p_gt_null"] == pytest.approx(0.756, abs=1e-3)
    assert picture.read_bytes()[:4] == b"\x89PNG"
    page = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    known = [*content["numbers"], *content["numbers"]["readers"][0], *content["numbers"]["next"][0]]
    assert [key for key in known if f"`{key}`" not in page] == []


def test_document_of_a_bound(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("trend", "1.10", "--p", ">0.05", "--scale", "ratio", "--threshold", "1.25", "--format", "json")
    numbers = json.loads(done.out)["numbers"]
    page = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    known = [*numbers, *numbers["readers"][0], *numbers["readers"][0]["thresholds"][0], *numbers["if_p"][0]]
    assert [key for key in known if f"`{key}`" not in page] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("1.10", "0.84", "1.44"), "--scale"),
        (("1.10", "0.84", "1.44", "--levle", "0.9"), "--levle"),
        (("1.10", "--p", "0.000", "--scale", "or"), "0.000"),
        (("1.00", "--not-significant", "--scale", "or", "--figure", "x.png"), "--figure"),
        (("1.10", "0.84", "1.44", "--scale", "or", "--format", "csv"), "--format"),
        (("1.10", "0.84", "1.44", "--scale", "or", "--output", "absent/x.txt"), "--output"),
    ],
)
def test_bad_input(irlbayes: Callable[..., Any], arguments: tuple[str, ...], said: str) -> None:
    done = irlbayes("trend", *arguments)
    assert (done.status, said in done.err) == (2, True)
