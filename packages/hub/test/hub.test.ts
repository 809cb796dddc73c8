import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@sisock/runtime';
import { until } from '@sisock/testkit';
import { hubUris, nodeUri, type WampSession } from '@sisock/wamp';
import { Hub } from '../src/hub.js';
import { noStore } from '../src/store.js';
import { add, Bench, listed, subtract } from './support.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.close());

async function watch(session: WampSession): Promise<unknown[]> {
  const seen: unknown[] = [];
  await session.subscribe(hubUris.added, ([node]) => seen.push({ added: node }));
  await session.subscribe(hubUris.subtracted, ([node]) => seen.push({ subtracted: node }));
  return seen;
}

/** What serves data, with or without the hub's knowing. */
async function serve(name: string): Promise<WampSession> {
  const session = await bench.session();
  await session.register(nodeUri(name, 'get_data'), () => null);
  return session;
}

describe('names', () => {
  it('are listed with their description and features, and announced', async () => {
    await bench.hub();
    const node = await bench.session();
    const eye = await bench.session('eye');
    const seen = await watch(eye);
    expect(await add(node, 'a')).toBe(true);
    expect(await add(node, 'b', { features: ['read', 'health'] })).toBe(true);
    expect(await eye.call(hubUris.getDataNode)).toEqual([
      { name: 'a', description: 'about a' },
      { name: 'b', description: 'about b', features: ['read', 'health'] },
    ]);
    expect(await subtract(node, 'a')).toBe(true);
    await until(() => seen.length === 3);
    expect(seen).toEqual([
      { added: { name: 'a', description: 'about a' } },
      { added: { name: 'b', description: 'about b', features: ['read', 'health'] } },
      { subtracted: { name: 'a', description: 'about a' } },
    ]);
  });

  it('may be given by keyword, as autobahn for Python may', async () => {
    await bench.hub();
    const node = await bench.session();
    const kwargs = { name: 'k', description: 'x', session_id: node.details?.sessionId };
    expect(await node.call(hubUris.add, [], kwargs)).toBe(true);
    expect(await node.call(hubUris.subtract, [], { name: 'k', session_id: kwargs.session_id })).toBe(true);
    expect(await listed(node)).toEqual([]);
  });

  it('may be added again by their holder, without an announcement', async () => {
    await bench.hub();
    const node = await bench.session();
    const seen = await watch(node);
    for (let i = 0; i < 3; i++) expect(await add(node, 'a')).toBe(true);
    await add(node, 'b');
    await until(() => seen.length >= 2);
    expect(seen).toHaveLength(2);
    expect(await listed(node)).toEqual(['a', 'b']);
  });

  it('go when their session leaves', async () => {
    const hub = await bench.hub();
    const node = await bench.session();
    const eye = await bench.session('eye');
    const seen = await watch(eye);
    await add(node, 'a');
    await node.close();
    await until(() => hub.nodes().length === 0);
    await until(() => seen.length === 2);
    expect(seen[1]).toEqual({ subtracted: { name: 'a', description: 'about a' } });
  });

  it('are not taken off by others', async () => {
    await bench.hub();
    const node = await bench.session();
    const other = await bench.session();
    await add(node, 'a');
    expect(await subtract(other, 'a')).toBe(false);
    expect(await subtract(other, 'none')).toBe(false);
    expect(await listed(node)).toEqual(['a']);
  });
});

describe('fault 14 of the original: a node whose name is refused stays up and serves nothing', () => {
  it('the hub says false to a second living holder, after its grace, and counts it', async () => {
    await bench.hub();
    const [first, second] = [await bench.session(), await bench.session()];
    await add(first, 'a');
    expect(await add(second, 'a')).toBe(false);
    expect(await bench.metrics.text()).toMatch(/^sisock_hub_refused_total 1$/m);
    await first.close();
    expect(await add(second, 'a')).toBe(true);
  });

  it('a name is free as soon as its holder is gone within the grace', async () => {
    let asked = 0;
    const refusals: string[] = [];
    const hub = new Hub({
      facts: {
        isAlive: () => Promise.resolve(++asked < 3),
        sessions: () => Promise.resolve(null),
        servingNodes: () => Promise.resolve(new Map()),
      },
      store: noStore,
      log: silentLogger(),
      graceMs: 10_000,
      maxNodes: 10,
      announce: () => undefined,
      onRefused: () => refusals.push('refused'),
    });
    const node = { name: 'a', description: '', features: [], replica: false };
    expect(await hub.add({ ...node, session: 1 })).toBe(true);
    expect(await hub.add({ ...node, session: 2 })).toBe(true);
    expect(asked).toBe(3);
    expect(refusals).toEqual([]);
    await hub.close();
  });

  it('replicas share a name as long as one of them lives', async () => {
    const hub = await bench.hub({ graceMs: 0 });
    const [first, second, other] = [await bench.session(), await bench.session(), await bench.session()];
    expect(await add(first, 'a', { replica: true })).toBe(true);
    expect(await add(second, 'a', { replica: true })).toBe(true);
    expect(await add(other, 'a')).toBe(false);
    await first.close();
    expect(await listed(other)).toEqual(['a']);
    await second.close();
    await until(() => hub.nodes().length === 0);
  });

  it('a replica is refused where the holder is none', async () => {
    await bench.hub({ graceMs: 0 });
    const [first, second] = [await bench.session(), await bench.session()];
    await add(first, 'a');
    expect(await add(second, 'a', { replica: true })).toBe(false);
  });
});

