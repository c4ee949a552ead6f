"""What a page asks for and is told, and who may ask."""

from __future__ import annotations

import asyncio
import base64
import json
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from irlbayes import workflow
from irlbayes.app import server, state
from irlbayes.app.state import Work, act
from irlbayes.report import document

SCRIPT = "<script>document.title='hacked'</script>"
PAIR = f"study,yi,sei\n{SCRIPT},0.1,0.2\nb,0.2,0.3\n"


def sent(text: str, name: str = "t.csv") -> dict[str, str]:
    return {"do": "file", "name": name, "content": base64.b64encode(text.encode()).decode()}


@pytest.fixture(scope="module")
def irl() -> tuple[Work, dict[str, Any]]:
    return act(Work(), {"do": "bundled", "name": "irl"})


def test_what_is_told_is_plain_and_equal_to_the_document(irl: tuple[Work, dict[str, Any]]) -> None:
    _, told = irl
    json.dumps(told, allow_nan=False)
    analysis = workflow.analyze("irl", outcomes=["disability"])
    there = json.loads(document.to_json(document.document(analysis, workflow.fingerprints(analysis))))["results"][0]
    estimates = {row["name"]: row["numbers"] for row in told["answer"]["estimates"]}
    assert estimates["pooled"]["middle"]["value"] == there["mu"]["mean"]
    assert estimates["pooled"]["ci_low"]["value"] == there["mu"]["ci_low"]
    assert estimates["new_study"]["ci_high"]["value"] == there["new_study"]["ci_high"]
    assert estimates["tau"]["middle"]["value"] == there["tau"]["mean"]
    first = told["answer"]["chances"][0]
    assert first["mean"]["value"] == there["mu"]["p_gt_null"]
    assert first["mean_prior"]["value"] == there["mu"]["prior_p_gt_null"]
    assert first["new"]["value"] == there["new_study"]["p_gt_null"]


def test_moving_priors_refits_and_changes_nothing_else(irl: tuple[Work, dict[str, Any]]) -> None:
    work, told = irl
    after, moved = act(work, {"do": "priors", "prior_mu": "normal(0, 0.1)", "moving": True})
    assert set(moved) == {"answer"}
    assert after.effects is work.effects
    assert after.table is work.table
    before, now = (one["answer"]["chances"][0]["mean"]["value"] for one in (told, moved))
    assert abs(now - 0.5) < abs(before - 0.5)
    released, told_last = act(after, {"do": "priors", "prior_mu": "normal(0, 0.1)"})
    assert released is after
    assert set(told_last) == {"controls"}
    _, refused = act(work, {"do": "priors", "prior_mu": "normal(0, -1)"})
    assert refused["refused"]


def test_library_priors_are_chosen_by_name(irl: tuple[Work, dict[str, Any]]) -> None:
    work, told = irl
    for role, names in told["controls"]["library"].items():
        assert names
        for name in names:
            _, answered = act(work, {"do": "priors", f"prior_{role}": name})
            assert "refused" not in answered, (name, answered)


def test_a_study_is_added_compared_and_taken_back(irl: tuple[Work, dict[str, Any]]) -> None:
    work, _ = irl
    cells = {"study": "example", "report": "yi_sei", "yi": "0.9", "sei": "0.2"}
    after, told = act(work, {"do": "add", "cells": cells})
    assert told["compared"]["counts"] == ["7 studies", "8 studies"]
    back, again = act(after, {"do": "undo"})
    assert again["compared"]["counts"] == ["8 studies", "7 studies"]
    assert back.table is not None
    assert work.table is not None
    assert back.table.reports == work.table.reports
    same, refused = act(work, {"do": "add", "cells": {**cells, "sei": "-1"}})
    assert same is work
    assert refused["refused"]


def test_problems_name_the_cell_to_mend(irl: tuple[Work, dict[str, Any]]) -> None:
    work, told = act(Work(), sent("study,yi,sei\na,0.1,0.2\nb,x,0.2\n"))
    (problem,) = told["evidence"]["problems"]
    assert (problem["line"], problem["cell"], problem["value"]) == (3, "yi", "x")
    _, told = act(work, {"do": "edit", "line": 3, "cells": {"yi": "0.2"}})
    assert not told["evidence"]["problems"]
    assert told["answer"] is not None


def test_a_size_is_asked_about_as_readers_see_it(irl: tuple[Work, dict[str, Any]]) -> None:
    work, _ = act(irl[0], {"do": "choose", "outcome": "relapse"})
    _, told = act(work, {"do": "threshold", "value": "1.5"})
    assert any("1.5" in row["label"] for row in told["answer"]["chances"])
    for wrong in ("-1", "many", "nan", ""):
        _, told = act(work, {"do": "threshold", "value": wrong})
        assert told["refused"]


