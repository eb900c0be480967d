// The multi-power law (lrdecay/lab/laws): the loss after an update, from the learning rates alone.
//
//   L0 + A S(k)^-alpha - B sum over the changes of the rate of
//     (fall) (1 - (1 + C rate^-gamma (area since))^-beta)

import { LAWS } from "./families.js";

export const SIZES = Object.keys(LAWS);

/** What the law of a size predicts after the updates `at`, which rise. */
export const losses = (size, rates, at) => {
  const { L0, A, alpha, B, C, beta, gamma } = LAWS[size];
  const area = new Float64Array(rates.length + 1);
  for (let k = 0; k < rates.length; k++) area[k + 1] = area[k] + rates[k];
  const changes = [];
  for (let k = 1; k < rates.length; k++) if (rates[k] !== rates[k - 1]) changes.push(k);
  const scales = changes.map((k) => C * Math.max(rates[k], 1e-30) ** -gamma);
  return at.map((k) => {
    let felt = 0;
    for (let i = 0; i < changes.length && changes[i] <= k; i++) {
      const change = changes[i];
      felt += (rates[change - 1] - rates[change]) * (1 - (1 + scales[i] * (area[k + 1] - area[change])) ** -beta);
    }
    return L0 + A * area[k + 1] ** -alpha - B * felt;
  });
};
