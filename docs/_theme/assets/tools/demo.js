// The live demo: the moons network trained anew whenever the reader moves something.

import { among, between, follow, read, write } from "./address.js";
import { boundary } from "./boundary.js";
import { button, choice, slider } from "./controls.js";
import * as data from "./demo-data.js";
import { element, figure, format } from "./figure.js";
import { batches, POINTS, problem, STEPS, train } from "./moons.js";

const SHAPES = {
  recorded: "linear to a tenth, as recorded",
  constant: "constant",
  linear: "linear to 0",
  cosine: "cosine to 0",
  wsd: "WSD: the last fifth to 0",
};
const BATCHES = [[POINTS, "all 100"], [50, "50"], [20, "20"], [10, "10"]];
const USUAL = { peak: 1, shape: "recorded", batch: POINTS, seed: 1337 };
const FIELDS = {
  peak: between(0.02, 5),
  shape: among(...Object.keys(SHAPES)),
  batch: among(...BATCHES.map(([size]) => size)),
  seed: between(0, 2 ** 32 - 1, true),
};
const SEEDS = Array.from({ length: 200 }, (_, i) => 1000 + i); // the first of rule H001
const EXPLODED = 10; // as in lrdecay.lab.moons

export const rates = (shape, peak) => Array.from({ length: STEPS }, (_, k) => peak * data[shape](k));

// What a schedule is compared with.
const rival = (shape) => (shape === "constant" ? "recorded" : "constant");
// As lines are named.
const short = (shape) => SHAPES[shape].split(/[,:]/)[0];

// How many of the pairs the first one wins, and a 95 % interval of that share (Wilson's).
export const wins = (pairs) => {
  const n = pairs.length;
  const won = pairs.filter(([one, other]) => one < other || (Number.isNaN(other) && !Number.isNaN(one))).length;
  const z2 = 1.96 ** 2;
  const middle = (won + z2 / 2) / (n + z2);
  const half = (1.96 / (n + z2)) * Math.sqrt((won * (n - won)) / n + z2 / 4);
  return { won, low: middle - half, high: middle + half };
};

