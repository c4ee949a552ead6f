"""For a clinician: per outcome two sentences, the probability, a picture, what would change it, what cannot be said."""

from __future__ import annotations

from dataclasses import replace

from irlbayes.core.pages import Block, Line, Listing, Number, Paragraph, Section, Table
from irlbayes.core.words import null_shown, probability, shown, worse
from irlbayes.report.selective import selection
from irlbayes.report.told import One, Told, figures, plural

PLACE = 20
READER = "clinician"
MEDIANS = "Numbers at the right are posterior medians and intervals; the sentences above give means."


def write(told: Told) -> Section | None:
    """Return a page per outcome."""
    if not told.outcomes:
        return None
    opening = (
        "Each outcome in two sentences. A probability is how sure one may be, given the published reports, the model"
        " and the prior; beside it stands the same probability before any report was seen, so that what the reports"
        " added is visible. The effect in a new study is what the next clinic should expect."
    )
    return Section(
        "clinician",
        "For the clinician",
        (Paragraph((opening,)),),
        tuple(_outcome(one) for one in told.outcomes),
        "clinician",
    )


def _outcome(one: One) -> Section:
    blocks: list[Block] = []
    if not one.result.passed:
        words = "The computation behind this answer failed its own checks. Do not use the numbers below."
        blocks.append(Paragraph((words,), "caveat"))
    blocks.append(Paragraph((*_mean(one), " ", *_new(one)), "statement"))
    if one.has_null:
        blocks.append(_chances(one))
    picture = one.picture("forest" if one.count > 1 else "threshold_curve")
    if picture is not None:
        blocks.append(replace(picture, caption=f"{picture.caption} {MEDIANS}") if one.count > 1 else picture)
    sections = [
        Section(one.id("change"), "What would change it", _changes(one), reader="clinician"),
        Section(one.id("limits"), "What cannot be said", _limits(one), reader="clinician"),
    ]
    model = one.result.posterior.model
    words = f"By the model {model.name}, with the priors mu ~ {model.mu} and tau ~ {model.tau}."
    blocks.append(Paragraph((words,), "note"))
    return Section(one.id("clinician"), one.outcome.label, tuple(blocks), tuple(sections), "clinician")


def _mean(one: One) -> Line:
    harm = worse(one.outcome)[0]
    line: Line = (
        f"From {plural(one.count, 'report')}, the mean {one.measure} is ",
        *one.middle("mu"),
        f" ({one.level} interval ",
        *one.interval("mu"),
        ")",
    )
    if not one.has_null:
        return (*line, ".")
    line = (*line, f"; the probability that it is {one.side}", f" ({harm})" if harm else "", " is ", one.beyond("mu"))
    return (*line, *_before(one, ", against ", "mu"), ".")


def _before(one: One, words: str, *keys: str) -> Line:
    """Say what the same probability was before the data; nothing where the prior is flat."""
    before = one.beyond(*keys, before=True)
    return () if before.value is None else (words, before, " before the data")


def _new(one: One) -> Line:
    line: Line = (
        f"In a new study or clinic the true {one.measure} lies between ",
        one.effect("new_study", "ci_low"),
        " and ",
        one.effect("new_study", "ci_high"),
        f" with probability {one.level}",
    )
    if not one.has_null:
        return (*line, ".")
    before = one.beyond("new_study", before=True)
    told: Line = () if before.value is None else (" (", before, " before the data)")
    return (*line, f", and {one.side} with probability ", one.beyond("new_study"), *told, ".")


def _chances(one: One) -> Table:
    harm = worse(one.outcome)[0]
    return Table(
        f"{one.outcome.name}-probability",
        f"Probability of an effect {one.side}{f' ({harm})' if harm else ''}",
        ("", "Before the data", "After the data"),
        tuple(
            ((words,), (one.beyond(name, before=True),), (one.beyond(name),))
            for words, name in (("Mean effect of all studies", "mu"), ("True effect in a new study", "new_study"))
        ),
        (False, True, True),
        tone="key",
    )


def _changes(one: One) -> tuple[Block, ...]:
    lines: list[Line] = [*_without(one), *_panel(one), *_sceptic(one)]
    lines += [line for line in (selection(one),) if line]
    if one.examined is None:
        lines.append(("The answer was not examined: other priors and studies left out are not known for this page.",))
    elif one.count == 1:
        lines.append(("A second study: there is only one, so nothing can be left out.",))
    return (Listing(tuple(lines)),)


def _asked(one: One, check: str, *keys: str | int) -> Number:
    """Return what a check found for the quantity that is asked about: a probability, or the mean where it has none."""
    if one.has_null:
        return one.checked(check, *keys, "p_gt_null", show=probability, rest=one.is_below)
    return one.checked(check, *keys, "median", show=lambda value: shown(value, one.outcome))


def _without(one: One) -> list[Line]:
    """Say without which study the answer moves most."""
    found = None if one.examined is None else one.examined.checks.get("leave_one_out")
    rows = [] if found is None else found.numbers["studies"]
    key, what = ("p_gt_null", "probability") if one.has_null else ("median", "mean")
    now = one.row["mu"][key]
    known = [(abs(row[key] - now), place) for place, row in enumerate(rows) if row[key] is not None]
    if not known:
        return []
    place = max(known)[1]
    moved = _asked(one, "leave_one_out", "studies", place)
    return [(f"Without {rows[place]['study']}, the study that moves it most, the {what} would be ", moved, ".")]


def _panel(one: One) -> list[Line]:
    """Say between which ends other priors would put the answer."""
    found = None if one.examined is None else one.examined.checks.get("panel")
    rows = [] if found is None else found.numbers["rows"]
    key, what = ("p_gt_null", "probability") if one.has_null else ("median", "mean")
    known = [(row[key], place) for place, row in enumerate(rows) if row[key] is not None]
    if len(known) < 2:
        return []
    ends = [place for _, place in (min(known), max(known))]
    turned = reversed(ends) if one.has_null and one.is_below else ends
    low, high = (_asked(one, "panel", "rows", place) for place in turned)
    return [(f"Under {len(known)} different priors the {what} would lie between ", low, " and ", high, ".")]


def _sceptic(one: One) -> list[Line]:
    """Say how sceptical a reader must be for the probability to pass a level."""
    found = None if one.examined is None else one.examined.checks.get("tipping")
    if found is None:
        return []
    passed = [(place, row) for place, row in enumerate(found.numbers["sceptical"]) if row["at"] is not None]
    if not passed:
        return []
    place, row = passed[0]
    side = f"{'above' if found.numbers['side'] == '>' else 'below'} {null_shown(one.outcome)}"
    width = one.checked("tipping", "sceptical", place, "at", show=lambda value: figures(value, 2))
    sceptic = "A reader whose prior is centered on no effect, with a standard deviation below "
    return [(sceptic, width, f", would find an effect {side} less probable than {row['level']:g}.")]


def _limits(one: One) -> tuple[Block, ...]:
    lines: list[Line] = []
    if one.examined is not None:
        lines.append((one.said("checks", "verdict"),))
    lines += [(one.said("results", "caveats", place),) for place in range(len(one.result.caveats))]
    if not lines:
        lines.append(("Nothing beyond what every pooled answer leaves open: it is about the studies that were read.",))
    return (Listing(tuple(lines)),)
