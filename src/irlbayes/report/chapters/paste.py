"""Methods and results in paragraphs that may be pasted into a paper, with citations."""

from __future__ import annotations

from collections import Counter

from irlbayes.core.pages import Block, Cite, Inline, Line, Paragraph, Section
from irlbayes.core.words import probability, report_kind
from irlbayes.report.told import One, Told, joined, plural, within

PLACE = 40
READER = "statistician"


def write(told: Told) -> Section | None:
    """Return the methods once, and the results of every outcome."""
    if not told.outcomes:
        return None
    opening = "Paragraphs for a paper, filled from this run. Whoever pastes them answers for them: read them first."
    return Section(
        "paste",
        "Methods and results to paste",
        (Paragraph((opening,), "note"),),
        (
            Section("paste-methods", "Methods", _methods(told), reader="statistician"),
            Section("paste-results", "Results", _results(told), reader="statistician"),
        ),
        "statistician",
    )


def _methods(told: Told) -> tuple[Block, ...]:
    found = [Paragraph(_data(told)), Paragraph(_model(told)), Paragraph(_computation(told))]
    if told.examination is not None:
        found.append(Paragraph(_checks(told)))
    if told.bias is not None:
        settings = told.bias["settings"]
        line: Line = (
            "To ask what follows if striking results were reported more readily than others, answers were averaged over"
            f" models with and without selective reporting ({settings['ensemble']}; RoBMA's models ",
            Cite("bartos2023"),
            "), with the prior probabilities of the models stated beside the posterior ones.",
        )
        found.append(Paragraph(line))
    return tuple(found)


def _data(told: Told) -> Line:
    kinds = Counter(study.report.kind for one in told.outcomes for study in one.result.posterior.effects.studies)
    listed = ", ".join(f"{report_kind(kind)} ({count})" for kind, count in kinds.most_common())
    total = sum(kinds.values())
    labels = ", ".join(within(one.outcome.label) for one in told.outcomes)
    return (
        f"We pooled {plural(total, 'published report')} on {plural(len(told.outcomes), 'outcome')} ({labels}) with"
        f" irlbayes {told.version} ",
        Cite("irlbayes"),
        ". Each report, whether it gave an estimate or only a p-value, a verdict or a direction, entered as the exact"
        f" likelihood of what was printed: {listed}.",
    )


def _model(told: Told) -> Line:
    same: dict[tuple[str, str, str], list[One]] = {}
    for one in told.outcomes:
        model = one.result.posterior.model
        same.setdefault((str(model.mu), str(model.tau), str(model.random_effects)), []).append(one)
    priors = joined(
        [
            (f"mu ~ {mu} and tau ~ {tau} for {', '.join(within(one.outcome.label) for one in ones)}",)
            for (mu, tau, _), ones in same.items()
        ]
    )
    families = dict.fromkeys(family for _, _, family in same)
    return (
        f"True effects of studies were taken to scatter ({', '.join(families)} random effects) around a mean mu with"
        " standard deviation tau ",
        Cite("higgins2009"),
        ". Priors were ",
        *priors,
        "; the reason for each is given with the model. Logs of ratios and logits of proportions were pooled.",
    )


def _computation(told: Told) -> Line:
    engines = Counter(one.result.posterior.engine for one in told.outcomes)
    line: list[Inline] = []
    if engines["exact"]:
        bounds = [one for one in told.outcomes if one.result.posterior.error_bound is not None]
        worst = max(bounds, key=lambda one: float(one.result.posterior.error_bound or 0.0))
        line += [
            "Posteriors were computed by deterministic quadrature ",
            Cite("rover2020"),
            " to a relative error of at most ",
            worst.plain("error_bound", digits=1),
            " of a posterior standard deviation. ",
        ]
    if engines["nuts"]:
        line += [
            "Posteriors were sampled with NUTS by PyMC ",
            Cite("pymc2023"),
            ", with convergence judged by R-hat and effective sample size ",
            Cite("vehtari2021"),
            ". ",
        ]
    level = f"{told.analysis.settings.level:.0%}"
    return (
        *line,
        f"We report posterior means with central {level} intervals, and the probability of an effect beyond no effect"
        " for the mean and for the true effect in a new study, each beside its value before the data.",
    )


def _checks(told: Told) -> Line:
    names = {name for one in told.outcomes if one.examined for name in one.examined.checks}
    line: list[Inline] = ["Answers were examined"]
    if "predictive" in names:
        line.append(f" by posterior predictive checks ({told.replicates} simulated data sets)")
    if "leave_one_out" in names:
        line.append(", by leaving out each study in turn")
    if "psis_loo" in names:
        line += [", by leave-one-out predictive densities ", Cite("vehtari2017")]
    if "power_scaling" in names:
        line += [", by power-scaling of the priors ", Cite("kallioinen2024")]
    if "panel" in names:
        line.append(", under a panel of other priors")
    if "tipping" in names:
        line.append(", and by the priors that would tip the answer (reverse-Bayes)")
    line += [", with ArviZ ", Cite("arviz2019"), "."]
    return tuple(line)


def _results(told: Told) -> tuple[Block, ...]:
    return tuple(Paragraph(_result(one)) for one in told.outcomes)


def _result(one: One) -> Line:
    line: list[Inline] = [
        f"{one.outcome.label} ({plural(one.count, 'report')}): the mean {one.measure} was ",
        *one.middle("mu"),
        f" ({one.level} interval ",
        *one.interval("mu"),
        ")",
    ]
    if one.has_null:
        line += [f", {one.side} with probability ", one.beyond("mu"), *_prior(one, "mu")]
    line += ["; in a new study the true effect lay between ", *_ends(one)]
    if one.has_null:
        line += [f" and was {one.side} with probability ", one.beyond("new_study"), *_prior(one, "new_study")]
    line += [". True effects differed with tau ", one.plain("tau", "median", digits=2), f" ({one.level} interval "]
    line += [one.plain("tau", "ci_low", digits=2), " to ", one.plain("tau", "ci_high", digits=2), ")"]
    if one.row["i2"] is not None:
        line += [", I² ", one.percent("i2", "median")]
    line.append(".")
    if one.examined is not None:
        line += [" ", one.said("checks", "verdict")]
    return (*line, *_biased(one))


def _prior(one: One, *keys: str) -> Line:
    before = one.beyond(*keys, before=True)
    return () if before.value is None else (" (", before, " before the data)")


def _ends(one: One) -> Line:
    low, high = one.effect("new_study", "ci_low"), one.effect("new_study", "ci_high")
    return (low, " and ", high, f" with probability {one.level}")


def _biased(one: One) -> Line:
    if one.bias_place is None or one.told.bias is None:
        return ()
    rows = one.told.bias["results"][one.bias_place]["rows"]
    if "averaged" not in rows or not one.has_null:
        return ()
    side = "p_lt_null" if one.is_below else "p_gt_null"
    after, before = (one.biased("rows", "averaged", "mu", key, show=probability) for key in (side, f"prior_{side}"))
    words = (
        f" Averaged over models with and without selective reporting and with and without an effect, it was {one.side}"
    )
    return (f"{words} with probability ", after, " (", before, " before the data).")
