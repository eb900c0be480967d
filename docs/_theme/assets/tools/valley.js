// One particle in a noisy valley, L(x) = x² / 2, whose gradient is x plus noise · z with z normal. At a
// constant rate its expected loss falls to a floor and stays; a falling rate takes the floor down.

import { among, between, follow, read, write } from "./address.js";
import { button, choice, slider } from "./controls.js";
import { element, figure, format } from "./figure.js";
import { Twister } from "./random.js";

export const STEPS = 200;
const START = -2;
const SEED = 1;

// The rate of each update, constant or in a line to 0.
export const rates = ({ rate, decay }) => Array.from({ length: STEPS }, (_, k) => (decay === "yes" ? rate * (1 - k / STEPS) : rate));

// Where the expected loss of a constant rate ends: x varies by (1 - rate)² of what it varied before and
// by rate² noise² besides, and stays at the variance that this keeps.
export const floor = (rate, noise) => (rate * noise ** 2) / (2 * (2 - rate));

// The expected loss before each update and after the last.
export const expected = (all, noise) => {
  const squares = [START ** 2];
  for (const rate of all) squares.push((1 - rate) ** 2 * squares.at(-1) + (rate * noise) ** 2);
  return squares.map((square) => square / 2);
};

// Where the particle is before each update and after the last.
export const walk = (all, noise, seed) => {
  const generator = new Twister(seed, true);
  let x = START;
  return [x, ...all.map((rate) => (x -= rate * (x + noise * generator.normal())))];
};

const USUAL = { rate: 0.5, noise: 1, decay: "no" };
const FIELDS = { rate: between(0.01, 1.9), noise: between(0, 3), decay: among("yes", "no") };
const VALLEY = Array.from({ length: 51 }, (_, i) => [i / 10 - 2.5, (i / 10 - 2.5) ** 2 / 2]);
const TRAIL = 25; // places that are still seen
const PACE = 40; // updates a second

export function mount(box) {
  let { state, refused } = read(FIELDS, USUAL);
  let seed = SEED;
  let shown = 0; // updates that have been made before the reader's eyes
  let began = null; // when the film began, less what was shown before
  let asked = null;
  let resting = null;
  let now = null; // the run

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const complaint = element("p", { class: "lr-refused", role: "alert" });
  const result = element("p", { class: "lr-result" });
  const said = element("p", { class: "lr-figure__said", role: "status" });
  const place = figure({ title: "The particle in its valley", height: 240, x: { label: "position", domain: [-2.5, 2.5] }, y: { label: "loss", domain: [0, 2.5] } });
  const time = figure({ title: "Its loss", height: 240, x: { label: "update", domain: [0, STEPS] }, y: { label: "loss (log)", scale: "log", domain: [1e-3, 10] } });

  const compute = () => {
    const all = rates(state);
    now = { places: walk(all, state.noise, seed), mean: expected(all, state.noise), floors: all.map((rate) => floor(rate, state.noise)) };
    const [first, last] = [now.floors[0], now.mean.at(-1)];
    const after = `the expected loss after ${STEPS} updates is ${format(last)}`;
    const share = `${format(Number(((100 * last) / first).toPrecision(2)))} % of that`;
    const words = !state.noise
      ? `Without noise there is no floor: ${after}.`
      : `At a rate of ${state.rate} and a noise of ${state.noise} the floor is ${format(first)}. ` +
        (state.decay === "yes" ? `With the rate falling to 0, ${after}, ${share}.` : `At this rate ${after}: ${last < first * 1.01 ? "the floor" : "it has not arrived"}.`);
    result.textContent = words;
    clearTimeout(resting);
    resting = setTimeout(() => (said.textContent = words), 500);
  };
  const draw = () => {
    const { places, mean, floors } = now;
    const seen = places.slice(0, shown + 1);
    const dots = seen.slice(-TRAIL).map((x) => [x, x ** 2 / 2]);
    const here = seen.at(-1);
    const level = floors[Math.min(shown, STEPS - 1)];
    place.update({
      series: [
        { name: "valley", points: VALLEY, colour: 1, dash: 0 },
        { name: "floor", points: VALLEY.map(([x]) => [x, level]), colour: 3, dash: 4 },
        { name: "last places", points: dots.sort(([a], [b]) => a - b), kind: "dots", colour: 2, label: false },
      ],
      marks: [{ x: here, y: here ** 2 / 2 }],
    });
    time.update({
      series: [
        { name: "this particle", points: seen.map((x, k) => [k, x ** 2 / 2]), kind: "dots", colour: 2 },
        { name: "expected", points: mean.map((each, k) => [k, each]), colour: 1, dash: 0 },
        { name: "floor of the rate", points: floors.map((each, k) => [k, each]), colour: 3, dash: 4 },
      ],
    });
    step.disabled = shown >= STEPS;
  };

  const pause = () => {
    cancelAnimationFrame(asked);
    asked = began = null;
    play.textContent = shown < STEPS ? "Play" : "Play again";
  };
  const film = (moment) => {
    if (!box.isConnected) return pause();
    began ??= moment - (1000 * shown) / PACE;
    shown = Math.min(STEPS, Math.floor(((moment - began) * PACE) / 1000));
    draw();
    if (shown < STEPS) asked = requestAnimationFrame(film);
    else pause();
  };
  const run = () => {
    if (shown >= STEPS) shown = 0;
    play.textContent = "Pause";
    asked = requestAnimationFrame(film);
  };
  const play = button("Play", () => (asked === null ? run() : pause()));
  const step = button("Step", () => {
    pause();
    shown = Math.min(STEPS, shown + 1);
    draw();
  });
  const start = button("Back to the start", () => {
    pause();
    shown = 0;
    draw();
  });
  const again = button("Other noise", () => {
    seed++;
    change({});
  });

  // A change is seen at once, over as much of the run as was shown; when nothing moves, over all of it.
  const change = (changes) => {
    Object.assign(state, changes);
    complaint.textContent = "";
    write(state);
    compute();
    if (asked === null) shown = STEPS;
    draw();
  };
  const controls = {
    rate: slider("Rate", { from: 0.01, to: 1.9, log: true }, (rate) => change({ rate })),
    noise: slider("Noise", { from: 0, to: 3, step: 0.05 }, (noise) => change({ noise })),
    decay: choice("Decay", [["no", "constant rate"], ["yes", "in a line to 0"]], (decay) => change({ decay })),
  };
  const enter = () => {
    ({ state, refused } = read(FIELDS, USUAL));
    complaint.textContent = refused.join(" ");
    Object.entries(controls).forEach(([name, control]) => control.set(state[name]));
    compute();
    draw();
  };
  box.replaceChildren(
    element("div", { class: "lr-controls" }, ...Object.values(controls).map((one) => one.element), element("div", { class: "lr-buttons" }, play, step, start, again)),
    complaint,
    result,
    said,
    element("div", { class: "lr-pair" }, place.element, time.element),
  );
  if (still.matches) {
    shown = STEPS;
    play.hidden = true;
  }
  follow(box, enter);
  enter();

  // It moves by itself once, when it is first seen, and never out of sight.
  let wasSeen = still.matches;
  new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) pause();
    else if (!wasSeen) {
      wasSeen = true;
      run();
    }
  }, { threshold: 0.4 }).observe(place.element);
}
