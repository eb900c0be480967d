// The convex bound (lrdecay/lab/bound) of a shape at its best base rate, for D = G = 1: with the rates
// g s it is a / g + b g, so that the best g is sqrt(a / b), and the bound there 2 sqrt(a b).

/** The peak at which a schedule's bound is lowest, and that bound; null for a rate of 0 throughout. */
export const best = (rates) => {
  const peak = rates.reduce((most, one) => Math.max(most, one), 0);
  if (!(peak > 0 && peak < Infinity)) return null;
  let left = 0; // the sum of what is left from here on, and of its squares
  let squares = 0;
  let noise = 0;
  for (let k = rates.length - 1; k >= 0; k--) {
    const shape = rates[k] / peak;
    const after = left;
    left += shape;
    squares += shape * shape;
    if (after > 0) noise += (shape / after) * (squares / left);
  }
  const [start, slope] = [Math.sqrt(1 / (2 * left)), Math.sqrt((noise + squares / left) / 2)];
  return { rate: start / slope, value: 2 * start * slope };
};
