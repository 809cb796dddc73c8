import {
  type Batch,
  type Chunk,
  MemoryReader,
  type Reader,
  type ReadQuery,
  SisockError,
  type Value,
} from '@sisock/core';
import { columnOf } from '@sisock/testkit';
import { JoinedReader } from '../src/index.js';
import { sourcesOf } from './sources.js';

/** Times as they come back from 10 ns ticks: up to a step of a double beside what they were. */
export function throughTicks(t: number): number {
  return Number(BigInt(Math.trunc(t * 1e8))) / 1e8;
}

/** A reader that grows, is replaced, fails, and says itself how far it is final. */
export class Simulated implements Reader {
  memory = new MemoryReader();
  finalizedUntil: number | null = null;
  fails: SisockError | null = null;
  hangs = false;
  reads = 0;
  reduces = 0;
  #life = 0;

  /** As a process that begins anew: it holds these rows, and knows none of its former cursors. */
  restart(memory = new MemoryReader()): void {
    this.memory = memory;
    this.#life++;
  }

  async catalog(...args: Parameters<Reader['catalog']>) {
    await this.#state();
    return this.memory.catalog(...args);
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    await this.#state();
    this.reads++;
    const { cursor, ...rest } = query;
    const inner = cursor === undefined ? {} : { cursor: this.#inner(cursor) };
    return this.#outer(await this.memory.read({ ...rest, ...inner }, signal));
  }

  async reduce(...args: Parameters<Reader['reduce']>) {
    await this.#state();
    this.reduces++;
    const reduced = await this.memory.reduce(...args);
    return { ...reduced, finalizedUntil: this.finalizedUntil ?? reduced.finalizedUntil };
  }

  async *follow(...[query, signal]: Parameters<NonNullable<Reader['follow']>>) {
    const after = query.after === '' ? '' : this.#inner(query.after);
    for await (const item of this.memory.follow({ ...query, after }, signal)) {
      yield 'gap' in item ? item : this.#outer(item);
    }
  }

  changes(signal: AbortSignal) {
    return this.memory.changes(signal);
  }

  async #state(): Promise<void> {
    if (this.hangs) await new Promise(() => {});
    if (this.fails) throw this.fails;
  }

  #inner(cursor: string): string {
    const [life, inner] = cursor.split('|');
    if (Number(life) === this.#life) return inner!;
    throw new SisockError('bad_request', 'a cursor of a former life');
  }

  #outer(chunk: Chunk): Chunk {
    const cursor = `${this.#life}|${chunk.cursor}`;
    return { ...chunk, cursor, finalizedUntil: this.finalizedUntil ?? chunk.finalizedUntil };
  }
}

export interface Made {
  readonly archive: Simulated;
  readonly feed: Simulated;
  readonly reader: JoinedReader;
  readonly sources: ReturnType<typeof sourcesOf>;
}

export function simulation(options: Parameters<typeof sourcesOf>[2] = {}, clock = () => 2e9): Made {
  const archive = new Simulated();
  const feed = new Simulated();
  const sources = sourcesOf({ g3_reader: archive }, { feeds: feed }, options);
  return { archive, feed, sources, reader: new JoinedReader({ sources, clock, retryMs: 5 }) };
}

/** Rows `from` to `to` of some times, each value made from the row's number. */
export function rowsOf(
  times: readonly number[],
  from: number,
  to: number,
  fields: Readonly<Record<string, (i: number) => Value>>,
): Batch {
  const indexes = times.slice(from, to).map((_, i) => from + i);
  const columns = new Map(Object.entries(fields).map(([name, make]) => [name, columnOf(indexes.map(make))]));
  return { t: Float64Array.from(indexes, (i) => times[i]!), columns };
}
