import { SisockError } from '@sisock/core';

/**
 * What somebody has got of a block: every row that arrived before `arrival` and stands at or before the place
 * (`time`, `placeArrival`) in the order of time, equal times in the order of arrival. So rows that come in late, before
 * the place, are still told (they arrive later), and none is told twice.
 */
export interface Position {
  readonly arrival: number;
  readonly time: number;
  readonly placeArrival: number;
}

/** Decoded cursor. `newest`: the latest time that was told, to go on from after a restart of the node. */
export interface Cursor {
  /** Of the ring that gave it; another one numbers its rows anew. */
  readonly ring: string;
  readonly position: Position;
  readonly newest: number;
}

/** The opaque text of a cursor. */
export function encodeCursor({ ring, position, newest }: Cursor): string {
  return [ring, position.arrival, position.time, position.placeArrival, newest].join(':');
}

/** @throws SisockError `bad_request` when the text is no cursor of a feed. */
export function decodeCursor(text: string): Cursor {
  const parts = text.split(':');
  const [arrival, time, placeArrival, newest] = parts.slice(1).map((part) => (part === '' ? NaN : Number(part)));
  const numbers = [arrival, time, placeArrival, newest];
  if (text.length > 200 || parts.length !== 5 || numbers.some((x) => Number.isNaN(x)) || arrival! < 0) {
    throw new SisockError('bad_request', `cursor ${JSON.stringify(text.slice(0, 60))} is not one of this node`);
  }
  return {
    ring: parts[0]!,
    position: { arrival: arrival!, time: time!, placeArrival: placeArrival! },
    newest: newest!,
  };
}
