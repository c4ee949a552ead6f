"""Model and priors, each with its reason."""

from __future__ import annotations

from irlbayes.core.pages import Block, Code, Line, Paragraph, Section, Table
from irlbayes.core.scales import SCALES
from irlbayes.report.told import One

PLACE = 20
WORDS = {"mu": "mu, the mean effect", "tau": "tau, the sd of true effects", "omega": "omega, the sd within a cohort"}


def write(one: One) -> Section | None:
    """Return the priors, and what is special about the model."""
    model, scale = one.result.posterior.model, SCALES[one.outcome.scale]
    fingerprint = one.told.fingerprints[one.outcome.name]
    blocks: list[Block] = [
        Paragraph(
            (
                "Model ",
                Code(model.name),
                ", fingerprint ",
                Code(fingerprint),
                f", on the scale of the {scale.words}; random effects {model.random_effects}.",
            )
        )
    ]
    if model.moderators:
        blocks.append(Paragraph(("Moderators: ", Code(model.moderators), ".")))
    rows: list[tuple[Line, ...]] = []
    warnings: list[Line] = []
    for name, prior in one.row["model"]["priors"].items():
        keys = ("results", "model", "priors", name)
        rows.append(((WORDS.get(name, name),), (Code(prior["prior"]),), (one.said(*keys, "reason"),)))
        warnings += [(one.said(*keys, "warnings", place),) for place in range(len(prior["warnings"]))]
    blocks.append(
        Table(f"{one.outcome.name}-priors", "Priors and their reasons", ("Unknown", "Prior", "Reason"), tuple(rows))
    )
    blocks += [Paragraph(line, "caveat") for line in warnings]
    return Section(one.id("model"), "Model and priors", tuple(blocks), reader="statistician")
