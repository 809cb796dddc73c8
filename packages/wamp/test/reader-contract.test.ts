import { afterAll } from '@jest/globals';
import { MemoryReader } from '@sisock/core';
import { serveReader } from '@sisock/data-node-server';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { type Fixture, readerContract, type ReaderUnderTest } from '@sisock/testkit';
import { type SerializerName, WampReader } from '@sisock/wamp';
import { Bench } from './support.js';

const bench = Bench.start();
afterAll(async () => (await bench).close());
let served = 0;

function overWamp(serializer: SerializerName, features: readonly string[]) {
  return async (fixture: Fixture): Promise<ReaderUnderTest> => {
    const memory = new MemoryReader({ timelines: fixture.timelines });
    const name = `node${served++}`;
    const session = await (await bench).session({ serializers: [serializer] });
    const caller = await (await bench).session({ serializers: [serializer], authid: 'eye' });
    const common = {
      log: silentLogger(),
      metrics: createMetrics(),
      clock: () => fixture.timelines[0]!.batches.at(-1)!.t.at(-1)! + 0.5,
    };
    const node = await serveReader({ session, name, description: '', reader: memory, ...common, addEveryMs: 60_000 });
    node.listed.catch(() => undefined);
    const reader = new WampReader(name, features, {
      session: caller,
      log: silentLogger(),
      clock: common.clock,
      callTimeoutMs: 60_000,
      followPollMs: 10,
      fieldsFreshMs: 0,
      onProblem: (_, problem) => {
        throw new Error(problem);
      },
    });
    return {
      reader,
      append: async (timeline, batch) => memory.append(timeline, batch),
      close: async () => {
        await node.close();
        await session.close();
        await caller.close();
      },
    };
  };
}

const all = ['catalog', 'read', 'reduce', 'health', 'follow', 'tickets'];
readerContract('WampReader over cbor', overWamp('cbor', all));
readerContract('WampReader over msgpack', overWamp('msgpack', ['catalog', 'read']));
readerContract('WampReader over json', overWamp('json', all), { without: ['non-finite'] });
readerContract('WampReader by the procedures of the original', overWamp('cbor', []), {
  without: ['i64', 'shared-timelines', 'late', 'column-sets'],
  // There every field has a timeline of its own name.
  timelineName: (timeline) => ({ slow: 'slow_level', fast: 'fast_value' })[timeline] ?? timeline,
});