def test_a_sheet_and_a_scale_are_chosen_on_the_page() -> None:
    book = Workbook()
    for title, effect in (("first", 0.1), ("second", 0.4)):
        sheet = book.create_sheet(title)
        for row in (("study", "yi", "sei"), ("a", effect, 0.2), ("b", effect, 0.3)):
            sheet.append(row)
    out = BytesIO()
    book.save(out)
    content = base64.b64encode(out.getvalue()).decode()
    work, told = act(Work(), {"do": "file", "name": "two.xlsx", "content": content})
    assert (told["evidence"]["sheet"], told["evidence"]["sheets"]) == ("first", ["Sheet", "first", "second"])
    work, told = act(work, {"do": "sheet", "sheet": "second"})
    assert told["evidence"]["sheet"] == "second"
    assert {cells["yi"] for _, cells in told["evidence"]["rows"]} == {"0.4"}
    _, told = act(work, {"do": "sheet", "sheet": "third"})
    assert told["refused"]
    work, told = act(work, {"do": "scale", "scale": "log_or"})
    assert told["evidence"]["scale"] == "log_or"
    assert told["controls"]["measure"] == "odds ratio"
    _, told = act(work, {"do": "scale", "scale": "no such"})
    assert [problem["value"] for problem in told["evidence"]["problems"]] == ["no such"]
    plain, _ = act(Work(), sent(PAIR))
    assert plain.book == b"", "nothing is kept of a file that has no other sheet"


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"do": "no such wish"},
        {"do": ["bundled"]},
        {"do": "save"},
        {"do": "bundled", "name": "../../etc"},
        {"do": "bundled", "name": 3},
        {"do": "file", "name": "a.csv"},
        {"do": "file", "name": "a.csv", "content": "%%%"},
        {"do": "file", "name": "a.csv", "content": "A" * (state.LARGEST * 4 // 3 + 8)},
        {"do": "edit", "line": 1, "cells": {}},
        {"do": "remove", "line": 1},
        {"do": "undo"},
        {"do": "priors", "prior_mu": "normal(0, 1)"},
    ],
)
def test_wishes_that_cannot_be_met_are_refused_in_words(wish: dict[str, Any]) -> None:
    work, told = act(Work(), wish)
    assert work == Work()
    assert all(problem["rule"] and problem["fix"] for problem in told["refused"])


@pytest.mark.parametrize("name", ["../../../etc/passwd", "C:\\windows\\x.csv", "a\x00.csv", SCRIPT + ".csv", "/"])
def test_file_names_are_words_and_never_paths(name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _, told = act(Work(), sent(PAIR, name))
    assert "/" not in told["evidence"]["name"].replace("</script", "")
    assert "\\" not in told["evidence"]["name"]
    assert not list(tmp_path.iterdir())


def scope(kind: str = "http", method: str = "GET", **headers: str) -> dict[str, Any]:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "method": method, "headers": pairs, "path": "/"}


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        (scope(host="127.0.0.1:80"), True),
        (scope(host="localhost:80"), True),
        (scope(host="evil.example:80"), False),
        (scope(), False),
        (scope(host="127.0.0.1:80", origin="http://evil.example"), False),
        (scope("websocket", host="127.0.0.1:80", origin="http://127.0.0.1:80"), True),
        (scope("websocket", host="127.0.0.1:80"), False),
        (scope("websocket", host="127.0.0.1:80", origin="http://127.0.0.1:81"), False),
        (scope("http", "POST", host="127.0.0.1:80"), False),
    ],
)
def test_only_pages_of_this_server_may_ask(asked: dict[str, Any], passes: bool) -> None:
    reached: list[bool] = []
    answered: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        reached.append(True)

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    asyncio.run(server.guarded(inner, "")(asked, None, send))
    assert bool(reached) is passes
    assert bool(answered) is not passes


def test_scripts_in_the_page_are_allowed_by_hash_alone() -> None:
    allowed = server.policy("<script>a()</script><script src='x.js'></script>")
    assert allowed.count("sha256-") == 1
    assert "unsafe-eval" not in allowed
    assert "script-src 'self' 'sha256-" in allowed


def test_a_defect_is_said_without_its_traceback(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    def broken(work: Work, wish: Any) -> Any:
        raise RuntimeError("secret /etc/path")

    monkeypatch.setattr(server, "act", broken)
    told = asyncio.run(server._told(server.Desk(), None, {"do": "save"}, None))
    assert "secret" not in told["failed"]
    assert "Traceback" not in told["failed"]
    mark = told["failed"].split("reference is ")[1][:8]
    assert mark in capsys.readouterr().err


def test_a_report_that_is_not_wanted_any_more_ends_between_its_checks(irl: tuple[Work, dict[str, Any]]) -> None:
    beats, steps = [], []

    def pulse() -> None:
        beats.append(len(beats))
        if len(beats) == 2:
            raise server.Cancelled

    make = state.wished_report(irl[0], {"checks": True})
    assert callable(make)
    with pytest.raises(server.Cancelled):
        make(lambda *step: steps.append(step), pulse)
    assert len(beats) == 2
    assert steps == [], "no outcome was checked to its end"
