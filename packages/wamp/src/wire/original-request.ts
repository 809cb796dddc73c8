import { checkMinStride, SisockError } from '@sisock/core';
import { finite, list, text } from './check.js';

/*
 * Arguments of the original's procedures, positional or by keyword (autobahn for Python sends either). Times are sisock
 * times: at most 0 is relative to now.
 */

type Kwargs = Readonly<Record<string, unknown>>;

export interface GetFieldsRequest {
  readonly start: number;
  readonly end: number;
}

export interface GetDataRequest extends GetFieldsRequest {
  readonly fields: readonly string[];
  /** Least seconds between samples, null for all of them. */
  readonly minStride: number | null;
}

/** @throws SisockError `bad_request` naming the argument */
export function parseGetFields(args: readonly unknown[], kwargs: Kwargs = {}): GetFieldsRequest {
  const [start, end] = named(args, kwargs, ['start', 'end']);
  return { start: finite('bad_request', 'start', start), end: finite('bad_request', 'end', end) };
}

/** `maxFields`: most fields of one request. @throws SisockError `bad_request` naming the argument */
export function parseGetData(args: readonly unknown[], kwargs: Kwargs = {}, maxFields = 10_000): GetDataRequest {
  const [field, start, end, minStride] = named(args, kwargs, ['field', 'start', 'end', 'min_stride']);
  const fields = typeof field === 'string' ? [field] : list('bad_request', 'field', field, maxFields);
  return {
    fields: [...new Set(fields.map((f) => text('bad_request', 'a field', f)))],
    start: finite('bad_request', 'start', start),
    end: finite('bad_request', 'end', end),
    minStride: checkMinStride(minStride),
  };
}

function named(args: readonly unknown[], kwargs: Kwargs, names: readonly string[]): unknown[] {
  if (args.length > names.length) {
    throw new SisockError('bad_request', `${args.length} arguments where ${names.join(', ')} are expected`);
  }
  for (const key of Object.keys(kwargs)) {
    const at = names.indexOf(key);
    if (at < 0) throw new SisockError('bad_request', `argument ${JSON.stringify(key.slice(0, 60))} is unknown`);
    if (at < args.length) throw new SisockError('bad_request', `argument ${key} is given twice`);
  }
  return names.map((name, i) => (i < args.length ? args[i] : kwargs[name]));
}
