import type { Value } from './values.js';

/** Samples of one field in rising time; a null value is a gap. */
export interface Samples {
  readonly t: number[];
  readonly v: Value[];
}

/** Adds live samples that are newer than all there are; what is not newer is a repetition. Returns how many were added. */
export function append(to: Samples, t: readonly number[], v: readonly Value[]): number {
  const newest = to.t.at(-1) ?? -Infinity;
  let added = 0;
  for (let i = 0; i < t.length; i++) {
    // Equal times exist within one delivery, but never across its edge.
    if (t[i]! <= newest) continue;
    to.t.push(t[i]!);
    to.v.push(v[i] ?? null);
    added++;
  }
  return added;
}

/** Drops what is older than `start`, but for the one sample before it, which leads the line to the edge. */
export function trim(samples: Samples, start: number): void {
  let n = 0;
  while (n + 1 < samples.t.length && samples.t[n + 1]! < start) n++;
  if (n === 0) return;
  samples.t.splice(0, n);
  samples.v.splice(0, n);
}

/** The sample in force at time `t`: the last one not after it; null before the first. */
export function at(samples: Samples, t: number): { readonly t: number; readonly v: Value } | null {
  let low = 0;
  let high = samples.t.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (samples.t[mid]! <= t) low = mid + 1;
    else high = mid;
  }
  return low === 0 ? null : { t: samples.t[low - 1]!, v: samples.v[low - 1]! };
}

/** The newest sample; null where there is none. */
export function newest(samples: Samples): { readonly t: number; readonly v: Value } | null {
  const i = samples.t.length - 1;
  return i < 0 ? null : { t: samples.t[i]!, v: samples.v[i]! };
}

/** A state and how long it was in force. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly value: Value;
}

/** The states of a string or bool field within `[from, to]`: one span from each change to the next. */
export function spans(samples: Samples, from: number, to: number): Span[] {
  const found: { from: number; to: number; value: Value }[] = [];
  for (let i = 0; i < samples.t.length; i++) {
    const begin = Math.max(from, samples.t[i]!);
    const end = Math.min(to, samples.t[i + 1] ?? to);
    const last = found.at(-1);
    if (last && last.value === samples.v[i] && last.to >= begin) last.to = Math.max(last.to, end);
    else if (end > begin) found.push({ from: begin, to: end, value: samples.v[i]! });
  }
  return found;
}
