import { allTime, type Chunk, type Clock, type FollowQuery, type Reader, readAll, SisockError } from '@sisock/core';
import { pause } from '../session/backoff.js';

const samplesAtOnce = 65_536;

/** One timeline read on with its cursor, a chunk a step. */
export class ReadOn {
  readonly #reader: Pick<Reader, 'catalog' | 'read'>;
  readonly #timeline: string;
  readonly #fields: readonly string[];
  readonly #clock: Clock;

  constructor(
    reader: Pick<Reader, 'catalog' | 'read'>,
    { timeline, fields }: Pick<FollowQuery, 'timeline' | 'fields'>,
    clock: Clock,
  ) {
    this.#reader = reader;
    this.#timeline = timeline;
    this.#fields = fields;
    this.#clock = clock;
  }

  /**
   * What comes after the cursor (the empty one: after all that is there now). `chunk` is null while the node is away, and
   * after the signal. `done`: nothing more for now. @throws SisockError what the reader throws else
   */
  async next(cursor: string, signal: AbortSignal): Promise<{ readonly chunk: Chunk | null; readonly done: boolean }> {
    try {
      const from = cursor === '' ? await this.#present(signal) : cursor;
      const query = { timeline: this.#timeline, fields: this.#fields, range: allTime, cursor: from };
      const chunk = await this.#reader.read({ ...query, maxSamples: samplesAtOnce }, signal);
      return { chunk, done: chunk.done };
    } catch (error) {
      const { code } = error as SisockError;
      if (!signal.aborted && code !== 'unavailable' && code !== 'timeout') throw error;
      return { chunk: null, done: true };
    }
  }

  /** The cursor behind all that is there now. */
  async #present(signal: AbortSignal): Promise<string> {
    const timeline = this.#timeline;
    const { timelines } = await this.#reader.catalog(allTime, signal);
    const start = timelines.get(timeline)?.extent?.end ?? this.#clock();
    let cursor = '';
    const query = { timeline, fields: this.#fields, range: { start, end: Infinity } };
    for await (const chunk of readAll(this.#reader, query, signal)) ({ cursor } = chunk);
    if (cursor === '') throw new SisockError('bad_data', `reading ${JSON.stringify(timeline)} gives no cursor`);
    return cursor;
  }
}

/**
 * Follows by reading on with the cursor, again and again: no hole and no double, as late as the poll interval. A node that
 * is away is waited for.
 */
export async function* followByReading(
  readOn: ReadOn,
  after: string,
  signal: AbortSignal,
  pollMs: number,
): AsyncGenerator<Chunk, void, undefined> {
  let cursor = after;
  while (!signal.aborted) {
    const { chunk, done } = await readOn.next(cursor, signal);
    if (chunk !== null) ({ cursor } = chunk);
    if (chunk !== null && chunk.batches.length > 0) yield chunk;
    if (done) await pause(pollMs, signal);
  }
}
