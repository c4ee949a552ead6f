"""Declarations are content: parsed, never evaluated; refused on a scale that is not theirs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from irlbayes.core import priors
from irlbayes.core.assumptions import Prior
from irlbayes.core.errors import InputError
from irlbayes.core.types import Outcome
from irlbayes.models.declare import choose, declarations, fingerprint, parse_prior, read_declaration


def outcome(scale: str, unit: str = "", model: str = "") -> Outcome:
    return Outcome("x", "x", scale, 0.0, "", unit=unit, model=model)


@pytest.mark.parametrize(
    ("text", "role", "expected"),
    [
        ("normal(0, 4)", "mu", Prior("normal", (0.0, 4.0))),
        ("  normal( -1.5,2e-1 ) ", "mu", Prior("normal", (-1.5, 0.2))),
        ("flat", "mu", Prior("flat")),
        ("flat()", "mu", Prior("flat")),
        ("half_normal(.5)", "tau", Prior("half_normal", (0.5,))),
        ("half_cauchy(25)", "tau", Prior("half_cauchy", (25.0,))),
        ("uniform(0, 4)", "tau", Prior("uniform", (0.0, 4.0))),
    ],
)
def test_parse(text: str, role: str, expected: Prior) -> None:
    """A prior is read as it is written."""
    assert parse_prior(text, role) == expected


@given(st.text(max_size=40), st.sampled_from(["mu", "tau"]))
def test_any_text_is_a_prior_or_a_clear_refusal(text: str, role: str) -> None:
    """No text crashes the parser; what it refuses, it explains with examples."""
    try:
        prior = parse_prior(text, role)
    except InputError as error:
        (problem,) = error.problems
        assert problem.file == f"--prior-{role}"
        assert "Priors of" in problem.fix
    else:
        assert priors.FAMILIES[prior.family].role == role


@given(st.floats(1e-3, 1e3), st.sampled_from(["normal", "half_normal", "half_cauchy"]))
def test_written_prior_is_read_back(scale: float, family: str) -> None:
    """str() of a prior parses to the same family and, to six digits, the same numbers."""
    parameters = (0.0, scale) if family == "normal" else (scale,)
    role = priors.FAMILIES[family].role
    again = parse_prior(str(Prior(family, parameters)), role)
    assert again.family == family
    assert again.parameters == pytest.approx(parameters, rel=1e-5)


@pytest.mark.parametrize(
    ("prior", "distribution"),
    [
        (Prior("normal", (0.3, 1.7)), stats.norm(0.3, 1.7)),
        (Prior("half_normal", (0.5,)), stats.halfnorm(scale=0.5)),
        (Prior("half_cauchy", (2.5,)), stats.halfcauchy(scale=2.5)),
        (Prior("uniform", (0.5, 4.0)), stats.uniform(0.5, 3.5)),
    ],
    ids=lambda value: str(value) if isinstance(value, Prior) else "",
)
def test_log_densities_are_scipys(prior: Prior, distribution: stats.rv_continuous) -> None:
    """Every family's log density equals SciPy's, support included."""
    x = np.array([-3.0, -0.1, 0.0, 0.4, 1.0, 3.9, 5.0, 50.0])
    ours = priors.log_pdf(prior, x)
    if prior.family.startswith("half"):
        x, ours = x[2:], ours[2:]
    assert ours == pytest.approx(distribution.logpdf(x), rel=1e-12)


def test_fingerprint_is_content() -> None:
    """The name and the reasons are not part of a model's identity; priors, scale and unit are."""
    base = choose(outcome("smd"))
    assert fingerprint(base) == fingerprint(choose(outcome("smd"), prior_mu="normal(0, 1)"))
    prints = {
        fingerprint(model)
        for model in (
            base,
            choose(outcome("smd"), prior_mu="normal(0, 2)"),
            choose(outcome("smd"), prior_tau="half_cauchy(0.5)"),
            choose(outcome("log_or")),
            choose(outcome("beta", "EDSS points per year"), "edss_slope"),
        )
    }
    assert len(prints) == 5


def test_every_default_scale_has_its_model() -> None:
    """Scales without a unit of their own have one default model; the others have none."""
    names = {scale: choose(outcome(scale)).name for scale in ("none", "smd", "log_or", "log_irr", "rom", "logit")}
    assert names == {
        "none": "unitless",
        "smd": "smd",
        "log_or": "log_ratio",
        "log_irr": "log_ratio",
        "rom": "log_ratio",
        "logit": "proportion",
    }
    for scale in ("md", "rd", "beta", "log_rate"):
        with pytest.raises(InputError, match="no default priors"):
            choose(outcome(scale, "units"))


@pytest.mark.parametrize(
    ("wanted", "on", "words"),
    [
        ("smd", outcome("log_or"), "declares priors on smd"),
        ("edss_slope", outcome("beta", "points"), "in EDSS points per year"),
        ("nonsense", outcome("smd"), "a declared model"),
    ],
)
def test_model_of_another_scale_is_refused(wanted: str, on: Outcome, words: str) -> None:
    """A log-odds prior on a mean difference is an error that says which models would do."""
    with pytest.raises(InputError, match=words):
        choose(on, wanted)


GOOD = (
    'schema = "irlbayes/model/1"\nname = "x"\nscales = ["smd"]\nrandom_effects = "normal"\n'
    '[mu]\nprior = "normal(0, 1)"\nreason = "r"\n[tau]\nprior = "half_normal(1)"\nreason = "r"\n'
)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("irlbayes/model/1", "other", "schema"),
        ('name = "x"', 'name = "y"', "file's name"),
        ('["smd"]', '["inches"]', "scales are among"),
        ('["smd"]', "[]", "scales are among"),
        ('["smd"]', '["md"]', "needs a unit"),
        ('"normal"\n[mu]', '"student_t"\n[mu]', "random_effects"),
        ("normal(0, 1)", "normal(0)", "takes mean, sd"),
        ("half_normal(1)", "half_normal(0)", "above 0"),
        ('reason = "r"\n[tau]', "[tau]", r"\[mu\] has a prior and the reason"),
        ("[tau]", "[tau", "cannot be read"),
    ],
)
def test_bad_declaration(tmp_path: Path, old: str, new: str, words: str) -> None:
    """One wrong word in a declaration is named with its file."""
    path = tmp_path / "x.toml"
    path.write_text(GOOD)
    assert read_declaration(path).name == "x"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=words) as caught:
        read_declaration(path)
    assert all(str(path) in problem.file for problem in caught.value.problems)


def test_no_two_defaults() -> None:
    """At most one default per scale among the bundled models, of effects and of differences between effects."""
    scales = [(scale, item.interaction) for item in declarations().values() if item.default for scale in item.scales]
    assert len(scales) == len(set(scales))


@pytest.mark.parametrize("scale", ["log_or", "log_rr", "log_irr", "log_hr", "rom", "smd", "none"])
def test_a_difference_of_effects_has_a_narrower_default(scale: str) -> None:
    """Half the width of the default of the effects themselves, in mu and in tau; units of their own have none."""
    asks = replace(outcome(scale), treatment="interaction")
    ours, theirs = choose(asks), choose(outcome(scale))
    assert ours.name == "interaction"
    assert theirs.name != "interaction"
    assert ours.mu.parameters[1] == 0.5 * theirs.mu.parameters[1]
    assert ours.tau.parameters[0] == 0.5 * theirs.tau.parameters[0]
    with pytest.raises(InputError, match="has a unit of its own"):
        choose(replace(outcome("md", "points"), treatment="interaction"))
