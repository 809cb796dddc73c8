import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryReader, type Reader } from '@sisock/core';
import { type HubService, startHub } from '@sisock/hub';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { batchOf, localRouter, type LocalRouter, until } from '@sisock/testkit';
import type { WampSession } from '@sisock/wamp';
import * as api from '../src/index.js';

const now = 1_000_000;
const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => now };

class Ramp extends api.DataNodeServer {
  override readonly name: string = 'ramp';
  override readonly description = 'A ramp';
  readonly asked: unknown[][] = [];
  readonly fired: string[] = [];

  override getFields(...range: [number, number]): api.NodeFields {
    this.asked.push(range);
    return [{ level: { timeline: 'm', units: 'K' } }, { m: { interval: 1, field: 'level' } }];
  }

  override async getData(...args: [readonly string[], number, number, number | null]): Promise<api.NodeData> {
    this.asked.push(args);
    const t = Array.from({ length: 100 }, (_, i) => now - 100 + i);
    return { data: { level: t.map((_, i) => i) }, timeline: { m: { t, finalized_until: null } } };
  }

  override onJoin(details: api.SessionDetails): void {
    this.fired.push(`onJoin ${details.realm}`);
  }

  override async afterOnJoin(): Promise<void> {
    this.fired.push('afterOnJoin');
  }
}

describe('DataNodeServer', () => {
  let router: LocalRouter;
  let hub: HubService;
  let consumer: WampSession;
  beforeEach(async () => {
    router = await localRouter();
    hub = await startHub({ session: await router.session('server'), ...parts, graceMs: 0 });
    consumer = await router.session('consumer');
  });
  afterEach(async () => {
    await hub.close();
    await router.close();
  });
  const start = async (node: api.DataNodeServer, options: api.StartOptions = {}) => {
    const session = options.session ?? (await router.session('server'));
    const served = await node.start({ ...parts, session, addEveryMs: 20, graceMs: 0, ...options });
    await served.listed;
    return served;
  };
  const call = (procedure: string, args: unknown[]) => consumer.call(api.uri(`consumer.ramp.${procedure}`), args);

  it('needs name, description, getFields and getData, and nothing else', async () => {
    const node = new Ramp();
    const served = await start(node);
    expect(hub.nodes()).toMatchObject([{ name: 'ramp', description: 'A ramp' }]);
    const field = { level: { timeline: 'm', type: 'number', units: 'K', description: null } };
    expect(await call('get_fields', [1, 0])).toEqual([field, { m: { interval: 1, field: ['level'] } }]);
    expect(await call('get_data', [['level', 'none'], -2, 0])).toEqual({
      data: { level: [98, 99], none: [] },
      timeline: { m: { t: [now - 2, now - 1], finalized_until: null } },
    });
    expect(node.asked.at(-1)).toEqual([['level'], now - 2, now, null]);
    await served.close();
    expect(hub.nodes()).toEqual([]);
  });

  it('hands min_stride on, and thins all the same', async () => {
    const node = new Ramp();
    const served = await start(node);
    const answer = (await call('get_data', [['level'], -20, 0, 10])) as { data: object };
    expect(answer.data).toEqual({ level: [80, 90] });
    expect(node.asked.at(-1)).toEqual([['level'], now - 20, now, 10]);
    await served.close();
  });

  it('answers false where the node does', async () => {
    class Modest extends Ramp {
      override getData = async () => false as const;
    }
    const served = await start(new Modest());
    expect(await call('get_data', [['level'], 1, 0])).toBe(false);
    expect(await call('get_data', [['level'], 1, 0, 5])).toBe(false);
    await served.close();
  });

  it('calls onJoin, then afterOnJoin, at each join', async () => {
    const node = new Ramp();
    const served = await start(node);
    const once = ['onJoin test_realm', 'afterOnJoin'];
    await until(() => node.fired.length === 2);
    expect(node.fired).toEqual(once);
    await router.restart();
    await until(() => node.fired.length === 4);
    expect(node.fired).toEqual([...once, ...once]);
    await until(() => call('get_fields', [1, 0]));
    await served.close();
  });

  it('survives hooks that throw, and counts what is wrong in its answers', async () => {
    class Broken extends Ramp {
      override onJoin(): never {
        throw new Error('broken');
      }
      override getData = async () => ({ data: { level: [1] }, timeline: { m: { t: [] } } });
    }
    const metrics = createMetrics();
    const served = await start(new Broken(), { metrics });
    expect(await call('get_data', [['level'], 1, 0])).toEqual({ data: { level: [] }, timeline: {} });
    expect(await metrics.text()).toContain('sisock_node_contained_total{node="ramp"} 1');
    await served.close();
  });

  it('tells a caller nothing of what a node throws', async () => {
    class Broken extends Ramp {
      override getFields(): never {
        throw new Error('password 1234');
      }
    }
    const served = await start(new Broken());
    await expect(call('get_fields', [1, 0])).rejects.toMatchObject({
      code: 'internal',
      message: expect.not.stringContaining('1234'),
    });
    await served.close();
  });

  it('serves a Reader of its own instead', async () => {
    class WithReader extends Ramp {
      override reader(): Reader {
        return new MemoryReader({ timelines: [{ name: 'x', batches: [batchOf([now - 1], { y: [7] })] }] });
      }
    }
    const served = await start(new WithReader());
    expect(await call('get_data', [['y'], 1, 0])).toMatchObject({ data: { y: [7] } });
    await served.close();
  });

  it('fault 14: fails with name_taken when a living node has the name', async () => {
    const first = await start(new Ramp());
    const second = new Ramp().start({ ...parts, session: await router.session('server'), graceMs: 0 });
    await expect(second).rejects.toMatchObject({ code: 'name_taken' });
    expect(await call('get_fields', [1, 0])).toHaveLength(2);
    await first.close();
  });

  it('fault 15: is listed again after a restart of the hub', async () => {
    const served = await start(new Ramp());
    await hub.close();
    hub = await startHub({ session: await router.session('server'), ...parts });
    await until(() => hub.nodes().some(({ name, description }) => name === 'ramp' && description === 'A ramp'));
    expect(await call('get_fields', [1, 0])).toHaveLength(2);
    await served.close();
  });

  it('starts without a name only to say so', async () => {
    const node = new api.DataNodeServer().start({ ...parts, session: await router.session('server') });
    await expect(node).rejects.toMatchObject({ code: 'bad_setting', message: 'data node name "" is empty' });
  });

  it('makes a session of its own from the settings, signs by its own hook, and closes both', async () => {
    const users = { server: { role: 'server', secret: 'not for use' } };
    const { url } = await router.router().listen({ port: 0, auth: { wampcra: { users } } });
    const challenges: api.Challenge[] = [];
    let connected = 0;
    class Signing extends Ramp {
      override onConnect(): void {
        connected++;
      }
      override onChallenge(challenge: api.Challenge) {
        challenges.push(challenge);
        return super.onChallenge(challenge);
      }
    }
    const env = { WAMP_URI: url, WAMP_SECRET: 'not for use' };
    const served = await new Signing().start({ ...parts, env, addEveryMs: 20 });
    await served.listed;
    expect(connected).toBe(1);
    expect(challenges).toMatchObject([{ method: 'wampcra' }]);
    await served.close();
    expect(hub.nodes()).toEqual([]);

    const wrong = await new Ramp().start({ ...parts, env: { ...env, WAMP_SECRET: 'wrong' } });
    await expect(wrong.failed).rejects.toMatchObject({ code: 'not_authorized' });
    await wrong.close();
  });
});

