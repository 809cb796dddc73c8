/** Data nodes and consumers written in Python to the original's wire form, with our router, hub, bridge and nodes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bridgeClient } from './peers/bridge.js';
import type { BridgeClient } from './peers/bridge.js';
import { repositoryDir, stopAllProcesses } from './peers/peer-process.js';
import { startPython } from './peers/python.js';
import type { PythonPeer } from './peers/python.js';
import { interopSetup } from './peers/roles.js';
import type { RouterPeer } from './peers/router-peer.js';
import { startSisockRouter, startSite } from './peers/sisock.js';
import type { Site } from './peers/sisock.js';
import { until } from './peers/until.js';

/** What data_node.py holds. */
const START = 1_700_000_000;
const COUNT = 600;
const END = START + COUNT;

const serializers = ['json', 'msgpack', 'cbor'] as const;
const weatherDir = join(repositoryDir, 'test/fixtures/apex-weather');

interface Data {
  readonly data: Readonly<Record<string, readonly unknown[]>>;
  readonly timeline: Readonly<Record<string, { readonly t: readonly number[]; readonly finalized_until: unknown }>>;
}

type Fields = readonly [
  Readonly<
    Record<
      string,
      {
        readonly timeline: string;
        readonly type: string;
        readonly units: string | null;
        readonly description: string | null;
      }
    >
  >,
  Readonly<Record<string, { readonly interval: number | null; readonly field: readonly string[] }>>,
];

let router: RouterPeer;
let site: Site;
let bridge: BridgeClient;

beforeAll(async () => {
  router = await startSisockRouter();
  site = await startSite(router);
  bridge = bridgeClient(site.httpUrl);
  await site.node('weather', 'apex_archive', { WEATHER_DIRECTORY: weatherDir });
});
afterAll(async () => {
  await site?.stop();
  await router?.stop();
  await stopAllProcesses();
});

const joining = (serializer: string, user: string): string[] => [
  router.wsUrl,
  router.realm,
  serializer,
  interopSetup.users[user]!.secret,
];
const startConsumer = (serializer: string): Promise<PythonPeer> =>
  startPython('consumer.py', joining(serializer, 'consumer'));
const startNode = (serializer: string, name: string, variant: string): Promise<PythonPeer> =>
  startPython('data_node.py', [...joining(serializer, 'server'), name, variant]);

