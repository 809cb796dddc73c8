import { lowerBound, throwIfCancelled, type TimeRange } from '@sisock/core';
import type { FileTree } from './file-tree.js';
import type { Samples } from './sample-lines.js';

/**
 * The samples of a field in a range, piece by piece in rising time; equal times in the order of their files. Opens no file
 * whose name says that it has nothing there, and the next one only when it is asked for more.
 * @throws SisockError `cancelled` after the signal.
 */
export async function* samplesWithin(
  tree: FileTree,
  field: string,
  range: TimeRange,
  signal?: AbortSignal,
): AsyncGenerator<Samples, void, undefined> {
  const { files, coverOf, within } = tree.filesOf(field);
  let kept: Samples | null = null;
  for (const i of within(range)) {
    throwIfCancelled(signal);
    // Neither this file nor a later one has anything before its start: what lies there is complete.
    const [complete, rest] = splitAt(kept, coverOf(i).start);
    if (complete) yield complete;
    kept = merged(rest, cut(await tree.samples(files[i]!), range));
  }
  throwIfCancelled(signal);
  if (kept) yield kept;
}

function splitAt(samples: Samples | null, time: number): [Samples | null, Samples | null] {
  if (samples === null) return [null, null];
  const row = lowerBound(samples.t, time);
  return [rows(samples, 0, row), rows(samples, row, samples.t.length)];
}

function cut(samples: Samples, { start, end }: TimeRange): Samples | null {
  return rows(samples, lowerBound(samples.t, start), lowerBound(samples.t, end));
}

function rows({ t, v }: Samples, from: number, to: number): Samples | null {
  return to > from ? { t: t.subarray(from, to), v: v.subarray(from, to) } : null;
}

function merged(first: Samples | null, second: Samples | null): Samples | null {
  if (first === null || second === null) return first ?? second;
  const length = first.t.length + second.t.length;
  const t = new Float64Array(length);
  const v = new Float64Array(length);
  let a = 0;
  let b = 0;
  for (let i = 0; i < length; i++) {
    const takeFirst = b === second.t.length || (a < first.t.length && first.t[a]! <= second.t[b]!);
    const from = takeFirst ? first : second;
    const row = takeFirst ? a++ : b++;
    t[i] = from.t[row]!;
    v[i] = from.v[row]!;
  }
  return { t, v };
}
