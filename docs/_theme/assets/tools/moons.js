// Karpathy's micrograd demo, computed as lrdecay.lab.moons computes it: 100 points of two moons, a
// 2-16-16-1 ReLU network, mean hinge loss and L2 penalty. A seed draws what it draws there.

import { Pcg64, shuffle, Twister } from "./random.js";

export const POINTS = 100;
export const STEPS = 100;
const NOISE = 0.1;
const PENALTY = 1e-4;
const WIDTH = 16;
const SECOND = 48; // where the second layer begins among the 337 parameters: 16 neurons of 2 + 1
const THIRD = 320; // 16 neurons of 16 + 1
const PARAMETERS = 337;

// What a seed fixes: where the points lie (x, y, x, y, ...), their labels, the first parameters.
export const problem = (seed) => {
  const numpy = new Twister(seed, false);
  const order = Array.from({ length: POINTS }, (_, i) => i);
  shuffle(order, numpy);
  const half = POINTS / 2;
  const points = new Float64Array(2 * POINTS);
  const labels = new Float64Array(POINTS);
  order.forEach((moon, i) => {
    const upper = moon < half;
    const angle = ((moon % half) * Math.PI) / (half - 1);
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    points[2 * i] = (upper ? x : 1 - x) + NOISE * numpy.normal();
    points[2 * i + 1] = (upper ? y : 0.5 - y) + NOISE * numpy.normal();
    labels[i] = upper ? -1 : 1;
  });

  const python = new Twister(seed, true);
  const parameters = new Float64Array(PARAMETERS);
  for (let p = 0; p < PARAMETERS; p++) {
    const bias = p < SECOND ? p % 3 === 2 : (p - SECOND) % 17 === WIDTH;
    if (!bias) parameters[p] = 2 * python.random() - 1;
  }
  return { points, labels, parameters };
};

// The points of each update: the first of a fresh permutation.
export const batches = (seed, size, stream) => {
  const numpy = new Pcg64(seed, stream);
  return Array.from({ length: STEPS }, () => {
    const order = Uint8Array.from({ length: POINTS }, (_, i) => i);
    shuffle(order, numpy);
    return order.subarray(0, size);
  });
};

const first = new Float64Array(WIDTH); // what the hidden neurons say of the point at hand
const second = new Float64Array(WIDTH);
const back = new Float64Array(WIDTH);

export const score = (p, x, y) => {
  for (let o = 0; o < WIDTH; o++) {
    const sum = p[3 * o] * x + p[3 * o + 1] * y + p[3 * o + 2];
    first[o] = sum > 0 ? sum : 0;
  }
  let out = p[PARAMETERS - 1];
  for (let o = 0, w = SECOND; o < WIDTH; o++, w += 17) {
    let sum = p[w + WIDTH];
    for (let i = 0; i < WIDTH; i++) sum += p[w + i] * first[i];
    second[o] = sum > 0 ? sum : 0;
    out += p[THIRD + o] * second[o];
  }
  return out;
};

// Adds `slope` times the gradient of the score of the point that was scored last.
const descend = (p, x, y, slope, gradient) => {
  back.fill(0);
  gradient[PARAMETERS - 1] += slope;
  for (let o = 0, w = SECOND; o < WIDTH; o++, w += 17) {
    if (!second[o]) continue; // off, or at its kink
    gradient[THIRD + o] += slope * second[o];
    const here = slope * p[THIRD + o];
    gradient[w + WIDTH] += here;
    for (let i = 0; i < WIDTH; i++) {
      gradient[w + i] += here * first[i];
      back[i] += here * p[w + i];
    }
  }
  for (let o = 0; o < WIDTH; o++) {
    if (!first[o]) continue;
    gradient[3 * o] += back[o] * x;
    gradient[3 * o + 1] += back[o] * y;
    gradient[3 * o + 2] += back[o];
  }
};

// The mean hinge loss and the accuracy on all points; their gradient is added where one is given.
const judge = (p, { points, labels }, gradient) => {
  let hinge = 0;
  let right = 0;
  for (let i = 0; i < POINTS; i++) {
    const [x, y, label] = [points[2 * i], points[2 * i + 1], labels[i]];
    const said = score(p, x, y);
    const margin = 1 - label * said;
    right += said > 0 === label > 0;
    if (!(margin <= 0)) hinge += margin; // what is no number makes the loss none
    if (gradient && margin > 0) descend(p, x, y, -label / POINTS, gradient);
  }
  let squares = 0;
  for (const value of p) squares += value * value;
  return { loss: hinge / POINTS + PENALTY * squares, accuracy: right / POINTS };
};

// Trains with a rate for each update. `chosen` has the points of each update, or is null for all.
// Loss and accuracy are those on all points before each update and, at the end, after the last. With
// `curve` false only that end is computed, and no parameters are kept.
export const train = (problem, rates, chosen = null, curve = true) => {
  const { points, labels } = problem;
  const p = problem.parameters.slice();
  const gradient = new Float64Array(PARAMETERS);
  const run = { loss: [], accuracy: [], parameters: [] };
  const record = ({ loss, accuracy }) => {
    run.loss.push(loss);
    run.accuracy.push(accuracy);
    run.parameters.push(p.slice());
  };
  rates.forEach((rate, k) => {
    gradient.fill(0);
    if (curve || !chosen) {
      const now = judge(p, problem, chosen ? null : gradient);
      if (curve) record(now);
    }
    for (const i of chosen ? chosen[k] : []) {
      const [x, y, label] = [points[2 * i], points[2 * i + 1], labels[i]];
      if (1 - label * score(p, x, y) > 0) descend(p, x, y, -label / chosen[k].length, gradient);
    }
    for (let j = 0; j < PARAMETERS; j++) p[j] -= rate * (gradient[j] + 2 * PENALTY * p[j]);
  });
  record(judge(p, problem, null));
  return run;
};
