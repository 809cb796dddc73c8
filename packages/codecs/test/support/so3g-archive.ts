import { type Column, type Value, valueAt } from '@sisock/core';
import {
  decodeHk,
  type G3Frame,
  FrameWalker,
  HkTracker,
  initialHkState,
  isHkFrame,
  summarizeHk,
  ticksToSeconds,
  type WalkedFrame,
} from '@sisock/codecs/g3';

export interface ArchivedBlock {
  readonly file: string;
  readonly offset: number;
  readonly index: number;
  readonly feed: string;
  readonly name: string;
  readonly t: Float64Array;
  readonly columns: ReadonlyMap<string, Column>;
}

/** All frames of a file that must be whole. */
export function framesOf(bytes: Uint8Array): G3Frame[] {
  const walker = new FrameWalker();
  const walked: WalkedFrame[] = walker.push(bytes);
  const damage = walker.end();
  if (damage !== null) throw damage;
  return walked.map(({ frame }) => frame!);
}

/** All blocks of a file, each read twice: summarized and decoded. */
export function blocksOf(file: string, bytes: Uint8Array): ArchivedBlock[] {
  const tracker = new HkTracker(initialHkState);
  const found: ArchivedBlock[] = [];
  for (const frame of framesOf(bytes)) {
    if (!isHkFrame(frame)) continue;
    const hk = decodeHk(frame);
    const feed = tracker.follow(hk, frame.offset);
    checkSummary(frame);
    if (hk.kind !== 'data' || feed === null) continue;
    for (const { index, name, ticks, columns } of hk.blocks) {
      found.push({ file, offset: frame.offset, index, feed, name, t: ticksToSeconds(ticks), columns });
    }
  }
  return found;
}

/** That a summary says what the values are. */
function checkSummary(frame: G3Frame): void {
  const summary = summarizeHk(frame);
  const hk = decodeHk(frame);
  if (summary.kind !== hk.kind) throw new Error(`${summary.kind} is ${hk.kind}`);
  if (summary.kind !== 'data' || hk.kind !== 'data') return;
  const derived = hk.blocks.map(({ index, name, ticks, columns }) => {
    const sorted = BigInt64Array.from(ticks).sort();
    return {
      ...{ index, name, count: ticks.length, minTick: sorted[0] ?? 0n, maxTick: sorted.at(-1) ?? 0n },
      rising: ticks.every((tick, i) => i === 0 || tick >= ticks[i - 1]!),
      fields: [...columns].map(([field, { kind }]) => [field, kind]),
    };
  });
  const said = summary.blocks.map((block) => ({ ...block, fields: [...block.fields] }));
  const text = (x: unknown) => JSON.stringify(x, (_key, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v));
  if (text(said) !== text(derived)) throw new Error(`${text(said)} is ${text(derived)}`);
}

/** Samples of a field by its full name, in the order that so3g's archive gives them in. */
export function samplesOf(blocks: readonly ArchivedBlock[], name: string, start = -Infinity, end = Infinity) {
  const holding = blocks.filter(
    ({ feed, columns, t }) => name.startsWith(`${feed}.`) && columns.has(name.slice(feed.length + 1)) && t.length > 0,
  );
  holding.sort((a, b) => a.t[0]! - b.t[0]! || a.t.at(-1)! - b.t.at(-1)!);
  const times: number[] = [];
  const values: Value[] = [];
  for (const { feed, columns, t } of holding) {
    const column = columns.get(name.slice(feed.length + 1))!;
    t.forEach((time, i) => {
      if (time < start || time >= end) return;
      times.push(time);
      values.push(valueAt(column, i));
    });
  }
  return { times, values };
}
