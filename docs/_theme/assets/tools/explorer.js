// The explorer: one to four schedules, and what they lead to.
//
// There is one state, which the address holds (state.js). A number that moves draws the rates at once;
// what takes longer follows when it rests.

import { best } from "./bound.js";
import { button, card, select } from "./card.js";
import { TARGETS, code } from "./code.js";
import { ERRORS, ITEMS, PAGES, RULES } from "./families.js";
import { element, figure, format, save } from "./figure.js";
import { SIZES, losses } from "./laws.js";
import { read as readLog } from "./log.js";
import { MOST_SCHEDULES, MOST_STEPS, fits, pages, rate, sample, start, title } from "./schedules.js";
import { read, write } from "./state.js";

const REST = 200; // milliseconds
const DRAWN = 800; // points of a rate curve
const PREDICTED = 40; // points of a loss curve
const LONGEST = 200_000; // updates that a loss is predicted for
const OF_FITS = { peak: 3e-4, longest: 72_000 }; // the runs that the laws were fitted to and checked on

const options = (values) => values.map((value) => new Option(value, value));
const grid = (steps, many, from = 0) => [...new Set(Array.from({ length: many + 1 }, (_, i) => Math.round(from + (i * (steps - from)) / many)))];
const spread = (steps, many) => [...new Set(Array.from({ length: many + 1 }, (_, i) => Math.round(steps ** (i / many))))];
const heading = (words, id) => element("h2", { id }, words);
const rulePage = (id) => new URL(`../../heuristics/${id}/`, import.meta.url).href;

