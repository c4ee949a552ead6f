"""The library of priors holds what its sources print, and says what it is."""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from irlbayes.core import cumulative, priors
from irlbayes.core.assumptions import Prior
from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.models.declare import choose, declarations, fingerprint, read_declaration
from irlbayes.models.extensions import clustered, moderated
from irlbayes.models.library import of_size, panel
from irlbayes.models.parse import parse_prior
from irlbayes.models.tables import Entry, of_tau, read_table, tables

REFERENCE = Path(__file__).parents[1] / "reference" / "priors.csv"
COMPARISONS = {
    "pharm-placebo": "pharmacological vs placebo",
    "pharm-pharm": "pharmacological vs pharmacological",
    "nonpharm-placebo": "non-pharmacological vs placebo",
    "nonpharm-pharm": "non-pharmacological vs pharmacological",
    "nonpharm-nonpharm": "non-pharmacological vs non-pharmacological",
    "nonpharm-any": "non-pharmacological vs any",
    "": "",
}
AREAS = {"other": "other areas", "respiratory": "respiratory", "cancer": "cancer", "": ""}
ENTRIES = [entry for table in tables().values() for entry in table.entries]
MS = "cochrane: multiple sclerosis"


def outcome(scale: str, unit: str = "") -> Outcome:
    return Outcome("x", "x", scale, SCALES[scale].null, "", unit=unit)


def distribution(prior: Prior) -> stats.rv_continuous:
    """Return SciPy's own version of a prior."""
    a = prior.parameters
    return {
        "normal": lambda: stats.norm(a[0], a[1]),
        "student_t": lambda: stats.t(a[0], a[1], a[2]),
        "half_normal": lambda: stats.halfnorm(scale=a[0]),
        "half_cauchy": lambda: stats.halfcauchy(scale=a[0]),
        "log_normal": lambda: stats.lognorm(a[1], scale=np.exp(a[0])),
        "inverse_gamma": lambda: stats.invgamma(a[0], scale=a[1]),
        "uniform": lambda: stats.uniform(a[0], a[1] - a[0]),
    }[prior.family]()


def reference() -> list[dict[str, str]]:
    with REFERENCE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_number_of_the_sources_is_there() -> None:
    """All rows of the copied tables, and no entry beside them; numbers equal to the last digit."""
    assert sha256(REFERENCE.read_bytes()).hexdigest().startswith("874ac8d09235c723")
    rows = reference()
    assert len(rows) == 81 + 73 + 417
    written = {}
    for table in ("turner2015", "rhodes2015", "cochrane"):
        for entry in tables()[table].entries:
            for scale in entry.scales:
                for role, prior in entry.priors.items():
                    written[table, entry.name, scale, role] = prior
    for row in rows:
        topic = {"Cochrane": "pooled (all topics)"}.get(row["topic"], row["topic"])
        name = " / ".join(part for part in (topic, COMPARISONS[row["comparison"]], AREAS[row["area"]]) if part)
        role = "mu" if row["of"] == "mu" else "tau"
        prior = written.pop((row["table"], name, row["scale"], role))
        first, second, third = (float(row[place] or "nan") for place in ("first", "second", "third"))
        expected = {
            "log_normal": ("log_normal", (first / 2.0, second / 2.0)),
            "log_t": ("log_student_t", (first, second / 2.0, third / 2.0)),
            "t": ("student_t", (first, second, third)),
            "invgamma": ("inverse_gamma", (first, second)),
            "normal": ("half_normal", (second,)),
        }[row["family"]]
        assert (prior.family, prior.parameters) == expected, name
    assert not written


@pytest.mark.parametrize("table", sorted(tables()))
def test_densities_integrate_to_one(table: str) -> None:
    """Every prior of every entry is proper: its density, on nodes of its own quantiles, integrates to one."""
    looked = 0
    for entry in tables()[table].entries:
        for prior in entry.priors.values():
            ends = [cumulative.quantile(prior, p) for p in (1e-5, 1.0 - 1e-5)]
            if priors.FAMILIES[prior.family].role == "tau":
                log_x = np.linspace(np.log(ends[0]), np.log(ends[1]), 4001)
                height = np.exp(priors.log_pdf(prior, np.exp(log_x)) + log_x)
                total = float(integrate.simpson(height, x=log_x))
            else:
                middle, scale = prior.parameters[-2:]
                y = np.linspace(*np.arcsinh((np.array(ends) - middle) / scale), 4001)
                height = np.exp(priors.log_pdf(prior, middle + scale * np.sinh(y))) * scale * np.cosh(y)
                total = float(integrate.simpson(height, x=y))
            assert total == pytest.approx(1.0 - 2e-5, abs=1e-8), entry.label
            looked += 1
    assert looked == {"turner2015": 81, "rhodes2015": 73, "cochrane": 417, "unit_information": 6}.get(table, 0)


