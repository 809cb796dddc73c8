import type { BlockRows } from './block-rows.js';
import { lowerTick } from './block-rows.js';
import { comparePlaces, type Position } from './position.js';
import { joinSameTick, positionIn, type Segment, type WholeBlocks } from './same-tick.js';

/** Rows of a block that are still to be told: from `at`, before `to`. */
export interface OpenBlock {
  readonly block: BlockRows;
  at: number;
  readonly to: number;
}

/**
 * Takes rows out of open blocks in rising time: all before `until[k]` of `open[k]`, which must cut all blocks at one time.
 * Rows up to and including `after` are left out. Moves `at` of the blocks.
 * @returns the blocks of which all columns must be known first, where they are not: nothing is taken then
 */
export function mergeRows(
  open: readonly OpenBlock[],
  until: readonly number[],
  after: Position | null,
  whole: WholeBlocks,
): Segment[] | { readonly missing: readonly BlockRows[] } {
  const segments: Segment[] = [];
  const before = open.map(({ at }) => at);
  const heads = open.map((one, k) => ({ one, to: until[k]! })).filter(({ one, to }) => one.at < to);
  heads.sort((a, b) => comparePlaces(a.one.block, b.one.block));
  while (heads.length > 0) {
    const [first, second] = twoLeast(heads);
    const { one, to } = heads[first]!;
    const tick = one.block.ticks[one.at]!;
    const nextTick = second < 0 ? null : headTick(heads[second]!.one);
    if (nextTick !== tick && tick !== after?.tick) {
      const end = nextTick === null ? to : Math.min(to, lowerTick(one.block.ticks, nextTick));
      add(segments, { blocks: [one.block], from: [one.at], n: end - one.at });
      one.at = end;
    } else {
      const joined = joinSameTick(takeTick(heads, tick), whole);
      if ('missing' in joined) {
        open.forEach((opened, k) => (opened.at = before[k]!));
        return joined;
      }
      for (const segment of joined) {
        if (after === null || comparePositions(positionIn(segment, 0), after) > 0) add(segments, segment);
      }
    }
    for (let k = heads.length - 1; k >= 0; k--) if (heads[k]!.one.at >= heads[k]!.to) heads.splice(k, 1);
  }
  return segments;
}

type Head = { readonly one: OpenBlock; readonly to: number };

function headTick({ block, at }: OpenBlock): bigint {
  return block.ticks[at]!;
}

/** Indexes of the blocks that begin first and next (-1 where there is but one); of equal ones the first comes first. */
function twoLeast(heads: readonly Head[]): [number, number] {
  let first = 0;
  let second = -1;
  for (let k = 1; k < heads.length; k++) {
    const tick = headTick(heads[k]!.one);
    if (tick < headTick(heads[first]!.one)) {
      second = first;
      first = k;
    } else if (second < 0 || tick < headTick(heads[second]!.one)) second = k;
  }
  return [first, second];
}

/** Takes all rows of a tick, in the order of their places. */
function takeTick(heads: readonly Head[], tick: bigint): { block: BlockRows; row: number }[] {
  const rows: { block: BlockRows; row: number }[] = [];
  for (const { one, to } of heads) {
    while (one.at < to && headTick(one) === tick) rows.push({ block: one.block, row: one.at++ });
  }
  return rows;
}

function comparePositions(a: Position, b: Position): number {
  if (a.tick !== b.tick) return a.tick < b.tick ? -1 : 1;
  return comparePlaces(a, b) || a.row - b.row;
}

/** Appends a segment; one that goes on where the last one ends makes it longer. */
function add(segments: Segment[], segment: Segment): void {
  const last = segments.at(-1);
  const goesOn =
    last?.blocks.length === segment.blocks.length &&
    last.blocks.every((block, k) => block === segment.blocks[k] && last.from[k]! + last.n === segment.from[k]);
  if (goesOn) last.n += segment.n;
  else segments.push(segment);
}
