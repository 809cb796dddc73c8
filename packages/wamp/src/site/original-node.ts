import {
  cancelError,
  type Catalog,
  type FieldInfo,
  SisockError,
  type TimelineInfo,
  type TimeRange,
} from '@sisock/core';
import { decodeFields } from '../wire/original-catalog.js';
import { decodeData, type DecodedData } from '../wire/original-data.js';
import type { Series } from '../wire/series.js';
import type { NodeCalls } from './node-calls.js';

/** One field's samples as an original node gives them. */
export interface OriginalSeries extends Series {
  readonly finalizedUntil: number;
}

/** The earliest time that is absolute in sisock's reckoning (not above 0 is relative to now). */
const earliest = 1;
/** How far beyond now "for ever" reaches: some nodes go through all the days asked for. */
const futureSeconds = 86_400;
/** A node that names ever new fields does not grow our memory. */
const mostRemembered = 200_000;

interface Batch {
  readonly range: TimeRange;
  readonly stride: number | null;
  readonly fields: Set<string>;
  answer: Promise<DecodedData | null>;
}

/**
 * The two procedures of an original node. Its fields are given timelines of their own: those that name the same one may
 * still have different times.
 */
export class OriginalNode {
  readonly #calls: NodeCalls;
  readonly #timelineOf = new Map<string, string>();
  #knownSince = -Infinity;
  #batches: Batch[] = [];

  constructor(calls: NodeCalls) {
    this.#calls = calls;
  }

  async catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
    const wire = this.#wireRange(range);
    if (wire === null) return { fields: new Map(), timelines: new Map() };
    const answer = await this.#calls.call('get_fields', [wire.start, wire.end], signal);
    const { catalog, problems } = this.#calls.decode(() => decodeFields(answer));
    for (const problem of problems) this.#calls.options.onProblem(this.#calls.node, problem);
    if (this.#timelineOf.size > mostRemembered) this.#timelineOf.clear();
    for (const { name, timeline } of catalog.fields.values()) this.#timelineOf.set(name, timeline);
    return apart(catalog);
  }

  /** Fields it has told of. */
  known(): Iterable<string> {
    return this.#timelineOf.keys();
  }

  /** True when the node has that field, as far as it has told lately. */
  async has(field: string, signal?: AbortSignal): Promise<boolean> {
    if (this.#timelineOf.has(field)) return true;
    const { clock, fieldsFreshMs } = this.#calls.options;
    if (clock() - this.#knownSince < fieldsFreshMs / 1000) return false;
    await this.catalog({ start: earliest, end: Infinity }, signal);
    this.#knownSince = clock();
    return this.#timelineOf.has(field);
  }

  /**
   * Samples of a field within the range. Fields asked for in one go, with the same range, are fetched in one call.
   * @throws SisockError `too_large` above the node's allowance
   */
  async series(field: string, range: TimeRange, stride: number | null, signal?: AbortSignal): Promise<OriginalSeries> {
    const wire = this.#wireRange(range);
    if (wire === null) return noSamples;
    const batch = this.#batchFor(field, wire, stride);
    // The signal does not end the shared call, which others wait for too; the call has its deadline.
    let decoded = await unlessAborted(batch.answer, signal);
    if (decoded === null && batch.fields.size > 1) decoded = await this.#fetch([field], wire, stride, signal);
    if (decoded === null) throw new SisockError('too_large', `${this.#calls.node} refuses that many samples`);
    const error = decoded.errors.get(field);
    if (error !== undefined) throw error;
    const series = decoded.series.get(field) ?? noSamples;
    return { ...series, finalizedUntil: decoded.finalizedUntil };
  }

  #batchFor(field: string, range: TimeRange, stride: number | null): Batch {
    const same = (b: Batch) => b.range.start === range.start && b.range.end === range.end && b.stride === stride;
    const open = this.#batches.find(same);
    if (open !== undefined) {
      open.fields.add(field);
      return open;
    }
    const fields = new Set([field]);
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#batches = this.#batches.filter((b) => b !== batch);
      return this.#fetch([...fields], range, stride);
    });
    const batch: Batch = { range, stride, fields, answer };
    this.#batches.push(batch);
    return batch;
  }

  /** Null when the node says that it is too much. */
  async #fetch(fields: readonly string[], range: TimeRange, stride: number | null, signal?: AbortSignal) {
    const args = [fields, range.start, range.end, ...(stride === null ? [] : [stride])];
    const answer = await this.#calls.call('get_data', args, signal);
    if (answer === false) return null;
    const { onProblem } = this.#calls.options;
    const decoded = this.#calls.decode(() => decodeData(answer, fields, (field) => this.#timelineOf.get(field)));
    for (const error of decoded.errors.values()) onProblem(this.#calls.node, error.message);
    if (decoded.droppedRows > 0) onProblem(this.#calls.node, `${decoded.droppedRows} samples without a time`);
    return decoded;
  }

  /** Absolute, finite and not relative; null when nothing can lie in it. */
  #wireRange({ start, end }: TimeRange): TimeRange | null {
    const from = Math.max(start, earliest);
    const to = Number.isFinite(end) ? end : this.#calls.options.clock() + futureSeconds;
    return from < to && end !== -Infinity ? { start: from, end: to } : null;
  }
}

const noSamples: OriginalSeries = {
  t: new Float64Array(0),
  column: { kind: 'f64', v: new Float64Array(0) },
  finalizedUntil: Infinity,
};

/** The answer, or the error of the signal, whichever comes first. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelError(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The catalogue with a timeline for each field, called as the field. */
function apart(catalog: Catalog): Catalog {
  const fields = new Map<string, FieldInfo>();
  const timelines = new Map<string, TimelineInfo>();
  for (const field of catalog.fields.values()) {
    const { name } = field;
    const interval = catalog.timelines.get(field.timeline)?.interval ?? null;
    fields.set(name, { ...field, timeline: name });
    timelines.set(name, { name, interval, fields: [name], extent: null });
  }
  return { fields, timelines };
}
