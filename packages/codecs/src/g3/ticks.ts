/** Ticks of 10 ns in a second. */
export const ticksPerSecond = 1e8;

const littleHost = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const low = littleHost ? 0 : 1;
const high = 1 - low;
const word = 0x1_0000_0000;

/** UNIX seconds of ticks of 10 ns, `Number(tick) / 1e8` each. */
export function ticksToSeconds(ticks: BigInt64Array): Float64Array {
  const lows = new Uint32Array(ticks.buffer, ticks.byteOffset, ticks.length * 2);
  const highs = new Int32Array(ticks.buffer, ticks.byteOffset, ticks.length * 2);
  const t = new Float64Array(ticks.length);
  // The high part is exact as a double, so the sum is rounded once, as Number(tick) is.
  for (let i = 0; i < t.length; i++) t[i] = (highs[2 * i + high]! * word + lows[2 * i + low]!) / ticksPerSecond;
  return t;
}

/**
 * Ticks of UNIX seconds, cut toward zero as so3g does for version 0.
 * @returns null when a time is no number, or beyond what ticks can tell (the year 4892).
 */
export function secondsToTicks(seconds: Float64Array): BigInt64Array | null {
  const ticks = new BigInt64Array(seconds.length);
  const lows = new Uint32Array(ticks.buffer);
  const highs = new Int32Array(ticks.buffer);
  for (let i = 0; i < seconds.length; i++) {
    const tick = Math.trunc(seconds[i]! * ticksPerSecond);
    if (!(tick >= -(2 ** 63) && tick < 2 ** 63)) return null;
    const upper = Math.floor(tick / word);
    highs[2 * i + high] = upper;
    lows[2 * i + low] = tick - upper * word;
  }
  return ticks;
}

/** The least and the greatest of ticks, and whether they never fall; zeros where there are none. */
export function tickRange(ticks: BigInt64Array): { minTick: bigint; maxTick: bigint; rising: boolean } {
  const n = ticks.length;
  if (n === 0) return { minTick: 0n, maxTick: 0n, rising: true };
  const lows = new Uint32Array(ticks.buffer, ticks.byteOffset, n * 2);
  const highs = new Int32Array(ticks.buffer, ticks.byteOffset, n * 2);
  let rising = true;
  let least = 0;
  let greatest = 0;
  for (let i = 1; i < n; i++) {
    const upper = highs[2 * i + high]!;
    const lower = lows[2 * i + low]!;
    const upperBefore = highs[2 * i - 2 + high]!;
    // While times rise, the greatest is the newest.
    if (upper > upperBefore || (upper === upperBefore && lower >= lows[2 * i - 2 + low]!)) {
      if (rising) {
        greatest = i;
        continue;
      }
    } else {
      rising = false;
    }
    if (ticks[i]! < ticks[least]!) least = i;
    if (ticks[i]! > ticks[greatest]!) greatest = i;
  }
  return { minTick: ticks[least]!, maxTick: ticks[greatest]!, rising };
}
