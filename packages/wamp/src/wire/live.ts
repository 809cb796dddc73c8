import { type Chunk, type Gap, SisockError } from '@sisock/core';
import { bool, dict, type Dict, finite, list, text, wholeNumber } from './check.js';
import type { Encoding } from './column.js';
import { decodeTime, decodeWanted, encodeChunk, wireTime } from './data-answers.js';
import { longestCursor, only, parseEncoding } from './requests.js';

/*
 * The live topics of a node: the request for a lease, its answer, and the events. An event tells the cursor it goes on
 * from, and each chunk in it the cursor it leads to, so that who listens can tell that nothing is missing.
 */

/** A request of `follow` that takes or renews a lease. */
export interface FollowRequest {
  readonly timeline: string;
  /** Catch up from this cursor as far as the topic has come. Left out: begin with what comes next. */
  readonly after?: string;
  /** Fields of what is caught up with; all where left out. Events always carry all. */
  readonly fields?: readonly string[];
  /** The lease to renew; without it, or where it has ended, a new one is given. */
  readonly lease?: string;
  /** Seconds the lease is to last; the node may give fewer. */
  readonly leaseSec: number;
  /** WAMP session that holds the lease: it ends when that one leaves. */
  readonly session?: number;
  readonly encoding: Encoding;
}

/** A request of `follow` that ends a lease. */
export interface ReleaseRequest {
  readonly release: string;
}

export interface FollowAnswer {
  readonly topic: string;
  readonly lease: string;
  readonly leaseSec: number;
  /** What lies between `after` and `cursor`. */
  readonly items: readonly (Chunk | Gap)[];
  readonly cursor: string;
  /**
   * Number of the event that goes on from `cursor` (somewhere within it); null when the answer could not come as far as
   * the topic: ask again with `cursor`.
   */
  readonly next: number | null;
}

/** What is published. `lost`: something can't be published, go on by asking. */
export type LiveEvent =
  | { readonly seq: number; readonly before: string; readonly items: readonly (Chunk | Gap)[]; readonly lost?: false }
  | { readonly seq: number; readonly lost: true };

const defaultLeaseSec = 30;
const longestLease = 100;
const mostItems = 100_000;

export function followRequest(request: FollowRequest | ReleaseRequest): Dict {
  if ('release' in request) return { lease: request.release, release: true };
  const { leaseSec, ...rest } = request;
  return { ...rest, lease_sec: leaseSec };
}

/** `maxFields`: most fields of one request. @throws SisockError `bad_request` naming what is wrong, `too_large` */
export function parseFollowRequest(args: readonly unknown[], maxFields = 10_000): FollowRequest | ReleaseRequest {
  const request = only(args, ['timeline', 'after', 'fields', 'lease', 'lease_sec', 'session', 'encoding', 'release']);
  const given = (key: string) => request[key] !== undefined && request[key] !== null;
  const lease = given('lease') ? text('bad_request', 'lease', request['lease'], longestLease) : undefined;
  if (given('release') && bool('bad_request', 'release', request['release'])) {
    if (lease === undefined) throw new SisockError('bad_request', 'release needs the lease that is to end');
    return { release: lease };
  }
  const leaseSec = given('lease_sec') ? finite('bad_request', 'lease_sec', request['lease_sec']) : defaultLeaseSec;
  if (!(leaseSec > 0)) throw new SisockError('bad_request', `lease_sec ${leaseSec} is not a number of seconds above 0`);
  return {
    timeline: text('bad_request', 'timeline', request['timeline'], longestTimeline),
    ...(given('after') && { after: text('bad_request', 'after', request['after'], longestCursor) }),
    ...(given('fields') && { fields: fieldNames(request['fields'], maxFields) }),
    ...(lease !== undefined && { lease }),
    leaseSec,
    ...(given('session') && { session: wholeNumber('bad_request', 'session', request['session']) }),
    encoding: parseEncoding(request),
  };
}

const longestTimeline = 10_000;

function fieldNames(value: unknown, most: number): readonly string[] {
  const names = list('bad_request', 'fields', value, Infinity);
  if (names.length > most) {
    throw new SisockError('too_large', `${names.length} fields are more than the ${most} allowed`);
  }
  return names.map((name) => text('bad_request', 'a field', name, longestTimeline));
}

export function encodeFollowAnswer(answer: FollowAnswer, encoding: Encoding): Dict {
  const { topic, lease, leaseSec, items, cursor, next } = answer;
  return { topic, lease, lease_sec: leaseSec, items: items.map((item) => encodeItem(item, encoding)), cursor, next };
}

/** @throws SisockError `bad_data` */
export function decodeFollowAnswer(answer: unknown, wanted: ReadonlySet<string>): FollowAnswer {
  const wire = dict('bad_data', 'the answer of follow', answer);
  return {
    topic: text('bad_data', 'topic', wire['topic']),
    lease: text('bad_data', 'lease', wire['lease'], longestLease),
    leaseSec: finite('bad_data', 'lease_sec', wire['lease_sec']),
    items: decodeItems(wire['items'], wanted),
    cursor: text('bad_data', 'cursor', wire['cursor'], longestCursor),
    next: wire['next'] === null ? null : wholeNumber('bad_data', 'next', wire['next']),
  };
}

export function encodeLiveEvent(event: LiveEvent, encoding: Encoding): Dict {
  if (event.lost === true) return { seq: event.seq, lost: true };
  return { seq: event.seq, before: event.before, items: event.items.map((item) => encodeItem(item, encoding)) };
}

/** The wanted fields of an event. @throws SisockError `bad_data` */
export function decodeLiveEvent(value: unknown, wanted: ReadonlySet<string>): LiveEvent {
  const wire = dict('bad_data', 'the event', value);
  const seq = wholeNumber('bad_data', 'seq', wire['seq']);
  if (wire['lost'] === true) return { seq, lost: true };
  return {
    seq,
    before: text('bad_data', 'before', wire['before'], longestCursor),
    items: decodeItems(wire['items'], wanted),
  };
}

function encodeItem(item: Chunk | Gap, encoding: Encoding): Dict {
  if (!('gap' in item)) return encodeChunk(item, encoding);
  const { rows, range } = item.gap;
  return { gap: { rows, start: wireTime(range.start), end: wireTime(range.end) } };
}

function decodeItems(value: unknown, wanted: ReadonlySet<string>): (Chunk | Gap)[] {
  return list('bad_data', 'items', value, mostItems).map((item) => {
    const wire = dict('bad_data', 'an item', item);
    if (!('gap' in wire)) return decodeWanted(wire, wanted);
    const gap = dict('bad_data', 'a gap', wire['gap']);
    const range = { start: decodeTime(gap['start'], 'start'), end: decodeTime(gap['end'], 'end') };
    return { gap: { rows: wholeNumber('bad_data', 'rows', gap['rows']), range } };
  });
}

/** About how many bytes of values an event holds, whatever is in it. */
export function weightOf(event: unknown): number {
  let weight = 0;
  const { items } = (event ?? {}) as { items?: unknown };
  for (const item of listed(items)) {
    for (const batch of listed((item as { batches?: unknown } | null)?.batches)) {
      const { t, columns } = (batch ?? {}) as { t?: unknown; columns?: unknown };
      weight += sizeOf(t);
      for (const column of listed(columns)) weight += Array.isArray(column) ? sizeOf(column[2]) : 0;
    }
  }
  return weight;
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function sizeOf(values: unknown): number {
  if (ArrayBuffer.isView(values)) return values.byteLength;
  if (typeof values === 'string') return values.length;
  return Array.isArray(values) ? 8 * values.length : 0;
}
