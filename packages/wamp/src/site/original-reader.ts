import {
  type Batch,
  bucketEdge,
  type Catalog,
  checkReadQuery,
  checkReduceQuery,
  type Chunk,
  isEmptyRange,
  lowerBound,
  type Reader,
  type ReadQuery,
  reduceBatches,
  reduceByReading,
  type Reduced,
  type ReduceQuery,
  SisockError,
  sliceBatch,
  type TimeRange,
  unknownTimeline,
} from '@sisock/core';
import type { NodeCalls } from './node-calls.js';
import { OriginalNode, type OriginalSeries } from './original-node.js';

/** Where a read goes on: at time `t`, behind the first `skip` samples of exactly that time. */
interface Place {
  readonly t: number;
  readonly skip: number;
}

/** A window narrower than this that is still refused is refused for good. */
const narrowestSeconds = 1e-3;
/** Answers kept for the next chunk, so that a long one is fetched once. */
const mostKept = 4;

/** Reads an original node: chunks are cut out of its whole answers; what it refuses is asked for in narrower windows. */
export class OriginalReader implements Reader {
  readonly #node: OriginalNode;
  readonly #calls: NodeCalls;
  readonly #kept = new Map<string, { readonly end: number; readonly series: OriginalSeries }>();
  /** Seconds asked for at once: what the node was seen to allow. */
  #window = Infinity;

  constructor(calls: NodeCalls) {
    this.#calls = calls;
    this.#node = new OriginalNode(calls);
  }

  catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
    return this.#node.catalog(range, signal);
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    checkReadQuery(query);
    const { timeline: field, range, maxSamples } = query;
    const place = query.cursor === undefined ? { t: range.start, skip: 0 } : parsePlace(query.cursor);
    await this.#checkTimeline(field, signal);
    const rest = { start: Math.max(range.start, place.t), end: range.end };
    if (!query.fields.includes(field) || isEmptyRange(rest)) return chunkOf([], place, true, Infinity);
    const { series, end } = await this.#piece(field, rest, query.cursor, signal);
    const batch = within(series, field, rest.start, end, place);
    const part = sliceBatch(batch, 0, Math.min(batch.t.length, maxSamples));
    const isWhole = part.t.length === batch.t.length;
    const done = isWhole && end >= range.end;
    const next = isWhole && !done ? { t: end, skip: 0 } : placeBehind(part.t, place);
    const chunk = chunkOf(part.t.length === 0 ? [] : [part], next, done, series.finalizedUntil);
    if (!isWhole) this.#keep(keyOf(field, range.end, chunk.cursor), { end, series });
    return chunk;
  }

  async reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    checkReduceQuery(query);
    const { timeline: field, start, width, count, fields } = query;
    await this.#checkTimeline(field, signal);
    const range = { start, end: bucketEdge(query, count) };
    if (!fields.includes(field)) return { fields: new Map(), finalizedUntil: Infinity, revision: '' };
    for (const stride of [null, width / 2]) {
      try {
        const series = await this.#node.series(field, range, stride, signal);
        const batch = within(series, field, range.start, range.end, { t: -Infinity, skip: 0 });
        return { fields: reduceBatches(query, [batch]), finalizedUntil: series.finalizedUntil, revision: '' };
      } catch (error) {
        if ((error as SisockError).code !== 'too_large') throw error;
      }
    }
    return reduceByReading(this, query, signal);
  }

  async #checkTimeline(field: string, signal?: AbortSignal): Promise<void> {
    if (!(await this.#node.has(field, signal))) throw unknownTimeline(field, this.#node.known());
  }

  /** Samples from the range's start up to `end`: all of the range, or as much as the node allows at once. */
  async #piece(field: string, range: TimeRange, cursor: string | undefined, signal?: AbortSignal) {
    const kept = cursor === undefined ? undefined : this.#take(keyOf(field, range.end, cursor));
    if (kept !== undefined) return kept;
    // Windows are halved between times that are finite.
    const from = Math.max(range.start, 0);
    const until = Math.min(range.end, Math.max(this.#calls.options.clock() + 86_400, from + 1));
    for (;;) {
      const isAll = from + this.#window >= until;
      const end = isAll ? range.end : from + this.#window;
      try {
        const series = await this.#node.series(field, { start: range.start, end }, null, signal);
        if (!isAll) this.#window *= 2;
        return { series, end };
      } catch (error) {
        if ((error as SisockError).code !== 'too_large') throw error;
        this.#window = Math.min(this.#window, until - from) / 2;
        if (this.#window < narrowestSeconds) {
          this.#window = Infinity;
          throw error;
        }
      }
    }
  }

  #keep(key: string, piece: { readonly end: number; readonly series: OriginalSeries }): void {
    this.#kept.set(key, piece);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > mostKept) this.#kept.delete(oldest);
  }

  #take(key: string) {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    return kept;
  }
}

function keyOf(field: string, end: number, cursor: string): string {
  return JSON.stringify([field, String(end), cursor]);
}

/** Rows of a series in [start, end), behind the place. */
function within({ t, column }: OriginalSeries, field: string, start: number, end: number, place: Place): Batch {
  const whole = { t, columns: new Map([[field, column]]) };
  let from = lowerBound(t, start);
  for (let skipped = 0; skipped < place.skip && t[from] === place.t; skipped++) from++;
  return sliceBatch(whole, from, Math.max(from, lowerBound(t, end)));
}

/** Behind the last of the rows given. */
function placeBehind(t: Float64Array, before: Place): Place {
  const last = t[t.length - 1];
  if (last === undefined) return before;
  const equal = t.length - lowerBound(t, last);
  return { t: last, skip: last === before.t ? before.skip + equal : equal };
}

function chunkOf(batches: readonly Batch[], place: Place, done: boolean, finalizedUntil: number): Chunk {
  return { batches, cursor: `o:${place.t}:${place.skip}`, done, finalizedUntil, revision: '' };
}

function parsePlace(cursor: string): Place {
  const [, time, count] = /^o:(-?Infinity|-?\d[\d.e+-]*):(\d{1,15})$/.exec(cursor) ?? [];
  const t = Number(time);
  if (time === undefined || Number.isNaN(t)) {
    throw new SisockError('bad_request', `cursor ${JSON.stringify(cursor.slice(0, 60))} is not of this node`);
  }
  return { t, skip: Number(count) };
}