@pytest.mark.parametrize(
    ("of_square", "log_density"),
    [
        (Prior("log_normal", (-2.56, 1.74)), lambda u: stats.norm(-2.56, 1.74).pdf(u)),
        (Prior("log_student_t", (5.0, -3.44, 2.59)), lambda u: stats.t(5, -3.44, 2.59).pdf(u)),
    ],
    ids=["turner", "rhodes"],
)
def test_tau_squared_becomes_tau(of_square: Prior, log_density: object) -> None:
    """P(tau <= t) by integrating the source's density of log tau squared is that of the prior of tau."""
    prior = of_tau(of_square, "here")
    for t in (0.01, 0.1, 0.3, 1.0, 5.0):
        below, _ = integrate.quad(log_density, -np.inf, 2.0 * np.log(t), epsabs=1e-13, epsrel=1e-12)
        assert cumulative.cdf(prior, t) == pytest.approx(below, rel=1e-9)
        log_height = priors.log_pdf(prior, np.array([t]))[0]
        assert np.exp(log_height) == pytest.approx(log_density(2.0 * np.log(t)) * 2.0 / t, rel=1e-12)  # type: ignore[operator]
    with pytest.raises(InputError, match="tau squared is one of"):
        of_tau(Prior("half_normal", (1.0,)), "here")


def test_inverse_gamma_means_what_its_source_means() -> None:
    """The density falls as tau ** -(shape + 1) exp(-scale / tau); the other reading would put tau near 2 SD."""
    prior = parse_prior("cochrane: pooled", "tau", scale="smd")
    x = np.array([0.05, 0.2, 1.0, 4.0])
    assert priors.log_pdf(prior, x) == pytest.approx(stats.invgamma(1.71, scale=0.4).logpdf(x), rel=1e-12)
    assert 0.25 < cumulative.quantile(prior, 0.5) < 0.35
    assert stats.invgamma(1.71, scale=1.0 / 0.4).median() > 1.5


@pytest.mark.parametrize(
    "prior",
    [
        Prior("normal", (0.3, 1.7)),
        Prior("student_t", (4.0, -0.2, 0.76)),
        Prior("half_normal", (0.5,)),
        Prior("half_cauchy", (0.5,)),
        Prior("log_normal", (-1.28, 0.87)),
        Prior("inverse_gamma", (2.09, 0.71)),
        Prior("uniform", (0.5, 4.0)),
    ],
    ids=str,
)
def test_closed_forms_are_scipys(prior: Prior) -> None:
    """Distribution function, quantile and mean of each family."""
    theirs = distribution(prior)
    for p in (0.025, 0.5, 0.975):
        assert cumulative.quantile(prior, p) == pytest.approx(theirs.ppf(p), rel=1e-11, abs=1e-13)
        assert cumulative.cdf(prior, float(theirs.ppf(p))) == pytest.approx(p, rel=1e-11)
    ours, mean = cumulative.mean(prior), float(theirs.mean())
    assert (ours is None and prior.family == "half_cauchy") or ours == pytest.approx(mean, rel=1e-11, abs=1e-13)