describe("fault 15 of the original: the hub forgets its nodes at its own restart, or the router's", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('a node that adds itself only once stays listed, with its description', async () => {
    const storeFile = join(folder, 'nodes.json');
    const first = await bench.hub({ storeFile });
    const node = await serve('once');
    await add(node, 'once');
    await first.close();
    const second = await bench.hub({ storeFile });
    expect(second.nodes()).toEqual([{ name: 'once', description: 'about once' }]);
    await until(async () => (await readdir(folder)).join() === 'nodes.json');
    await node.close();
    await until(() => second.nodes().length === 0);
  });

  it('a node is found by its registrations alone', async () => {
    const node = await serve('bare');
    await node.register(nodeUri('bare', 'read'), () => null);
    const hub = await bench.hub();
    expect(hub.nodes()).toEqual([{ name: 'bare', description: '', features: ['read'] }]);
  });

  it('what is remembered of nodes that are gone is not listed', async () => {
    const storeFile = join(folder, 'nodes.json');
    await writeFile(storeFile, JSON.stringify({ nodes: [{ name: 'gone', description: 'x' }] }));
    const hub = await bench.hub({ storeFile });
    expect(hub.nodes()).toEqual([]);
  });

  it.each(['', '{', '[]', 'null', '{"nodes":[3,null,{"name":1}]}'])(
    'a damaged memory is done without: %j',
    async (content) => {
      const storeFile = join(folder, 'nodes.json');
      await writeFile(storeFile, content);
      await bench.hub({ storeFile });
      await add(await bench.session(), 'a');
      await until(async () => JSON.stringify(JSON.parse(await readFile(storeFile, 'utf8'))).includes('about a'));
    },
  );

  it('a memory that can not be written does not stop the hub, is told, and is written as soon as it can be', async () => {
    const missing = join(folder, 'missing');
    const hub = await bench.hub({ storeFile: join(missing, 'nodes.json'), storeRetryMs: 5 });
    expect(await add(await bench.session(), 'a')).toBe(true);
    await until(() => hub.problem()?.includes("nodes.json, can't be written: ENOENT"));
    await mkdir(missing);
    await until(() => hub.problem() === null);
    expect(await readFile(join(missing, 'nodes.json'), 'utf8')).toContain('about a');
  });

  it("after the router's restart nodes that come back are listed, although they add themselves only once", async () => {
    const hub = await bench.hub({ graceMs: 2000 });
    const [back, gone] = [await serve('back'), await bench.session()];
    await add(back, 'back');
    await add(gone, 'gone');
    await bench.stopRouter();
    await gone.close();
    await bench.startRouter();
    await until(() => back.details);
    await until(
      () =>
        hub
          .nodes()
          .map(({ name }) => name)
          .join() === 'back',
    );
    await until(async () => (await listed(back)).join() === 'back');
  });
});

describe('wrong arguments', () => {
  it.each([
    ['no name', [], {}],
    ['an empty name', ['', 'd', 1], {}],
    ['a name that is no text', [7, 'd', 1], {}],
    ['a name with a dot', ['a.b', 'd', 1], {}],
    ['a name with a blank', ['a b', 'd', 1], {}],
    ['a name with a hash', ['a#', 'd', 1], {}],
    ["the hub's own name", ['get_data_node', 'd', 1], {}],
    ['an endless name', ['x'.repeat(101), 'd', 1], {}],
    ['a description that is no text', ['a', [], 1], {}],
    ['an endless description', ['a', 'x'.repeat(2001), 1], {}],
    ['a session that is none', ['a', 'd', 'me'], {}],
    ['no session', ['a', 'd'], {}],
    ['too many', ['a', 'd', 1, 2], {}],
    ['features that are no words', ['a', 'd', 1], { features: ['a.b'] }],
    ['features that are no list', ['a', 'd', 1], { features: 'read' }],
    ['a replica that is neither', ['a', 'd', 1], { replica: 'yes' }],
  ])('%s: an error that says so, counted', async (_, args, kwargs) => {
    await bench.hub();
    const node = await bench.session();
    const own = args.map((arg) => (arg === 1 ? node.details?.sessionId : arg));
    await expect(node.call(hubUris.add, own, kwargs)).rejects.toMatchObject({ code: 'bad_request' });
    expect(await bench.metrics.text()).toMatch(/^sisock_hub_bad_arguments_total 1$/m);
    expect(await listed(node)).toEqual([]);
  });

  it("another's session is refused", async () => {
    await bench.hub();
    const [node, other] = [await bench.session(), await bench.session()];
    await expect(node.call(hubUris.add, ['a', '', other.details?.sessionId])).rejects.toMatchObject({
      code: 'not_authorized',
    });
  });

  it('more nodes than allowed are refused with a clear error', async () => {
    await bench.hub({ maxNodes: 2 });
    const node = await bench.session();
    await add(node, 'a');
    await add(node, 'b');
    await expect(add(node, 'c')).rejects.toMatchObject({ code: 'too_large' });
    expect(await add(node, 'b')).toBe(true);
  });
});

it('a second hub is refused', async () => {
  await bench.hub();
  await expect(bench.hub()).rejects.toMatchObject({ code: 'name_taken' });
});

it('the number of data nodes is in the metrics', async () => {
  await bench.hub();
  await add(await bench.session(), 'a');
  expect(await bench.metrics.text()).toMatch(/^sisock_hub_data_nodes 1$/m);
});
