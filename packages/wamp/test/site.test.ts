import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryReader, type Reader, type SiteEvent } from '@sisock/core';
import { serveReader } from '@sisock/data-node-server';
import { startHub } from '@sisock/hub';
import { createMetrics, type Metrics, type Service, silentLogger } from '@sisock/runtime';
import { batchOf, siteContract, until } from '@sisock/testkit';
import { hubUris, nodeUri, type WampSession, WampSite, type WampSiteOptions } from '@sisock/wamp';
import { Bench } from './support.js';

const clock = () => 1_500_000_000;
let bench: Bench;
let services: Service[];
let metrics: Metrics;
const shared = () => ({ log: silentLogger(), metrics, clock });

async function begin(): Promise<void> {
  bench = await Bench.start();
  services = [];
  metrics = createMetrics();
}
async function end(): Promise<void> {
  for (const service of services.reverse()) await service.close();
  await bench.close();
}
beforeEach(begin);
afterEach(end);

async function hub(): Promise<Service> {
  const service = await startHub({
    session: await bench.session(),
    ...shared(),
    metrics: createMetrics(),
    graceMs: 100,
  });
  services.push(service);
  return service;
}

async function node(name: string, reader: Reader = new MemoryReader(), description = ''): Promise<Service> {
  const session = await bench.session();
  const served = await serveReader({ session, name, description, reader, ...shared(), addEveryMs: 50 });
  served.failed.catch(() => undefined);
  await served.listed;
  services.push(served);
  return served;
}

async function site(options: Partial<WampSiteOptions> = {}): Promise<WampSite> {
  const session = options.session ?? (await bench.session({ authid: 'eye' }));
  const made = await WampSite.start({ session, ...shared(), ...options });
  services.push(made);
  return made;
}

const names = (of: WampSite) => of.nodes().map(({ name }) => name);

describe('the list of nodes', () => {
  it('is there at the start and kept by announcements', async () => {
    await hub();
    const first = await node('a', undefined, 'about a');
    const known = await site({ relistMs: 1e8 });
    expect(known.nodes()).toEqual([
      { name: 'a', description: 'about a', features: ['catalog', 'read', 'reduce', 'health', 'follow', 'tickets'] },
    ]);
    await node('b');
    await until(() => names(known).join() === 'a,b');
    await first.close();
    await until(() => names(known).join() === 'b');
  });

  it('is asked for again now and then, where an announcement was missed', async () => {
    const session = await bench.session();
    let listed: unknown[] = [];
    await session.register(hubUris.getDataNode, () => listed);
    const known = await site({ relistMs: 20 });
    expect(known.nodes()).toEqual([]);
    listed = [{ name: 'missed', description: 'x' }];
    await until(() => names(known).join() === 'missed');
    listed = [];
    await until(() => names(known).length === 0);
  });

  it('that the hub does not give is told, until it is there', async () => {
    const known = await site({ relistMs: 1e8, relistSoonMs: 5 });
    expect(known.problem()).toMatch(/^the hub gives no list of data nodes: /);
    await hub();
    await until(() => known.problem() === null);
  });

  it('is asked for after each join', async () => {
    const session = await bench.session();
    let listed: unknown[] = [];
    await session.register(hubUris.getDataNode, () => listed);
    const eye = await bench.session({ authid: 'eye', firstDelayMs: 200, maxDelayMs: 200 });
    const known = await site({ session: eye, relistMs: 1e8 });
    listed = [{ name: 'meanwhile', description: 'x' }];
    bench.cutWires();
    await until(() => names(known).join() === 'meanwhile');
  });

  it('is asked for after a loss of the router, and events tell all of it', async () => {
    await hub();
    await node('a');
    const known = await site({ relistMs: 1e8 });
    const controller = new AbortController();
    const events: SiteEvent[] = [];
    const listening = (async () => {
      for await (const event of known.events(controller.signal)) events.push(event);
    })();
    expect(known.connected()).toBe(true);
    await bench.stopRouter();
    await until(() => !known.connected());
    expect(names(known)).toEqual(['a']);
    await expect(known.reader('a').catalog({ start: 0, end: 1 })).rejects.toMatchObject({ code: 'unavailable' });
    await bench.startRouter();
    await until(() => known.connected());
    await node('b');
    await until(() => names(known).join() === 'a,b');
    await until(() => events.some((e) => e.kind === 'node-added' && e.node.name === 'b'));
    expect(events.map(({ kind }) => kind).slice(0, 2)).toEqual(['disconnected', 'connected']);
    controller.abort();
    await listening;
  });

  it.each([['x'], [7], [null], [[7, null, {}, { name: '' }, { name: 'a.b' }, { name: 3 }]], [{ name: 'ok' }]])(
    'that the hub gets wrong is contained: %j',
    async (answer) => {
      const session = await bench.session();
      await session.register(hubUris.getDataNode, () => answer);
      const known = await site();
      expect(known.nodes().length).toBeLessThanOrEqual(1);
      await session.publish(hubUris.added, [answer]);
      await session.publish(hubUris.subtracted, []);
      await session.publish(hubUris.added, [{ name: 'good', description: 7, features: 'x' }]);
      await until(() => names(known).includes('good'));
      expect(known.nodes().find(({ name }) => name === 'good')).toEqual({
        name: 'good',
        description: '',
        features: [],
      });
    },
  );

  it('has a reader for each, and an error that names some for others', async () => {
    await hub();
    await node('a');
    const known = await site();
    expect(known.reader('a')).toBe(known.reader('a'));
    expect(() => known.reader('zz')).toThrow(
      expect.objectContaining({ code: 'unknown_node', message: expect.stringContaining('"a"') }),
    );
  });
});

