import {
  type Catalog,
  type Chunk,
  type Clock,
  type NodeHealth,
  type Reader,
  type ReadQuery,
  type Reduced,
  type ReduceQuery,
  type TimeRange,
  toSisockError,
} from '@sisock/core';
import type { Truth } from './block-reader.js';

/** How far back the newest samples are asked for, and for how long the answer will do, in seconds. */
const newestSec = 600;
const freshSec = 10;

interface Known {
  finalizedUntil: number;
  askedAt: number;
}

/**
 * A reader that says only together with data until when they are final, and only of those: the original's nodes. What it
 * ever promised of a timeline holds on, so the furthest promise counts. It tells no revisions and no changes.
 */
export class LearnedFinality implements Reader {
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly health?: (signal?: AbortSignal) => Promise<NodeHealth>;

  constructor(reader: Reader, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
    if (reader.health) this.health = (signal) => reader.health!(signal);
  }

  catalog(range: TimeRange, signal?: AbortSignal): Promise<Catalog> {
    return this.#reader.catalog(range, signal);
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    const chunk = await this.#reader.read(query, signal);
    if (chunk.done) this.#learn(query.timeline, chunk.finalizedUntil, query.range.end);
    return chunk;
  }

  async reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    const reduced = await this.#reader.reduce(query, signal);
    this.#learn(query.timeline, reduced.finalizedUntil, query.start + query.count * query.width);
    return reduced;
  }

  /** What is promised now; the newest samples are asked for where that was long ago. */
  async truth(timeline: string, fields: readonly string[], signal?: AbortSignal): Promise<Truth> {
    const known = this.#of(timeline);
    const now = this.#clock();
    if (Math.abs(now - known.askedAt) >= freshSec) {
      known.askedAt = now;
      // The same for all who ask at about the same time: then the node is asked once.
      const start = Math.floor(now / freshSec) * freshSec - newestSec;
      try {
        await this.read({ timeline, fields, range: { start, end: Infinity }, maxSamples: Infinity }, signal);
      } catch (thrown) {
        // A node that gives not even that much at once makes its promises with other answers.
        if (toSisockError(thrown).code !== 'too_large') throw thrown;
      }
    }
    return { finalizedUntil: known.finalizedUntil, revision: '' };
  }

  /** A promise of all that was asked is one up to the end of that, and not of what is still to come. */
  #learn(timeline: string, finalizedUntil: number, end: number): void {
    const known = this.#of(timeline);
    known.finalizedUntil = Math.max(known.finalizedUntil, Math.min(finalizedUntil, end, this.#clock()));
  }

  #of(timeline: string): Known {
    let known = this.#known.get(timeline);
    if (known === undefined) this.#known.set(timeline, (known = { finalizedUntil: -Infinity, askedAt: -Infinity }));
    return known;
  }
}
