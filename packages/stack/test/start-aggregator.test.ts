import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMetrics, type Metrics, silentLogger } from '@sisock/runtime';
import { until } from '@sisock/testkit';
import type { Listener, WampSession } from '@sisock/wamp';
import { type AggregatorService, startAggregator } from '../src/demo/aggregator/start-aggregator.js';
import { filesBelow, framesOf, samplesIn } from './g3-tree.js';

const begin = 1_795_186_957;
const address = 'site.one.feeds.f';
let directory: string;
let metrics: Metrics;
let now: number;
let listeners: Map<string, Listener>;
let aggregator: AggregatorService | undefined;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'sisock-aggregator-')), 'hk');
  metrics = createMetrics();
  now = begin;
  listeners = new Map();
});
afterEach(async () => {
  await aggregator?.close();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

async function start(writeAfter?: Promise<unknown>) {
  const session = {
    subscribe: async (topic: string, listener: Listener) => {
      listeners.set(topic, listener);
      return { close: async () => void listeners.delete(topic) };
    },
  } as unknown as WampSession;
  aggregator = await startAggregator({
    session,
    addressRoots: ['site', 'other'],
    directory,
    flushEveryMs: 5,
    ...(writeAfter && { writeAfter }),
    clock: () => now,
    log: silentLogger(),
    metrics,
  });
  return aggregator;
}

function publish(t: number): void {
  const message = { b: { block_name: 'b', data: { x: [t] }, timestamps: [t] } };
  const info = { address, record: true, session_id: 's', agg_params: { frame_length: 1 } };
  listeners.get('site..feeds.')!([[message, info]], {}, { uri: address });
}

describe('the aggregator of a session', () => {
  it('subscribes every root, writes what comes, and writes the rest when it is closed', async () => {
    const service = await start();
    expect([...listeners.keys()]).toEqual(['site..feeds.', 'other..feeds.']);
    publish(begin);
    publish(begin + 1);
    now = begin + 2;
    await until(() => service.path !== null && samplesIn(framesOf(service.path), 'x').length === 2);
    expect(await metrics.text()).toContain('sisock_aggregator{what="samples"} 2');
    publish(begin + 3);
    await service.close();
    expect(listeners.size).toBe(0);
    expect(samplesIn(filesBelow(directory).flatMap(framesOf), 'x').map(([t]) => t)).toEqual([
      begin,
      begin + 1,
      begin + 3,
    ]);
    await service.close();
    expect(filesBelow(directory)).toHaveLength(1);
  });

  it('writes nothing before the history is there, and loses nothing meanwhile', async () => {
    let finish: (error: Error) => void = () => undefined;
    const service = await start(new Promise((_resolve, reject) => (finish = reject)));
    publish(begin);
    now = begin + 5;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(existsSync(directory)).toBe(false);
    finish(new Error('even when it failed'));
    await until(() => service.path !== null && samplesIn(framesOf(service.path), 'x').length === 1);
  });
});