const median = (values) => {
  const sorted = values.map((value) => (Number.isNaN(value) ? Infinity : value)).sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

const sentence = (words) => words[0].toUpperCase() + words.slice(1);
const percent = (share) => `${Math.round(100 * share)} %`;
const loss = (value) => (value <= EXPLODED ? format(Number(value.toPrecision(3))) : "no number (it diverged)");

export function mount(box) {
  let { state, refused } = read(FIELDS, USUAL);
  let runs = null; // of the chosen shape and its rival
  let frame = null;
  let resting = null;
  let drawn = {}; // what the seed fixed, and the batches

  const complaint = element("p", { class: "lr-refused", role: "alert" });
  const result = element("p", { class: "lr-result" });
  const said = element("p", { class: "lr-figure__said", role: "status" });
  const losses = figure({
    title: "Training loss",
    height: 260,
    x: { label: "update", domain: [0, STEPS] },
    y: { label: "loss on all 100 points (log)", scale: "log", domain: [0.008, 4] },
    hint: "The boundary is that of the update under the pointer or cursor, and of the last one otherwise.",
  });
  const curve = figure({ title: "Learning rate", height: 170, x: { label: "update", domain: [0, STEPS] }, y: { label: "rate" } });
  const map = boundary();

  const show = () => {
    frame = null;
    const { peak, shape, batch, seed } = state;
    if (drawn.seed !== seed || drawn.batch !== batch) {
      drawn = { seed, batch, problem: problem(seed), chosen: batch === POINTS ? null : batches(seed, batch, data.stream) };
    }
    const shapes = [shape, rival(shape)];
    const all = shapes.map((each) => rates(each, peak));
    const start = performance.now();
    const main = train(drawn.problem, all[0], drawn.chosen);
    const took = performance.now() - start;
    runs = [main, train(drawn.problem, all[1], drawn.chosen)];
    const line = (values, i) => ({ name: short(shapes[i]), points: values.map((value, k) => [k, value]), colour: i + 1 });
    losses.update({ series: runs.map((run, i) => line(run.loss, i)) });
    curve.update({ series: all.map(line), y: { label: "rate", domain: [0, Math.max(1, peak) * 1.04] } });
    map.show(drawn.problem, main, STEPS);

    const [mine, other] = runs.map((run) => run.loss.at(-1));
    const both = `${sentence(short(shape))} ends at a training loss of ${loss(mine)}, ${short(shapes[1])} at ${loss(other)}.`;
    const right = `${percent(main.accuracy.at(-1))} of the points are on the right side.`;
    result.replaceChildren(`${both} ${right} `, element("small", {}, `100 updates took ${took.toFixed(took < 10 ? 1 : 0)} ms here.`));
    clearTimeout(resting);
    resting = setTimeout(() => (said.textContent = `${both} ${right}`), 500);
  };
  const ask = () => (frame ??= requestAnimationFrame(show));
  losses.onCursor = (x) => runs && map.show(drawn.problem, runs[0], x ?? STEPS);

  const change = (changes) => {
    Object.assign(state, changes);
    complaint.textContent = "";
    write(state);
    many.old();
    ask();
  };
  const seedField = element("input", { type: "number", min: 0, max: 2 ** 32 - 1, step: 1, inputmode: "numeric" });
  seedField.addEventListener("input", () => {
    const value = FIELDS.seed.parse(seedField.value);
    if (value !== undefined) change({ seed: value });
    else complaint.textContent = `The seed is ${FIELDS.seed.words}; this is still seed ${state.seed}.`;
  });
  const next = button("Next seed", () => {
    change({ seed: (state.seed + 1) % 2 ** 32 });
    setControls();
  });
  const controls = {
    peak: slider("Peak rate", { from: 0.02, to: 5, log: true }, (peak) => change({ peak })),
    batch: choice("Points an update sees", BATCHES, (size) => change({ batch: Number(size) })),
    shape: choice("Shape", Object.entries(SHAPES), (shape) => change({ shape })),
    seed: { set: (value) => (seedField.value = value) },
  };
  const preset = (words, settings) =>
    button(words, () => {
      change(settings);
      setControls();
    });
  const setControls = () => Object.entries(controls).forEach(([name, control]) => control.set(state[name]));
  const many = distribution(() => state, box);

  const enter = () => {
    ({ state, refused } = read(FIELDS, USUAL));
    complaint.textContent = refused.join(" ");
    setControls();
    many.old();
    ask();
  };
  box.replaceChildren(
    element("div", { class: "lr-buttons", role: "group", "aria-label": "Settings to begin with" }, preset("As recorded", USUAL), preset("Batches of 10", { ...USUAL, batch: 10 }), preset("Half the peak", { ...USUAL, batch: 10, peak: 0.5 })),
    complaint,
    result,
    said,
    element(
      "div",
      { class: "lr-demo" },
      losses.element,
      element("div", { class: "lr-controls" }, controls.peak.element, controls.batch.element, controls.shape.element, element("div", { class: "lr-seed" }, element("label", {}, element("span", {}, "Seed"), seedField), next)),
      map.element,
      curve.element,
    ),
    many.element,
  );
  follow(box, enter);
  enter();
}

// Two hundred seeds, trained in a worker: where they end, and how often the one schedule ends lower.
const distribution = (settings, box) => {
  const parts = 24; // bars from the lowest to the highest loss shown
  const [lowest, highest] = [0.005, 1];
  const bar = element("progress", { max: SEEDS.length, value: 0, "aria-label": "Seeds trained" });
  const status = element("p", { class: "lr-result", role: "status" });
  const shown = [1, 2].map((colour) => figure({ title: `Final losses, schedule ${colour}`, height: 150, x: { label: "final training loss (log)", scale: "log", domain: [lowest, highest] }, y: { label: "seeds" } }));
  const outcome = element("div", { hidden: "" }, ...shown.map((one) => one.element));
  let worker = null;
  let done = null; // what the figures are of

  const words = ({ peak, batch }) => `at peak ${peak}, with ${batch === POINTS ? "all points an update" : `batches of ${batch}`}`;
  const stop = () => {
    worker?.terminate();
    worker = null;
    bar.hidden = cancel.hidden = true;
    start.disabled = false;
  };
  const draw = (pairs, asked) => {
    const bins = shown.map((_, i) => {
      const counts = new Array(parts).fill(0);
      for (const pair of pairs) {
        const at = Math.floor((Math.log(pair[i] / lowest) / Math.log(highest / lowest)) * parts);
        counts[Number.isNaN(at) ? parts - 1 : Math.min(parts - 1, Math.max(0, at))]++;
      }
      return counts.map((n, k) => [lowest * (highest / lowest) ** ((k + 0.5) / parts), n]);
    });
    const most = Math.max(...bins.flat().map(([, n]) => n));
    shown.forEach((one, i) => {
      const name = short(i ? rival(asked.shape) : asked.shape);
      const middle = median(pairs.map((pair) => pair[i]));
      one.update({
        title: `Final losses, ${name}`, // the table behind keeps the number
        y: { label: "seeds", domain: [0, most * 1.25] }, // with room for the median's label
        series: [{ name, points: bins[i], kind: "bars", colour: i + 1 }],
        marks: middle > lowest && middle < highest ? [{ x: middle, label: `median ${loss(middle)}` }] : [],
      });
    });
  };
  const finish = (pairs, asked) => {
    const { won, low, high } = wins(pairs);
    const medians = [0, 1].map((i) => loss(median(pairs.map((pair) => pair[i]))));
    const lost = [0, 1].map((i) => pairs.filter((pair) => !(pair[i] <= EXPLODED)).length);
    const names = [asked.shape, rival(asked.shape)].map(short);
    status.textContent =
      `${sentence(names[0])} ends lower than ${names[1]} for ${won} of ${pairs.length} seeds (${percent(won / pairs.length)}, 95 % interval ${Math.round(100 * low)} to ${percent(high)}), ${words(asked)}. ` +
      `Median final loss ${medians[0]} against ${medians[1]}.${lost[0] + lost[1] ? ` Diverged: ${lost[0]} against ${lost[1]}.` : ""}`;
  };
  const start = button("Train 200 seeds", () => {
    const asked = { ...settings() };
    const pairs = [];
    done = asked;
    outcome.hidden = false;
    bar.hidden = cancel.hidden = false;
    start.disabled = true;
    bar.value = 0;
    status.textContent = `Training ${SEEDS.length} seeds with each schedule.`;
    worker = new Worker(new URL("./demo-worker.js", import.meta.url), { type: "module" });
    worker.onerror = () => {
      stop();
      status.textContent = "This browser could not start the worker that trains them.";
    };
    worker.onmessage = ({ data: pair }) => {
      if (!box.isConnected) return stop();
      bar.value = pairs.push(pair);
      if (pairs.length % 10 === 0) draw(pairs, asked);
      if (pairs.length < SEEDS.length) return;
      stop();
      finish(pairs, asked);
    };
    worker.postMessage({ seeds: SEEDS, rates: [asked.shape, rival(asked.shape)].map((shape) => rates(shape, asked.peak)), batch: asked.batch, stream: data.stream });
    cancel.focus();
  });
  const cancel = button("Cancel", () => {
    stop();
    status.textContent = "Cancelled: the bars are of the seeds trained until then.";
    start.focus();
  });
  bar.hidden = cancel.hidden = true;
  return {
    element: element("section", { class: "lr-many", "aria-label": "200 seeds" }, element("div", { class: "lr-buttons" }, start, bar, cancel), status, outcome),
    // The settings moved on: what is shown says that it is of others.
    old: () => {
      if (worker) {
        stop();
        status.textContent = "Stopped, because the settings changed.";
      } else if (done) status.textContent = `The bars are of earlier settings: ${short(done.shape)}, ${words(done)}.`;
    },
  };
};
