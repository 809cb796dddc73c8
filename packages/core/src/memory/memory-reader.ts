import type { Batch } from '../batch.js';
import { throwIfCancelled } from '../cancel.js';
import { type Catalog, type FieldInfo, fieldTypeOf, type FieldType, type TimelineInfo } from '../catalog.js';
import { SisockError } from '../errors.js';
import { ChangeList } from '../change-list.js';
import type {
  Chunk,
  DataChange,
  FollowQuery,
  Gap,
  NodeHealth,
  Reader,
  ReadQuery,
  Reduced,
  ReduceQuery,
} from '../reader.js';
import { bucketEdge } from '../reducers/buckets.js';
import { reduceBatches } from '../reducers/reduce.js';
import { allTime, isEmptyRange, justAfter, type TimeRange } from '../time.js';
import { checkReadQuery, checkReduceQuery, type QueryLimits } from '../validate.js';
import { MemoryTimeline } from './memory-timeline.js';
import { formatCursor, parseCursor, type Position } from './passes.js';

/** What is known of a field beside its samples. */
export interface MemoryField {
  readonly name: string;
  /** Needed only for a field that is to be listed before its first sample. */
  readonly type?: FieldType;
  readonly units?: string | null;
  readonly description?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface MemoryTimelineOptions {
  readonly name: string;
  /** Usual seconds between samples, null (the default) for none. */
  readonly interval?: number | null;
  readonly fields?: readonly MemoryField[];
  /** What it holds at first; rows in any order. */
  readonly batches?: readonly Batch[];
}

export interface MemoryReaderOptions {
  readonly timelines?: readonly MemoryTimelineOptions[];
  /** Most rows held of one timeline; beyond, the oldest go (default: no limit). */
  readonly maxRows?: number;
  /** Says that everything is final, not only what is older than the newest sample (default false). */
  readonly complete?: boolean;
  readonly limits?: Partial<QueryLimits>;
}

/** Most rows of one chunk, however many are asked for. */
const maxChunkRows = 65_536;

/**
 * A Reader over rows in memory, for tests and small nodes. Late rows go where they belong; a cursor outlives them (each
 * row once, see Position). A follower costs no memory however slow it is: it reads from the rows held, and is told a Gap
 * for those that went over `maxRows` before it came.
 */
export class MemoryReader implements Reader {
  readonly #timelines = new Map<string, MemoryTimeline>();
  readonly #declared = new Map<string, MemoryField & { readonly timeline: string }>();
  readonly #maxRows: number;
  readonly #complete: boolean;
  readonly #limits: Partial<QueryLimits>;
  readonly #changes = new ChangeList();
  readonly #followers = new Set<{ beforeTrim(timeline: MemoryTimeline): void; wake(): void }>();

  constructor({ timelines = [], maxRows = Infinity, complete = false, limits = {} }: MemoryReaderOptions = {}) {
    this.#maxRows = maxRows;
    this.#complete = complete;
    this.#limits = limits;
    for (const timeline of timelines) this.declare(timeline);
  }

  /** Adds a timeline, or fields and rows to one. @throws SisockError `bad_request` for a field of another timeline. */
  declare({ name, interval, fields = [], batches = [] }: MemoryTimelineOptions): void {
    for (const field of fields) this.#checkOwner(field.name, name);
    if (!this.#timelines.has(name)) {
      const id = this.#timelines.size;
      this.#timelines.set(name, new MemoryTimeline(name, id, interval ?? null, this.#maxRows));
    }
    for (const field of fields) this.#declared.set(field.name, { ...field, timeline: name });
    for (const batch of batches) this.append(name, batch);
  }