describe('status', () => {
  it('asks all nodes at once, each with its deadline', async () => {
    await hub();
    const reader = new MemoryReader();
    reader.append('x', batchOf([1, 2], { f: [1, 2] }));
    await node('good', reader);
    const add = async (name: string, session: WampSession) =>
      session.call(hubUris.add, [name, '', session.details?.sessionId]);
    const hanging = await bench.session();
    await hanging.register(nodeUri('hanging', 'get_fields'), () => new Promise(() => undefined));
    await add('hanging', hanging);
    await add('empty', await bench.session());
    const old = await bench.session();
    await old.register(nodeUri('old', 'get_fields'), () => [{}, {}]);
    await add('old', old);
    const known = await site({ healthTimeoutMs: 300 });
    // A node that was late on a busy machine is asked again.
    const { connected, nodes } = await until(async () => {
      const status = await known.status();
      return status.nodes.filter(({ reachable }) => reachable).length === 2 ? status : null;
    });
    expect(connected).toBe(true);
    expect(nodes.map(({ name, reachable }) => [name, reachable]).sort()).toEqual([
      ['empty', false],
      ['good', true],
      ['hanging', false],
      ['old', true],
    ]);
    expect(nodes.find(({ name }) => name === 'good')?.health).toMatchObject({ ok: true, newest: 2 });
  });

  it('a node that says it is not well is told as an event, once, and once it is well again', async () => {
    await hub();
    let ok = false;
    const memory = new MemoryReader();
    const reader: Reader = {
      catalog: (range) => memory.catalog(range),
      read: (query) => memory.read(query),
      reduce: (query) => memory.reduce(query),
      health: () => Promise.resolve({ ok, message: 'no disk', newest: null, counters: {}, agents: [] }),
    };
    await node('archive', reader);
    const known = await site({ agentsMs: 10 });
    const controller = new AbortController();
    const told: SiteEvent[] = [];
    const listening = (async () => {
      for await (const event of known.events(controller.signal)) told.push(event);
    })();
    await until(() => told.length === 1);
    ok = true;
    await until(() => told.length === 2);
    ok = false;
    await until(() => told.length === 3);
    expect(told).toMatchObject([
      { kind: 'node-trouble', name: 'archive', message: 'no disk' },
      { kind: 'node-well', name: 'archive' },
      { kind: 'node-trouble', name: 'archive' },
    ]);
    controller.abort();
    await listening;
  });

  it('more files of a node are told as an event, with those that are damaged', async () => {
    await hub();
    let asked = 0;
    let counters: Readonly<Record<string, number>> = { files: 5, files_damaged: 1 };
    const reader = Object.assign(new MemoryReader(), {
      health: () => {
        asked++;
        return Promise.resolve({ ok: true, newest: null, counters, agents: [] });
      },
    });
    await node('archive', reader);
    const known = await site({ agentsMs: 10 });
    const controller = new AbortController();
    const told: SiteEvent[] = [];
    const listening = (async () => {
      for await (const event of known.events(controller.signal)) told.push(event);
    })();
    // What it says second is compared with what it said first.
    await until(() => asked > 1);
    counters = { files: 7, files_damaged: 2 };
    await until(() => told.length === 1);
    expect(told).toMatchObject([{ kind: 'files-indexed', name: 'archive', files: 3, bad: 1 }]);
    counters = { files: 6, files_damaged: 3 };
    await until(() => told.length === 2);
    expect(told[1]).toMatchObject({ kind: 'files-indexed', files: 1, bad: 1 });
    controller.abort();
    await listening;
  });

  it('changes of agents are told as events', async () => {
    await hub();
    let alive = true;
    const memory = new MemoryReader();
    const agent = () => ({ address: 'o.a', agentClass: 'A', alive, lastSeen: 5, operations: { acq: 3 } });
    const reader: Reader = {
      catalog: (range) => memory.catalog(range),
      read: (query) => memory.read(query),
      reduce: (query) => memory.reduce(query),
      health: () => Promise.resolve({ ok: true, newest: null, counters: {}, agents: [agent()] }),
    };
    await node('feed', reader);
    const known = await site({ agentsMs: 10 });
    const controller = new AbortController();
    const kinds: string[] = [];
    const listening = (async () => {
      for await (const { kind } of known.events(controller.signal)) kinds.push(kind);
    })();
    await until(() => kinds.length === 1);
    alive = false;
    await until(() => kinds.length === 2);
    expect(kinds).toEqual(['agent-alive', 'agent-silent']);
    controller.abort();
    await listening;
  });
});

