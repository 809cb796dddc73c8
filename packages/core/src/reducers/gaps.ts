import { bucketEdge, type Buckets, bucketOf } from './buckets.js';

/** Tells what is a gap. Seconds throughout. */
export interface GapOptions {
  /** Usual time between samples; a gap is longer than `factor` (default 3) of it. */
  readonly interval?: number | null;
  readonly factor?: number;
  /** The longest step that is no gap; overrides `interval`. */
  readonly maxStep?: number;
  /**
   * Set for reduced samples: only neighbours in different buckets are judged. After M4 those were neighbours in the data,
   * so their step counts; after min-max (`method`) only the empty buckets between them do.
   */
  readonly buckets?: Buckets;
  readonly method?: 'm4' | 'minmax';
  /**
   * Width of the stored buckets that reduced samples were taken from (see ReducedSamples): neighbours within one of them
   * may have had others between them, and are not judged.
   */
  readonly blockWidth?: number | undefined;
}

/**
 * Indexes `i` such that a gap lies between samples `i` and `i + 1` of rising `t`. Without a usable interval (none given,
 * or not above 0) there is no gap.
 */
export function findGaps(t: Float64Array, options: GapOptions): Uint32Array {
  const found: number[] = [];
  const longest = longestStep(options);
  if (longest === null) return new Uint32Array(0);
  const { buckets, method, blockWidth } = options;
  // Times rise: most long steps are within one bucket, whose end is known from the step before.
  let end = -Infinity;
  for (let i = 0; i + 1 < t.length; i++) {
    if (!(t[i + 1]! - t[i]! > longest)) continue;
    if (t[i + 1]! < end) continue;
    if (buckets !== undefined) {
      const own = bucketOf(buckets, t[i]!);
      end = own < 0 ? -Infinity : bucketEdge(buckets, own + 1);
      const between = bucketOf(buckets, t[i + 1]!) - own;
      if (between < 1) continue;
      if (method === 'minmax' && !((between - 1) * buckets.width > longest)) continue;
    }
    if (blockWidth !== undefined && inOneBlock(t[i]!, t[i + 1]!, blockWidth)) continue;
    found.push(i);
  }
  return Uint32Array.from(found);
}

/**
 * Samples with a NaN row inside each gap, so that a line breaks there: one step behind the sample before the gap (half
 * way where that is unknown). No row where the line is broken already by a value that is not finite. The arrays given
 * come back where there is no gap.
 */
export function insertGaps(
  t: Float64Array,
  v: Float64Array,
  options: GapOptions,
): { readonly t: Float64Array; readonly v: Float64Array } {
  const gaps = findGaps(t, options).filter((i) => Number.isFinite(v[i]!) && Number.isFinite(v[i + 1]!));
  if (gaps.length === 0) return { t, v };
  const times = new Float64Array(t.length + gaps.length);
  const values = new Float64Array(t.length + gaps.length);
  let from = 0;
  gaps.forEach((gap, n) => {
    times.set(t.subarray(from, gap + 1), from + n);
    values.set(v.subarray(from, gap + 1), from + n);
    times[gap + 1 + n] = breakTime(t[gap]!, t[gap + 1]!, options.interval);
    values[gap + 1 + n] = NaN;
    from = gap + 1;
  });
  times.set(t.subarray(from), from + gaps.length);
  values.set(v.subarray(from), from + gaps.length);
  return { t: times, v: values };
}

/** True for times within one stored bucket: on multiples of its width. */
export function inOneBlock(a: number, b: number, blockWidth: number): boolean {
  return Math.floor(a / blockWidth) === Math.floor(b / blockWidth);
}

function longestStep({ maxStep, interval, factor = 3 }: GapOptions): number | null {
  const longest = maxStep ?? (interval ?? NaN) * factor;
  return longest > 0 ? longest : null;
}

function breakTime(before: number, after: number, interval: number | null | undefined): number {
  const step = interval ?? NaN;
  return step > 0 && before + step < after ? before + step : before + (after - before) / 2;
}

/** Most steps that {@link medianStep} looks at. */
const stepsLookedAt = 1001;

/**
 * The usual time between samples of rising `t`: the median of its steps above 0 (of at most a thousand, spread evenly),
 * null when there is none.
 */
export function medianStep(t: Float64Array): number | null {
  const all = t.length - 1;
  const n = Math.min(all, stepsLookedAt);
  const steps: number[] = [];
  for (let j = 0; j < n; j++) {
    const i = n === all ? j : Math.floor((j * all) / n);
    const step = t[i + 1]! - t[i]!;
    if (step > 0) steps.push(step);
  }
  steps.sort((a, b) => a - b);
  return steps[Math.floor((steps.length - 1) / 2)] ?? null;
}
