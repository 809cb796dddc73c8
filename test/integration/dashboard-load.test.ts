import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ArchiveStore } from '@sisock/archive';
import { BlockCache, BlockSite } from '@sisock/blocks';
import { serveReader } from '@sisock/data-node-server';
import { ArchiveTiles, G3Reader } from '@sisock/g3-archive';
import { FrameFiles } from '@sisock/g3-files';
import { TileFiller } from '@sisock/g3-file-scanner';
import { createBridge } from '@sisock/http-bridge';
import { startHub } from '@sisock/hub';
import { closeAll, createMetrics, type Service, silentLogger } from '@sisock/runtime';
import { type LocalRouter, localRouter, until } from '@sisock/testkit';
import { WampSite } from '@sisock/wamp';
import { libsqlStore } from '../../packages/g3-archive/test/support/archive-bench.js';
import { blockOf, HkFiles } from '../../packages/g3-archive/test/support/hk-files.js';

/** Four feeds of five fields, a sample every eight seconds: sixteen frames make up one of the finest tiles, 2^17 s. */
const feeds = Array.from({ length: 4 }, (_, k) => `observatory.AGENT${k}.feeds.temperatures`);
const names = ['a', 'b', 'c', 'd', 'e'];
const interval = 8;
const tile = 2 ** 17;
const tiles = 8;
const start = tile * 11_444;
const end = start + tiles * tile;
/** A panel asks for half a column more on either side: that lies within the tiles. */
const margin = tile / 16;
const samplesOfFrame = 1024;
const parts = { log: silentLogger(), clock: () => end + 1e6 };
const clients = 64;
const panels = feeds.flatMap((feed) => names.map((name) => `g3::${feed}.${name}`));

interface Running {
  readonly url: string;
  readonly cache: BlockCache;
  counters(): Promise<Readonly<Record<string, number>>>;
}

describe('a dashboard of 20 panels', () => {
  let store: ArchiveStore;
  let hk: HkFiles;
  let router: LocalRouter;
  let frames = 0;
  const started: Service[] = [];
  beforeAll(async () => {
    store = await libsqlStore();
    hk = await HkFiles.make(store);
    router = await localRouter();
    for (const [k, feed] of feeds.entries()) {
      const length = samplesOfFrame * interval;
      for (let from = start; from < end + length; from += length, frames++) {
        const t = Array.from({ length: samplesOfFrame }, (_, i) => from + i * interval);
        const values = names.map((name, n) => [name, t.map((s) => ((s / interval) * (n + 1)) % (97 + k))] as const);
        await hk.write(`${k}.g3`, feed, [blockOf('temps', t, Object.fromEntries(values))]);
      }
      await hk.scan(`${k}.g3`);
    }
  });
  afterEach(() => closeAll(started.splice(0), parts.log));
  afterAll(async () => {
    await router.close();
    await store.close();
    await hk.remove();
  });

  /** Hub, data node `g3`, and the bridge in front of it, all over the router. */
  async function run(
    blockBytes: number,
    frameBytes: number,
    files: Pick<FrameFiles, 'frame' | 'frames'>,
  ): Promise<Running> {
    const metrics = createMetrics();
    const keep = <T extends Service>(service: T): T => {
      started.push(service);
      return service;
    };
    keep(await startHub({ session: await router.session('server'), ...parts, metrics }));
    const reader = keep(new G3Reader({ store, files, ...parts, metrics, cacheBytes: frameBytes }));
    const cache = new BlockCache(blockBytes);
    const blockSource = new ArchiveTiles({ store, timeline: (name) => reader.timeline(name), log: parts.log });
    const session = await router.session('server');
    const more = { reader, blocks: cache, blockSource };
    const node = keep(await serveReader({ session, name: 'g3', description: 'files', ...more, ...parts, metrics }));
    await node.listed;
    const site = keep(await WampSite.start({ session: await router.session('consumer'), ...parts, metrics }));
    const nodes = keep(new BlockSite(site, new BlockCache(), parts.clock));
    const bridge = keep(createBridge({ site: nodes, ...parts, metrics, port: 0 }));
    const { url } = await bridge.listen();
    return {
      ...{ url, cache },
      counters: async () => (await nodes.reader('g3').health!()).counters,
    };
  }

  const ask = async (url: string, target: string, signal: AbortSignal | null = null) => {
    const range = {
      from: new Date((start + margin) * 1000).toISOString(),
      to: new Date((end - margin) * 1000).toISOString(),
    };
    const body = JSON.stringify({ range, maxDataPoints: 500, targets: [{ refId: 'A', target }] });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/query`, { method: 'POST', headers, body, signal });
    return { status: response.status, text: await response.text() };
  };

  /** All clients open all panels, one after the other but in the same order: each panel is asked for by all at once. */
  async function open(url: string): Promise<readonly string[][]> {
    return Promise.all(
      Array.from({ length: clients }, async () => {
        const answers: string[] = [];
        for (const panel of panels) {
          const { status, text } = await ask(url, panel);
          expect(status).toBe(200);
          answers.push(text);
        }
        return answers;
      }),
    );
  }

  it('reads each block once for 64 clients, out of files and out of the archive', async () => {
    const files = new FrameFiles({});
    const limit = 4_000_000;
    // Those of a panel: some lie in two windows of the index.
    const frameBytes = 8_000_000;
    const cold = await run(limit, frameBytes, files);
    const [first, ...others] = await open(cold.url);
    for (const answers of others) expect(answers).toEqual(first);
    for (const [i, text] of first!.entries()) {
      const [series] = JSON.parse(text) as [{ target: string; datapoints: unknown[] }];
      expect(series.target).toBe(panels[i]);
      expect(series.datapoints.length).toBeGreaterThan(1000);
    }
    // Each panel is another field, and so reads its own part of the frames.
    expect(cold.cache.counts.made).toBe(panels.length * tiles);
    expect((await cold.counters())['frames_read']).toBeLessThanOrEqual(names.length * frames);
    expect(cold.cache.bytes).toBeLessThanOrEqual(limit);
    await closeAll(started.splice(0), parts.log);

    const reader = new G3Reader({ store, files, ...parts, metrics: createMetrics() });
    const { signal } = new AbortController();
    await new TileFiller({ store, reader, leastSamples: 128, turn: async () => undefined, signal }).fill();
    await reader.close();
    const warm = await run(limit, frameBytes, files);
    for (const answers of await open(warm.url)) expect(answers).toEqual(first);
    expect(warm.cache.counts).toMatchObject({ stored: panels.length * tiles, made: 0 });
    expect((await warm.counters())['frames_read']).toBe(0);
    await files.close();
  });

  it('is no work any more when its client has left', async () => {
    const files = new FrameFiles({});
    let read = 0;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const slow: Pick<FrameFiles, 'frame' | 'frames'> = {
      frame: (...args) => files.frame(...args),
      async frames(...args) {
        // The first readings come at once, then a disk that hangs: the client leaves amid them.
        if (++read > 2) await finished;
        return files.frames(...args);
      },
    };
    const running = await run(0, 0, slow);
    const leaving = new AbortController();
    const answer = ask(running.url, panels[0]!, leaving.signal);
    await until(async () => read > 2 && (await running.counters())['tickets'] === 1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await until(async () => (await running.counters())['tickets'] === 0);
    const before = read;
    finish();
    // Whoever comes next finds a node that reads for nobody else.
    expect((await ask(running.url, panels[19]!)).status).toBe(200);
    const ofOne = read - before;
    const again = read;
    expect((await ask(running.url, panels[19]!)).status).toBe(200);
    expect(read - again).toBe(ofOne);
    await files.close();
  });
});
