"""The question of treatment at the command line: table, document, files and exit statuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Simulated, as in docs/how-to/do-treatments-help-more.md.
TABLE = """study,ai_pos,n1i_pos,ci_pos,n2i_pos,ai_neg,n1i_neg,ci_neg,n2i_neg
simulated 1,18,146,32,90,19,86,38,128
simulated 2,13,66,48,138,22,145,11,67
"""


def test_table(irlbayes: Callable[..., Any]) -> None:
    """The bundled evidence is answered by its prior, with every row and exit status 0."""
    run = irlbayes("treatment")
    assert (run.status, run.err) == (0, "")
    for words in ("The evidence cannot say", "12 rows", "tan2024.neda3", "not available", "arm_counts: ai_pos"):
        assert words in run.out


def test_document(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """The document of a table, on standard output or in a file, is the same."""
    path = tmp_path / "arms.csv"
    path.write_text(TABLE, encoding="utf-8")
    words = ("treatment", path, "--harm", "+", "--format", "json")
    run = irlbayes(*words)
    assert (run.status, run.err) == (0, "")
    content = json.loads(run.out)
    assert content["schema"] == "irlbayes/treatment/1"
    (answer,) = content["answers"]
    assert (answer["answered"], answer["k"], answer["scale"], answer["harm"]) == (True, 2, "log_or", "+")
    assert 0.5 < answer["numbers"]["p_helps_more"] < 1.0
    assert answer["numbers"]["effect"]["median"] < 0.0
    assert [row["entered"] for row in content["rows"]] == [True, True]
    saved = tmp_path / "answer.json"
    assert irlbayes(*words, "--output", saved).out == ""
    assert saved.read_text(encoding="utf-8") == run.out


def test_bad_input(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """What is missing is said with its option, and nothing is computed."""
    path = tmp_path / "arms.csv"
    path.write_text(TABLE, encoding="utf-8")
    for words, told in (((path,), "--harm"), ((path, "--harm", "+", "--format", "csv"), "one of table, json")):
        run = irlbayes("treatment", *words)
        assert (run.status, run.out) == (2, "")
        assert told in run.err


def test_a_posterior_that_fails_is_no_answer(irlbayes: Callable[..., Any], tmp_path: Path, monkeypatch: Any) -> None:
    """An engine that cannot fit leaves no number, the reason, and exit status 1."""
    from irlbayes.core.errors import FitError

    def fail(*arguments: object, **options: object) -> None:
        raise FitError("it could not be sampled")

    path = tmp_path / "arms.csv"
    path.write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr("irlbayes.workflow.fit", fail)
    run = irlbayes("treatment", path, "--harm", "-")
    assert run.status == 1
    assert "No answer: it could not be sampled" in run.out
