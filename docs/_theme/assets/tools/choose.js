// Five questions on the home page that end in a schedule. Questions and outcomes are the package's
// own (lrdecay/heuristics/choices.toml); `recommend` reads them as the function of that name does.
// The answers stand in the address: #choose?start=lora&model=language&...&steps=1000
import { element } from "./figure.js";
import { choices, rules } from "./choose-data.js";

const ROOT = new URL("../../", import.meta.url).href;
const HERE = "#choose";
const PARTS = { schedule: "Schedule", warmup: "Warmup", peak: "Peak", tuning: "Tuning" };
const MOST_STEPS = 2 ** 53;

const first = (outcomes, given) => outcomes.find((one) => Object.entries(one.when ?? {}).every(([name, ids]) => ids.includes(given[name])));

/** The outcome of each part, and the code. */
export const recommend = (steps, answers) => {
  const given = { ...answers, length: steps <= choices.short ? "short" : "long" };
  const found = Object.fromEntries(Object.keys(PARTS).map((part) => [part, first(choices[part], given)]));
  const { schedule, warmup, peak } = found;
  const updates = String(steps).replace(/\B(?=(\d{3})+$)/g, "_");
  const code = ["import lrdecay as lrd", "", `updates = ${updates}`, `peak = ${peak.code}  # ${peak.of}`, `warmup = ${warmup.steps}`, `schedule = ${schedule.call}`].join("\n");
  return { ...found, code };
};

const whole = (text) => (/^\d{1,16}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_STEPS ? Number(text) : null);
const cut = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** What an address asks for, and a sentence on what it asks for that is not there. */
export const read = (hash) => {
  const answers = Object.fromEntries(choices.questions.map((one) => [one.name, Object.keys(one.options)[0]]));
  const found = { steps: 10_000, answers, wrong: "" };
  if (!hash.startsWith(`${HERE}?`)) return found;
  for (const [name, value] of new URLSearchParams(hash.slice(HERE.length + 1))) {
    const question = choices.questions.find((one) => one.name === name);
    if (name === "steps" && whole(value)) found.steps = whole(value);
    else if (question && Object.hasOwn(question.options, value)) answers[name] = value;
    else found.wrong ||= `The address asks for ${cut(name)} “${cut(value)}”, which is not among the answers: it is left out.`;
  }
  return found;
};

const links = (ids) =>
  Object.keys(ids).flatMap((id) => {
    const [question, word] = rules[id];
    const link = element("a", { href: `${ROOT}heuristics/${id.toLowerCase()}/`, title: question, "aria-label": `${id}: ${question}` }, id);
    return [" ", link, " ", element("em", { class: `lr-says lr-answer--${word.replace(" ", "-")}` }, word)];
  });

export function mount(box) {
  let state = read(location.hash);
  const form = element("form", { class: "lr-choose__form" });
  const wrong = element("p", { class: "lr-choose__wrong", role: "status" });
  const result = element("div", { class: "lr-choose__result", "aria-live": "polite" });
  const name = element("p", { class: "lr-choose__name" });
  const steps = element("input", { type: "text", inputmode: "numeric", id: "lr-choose-steps", autocomplete: "off", maxlength: 16, "aria-describedby": "lr-choose-wrong" });
  wrong.id = "lr-choose-wrong";
  const code = element("code", { tabindex: 0 });
  const copy = element("button", { class: "md-code__button", type: "button", title: "Copy to clipboard", "data-clipboard-target": "#lr-choose-code > code", "data-md-type": "copy" });
  const block = element("div", { class: "highlight" }, element("pre", { id: "lr-choose-code" }, element("div", { class: "md-code__nav" }, copy), code));
  const reasons = element("dl", { class: "lr-choose__reasons" });
  const share = element("a", {}, "Link to these answers");

  for (const { name: key, text, options } of choices.questions) {
    const labels = Object.entries(options).map(([id, words]) => element("label", {}, element("input", { type: "radio", name: key, value: id }), element("span", {}, words)));
    form.append(element("fieldset", {}, element("legend", {}, text), ...labels));
  }
  const show = () => {
    const found = recommend(state.steps, state.answers);
    wrong.textContent = state.wrong;
    name.replaceChildren(element("a", { href: `${ROOT}schedules/${found.schedule.family}/` }, found.schedule.name));
    code.textContent = found.code;
    reasons.replaceChildren(...Object.entries(PARTS).flatMap(([part, words]) => [element("dt", {}, words), element("dd", {}, found[part].why, ...links(found[part].rules))]));
    share.href = `${HERE}?${new URLSearchParams({ ...state.answers, steps: state.steps })}`;
  };
  // What is shown as chosen; after an address was read.
  const set = () => {
    for (const [key, id] of Object.entries(state.answers)) form.elements[key].value = id;
    steps.value = state.steps;
    show();
  };
  const changed = () => {
    const asked = whole(steps.value.replace(/[\s,._]/g, ""));
    const answers = Object.fromEntries(choices.questions.map((one) => [one.name, form.elements[one.name].value]));
    state = { answers, steps: asked ?? state.steps, wrong: asked ? "" : "Updates must be a whole number, 1 or more." };
    show();
    history.replaceState(history.state, "", share.href);
  };
  form.append(element("p", { class: "lr-choose__steps" }, element("label", { for: steps.id }, "Updates in all"), steps, element("small", {}, "a guess will do")), wrong);
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  result.append(name, block, reasons, element("p", {}, share));
  box.replaceChildren(form, result);
  set();

  const asked = () => location.hash.startsWith(`${HERE}?`);
  const follow = () => {
    if (!box.isConnected) return removeEventListener("hashchange", follow);
    if (!asked()) return undefined;
    state = read(location.hash);
    set();
    return document.querySelector(HERE)?.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  if (asked()) document.querySelector(HERE)?.scrollIntoView();
}
