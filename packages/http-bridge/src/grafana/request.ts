import type { TimeRange } from '@sisock/core';
import { z } from 'zod';
import { parseWith } from '../http/body.js';

/** One target that wants an answer. */
export interface Target {
  readonly text: string;
  readonly refId: string | undefined;
}

export interface GrafanaQuery {
  readonly range: TimeRange;
  /** Undefined where the request does not say (alerting, Explore). */
  readonly maxDataPoints: number | undefined;
  readonly targets: readonly Target[];
}

/** Grafana writes ISO 8601 UTC with milliseconds; epoch milliseconds are understood as well. */
const time = z
  .union([z.string(), z.number()], { error: 'a time is ISO 8601 text or a number of milliseconds' })
  .transform((value) => (typeof value === 'number' ? value : Date.parse(value)) / 1000)
  .refine((seconds) => Math.abs(seconds) <= 8.64e12, 'a time is ISO 8601 text or a number of milliseconds');

const points = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error: 'a number of points is wanted' })
  .pipe(z.number().min(0, 'a number of points is wanted'));

const target = z.object(
  {
    target: z.string('a target is a text, node::field').nullish(),
    refId: z.string('a refId is a text').nullish(),
    hide: z.unknown().optional(),
  },
  'a target is an object',
);

const query = z.object(
  {
    range: z.object({ from: time, to: time }, 'a range has a from and a to'),
    maxDataPoints: points.nullish(),
    targets: z.array(target, 'a list of targets is wanted').nullish(),
  },
  'an object is wanted',
);

/**
 * The body of `POST /query`, as SimpleJson and simPod send it. Keys that mean nothing here are ignored; so are hidden and
 * empty targets, and the "select metric" that SimpleJson has before something is picked.
 * @throws SisockError `bad_request` naming what is wrong.
 */
export function parseQuery(body: unknown): GrafanaQuery {
  const { range, maxDataPoints, targets } = parseWith(query, body, 'body');
  return {
    range: { start: range.from, end: range.to },
    maxDataPoints: maxDataPoints ? Math.max(1, Math.floor(maxDataPoints)) : undefined,
    targets: (targets ?? [])
      .filter(({ target: text, hide }) => hide !== true && text && text !== 'select metric')
      .map(({ target: text, refId }) => ({ text: text!, refId: refId ?? undefined })),
  };
}

const search = z.object({ target: z.string('a target is a text').nullish() }, 'an object is wanted').nullish();

/**
 * The typed text of `POST /search`; empty for none.
 * @throws SisockError `bad_request`
 */
export function parseSearch(body: unknown): string {
  const text = parseWith(search, body, 'body')?.target ?? '';
  return text === 'select metric' ? '' : text;
}
