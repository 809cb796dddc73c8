import type { Value } from '../base/values.js';

/** Numbers in rising time; NaN is a gap. Both lists are as long. */
export interface NumberSamples {
  readonly kind: 'number';
  readonly t: ArrayLike<number>;
  readonly v: ArrayLike<number>;
}

/** Strings or bools in rising time, each in force until the next; null is a gap. */
export interface StateSamples {
  readonly kind: 'state';
  readonly t: ArrayLike<number>;
  readonly v: ArrayLike<State>;
}

export type State = string | boolean | null;
export type Samples = NumberSamples | StateSamples;

/** One sample. */
export interface Sample {
  readonly t: number;
  readonly v: Value;
}

export const noNumbers: NumberSamples = { kind: 'number', t: [], v: [] };

/** The first index whose time is not before `x`. */
export function lowerBound(t: ArrayLike<number>, x: number): number {
  let low = 0;
  let high = t.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (t[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The sample in force at time `x`: the last one not after it. Null before the first. */
export function sampleAt(samples: Samples, x: number): Sample | null {
  const { t } = samples;
  let i = lowerBound(t, x);
  if (!(i < t.length && t[i] === x)) i--;
  // Of several at the same time the last counts.
  while (i >= 0 && i + 1 < t.length && t[i + 1] === t[i]) i++;
  return i < 0 ? null : sampleOf(samples, i);
}

/** The last sample; null where there is none. */
export function newestOf(samples: Samples): Sample | null {
  return samples.t.length === 0 ? null : sampleOf(samples, samples.t.length - 1);
}

function sampleOf({ t, v }: Samples, i: number): Sample {
  const value = v[i]!;
  return { t: t[i]!, v: typeof value === 'number' && Number.isNaN(value) ? null : value };
}

/** Columns as the server sends them. Numbers become numbers with NaN for null; anything else is a state. */
export function samplesFrom(t: readonly number[], v: readonly Value[], isNumber: boolean): Samples {
  if (!isNumber) return { kind: 'state', t, v: v as readonly State[] };
  return { kind: 'number', t: Float64Array.from(t), v: Float64Array.from(v, (x) => (typeof x === 'number' ? x : NaN)) };
}

/** A piece of the samples by their indices. */
export function sliceOf(samples: Samples, from: number, to: number): Samples {
  const cut = <T>(list: ArrayLike<T>) => Array.prototype.slice.call(list, from, to) as T[];
  return samples.kind === 'number'
    ? { kind: 'number', t: cut(samples.t), v: cut(samples.v) }
    : { kind: 'state', t: cut(samples.t), v: cut(samples.v) };
}
