import { SisockError, type TimeRange } from '@sisock/core';
import { z } from 'zod';
import { parseWith } from '../http/body.js';
import { type FieldFilter, filterList, toFilters } from './filters.js';
import { parsePayload } from './payload.js';
import { requestRange } from './request-range.js';

/**
 * How a target is answered. `points`: `datapoints` for numbers and bools, a frame of texts (SimpleJson, any Grafana);
 * `states`: the same, but bools and texts as DataFrame JSON with the words of their states (simPod); `frame`: DataFrame
 * JSON for all; `table`: one table a target.
 */
export type Form = 'points' | 'states' | 'frame' | 'table';

/** One target that wants an answer, or one of the fields that a target's payload lists. */
export interface Target {
  readonly text: string;
  readonly refId: string | undefined;
  readonly form: Form;
  /** Never more points than `maxDataPoints`. */
  readonly strict: boolean;
  /** Which target of the request it is: those of one share a table. */
  readonly index: number;
}

export interface GrafanaQuery {
  readonly range: TimeRange;
  /** Undefined where the request does not say (alerting, Explore). */
  readonly maxDataPoints: number | undefined;
  readonly targets: readonly Target[];
  readonly filters: readonly FieldFilter[];
  /** The words to look for, where the request is for annotations; else null. */
  readonly annotation: { readonly words: string; readonly refId: string } | null;
}

const points = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error: 'a number of points is wanted' })
  .pipe(z.number().min(0, 'a number of points is wanted'));

const target = z.object(
  {
    target: z.string('a target is a text, node::field').nullish(),
    refId: z.string('a refId is a text').max(200, 'a refId has at most 200 characters').nullish(),
    hide: z.unknown().optional(),
    type: z.unknown().optional(),
    payload: z.unknown().optional(),
  },
  'a target is an object',
);

const query = z.object(
  {
    range: requestRange,
    maxDataPoints: points.nullish(),
    targets: z.array(target, 'a list of targets is wanted').nullish(),
    requestId: z.unknown().optional(),
    strict: z.unknown().optional(),
    adhocFilters: filterList,
    filters: filterList,
  },
  'an object is wanted',
);

type GivenTarget = z.infer<typeof target>;

/**
 * The body of `POST /query`, as SimpleJson and simPod send it. Keys that mean nothing here are ignored; so are hidden and
 * empty targets, and the "select metric" that SimpleJson has before something is picked.
 * @throws SisockError `bad_request` naming what is wrong.
 */
export function parseQuery(body: unknown): GrafanaQuery {
  const { range, maxDataPoints, targets, strict, ...rest } = parseWith(query, body, 'body');
  const shown = (targets ?? []).filter(({ hide }) => hide !== true);
  return {
    range,
    maxDataPoints: maxDataPoints ? Math.max(1, Math.floor(maxDataPoints)) : undefined,
    targets: shown.flatMap((one, index) => meant(one, index, strict === true)),
    filters: toFilters(rest.adhocFilters, rest.filters),
    annotation: annotationOf(shown, rest.requestId),
  };
}

/** Fields of the payload belong to its nodes, or to the node that the target's text names. */
function meant({ target: text, refId, type, payload }: GivenTarget, index: number, strictBody: boolean): Target[] {
  const asked = parsePayload(payload);
  const common = {
    refId: refId ?? undefined,
    form: formOf(type, asked.format),
    strict: strictBody || asked.strict,
    index,
  };
  const own = text && text !== 'select metric' ? text : null;
  const nodes = asked.nodes.length > 0 ? asked.nodes : own !== null && !own.includes('::') ? [own] : [];
  if (asked.fields.length === 0 || nodes.length === 0) return own === null ? [] : [{ ...common, text: own }];
  if (nodes.length * asked.fields.length > mostFields) {
    throw new SisockError('too_large', `a payload means more than ${mostFields} fields`);
  }
  return nodes.flatMap((node) => asked.fields.map((field) => ({ ...common, text: `${node}::${field}` })));
}

/** Most fields of one payload; fewer are answered, see the limit of fields. */
const mostFields = 10_000;

function formOf(type: unknown, format: 'series' | 'frame' | 'table' | undefined): Form {
  if (format === 'table' || format === 'frame') return format;
  if (type === 'table' && format === undefined) return 'table';
  return typeof type === 'string' ? 'points' : 'states';
}

/** Grafana names the one target of an annotation `Anno`; its request ids for annotations begin with AQ. */
function annotationOf(targets: readonly GivenTarget[], requestId: unknown): GrafanaQuery['annotation'] {
  const isAsked = typeof requestId === 'string' && /^AQ\d/.test(requestId);
  const one = targets.find(({ refId }) => refId === 'Anno') ?? (isAsked ? (targets[0] ?? {}) : null);
  if (one === null) return null;
  const words = one.target === 'events' || one.target === 'select metric' ? '' : (one.target ?? '');
  return { words, refId: one.refId ?? 'Anno' };
}