  /**
   * Adds rows, in any order of time. An unknown timeline or field is made.
   * @throws SisockError `bad_request` for a time that is not finite, a column of another length, a field of another
   * timeline; nothing is added then.
   */
  append(timeline: string, batch: Batch): void {
    for (const t of batch.t) if (!Number.isFinite(t)) throw new SisockError('bad_request', `time ${t} is not finite`);
    for (const [name, column] of batch.columns) {
      this.#checkOwner(name, timeline);
      if (column.v.length !== batch.t.length) {
        const lengths = `${column.v.length} values for ${batch.t.length} times`;
        throw new SisockError('bad_request', `field ${JSON.stringify(name)} has ${lengths}`);
      }
    }
    if (!this.#timelines.has(timeline)) this.declare({ name: timeline });
    const own = this.#timelines.get(timeline)!;
    for (const name of batch.columns.keys()) {
      if (!this.#declared.has(name)) this.#declared.set(name, { name, timeline });
    }
    if (batch.t.length === 0) return;
    const late = own.append(batch);
    if (own.surplus > 0) {
      for (const follower of this.#followers) follower.beforeTrim(own);
      own.trim();
    }
    if (late !== null) {
      const range = { start: late.start, end: justAfter(late.end) };
      this.#changes.publish({ timeline, range, revision: own.revision });
    }
    for (const follower of this.#followers) follower.wake();
  }

  async catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
    throwIfCancelled(signal);
    const fields = new Map<string, FieldInfo>();
    const timelines = new Map<string, TimelineInfo>();
    for (const declared of this.#declared.values()) {
      const { name, timeline, units = null, description = null, labels } = declared;
      const own = this.#timelines.get(timeline)!;
      const known = own.fields.get(name);
      const type = known ? fieldTypeOf(known.kind) : declared.type;
      if (type === undefined || (known && !(known.start < range.end && known.end >= range.start))) continue;
      fields.set(name, { name, timeline, type, units, description, ...(labels && { labels }) });
      const names = [...(timelines.get(timeline)?.fields ?? []), name];
      timelines.set(timeline, { name: timeline, interval: own.interval, fields: names, extent: own.extent });
    }
    return { fields, timelines };
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    throwIfCancelled(signal);
    checkReadQuery(query, this.#limits);
    const timeline = this.#timeline(query.timeline);
    const position: Position =
      query.cursor === undefined
        ? { timeline: timeline.id, after: 0, until: null, at: null }
        : parseCursor(query.cursor, timeline.id, timeline.arrived);
    return this.#step(timeline, position, query.fields, query.range, query.maxSamples).chunk;
  }

  async reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    throwIfCancelled(signal);
    checkReduceQuery(query, this.#limits);
    const timeline = this.#timeline(query.timeline);
    const range = { start: query.start, end: bucketEdge(query, query.count) };
    const all: Position = { timeline: timeline.id, after: 0, until: null, at: null };
    const { batches } = timeline.step(all, query.fields, range, Infinity);
    return { fields: reduceBatches(query, batches), ...this.#state(timeline) };
  }

  /** Live rows. An empty `after` begins with this call. Ends when the signal fires. */
  follow(query: FollowQuery, signal: AbortSignal): AsyncIterable<Chunk | Gap> {
    const timeline = this.#timelines.get(query.timeline);
    const after = timeline?.arrived ?? 0;
    let position: Position | null = null;
    if (timeline !== undefined && query.after === '')
      position = { timeline: timeline.id, after, until: null, at: null };
    return this.#follow(query, position, signal);
  }

  async *#follow(query: FollowQuery, from: Position | null, signal: AbortSignal): AsyncGenerator<Chunk | Gap> {
    const timeline = this.#timeline(query.timeline);
    let position = from ?? parseCursor(query.after, timeline.id, timeline.arrived);
    let gap: Gap['gap'] | null = null;
    let wake: () => void = () => {};
    const follower = {
      wake: () => wake(),
      beforeTrim: (trimmed: MemoryTimeline) => {
        const lost = trimmed === timeline ? timeline.losses(position, query.fields) : null;
        if (lost !== null) gap = joinGaps(gap, lost);
      },
    };
    this.#followers.add(follower);
    signal.addEventListener('abort', follower.wake);
    try {
      while (!signal.aborted) {
        const lost: Gap['gap'] | null = gap;
        gap = null;
        if (lost !== null) yield { gap: lost };
        const { next, chunk } = this.#step(timeline, position, query.fields, allTime, maxChunkRows);
        position = next;
        if (chunk.batches.length > 0) {
          yield chunk;
          continue;
        }
        if (!chunk.done || position.after < timeline.arrived || signal.aborted) continue;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#followers.delete(follower);
      signal.removeEventListener('abort', follower.wake);
    }
  }

  /** Late rows, as they come. */
  changes(signal: AbortSignal): AsyncIterable<DataChange> {
    return this.#changes.subscribe(signal);
  }

  async health(signal?: AbortSignal): Promise<NodeHealth> {
    throwIfCancelled(signal);
    let rows = 0;
    let newest: number | null = null;
    for (const timeline of this.#timelines.values()) {
      rows += timeline.rows;
      const end = timeline.extent?.end;
      if (end !== undefined) newest = Math.max(newest ?? -Infinity, end);
    }
    const counters = { timelines: this.#timelines.size, fields: this.#declared.size, rows };
    return { ok: true, newest, counters, agents: [] };
  }

  #step(timeline: MemoryTimeline, position: Position, fields: readonly string[], range: TimeRange, max: number) {
    const step = timeline.step(
      position,
      fields,
      isEmptyRange(range) ? { start: 0, end: 0 } : range,
      Math.min(max, maxChunkRows),
    );
    const { batches, done } = step;
    const chunk: Chunk = { batches, cursor: formatCursor(step.position), done, ...this.#state(timeline) };
    return { next: step.position, chunk };
  }

  #state(timeline: MemoryTimeline): { finalizedUntil: number; revision: string } {
    const newest = timeline.extent?.end ?? -Infinity;
    return { finalizedUntil: this.#complete ? Infinity : newest, revision: timeline.revision };
  }

  #timeline(name: string): MemoryTimeline {
    const timeline = this.#timelines.get(name);
    if (timeline === undefined) throw unknownTimeline(name, this.#timelines.keys());
    return timeline;
  }

  #checkOwner(field: string, timeline: string): void {
    const owner = this.#declared.get(field)?.timeline ?? timeline;
    if (owner === timeline) return;
    const names = `${JSON.stringify(owner)}, not of ${JSON.stringify(timeline)}`;
    throw new SisockError('bad_request', `field ${JSON.stringify(field)} is of timeline ${names}`);
  }
}

function joinGaps(a: Gap['gap'] | null, b: Gap['gap']): Gap['gap'] {
  if (a === null) return b;
  const range = { start: Math.min(a.range.start, b.range.start), end: Math.max(a.range.end, b.range.end) };
  return { rows: a.rows + b.rows, range };
}

/** The error for a timeline that is not there; names some that are. */
export function unknownTimeline(name: string, known: Iterable<string>): SisockError {
  const some = [...known].slice(0, 5).map((one) => JSON.stringify(one));
  const there = some.length === 0 ? 'there is none' : `there are ${some.join(', ')}`;
  return new SisockError('unknown_timeline', `no timeline ${JSON.stringify(name)}: ${there}`);
}
