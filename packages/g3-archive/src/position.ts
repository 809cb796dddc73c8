import { SisockError } from '@sisock/core';

/** Where a frame's block stands: what orders samples of equal ticks. */
export interface Place {
  readonly fileId: number;
  readonly offset: number;
  readonly index: number;
}

/** A row of the archive. `row`: of the block, its rows in rising time. */
export interface Position extends Place {
  readonly tick: bigint;
  readonly row: number;
}

/** Below 0 where `a` stands before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  return a.fileId - b.fileId || a.offset - b.offset || a.index - b.index;
}

/** A cursor behind a row: it needs nothing but the archive to be continued. */
export function encodeCursor({ tick, fileId, offset, index, row }: Position): string {
  return `${tick}:${fileId}:${offset}:${index}:${row}`;
}

const form = /^(-?\d{1,19}):(\d{1,15}):(\d{1,15}):(\d{1,10}):(\d{1,10})$/;
const greatest = 2n ** 63n;

/**
 * What a cursor says; null for the empty one, which stands before all rows.
 * @throws SisockError `bad_request` for what {@link encodeCursor} does not give.
 */
export function decodeCursor(cursor: string | undefined): Position | null {
  if (cursor === undefined || cursor === '') return null;
  const [, tick, fileId, offset, index, row] = form.exec(cursor) ?? [];
  const at = tick === undefined ? greatest : BigInt(tick);
  if (at >= greatest || at < -greatest) {
    throw new SisockError('bad_request', `cursor ${JSON.stringify(cursor.slice(0, 60))} is none that this node gave`);
  }
  return { tick: at, fileId: Number(fileId), offset: Number(offset), index: Number(index), row: Number(row) };
}
