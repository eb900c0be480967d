// The random numbers of Python and NumPy, bit for bit: a seed means in the page what it means in the
// package. Mersenne Twister after Matsumoto and Nishimura (1998), PCG64 after O'Neill (2014).

// NumPy's `shuffle`, and each row of its `permuted`, in place.
export const shuffle = (list, generator) => {
  for (let i = list.length - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j;
    do j = generator.bits() & mask;
    while (j > i);
    [list[i], list[j]] = [list[j], list[i]];
  }
};

// Python's `random.Random(seed)` hashes its seed; NumPy's `RandomState(seed)` fills with it.
export class Twister {
  constructor(seed, python) {
    const state = (this.state = new Uint32Array(624));
    this.at = 624;
    this.spare = null; // a normal number comes with a second one
    state[0] = python ? 19650218 : seed;
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    if (!python) return;
    let i = 1;
    const mix = (factor, add) => {
      state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), factor)) + add(i);
      if (++i > 623) [state[0], i] = [state[623], 1];
    };
    for (let k = 0; k < 624; k++) mix(1664525, () => seed); // the key is one word, number 0
    for (let k = 0; k < 623; k++) mix(1566083941, (place) => -place);
    state[0] = 0x80000000;
  }

  bits() {
    const { state } = this;
    if (this.at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
        state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.at = 0;
    }
    let y = state[this.at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  // From 0 to below 1.
  random() {
    const high = this.bits() >>> 5;
    return (high * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  normal() {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return kept;
    }
    let a, b, square;
    do {
      a = 2 * this.random() - 1;
      b = 2 * this.random() - 1;
      square = a * a + b * b;
    } while (square >= 1 || square === 0);
    const length = Math.sqrt((-2 * Math.log(square)) / square);
    this.spare = length * a;
    return length * b;
  }
}

// NumPy's `SeedSequence(seed, spawn_key=key)`, the key as words of 32 bits: eight words of state.
const words = (seed, key) => {
  const scrambler = (constant, factor) => (value) => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, factor);
    const product = Math.imul(mixed, constant);
    return product ^ (product >>> 16);
  };
  const join = (x, y) => {
    const mixed = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
    return mixed ^ (mixed >>> 16);
  };
  const enter = scrambler(0x43b0d7e5, 0x931e8875);
  const pool = [seed, 0, 0, 0].map(enter);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = join(pool[to], enter(pool[from]));
  }
  for (const word of key) for (let to = 0; to < 4; to++) pool[to] = join(pool[to], enter(word));
  return [...pool, ...pool].map(scrambler(0x8b51f9dd, 0x58f38ded)).map((word) => word >>> 0);
};

const FACTOR = 0x2360ed051fc65da44385df649fccf645n;

// NumPy's `default_rng`, in 32 bits at a time.
export class Pcg64 {
  constructor(seed, key) {
    const [a, b, c, d, e, f, g, h] = words(seed, key).map(BigInt);
    const whole = (high, low) => (high << 64n) | low;
    this.add = BigInt.asUintN(128, (whole((f << 32n) | e, (h << 32n) | g) << 1n) | 1n);
    this.state = this.add + whole((b << 32n) | a, (d << 32n) | c);
    this.step();
    this.spare = null; // a step makes two numbers of 32 bits
  }

  step() {
    this.state = BigInt.asUintN(128, this.state * FACTOR + this.add);
  }

  bits() {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return kept;
    }
    this.step();
    const folded = BigInt.asUintN(64, (this.state >> 64n) ^ this.state);
    const turn = this.state >> 122n;
    const turned = (folded >> turn) | (folded << (64n - turn));
    this.spare = Number(BigInt.asUintN(32, turned >> 32n));
    return Number(BigInt.asUintN(32, turned));
  }
}
