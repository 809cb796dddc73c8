import { type Batch, checkBatch, type Chunk, type Gap, type Reader, type Reduced, SisockError } from '@sisock/core';
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
  const chunkOf = (chunk: Chunk): Chunk => {
    const loose = chunk as Partial<Chunk> | null | undefined;
    if (!Array.isArray(loose?.batches) || typeof loose.cursor !== 'string') throw wrong('no chunk of samples');
    loose.batches.forEach(batchOf);
    return chunk;
  };
  const batchOf = (batch: Batch) => {
    const loose = batch as Partial<Batch> | null | undefined;
    if (!ArrayBuffer.isView(loose?.t) || typeof loose.columns?.get !== 'function') throw wrong('no batch of samples');
    checkBatch(batch);
  };
  return {
    catalog: async (range, signal) => checked(node, await reader.catalog(range, signal)),
    read: async (query, signal) => {
      await turn();
      return chunkOf(await reader.read(query, signal));
    },
    reduce: async (query, signal) => {
      const reduced = (await reader.reduce(query, signal)) as Partial<Reduced> | null | undefined;
      if (typeof reduced?.fields?.get !== 'function') throw wrong('no reduced samples');
      for (const [name, field] of reduced.fields) {
        if (field.kind === 'samples') batchOf({ t: field.t, columns: new Map([[name, field.column]]) });
      }
      return reduced as Reduced;
    },
    ...(reader.follow && {
      follow: async function* (query, signal): AsyncGenerator<Chunk | Gap> {
        for await (const piece of reader.follow!(query, signal)) {
          yield 'gap' in piece ? piece : chunkOf(piece);
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
