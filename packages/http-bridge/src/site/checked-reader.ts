import {
  checkBatch,
  checkChunk,
  type Chunk,
  type Gap,
  type Reader,
  type Reduced,
  SisockError,
  toSisockError,
} from '@sisock/core';
import { checked } from './catalogs.js';

/** Longest time a reader that answers at once may keep the process from everything else. */
const turnMs = 50;

/**
 * A reader whose answers are what they should be, or an error in its node's name: right shape, rising times, a value for
 * each time. Nothing behind it needs to doubt what it gets.
 */
export function checkedReader(node: string, reader: Reader): Reader {
  const turn = takeTurns();
  const wrong = (what: string) => new SisockError('bad_data', `data node ${node} answered with ${what}`);
  const named = <T>(check: () => T): T => {
    try {
      return check();
    } catch (thrown) {
      const { code, message } = toSisockError(thrown);
      throw code === 'bad_data' ? wrong(`wrong data: ${message}`) : thrown;
    }
  };
  const chunkOf = (chunk: Chunk, maxSamples: number): Chunk => {
    named(() => checkChunk(chunk, { maxSamples }));
    return chunk;
  };
  return {
    catalog: async (range, signal) => checked(node, await reader.catalog(range, signal)),
    read: async (query, signal) => {
      await turn();
      return chunkOf(await reader.read(query, signal), query.maxSamples);
    },
    reduce: async (query, signal) => {
      const reduced = (await reader.reduce(query, signal)) as Partial<Reduced> | null | undefined;
      if (typeof reduced?.fields?.get !== 'function') throw wrong('no reduced samples');
      for (const [name, field] of reduced.fields) {
        if (field.kind !== 'samples') continue;
        named(() => checkBatch({ t: field.t, columns: new Map([[name, field.column]]) }));
      }
      return reduced as Reduced;
    },
    ...(reader.follow && {
      follow: async function* (query, signal): AsyncGenerator<Chunk | Gap> {
        for await (const piece of reader.follow!(query, signal)) {
          yield 'gap' in piece ? piece : chunkOf(piece, Infinity);
        }
      },
    }),
    ...(reader.changes && { changes: (signal) => reader.changes!(signal) }),
    ...(reader.health && { health: (signal) => reader.health!(signal) }),
  };
}

/** Lets timers and sockets have their turn now and then, which a chain of promises that are settled already would not. */
function takeTurns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < turnMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}
