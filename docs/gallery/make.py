"""Draw one picture of every figure, and write the page that shows them: uv run python docs/gallery/make.py.

Numbers are those of the bundled evidence. A new figure is drawn of disability, unless it is named below.
"""

from __future__ import annotations

from pathlib import Path

from irlbayes import illustration, known_priors, planning, sequence, specifications, starting, trend
from irlbayes.core.answers import Evidence
from irlbayes.core.registry import leaves
from irlbayes.core.types import Outcome
from irlbayes.report.pictures import Picture, figures_of, known

FOLDER = Path(__file__).parent
USUAL = "disability"
ELSEWHERE = {"radial": "irl_prevalence"}  # a figure, and the outcome that has enough for it
PRIOR = "turner2015: marginal"
RESULT = ("1.10", "0.84", "1.44")  # an example
INTRODUCTION = """# Gallery

One picture of every figure, of the bundled evidence. `irlbayes figures` (or the command that is named) draws them as
PNG, SVG, interactive HTML or JSON, and writes their data as CSV; from Python `irlbayes.report.pictures.figures_of`
does. Pictures are 8 cm wide, the width of a column, unless they need a page.

This page is written by `uv run python docs/gallery/make.py`.
"""


def pictures() -> dict[str, Picture]:
    """Return a picture of every figure, by name."""
    wanted = [answer for answer, _ in known().values() if answer in illustration.known()]
    usual = [answer for answer in dict.fromkeys(wanted) if answer not in illustration.BY_NAME]
    outcomes = [USUAL, *dict.fromkeys(ELSEWHERE.values())]
    _, gathered = illustration.gather("irl", wanted=usual, outcomes=outcomes)
    found: dict[str, Picture] = {}
    for one in gathered:
        for picture in figures_of(one.outcome, one.answers):
            if one.outcome.name == ELSEWHERE.get(picture.name, USUAL):
                found[picture.name] = picture
    for name, (outcome, evidence) in _by_other_commands().items():
        found[name] = Picture(name, outcome, evidence, leaves("irlbayes.report.figures")[name])
    return dict(sorted(found.items()))


def _by_other_commands() -> dict[str, tuple[Outcome, Evidence]]:
    """Return what stands behind the figures of commands of their own, by figure."""
    normal = specifications.parse_only(["model=normal"])
    plan = planning.plan("irl", outcomes=[USUAL], n1=100, n2=100, studies=4)
    followed = sequence.cumulative("irl", outcomes=[USUAL]).followed[0]
    started = starting.published("irl", outcomes=[USUAL]).started[0]
    prior, scale = known_priors.describe(PRIOR)
    result, ratio = trend.trend(*RESULT, scale="ratio", thresholds=[1.25])
    return {
        "assurance": (plan.analysis.results[0].outcome, plan.answers[USUAL]),
        "prior": (scale, prior),
        "published": (started.outcome, started.evidence),
        "specification_curve": specifications.multiverse("irl", outcomes=[USUAL], only=normal).outcomes[0],
        "trajectory": (followed.outcome, followed.evidence),
        "trend": (ratio, result),
    }


def page(drawn: dict[str, Picture]) -> str:
    """Return the page that shows pictures, each with its alternative text."""
    by = {
        "assurance": f"irlbayes plan --outcome {USUAL} --n1 100 --n2 100 --studies 4 --figures figures",
        "prior": f'irlbayes priors "{PRIOR}" --figure prior.png',
        "published": f"irlbayes published --outcome {USUAL} --figures figures",
        "specification_curve": f"irlbayes multiverse --outcome {USUAL} --axis model=normal --figure curve.png",
        "trend": f"irlbayes trend {' '.join(RESULT)} --scale ratio --threshold 1.25 --figure trend.png",
    }
    parts = [INTRODUCTION]
    for name, picture in drawn.items():
        usual = f"irlbayes figures --outcome {picture.outcome.name} --only {name}"
        said = str(picture.leaf.__doc__).split("\n")[0]
        parts.append(
            f"## {picture.title}\n\n`{by.get(name, usual)}`\n\n{said}\n\n![{picture.describe()}]({name}.png)\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    drawn = pictures()
    for name, picture in drawn.items():
        (FOLDER / f"{name}.png").write_bytes(picture.file("png")[1])
    (FOLDER / "index.md").write_text(page(drawn), encoding="utf-8")
