// What a reader moves: choices and sliders, each with its name and its value beside it.

import { element } from "./figure.js";

let count = 0;

// `options` are pairs of a value and its words. `set` shows a value without saying so.
export const choice = (legend, options, chosen) => {
  const name = `lr-choice-${++count}`;
  const inputs = options.map(([value]) => element("input", { type: "radio", name, value }));
  inputs.forEach((input) => input.addEventListener("input", () => chosen(input.value)));
  const labels = options.map(([, words], i) => element("label", {}, inputs[i], element("span", {}, words)));
  return {
    element: element("fieldset", { class: "lr-choice" }, element("legend", {}, legend), ...labels),
    set: (value) => inputs.forEach((input) => (input.checked = input.value === String(value))),
  };
};

const FACTOR = 0.04; // of a slider by factors, in powers of ten: each step changes the second digit

// `from` and `to` bound what the slider can say; `log` spreads it by factors, to two digits.
export const slider = (words, { from, to, step, log = false, text = String }, moved) => {
  const turn = log ? Math.log10 : Number;
  const back = (at) => (log ? Number((10 ** at).toPrecision(2)) : Number(at.toFixed(6)));
  const edge = (round, value) => (log ? (FACTOR * round(turn(value) / FACTOR)).toFixed(2) : value); // so that 1 is a step
  const input = element("input", { type: "range", min: edge(Math.floor, from), max: edge(Math.ceil, to), step: log ? FACTOR : step });
  const shown = element("span", { "aria-hidden": "true" }); // an <output> would take the label from the input
  const say = (value) => {
    shown.textContent = text(value);
    input.setAttribute("aria-valuetext", text(value));
  };
  input.addEventListener("input", () => {
    const value = Math.min(to, Math.max(from, back(Number(input.value))));
    say(value);
    moved(value);
  });
  return {
    element: element("label", { class: "lr-slider" }, element("span", {}, words), shown, input),
    set: (value) => {
      input.value = turn(value);
      say(value);
    },
  };
};

export const button = (words, pressed) => {
  const made = element("button", { type: "button", class: "lr-button" }, words);
  made.addEventListener("click", pressed);
  return made;
};
