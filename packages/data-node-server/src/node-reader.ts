import {
  type Batch,
  checkReadQuery,
  checkReduceQuery,
  type Chunk,
  type Clock,
  type FieldInfo,
  type Reader,
  type ReadQuery,
  reduceBatches,
  sliceBatch,
  SisockError,
  throwIfCancelled,
  type TimeRange,
  unknownTimeline,
} from '@sisock/core';
import { type NodeRows, rowsOfNode } from './node-rows.js';
import { catalogOfNode, type NodeData, type NodeFields, type OnProblem } from './node-shape.js';
import { cursorBehind, parseCursor, rowBehind, type TimePlace } from './time-cursor.js';

/** Times are absolute UNIX seconds above 0. */
export type GetFields = (start: number, end: number) => NodeFields | Promise<NodeFields>;
export type GetData = (
  field: readonly string[],
  start: number,
  end: number,
  minStride: number | null,
) => NodeData | Promise<NodeData>;

export interface NodeReaderOptions {
  readonly getFields: GetFields;
  readonly getData: GetData;
  readonly clock: Clock;
  /** Told of everything in the answers that is wrong. */
  readonly onProblem?: OnProblem;
}

/** A Reader that can thin while it reads. */
export interface StridedReader extends Reader {
  /** Everything in the range at once, successive samples at least `minStride` seconds apart. */
  readStrided(query: Omit<ReadQuery, 'cursor' | 'maxSamples'>, minStride: number, signal?: AbortSignal): Promise<Chunk>;
}

/** A node of the original's shape is asked for all of time as (1, 253402300800): from 1970 to the year 10000. */
const earliest = 1;
const latest = 253_402_300_800;

/** What is left of the last answer, for who comes back with its cursor. */
interface Held {
  readonly key: string;
  readonly cursor: string;
  readonly rows: NodeRows;
}

/**
 * A Reader over `getFields` and `getData` of the original's shape. Their answers are checked: what is wrong in them is left
 * out and told, never handed on. Where `getData` answers `false`, a reduction asks again with a `minStride` of a quarter
 * bucket; a read fails with `too_large`.
 */
export function readerFromNode({
  getFields,
  getData,
  clock,
  onProblem = () => undefined,
}: NodeReaderOptions): StridedReader {
  let held: Held | null = null;

  async function catalog(range: TimeRange, signal?: AbortSignal) {
    const { start, end } = askable(range);
    const answer = start < end ? await getFields(start, end) : [{}, {}];
    throwIfCancelled(signal);
    return catalogOfNode(answer, onProblem);
  }

  /** The asked fields that are of the timeline. */
  async function fieldsOf(timeline: string, names: readonly string[], range: TimeRange, signal?: AbortSignal) {
    const found = await catalog(range, signal);
    const fields = names.flatMap((name) => {
      const info = found.fields.get(name);
      return info?.timeline === timeline ? [info] : [];
    });
    if (!found.timelines.has(timeline)) {
      // A timeline without data in the range is there all the same.
      const all = await catalog({ start: earliest, end: latest }, signal);
      if (!all.timelines.has(timeline)) throw unknownTimeline(timeline, all.timelines.keys());
    }
    return fields;
  }

  /** Null when the node said `false`. */
  async function rowsOf(
    fields: readonly FieldInfo[],
    range: TimeRange,
    minStride: number | null,
    signal?: AbortSignal,
  ): Promise<NodeRows | null> {
    const { start, end } = askable(range);
    if (fields.length === 0 || !(start < end)) return { batches: [], finalizedUntil: -Infinity };
    const names = fields.map((field) => field.name);
    const answer = await getData(names, start, end, minStride);
    throwIfCancelled(signal);
    return answer === false ? null : rowsOfNode(answer, fields, range, clock(), onProblem);
  }

  return {
    catalog,

    async read(query, signal) {
      checkReadQuery(query);
      const place = parseCursor(query.cursor);
      const { timeline, fields: names, range: asked } = query;
      const key = JSON.stringify([timeline, names, String(asked.start), String(asked.end)]);
      let rows: NodeRows | null;
      if (held?.key === key && held.cursor === query.cursor) {
        rows = held.rows;
      } else {
        const range = place ? { ...query.range, start: Math.max(query.range.start, place.time) } : query.range;
        const fields = await fieldsOf(query.timeline, query.fields, query.range, signal);
        rows = await rowsOf(fields, range, null, signal);
      }
      if (rows === null) throw tooLarge(query.timeline);
      const chunk = chunkOf(rows, query, place);
      held = chunk.done ? null : { key, cursor: chunk.cursor, rows };
      return chunk;
    },

    async readStrided(query, minStride, signal) {
      const all = { ...query, maxSamples: Infinity };
      checkReadQuery(all);
      const fields = await fieldsOf(query.timeline, query.fields, query.range, signal);
      const rows = await rowsOf(fields, query.range, minStride, signal);
      if (rows === null) throw tooLarge(query.timeline);
      return chunkOf(rows, all, null);
    },

    async reduce(query, signal) {
      checkReduceQuery(query);
      const range = { start: query.start, end: query.start + query.count * query.width };
      const fields = await fieldsOf(query.timeline, query.fields, range, signal);
      const rows =
        (await rowsOf(fields, range, null, signal)) ?? (await rowsOf(fields, range, query.width / 4, signal));
      if (rows === null) throw tooLarge(query.timeline);
      const { batches, finalizedUntil } = rows;
      return { fields: reduceBatches(query, batches), finalizedUntil, revision: '' };
    },
  };
}

function chunkOf({ batches, finalizedUntil }: NodeRows, query: ReadQuery, place: TimePlace | null): Chunk {
  const t = timesOf(batches);
  const from = rowBehind(t, place);
  const to = Math.min(t.length, from + query.maxSamples);
  const given: Batch[] = [];
  let before = 0;
  for (const batch of batches) {
    const rows = batch.t.length;
    const first = Math.max(0, from - before);
    const last = Math.min(rows, to - before);
    if (first < last) given.push(sliceBatch(batch, first, last));
    before += rows;
  }
  return {
    batches: given,
    cursor: to > from ? cursorBehind(t, to) : (query.cursor ?? ''),
    done: to >= t.length,
    finalizedUntil,
    revision: '',
  };
}

/** Equal times may stand in neighbouring batches, so a cursor counts rows over all of them. */
function timesOf(batches: readonly Batch[]): Float64Array {
  const t = new Float64Array(batches.reduce((rows, batch) => rows + batch.t.length, 0));
  let at = 0;
  for (const batch of batches) {
    t.set(batch.t, at);
    at += batch.t.length;
  }
  return t;
}

function askable(range: TimeRange): TimeRange {
  return { start: Math.max(range.start, earliest), end: Math.min(range.end, latest) };
}

function tooLarge(timeline: string): SisockError {
  return new SisockError(
    'too_large',
    `timeline ${JSON.stringify(timeline)} has more data there than its node gives at once`,
  );
}