export function mount(box) {
  const { state, problems } = read(location.search);
  let log = [];
  let resting = null;
  let written = null;

  const said = element("p", { class: "lr-problem", role: "status" });
  const cards = element("div", { class: "lr-cards" });
  const table = element("div", { class: "lr-scroll", role: "group", tabindex: 0, "aria-label": "What the schedules lead to, scrolls sideways" });
  const rules = element("ul", { class: "lr-rules" });
  const rates = figure({ title: "Learning rate", height: box.clientWidth < 480 ? 190 : 250, hint: "Point at the figure, or use the arrow keys." });
  const predicted = figure({ title: "Predicted loss", height: 230, x: { label: "update" }, y: { label: "loss" } });

  const names = () => {
    const all = state.schedules.map(title);
    return all.map((one, i) => (all.indexOf(one) === all.lastIndexOf(one) ? one : `${one} (${i + 1})`));
  };

  const draw = () => {
    const at = state.x === "log" ? spread(state.steps, DRAWN) : grid(state.steps, Math.min(DRAWN, state.steps));
    const called = names();
    const series = state.schedules.map((schedule, i) => {
      const lr = rate(schedule);
      return { name: called[i], points: at.map((k) => [k, lr(k)]), colour: i + 1, label: true };
    });
    if (log.length) series.push({ name: "your log", points: log, colour: 6, dash: 0, label: true });
    const last = Math.max(state.steps, log.at(-1)?.[0] ?? 0);
    const x = { label: "step", scale: state.x, domain: [state.x === "log" ? 1 : 0, last] };
    rates.update({ series, x, y: { label: "learning rate", scale: state.y, zero: true } });
    cards.querySelectorAll(".lr-card > legend").forEach((legend, i) => (legend.textContent = `${i + 1}. ${called[i]}`));
  };

  const follow = () => {
    const called = names();
    const all = state.schedules.map((schedule) => (state.steps <= LONGEST ? sample(schedule, state.steps) : null));
    const at = grid(state.steps - 1, PREDICTED, Math.max(0, Math.floor(state.steps / 8)));
    const right = (values) => values.every((one) => one >= 0 && one < Infinity);
    const series = all.flatMap((values, i) => {
      if (!values || !right(values)) return [];
      const found = losses(state.size, values, at);
      return [{ name: called[i], points: at.map((k, j) => [k + 1, found[j]]), colour: i + 1, label: true }];
    });
    predicted.update({ title: `Predicted loss, ${state.size} parameters`, series });
    const rows = all.map((values, i) => {
      const isRight = values && right(values);
      const bound = isRight ? best(values) : null;
      const peak = isRight ? values.reduce((most, one) => Math.max(most, one), 0) : NaN;
      const cells = [...SIZES.map((size) => (isRight ? losses(size, values, [state.steps - 1])[0].toFixed(3) : "–")), bound ? format(bound.value) : "–", bound ? format(bound.rate) : "–", isRight ? format(peak) : "–"];
      return element("tr", {}, element("th", { scope: "row" }, called[i]), ...cells.map((cell) => element("td", { class: "number" }, cell)));
    });
    const head = ["Schedule", ...SIZES.map((size) => `loss, ${size}`), "bound", "its best peak", "peak"].map((words) => element("th", { scope: "col" }, words));
    table.replaceChildren(element("table", { class: "lr-table" }, element("caption", {}, caption(all)), element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)));
    listRules();
    if (panel.open) print();
    const address = write(state);
    if (written !== null && address !== written) history.replaceState(history.state, "", address + location.hash);
    written = address;
  };

  const caption = (all) => {
    if (all.includes(null)) return `A loss is predicted for at most ${LONGEST.toLocaleString("en")} updates.`;
    const peaks = all.map((values) => values.reduce((most, one) => Math.max(most, one), 0));
    const isFar = state.steps > OF_FITS.longest || peaks.some((peak) => peak < OF_FITS.peak / 2 || peak > OF_FITS.peak * 2);
    const worst = Math.max(...Object.values(ERRORS));
    const beyond = isFar ? "What is shown is far from that: do not read the losses as predictions." : "";
    return `After ${state.steps.toLocaleString("en")} updates: the loss by the published law fits, and the convex bound for distance and gradients of 1, at the peak where it is lowest. The fits are of AdamW at a peak of 3e-4, up to 72,000 updates, and were at most ${(100 * worst).toFixed(1)} % off there. ${beyond}`;
  };

  const listRules = () => {
    const ids = [...new Set(state.schedules.flatMap(pages).flatMap((page) => PAGES[page] ?? []))].sort();
    const items = ids.filter((id) => RULES[id]).map((id) => {
      const [question, answer] = RULES[id];
      const link = element("a", { href: rulePage(id) }, `${id.toUpperCase()}: ${question}`);
      return element("li", {}, link, " ", element("span", { class: `lr-says lr-answer--${answer.replace(/\W+/g, "-")}` }, answer));
    });
    rules.replaceChildren(...(items.length ? items : [element("li", {}, "No rule is about these schedules in particular.")]));
  };

  const moved = () => {
    draw();
    clearTimeout(resting);
    resting = setTimeout(follow, REST);
  };

  // The cards anew; where the focus was is where it stays.
  const changed = (steps) => {
    if (steps && state.schedules.length === 1) setSteps(steps);
    const focused = [...cards.querySelectorAll("select, button, input")].indexOf(document.activeElement);
    const made = state.schedules.map((schedule, index) => {
      const remove = state.schedules.length > 1 && (() => (state.schedules.splice(index, 1), changed()));
      return card(schedule, { index, steps: state.steps, title: names()[index], remove, moved, changed: (horizon) => (horizon > state.steps && setSteps(horizon), changed(horizon)) });
    });
    cards.replaceChildren(...made);
    more.hidden = state.schedules.length >= MOST_SCHEDULES;
    choice.replaceChildren(...names().map((name, i) => new Option(name, i)));
    cards.querySelectorAll("select, button, input")[focused]?.focus();
    moved();
  };

  // -- What stands once -------------------------------------------------------------------------

  const length = element("input", { type: "text", inputmode: "numeric", value: state.steps, autocomplete: "off" });
  const setSteps = (steps) => {
    state.steps = Math.min(steps, MOST_STEPS);
    length.value = state.steps;
  };
  length.addEventListener("input", () => {
    const steps = Number(length.value);
    const isRight = fits("Steps", steps) && steps <= MOST_STEPS;
    length.toggleAttribute("aria-invalid", !isRight);
    said.textContent = isRight ? "" : `Updates must be a whole number from 1 to ${MOST_STEPS}.`;
    if (isRight) {
      state.steps = steps;
      moved();
    }
  });
  const more = button("+ a schedule", () => (state.schedules.push(start("Linear")), changed()), "Add a schedule");
  const share = button("Copy the address", () => copied(share, new URL(write(state), location.href).href));
  const copied = async (where, content) => {
    await navigator.clipboard.writeText(content);
    said.textContent = "Copied.";
    setTimeout(() => (said.textContent = ""), 2000);
  };
  const downloads = (of, name) =>
    element(
      "p",
      { class: "lr-buttons" },
      button("SVG", () => save(`${name}.svg`, of.svg(), "image/svg+xml"), `Download ${name} as SVG`),
      button("PNG", async () => save(`${name}.png`, await of.png()), `Download ${name} as PNG`),
      button("CSV", () => save(`${name}.csv`, of.csv(), "text/csv"), `Download ${name} as CSV`),
    );
  const axis = (key, label) => select(label, options(["linear", "log"]), state[key], (value) => ((state[key] = value), moved()));
  const size = select("Model", options(SIZES), state.size, (value) => ((state.size = value), moved()));
  const top = element(
    "div",
    { class: "lr-bar" },
    element("label", { class: "lr-field" }, element("span", {}, "Updates"), length),
    axis("x", "Steps"),
    axis("y", "Rates"),
    more,
    share,
  );

  // Code, fetched with the first look at it.
  const choice = element("select", {});
  const target = element("select", {}, ...options(TARGETS));
  const listing = element("code", {});
  const print = async () => {
    const chosen = state.schedules[choice.value] ?? state.schedules[0];
    const made = await code(chosen, target.value);
    listing.textContent = made;
  };
  const panel = element(
    "details",
    { class: "lr-panel" },
    element("summary", {}, "Code"),
    element(
      "div",
      { class: "lr-bar" },
      element("label", { class: "lr-field" }, element("span", {}, "Schedule"), choice),
      element("label", { class: "lr-field" }, element("span", {}, "For"), target),
      button("Copy the code", () => copied(panel, listing.textContent)),
    ),
    element("pre", { tabindex: 0, "aria-label": "Code of the schedule" }, listing),
  );
  panel.addEventListener("toggle", () => panel.open && print());
  choice.addEventListener("change", print);
  target.addEventListener("change", print);

  // The reader's own log.
  const pasted = element("textarea", { rows: 4, spellcheck: "false", placeholder: "step,lr\n0,0.0001\n100,0.0003" });
  const file = element("input", { type: "file", accept: ".csv,.tsv,.txt,.json,.jsonl" });
  const wrong = element("p", { class: "lr-problem", role: "status" });
  const take = (content) => {
    wrong.textContent = "";
    log = [];
    try {
      if (content.trim()) log = readLog(content);
    } catch (error) {
      wrong.textContent = error.message;
    }
    if (log.length) wrong.textContent = `${log.length.toLocaleString("en")} rows were read, up to step ${format(log.at(-1)[0])}.`;
    draw();
  };
  pasted.addEventListener("input", () => take(pasted.value));
  file.addEventListener("change", async () => file.files[0] && take(await file.files[0].text()));
  const clear = button("Clear the log", () => {
    pasted.value = file.value = "";
    take("");
  });
  const own = element(
    "details",
    { class: "lr-panel" },
    element("summary", {}, "Your own log"),
    element("p", { class: "lr-note" }, "CSV, JSON lines or trainer_state.json with the columns step and lr or learning_rate. It is read in this page and sent nowhere."),
    element("label", { class: "lr-field" }, element("span", {}, "Paste it"), pasted),
    element("label", { class: "lr-field" }, element("span", {}, "Or choose a file"), file),
    clear,
    wrong,
  );

  said.textContent = problems.join(" ");
  const stage = element("div", { class: "lr-stage" }, rates.element); // in sight as long as the cards are
  box.replaceChildren(
    said, element("div", {}, stage, top, downloads(rates, "rates"), cards),
    heading("What they lead to", "outcome"), element("div", { class: "lr-bar" }, size), predicted.element, downloads(predicted, "losses"), table,
    heading("Rules about them", "rules"), rules, panel, own,
  );
  changed();
  follow();
}