def test_closed_forms_of_half_t_and_log_t() -> None:
    """Families that SciPy does not have, from the t that they are made of."""
    half, log_t = Prior("half_student_t", (4.0, 0.5)), Prior("log_student_t", (5.0, -1.72, 1.295))
    for p in (0.025, 0.5, 0.975):
        assert cumulative.quantile(half, p) == pytest.approx(0.5 * stats.t(4).ppf(0.5 + 0.5 * p), rel=1e-11)
        assert cumulative.cdf(half, cumulative.quantile(half, p)) == pytest.approx(p, rel=1e-11)
        assert np.log(cumulative.quantile(log_t, p)) == pytest.approx(stats.t(5, -1.72, 1.295).ppf(p), rel=1e-11)
    numeric, _ = integrate.quad(lambda x: x * np.exp(priors.log_pdf(half, np.array([x]))[0]), 0.0, np.inf)
    assert cumulative.mean(half) == pytest.approx(numeric, rel=1e-7)
    assert cumulative.mean(Prior("half_student_t", (1.0, 0.5))) is None
    assert cumulative.mean(log_t) is None
    assert [cumulative.cdf(prior, -1.0) for prior in (half, log_t, Prior("inverse_gamma", (2.0, 1.0)))] == [0.0] * 3


def test_warnings_are_where_they_belong() -> None:
    """Doubtful cells of Rhodes, the tail of its marginal, the missing entry for MS, and whom tables describe."""
    doubtful = {
        entry.name: entry.warnings[0] for entry in ENTRIES if entry.warnings and "Doubtful" in entry.warnings[0]
    }
    assert set(doubtful) == {
        "mental health / non-pharmacological vs any / other areas",
        "resource use / hospital stay / process / pharmacological vs placebo / cancer",
        "internal & external structure / pharmacological vs placebo / cancer",
        "obstetric / non-pharmacological vs any / respiratory",
    }
    assert "-2.85" in doubtful["mental health / non-pharmacological vs any / other areas"]
    marginal = parse_prior("rhodes: marginal", "tau", scale="smd")
    assert any("absurd" in words and "tau of 5 SD" in words for words in marginal.warnings)
    assert 1.0 - cumulative.cdf(marginal, 5.0) == pytest.approx(0.025, abs=1e-4)
    assert any(
        "no smd entry for multiple sclerosis" in words
        for words in parse_prior("coch: pooled", "mu", scale="smd").warnings
    )
    for table in ("turner2015", "rhodes2015", "cochrane"):
        assert all(entry.warnings for entry in tables()[table].entries)
    assert any("percentage points" in words for words in parse_prior("cochrane: skin", "tau", scale="rd").warnings)


def test_unit_information_is_a_fraction_of_the_uisd() -> None:
    """Half of the UISD for mu and a quarter for tau (RoBMA 4): sqrt(2), 2 and 1."""
    for scale, uisd in (("smd", 2.0**0.5), ("log_or", 2.0), ("log_irr", 2.0), ("fisher_z", 1.0)):
        assert parse_prior("unit_information", "mu", scale=scale).parameters == pytest.approx(
            (0.0, uisd / 2.0), rel=1e-15
        )
        assert parse_prior("Unit-Information", "tau", scale=scale).parameters == pytest.approx((uisd / 4.0,), rel=1e-15)


@pytest.mark.parametrize("delta", [0.5, -0.2])
def test_sceptic_and_enthusiast(delta: float) -> None:
    """5 % of the sceptic's prior lies beyond delta, and 5 % of the enthusiast's on the other side of no effect."""
    sceptic, enthusiast = (of_size(name, delta, "log_or") for name in ("sceptical", "enthusiastic"))
    assert 1.0 - cumulative.cdf(sceptic, abs(delta)) == pytest.approx(0.05, rel=1e-9)
    assert cumulative.cdf(sceptic, 0.0) == pytest.approx(0.5)
    assert enthusiast.parameters == (delta, sceptic.parameters[1])
    beyond = cumulative.cdf(enthusiast, 0.0)
    assert min(beyond, 1.0 - beyond) == pytest.approx(0.05, rel=1e-9)
    assert f"odds ratio {np.exp(delta):.3g}" in sceptic.reason
    assert parse_prior(f"Sceptical({delta})", "mu", scale="log_or") == sceptic


