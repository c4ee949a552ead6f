"""For a statistician: every topic of every outcome."""

from __future__ import annotations

from irlbayes.core.pages import Block, Cite, Code, Line, Listing, Paragraph, Section
from irlbayes.core.registry import leaves
from irlbayes.report.told import One, Told, plural

PLACE = 30
READER = "statistician"


def write(told: Told) -> Section | None:
    """Return the model that outcomes share, and the topics of each."""
    if not told.outcomes:
        return None
    shared: Line = (
        "A report i says something about the true effect theta_i of its study, by a likelihood L_i that holds exactly"
        " what was printed; a report without a size has one too. True effects scatter around a mean, ",
        Code("theta_i ~ N(mu, tau²)"),
        " unless a model says otherwise ",
        Cite("higgins2009"),
        ", and the posterior is ",
        Code("p(mu, tau | reports) ∝ p(mu) p(tau) Π_i ∫ L_i(theta) N(theta | mu, tau²) dtheta"),
        ". A new study has ",
        Code("theta_new ~ N(mu, tau²)"),
        ".",
    )
    blocks: tuple[Block, ...] = (Paragraph(shared), *_read(told))
    return Section(
        "statistician",
        "For the statistician",
        blocks,
        tuple(_outcome(one) for one in told.outcomes),
        "statistician",
    )


def _read(told: Told) -> tuple[Block, ...]:
    """Say what was read, and how columns were recognized."""
    settings, table = told.analysis.settings, told.analysis.table
    told_of: list[Line] = [
        (
            f"Evidence {table.name}: ",
            told.number("evidence", "reports", show=str, source="rows read from the evidence"),
            f" rows, SHA-256 {table.sha256}.",
        ),
        (f"Rows that enter: {settings.use}; intervals hold {settings.level:.0%}; seed {settings.seed}.",),
    ]
    if settings.drop_reports:
        told_of.append((f"Report kinds left out: {', '.join(settings.drop_reports)}.",))
    if settings.likelihood:
        told_of.append((f"Likelihood asked for: {settings.likelihood}.",))
    told_of += [(sentence,) for sentence in table.reading]
    return (Listing(tuple(told_of)),)


def _outcome(one: One) -> Section:
    topics = sorted(leaves("irlbayes.report.topics").values(), key=lambda topic: int(topic.PLACE))
    written = [topic.write(one) for topic in topics]
    words = f"{one.measure[0].upper()}{one.measure[1:]}, {plural(one.count, 'report')}."
    return Section(
        one.id("statistician"),
        one.outcome.label,
        (Paragraph((words,)), Paragraph((one.said("results", "statement"),), "statement")),
        tuple(section for section in written if section is not None),
        "statistician",
    )
