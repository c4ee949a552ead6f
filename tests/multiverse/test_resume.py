"""Results are kept one by one: a run that was killed goes on where it was, and other data are refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from irlbayes import resuming, workflow
from irlbayes.core.errors import InputError
from irlbayes.specifications import multiverse

ONLY = {"model": ["normal"], "prior": ["declared", "sceptical"]}
AXES = ["--axis", "model=normal"]
SMALL = {"outcomes": ["relapse"], "only": ONLY}


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    """A process killed in the middle leaves whole lines; the next run computes the others alone, and says the same."""
    path = tmp_path / "results.jsonl"
    code = "from irlbayes import cli; cli.main()"
    command = [sys.executable, "-c", code, "multiverse", "irl", "--outcome", "relapse", *AXES, "--workers", "1"]
    running = subprocess.Popen([*command, "--resume", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120.0
    while not (path.exists() and path.read_bytes().count(b"\n") >= 4):
        assert running.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    kept, whole = resuming.read(path, workflow.read_reports("irl"))
    assert len(kept) >= 3
    path.write_bytes(path.read_bytes()[:whole] + b'{"key": "half a li')
    only = {"model": ["normal"]}
    found = multiverse("irl", outcomes=["relapse"], only=only, resume=path)
    assert found.counts["posteriors"] == 30
    assert found.counts["computed_now"] == 30 - len(kept) > 0
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 30
    assert all(isinstance(json.loads(line), dict) for line in lines)
    again = multiverse("irl", outcomes=["relapse"], only=only, resume=path)
    assert again.counts["computed_now"] == 0
    assert again.outcomes == found.outcomes
    afresh = multiverse("irl", outcomes=["relapse"], only=ONLY)
    ours = {row["key"]: row["p_gt_null"] for row in found.outcomes[0][1].numbers["specifications"]}
    for row in afresh.outcomes[0][1].numbers["specifications"]:
        assert ours[row["key"]] == row["p_gt_null"]


def test_one_file_serves_several_runs(tmp_path: Path) -> None:
    """Another outcome or level adds its results; what is there already is not computed again."""
    path = tmp_path / "results.jsonl"
    first = multiverse("irl", **SMALL, resume=path)
    wider = multiverse("irl", **SMALL, resume=path, level=0.9)
    both = multiverse("irl", outcomes=["relapse", "disability_worsening"], only=ONLY, resume=path)
    assert wider.counts["computed_now"] == first.counts["posteriors"] == 6
    assert both.counts["posteriors"] - both.counts["computed_now"] == 6
    low, high = first.outcomes[0][1].numbers["specifications"], wider.outcomes[0][1].numbers["specifications"]
    assert [row["p_gt_null"] for row in low] == [row["p_gt_null"] for row in high]
    assert all(a["ci_low"] < b["ci_low"] for a, b in zip(low, high, strict=True))


def test_a_decision_is_no_part_of_a_result(tmp_path: Path) -> None:
    """Another level of decision reads the same results."""
    path = tmp_path / "results.jsonl"
    multiverse("irl", **SMALL, resume=path)
    assert multiverse("irl", **SMALL, resume=path, decision=0.9).counts["computed_now"] == 0


def test_a_failed_result_is_tried_again(tmp_path: Path) -> None:
    """A posterior that could not be computed is on file with its reason, and computed again by the next run."""
    path = tmp_path / "results.jsonl"
    only = {"reports": ["all"], "inclusion": ["primary"], "prior": ["declared"], "model": ["common_effect"]}
    for _ in range(2):
        found = multiverse("irl", outcomes=["irl_prevalence"], only=only, resume=path)
        assert found.counts["computed_now"] == 1
    assert [bool(json.loads(line)["failure"]) for line in path.read_text(encoding="utf-8").splitlines()[1:]] == [
        True
    ] * 2


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Results of other data or of another version, other files, folders and broken lines are refused by name."""
    path = tmp_path / "results.jsonl"
    multiverse("irl", **SMALL, resume=path)
    header, *rows = lines(path)
    told = json.loads(header)
    cases = {
        "results of the same data": json.dumps({**told, "sha256": "0" * 64}) + "\n",
        "results of this version": json.dumps({**told, "irlbayes": "0.0.1"}) + "\n",
        "results of this program": "study,yi,sei\n",
        "a result on every line": header + '{"key": 1}\n' + "".join(rows),
        "that an earlier run began": "a line of something else",
    }
    for words, text in cases.items():
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=words) as caught:
            multiverse("irl", **SMALL, resume=path)
        assert caught.value.problems[0].file == f"--resume {path}"
        assert path.read_text(encoding="utf-8") == text, "a file that is refused is left alone"
    for place, words in ((tmp_path, "cannot be read"), (tmp_path / "absent" / "r.jsonl", "cannot be written")):
        with pytest.raises(InputError, match=words):
            multiverse("irl", **SMALL, resume=place)


def test_a_header_cut_short_is_written_again(tmp_path: Path) -> None:
    """A run killed while it wrote its first line leaves nothing to refuse."""
    path = tmp_path / "results.jsonl"
    path.write_bytes(json.dumps(resuming.header(workflow.read_reports("irl")), ensure_ascii=False).encode()[:30])
    assert multiverse("irl", **SMALL, resume=path).counts["computed_now"] == 6
    assert len(lines(path)) == 7


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_processes_end_with_the_run(tmp_path: Path) -> None:
    """When a run is killed its processes end too."""
    path = tmp_path / "results.jsonl"
    code = "from irlbayes import cli; cli.main()"
    command = [sys.executable, "-c", code, "multiverse", "irl", "--outcome", "relapse", "--workers", "2"]
    running = subprocess.Popen([*command, "--resume", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120.0
    while not (path.exists() and path.read_bytes().count(b"\n") >= 2):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    children = _children(running.pid)
    assert len(children) >= 2
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    while any(Path(f"/proc/{child}").exists() and "Z" not in _state(child) for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"