describe('the constants', () => {
  it('come from the settings', () => {
    expect(api.nodeConstants({ WAMP_URI: 'ws://router/ws', WAMP_SECRET: 's' })).toEqual({
      WAMP_USER: 'server',
      WAMP_SECRET: 's',
      WAMP_URI: 'ws://router/ws',
      REALM: 'test_realm',
      BASE_URI: 'org.simonsobservatory',
    });
    expect(api.nodeConstants({}).WAMP_SECRET).toBeUndefined();
  });

  it('and functions are what the original has', () => {
    expect(api.uri('data_node.add')).toBe('org.simonsobservatory.data_node.add');
    expect([5, 0, -60].map((t) => api.sisockToUnixTime(t, 1000))).toEqual([5, 1000, 940]);
    expect(() => api.sisockToUnixTime(NaN)).toThrow(/NaN/);
  });
});

describe('docs/writing-a-data-node.md', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  let directory: string;
  beforeAll(async () => {
    // Where modules of this package are found.
    const made = join(root, 'packages/data-node-server/dist');
    await mkdir(made, { recursive: true });
    directory = await mkdtemp(join(made, 'doc-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('shows a node that works as it stands', async () => {
    const text = await readFile(join(root, 'docs', 'writing-a-data-node.md'), 'utf8');
    const [, code] = /```ts\n(.*?)```/s.exec(text)!;
    expect(code!.split('\n').length).toBeLessThan(40);
    await writeFile(join(directory, 'load-node.ts'), code!);
    let Shown: (new () => api.DataNodeServer) | undefined;
    jest.unstable_mockModule('@sisock/data-node-server', () => ({
      ...api,
      runDataNode: async (node: new () => api.DataNodeServer) => void (Shown = node),
    }));
    await import(join(directory, 'load-node.ts'));

    const router = await localRouter();
    const hub = await startHub({ session: await router.session('server'), ...parts });
    const served = await new Shown!().start({
      session: await router.session('server'),
      ...parts,
      clock: () => Date.now() / 1000,
    });
    await served.listed;
    const consumer = await router.session('consumer');
    const answer = await until(async () => {
      const { data } = (await consumer.call(api.uri('consumer.load.get_data'), [['load'], 1, 0])) as {
        data: { load: number[] };
      };
      return data.load.length > 0 ? data : undefined;
    });
    expect(answer.load[0]).toBeGreaterThanOrEqual(0);
    await served.close();
    await hub.close();
    await router.close();
  });

  it('names everything that the class offers', async () => {
    const text = await readFile(join(root, 'docs', 'writing-a-data-node.md'), 'utf8');
    const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(api.DataNodeServer.prototype);
    for (const name of [...Object.keys(methods), 'name', 'description', ...Object.keys(api.nodeConstants({}))]) {
      expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });
});
