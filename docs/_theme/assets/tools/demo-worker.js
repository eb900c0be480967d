// The final losses of many seeds under two sequences of rates, on the same points and batches.

import { batches, POINTS, problem, train } from "./moons.js";

onmessage = ({ data: { seeds, rates, batch, stream } }) => {
  for (const seed of seeds) {
    const drawn = problem(seed);
    const chosen = batch === POINTS ? null : batches(seed, batch, stream);
    postMessage(rates.map((each) => train(drawn, each, chosen, false).loss.at(-1)));
  }
};
