"""The page as it is before anything is open. What a file holds is written into it later, as text."""

from __future__ import annotations

from typing import Any

from irlbayes import working

MB = 20
PLACEHOLDER = '<meta name="shiny-dependency-placeholder" content="">'


def page() -> Any:
    """Return the page: landmarks, controls with labels, a live region for the answer, and empty places."""
    from htmltools import tags
    from shiny import ui

    head = tags.head(
        tags.meta(charset="utf-8"),
        tags.title("irlbayes: evidence, priors, answer"),
        tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
        tags.script(src="plotly.min.js"),  # before Shiny's loader of modules, which would take it for one
        tags.meta(name="shiny-dependency-placeholder", content=""),
        tags.link(rel="stylesheet", href="assets/app.css"),
        tags.link(rel="icon", href="data:,"),
        tags.script(src="assets/app.js", defer=""),
    )
    body = tags.body(
        tags.a("Skip to the answer", href="#answer", class_="skip"),
        tags.header(
            tags.h1("irlbayes"),
            tags.p("From reports to probabilities, on this machine alone", class_="quiet"),
        ),
        tags.main(
            tags.div(
                _evidence(tags),
                _assumptions(tags),
                class_="side",
            ),
            tags.div(
                _problems(tags),
                _answer(tags),
                _studies(tags),
                _report(tags),
                class_="body",
            ),
            id="main",
        ),
        tags.a("", href="#answer", id="glance"),
        tags.footer(
            tags.p(
                "Nothing leaves this machine, and nothing is kept once this page is closed: save the session to go on"
                " later. The answers are not medical advice."
            )
        ),
    )
    whole = tags.html(head, body, lang="en")
    text = str(whole).replace('content=""/>', 'content="">', 1)
    for kind in ("input", "select"):  # what they hold travels as wishes; Shiny's own way would write files to the disk
        text = text.replace(f"<{kind} ", f"<{kind} data-shiny-no-bind-input ")
    return ui.page_html(f"<!DOCTYPE html>\n{text}", deps_replace_pattern=PLACEHOLDER)


def _evidence(tags: Any) -> Any:
    names = working.bundled()
    return tags.section(
        tags.h2("Evidence", id="h-evidence"),
        tags.p(tags.strong("Nothing is open yet.", id="name"), id="open-name"),
        tags.div(
            *(
                tags.button(
                    f"Open the bundled evidence ({name})", type="button", class_="bundled", **{"data-name": name}
                )
                for name in names
            ),
            class_="buttons",
        ),
        tags.div(
            tags.label("Open a table, or a saved session", **{"for": "file"}),
            tags.input(type="file", id="file", accept=".csv,.xlsx,.rm5,.json,.txt,.tsv"),
            tags.p(f"CSV, XLSX or RevMan 5, at most {MB} MB; or drop it here.", id="file-hint", class_="quiet"),
            id="drop",
        ),
        tags.div(tags.label("Sheet", for_="sheet"), tags.select(id="sheet"), id="sheet-box", hidden=""),
        tags.div(
            tags.label("Scale of the effects", for_="table-scale"),
            tags.select(id="table-scale"),
            id="scale-box",
            hidden="",
        ),
        tags.details(
            tags.summary("How it was read"),
            tags.ul(id="reading"),
            id="reading-box",
            hidden="",
        ),
        tags.div(
            tags.button("Save the session", type="button", id="save", disabled=""),
            tags.button("Undo the last change", type="button", id="undo", disabled=""),
            class_="buttons",
        ),
        **{"aria-labelledby": "h-evidence"},
    )


def _assumptions(tags: Any) -> Any:
    def slider(name: str, words: str) -> Any:
        return tags.div(
            tags.label(words, for_=name),
            tags.output("", id=f"{name}-value", for_=name),
            tags.input(type="range", id=name, min="0", max="200", step="1", value="100"),
            class_="slider",
        )

    def named(role: str, words: str) -> Any:
        return tags.div(
            tags.label(words, for_=f"library-{role}"),
            tags.select(id=f"library-{role}"),
            tags.p("", id=f"prior-{role}", class_="quiet"),
        )

    return tags.section(
        tags.h2("Question and assumptions", id="h-assumptions"),
        tags.div(
            tags.div(tags.label("Outcome", for_="outcome"), tags.select(id="outcome")),
            tags.p("", id="measure", class_="quiet"),
            tags.div(tags.label("Model", for_="model"), tags.select(id="model")),
            tags.fieldset(
                tags.legend("Prior of the mean effect"),
                named("mu", "From the library"),
                slider("mean", "Mean"),
                slider("sd", "Standard deviation"),
            ),
            tags.fieldset(
                tags.legend("Prior of the spread between studies"),
                named("tau", "From the library"),
                slider("tau", "Scale"),
            ),
            tags.p(
                "Sliders are on the scale of pooling: ",
                tags.span("", id="scale-words"),
                ".",
                class_="quiet",
                id="scale",
            ),
            tags.form(
                tags.label("Another size to ask about", for_="size"),
                tags.div(
                    tags.input(type="text", id="size", inputmode="decimal", autocomplete="off"),
                    tags.button("Ask", type="submit"),
                    class_="inline",
                ),
                id="size-form",
            ),
            tags.button("Back to the declared priors", type="button", id="declared"),
            id="controls",
            hidden="",
        ),
        id="assumptions",
        **{"aria-labelledby": "h-assumptions"},
    )


