import {
  bucketEdge,
  type Column,
  fieldReducer,
  isState,
  type ReducedField,
  type ReduceQuery,
  type Stat,
} from '@sisock/core';
import { countWithin, Tally } from './tally.js';
import type { Tile, TileKey } from './tile.js';

/** Makes the answer for one field out of tiles and, behind them, rows; both in rising time. */
export interface FieldAnswer {
  /** False when the tile can't tell what is wanted: the answer must be made of rows. */
  tile(key: TileKey, tile: Tile): boolean;
  rows(t: Float64Array, column: Column): void;
  /** Null when there is nothing. Once. */
  finish(): ReducedField | null;
}

/** `blockWidth`: of the widest buckets that it is made of; `until`: where the tiles end. */
export function fieldAnswer(query: ReduceQuery, blockWidth: number, until: number): FieldAnswer {
  return typeof query.want === 'string' ? samplesAnswer(query, blockWidth, until) : statsAnswer(query, query.want);
}

function samplesAnswer(query: ReduceQuery, blockWidth: number, until: number): FieldAnswer {
  const reducer = fieldReducer(query, query.want);
  const end = Math.min(until, bucketEdge(query, query.count));
  let counted = 0;
  let rows = 0;
  return {
    tile(key, tile) {
      for (const { t, column } of tile.pieces) {
        if (query.want === 'changes' && !isState(column)) return false;
        reducer.push(t, column);
      }
      counted += countWithin(key, tile, query.start, end);
      return true;
    },
    rows(t, column) {
      reducer.push(t, column);
      rows += t.length;
    },
    finish() {
      const field = reducer.finish();
      if (field?.kind !== 'samples') return null;
      const from = Math.max(field.t.length, Math.round(counted) + rows);
      return { ...field, from, blockWidth };
    },
  };
}

function statsAnswer(query: ReduceQuery, want: readonly Stat[]): FieldAnswer {
  const counted = want.filter((stat) => stat === 'count' || stat === 'mean');
  const picked = want.filter((stat) => stat !== 'count' && stat !== 'mean');
  const reducer = fieldReducer(query, picked);
  const tally = new Tally(query);
  return {
    tile(key, tile) {
      for (const { t, column } of tile.pieces) reducer.push(t, column);
      tally.tile(key, tile);
      return true;
    },
    rows(t, column) {
      reducer.push(t, column);
      tally.rows(t, column);
    },
    finish() {
      const field = reducer.finish();
      if (field?.kind !== 'stats') return null;
      return {
        ...field,
        ...(counted.includes('count') && { count: tally.count }),
        ...(counted.includes('mean') && { mean: tally.means() }),
      };
    },
  };
}
