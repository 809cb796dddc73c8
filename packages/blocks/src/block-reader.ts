import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  bucketEdge,
  type Catalog,
  checkReduceQuery,
  type Chunk,
  type Clock,
  type DataChange,
  type FollowQuery,
  type Gap,
  type NodeHealth,
  readAll,
  type Reader,
  type ReadQuery,
  type Reduced,
  type ReducedField,
  type ReduceQuery,
  throwIfCancelled,
  type TimeRange,
} from '@sisock/core';
import type { Service } from '@sisock/runtime';
import type { BlockCache } from './block-cache.js';
import { coverRange } from './cover.js';
import { fieldAnswer, type FieldAnswer } from './field-answer.js';
import { KnownTimelines } from './known-timelines.js';
import { defaultLeastSamples, finestLevel, levelFor, tailSteps } from './levels.js';
import { bucketWidth, levelStep, type Tile, type TileKey } from './tile.js';
import { TileLoader } from './tile-loader.js';
import type { TileSource } from './tile-source.js';
import { TimelineState } from './timeline-state.js';

/** What a reader says of a timeline's data just now. */
export interface Truth {
  readonly finalizedUntil: number;
  readonly revision: string;
}

export interface BlockReaderOptions {
  readonly reader: Reader;
  /** Of the process. */
  readonly cache: BlockCache;
  /** Tiles that lie ready beneath the memory. */
  readonly source?: TileSource | undefined;
  /** Nothing is final that is later than this clock's now. */
  readonly clock: Clock;
  /** Least samples that a bucket of the finest level should hold. */
  readonly leastSamples?: number;
  /**
   * By how many powers of 2 narrower than those of the finest level buckets may be that answers are made of too, rising;
   * none. Their tiles are made of rows when they are asked for, where the source has none.
   */
  readonly finerPowers?: readonly number[];
  /** Tiles that are made of rows at the same time. */
  readonly atOnce?: number;
  /** Milliseconds that a change is waited for where there is a new revision; after that all of the timeline is dropped. */
  readonly changeMs?: number;
  /** How to learn what is final of fields just now, for readers that do not say it with an answer that holds nothing. */
  readonly truth?: (timeline: string, fields: readonly string[], signal?: AbortSignal) => Promise<Truth>;
}

interface Line {
  readonly name: string;
  readonly state: TimelineState;
}

/** What a question is answered with. */
interface Plan {
  readonly line: Line;
  readonly base: number;
  readonly level: number;
}

/** So often is a question whose data changed meanwhile answered anew, before it is left to the reader beneath. */
const mostRounds = 4;
/** Tiles that one question holds at a time, of all its fields together; at least one of each. */
const tilesAtOnce = 2048;
const resubscribeMs = 1_000;

/**
 * Any Reader, with `reduce` out of stored buckets where those pay: what it costs goes with what is asked for, not with how
 * much data lies behind. Everything else is the reader's own. Only data that are final are stored, and only as long as no
 * change of theirs was told or shows in the revision.
 */
export class BlockReader implements Reader, Service {
  readonly follow?: (query: FollowQuery, signal: AbortSignal) => AsyncIterable<Chunk | Gap>;
  readonly changes?: (signal: AbortSignal) => AsyncIterable<DataChange>;
  readonly health?: (signal?: AbortSignal) => Promise<NodeHealth>;
  readonly #reader: Reader;
  readonly #cache: BlockCache;
  readonly #clock: Clock;
  readonly #leastSamples: number;
  readonly #finerPowers: readonly number[];
  readonly #changeMs: number;
  readonly #truthOf: BlockReaderOptions['truth'];
  readonly #known: KnownTimelines;
  readonly #loader: TileLoader;
  readonly #lines = new Map<string, Line>();
  readonly #ending = new AbortController();
  readonly #listening: Promise<void>;

  constructor(options: BlockReaderOptions) {
    const { reader, cache, source, clock, leastSamples, finerPowers = [], atOnce = 4, changeMs = 500 } = options;
    this.#reader = reader;
    this.#cache = cache;
    this.#clock = clock;
    this.#leastSamples = leastSamples ?? defaultLeastSamples;
    this.#finerPowers = finerPowers;
    this.#changeMs = changeMs;
    this.#truthOf = options.truth;
    this.#known = new KnownTimelines(reader);
    this.#loader = new TileLoader({ reader, counts: cache.counts, source, finerPowers, atOnce });
    if (reader.follow) this.follow = (query, signal) => reader.follow!(query, signal);
    if (reader.changes) this.changes = (signal) => reader.changes!(signal);
    if (reader.health) this.health = (signal) => this.#health(signal);
    // Before the first question, so that no change of what is kept goes by unheard.
    this.#listening = cache.limit > 0 ? this.#listen() : Promise.resolve();
  }

  catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
    return this.#reader.catalog(range, signal);
  }

  read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    return this.#reader.read(query, signal);
  }

  async reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    throwIfCancelled(signal);
    checkReduceQuery(query);
    if (this.#cache.limit === 0) return this.#reader.reduce(query, signal);
    const known = await this.#known.of(query.timeline, query.fields);
    throwIfCancelled(signal);
    if (known?.interval == null) return this.#pass(query, signal, known !== null);
    const base = finestLevel(known.interval, this.#leastSamples);
    const level = levelFor(query, base, this.#finerPowers);
    // Tiles of numbers do not hold each change of their values.
    const tiled = query.fields.filter((field) => {
      const type = known.fields.get(field);
      return type !== undefined && !(query.want === 'changes' && type === 'number');
    });
    if (level === null || tiled.length === 0) return this.#pass(query, signal);
    const plan = { line: this.#line(query.timeline), base, level };
    for (let round = 0; round < mostRounds; round++) {
      const answer = await this.#answer(query, new Set(tiled), plan, signal);
      if (answer === 'passed') return this.#pass(query, signal);
      if (answer !== 'changed') {
        this.#cache.counts.answers++;
        return answer;
      }
    }
    return this.#pass(query, signal);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#listening;
    for (const { state } of this.#lines.values()) state.forget();
  }

  /** `learns`: the reader does not say how far its samples are apart. */
  async #pass(query: ReduceQuery, signal: AbortSignal | undefined, learns = false): Promise<Reduced> {
    this.#cache.counts.passed++;
    const reduced = await this.#reader.reduce(query, signal);
    if (learns) {
      const interval = cadenceOf(reduced.fields.values());
      if (interval !== null) this.#known.learn(query.timeline, interval);
    }
    return reduced;
  }

  /** `changed`: data changed meanwhile, so that the answer may be of neither before nor after. */
  async #answer(
    query: ReduceQuery,
    tiled: ReadonlySet<string>,
    plan: Plan,
    signal: AbortSignal | undefined,
  ): Promise<Reduced | 'changed' | 'passed'> {
    const { line, base, level } = plan;
    const truth = await this.#settledTruth(line, [...tiled], signal);
    if (truth === null) return 'changed';
    const range = { start: query.start, end: bucketEdge(query, query.count) };
    const finest = base - tailSteps * levelStep;
    const cover = coverRange(range, level, finest, Math.min(truth.finalizedUntil, this.#clock()));
    if (cover.tiles.length === 0) return 'passed';
    const answers = new Map<string, FieldAnswer>();
    for (const name of tiled) answers.set(name, fieldAnswer(query, bucketWidth(level), cover.rest));
    const { fromRows, waited } = await this.#pushTiles(answers, cover.tiles, plan, signal);
    const untiled = [...query.fields.filter((name) => !tiled.has(name)), ...fromRows];
    const [behind, apart] = await Promise.all([
      this.#pushRows(answers, query.timeline, { start: cover.rest, end: range.end }, signal),
      untiled.length > 0 ? this.#reader.reduce({ ...query, fields: untiled }, signal) : null,
    ]);
    // What is read last tells whether all before it was still true; memory alone was true when it was looked into.
    const last = behind !== null && !this.#truthOf ? behind : null;
    const after = last ?? (waited || behind !== null ? await this.#truth(line.name, [...tiled], signal) : truth);
    for (const { revision, finalizedUntil } of [after, ...(apart ? [apart] : [])]) {
      if (revision !== truth.revision || finalizedUntil < cover.rest) return 'changed';
    }
    const fields = new Map<string, ReducedField>();
    for (const name of query.fields) {
      const field = apart?.fields.get(name) ?? answers.get(name)?.finish();
      if (field) fields.set(name, field);
    }
    return { fields, finalizedUntil: truth.finalizedUntil, revision: truth.revision };
  }

  /**
   * Gives all tiles to the answers, a bounded number at a time. `fromRows`: fields whose tiles can't tell what is wanted;
   * `waited`: not all of them were in memory.
   */
  async #pushTiles(
    answers: Map<string, FieldAnswer>,
    keys: readonly TileKey[],
    { line, base }: Plan,
    signal: AbortSignal | undefined,
  ) {
    const fromRows: string[] = [];
    const atOnce = Math.max(1, Math.floor(tilesAtOnce / answers.size));
    let waited = false;
    for (let from = 0; from < keys.length; from += atOnce) {
      const some = keys.slice(from, from + atOnce);
      const loaded = await this.#loadTiles([...answers.keys()], some, line, base, signal);
      waited ||= loaded.waited;
      for (const [name, answer] of answers) {
        const tiles = loaded.tiles.get(name)!;
        if (some.every((key, i) => answer.tile(key, tiles[i]!))) continue;
        answers.delete(name);
        fromRows.push(name);
      }
    }
    return { fromRows, waited };
  }

  async #loadTiles(
    names: readonly string[],
    keys: readonly TileKey[],
    line: Line,
    base: number,
    signal: AbortSignal | undefined,
  ) {
    const tiles = new Map<string, Tile[]>();
    const missing: { readonly name: string; readonly i: number }[] = [];
    for (const name of names) {
      const own = keys.map((key) => this.#loader.held(line, name, key));
      tiles.set(name, own as Tile[]);
      own.forEach((tile, i) => tile ?? missing.push({ name, i }));
    }
    if (missing.length === 0) return { tiles, waited: false };
    // When one fails, the others are not needed any more.
    const controller = new AbortController();
    const either = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
    setMaxListeners(0, either);
    try {
      const load = async ({ name, i }: { name: string; i: number }) => {
        tiles.get(name)![i] = await this.#loader.load(line, name, keys[i]!, base, either);
      };
      await Promise.all(missing.map(load));
    } catch (error) {
      controller.abort();
      throw error;
    }
    return { tiles, waited: true };
  }

  /** Gives the rows of a range to the answers; null where there is no such range, else what the last of them were true to. */
  async #pushRows(
    answers: ReadonlyMap<string, FieldAnswer>,
    timeline: string,
    range: TimeRange,
    signal: AbortSignal | undefined,
  ): Promise<Truth | null> {
    if (!(range.end > range.start) || answers.size === 0) return null;
    let truth: Truth | null = null;
    for await (const chunk of readAll(this.#reader, { timeline, fields: [...answers.keys()], range }, signal)) {
      for (const { t, columns } of chunk.batches) {
        for (const [name, column] of columns) answers.get(name)?.rows(t, column);
      }
      truth = chunk;
    }
    return truth;
  }

  /** By an answer that holds nothing, unless the reader needs another way. */
  #truth(timeline: string, fields: readonly string[], signal: AbortSignal | undefined): Promise<Truth> {
    if (this.#truthOf) return this.#truthOf(timeline, fields, signal);
    return this.#reader.read({ timeline, fields: [], range: { start: 0, end: 0 }, maxSamples: 1 }, signal);
  }

  /** The truth that the tiles in memory are of; null where it changes too often. */
  async #settledTruth(
    { name, state }: Line,
    fields: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Truth | null> {
    const ask = () => this.#truth(name, fields, signal);
    let truth = await ask();
    for (let round = 0; round < mostRounds; round++) {
      if (state.revision === null || !this.changes) state.begin(truth.revision);
      if (state.revision === truth.revision) return truth;
      // The change may have been told while the truth was on its way; else it soon is.
      const before = state.revision;
      truth = await ask();
      if (state.revision === truth.revision) return truth;
      if (state.revision === before) await state.nextChange(this.#changeMs, signal);
      throwIfCancelled(signal);
      const { revision } = truth;
      truth = await ask();
      // Nobody tells what changed: all of it may have.
      if (state.revision === before && truth.revision === revision) state.begin(revision);
    }
    return null;
  }

  #line(name: string): Line {
    let line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, (line = { name, state: new TimelineState(this.#cache.part()) }));
    return line;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#ending;
    while (this.changes && !signal.aborted) {
      try {
        const changes = this.changes(signal);
        // What changed while nobody listened is not known.
        for (const { state } of this.#lines.values()) state.forget();
        for await (const change of changes) this.#lines.get(change.timeline)?.state.changed(change);
      } catch {
        // The reader can't tell changes just now: the revision shows them.
      }
      if (signal.aborted) return;
      await sleep(resubscribeMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #health(signal?: AbortSignal): Promise<NodeHealth> {
    const health = await this.#reader.health!(signal);
    if (this.#cache.limit === 0) return health;
    const { hits, misses, answers, passed } = this.#cache.counts;
    const own = { block_hits: hits, block_misses: misses, block_answers: answers, block_passed: passed };
    return { ...health, counters: { ...health.counters, block_bytes: this.#cache.bytes, ...own } };
  }
}

/** How far apart the samples of a reduction are that stand behind it; null where too few do. */
function cadenceOf(fields: Iterable<ReducedField>): number | null {
  let interval: number | null = null;
  for (const field of fields) {
    if (field.kind !== 'samples' || field.from < 2 || field.t.length < 2) continue;
    const span = field.t[field.t.length - 1]! - field.t[0]!;
    if (span > 0) interval = Math.min(interval ?? Infinity, span / (field.from - 1));
  }
  return interval;
}
