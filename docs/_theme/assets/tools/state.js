// What is shown, in the address, to be read by people too:
//
//   ?s=Cosine(total_steps=21840).warmup(shape=zero,warmup_steps=2160)&s=WSD()&steps=24000&y=log
//
// Numbers that are not there have their defaults. What cannot be read is left out, and a sentence says
// so: nothing of an address becomes anything but a number, or a name that is known.

import { ITEMS } from "./families.js";
import { JOINS, KINDS, MOST_JOINS, MOST_SCHEDULES, MOST_STEPS, fits, initial, join, start } from "./schedules.js";

const LONGEST = 4000;
const CHOICES = { x: ["linear", "log"], y: ["linear", "log"], size: ["25M", "100M", "400M"] };

export const fresh = () => ({
  schedules: [
    { ...start("Cosine", [join("warmup")]), values: { ...initial("Cosine"), total_steps: 21840 } },
    { ...start("WSD"), values: { ...initial("WSD"), warmup_steps: 2160 } },
  ],
  steps: 24000,
  x: "linear",
  y: "linear",
  size: "100M",
});

const written = (values, known) =>
  Object.entries(values)
    .filter(([key, value]) => value !== known[key]?.[0])
    .map(([key, value]) => `${key}=${value}`);

const part = (name, pairs) => `${name}(${pairs.join(",")})`;

export const text = ({ name, values, joins }) =>
  [
    part(name, written(values, ITEMS[name].parameters)),
    ...joins.flatMap((one) => {
      const given = Object.entries(one.values).map(([key, value]) => `${key}=${value}`);
      const head = part(one.how, [...(one.shape ? [`shape=${one.shape}`] : []), ...given]);
      return one.how === "then" ? [head, part(one.name, written(one.more, ITEMS[one.name].parameters))] : [head];
    }),
  ].join(".");

// As few signs are encoded as an address allows, so that it stays readable.
const encoded = (value) => encodeURIComponent(value).replaceAll("%20", "+").replace(/%(2C|3D|2F)/g, decodeURIComponent);

export const write = (state) => {
  const first = fresh();
  const pairs = state.schedules.map((one) => `s=${encoded(text(one))}`);
  for (const key of ["steps", "x", "y", "size"]) if (state[key] !== first[key]) pairs.push(`${key}=${encoded(state[key])}`);
  return `?${pairs.join("&")}`;
};

const shown = (value) => (value.length > 40 ? `${value.slice(0, 40)}…` : value);

// Numbers of one part, with a sentence for each that cannot be.
const numbers = (pairs, known, values, say) => {
  for (const [key, value] of pairs) {
    if (!Object.hasOwn(known, key)) say(`“${shown(key)}” is not a number that can be moved here.`);
    else if (!value.trim() || !fits(known[key][1], Number(value))) say(`${key} must be ${(KINDS[known[key][1]] ?? KINDS.Number).words}, not “${shown(value)}”.`);
    else values[key] = Number(value);
  }
};

const one = (value, say) => {
  const parts = [];
  const pattern = /([^()]{1,80})\(([^()]*)\)(?:\.(?=.)|$)/y;
  while (pattern.lastIndex < value.length) {
    const found = pattern.exec(value);
    if (!found) return say(`“${shown(value)}” is not written as a schedule.`);
    parts.push([found[1], found[2].split(",").filter(Boolean).map((pair) => [pair.split("=")[0], pair.slice(pair.indexOf("=") + 1)])]);
  }
  const [[name, pairs] = ["", []], ...rest] = parts;
  if (!Object.hasOwn(ITEMS, name)) return say(`There is no schedule “${shown(name)}”.`);
  const made = start(name);
  numbers(pairs, ITEMS[name].parameters, made.values, say);
  while (rest.length && made.joins.length < MOST_JOINS) {
    const [how, given] = rest.shift();
    if (!Object.hasOwn(JOINS, how)) return say(`A schedule is joined by ${Object.keys(JOINS).join(", ")}, not by “${shown(how)}”.`);
    const added = join(how, 24000);
    const shape = given.find(([key]) => key === "shape")?.[1];
    if (JOINS[how].shapes.includes(shape)) added.shape = shape;
    else if (shape !== undefined) say(`There is no ${how} of shape “${shown(shape)}”.`);
    numbers(given.filter(([key]) => key !== "shape"), JOINS[how].own, added.values, say);
    if (how === "then") {
      const [next, more] = rest.shift() ?? ["", []];
      if (!Object.hasOwn(ITEMS, next)) return say(`There is no schedule “${shown(next)}”.`);
      Object.assign(added, { name: next, more: initial(next) });
      numbers(more, ITEMS[next].parameters, added.more, say);
    }
    made.joins.push(added);
  }
  if (rest.length) say(`More than ${MOST_JOINS} parts are joined: the rest is left out.`);
  return made;
};

/** The state that an address tells, and a sentence for each thing in it that cannot be. */
export const read = (search) => {
  const state = fresh();
  const problems = [];
  const say = (words) => void problems.push(words);
  if (search.length > LONGEST) return { state, problems: [`The address is longer than ${LONGEST} characters, which no state is: it was not read.`] };
  const given = new URLSearchParams(search);
  const asked = given.getAll("s");
  const found = asked.slice(0, MOST_SCHEDULES).map((value) => one(value, say)).filter(Boolean);
  if (asked.length > MOST_SCHEDULES) say(`More than ${MOST_SCHEDULES} schedules are asked for: the rest is left out.`);
  if (found.length) state.schedules = found;
  const steps = given.get("steps");
  if (steps !== null && fits("Steps", Number(steps)) && steps <= MOST_STEPS) state.steps = Number(steps);
  else if (steps !== null) say(`steps must be a whole number from 1 to ${MOST_STEPS}, not “${shown(steps)}”.`);
  for (const [key, choices] of Object.entries(CHOICES)) {
    const value = given.get(key);
    if (choices.includes(value)) state[key] = value;
    else if (value !== null) say(`${key} must be one of ${choices.join(", ")}, not “${shown(value)}”.`);
  }
  return { state, problems };
};