def _problems(tags: Any) -> Any:
    return [
        tags.div(id="said", role="status", **{"aria-live": "polite"}),
        tags.div(id="refused", role="alert", hidden=""),
        tags.section(
            tags.h2("What is to mend", id="h-problems"),
            tags.p("Correct a cell and press Enter: every row is then checked again."),
            tags.div(id="problems", class_="scroll", tabindex="0", role="region", **{"aria-labelledby": "h-problems"}),
            id="problems-box",
            hidden="",
            **{"aria-labelledby": "h-problems"},
        ),
    ]


def _answer(tags: Any) -> Any:
    def picture(name: str, words: str) -> Any:
        return tags.figure(
            tags.figcaption(words),
            tags.div(id=name, class_="picture", role="img", **{"aria-label": words}),
            tags.details(tags.summary("In words"), tags.p("", id=f"{name}-said")),
        )

    return tags.section(
        tags.h2("Answer", id="h-answer"),
        tags.p("Open evidence to see an answer.", id="nothing", class_="quiet"),
        tags.div(
            tags.div(id="sentences", class_="lead", **{"aria-live": "polite", "aria-atomic": "true"}),
            tags.p("", id="assumed", class_="quiet"),
            tags.div(id="checks"),
            tags.div(
                tags.div(id="estimates", class_="scroll", tabindex="0", role="region", **{"aria-label": "Estimates"}),
                tags.div(id="chances", class_="scroll", tabindex="0", role="region", **{"aria-label": "Probabilities"}),
                class_="pair",
            ),
            tags.div(
                picture("forest", "Every study, and all of them"),
                picture("curve", "Probability of an effect above every size"),
                class_="pictures",
            ),
            tags.details(
                tags.summary("What to keep in mind", id="caveats-head"), tags.ul(id="caveats"), id="caveats-box"
            ),
            id="answered",
            hidden="",
        ),
        id="answer",
        tabindex="-1",
        **{"aria-labelledby": "h-answer"},
    )


def _studies(tags: Any) -> Any:
    return tags.section(
        tags.h2("Studies", id="h-studies"),
        tags.div(
            tags.h3("Before and after", id="h-compared"),
            tags.div(id="compared", class_="scroll", tabindex="0", role="region", **{"aria-labelledby": "h-compared"}),
            id="compared-box",
            hidden="",
        ),
        tags.details(
            tags.summary("Add a study"),
            tags.form(
                tags.div(tags.label("What it reports", for_="kind"), tags.select(id="kind")),
                tags.div(id="cells"),
                tags.button("Add it, and see before and after", type="submit"),
                id="add-form",
            ),
            id="add-box",
        ),
        tags.details(
            tags.summary("The rows", id="rows-head"),
            tags.div(id="rows", class_="scroll", tabindex="0", role="region", **{"aria-label": "Rows"}),
        ),
        id="studies",
        hidden="",
        **{"aria-labelledby": "h-studies"},
    )


def _report(tags: Any) -> Any:
    return tags.section(
        tags.h2("Report", id="h-report"),
        tags.p("One HTML file of this outcome: for clinicians, for statisticians, and the checklists."),
        tags.div(
            tags.input(type="checkbox", id="with-checks"),
            tags.label("With every check and selective reporting (takes longer)", for_="with-checks"),
            class_="check",
        ),
        tags.div(
            tags.button("Make the report", type="button", id="report"),
            tags.button("Cancel", type="button", id="cancel", hidden=""),
            class_="buttons",
        ),
        tags.div(
            tags.label("Progress of the report", for_="progress"),
            tags.progress(id="progress", max="1", value="0"),
            tags.span("", id="progress-words"),
            id="progress-box",
            hidden="",
        ),
        id="report-box",
        hidden="",
        **{"aria-labelledby": "h-report"},
    )
