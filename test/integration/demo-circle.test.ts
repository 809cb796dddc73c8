import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeHk, isHkFrame } from '@sisock/codecs/g3';
import { walkFile } from '@sisock/g3-files';
import { silentLogger } from '@sisock/runtime';
import { connectSession, type WampSession } from '@sisock/wamp';
import { json, type Stack, startStack } from '../support/stack-process.js';
import { until } from '../interop/peers/until.js';

const address = 'observatory.fast.feeds.counts';
const field = `${address}.Channel_01`;
const stage = 'observatory.cryostat.feeds.temperatures.stage_4k';
/** Their times are the same as ticks of 10 ns and as doubles. */
const perSecond = 8;

interface Raw {
  readonly complete: boolean;
  readonly blocks: readonly { readonly time: number[]; readonly values: Readonly<Record<string, number[]>> }[];
}

/** `[t, value]` of every sample a node has of the field since `from`. */
async function samplesOf(stack: Stack, node: string, name: string, from: number): Promise<[number, number][]> {
  const id = `${node}::${name}`;
  const query = new URLSearchParams({ raw: 'true', field: id, from: String(from), to: String(from + 7200) });
  const { blocks, complete } = await json<Raw>(`${stack.url}/api/v1/series?${query}`);
  expect(complete).toBe(true);
  return blocks.flatMap(({ time, values }) => time.map((t, i): [number, number] => [t, values[id]![i]!]));
}

/** An agent that counts, with frames of a second; `published` has every sample. */
class CountingAgent {
  readonly published: [number, number][] = [];
  readonly #session: WampSession;
  readonly #began = Math.floor(Date.now() / 1000);
  readonly #timer: NodeJS.Timeout;

  constructor(session: WampSession) {
    this.#session = session;
    this.#timer = setInterval(() => void this.#publish(), 100);
  }

  get since(): number {
    return this.#began;
  }

  async #publish(): Promise<void> {
    const timestamps: number[] = [];
    const values: number[] = [];
    while (this.#began + (this.published.length + 1) / perSecond < Date.now() / 1000) {
      const n = this.published.length;
      this.published.push([this.#began + n / perSecond, n]);
      timestamps.push(this.#began + n / perSecond);
      values.push(n);
    }
    if (timestamps.length === 0) return;
    const message = { b: { block_name: 'b', timestamps, data: { 'Channel 01': values } } };
    const info = { address, feed_name: 'counts', record: true, session_id: '1', agg_params: { frame_length: 1 } };
    await this.#session.publish(address, [[message, info]]).catch(() => undefined);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Times of a block's samples in all files of a tree, in the order of the files. */
async function timesInFiles(directory: string, block: string): Promise<number[]> {
  const times: number[] = [];
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.g3'));
  for (const path of paths.sort()) {
    for await (const { frame } of walkFile(join(directory, path))) {
      if (!frame || !isHkFrame(frame)) continue;
      const hk = decodeHk(frame);
      if (hk.kind !== 'data') continue;
      for (const { name, ticks } of hk.blocks) if (name === block) for (const t of ticks) times.push(Number(t) / 1e8);
    }
  }
  return times;
}

describe('live feeds become files, files become an archive, both become one timeline', () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'sisock-circle-'));
  const tree = join(dataDirectory, 'demo', 'hk');
  // The feed keeps less than has been published, so that the joined node needs the files.
  const env = { SISOCK_DATA_DIR: dataDirectory, TIME_PER_FILE: '3', BUFFER_TIME: '10', FEED_LOG: 'off' };
  let stack: Stack;
  let session: WampSession;
  let agent: CountingAgent;
  beforeAll(async () => {
    stack = await startStack(env);
    session = connectSession({ url: stack.routerUrl, realm: 'test_realm', log: silentLogger() });
    await session.ready;
    agent = new CountingAgent(session);
  });
  afterAll(async () => {
    agent?.stop();
    await session?.close();
    await stack?.stop('SIGKILL');
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  it('gives every sample once, in order, across files and from the first to the newest', async () => {
    const archived = await until('fourteen seconds are in the archive', async () => {
      const found = await samplesOf(stack, 'g3_reader', field, agent.since);
      return found.length >= 14 * perSecond && found;
    });
    expect(archived).toEqual(agent.published.slice(0, archived.length));
    const live = await samplesOf(stack, 'feeds', field, agent.since);
    expect(live[0]![0]).toBeGreaterThan(agent.since + 2);
    // On a busy machine the files may come later than the feed forgets, for a while.
    const joined = await until('both are one timeline', async () => {
      const [newest] = (await samplesOf(stack, 'feeds', field, agent.since)).slice(-1);
      const found = await samplesOf(stack, 'ocs', field, agent.since);
      return found.length > newest![1] && found;
    });
    expect(joined).toEqual(agent.published.slice(0, joined.length));
  });

  it('begins with days of history of the same feeds', async () => {
    const began = agent.since - 2.9 * 86_400;
    const first = await until('the history is served', async () => {
      const found = await samplesOf(stack, 'ocs', stage, began);
      return found.length > 0 && found;
    });
    expect(first[0]![0] - began).toBeLessThan(11);
    expect(first.length).toBe(720);
  });

  it('stops with every sample in the files, and goes on behind them', async () => {
    agent.stop();
    await until('the last sample has arrived', async () => {
      const newest = (await samplesOf(stack, 'feeds', field, agent.since)).at(-1);
      return newest?.[1] === agent.published.length - 1;
    });
    expect(await stack.stop('SIGINT')).toBe(0);
    expect(await timesInFiles(tree, 'b')).toEqual(agent.published.map(([t]) => t));
    const before = readdirSync(tree, { recursive: true, encoding: 'utf8' });

    stack = await startStack(env);
    const newest = (await timesInFiles(tree, 'temps')).at(-1)!;
    await until('agents go on', async () => (await samplesOf(stack, 'feeds', stage, newest)).length > 2);
    expect(await stack.stop('SIGINT')).toBe(0);
    expect(readdirSync(tree, { recursive: true, encoding: 'utf8' })).toEqual(expect.arrayContaining(before));
    const times = await timesInFiles(tree, 'temps');
    expect(times.at(-1)!).toBeGreaterThan(newest);
    expect(times.filter((t, i) => i > 0 && t <= times[i - 1]!)).toEqual([]);
  });
});
