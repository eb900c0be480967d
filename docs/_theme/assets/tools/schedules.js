// A schedule of the explorer, and its learning rate at a step.
//
// It is a printed formula with its numbers, and what was joined to it, in order:
//
//   { name: "Cosine", values: { base_lr: 0.1, ... }, joins: [
//       { how: "warmup", shape: "zero", values: { warmup_steps, start_lr } },
//       { how: "cooldown", shape: "WSD", values: { at, decay_steps, final_lr } },
//       { how: "then", values: { at }, name: "Linear", more: { base_lr, ... } } ] }
//
// All formulas come from formulas.js, which the build prints. What is written here is how lrdecay
// joins two of them (`Then`): the second follows on its own clock.

import { ITEMS } from "./families.js";
import { FORMULAS } from "./formulas.js";

export const MOST_SCHEDULES = 4;
export const MOST_JOINS = 5;
export const MOST_STEPS = 1e7;

const of = (library, start) => Object.keys(ITEMS).filter((name) => ITEMS[name].library === library && name.startsWith(start));
// What a join is called, its shapes, and which of a shape's numbers are the reader's to choose.
export const JOINS = {
  warmup: { words: "warmup in front", shapes: of("warmup", ""), own: { warmup_steps: [2160, "Steps"], start_lr: [0, "Rate"] } },
  cooldown: { words: "cooldown behind", shapes: of("lrdecay", "WSD"), own: { at: [19200, "StepCount"], decay_steps: [4800, "Steps"], final_lr: [0, "Rate"] } },
  then: { words: "another schedule behind", shapes: [], own: { at: [12000, "StepCount"] } },
};

// The smallest number of each kind, by its type in lrdecay; whether it is whole; whether it may be equal.
export const KINDS = {
  Rate: { low: 0, words: "a number of at least 0" },
  Positive: { low: 0, open: true, words: "a number above 0" },
  Fraction: { low: 0, high: 1, words: "a number from 0 to 1" },
  Steps: { low: 1, high: MOST_STEPS * 10, whole: true, words: "a whole number of at least 1" },
  StepCount: { low: 0, high: MOST_STEPS * 10, whole: true, words: "a whole number of at least 0" },
  Number: { low: -1e9, words: "a number" },
};

export const fits = (kind, value) => {
  const { low, high = 1e9, open, whole } = KINDS[kind] ?? KINDS.Number;
  return Number.isFinite(value) && (open ? value > low : value >= low) && value <= high && (!whole || Number.isInteger(value));
};

const defaults = (known) => Object.fromEntries(Object.entries(known).map(([key, [value]]) => [key, value]));
export const initial = (name) => defaults(ITEMS[name].parameters);
export const start = (name, joins = []) => ({ name, values: initial(name), joins });
export const join = (how, last) => {
  const made = { how, shape: JOINS[how].shapes[0] ?? "", values: defaults(JOINS[how].own) };
  if (how === "cooldown") Object.assign(made.values, { at: Math.round(0.8 * last), decay_steps: Math.max(1, Math.round(0.2 * last)) });
  if (how === "then") Object.assign(made, { name: "Linear", more: initial("Linear") }, { values: { at: Math.round(last / 2) } });
  return made;
};

const formula = (name, values) => (step) => FORMULAS[ITEMS[name].formula](step, values);
const joined = (first, second, at) => (step) => (step < at ? first(step) : second(step - at));

/** The learning rate of a schedule, as a function of the step. */
export const rate = ({ name, values, joins }) =>
  joins.reduce((whole, one) => {
    const { at, warmup_steps, start_lr, decay_steps, final_lr } = one.values;
    if (one.how === "warmup") return joined(formula(one.shape, { base_lr: whole(0), warmup_steps, start_lr }), whole, warmup_steps);
    if (one.how === "then") return joined(whole, formula(one.name, one.more), at);
    return joined(whole, formula(one.shape, { base_lr: whole(at), total_steps: decay_steps, decay_steps, warmup_steps: 0, final_lr }), at);
  }, formula(name, values));

/** The rates of updates 0 to steps - 1, as `Schedule.sample` gives them. */
export const sample = (schedule, steps) => Float64Array.from({ length: steps }, ((at) => (_, k) => at(k))(rate(schedule)));

/** What a schedule is called beside others. */
export const title = ({ name, joins }) => [name, ...joins.map((one) => (one.how === "then" ? one.name : one.how))].join(" + ");

/** The pages of docs/schedules that are about a schedule. */
export const pages = ({ name, joins }) => [
  ...new Set([...ITEMS[name].pages, ...joins.flatMap((one) => (one.how === "then" ? ITEMS[one.name].pages : [one.how === "warmup" ? "warmup" : "wsd"]))]),
];
