import { MemoryReader, type Reader } from '@sisock/core';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { batchOf } from '@sisock/testkit';
import { type ServeOptions, serveReader } from '../src/serve-reader.js';
import { FakeHub, FakeRouter, type FakeSession } from './fake-wamp.js';

export const now = 1_000_000;

/** Three fields: two that share times, one of text and bools of its own. */
export function someData(): MemoryReader {
  const n = 100;
  const t = Array.from({ length: n }, (_, i) => now - n + i);
  return new MemoryReader({
    timelines: [
      {
        name: 'fast',
        interval: 1,
        fields: [{ name: 'level', units: 'K', description: 'A level' }],
        batches: [batchOf(t, { level: t.map((_, i) => (i === 57 ? 1e6 : i / 4)), count: t.map((_, i) => BigInt(i)) })],
      },
      { name: 'slow', batches: [batchOf([now - 50, now - 20], { state: ['on', 'off'], open: [true, false] })] },
    ],
  });
}

export interface Served {
  readonly router: FakeRouter;
  readonly hub: FakeHub;
  readonly session: FakeSession;
  readonly node: Awaited<ReturnType<typeof serveReader>>;
  readonly metrics: ReturnType<typeof createMetrics>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers as they come from the wire
  call(procedure: string, args?: readonly unknown[], kwargs?: Record<string, unknown>): Promise<any>;
  close(): Promise<void>;
}

/** A served node called `n`, with a hub, and a consumer that calls it. */
export async function served(reader: Reader = someData(), options: Partial<ServeOptions> = {}): Promise<Served> {
  const router = new FakeRouter();
  const hub = await FakeHub.start(router);
  const session = router.session();
  const consumer = router.session();
  const metrics = createMetrics();
  const node = await serveReader({
    session,
    name: 'n',
    description: 'a node',
    reader,
    log: silentLogger(),
    metrics,
    clock: () => now,
    graceMs: 0,
    ...options,
  });
  await node.listed;
  return {
    router,
    hub,
    session,
    node,
    metrics,
    call: (procedure, args = [], kwargs = {}) =>
      consumer.call(`org.simonsobservatory.consumer.n.${procedure}`, args, kwargs),
    close: () => node.close(),
  };
}
