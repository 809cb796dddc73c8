import { describe, expect, it } from '@jest/globals';
import { type NodeHealth, SisockError } from '@sisock/core';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { until } from '@sisock/testkit';
import { pino } from 'pino';
import { serveReader, type ServeOptions } from '../src/serve-reader.js';
import { FakeHub, FakeRouter, type FakeSession } from './fake-wamp.js';
import { now, served, someData } from './harness.js';

function serve(session: FakeSession, options: Partial<ServeOptions> = {}) {
  return serveReader({
    session,
    name: 'n',
    description: 'a node',
    reader: someData(),
    log: silentLogger(),
    metrics: createMetrics(),
    clock: () => now,
    graceMs: 0,
    addEveryMs: 20,
    ...options,
  });
}

describe('what keeps a node from its work', () => {
  it('is told: that the hub does not list it, or what its Reader says', async () => {
    const router = new FakeRouter();
    const reader = someData();
    const own = await reader.health();
    let says: () => Promise<NodeHealth> = async () => own;
    const node = await serve(router.session(), { reader: Object.assign(reader, { health: () => says() }) });
    expect(await node.problem()).toMatch(/^data node n is not listed by the hub/);
    await FakeHub.start(router);
    await node.listed;
    expect(await node.problem()).toBeNull();
    says = async () => ({ ...own, ok: false, message: 'the disk is full' });
    expect(await node.problem()).toBe('data node n: the disk is full');
    says = () => Promise.reject(new SisockError('unavailable', 'no health today'));
    expect(await node.problem()).toBe('data node n: no health today');
    await node.close();
  });
});

describe('fault 14: a node whose name is refused', () => {
  it('by the hub says so in one line, takes its procedures back and fails with name_taken', async () => {
    const router = new FakeRouter();
    const hub = await FakeHub.start(router);
    hub.nodes.set('n', { session: 77, features: [] });
    const lines: { msg: string; level: number }[] = [];
    const log = pino({}, { write: (text: string) => void lines.push(JSON.parse(text)) });
    const node = await serve(router.session(), { log });
    await expect(node.failed).rejects.toMatchObject({ code: 'name_taken', message: expect.stringContaining('"n"') });
    await expect(node.listed).rejects.toMatchObject({ code: 'name_taken' });
    await node.close();
    expect([...router.procedures.keys()].filter((uri) => uri.includes('.n.'))).toEqual([]);
    expect(lines.filter((line) => line.level >= 50)).toHaveLength(1);
    expect(lines.find((line) => line.level >= 50)!.msg).toMatch(/refuses the name "n".*another name/);
    expect(hub.nodes.get('n')).toMatchObject({ session: 77 });
  });

  it('by the router does not start, and leaves the other one alone', async () => {
    const router = new FakeRouter();
    const hub = await FakeHub.start(router);
    const first = await serve(router.session());
    await first.listed;
    await expect(serve(router.session())).rejects.toMatchObject({ code: 'name_taken' });
    expect(router.procedures.has('org.simonsobservatory.consumer.n.get_data')).toBe(true);
    expect(hub.nodes.has('n')).toBe(true);
    await first.close();
  });

  it('waits for its own former session to go', async () => {
    const router = new FakeRouter();
    await FakeHub.start(router);
    const former = router.session();
    const before = await serve(former);
    await before.listed;
    const again = serve(router.session(), { graceMs: 60_000 });
    await router.session().call('org.simonsobservatory.consumer.n.get_fields', [1, 0]);
    former.lose();
    const node = await again;
    await node.close();
    await before.close();
  });

  it.each(['', 'a.b', 'with blank', 'x'.repeat(200)])('is told at once that %p can be no name', async (name) => {
    const session = new FakeRouter().session();
    await expect(serve(session, { name })).rejects.toMatchObject({ code: 'bad_setting' });
  });

  it('is not refused as a replica', async () => {
    const router = new FakeRouter();
    await FakeHub.start(router);
    const first = await serve(router.session(), { replica: true });
    await expect(
      serve(router.session(), { replica: true, graceMs: 60_000 }).then((node) => node.close()),
    ).resolves.toBeUndefined();
    await first.close();
  });
});

