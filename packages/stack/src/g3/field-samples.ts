import { type Column, SisockError, takeColumn } from '@sisock/core';
import { ticksToSeconds } from '@sisock/codecs/g3';
import type { Part } from './find-parts.js';
import type { PartSource } from './part-source.js';

/** Samples of a field in the order of their times. */
export interface FieldSamples {
  readonly t: Float64Array;
  readonly column: Column;
}

/** Blocks whose times overlap are sorted together in memory, up to so many samples. */
const mostSorted = 20_000_000;

/**
 * Samples of a range, in the order of their times; those of equal times in the order of files and places. Parts must stand
 * by their times. Holds one block at a time; where blocks overlap, those that do.
 * @throws SisockError `too_large` where more overlap than can be sorted
 */
export async function* fieldSamples(
  source: PartSource,
  parts: readonly Part[],
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<FieldSamples, void> {
  for (const together of overlapping(parts)) {
    const rows: FieldSamples[] = [];
    for (const part of together) {
      const { ticks, column } = await source.read(part);
      rows.push(inRange(ticksToSeconds(ticks), column, range));
    }
    if (together.length === 1 && together[0]!.rising) yield rows[0]!;
    else yield* sorted(rows);
  }
}

function* overlapping(parts: readonly Part[]): Generator<Part[]> {
  let together: Part[] = [];
  let last = 0n;
  let count = 0;
  for (const part of parts) {
    if (together.length > 0 && part.minTick >= last) {
      yield together;
      together = [];
      count = 0;
    }
    if (together.length === 0 || part.maxTick > last) last = part.maxTick;
    together.push(part);
    count += part.count;
    if (together.length > 1 && count > mostSorted) {
      throw new SisockError('too_large', `more than ${mostSorted} samples overlap: ask a shorter range`);
    }
  }
  if (together.length > 0) yield together;
}

function inRange(t: Float64Array, column: Column, { start, end }: { start: number; end: number }): FieldSamples {
  if (t.every((x) => x >= start && x < end)) return { t, column };
  const kept: number[] = [];
  t.forEach((x, i) => {
    if (x >= start && x < end) kept.push(i);
  });
  return { t: Float64Array.from(kept, (i) => t[i]!), column: takeColumn(column, kept) };
}

/** Runs of the same part stay together, so that each keeps its own kind. */
function* sorted(rows: readonly FieldSamples[]): Generator<FieldSamples> {
  const total = rows.reduce((n, { t }) => n + t.length, 0);
  const part = new Uint32Array(total);
  const place = new Uint32Array(total);
  let n = 0;
  rows.forEach(({ t }, p) => {
    for (let i = 0; i < t.length; i++, n++) {
      part[n] = p;
      place[n] = i;
    }
  });
  const time = (i: number) => rows[part[i]!]!.t[place[i]!]!;
  const order = new Uint32Array(total).map((_, i) => i).sort((a, b) => time(a) - time(b) || a - b);
  for (let from = 0; from < total;) {
    const of = part[order[from]!]!;
    let to = from + 1;
    while (to < total && part[order[to]!]! === of) to++;
    const places = order.subarray(from, to).map((i) => place[i]!);
    const { t, column } = rows[of]!;
    yield { t: Float64Array.from(places, (i) => t[i]!), column: takeColumn(column, places) };
    from = to;
  }
}
