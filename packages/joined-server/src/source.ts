import { allTime, cancelError, type Catalog, type Reader, SisockError, toSisockError } from '@sisock/core';

export type SourceRole = 'archive' | 'feed';

/** One node that data come from, as it is now. */
export interface SourceNode {
  readonly name: string;
  readonly role: SourceRole;
  /** @throws SisockError `unknown_node` while it is not there */
  readonly reader: () => Reader;
}

export interface SourceOptions {
  /** What was learned of a source is believed for so many ms. */
  readonly freshMs: number;
  /** Longest wait for an answer, in ms. */
  readonly answerMs: number;
  /** Longest wait for a source that did not answer the last time, in ms. */
  readonly retryMs: number;
  /** Told when it fails, and when it answers again (null). */
  readonly onState: (source: Source, problem: string | null) => void;
  /** Milliseconds of a clock that never steps. */
  readonly now: () => number;
}

/** How far a timeline is final, and the revision of what is. */
export interface Standing {
  readonly finalizedUntil: number;
  readonly revision: string;
}

/** Told instead of what a source threw when it is the source that failed, not the question. */
export class SourceAway extends SisockError {
  constructor(name: string, cause: SisockError) {
    super('unavailable', `data node ${name} does not serve: ${cause.message}`, { cause });
  }
}

const asItIs: ReadonlySet<string> = new Set(['bad_request', 'unknown_timeline', 'unknown_field', 'too_large']);

/**
 * A source with what is known of it: its fields, for a moment, and whether it answers. One that failed is not waited for:
 * it is asked again behind the scenes, and counts as away until it has answered.
 */
export class Source {
  readonly name: string;
  readonly role: SourceRole;
  /** Its fields of all time as last told; null before the first answer. */
  known: Catalog | null = null;
  readonly #node: SourceNode;
  readonly #options: SourceOptions;
  readonly #standings = new Map<string, { readonly at: number; readonly standing: Standing }>();
  #knownAt = -Infinity;
  #problem: string | null = null;
  #asking: Promise<void> | null = null;

  constructor(node: SourceNode, options: SourceOptions) {
    this.name = node.name;
    this.role = node.role;
    this.#node = node;
    this.#options = options;
  }

  /** Why it counts as away; null while it answers. */
  get problem(): string | null {
    return this.#problem;
  }

  get reader(): Reader {
    return this.#node.reader();
  }

  /** What is known is not to be believed any more: the node came or went. */
  forget(): void {
    this.#knownAt = -Infinity;
    this.#standings.clear();
  }

  /** Learns its fields anew where that is `maxAgeMs` ago. Never throws: a failure shows in `problem`. */
  async refresh(maxAgeMs = this.#options.freshMs): Promise<void> {
    const { now, retryMs } = this.#options;
    if (now() - this.#knownAt < maxAgeMs && this.#problem === null) return;
    const startedBefore = this.#asking;
    this.#asking ??= this.#learn().finally(() => (this.#asking = null));
    if (this.#problem === null) {
      await this.#asking;
      // What was under way when this was called may be older than what is wanted.
      if (startedBefore !== null && maxAgeMs === 0 && this.#problem === null) await this.refresh(1);
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, retryMs)));
    await Promise.race([this.#asking, enough]);
    clearTimeout(timer);
  }

  /** @throws SourceAway where the source failed; what the source says of the question itself; `cancelled` */
  async ask<T>(work: (reader: Reader, signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      const answer = await this.#withDeadline(work, signal);
      return answer;
    } catch (thrown) {
      if (signal?.aborted) throw cancelError(signal);
      const error = toSisockError(thrown);
      if (asItIs.has(error.code)) throw error;
      this.#tell(error.message);
      throw new SourceAway(this.name, error);
    }
  }

  /** How far a timeline is final, as learned at most a moment ago. */
  async standing(timeline: string, field: string, signal?: AbortSignal): Promise<Standing> {
    const held = this.#standings.get(timeline);
    if (held !== undefined && this.#options.now() - held.at < this.#options.freshMs) return held.standing;
    // An empty range: nothing is to be read for it.
    const query = { timeline, fields: [field], range: { start: 1, end: 1 }, maxSamples: 1 };
    return this.learned(timeline, await this.ask((reader, s) => reader.read(query, s), signal));
  }

  /** Keeps what an answer says by the way. */
  learned(timeline: string, { finalizedUntil, revision }: Standing): Standing {
    const standing = { finalizedUntil, revision };
    this.#standings.set(timeline, { at: this.#options.now(), standing });
    return standing;
  }

  async #learn(): Promise<void> {
    try {
      const at = this.#options.now();
      const catalog = await this.ask((reader, signal) => reader.catalog(allTime, signal));
      this.known = catalog;
      this.#knownAt = at;
      for (const name of this.#standings.keys()) if (!catalog.timelines.has(name)) this.#standings.delete(name);
      this.#tell(null);
    } catch (error) {
      this.#tell((error as Error).message);
    }
  }

  #tell(problem: string | null): void {
    const before = this.#problem;
    this.#problem = problem;
    if ((before === null) !== (problem === null)) this.#options.onState(this, problem);
  }

  /** Also where the reader does not look at its signal. */
  #withDeadline<T>(work: (reader: Reader, signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { answerMs } = this.#options;
    const controller = new AbortController();
    return new Promise<T>((resolve, reject) => {
      const end = (error: SisockError) => {
        reject(error);
        controller.abort(error);
      };
      const cancel = () => end(cancelError(signal!));
      const timer = setTimeout(() => end(new SisockError('timeout', `no answer within ${answerMs} ms`)), answerMs);
      signal?.addEventListener('abort', cancel);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      };
      const work_ = async () => work(this.reader, controller.signal);
      work_().then(resolve, reject).finally(settle);
      if (signal?.aborted) cancel();
    });
  }
}