/** Rows of one of the real weather files, as another program would read them. */
function weather(field: string): { t: number; value: number }[] {
  return readFileSync(join(weatherDir, `${field}.dat`), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
    .map(([t, value]) => ({ t, value }));
}

/** Values that Python gets as floats, as plain numbers. */
const plain = (values: readonly unknown[]): unknown[] =>
  values.map((v) => (v !== null && typeof v === 'object' ? Number((v as { $float: string }).$float) : v));

describe.each(serializers)('a Python consumer in %s', (serializer) => {
  let consumer: PythonPeer;
  beforeAll(async () => {
    consumer = await startConsumer(serializer);
  });
  afterAll(() => consumer?.stop());

  it('finds our nodes at our hub', async () => {
    expect(await consumer.ask({ do: 'nodes' })).toContainEqual(
      expect.objectContaining({ name: 'apex_archive', description: expect.any(String) }),
    );
  });

  it('gets the fields of our node, with arguments by position and by keyword', async () => {
    const [fields, timelines] = (await consumer.ask({ do: 'fields', node: 'apex_archive', args: [1, 0] })) as Fields;
    expect(Object.keys(fields).sort()).toEqual([
      'apex_humidity',
      'apex_pressure',
      'apex_radiometer',
      'apex_temperature',
      'apex_windspeed',
    ]);
    for (const [name, { timeline, type, units, description }] of Object.entries(fields)) {
      expect(timelines[timeline]?.field).toContain(name);
      expect({ type, units: typeof units, description: typeof description }).toEqual({
        type: 'number',
        units: 'string',
        description: 'string',
      });
    }
    const named = await consumer.ask({ do: 'fields', node: 'apex_archive', kwargs: { start: 1, end: 0 } });
    expect(named).toEqual([fields, timelines]);
  });

  it('gets the data of our node as the file has them', async () => {
    const rows = weather('apex_humidity');
    const [from, to] = [rows[20]!.t, rows[60]!.t];
    const kwargs = { field: ['apex_humidity'], start: from, end: to };
    const { data, timeline } = (await consumer.ask({ do: 'data', node: 'apex_archive', kwargs })) as Data;
    const expected = rows.filter(({ t }) => t >= from && t < to);
    const [line] = Object.values(timeline);
    expect(plain(data['apex_humidity']!)).toEqual(expected.map((r) => r.value));
    expect(plain(line!.t)).toEqual(expected.map((r) => r.t));
    const positional = await consumer.ask({ do: 'data', node: 'apex_archive', args: [['apex_humidity'], from, to] });
    expect(positional).toEqual({ data, timeline });
  });

  it('gets no more than a sample a min_stride', async () => {
    const rows = weather('apex_windspeed');
    const kwargs = { field: ['apex_windspeed'], start: rows[0]!.t, end: rows.at(-1)!.t, min_stride: 3600 };
    const { timeline } = (await consumer.ask({ do: 'data', node: 'apex_archive', kwargs })) as Data;
    const times = plain(Object.values(timeline)[0]!.t) as number[];
    expect(times.length).toBeGreaterThan(200);
    expect(times.every((t, i) => i === 0 || t - times[i - 1]! >= 3600)).toBe(true);
  });

  it('gets an empty list for an unknown field, and an error for wrong arguments', async () => {
    const unknown = (await consumer.ask({ do: 'data', node: 'apex_archive', args: [['no_such'], 1, 0] })) as Data;
    expect(unknown).toEqual({ data: { no_such: [] }, timeline: {} });
    await expect(consumer.ask({ do: 'data', node: 'apex_archive', args: ['text', {}, []] })).rejects.toThrow();
    expect(await consumer.ask({ do: 'data', node: 'apex_archive', args: [['no_such'], 1, 0] })).toEqual(unknown);
  });
});

describe.each(serializers)('a Python data node in %s', (serializer) => {
  const fieldsOf = (variant: string): string[] =>
    variant === 'group' ? ['ramp', 'mode', 'open'] : ['ramp', 'mode', 'open', 'slow'];

  it.each(['plain', 'bare', 'group', 'picky'])(
    'is searched, queried and read through the bridge: %s',
    async (variant) => {
      const name = `py_${serializer}_${variant}`;
      const node = await startNode(serializer, name, variant);
      expect(node.lines[0]).toMatchObject({ ready: { added: true } });
      const wanted = fieldsOf(variant).map((field) => `${name}::${field}`);
      const own = async (): Promise<string[]> => (await bridge.search()).filter((f) => f.startsWith(`${name}::`));
      await until('the fields in /search', async () => (await own()).length > 0);
      expect((await own()).sort()).toEqual([...wanted].sort());

      // Within the allowance of the picky one: every sample.
      const [from, to] = [START + 100, START + 200];
      const ramp = await bridge.samples(`${name}::ramp`, from, to);
      expect(ramp).toEqual(Array.from({ length: 100 }, (_, i) => ({ t: from + i, value: 100.5 + i })));
      const open = await bridge.samples(`${name}::open`, from, to);
      expect(open.map((s) => s.value)).toEqual(ramp.map((s) => (s.t - START) % 3 === 0));
      const mode = await bridge.samples(`${name}::mode`, from, to);
      expect(new Set(mode.map((s) => s.value))).toEqual(new Set(['mode 1']));

      const answer = await bridge.query(wanted, from, to);
      expect(answer.size).toBe(wanted.length);
      // One sample on each side of the range comes with it, so that lines reach the panel's edges.
      const within = answer.get(`${name}::ramp`)!.filter(([, ms]) => ms >= from * 1000 && ms < to * 1000);
      expect(within).toEqual(ramp.map(({ t, value }) => [value, t * 1000]));
      await node.stop();
      await until('the fields gone', async () => (await own()).length === 0);
    },
  );

  it('that refuses a long range is asked again with a stride', async () => {
    const name = `py_${serializer}_long`;
    const node = await startNode(serializer, name, 'picky');
    await until('the node listed', async () => (await bridge.nodes()).includes(name));
    const points = (await bridge.query([`${name}::ramp`], START, END, 50)).get(`${name}::ramp`)!;
    const values = points.map(([value]) => value as number).filter((v) => v !== null);
    expect(values.length).toBeGreaterThan(10);
    expect(values.every((v) => v >= 0.5 && v < COUNT)).toBe(true);
    const asked = node.lines.filter((line) => line['asked'] === 'get_data');
    expect(asked[0]).toMatchObject({ min_stride: null });
    expect(asked.some((line) => typeof line['min_stride'] === 'number')).toBe(true);
    await node.stop();
  });

  it('is announced when it comes and when it goes', async () => {
    const name = `py_${serializer}_known`;
    const consumer = await startConsumer(serializer);
    const node = await startNode(serializer, name, 'plain');
    const about = (tag: string) => (line: Readonly<Record<string, unknown>>) =>
      (line[tag] as { name?: string } | undefined)?.name === name;
    const added = await consumer.waitFor('added', about('added'));
    expect(added['added']).toEqual({ name, description: 'a Python node, plain' });
    await node.kill();
    await consumer.waitFor('subtracted', about('subtracted'));
    await consumer.stop();
  });
});

it('a Python node that adds itself once stays listed through a restart of the hub', async () => {
  const [consumer, node] = await Promise.all([startConsumer('cbor'), startNode('msgpack', 'py_stays', 'plain')]);
  const names = async (): Promise<string[]> =>
    ((await consumer.ask({ do: 'nodes' })) as { name: string }[]).map((n) => n.name);
  expect(await names()).toEqual(expect.arrayContaining(['py_stays', 'apex_archive']));
  await site.hub.restart();
  await until('both listed again', async () => {
    const listed = await names();
    return listed.includes('py_stays') && listed.includes('apex_archive');
  });
  expect(node.running).toBe(true);
  const ramp = await bridge.samples('py_stays::ramp', START, START + 10);
  expect(ramp.map((s) => s.value)).toEqual(Array.from({ length: 10 }, (_, i) => i + 0.5));
  await Promise.all([consumer.stop(), node.stop()]);
});

it('a Python node can take itself off the list', async () => {
  const node = await startNode('json', 'py_leaves', 'plain');
  await until('the node listed', async () => (await bridge.nodes()).includes('py_leaves'));
  await node.ask({ do: 'subtract' });
  await until('the node gone', async () => !(await bridge.nodes()).includes('py_leaves'));
  expect(node.running).toBe(true);
  await node.stop();
});

it('a Python node of a name that is taken is refused', async () => {
  const first = await startNode('cbor', 'py_twice', 'plain');
  const refused = await startNode('cbor', 'py_twice', 'plain').then(
    (second) => second.lines[0],
    (e: Error) => e.message,
  );
  // The router refuses the second one's procedures before it comes to the hub.
  expect(String(refused)).toContain('procedure_already_exists');
  await until('the first one listed', async () => (await bridge.nodes()).includes('py_twice'));
  await first.stop();
});
