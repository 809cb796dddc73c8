import type { Chunk, DataChange, Reader, ReadQuery, Reduced, ReduceQuery, TimeRange } from '@sisock/core';

/** A reader that is looked over the shoulder of, and can be held up. */
export class WatchedReader implements Reader {
  readonly #reader: Reader;
  readonly changes?: (signal: AbortSignal) => AsyncIterable<DataChange>;
  /** Reads of rows (not those that ask only what is true). */
  readonly reads: ReadQuery[] = [];
  readonly reduces: ReduceQuery[] = [];
  /** Waited for before each read of rows, and between it and its answer. */
  gate: () => Promise<void> = async () => undefined;
  behind: () => Promise<void> = async () => undefined;

  constructor(reader: Reader, { tellsChanges = true } = {}) {
    this.#reader = reader;
    if (tellsChanges) this.changes = (signal) => reader.changes!(signal);
  }

  catalog(range: TimeRange, signal?: AbortSignal) {
    return this.#reader.catalog(range, signal);
  }

  async read(query: ReadQuery, signal?: AbortSignal): Promise<Chunk> {
    if (query.fields.length === 0) return this.#reader.read(query, signal);
    this.reads.push(query);
    await this.gate();
    signal?.throwIfAborted();
    const chunk = await this.#reader.read(query, signal);
    await this.behind();
    return chunk;
  }

  reduce(query: ReduceQuery, signal?: AbortSignal): Promise<Reduced> {
    this.reduces.push(query);
    return this.#reader.reduce(query, signal);
  }
}

/** Something that is waited for until it is opened. */
export function gate(): { readonly opened: () => Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { opened: () => promise, open };
}