@pytest.mark.parametrize(
    ("text", "scale", "expected"),
    [
        ("turner2015: subjective / pharmacological vs placebo", "log_or", "log_normal(-1.35, 0.76)"),
        ("  TURNER2015 :subjective (various)/pharmacological vs placebo", "log_or", "log_normal(-1.35, 0.76)"),
        ("turn: subj / pharm vs plac", "log_or", "log_normal(-1.35, 0.76)"),
        ("turner: pain / non-pharm vs non-pharm", "log_or", "log_normal(-0.69, 0.725)"),
        ("rhodes: biol / pharm vs plac / resp", "smd", "log_student_t(5, -2.655, 1.415)"),
        ("Cochrane: Multiple Sclerosis", "log_rr", "inverse_gamma(1.58, 0.35)"),
        ("cochrane: multiple sclerosis", "rd", "half_normal(0.101)"),
        ("cochrane: heart", "log_or", "inverse_gamma"),
    ],
)
def test_names(text: str, scale: str, expected: str) -> None:
    """Case, spaces and unique abbreviations do not matter; a whole name wins over longer ones."""
    prior = parse_prior(text, "tau", scale=scale)
    assert str(prior).startswith(expected)
    assert prior.reason.split(":")[0] in tables()
    if text.endswith("heart"):
        assert prior.reason.startswith("cochrane: Heart.")


REFUSED = [
    ("turner2015: marginal", "tau", "smd", "is for the scale log_or, not for smd"),
    ("turner2015: marginal", "tau", "smd", "rhodes2015: marginal"),
    (MS, "tau", "smd", r"log_or, log_rr, rd, not for smd.*cochrane: pooled \(all topics\)"),
    ("rhodes2015: marginal", "tau", "log_or", "estimated from standardized mean differences"),
    ("turner2015: marginal", "mu", "log_or", "has no prior of mu.*unit_information"),
    ("cochrane: childhood", "tau", "log_or", "has no prior of tau"),
    ("turner2015", "tau", "log_or", "has 81 entries.*irlbayes priors turner2015"),
    ("turner2015: fatigue", "tau", "log_or", "an entry of turner2015.*Nearest"),
    ("turner2015: all-cause mortalty", "tau", "log_or", "Nearest: all-cause mortality"),
    ("cochrane: cancer", "mu", "log_or", "may be 4 entries.*Breast Cancer"),
    (MS, "mu", "", "has a prior per scale"),
    ("turner2016: marginal", "tau", "log_or", "Nearest: turner2015"),
    ("nonsense: marginal", "tau", "log_or", "a table of the library.*irlbayes priors"),
    ("skeptical(0.5)", "mu", "smd", "Nearest: sceptical"),
    ("turner2015(3)", "tau", "log_or", "takes no number"),
    ("unit_information: x", "tau", "smd", "no entries by name"),
    ("unit_information", "tau", "rom", "known for these scales only"),
    ("sceptical", "mu", "smd", "takes one size"),
    ("sceptical: 0.5", "mu", "smd", "takes one size"),
    ("sceptical(much)", "mu", "smd", "takes one size"),
    ("sceptical(0)", "mu", "smd", "other than 0"),
    ("sceptical(1e300)", "mu", "smd", "at most"),
    ("sceptical(0.5)", "tau", "smd", "has no prior of tau"),
    ("sceptical(0.5)", "mu", "logit", "nothing to be sceptical about"),
]


@pytest.mark.parametrize(("text", "role", "scale", "words"), REFUSED)
def test_refusals(text: str, role: str, scale: str, words: str) -> None:
    """What a name cannot mean is refused with the reason, and with what would do."""
    with pytest.raises(InputError, match=words) as caught:
        parse_prior(text, role, scale=scale)
    (problem,) = caught.value.problems
    assert problem.file == f"--prior-{role}"
    assert "irlbayes priors" in problem.fix


def test_a_model_with_a_library_prior() -> None:
    """The scale is the outcome's; provenance and warnings stay; the fingerprint is that of the numbers alone."""
    named = choose(outcome("log_or"), prior_mu=MS, prior_tau="turner: marginal")
    plain = choose(outcome("log_or"), prior_mu="student_t(4, 0, 0.76)", prior_tau="log_normal(-1.28, 0.87)")
    assert fingerprint(named) == fingerprint(plain)
    assert named.mu.reason.startswith("given by the user: cochrane: Multiple Sclerosis")
    assert "doi:10.1002/sim.6381" in named.tau.reason
    assert named.tau.warnings
    assert plain.mu.reason == "given by the user"
    with pytest.raises(InputError, match="not for smd"):
        choose(outcome("smd"), prior_tau="turner: marginal")
    both = choose(outcome("rd"), prior_mu=MS, prior_tau=MS)
    assert (str(both.mu), str(both.tau)) == ("student_t(2, 0, 0.067)", "half_normal(0.101)")
    assert str(clustered(named, "turner: marginal").within) == "log_normal(-1.28, 0.87)"
    assert str(moderated(choose(outcome("smd")), "year", "unit_information").beta) == "normal(0, 0.707107)"


