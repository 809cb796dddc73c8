import { type Buckets, type Column, type Piece, type TimeRange } from '@sisock/core';

/** Buckets in a tile. */
export const tileBuckets = 256;
/** A tile is made of so many of the next finer level, whose buckets are so many times narrower. */
export const tilesBelow = 4;
/** From one level to the next coarser one: widths are powers of 2, levels that are kept a factor of 4 apart. */
export const levelStep = 2;

/**
 * What one field came to in the buckets of a tile: samples that stand for all of it (of numbers the first, last, least
 * and greatest of each bucket, of equal extremes the first and the last, and one that is not finite; of states the first,
 * last and changes), and how many there were. Samples and counts are those that the reducers of core make; reducing them
 * again over coarser buckets that are made up of these gives what reducing everything gives.
 */
export interface Tile {
  /** Rising times; a new piece where the kind changes. */
  readonly pieces: readonly Piece[];
  /** Samples of each bucket, not-a-numbers and texts included. */
  readonly count: Uint32Array;
  /** How many of them are finite numbers (bools: 0 and 1), and their sum. */
  readonly finite: Uint32Array;
  readonly sum: Float64Array;
}

/** Which tile: buckets are 2^level seconds wide, the first begins at index * 256 * 2^level. */
export interface TileKey {
  readonly level: number;
  readonly index: number;
}

/** Seconds of a bucket of a level. */
export function bucketWidth(level: number): number {
  return 2 ** level;
}

/** The tile of a level that holds time `t`. */
export function tileIndex(level: number, t: number): number {
  return Math.floor(t / (tileBuckets * bucketWidth(level)));
}

export function tileRange({ level, index }: TileKey): TimeRange {
  const length = tileBuckets * bucketWidth(level);
  return { start: index * length, end: (index + 1) * length };
}

export function tileBucketsOf(key: TileKey): Buckets {
  return { start: tileRange(key).start, width: bucketWidth(key.level), count: tileBuckets };
}

/** The tiles of the next finer level that make up a tile, in rising time. */
export function finerTiles({ level, index }: TileKey): readonly TileKey[] {
  return Array.from({ length: tilesBelow }, (_, k) => ({ level: level - levelStep, index: tilesBelow * index + k }));
}

/** A tile without a sample. */
export const emptyTile: Tile = {
  pieces: [],
  count: new Uint32Array(tileBuckets),
  finite: new Uint32Array(tileBuckets),
  sum: new Float64Array(tileBuckets),
};

/** Bytes that a tile, and a piece, takes beside its values: each of their arrays some 450. */
const tileOverhead = 1600;
const pieceOverhead = 1000;

/** About how many bytes of memory a tile takes. */
export function tileBytes(tile: Tile): number {
  if (tile === emptyTile) return tileOverhead;
  let bytes = tileOverhead + tile.count.byteLength + tile.finite.byteLength + tile.sum.byteLength;
  for (const { t, column } of tile.pieces) bytes += pieceOverhead + t.byteLength + columnBytes(column);
  return bytes;
}

function columnBytes(column: Column): number {
  if (column.kind !== 'str') return column.v.byteLength;
  return column.v.reduce((bytes, text) => bytes + 16 + 2 * text.length, 0);
}
