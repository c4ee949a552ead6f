"""One compiled model serves every model of its structure, and neither this nor where numbers stand changes a draw."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from irlbayes import terminal
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable, Value
from irlbayes.effects.table import effect_table
from irlbayes.models.graph import build
from irlbayes.posterior import compiled, exact, nuts

SHORT = {"draws": 50, "tune": 50, "chains": 2}
SPEC = ModelSpec("test", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))


def table(*rows: tuple[str, dict[str, Value]]) -> EffectTable:
    reports = tuple(
        Report(str(i), str(i), str(i), "outcome", kind, "primary", "test", i + 2, cells)
        for i, (kind, cells) in enumerate(rows)
    )
    outcome = Outcome("outcome", "outcome", "smd", 0.0, "+")
    return effect_table(ReportTable("test", "test", "test", "", reports, {"outcome": outcome}), outcome)


def mixed(shift: float) -> EffectTable:
    """A printed estimate and two p-values: the numbers move, the structure does not."""
    return table(
        ("yi_sei", {"yi": 0.3 + shift, "sei": 0.2}),
        ("p_value", {"n1i": 113.0, "n2i": 79.0, "pval": 0.103 + shift, "sign": "+"}),
        ("p_value", {"n1i": 43.0 + 10 * shift, "n2i": 75.0, "pval": 0.013, "sign": "-"}),
    )


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_kept", type(compiled._kept)())


def draws(effects: EffectTable, spec: ModelSpec = SPEC) -> np.ndarray:
    return np.asarray(nuts.fit(effects, spec, build, seed=5, **SHORT).tree["posterior"]["theta"].values)


def test_one_compiled_model_serves_other_numbers_and_priors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws by a compiled model of other numbers are, to the bit, those of one compiled for them; and back again."""
    other = replace(SPEC, mu=Prior("normal", (0.2, 2.0)), tau=Prior("half_normal", (0.7,)))
    first = draws(mixed(0.0))
    reused = draws(mixed(0.1), other)
    assert len(compiled._kept) == 1
    assert np.array_equal(draws(mixed(0.0)), first)
    compiled._kept.clear()
    assert np.array_equal(draws(mixed(0.1), other), reused)
    assert not np.array_equal(first, reused)


def test_another_structure_is_another_model() -> None:
    """Another family, another kind, another row, another form of a row: each its own key."""
    rows = [("yi_sei", {"yi": 0.3, "sei": 0.2}), ("direction", {"n1i": 40.0, "n2i": 49.0, "sign": "+"})]
    base = compiled.structure(build(SPEC, table(*rows)))
    others = [
        build(replace(SPEC, tau=Prior("half_cauchy", (0.5,))), table(*rows)),
        build(SPEC, table(rows[0], rows[0])),
        build(SPEC, table(*rows, rows[1])),
        build(SPEC, table(rows[0], ("p_value", {"n1i": 40.0, "n2i": 49.0, "pval": 0.2, "sign": "?"}))),
    ]
    keys = [base, *map(compiled.structure, others)]
    assert len(set(keys)) == len(keys)
    moved = [("yi_sei", {"yi": -0.1, "sei": 0.4}), ("direction", {"n1i": 20.0, "n2i": 9.0, "sign": "-"})]
    assert compiled.structure(build(SPEC, table(*moved))) == base


def test_kept_models_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one not used for longest goes; nothing is compiled here."""
    monkeypatch.setattr(compiled, "KEPT", 2)
    monkeypatch.setattr("nutpie.compile_pymc_model", lambda model, **settings: object())
    one, two, three = (build(SPEC, table(*[("yi_sei", {"yi": 0.3, "sei": 0.2})] * k)) for k in (1, 2, 3))
    first, second = (compiled.compiled(model, ["mu"]) for model in (one, two))
    assert compiled.compiled(one, ["mu"]) is first
    compiled.compiled(three, ["mu"])
    assert compiled.compiled(one, ["mu"]) is first
    assert compiled.compiled(two, ["mu"]) is not second


def test_the_density_is_that_of_the_declared_model() -> None:
    """At points, against SciPy: the prior of mu, tau on its log, z, and two normal reports."""
    from scipy.stats import halfnorm, norm

    effects = table(("yi_sei", {"yi": 0.3, "sei": 0.2}), ("yi_sei", {"yi": -0.4, "sei": 0.7}))
    model = build(SPEC, effects)
    log_density = model.compile_logp(mode="FAST_COMPILE")
    for mu, tau, z in ((0.1, 0.2, (0.3, -1.0)), (-2.0, 3.0, (0.0, 2.0)), (0.5, 1e-6, (1.0, 1.0))):
        theta = mu + tau * np.array(z)
        expected = norm.logpdf(mu) + halfnorm.logpdf(tau, scale=0.5) + np.log(tau) + norm.logpdf(z).sum()
        expected += norm.logpdf([0.3, -0.4], theta, [0.2, 0.7]).sum()
        found = log_density({"mu": np.array(mu), "tau_log__": np.log(tau), "z": np.array(z)})
        assert float(found) == pytest.approx(expected, rel=1e-12)


def test_what_sampling_took_is_kept_with_the_draws() -> None:
    posterior = nuts.fit(mixed(0.0), SPEC, build, **SHORT)
    again = nuts.fit(mixed(0.05), SPEC, build, **SHORT)
    assert set(posterior.took) == {"compile_seconds", "sampling_seconds", "ess_per_second"}
    assert all(value > 0.0 for value in posterior.took.values())
    assert again.took["compile_seconds"] < posterior.took["compile_seconds"]
    assert posterior.tree.attrs["sampling_seconds"] == posterior.took["sampling_seconds"]
    assert not exact.fit(mixed(0.0), SPEC).took


def test_what_sampling_took_is_said_beside_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, so that what is written stays the same from run to run; nothing of quadrature."""
    terminal.sampled(
        {"relapse": {"compile_seconds": 3.14, "sampling_seconds": 2.0, "ess_per_second": 410.2}, "nfl": {}}
    )
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "relapse sampled: compiled in 3.1 s, sampled in 2.0 s, 410 effective draws a second\n"


# --- the folder --------------------------------------------------------------------------------------------


def where(tmp_path: Path, flags: str | None = None) -> str:
    """Return where a fresh process would keep machine code."""
    code = (
        "import os\nfrom irlbayes.posterior import compiled\ncompiled.keep_code()\nprint(os.environ['PYTENSOR_FLAGS'])"
    )
    env = {**os.environ, "IRLBAYES_CACHE": str(tmp_path), "PYTENSOR_FLAGS": flags or ""}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout


def test_machine_code_is_kept_in_a_folder_of_its_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert where(tmp_path).startswith(f"base_compiledir={tmp_path}")
    monkeypatch.setenv("IRLBAYES_CACHE", str(tmp_path))
    now = compiled.folder()
    monkeypatch.setattr(compiled, "version", lambda name: "0.0")
    assert compiled.folder() != now
    assert compiled.folder().parent == now.parent == tmp_path


def test_a_folder_that_cannot_be_written_is_no_harm(tmp_path: Path) -> None:
    """A file stands where the folder would be."""
    (tmp_path / "file").write_text("")
    told = where(tmp_path / "file")
    assert "base_compiledir=" in told
    assert str(tmp_path) not in told


def test_a_folder_that_the_user_named_stays(tmp_path: Path) -> None:
    assert where(tmp_path, "base_compiledir=/somewhere").strip() == "base_compiledir=/somewhere"
