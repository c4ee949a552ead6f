// The page: asks the server, and writes what it is told as text. No text of a file ever becomes markup.
"use strict";
(() => {
  const LARGEST = 20000000;
  const $ = (id) => document.getElementById(id);
  const night = matchMedia("(prefers-color-scheme: dark)");
  const here = { controls: null, at: {} };
  let busy = false, next = null;

  const make = (tag, text, attributes = {}) => {
    const one = document.createElement(tag);
    if (text !== undefined && text !== null) one.textContent = text;
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    return one;
  };
  const show = (id, yes) => { $(id).hidden = !yes; };
  const fill = (id, ...nodes) => $(id).replaceChildren(...nodes);

  // --- asking ---------------------------------------------------------------------------------------------

  const ask = (wish) => new Promise((done) => {
    const whole = { dark: night.matches, wide: $("forest").clientWidth > 560 || innerWidth > 1300, ...wish };
    window.Shiny.shinyapp.makeRequest("work", [whole], done, () => done({ failed: "The server did not understand the page. Load it again." }));
  });
  const wish = async (what) => { const told = await ask(what); await tell(told); return told; };
  // While a slider moves only its latest place matters: one request at a time, the last one waiting.
  const move = async (what) => {
    next = what;
    if (busy) return;
    busy = true;
    try {
      while (next) { const now = next; next = null; await wish(now); }
    } finally { busy = false; }
  };

  // --- telling --------------------------------------------------------------------------------------------

  const tell = async (told) => {
    if (!told) return;
    if (told.failed || told.refused) {
      const lines = told.failed ? [told.failed] : told.refused.map(inWords);
      fill("refused", ...lines.map((line) => make("p", line)));
      show("refused", true);
    } else if (told.said || told.answer || told.evidence) show("refused", false);
    if (told.said) $("said").textContent = told.said;
    if (told.evidence) evidence(told.evidence);
    if (told.controls) controls(told.controls);
    if (told.form) form(told.form);
    if (told.compared) compared(told.compared);
    else if (told.evidence) show("compared-box", false);
    if (told.progress) progress(told.progress);
    if (told.report) { show("cancel", false); show("progress-box", false); $("report").disabled = false; }
    if (told.saved) keep(told.saved);
    if ("answer" in told) await answer(told.answer);
  };
  const inWords = (one) => `${one.file}${one.line ? `, line ${one.line}` : ""}${one.column ? `, column ${one.column}` : ""}: ${one.rule}${one.value ? ` (found ${one.value})` : ""}. ${one.fix}`;

  const keep = (file) => {
    const link = make("a", "", { download: file.name });
    link.href = URL.createObjectURL(new Blob([file.text], { type: file.type }));
    document.body.append(link); link.click(); link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  const table = (caption, heads, rows) => {
    const made = make("table"), head = make("thead"), line = make("tr"), body = make("tbody");
    made.append(make("caption", caption));
    heads.forEach((one) => line.append(make("th", one, { scope: "col" })));
    head.append(line);
    for (const cells of rows) {
      const row = make("tr");
      cells.forEach((cell, i) => {
        const box = i ? make("td") : make("th", null, { scope: "row" });
        box.append(...(Array.isArray(cell) ? cell : [cell]).filter((one) => one !== null && one !== undefined));
        row.append(box);
      });
      body.append(row);
    }
    made.append(head, body);
    return made;
  };

  const evidence = (told) => {
    $("name").textContent = told.title || told.name;
    $("save").disabled = false;
    $("undo").disabled = !told.undo;
    show("sheet-box", told.sheets.length > 0);
    options("sheet", told.sheets.map((one) => [one, one]), told.sheet);
    show("scale-box", told.scales.length > 0);
    options("table-scale", told.scales, told.scale);
    show("reading-box", told.reading.length > 0);
    fill("reading", ...told.reading.map((one) => make("li", one)));
    show("problems-box", told.problems.length > 0);
    if (told.problems.length) {
      fill("problems", table(`${told.problems.length} ${told.problems.length === 1 ? "problem" : "problems"} in ${told.name}`,
        ["Line", "Column", "Value", "Rule", "What to do"], told.problems.map((one) => [
          one.line === null ? "–" : String(one.line), one.column || "–", one.cell ? cell(one.line, one.cell, one.value) : (one.value || "–"), one.rule, one.fix])));
    }
    show("studies", true);
    show("assumptions", told.problems.length === 0);
    show("controls", told.problems.length === 0);
    show("report-box", told.problems.length === 0);
    show("add-box", told.problems.length === 0);
    rows(told);
  };
  const cell = (line, column, value) => {
    const box = make("input", null, { type: "text", "aria-label": `Line ${line}, ${column}`, "data-line": line, "data-column": column, autocomplete: "off" });
    box.value = value;
    box.addEventListener("change", () => wish({ do: "edit", line, cells: { [column]: box.value } }));
    return box;
  };
  const rows = (told) => {
    $("rows-head").textContent = `The rows (${told.rows.length})`;
    fill("rows", table(told.problems.length ? "Rows with problems, as they stand" : "Rows of this outcome, as they stand", ["", ...told.columns], told.rows.map(([line, cells]) => {
      const row = [[make("button", "Edit", { type: "button", class: "plain", "aria-label": `Edit line ${line}` }), make("button", "Leave out", { type: "button", class: "plain", "aria-label": `Leave out line ${line}` })],
        ...told.columns.map((name) => cells[name] || "")];
      row[0][0].addEventListener("click", (event) => editing(event.target.closest("tr"), line, told.columns, cells));
      row[0][1].addEventListener("click", () => wish({ do: "remove", line }));
      return row;
    })));
  };
  const editing = (row, line, columns, cells) => {
    const boxes = columns.map((name) => {
      const box = make("input", null, { type: "text", "aria-label": `Line ${line}, ${name}`, autocomplete: "off" });
      box.value = cells[name] || "";
      return box;
    });
    const write = make("button", "Write", { type: "button" });
    write.addEventListener("click", () => {
      const changed = Object.fromEntries(columns.map((name, i) => [name, boxes[i].value]).filter(([name, value]) => value !== (cells[name] || "")));
      wish({ do: "edit", line, cells: changed });
    });
    row.replaceChildren(...[write, ...boxes].map((one, i) => { const box = make(i ? "td" : "th"); box.append(one); return box; }));
    boxes[0].focus();
  };

  // --- choices --------------------------------------------------------------------------------------------

  const options = (id, pairs, chosen) => {
    fill(id, ...pairs.map(([value, words]) => make("option", words, { value })));
    $(id).value = chosen;
  };
  const STEPS = 200;
  const place = (name, value) => {
    const [low, high] = here.controls.reach[name];
    const share = name === "mean" ? (value - low) / (high - low) : Math.log(value / low) / Math.log(high / low);
    return Math.round(Math.min(Math.max(share, 0), 1) * STEPS);
  };
  // The prior's own number until the slider is moved: its steps are coarser.
  const value = (name) => (name in here.at ? here.at[name] : standing(name));
  const standing = (name) => {
    const [low, high] = here.controls.reach[name], share = Number($(name).value) / STEPS;
    return Number((name === "mean" ? low + share * (high - low) : low * (high / low) ** share).toPrecision(3));
  };
  const written = () => ({ prior_mu: `normal(${clean(value("mean"), "mean")}, ${value("sd")})`, prior_tau: `${family()}(${value("tau")})` });
  const clean = (number, name) => { const [low, high] = here.controls.reach[name]; return Math.abs(number) < (high - low) * 1e-9 ? 0 : number; };
  const family = () => { const tau = here.controls.priors.tau; return tau && ["half_normal", "half_cauchy"].includes(tau.family) ? tau.family : "half_normal"; };
  const label = (name) => {
    const words = String(clean(value(name), name));
    $(`${name}-value`).textContent = words;
    $(name).setAttribute("aria-valuetext", words);
  };

  const controls = (told) => {
    here.controls = told;
    options("outcome", told.outcomes, told.outcome);
    $("measure").textContent = `Measured as ${told.measure}.`;
    $("scale-words").textContent = told.scale;
    options("model", [["", `declared (${told.model_name || "none: move the sliders"})`], ...told.models.map((one) => [one, one])], told.model);
    for (const role of ["mu", "tau"]) {
      const own = told.given[role], named = told.library[role];
      const pairs = [["", "declared by the model"], ...named.map((one) => [one, one])];
      if (own && !named.includes(own)) pairs.push([own, `by the sliders: ${own}`]);
      options(`library-${role}`, pairs, own);
      const prior = told.priors[role];
      $(`prior-${role}`).textContent = prior ? [prior.written, prior.reason, ...prior.warnings].filter(Boolean).join(". ") : "No prior is declared for this scale: move the sliders.";
    }
    if (told.reach) {
      const mu = told.priors.mu, tau = told.priors.tau, at = (one, back, otherwise) => one && one.parameters.length >= back ? one.parameters[one.parameters.length - back] : otherwise;
      const mid = (name) => Math.sqrt(told.reach[name][0] * told.reach[name][1]);
      if (document.activeElement.type !== "range") {
        here.at = { mean: at(mu, 2, 0), sd: at(mu, 1, mid("sd")), tau: at(tau, 1, mid("tau")) };
        for (const [name, one] of Object.entries(here.at)) {
          here.at[name] = Number(Number(one).toPrecision(6));
          $(name).value = place(name, one);
        }
      }
      ["mean", "sd", "tau"].forEach(label);
    }
    if (!$("kind").options.length || !told.kinds.some(([kind]) => kind === $("kind").value)) {
      options("kind", told.kinds, told.kinds_here[0] || told.kinds[0][0]);
      kind();
    }
  };
  const kind = () => wish({ do: "columns", kind: $("kind").value });
  const form = (told) => fill("cells", ...told.cells.map((one) => {
    const box = make("div"), name = make("label", one.meaning + " "), id = `new-${one.name}`;
    name.append(make("span", `(${one.name}${one.needed ? ", needed" : ""})`));
    name.setAttribute("for", id);
    const input = make("input", null, { type: "text", id, "data-name": one.name, autocomplete: "off" });
    if (one.rule) { input.setAttribute("aria-describedby", `${id}-rule`); }
    box.append(name, input);
    if (one.rule) box.append(make("p", one.rule, { class: "quiet", id: `${id}-rule` }));
    return box;
  }));

  // --- the answer -----------------------------------------------------------------------------------------

  const number = (one, tag = "strong") => make(tag, one.words, one.value === null ? {} : { "data-value": one.value });
  const beside = (after, before) => {
    const prior = make("span", "prior ", { class: "prior" });
    prior.append(number(before, "span"));
    return [number(after), prior];
  };
  const answer = async (told) => {
    show("answered", told !== null);
    show("nothing", told === null);
    if (told === null) { $("glance").textContent = ""; $("nothing").textContent = "There is no answer yet: see what is said above."; return; }
    fill("sentences", ...told.sentences.split(/(?<=\.) (?=In a new study|A new study)/).map((one) => make("p", one)));
    const first = told.chances[0];
    $("glance").textContent = first ? `Mean ${told.estimates[0].numbers.middle.words}; ${first.label.replace(" (no effect)", "")}: ${first.mean.words}, prior ${first.mean_prior.words}` : `Mean ${told.estimates[0].numbers.middle.words}`;
    $("assumed").textContent = told.statement.slice(told.sentences.length).trim();
    fill("checks", make("p", told.passed ? `Computed exactly: ${told.checks.map((one) => one.name).join(", ")} passed.` : "This answer did not pass its own check: do not lean on it.", { class: told.passed ? "good" : "bad" }),
      ...told.checks.filter((one) => !one.passed).map((one) => make("p", `${one.name}: ${one.rule}`, { class: "bad" })),
      ...told.alarms.map((one) => make("p", one, { class: "bad" })));
    fill("estimates", table("Estimates, with 95% intervals", ["", "Estimate", "From", "To"], told.estimates.map((one) => {
      const cells = ["middle", "ci_low", "ci_high"].map((key) => [number(one.numbers[key], key === "middle" ? "strong" : "span")]);
      return [one.words, ...cells];
    })));
    fill("chances", table("Probability of an effect", ["", "The mean", "A new study"], told.chances.map((one) => [
      one.source ? [one.label, make("span", one.source, { class: "prior" })] : one.label, beside(one.mean, one.mean_prior), beside(one.new, one.new_prior)])));
    $("caveats-head").textContent = `What to keep in mind (${told.caveats.length})`;
    show("caveats-box", told.caveats.length > 0);
    fill("caveats", ...told.caveats.map((one) => make("li", one)));
    await Promise.all(Object.entries(told.pictures).map(([name, one]) => draw(name, one)));
    document.body.dataset.drawn = String(Number(document.body.dataset.drawn || 0) + 1);
  };
  const draw = (id, told) => {
    const figure = JSON.parse(told.figure), place = $(id);
    figure.layout.width = Math.max(place.clientWidth, 260);
    place.setAttribute("aria-label", told.said);
    $(`${id}-said`).textContent = told.said;
    return window.Plotly.react(place, figure.data, figure.layout, { displayModeBar: false, displaylogo: false });
  };
  const compared = (told) => {
    show("compared-box", true);
    fill("compared", table("What the change did", ["", `Before (${told.counts[0]})`, `After (${told.counts[1]})`], told.rows.map((one) => [one.words, one.before, one.after])));
  };
  const progress = (told) => {
    show("progress-box", true);
    $("progress").max = told.count; $("progress").value = told.number - 1;
    $("progress-words").textContent = told.words;
  };

  // --- what a person does ---------------------------------------------------------------------------------

  const take = async (file) => {
    if (!file) return;
    if (file.size > LARGEST) {
      await tell({ refused: [{ file: file.name, line: null, column: "", value: `${Math.round(file.size / 1e6)} MB`, rule: `a file of at most ${LARGEST / 1e6} MB is read`, fix: "Give the table of study results alone." }] });
      return;
    }
    const content = await new Promise((done, failed) => {
      const reader = new FileReader();
      reader.onload = () => done(String(reader.result).replace(/^data:[^,]*,/, ""));
      reader.onerror = failed;
      reader.readAsDataURL(file);
    });
    await wish({ do: "file", name: file.name, content });
  };
  const listen = () => {
    document.querySelectorAll(".bundled").forEach((one) => one.addEventListener("click", () => wish({ do: "bundled", name: one.dataset.name })));
    $("file").addEventListener("change", async (event) => { await take(event.target.files[0]); event.target.value = ""; });
    const drop = $("drop");
    ["dragover", "dragleave", "drop"].forEach((name) => addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files[0]);
    }));
    $("save").addEventListener("click", () => wish({ do: "save" }));
    $("undo").addEventListener("click", () => wish({ do: "undo" }));
    $("sheet").addEventListener("change", (event) => wish({ do: "sheet", sheet: event.target.value }));
    $("table-scale").addEventListener("change", (event) => wish({ do: "scale", scale: event.target.value }));
    $("outcome").addEventListener("change", (event) => wish({ do: "choose", outcome: event.target.value }));
    $("model").addEventListener("change", (event) => wish({ do: "choose", model: event.target.value }));
    $("library-mu").addEventListener("change", (event) => wish({ do: "priors", prior_mu: event.target.value }));
    $("library-tau").addEventListener("change", (event) => wish({ do: "priors", prior_tau: event.target.value }));
    $("declared").addEventListener("click", () => wish({ do: "priors", prior_mu: "", prior_tau: "" }));
    for (const name of ["mean", "sd", "tau"]) {
      const part = () => { const both = written(); return name === "tau" ? { prior_tau: both.prior_tau } : { prior_mu: both.prior_mu }; };
      // Where no prior is declared, one slider sets both.
      const asked = () => (here.controls.priors.mu ? part() : written());
      $(name).addEventListener("input", () => { delete here.at[name]; label(name); $("sentences").setAttribute("aria-busy", "true"); move({ do: "priors", moving: true, ...asked() }); });
      $(name).addEventListener("change", () => { delete here.at[name]; label(name); $("sentences").setAttribute("aria-busy", "false"); move({ do: "priors", ...asked() }); });
    }
    $("size-form").addEventListener("submit", (event) => { event.preventDefault(); wish({ do: "threshold", value: $("size").value }); });
    $("kind").addEventListener("change", kind);
    $("add-form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const cells = Object.fromEntries([...$("cells").querySelectorAll("input")].map((one) => [one.dataset.name, one.value]));
      const told = await wish({ do: "add", cells: { ...cells, report: $("kind").value } });
      if (told.compared) { $("cells").querySelectorAll("input").forEach((one) => { one.value = ""; }); $("compared").focus(); }
    });
    $("report").addEventListener("click", async () => {
      $("report").disabled = true;
      const told = await wish({ do: "report", checks: $("with-checks").checked });
      if (told.refused || told.failed) $("report").disabled = false; else { show("cancel", true); $("cancel").disabled = false; }
    });
    $("cancel").addEventListener("click", () => { $("cancel").disabled = true; wish({ do: "cancel" }); });
    night.addEventListener("change", () => wish({ do: "redraw" }));
    let later = 0;
    addEventListener("resize", () => { clearTimeout(later); later = setTimeout(() => wish({ do: "redraw" }), 250); });
  };

  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    listen();
    window.Shiny.addCustomMessageHandler("work", tell);
    wish({ do: "hello" }).then(() => { document.body.dataset.ready = "yes"; });
  };
  window.jQuery(document).on("shiny:sessioninitialized", begin);
  window.jQuery(document).on("shiny:disconnected", () => {
    fill("refused", make("p", "The app has ended where it was started. Start it again, and open what you saved."));
    show("refused", true);
  });
})();
