import { lowerBound, throwIfCancelled, type TimeRange } from '@sisock/core';
import type { ArchiveIndex, FeedsView } from './archive-index.js';
import type { BlockRows } from './block-rows.js';
import { lowerTick } from './block-rows.js';
import type { FrameBlocks } from './frame-blocks.js';
import { planFrames, type PlannedFrame } from './frame-plan.js';
import { mergeRows, type OpenBlock } from './merge-rows.js';
import type { Position } from './position.js';
import type { Segment } from './same-tick.js';
import { secondsOf } from './timelines.js';

export interface RowQuery {
  readonly view: FeedsView;
  readonly feed: string;
  /** Own names. */
  readonly fields: ReadonlySet<string>;
  /** Finite. */
  readonly range: TimeRange;
  readonly after: Position | null;
  /** About how many rows will be taken: so many are read at a time. */
  readonly rows: number;
  readonly revision: string;
}

export interface RowSource {
  readonly index: ArchiveIndex;
  readonly blocks: FrameBlocks;
}

/** The index is asked for windows of 2^k hours, whose edges are multiples of their lengths: so that answers can be used again. */
const hour = 3600;
const firstWindow = 3;
const lastWindow = 17;
/** Windows grow while they bring fewer frames, and shrink when they bring more. */
const fewFrames = 64;
const manyFrames = 1024;
/** Most bytes and frames that are read at a time. */
const bytesAtOnce = 8_000_000;
const framesAtOnce = 256;
/** Milliseconds of work after which others have their turn. */
const turnMs = 20;

/**
 * Rows of a feed's fields in rising time, out of all frames that hold one, a few at a time: what is held are the frames
 * that overlap at the place it has come to.
 */
export async function* rowsWithin(
  { index, blocks }: RowSource,
  query: RowQuery,
  signal?: AbortSignal,
): AsyncGenerator<readonly Segment[]> {
  const { view, feed, fields, after, range } = query;
  let power = windowFor(range);
  let turn = performance.now();
  let start = after === null ? range.start : Math.max(range.start, secondsOf(after.tick));
  while (start < range.end) {
    throwIfCancelled(signal);
    const length = hour * 2 ** power;
    const edge = Math.floor(start / length) * length;
    const runs = await index.runs(view, { feed, fields, range: { start: edge, end: edge + length } }, signal);
    const window = { start, end: Math.min(range.end, edge + length) };
    const plan = planFrames(runs, fields, window);
    for await (const segments of mergedRows(blocks, plan, window, query, signal)) {
      if (segments.length > 0) yield segments;
      if (performance.now() - turn < turnMs) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      throwIfCancelled(signal);
      turn = performance.now();
    }
    start = window.end;
    if (plan.length < fewFrames) power = Math.min(lastWindow, power + 2);
    else if (plan.length > manyFrames) power = Math.max(0, power - 1);
  }
}

/** Large enough for the range, so that it falls into two windows at most, but not larger than a first guess may be. */
function windowFor({ start, end }: TimeRange): number {
  const power = Math.ceil(Math.log2(Math.max(1, (end - start) / hour)));
  return Math.min(firstWindow, power);
}

async function* mergedRows(
  blocks: FrameBlocks,
  plan: readonly PlannedFrame[],
  window: TimeRange,
  { fields, after, rows, revision }: RowQuery,
  signal: AbortSignal | undefined,
): AsyncGenerator<Segment[]> {
  let open: (OpenBlock & { readonly frame: PlannedFrame })[] = [];
  let loaded: readonly (BlockRows | null)[] = [];
  let loadedFrom = 0;
  const whole = new Map<BlockRows, BlockRows>();
  for (let next = 0; next < plan.length; next++) {
    if (next >= loadedFrom + loaded.length) {
      loadedFrom = next;
      loaded = await blocks.load(nextFrames(plan, next, rows), fields, revision, signal);
    }
    const block = loaded[next - loadedFrom];
    if (block) open.push({ ...openWithin(block, window, after), frame: plan[next]! });
    // All that is to come begins at or behind the start of the next frame.
    const end = plan[next + 1]?.start ?? Infinity;
    const until = open.map((one) => Math.min(one.to, lowerBound(one.block.t, end)));
    let merged = mergeRows(open, until, after, whole);
    while ('missing' in merged) {
      for (const { frame, block: part } of open) {
        if (!merged.missing.includes(part)) continue;
        const [all] = await blocks.load([frame], new Set(frame.run.fields.keys()), revision, signal);
        whole.set(part, all ?? part);
      }
      merged = mergeRows(open, until, after, whole);
    }
    yield merged;
    for (const { at, to, block: part } of open) if (at >= to) whole.delete(part);
    open = open.filter(({ at, to }) => at < to);
  }
}

function nextFrames(plan: readonly PlannedFrame[], from: number, rows: number): readonly PlannedFrame[] {
  let bytes = 0;
  let count = 0;
  let to = from;
  while (to < plan.length && to - from < framesAtOnce && bytes < bytesAtOnce && count <= rows) {
    const { run, at } = plan[to]!;
    bytes += run.length[at]!;
    count += run.count[at]!;
    to++;
  }
  return plan.slice(from, to);
}

function openWithin(block: BlockRows, { start, end }: TimeRange, after: Position | null): OpenBlock {
  const from = lowerBound(block.t, start);
  const behind = after === null ? 0 : lowerTick(block.ticks, after.tick);
  return { block, at: Math.max(from, behind), to: lowerBound(block.t, end) };
}
