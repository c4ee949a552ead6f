"""Works that the report cites."""

from __future__ import annotations

from collections.abc import Sequence

from irlbayes.core.pages import Cite, Reference, Section, inlines

FIELDS = ("author", "title", "journal", "year", "volume", "number", "pages", "doi")


def _article(key: str, *values: str) -> Reference:
    fields = {name: value for name, value in zip(FIELDS, values, strict=True) if value}
    issue = f"({fields['number']})" if "number" in fields else ""
    pages = f":{fields['pages']}" if "pages" in fields else ""
    authors = fields["author"].replace(" and ", ", ")
    text = (
        f"{authors}. {fields['title']}. {fields['journal']} {fields['year']};{fields['volume']}{issue}"
        f"{pages.replace('--', '–')}."
    )
    return Reference(key, "article", fields, text)


_ARTICLES = (
    _article(
        "rover2020", "Röver C", "Bayesian random-effects meta-analysis using the bayesmeta R package",
        "Journal of Statistical Software", "2020", "93", "6", "1--51", "10.18637/jss.v093.i06",
    ),
    _article(
        "higgins2009", "Higgins JPT and Thompson SG and Spiegelhalter DJ",
        "A re-evaluation of random-effects meta-analysis", "Journal of the Royal Statistical Society: Series A", "2009",
        "172", "1", "137--159", "10.1111/j.1467-985X.2008.00552.x",
    ),
    _article(
        "higgins2002", "Higgins JPT and Thompson SG", "Quantifying heterogeneity in a meta-analysis",
        "Statistics in Medicine", "2002", "21", "11", "1539--1558", "10.1002/sim.1186",
    ),
    _article(
        "pymc2023", "Abril-Pla O and Andreani V and Carroll C and others",
        "PyMC: a modern, and comprehensive probabilistic programming framework in Python", "PeerJ Computer Science",
        "2023", "9", "", "e1516", "10.7717/peerj-cs.1516",
    ),
    _article(
        "arviz2019", "Kumar R and Carroll C and Hartikainen A and Martin O",
        "ArviZ: a unified library for exploratory analysis of Bayesian models in Python",
        "Journal of Open Source Software", "2019", "4", "33", "1143", "10.21105/joss.01143",
    ),
    _article(
        "vehtari2017", "Vehtari A and Gelman A and Gabry J",
        "Practical Bayesian model evaluation using leave-one-out cross-validation and WAIC", "Statistics and Computing",
        "2017", "27", "5", "1413--1432", "10.1007/s11222-016-9696-4",
    ),
    _article(
        "vehtari2021", "Vehtari A and Gelman A and Simpson D and Carpenter B and Bürkner P-C",
        "Rank-normalization, folding, and localization: an improved R-hat for assessing convergence of MCMC",
        "Bayesian Analysis", "2021", "16", "2", "667--718", "10.1214/20-BA1221",
    ),
    _article(
        "kallioinen2024", "Kallioinen N and Paananen T and Bürkner P-C and Vehtari A",
        "Detecting and diagnosing prior and likelihood sensitivity with power-scaling", "Statistics and Computing",
        "2024", "34", "1", "57", "10.1007/s11222-023-10366-5",
    ),
    _article(
        "bartos2023", "Bartoš F and Maier M and Wagenmakers E-J and Doucouliagos H and Stanley TD",
        "Robust Bayesian meta-analysis: model-averaging across complementary publication bias adjustment methods",
        "Research Synthesis Methods", "2023", "14", "1", "99--116", "10.1002/jrsm.1594",
    ),
    _article(
        "kruschke2021", "Kruschke JK", "Bayesian analysis reporting guidelines", "Nature Human Behaviour", "2021", "5",
        "10", "1282--1291", "10.1038/s41562-021-01177-7",
    ),
    _article(
        "sung2005", "Sung L and Hayden J and Greenberg ML and Koren G and Feldman BM and Tomlinson GA",
        "Seven items were identified for inclusion when reporting a Bayesian analysis of a clinical study",
        "Journal of Clinical Epidemiology", "2005", "58", "3", "261--268", "10.1016/j.jclinepi.2004.08.010",
    ),
    _article(
        "page2021", "Page MJ and McKenzie JE and Bossuyt PM and others",
        "The PRISMA 2020 statement: an updated guideline for reporting systematic reviews", "BMJ", "2021", "372", "",
        "n71", "10.1136/bmj.n71",
    ),
)  # fmt: skip
KNOWN = {one.key: one for one in _ARTICLES}


def software(version: str) -> Reference:
    """Return irlbayes itself, as a work that is cited."""
    title = "irlbayes: published results on iron rim lesions in multiple sclerosis, as probabilities"
    fields = {"author": "{The irlbayes developers}", "title": title, "version": version, "year": "2026"}
    return Reference("irlbayes", "software", fields, f"The irlbayes developers. {title}. Version {version}, 2026.")


def cited(sections: Sequence[Section], version: str) -> tuple[Reference, ...]:
    """Return the works that some sections cite, in the order of their first citation.

    Parameters
    ----------
    sections : sequence of Section
    version : str
        Of irlbayes.

    Raises
    ------
    KeyError
        Where a section cites a work that is not known.
    """
    known = {**KNOWN, "irlbayes": software(version)}
    keys = dict.fromkeys(
        piece.key
        for section in sections
        for part in section.walk()
        for piece in inlines(part.blocks)
        if isinstance(piece, Cite)
    )
    return tuple(known[key] for key in keys)
