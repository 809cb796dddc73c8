import { type ColumnKind, SisockError } from '@sisock/core';
import { type FrameColumns, frameColumns, joinFrames } from '../frame-codec.js';
import type { FieldKinds } from '../rows.js';
import type { BlockEntry, FileUpdate, TickSpan } from '../types.js';
import { leastTick, mostTick, storable } from '../values.js';

/** What one file brings for one timeline. */
export interface FoundRun {
  readonly feed: string;
  readonly block: string;
  readonly frames: FrameColumns;
  readonly fields: FieldKinds;
  readonly span: TickSpan;
  readonly samples: number;
}

/** Blocks by timeline, empty ones left out; fields have the kind they have in the newest block. */
export function groupBlocks(update: FileUpdate): FoundRun[] {
  const groups = new Map<string, BlockEntry[]>();
  for (const entry of update.blocks) {
    checkEntry(entry, update.file.path);
    if (entry.count === 0) continue;
    const key = `${entry.feed}\0${entry.block}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups.values()].map((entries) => ({
    feed: storable(entries[0]!.feed),
    block: storable(entries[0]!.block),
    frames: frameColumns(entries),
    fields: newestKinds(entries),
    span: spanOf(entries.map((e) => ({ first: e.minTick, last: e.maxTick })))!,
    samples: entries.reduce((sum, e) => sum + e.count, 0),
  }));
}

/** A run with more frames behind it. `fields` of the newer samples win. */
export function appendRun(known: Omit<FoundRun, 'feed' | 'block'>, more: FoundRun): FoundRun {
  const [older, newer] = more.span.last >= known.span.last ? [known, more] : [more, known];
  return {
    feed: more.feed,
    block: more.block,
    frames: joinFrames(known.frames, more.frames),
    fields: new Map([...older.fields, ...newer.fields]),
    span: spanOf([known.span, more.span])!,
    samples: known.samples + more.samples,
  };
}

/** The least span that holds all; null of none. */
export function spanOf(spans: readonly TickSpan[]): TickSpan | null {
  let whole: { first: bigint; last: bigint } | null = null;
  for (const { first, last } of spans) {
    if (whole === null) whole = { first, last };
    if (first < whole.first) whole.first = first;
    if (last > whole.last) whole.last = last;
  }
  return whole;
}

/** Spans in order, those that overlap joined. */
export function mergeSpans(spans: readonly TickSpan[]): TickSpan[] {
  const merged: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of [...spans].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = merged.at(-1);
    if (before === undefined || first > before.last) merged.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return merged;
}

function newestKinds(entries: readonly BlockEntry[]): FieldKinds {
  // Most indexers hand the same map for frames that are alike.
  const newest = new Map<FieldKinds, bigint>();
  for (const { fields, maxTick } of entries) {
    const before = newest.get(fields);
    if (before === undefined || maxTick > before) newest.set(fields, maxTick);
  }
  const kinds = new Map<string, ColumnKind>();
  for (const [fields] of [...newest].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    for (const [field, kind] of fields) kinds.set(field, kind);
  }
  return kinds;
}

function checkEntry(e: BlockEntry, path: string): void {
  const whole = [e.offset, e.length, e.count].every((n) => Number.isSafeInteger(n) && n >= 0);
  const index = Number.isInteger(e.index) && e.index >= 0 && e.index < 2 ** 32;
  const ticks = e.count === 0 || (e.minTick >= leastTick && e.maxTick <= mostTick && e.minTick <= e.maxTick);
  if (whole && index && ticks) return;
  const { offset, length, count } = e;
  throw new SisockError(
    'bad_request',
    `a block of ${path} can't be stored: ` +
      `offset ${offset}, length ${length}, index ${e.index}, count ${count}, ticks ${e.minTick} to ${e.maxTick}`,
  );
}
