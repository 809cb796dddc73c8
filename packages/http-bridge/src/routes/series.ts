import { SisockError, type TimeRange } from '@sisock/core';
import { flagOf, manyTexts, numberOf, onlyKnown, oneText, oneWord, type Query } from '../api/parameters.js';
import { selectFields, type Selection } from '../api/select.js';
import { rangeOf } from '../api/time.js';
import { answeredBefore } from '../http/finalized.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import type { BridgeLimits } from '../limits.js';
import { marginOf } from '../plan/fetch.js';
import { groupFields } from '../plan/groups.js';
import { bucketsFor, pointsAtMost } from '../plan/points.js';
import type { KnownField } from '../plan/resolve.js';
import { answerRaw } from './series-raw.js';
import { answerReduced } from './series-reduced.js';

const formats = ['json', 'rows', 'wide', 'csv'] as const;
const known = [
  'field',
  'from',
  'to',
  'maxDataPoints',
  'intervalMs',
  'raw',
  'limit',
  'format',
  'time',
  'gaps',
  'edges',
  'strict',
];

/** What a request for series asks, once it is understood. */
export interface SeriesRequest {
  readonly selection: Selection;
  readonly range: TimeRange;
  readonly format: (typeof formats)[number];
  /** How CSV tells times. */
  readonly csvTime: 'iso' | 'unix';
  /** Whether a null stands in each gap. */
  readonly gaps: boolean;
  /** Whether the neighbours of the range come along. */
  readonly edges: boolean;
  readonly points: number;
  /** Points that no field may exceed; undefined: up to four a bucket. */
  readonly most: number | undefined;
  /** Most rows of a raw answer. */
  readonly limit: number;
}

/** `GET /api/v1/series`: samples of fields, reduced for drawing or, with `raw=true`, all of them. */
export const seriesRoute: Route = { method: 'GET', path: '/api/v1/series', run: answerSeries };

async function answerSeries(request: BridgeRequest): Promise<void> {
  const { req, context } = request;
  const { query } = req;
  const { limits } = context;
  onlyKnown(query, known);
  const range = rangeOf(query, context.clock());
  const asked = pointsAsked(query, range, limits);
  const format = oneWord(query, 'format', formats, 'json');
  const csvTime = oneWord(query, 'time', ['iso', 'unix'], 'iso');
  const gaps = flagOf(query, 'gaps');
  const edges = flagOf(query, 'edges');
  const raw = flagOf(query, 'raw');
  const strict = flagOf(query, 'strict');
  const limit = numberOf(query, 'limit', 1, limits.rawRows) ?? limits.rawRows;
  if (!raw && query['limit'] !== undefined) {
    throw new SisockError('bad_request', 'parameter limit belongs to raw=true: reduced answers go by maxDataPoints');
  }
  if (raw && edges) {
    throw new SisockError('bad_request', 'parameter edges belongs to reduced answers: with raw=true ask a wider range');
  }
  const selection = await selectFields(request, manyTexts(query, 'field'));
  const most = strict ? pointsAtMost(asked, selection.fields.length, limits) : undefined;
  const points = most ? Math.max(1, Math.floor(most / 2)) : bucketsFor(asked, selection.fields.length, limits);
  const series = { selection, range, format, csvTime, gaps, edges, points, most, limit: Math.floor(limit) };
  // A stream of blocks tells at its end that it is not whole: no tag for what may not be.
  const mayLack = selection.notices.length > 0 || (raw && format === 'json');
  const covered = edges ? withNeighbours(range, selection.fields) : range;
  if (!mayLack && (await answeredBefore(request, selection.fields, covered))) return;
  await (raw ? answerRaw(request, series) : answerReduced(request, series));
}

/** As far as samples beside the range may come from. */
function withNeighbours({ start, end }: TimeRange, fields: readonly KnownField[]): TimeRange {
  const margin = groupFields(fields).reduce((most, group) => Math.max(most, marginOf(group)), 0);
  return { start: start - margin, end: end + margin };
}

function pointsAsked(query: Query, range: TimeRange, limits: BridgeLimits): number | undefined {
  const points = replaced(query, 'maxDataPoints') && numberOf(query, 'maxDataPoints', 1, 1e9);
  const intervalMs = replaced(query, 'intervalMs') && numberOf(query, 'intervalMs', 1e-3, 1e15);
  if (points !== undefined) return Math.floor(points);
  if (intervalMs === undefined) return undefined;
  const span = Math.max(0, range.end - range.start);
  return Math.max(1, Math.min(limits.points, Math.ceil((span * 1000) / intervalMs)));
}

/** Undefined for a variable that nobody replaced, as `${__interval_ms}` in alert rules of Grafana. */
function replaced(query: Query, name: string): true | undefined {
  return oneText(query, name)?.startsWith('$') ? undefined : true;
}
