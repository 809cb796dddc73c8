import { SisockError } from '@sisock/core';
import type { Given } from './rows.js';

/**
 * Every row before `time` is given, and the first `k` at it. `instant`: by identity, since they were another source's rows,
 * whose times may differ by a rounding.
 */
export interface TimePlace {
  readonly time: number;
  readonly k: number;
  readonly instant?: boolean;
}

/**
 * Where somebody stands in a joined timeline.
 * `archive`: goes on by time, so it outlives any restart.
 * `feed`: the archive is given up to `cut` (-Infinity: nothing of it), and the feed up to its own cursor `inner`. `last`
 * and `k` tell what to go on with where that cursor is not good any more. `tail`: all that was there is given.
 */
export type Place =
  | ({ readonly stage: 'archive' } & TimePlace)
  | ({
      readonly stage: 'feed';
      readonly node: string;
      readonly inner: string | null;
      readonly cut: number;
      readonly tail: boolean;
    } & Given);

const longest = 8000;

/** The opaque text of a place in a timeline. */
export function formatCursor(timeline: string, place: Place): string {
  const head = ['j', signOf(timeline)];
  const rest =
    place.stage === 'archive'
      ? [out(place.time), place.k, ...(place.instant ? [1] : [])]
      : [out(place.cut), place.k, out(place.last), place.tail ? 1 : 0, place.node, place.inner];
  return JSON.stringify([...head, ...rest]);
}

/** @throws SisockError `bad_request` for a text that is no cursor of that timeline */
export function parseCursor(timeline: string, text: string): Place {
  const parts = text.length > longest ? null : list(text);
  const [kind, sign, at, k, last, tail, node, inner] = parts ?? [];
  const time = back(at);
  const isOurs =
    kind === 'j' && sign === signOf(timeline) && time !== null && Number.isSafeInteger(k) && Number(k) >= 0;
  if (isOurs && parts!.length === 4) return { stage: 'archive', time, k: Number(k) };
  if (isOurs && parts!.length === 5 && last === 1) return { stage: 'archive', time, k: Number(k), instant: true };
  const until = back(last);
  const isFeed = parts?.length === 8 && until !== null && (tail === 0 || tail === 1) && typeof node === 'string';
  if (isOurs && isFeed && (inner === null || typeof inner === 'string')) {
    return { stage: 'feed', node, inner, cut: time, last: until, k: Number(k), tail: tail === 1 };
  }
  throw new SisockError('bad_request', `cursor ${JSON.stringify(text.slice(0, 60))} is not of this timeline`);
}

function list(text: string): readonly unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? (parsed as readonly unknown[]) : null;
  } catch {
    return null;
  }
}

/** JSON knows no infinities. */
function out(time: number): number | string {
  return Number.isFinite(time) ? time : time > 0 ? '+' : '-';
}

function back(value: unknown): number | null {
  if (value === '+') return Infinity;
  if (value === '-') return -Infinity;
  return typeof value === 'number' ? value : null;
}

/** Tells a cursor of another timeline: a hash of the name (FNV-1a). */
function signOf(timeline: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < timeline.length; i++) hash = Math.imul(hash ^ timeline.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