it('a node that lies about a read is contained and counted', async () => {
  const session = await bench.session();
  await session.register(hubUris.getDataNode, () => [
    { name: 'liar', description: '', features: ['catalog', 'read', 'reduce', 'health'] },
  ]);
  const batch = { t: [2, 1], columns: [['f', 'f64', [1, 2]]] };
  await session.register(nodeUri('liar', 'read'), () => ({
    batches: [batch],
    cursor: '',
    done: true,
    finalized_until: 0,
    revision: '',
  }));
  await session.register(nodeUri('liar', 'reduce'), () => 'nonsense');
  const known = await site();
  const query = { timeline: 'x', fields: ['f'], range: { start: 0, end: 9 }, maxSamples: 10 };
  await expect(known.reader('liar').read(query)).rejects.toMatchObject({ code: 'bad_data' });
  const reduce = { timeline: 'x', fields: ['f'], start: 0, width: 1, count: 1, want: 'm4' } as const;
  await expect(known.reader('liar').reduce(reduce)).rejects.toMatchObject({ code: 'bad_data' });
  expect(await metrics.text()).toMatch(/^sisock_site_node_problems_total\{node="liar"\} 2$/m);
});

siteContract('WampSite', async () => {
  await hub();
  const nodes = new Map<string, Service>();
  return {
    site: await site({ relistMs: 50 }),
    add: async (name, reader, description) => void nodes.set(name, await node(name, reader, description)),
    remove: async (name) => nodes.get(name)?.close(),
    // What is open is closed after each test of this file.
    close: async () => undefined,
  };
});
