import {
  bucketEdge,
  type Buckets,
  changesReducer,
  type Column,
  type ColumnKind,
  concatColumns,
  concatTimes,
  extremesReducer,
  forEachBucket,
  type Piece,
  type PieceReducer,
  runsReducer,
  sliceColumn,
} from '@sisock/core';
import { Tally } from './tally.js';
import { emptyTile, finerTiles, type Tile, tileBucketsOf, type TileKey } from './tile.js';

/** Gathers rows of one field, in rising time, into a tile. */
export interface TileMaker {
  push(t: Float64Array, column: Column): void;
  /** Once. */
  finish(): Tile;
}

/**
 * One more than the changes that a reduction keeps of a bucket: the first sample of a bucket counts as one of them here and
 * may be none there.
 */
const mostChanges = 17;

/** A tile out of rows; those outside it are left out. */
export function tileMaker(key: TileKey): TileMaker {
  const buckets = tileBucketsOf(key);
  const samples = samplesReducer(buckets);
  const tally = new Tally(buckets);
  return {
    push(t, column) {
      samples.push(t, column);
      tally.rows(t, column);
    },
    finish: () => tileOf(samples.finish().pieces, tally),
  };
}

/** A tile out of the four that make it up, in rising time. */
export function joinTiles(key: TileKey, finer: readonly Tile[]): Tile {
  if (finer.every((tile) => tile === emptyTile)) return emptyTile;
  const buckets = tileBucketsOf(key);
  const samples = samplesReducer(buckets);
  const tally = new Tally(buckets);
  finerTiles(key).forEach((one, i) => {
    const tile = finer[i]!;
    for (const { t, column } of tile.pieces) samples.push(t, column);
    tally.tile(one, tile);
  });
  return tileOf(samples.finish().pieces, tally);
}

function samplesReducer(buckets: Buckets) {
  return runsReducer('m4', (method) =>
    method === 'changes' ? statesByBucket(buckets) : extremesReducer(buckets, 'stored'),
  );
}

/**
 * State changes of each bucket by itself, since coarser buckets may begin and end at any of them; and of bools and texts
 * apart, since only bools have a last value among the statistics.
 */
function statesByBucket(buckets: Buckets): PieceReducer {
  const pieces: Piece[] = [];
  let from = 0;
  let bucket = -1;
  let kind: ColumnKind | null = null;
  let inner: PieceReducer | null = null;
  const close = () => {
    if (inner === null) return;
    const part = inner.finish();
    pieces.push(...part.pieces);
    from += part.from;
    inner = null;
  };
  return {
    push(t, column) {
      forEachBucket(t, buckets, (k, a, b) => {
        if (k !== bucket || column.kind !== kind) close();
        bucket = k;
        ({ kind } = column);
        const own = { start: bucketEdge(buckets, k), width: buckets.width, count: 1 };
        inner ??= changesReducer(own, { maxChangesPerBucket: mostChanges, withPrevious: true });
        inner.push(t.subarray(a, b), sliceColumn(column, a, b));
      });
    },
    finish() {
      close();
      return { pieces, from };
    },
  };
}

function tileOf(pieces: readonly Piece[], { count, finite, sum }: Tally): Tile {
  if (pieces.length === 0) return emptyTile;
  return {
    pieces: compacted(pieces),
    count: Uint32Array.from(count),
    finite: Uint32Array.from(finite),
    sum: decimalSums(sum),
  };
}

/** How far, of the whole, rounding may have moved a sum of decimal numbers; and most decimals that are looked for. */
const roundedBy = 1e-13;
const mostPlaces = 6;

/** Sums without what rounding added where all are decimal numbers: they take half the space then. */
function decimalSums(sum: Float64Array): Float64Array {
  for (let power = 1; power <= 10 ** mostPlaces; power *= 10) {
    const decimal = sum.map((x) => Math.round(x * power) / power);
    if (sum.every((x, i) => Math.abs(x - decimal[i]!) <= roundedBy * Math.abs(x))) return decimal;
  }
  return sum;
}

/** Neighbours of one kind in one piece. */
function compacted(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (let from = 0; from < pieces.length;) {
    const { kind } = pieces[from]!.column;
    let to = from + 1;
    while (to < pieces.length && pieces[to]!.column.kind === kind) to++;
    const run = pieces.slice(from, to);
    joined.push(
      run.length === 1
        ? run[0]!
        : { t: concatTimes(run.map((p) => p.t)), column: concatColumns(run.map((p) => p.column)) },
    );
    from = to;
  }
  return joined;
}
