// What a reader chose, in the address after `#`, such as `peak=0.5&shape=cosine`: to be shared, and
// still there after Back. Several parts of a page share the address, each with its own names.

const LONGEST = 40; // of a refused value, as quoted

export const between = (from, to, whole = false) => ({
  words: `a ${whole ? "whole " : ""}number from ${from} to ${to}`,
  parse: (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    return value >= from && value <= to && (!whole || Number.isInteger(value)) ? value : undefined;
  },
});

export const among = (...values) => ({
  words: `one of ${values.join(", ")}`,
  parse: (text) => values.find((value) => String(value) === text),
});

const given = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

// The choices that the address makes, the usual ones besides, and a sentence for each that it cannot make.
export const read = (fields, usual) => {
  const state = { ...usual };
  const refused = [];
  const all = given();
  for (const [name, { words, parse }] of Object.entries(fields)) {
    const text = all.get(name);
    if (text === null) continue;
    const value = parse(text);
    if (value !== undefined) state[name] = value;
    else refused.push(`The address asks for ${name} “${text.slice(0, LONGEST)}${text.length > LONGEST ? "…" : ""}”; it can be ${words}, and is ${usual[name]} here.`);
  }
  return { state, refused };
};

let waiting = null;
let unsaid = {};

// Browsers allow some hundred changes in half a minute, and a slider makes more.
export const write = (state) => {
  Object.assign(unsaid, state);
  clearTimeout(waiting);
  const page = location.pathname;
  waiting = setTimeout(() => {
    if (location.pathname === page) {
      const all = given();
      for (const [name, value] of Object.entries(unsaid)) all.set(name, value);
      history.replaceState(history.state, "", `#${all}`);
    }
    unsaid = {};
  }, 250);
};

// Hears of an address typed over, for as long as the part is on the page.
export const follow = (box, hear) => {
  const heard = () => (box.isConnected ? location.hash.includes("=") && hear() : removeEventListener("hashchange", heard));
  addEventListener("hashchange", heard);
};
