/** Repeatable noise, from -1 to 1: the same seed and whole number `n` give the same value in every run. */
export function whiteNoise(seed: number, n: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(n | 0, 0xc2b2ae35) ^ Math.floor(n / 2 ** 32);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
}

/** Repeatable noise that wanders: it passes through a white value at every whole `x`, smoothly between them. */
export function smoothNoise(seed: number, x: number): number {
  const n = Math.floor(x);
  const f = x - n;
  const weight = f * f * (3 - 2 * f);
  return whiteNoise(seed, n) * (1 - weight) + whiteNoise(seed, n + 1) * weight;
}

/** A value with so many decimals, as instruments write them. */
export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
