import { type Column, takeColumn } from '../batch.js';
import { concatColumns, concatTimes } from '../join.js';
import type { ReducedSamples, SampleMethod } from '../reader.js';

/** Some samples of one field. */
export interface Piece {
  readonly t: Float64Array;
  readonly column: Column;
}

/** The rows at `indexes` as a piece of their own. */
export function takePiece(t: Float64Array, column: Column, indexes: readonly number[]): Piece {
  const times = new Float64Array(indexes.length);
  for (let i = 0; i < indexes.length; i++) times[i] = t[indexes[i]!]!;
  return { t: times, column: takeColumn(column, indexes) };
}

/** One piece after the other in one. */
export function joinPieces(pieces: readonly Piece[]): Piece {
  return { t: concatTimes(pieces.map((p) => p.t)), column: concatColumns(pieces.map((p) => p.column)) };
}

/** Pieces as an answer; null when no row stood behind them. */
export function samplesOf(method: SampleMethod, pieces: readonly Piece[], from: number): ReducedSamples | null {
  const filled = pieces.filter((p) => p.t.length > 0);
  return filled.length === 0 ? null : { kind: 'samples', method, ...joinPieces(filled), from };
}
