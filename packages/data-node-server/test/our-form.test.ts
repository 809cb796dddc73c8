import { describe, expect, it } from '@jest/globals';
import { allTime, checkReadQuery, MemoryReader, type Reader, SisockError } from '@sisock/core';
import { catalogRequest, decodeCatalog, decodeChunk, decodeHealth, decodeReduced, readRequest, reduceRequest } from '@sisock/wamp'; // prettier-ignore
import { batchOf, readerContract } from '@sisock/testkit';
import { now, served, someData, type Served } from './harness.js';

/** A Reader that asks a served node in our own form. */
function remote({ call }: Served, encoding: 'binary' | 'json'): Reader {
  const guard = (signal?: AbortSignal) => {
    if (signal?.aborted) throw new SisockError('cancelled', 'cancelled');
  };
  return {
    async catalog(range, signal) {
      guard(signal);
      return decodeCatalog(await call('catalog', [catalogRequest(range)]));
    },
    async read(query, signal) {
      guard(signal);
      checkReadQuery(query);
      return decodeChunk(await call('read', [readRequest(query, encoding)]), query);
    },
    async reduce(query, signal) {
      guard(signal);
      return decodeReduced(await call('reduce', [reduceRequest(query, encoding)]), query);
    },
    health: async () => decodeHealth(await call('health')),
  };
}

readerContract('a served reader', async (fixture) => {
  const memory = new MemoryReader({ timelines: fixture.timelines });
  const node = await served(memory);
  return {
    reader: remote(node, 'binary'),
    append: async (timeline, batch) => memory.append(timeline, batch),
    close: () => node.close(),
  };
});

describe('our own wire form', () => {
  it('keeps a chunk within its bytes, whatever is asked', async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [`f${i}`, Array.from({ length: 1000 }, () => i)]),
    );
    const t = Array.from({ length: 1000 }, (_, i) => now - 1000 + i);
    const node = await served(new MemoryReader({ timelines: [{ name: 'm', batches: [batchOf(t, wide)] }] }), {
      limits: { chunkBytes: 8000 },
    });
    const query = { timeline: 'm', fields: Object.keys(wide), range: allTime, maxSamples: 1000 };
    const chunk = await remote(node, 'binary').read(query);
    expect(chunk.batches[0]!.t.length).toBe(100);
    expect(chunk.done).toBe(false);
    await node.close();
  });

  it('counts the characters of text in it', async () => {
    const t = Array.from({ length: 100 }, (_, i) => now - 100 + i);
    const text = t.map(() => 'x'.repeat(1000));
    const node = await served(new MemoryReader({ timelines: [{ name: 'm', batches: [batchOf(t, { text })] }] }), {
      limits: { chunkBytes: 10_000 },
    });
    const query = { timeline: 'm', fields: ['text'], range: allTime, maxSamples: 1000 };
    const rows = (await remote(node, 'json').read(query)).batches[0]!.t.length;
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(10);
    await node.close();
  });

  it('refuses more buckets or fields than the limits allow', async () => {
    const node = await served(someData(), { limits: { buckets: 1000, fields: 3 } });
    const reader = remote(node, 'binary');
    const query = {
      timeline: 'fast',
      fields: ['level'],
      start: now - 100,
      width: 0.01,
      count: 1001,
      want: 'm4' as const,
    };
    await expect(reader.reduce(query)).rejects.toMatchObject({ code: 'too_large' });
    const read = { timeline: 'fast', fields: ['a', 'b', 'c', 'd'], range: allTime, maxSamples: 1 };
    await expect(reader.read(read)).rejects.toMatchObject({ code: 'too_large' });
    await expect(node.call('get_data', [read.fields, 1, 0])).rejects.toMatchObject({ code: 'bad_request' });
    await node.close();
  });

  it('tells health with the counters of the requests', async () => {
    const node = await served();
    await node.call('get_data', [['level'], 1, 0]);
    await node.call('get_data', []).catch(() => undefined);
    const health = decodeHealth(await node.call('health'));
    expect(health).toMatchObject({ ok: true, newest: now - 1, counters: { requests: 2, failed: 1, points: 100 } });
    await node.close();
  });

  it('advertises itself in the features', async () => {
    const node = await served();
    expect(node.hub.nodes.get('n')).toMatchObject({
      features: ['catalog', 'read', 'reduce', 'health', 'follow', 'tickets'],
    });
    await node.close();
  });
});