describe('fault 15: the hub restarts', () => {
  for (const knows of [true, false]) {
    it(`and the node is listed again without a restart of its own (${knows ? 'our' : "the original's"} hub)`, async () => {
      const router = new FakeRouter();
      const hub = await FakeHub.start(router, { knows });
      const node = await serve(router.session());
      await node.listed;
      await hub.close();
      const restarted = await FakeHub.start(router, { knows });
      await until(() => restarted.nodes.has('n'));
      expect(await router.session().call('org.simonsobservatory.consumer.n.get_fields', [1, 0])).toHaveLength(2);
      await node.close();
      expect(restarted.nodes.has('n')).toBe(false);
    });
  }

  it('adds itself again and again, to the same effect', async () => {
    const router = new FakeRouter();
    const hub = await FakeHub.start(router);
    const node = await serve(router.session());
    await until(() => hub.added >= 3);
    expect(hub.nodes.size).toBe(1);
    await node.close();
  });

  it('starts before the hub is there, and keeps trying', async () => {
    const router = new FakeRouter();
    const node = await serve(router.session());
    const hub = await FakeHub.start(router);
    await node.listed;
    expect(hub.nodes.has('n')).toBe(true);
    await node.close();
  });

  it('adds its new session after a loss of the router', async () => {
    const router = new FakeRouter();
    const hub = await FakeHub.start(router);
    const session = router.session();
    const node = await serve(session, { addEveryMs: 1e6 });
    await node.listed;
    session.lose();
    hub.nodes.clear();
    session.join();
    await until(() => hub.nodes.get('n')?.session === session.details!.sessionId);
    await node.close();
  });
});

describe('limits of a node', () => {
  it('work on a bounded number of requests, let some wait, refuse the rest, and recover', async () => {
    const open: (() => void)[] = [];
    const reader = Object.assign(someData(), {
      catalog: () => new Promise<never>((_, reject) => open.push(() => reject(new Error('released')))),
    });
    const node = await served(reader, { limits: { concurrent: 2, waiting: 3 } });
    const calls = Array.from({ length: 8 }, () =>
      node.call('catalog', []).catch((error: { code: string }) => error.code),
    );
    expect(await Promise.race(calls)).toBe('unavailable');
    expect(open).toHaveLength(2);
    for (let done = 0; done < 5; done++) {
      await until(() => open.length > done);
      open[done]!();
    }
    expect((await Promise.all(calls)).filter((code) => code === 'unavailable')).toHaveLength(3);
    expect(await node.metrics.text()).toContain('procedure="catalog",outcome="unavailable"} 3');
    expect((await node.call('get_data', [[], 1, 0])).data).toEqual({});
    await node.close();
  });

  it('end a request that takes too long, and tell its reader', async () => {
    let told: AbortSignal | undefined;
    const reader = Object.assign(someData(), {
      catalog: (_: unknown, signal: AbortSignal) => {
        told = signal;
        return new Promise<never>(() => undefined);
      },
    });
    const node = await served(reader, { limits: { requestMs: 20, concurrent: 1 } });
    await expect(node.call('get_data', [['level'], 1, 0])).rejects.toMatchObject({ code: 'timeout' });
    expect(told!.aborted).toBe(true);
    expect(await node.call('health')).toMatchObject({ ok: true, counters: { working: 1 } });
    await node.close();
  });

  it('tell who waits when the node closes', async () => {
    const reader = Object.assign(someData(), { catalog: () => new Promise<never>(() => undefined) });
    const node = await served(reader, { limits: { concurrent: 1 } });
    const calls = [node.call('catalog', []), node.call('catalog', [])];
    const told = Promise.allSettled(calls);
    await node.close();
    for (const one of await told) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  });
});
