"""`irlbayes bias`: text, document, files, exit statuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Runner = Callable[..., Any]


def test_text(irlbayes: Runner) -> None:
    run = irlbayes("bias", "--outcome", "relapse")
    assert (run.status, run.err) == (0, "")
    assert "averaged over all models" in run.out
    assert "inclusion Bayes factors" in run.out


def test_document(irlbayes: Runner, tmp_path: Path) -> None:
    """JSON has the numbers of the text, without NaN, on standard output and in a file; kept answers are used."""
    keep, file = tmp_path / "keep", tmp_path / "bias.json"
    run = irlbayes("bias", "--outcome", "relapse", "--format", "json", "--resume", keep)
    document = json.loads(run.out, parse_constant=lambda word: pytest_fail(word))
    assert document["schema"] == "irlbayes/bias/1"
    assert len(document["results"][0]["models"]) == 36
    assert [path.name for path in keep.iterdir()] == ["relapse.json"]
    again = irlbayes("bias", "--outcome", "relapse", "--format", "json", "--resume", keep, "--output", file)
    assert (again.status, again.out) == (0, "")
    assert json.loads(file.read_text(encoding="utf-8")) == document


def pytest_fail(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def test_refusals(irlbayes: Runner, tmp_path: Path) -> None:
    """Bad options compute nothing and say how to mend them; an outcome without an answer is a failure."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    for arguments, words in (
        (("--ensemble", "mine"), "one of equal, robma_psma"),
        (("--favoured", "up"), "one of +, -, both"),
        (("--cut", "3"), "rising p-values"),
        (("--format", "csv"), "one of table, json"),
        (("--resume", tmp_path / "file"), "a folder, not a file"),
    ):
        run = irlbayes("bias", *arguments)
        assert run.status == 2, arguments
        assert words in " ".join(run.err.split()), run.err
        assert run.out == ""
    assert irlbayes("bias", "--outcome", "irl_prevalence").status == 1
