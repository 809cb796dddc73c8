import {
  checkReadQuery,
  checkReduceQuery,
  type QueryLimits,
  type ReadQuery,
  type ReduceQuery,
  SisockError,
  type TimeRange,
} from '@sisock/core';
import { dict, type Dict, wrong } from './check.js';
import type { Encoding } from './column.js';

/*
 * Arguments of our own procedures: one positional dictionary. Times are absolute UNIX seconds; a bound that is null is
 * infinite.
 */

/** Most samples of one chunk over WAMP: at 8 bytes a value this keeps a chunk of a few fields near a megabyte. */
export const defaultMaxSamples = 65_536;

export function catalogRequest(range: TimeRange): Dict {
  return wireRange(range);
}

export function readRequest({ timeline, fields, range, cursor, maxSamples }: ReadQuery, encoding: Encoding): Dict {
  return {
    timeline,
    fields,
    ...wireRange(range),
    ...(cursor === undefined ? {} : { cursor }),
    max_samples: Math.min(maxSamples, Number.MAX_SAFE_INTEGER),
    encoding,
  };
}

export function reduceRequest({ timeline, fields, start, width, count, want }: ReduceQuery, encoding: Encoding): Dict {
  return { timeline, fields, start, width, count, want, encoding };
}

/** @throws SisockError `bad_request` */
export function parseCatalogRequest(args: readonly unknown[]): TimeRange {
  return parseRange(only(args, ['start', 'end']));
}

export interface ReadRequest {
  readonly query: ReadQuery;
  readonly encoding: Encoding;
}

/** @throws SisockError `bad_request`, `too_large` */
export function parseReadRequest(args: readonly unknown[], limits: Partial<QueryLimits> = {}): ReadRequest {
  const request = only(args, ['timeline', 'fields', 'start', 'end', 'cursor', 'max_samples', 'encoding']);
  const cursor = request['cursor'];
  const query = {
    timeline: request['timeline'],
    fields: request['fields'],
    range: parseRange(request),
    maxSamples: request['max_samples'] ?? defaultMaxSamples,
    ...(cursor === undefined || cursor === null ? {} : { cursor }),
  } as ReadQuery;
  checkReadQuery(query, limits);
  if ((query.cursor?.length ?? 0) > longestCursor) {
    throw new SisockError(
      'bad_request',
      `cursor of ${query.cursor?.length} characters is longer than ${longestCursor}`,
    );
  }
  return { query, encoding: parseEncoding(request) };
}

/** Characters of a cursor in a request. */
export const longestCursor = 10_000;

export interface ReduceRequest {
  readonly query: ReduceQuery;
  readonly encoding: Encoding;
}

/** @throws SisockError `bad_request`, `too_large` */
export function parseReduceRequest(args: readonly unknown[], limits: Partial<QueryLimits> = {}): ReduceRequest {
  const request = only(args, ['timeline', 'fields', 'start', 'width', 'count', 'want', 'encoding']);
  const { timeline, fields, start, width, count, want } = request as unknown as ReduceQuery;
  const query = { timeline, fields, start, width, count, want };
  checkReduceQuery(query, limits);
  return { query, encoding: parseEncoding(request) };
}

/** The one argument; none stands for an empty dictionary. Keys we don't know are refused: they would be silently wrong. */
export function only(args: readonly unknown[], allowed: readonly string[]): Dict {
  if (args.length > 1)
    throw new SisockError('bad_request', `${args.length} arguments where one dictionary is expected`);
  const request = dict('bad_request', 'the argument', args[0] ?? {});
  for (const key of Object.keys(request)) {
    if (!allowed.includes(key)) throw wrong('bad_request', 'key', key, `one of ${allowed.join(', ')}`);
  }
  return request;
}

function wireRange({ start, end }: TimeRange): { start: number | null; end: number | null } {
  return { start: Number.isFinite(start) ? start : null, end: Number.isFinite(end) ? end : null };
}

function parseRange(request: Dict): TimeRange {
  const bound = (name: 'start' | 'end', infinite: number) => {
    const value = request[name] ?? infinite;
    if (typeof value === 'number' && !Number.isNaN(value)) return value;
    throw wrong('bad_request', name, value, 'a number of seconds or null');
  };
  return { start: bound('start', -Infinity), end: bound('end', Infinity) };
}

export function parseEncoding(request: Dict): Encoding {
  const encoding = request['encoding'] ?? 'json';
  if (encoding === 'binary' || encoding === 'json') return encoding;
  throw wrong('bad_request', 'encoding', encoding, 'binary or json');
}
