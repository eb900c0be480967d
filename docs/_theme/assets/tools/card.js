// The controls of one schedule: what it is, its numbers as fields and sliders, and what is joined to it.

import { element, format } from "./figure.js";
import { ITEMS, PAGES } from "./families.js";
import { JOINS, KINDS, MOST_JOINS, fits, initial, join } from "./schedules.js";

const SHELVES = { lrdecay: "Families", "known runs": "Known runs", torch: "PyTorch", kohya: "sd-scripts", keras: "Keras" };
const NOTCHES = 400; // of a slider
let count = 0;

// The options of every select of schedules: one group a library.
const shelves = () => {
  const groups = new Map();
  for (const [name, item] of Object.entries(ITEMS)) {
    if (item.library === "warmup") continue;
    if (!groups.has(item.library)) groups.set(item.library, element("optgroup", { label: SHELVES[item.library] ?? item.library.replace("_", "-") }));
    groups.get(item.library).append(new Option(name.slice(name.startsWith(`${item.library}.`) ? item.library.length + 1 : 0), name));
  }
  return [...groups.values()];
};

const select = (label, options, value, changed) => {
  const made = element("select", {}, ...options);
  made.value = value;
  made.addEventListener("change", () => changed(made.value));
  return element("label", { class: "lr-field" }, element("span", {}, label), made);
};

const button = (words, pressed, label = words) => {
  const made = element("button", { type: "button", class: "lr-button", "aria-label": label }, words);
  made.addEventListener("click", pressed);
  return made;
};

// From a place on a slider to a number and back: rates and the like go by factors, steps evenly.
const scale = (kind, usual, steps) => {
  const { whole, high } = KINDS[kind] ?? KINDS.Number;
  if (whole || high === 1) {
    const [low, most] = [KINDS[kind].low, high === 1 ? 1 : Math.max(2 * steps, 2 * usual)];
    const round = (value) => (whole ? Math.round(value) : Number(value.toPrecision(4)));
    return [(place) => round(low + (place / NOTCHES) * (most - low)), (value) => ((value - low) / (most - low)) * NOTCHES];
  }
  if (kind === "Number") return [(place) => Number((usual - 10 + (place / NOTCHES) * 20).toPrecision(4)), (value) => ((value - usual + 10) / 20) * NOTCHES];
  const middle = usual || 1e-4;
  const decades = kind === "Rate" ? 3 : 2; // to each side
  return [
    (place) => (place === 0 && kind === "Rate" ? 0 : Number((middle * 10 ** ((place / NOTCHES - 0.5) * 2 * decades)).toPrecision(3))),
    (value) => (value > 0 ? (Math.log10(value / middle) / (2 * decades) + 0.5) * NOTCHES : 0),
  ];
};

// A number as a field and a slider. What is no such number is said, and not taken.
const number = (name, [usual, kind], values, steps, moved) => {
  const id = `lr-number-${++count}`;
  const field = element("input", { type: "text", inputmode: "decimal", id, value: format(values[name]), autocomplete: "off", spellcheck: "false" });
  const slider = element("input", { type: "range", min: 0, max: NOTCHES, step: 1, "aria-label": `${name}, slider` });
  const problem = element("span", { class: "lr-problem", id: `${id}-problem`, role: "alert" });
  const [value, place] = scale(kind, usual, steps);
  slider.value = place(values[name]);
  field.addEventListener("input", () => {
    const given = Number(field.value);
    const isRight = field.value.trim() !== "" && fits(kind, given);
    field.toggleAttribute("aria-invalid", !isRight);
    problem.textContent = isRight ? "" : `${name} must be ${(KINDS[kind] ?? KINDS.Number).words}.`;
    field.setAttribute("aria-describedby", isRight ? "" : problem.id);
    if (!isRight) return;
    values[name] = given;
    slider.value = place(given);
    moved();
  });
  slider.addEventListener("input", () => {
    values[name] = value(Number(slider.value));
    field.value = format(values[name]);
    field.removeAttribute("aria-invalid");
    problem.textContent = "";
    moved();
  });
  return element("div", { class: "lr-number" }, element("label", { for: id }, name), field, slider, problem);
};

const numbers = (known, values, steps, moved) => element("div", { class: "lr-numbers" }, ...Object.entries(known).map(([name, one]) => number(name, one, values, steps, moved)));

// What there is to say of a schedule in words.
const about = (name) => {
  const { library, peer, call, unit, steps, pages: [page] } = ITEMS[name];
  if (library === "lrdecay") return page in PAGES ? [element("a", { href: new URL(`../../schedules/${page}/`, import.meta.url).href }, "About this family")] : [];
  if (library === "known runs") return [`Steps are counted here in: ${unit}. The run ends at ${format(steps)}.`];
  return ["The call ", element("code", {}, peer), " with lr = 3e-4, T = 24000, w = 2160, which is ", element("code", {}, call.replace(/=\{\w+\}/g, "=…")), "."];
};

/**
 * A card for a schedule. `moved` is called after a number has changed, `changed` after anything else:
 * then the card is to be made anew.
 */
export const card = (schedule, { index, steps, title, remove, moved, changed }) => {
  const pick = (name) => {
    Object.assign(schedule, { name, values: initial(name) });
    changed(ITEMS[name].steps);
  };
  const joins = schedule.joins.map((one, i) => {
    const { words, shapes, own } = JOINS[one.how];
    const parts = [element("legend", {}, words)];
    if (one.how === "then") {
      const follow = (name) => (Object.assign(one, { name, more: initial(name) }), changed());
      parts.push(select("Schedule", shelves(), one.name, follow), numbers(own, one.values, steps, moved), numbers(ITEMS[one.name].parameters, one.more, steps, moved));
    } else {
      parts.push(select("Shape", shapes.map((shape) => new Option(shape, shape)), one.shape, (shape) => ((one.shape = shape), changed())), numbers(own, one.values, steps, moved));
    }
    parts.push(button("Remove", () => (schedule.joins.splice(i, 1), changed()), `Remove: ${words}`));
    return element("fieldset", { class: "lr-join" }, ...parts);
  });
  const actions = element("p", { class: "lr-buttons" });
  if (joins.length < MOST_JOINS) {
    for (const [how, { words }] of Object.entries(JOINS)) actions.append(button(`+ ${words}`, () => (schedule.joins.push(join(how, steps)), changed())));
  }
  if (remove) actions.append(button("Remove this schedule", remove, `Remove schedule ${index + 1}`));
  return element(
    "fieldset",
    { class: `lr-card lr-line-${index + 1}` },
    element("legend", {}, `${index + 1}. ${title}`),
    select("Schedule", shelves(), schedule.name, pick),
    element("p", { class: "lr-note" }, ...about(schedule.name)),
    numbers(ITEMS[schedule.name].parameters, schedule.values, steps, moved),
    ...joins,
    actions,
  );
};

export { button, select };