def test_a_declaration_may_name_one(tmp_path: Path) -> None:
    """In TOML as well, where the name means one prior on all scales of the declaration."""
    text = (
        'schema = "irlbayes/model/1"\nname = "x"\nscales = ["log_or"]\nrandom_effects = "normal"\n'
        '[mu]\nprior = "cochrane: multiple sclerosis"\nreason = "r"\n'
        '[tau]\nprior = "turner2015: marginal"\nreason = "s"\n'
    )
    path = tmp_path / "x.toml"
    path.write_text(text)
    read = read_declaration(path)
    assert str(read.tau) == "log_normal(-1.28, 0.87)"
    assert read.tau.reason.startswith("s (turner2015: marginal, log_normal(-2.56, 1.74) on tau squared")
    path.write_text(text.replace('["log_or"]', '["log_or", "log_rr"]'))
    with pytest.raises(InputError, match="one prior on all scales") as caught:
        read_declaration(path)
    assert len(caught.value.problems) == 2
    assert "not for log_rr" in str(caught.value)


def test_models_are_not_priors() -> None:
    """`models/*.toml` alone are declarations."""
    assert not set(declarations()) & set(tables())
    assert {path.stem for path in (folder("models") / "priors").glob("*.toml")} == set(tables())


def test_panel_has_what_fits_a_scale() -> None:
    """Entries of the panel by scale; a Student t of mu and a heavy-tailed tau one at a time."""
    names = {scale: [name for name, _, _ in panel(scale)] for scale in ("log_or", "smd", "log_hr", "md")}
    ms = "cochrane: Multiple Sclerosis and Rare Diseases of the CNS"
    pooled = "cochrane: pooled (all topics)"
    assert names["log_or"] == [f"{ms}, mu", f"{ms}, tau", "turner2015: marginal", "unit_information"]
    assert names["smd"] == [f"{pooled}, mu", f"{pooled}, tau", "rhodes2015: marginal", "unit_information"]
    assert names["log_hr"] == [f"{pooled}, mu", f"{pooled}, tau", "unit_information"]
    assert names["md"] == []


GOOD = (
    'schema = "irlbayes/priors/1"\nname = "x"\ntitle = "t"\nsource = "s"\nwhy = "w"\nscales = ["smd"]\n'
    'entries = [{ name = "a", tau = "half_normal(1)" }, { name = "b", mu = "normal(0, 1)" }]\n'
)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("irlbayes/priors/1", "other", "schema"),
        ('name = "x"', 'name = "y"', "file's name"),
        ('source = "s"\n', "", "has a source"),
        ('["smd"]', '["inches"]', "scales are among"),
        ('name = "b"', 'name = "A"', "one entry of a name"),
        ("half_normal(1)", "half_normal(0)", "above 0"),
        ('tau = "half_normal(1)"', 'tau_squared = "half_normal(1)"', "tau squared is one of"),
        ('tau = "half_normal(1)"', "panel = true", "has mu, tau or tau_squared"),
        ("entries =", 'size = { center = "null", beyond = 0.05 }\nentries =', "entries, or a size"),
        ("entries =", "entries", "cannot be read"),
        (GOOD[GOOD.index("entries") :], 'size = { center = "left", beyond = 0.05 }\n', 'center "null" or "delta"'),
    ],
)
def test_bad_table(tmp_path: Path, old: str, new: str, words: str) -> None:
    """One wrong word in a table is named with its file."""
    path = tmp_path / "x.toml"
    path.write_text(GOOD)
    assert [entry.label for entry in read_table(path).entries] == ["x: a", "x: b"]
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=words) as caught:
        read_table(path)
    assert all(str(path) in problem.file for problem in caught.value.problems)


def test_every_table_says_where_it_is_from() -> None:
    """A title, a citation with a year, and the reason for a refusal."""
    for table in tables().values():
        assert table.title
        assert any(str(year) in table.source for year in range(1990, 2026)), table.name
        assert len(table.why) > 20
    assert all(isinstance(entry, Entry) and entry.source for entry in ENTRIES)
