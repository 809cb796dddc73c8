/** Labels of an axis are at least so many CSS pixels apart. */
const apart = 26;

/**
 * Ticks of a log axis from `min` to `max` (above zero): at powers of ten, every second or third of them where there are
 * many, at 2 and 5 times of them where there is room; within a part of a power of ten at equal steps.
 */
export function logTicks(min: number, max: number, height: number): number[] {
  const low = Math.log10(min);
  const high = Math.log10(max);
  const decade = height / (high - low);
  if (high - low < 0.7) return equalSteps(min, max, height);
  if (decade * Math.log10(2) >= apart) return powers(low, high, 1, [1, 2, 5]);
  const step = [1, 2, 3, 5, 10, 20, 50].find((one) => one * decade >= apart) ?? 100;
  return powers(low, high, step, [1]);
}

function powers(low: number, high: number, step: number, factors: readonly number[]): number[] {
  const found: number[] = [];
  for (let power = Math.floor(low / step) * step; power <= high; power += step) {
    for (const factor of factors) found.push(Number(`${factor}e${power}`));
  }
  return found.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
}

function equalSteps(min: number, max: number, height: number): number[] {
  // Towards the upper end equal steps lie the nearer to each other.
  const least = (max * Math.log(max / min) * apart) / height;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= least)!;
  const found: number[] = [];
  for (let n = Math.ceil(min / step); n * step <= max; n++) found.push(Number((n * step).toPrecision(12)));
  return found;
}

/** The label of such a tick: as short as it is exact. */
export function formatLogTick(tick: number): string {
  const number = Number(tick.toPrecision(6));
  const text = number >= 1e6 || number < 1e-3 ? number.toExponential().replace('e+', 'e') : String(number);
  return text.replaceAll('-', '−');
}
