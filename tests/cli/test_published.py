"""`irlbayes published` as its user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")


def test_a_page(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("published", "--outcome", "lesion_load")
    assert (done.status, done.err) == (0, "")
    for name in ("published only", "reports only", "both", "both, review at 0.25"):
        assert f"\n {name} " in done.out
    assert "left out of both, so that no study counts twice" in done.out
    assert 'As priors: --prior-mu "normal(0.487024, 0.251823)"' in done.out
    assert "for studies published after 2024-06-10: with any other a study would count twice" in done.out
    assert max(len(line) for line in done.out.splitlines()) <= 118


def test_document_and_figures(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    file, folder = tmp_path / "start.json", tmp_path / "figures"
    done = irlbayes(
        *("published", "--outcome", "lesion_load", "--format", "json", "--output", file, "--figures", folder),
        *("--power", "0.5"),
    )
    assert (done.status, done.out, done.err) == (0, "", f"1 figure in {folder}\n")
    assert [path.name for path in folder.iterdir()] == ["lesion_load-published.png"]
    content = json.loads(file.read_text(encoding="utf-8"))
    assert (content["schema"], content["settings"]["powers"]) == ("irlbayes/published/1", [0.5])
    (one,) = content["results"]
    known = [*content["results"][0], *one["start"], *one["answers"][0], *one["later"][0], *one["left_out"][0]]
    assert [key for key in known if f"`{key}`" not in PAGE] == []


def test_a_result_that_is_not_on_file(irlbayes: Callable[..., Any]) -> None:
    numbers = ("--estimate", "-0.30", "--ci", "-0.7", "0.1", "--prediction", "-1.1", "0.5")
    done = irlbayes("published", "--outcome", "disability", *numbers, "--search-date", "2024-06-10")
    assert (done.status, done.err) == (0, "")
    assert "The published result alone gives a mean SMD of −0.29" in done.out
    assert "from the prediction interval" in done.out
    assert "airmm2026" in done.out


def test_an_outcome_that_cannot_start(irlbayes: Callable[..., Any]) -> None:
    done = irlbayes("published", "--outcome", "relapse")
    assert (done.status, done.err) == (1, "")
    assert "a rate ratio has no conversion to the log odds ratio" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--outcome", "disability", "--include", "weber2022"), "no study counts twice"),
        (("--outcome", "disability", "--estimate", "0.3"), "--ci"),
        (("--outcome", "disability", "--i2", "0.5"), "--within-variance"),
        (("--outcome", "none"), "--outcome"),
        (("--format", "csv"), "--format"),
        (("--figures", "absent/folder"), "--figures"),
        (("--power", "0"), "--power"),
    ],
)
def test_bad_input(irlbayes: Callable[..., Any], arguments: tuple[str, ...], said: str) -> None:
    done = irlbayes("published", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
