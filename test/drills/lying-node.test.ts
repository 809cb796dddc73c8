import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Client, join } from '../../packages/router/test/support/autobahn.js';
import { until } from '../interop/peers/until.js';
import { json } from '../support/stack-process.js';
import { badLines, type Lab, repeatedTooSoon, startLab } from './lab.js';

const base = 'org.simonsobservatory';
const node = 'liar';
const honest = 'apex_archive::apex_temperature';
const t0 = 1_500_000_000;

/** What the node answers; a test sets them. */
type Answer = (...args: never[]) => unknown;

const field = { description: null, timeline: 'T', type: 'number', units: null };
const goodFields = [{ v: field }, { T: { interval: 1, field: ['v'] } }];
const goodData = { data: { v: [1, 2] }, timeline: { T: { t: [t0, t0 + 1], finalized_until: t0 + 1 } } };
const goodCatalog = {
  fields: [{ name: 'v', timeline: 'T', type: 'number', units: null, description: null }],
  timelines: [{ name: 'T', interval: 1, fields: ['v'], extent: [t0, t0 + 2] }],
};
const goodChunk = (more: object = {}) => ({
  batches: [{ t: [t0, t0 + 1], columns: [['v', 'f64', [1, 2]]] }],
  cursor: 'c1',
  done: true,
  finalized_until: t0 + 2,
  revision: '',
  ...more,
});
const batch = (t: unknown, v: unknown, kind: unknown = 'f64') =>
  goodChunk({ batches: [{ t, columns: [['v', kind, v]] }] });
const longCatalog = { ...goodCatalog, timelines: [{ ...goodCatalog.timelines[0], extent: [t0 - 1e6, t0 + 1e6] }] };
const reduction = (samples: object | null) => ({
  fields: [['v', samples && { kind: 'samples', method: 'm4', from: 2, ...samples }]],
  finalized_until: t0,
  revision: '',
});
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const never = () => new Promise(() => undefined);
let counter = 0;

describe('a node that lies', () => {
  let lab: Lab;
  let client: Client;
  const answers: Record<string, Answer> = {};

  beforeAll(async () => {
    lab = await startLab({ HTTP_DEADLINE: '1' });
    const { secret, routerUrl } = lab;
    await until('the weather is there', async () => (await search()).includes(honest));
    client = await join(routerUrl, { user: { authid: 'server', secret: secret() } });
    for (const procedure of ['get_fields', 'get_data', 'catalog', 'read', 'reduce', 'health']) {
      const uri = `${base}.consumer.${node}.${procedure}`;
      await client.session.register(uri, (args) => answers[procedure]!(...(args as never[])));
    }
  });
  afterAll(async () => {
    await client?.close();
    await lab?.stop();
  });

  const search = () => json<string[]>(`${lab.url}/search`, {});
  /** The hub lists the node with these features. */
  const listed = async (features: readonly string[]) => {
    const args = [node, 'tells anything', client.session.id];
    await until('the hub takes the node', async () => (await client.session.call(`${base}.data_node.add`, args, { features })) === true); // prettier-ignore
    await until('the bridge knows', async () => {
      const { nodes } = await json<{ nodes: { name: string; features: string[] }[] }>(`${lab.url}/api/v1/nodes`);
      return nodes.some((one) => one.name === node && one.features.length === features.length);
    });
  };
  const failures = async () => {
    const text = await (await fetch(`${lab.url}/metrics`)).text();
    return /sisock_http_node_failures_total\{node="liar"[^\n]*/.test(text);
  };

  /** Every route that touches data, for both nodes: the honest one is whole, the liar has an error or is empty. */
  async function contained(): Promise<void> {
    const range = { from: '2017-07-14T00:00:00Z', to: '2017-07-15T00:00:00Z' };
    // A busy machine may keep the honest one from answering within the deadline: it is asked again.
    const [liar] = await until('the honest one whole', async () => {
      const panels = await json<{ datapoints: unknown[]; meta: { notices?: unknown[] } }[]>(`${lab.url}/query`, {
        range,
        maxDataPoints: 100,
        targets: [{ target: `${node}::v` }, { target: honest }],
      });
      return panels[1]!.datapoints.length > 20 && panels;
    });
    expect(liar!.datapoints.length).toBeLessThan(10);
    for (const extra of ['', '&raw=true', '&format=rows']) {
      const url = `${lab.url}/api/v1/series?field=${node}::v&field=${honest}&from=${t0 - 10}&to=${t0 + 3600}${extra}`;
      const response = await fetch(url);
      const text = await response.text().catch(() => 'cut off');
      expect([200, 502, 504]).toContain(response.status);
      expect(text).not.toMatch(/ at .*\.js:\d+/);
    }
    await until('the honest one listed', async () => (await search()).includes(honest));
    await until('its newest sample', async () => {
      const latest = await json<{ latest: { field: string; time: number | null }[] }>(
        `${lab.url}/api/v1/latest?field=${honest}&field=${node}::v`,
      );
      return latest.latest.find((one) => one.field === honest)!.time !== null;
    });
    await until('the honest one reachable', async () => {
      const { nodes } = await json<{ nodes: { name: string; reachable: boolean }[] }>(`${lab.url}/api/v1/status`);
      return nodes.find((one) => one.name === 'apex_archive')!.reachable;
    });
    expect((await fetch(`${lab.url}/healthz`)).status).toBe(200);
  }

  const lies: readonly (readonly [string, Record<string, Answer>])[] = [
    ['null', { get_fields: () => null, get_data: () => null }],
    ['texts', { get_fields: () => 'fields', get_data: () => 'data' }],
    ['deep nesting', { get_fields: () => deep(40), get_data: () => deep(40) }],
    ['fields in the wrong order', { get_fields: () => [{ T: { interval: 1, field: ['v'] } }, { v: field }] }],
    ['names of its own making', { get_fields: () => [{ __proto__: null, constructor: field, v: field }, { T: { field: 'v' } }] }], // prettier-ignore
    ['too few times', { get_data: () => ({ ...goodData, timeline: { T: { t: [t0], finalized_until: null } } }) }],
    ['too few values', { get_data: () => ({ ...goodData, data: { v: [1] } }) }],
    ['unsorted times', { get_data: () => ({ ...goodData, timeline: { T: { t: [t0 + 1, t0], finalized_until: 0 } } }) }],
    ['NaN times', { get_data: () => ({ ...goodData, timeline: { T: { t: [NaN, t0], finalized_until: NaN } } }) }],
    ['values that are objects', { get_data: () => ({ ...goodData, data: { v: [{}, []] } }) }],
    ['a hundred thousand values in the past', { get_data: () => ({ data: { v: Array(1e5).fill(1) }, timeline: { T: { t: Array(1e5).fill(1), finalized_until: 1 } } }) }], // prettier-ignore
    ['an error', { get_data: () => { throw new Error('I will not say'); } }], // prettier-ignore
    ['false for ever', { get_data: () => false }],
    ['nothing, ever', { get_data: never, get_fields: never }],
  ];
  const ourLies: readonly (readonly [string, Record<string, Answer>])[] = [
    ['null', { catalog: () => null, read: () => null, reduce: () => null, health: () => null }],
    ['texts', { catalog: () => 'c', read: () => 'r', reduce: () => 'r', health: () => 'h' }],
    ['deep nesting', { catalog: () => deep(40), read: () => deep(40), reduce: () => deep(40), health: () => deep(40) }],
    ['a field without a timeline', { catalog: () => ({ ...goodCatalog, timelines: [] }) }],
    ['too few values', { read: () => batch([t0, t0 + 1], [1]) }],
    ['half a number', { read: () => batch(new Uint8Array(12), new Uint8Array(9)) }],
    ['unsorted times', { read: () => batch([t0 + 1, t0], [1, 2]) }],
    ['NaN times', { read: () => batch([NaN, t0], [1, 2]) }],
    ['a strange kind', { read: () => batch([t0, t0 + 1], [1, 2], 'toString') }],
    ['another field', { read: () => goodChunk({ batches: [{ t: [t0], columns: [['w', 'f64', [1]]] }] }) }],
    ['the same cursor again and again', { read: () => goodChunk({ done: false }) }],
    [
      'ever new cursors and nothing else',
      { read: () => goodChunk({ batches: [], cursor: `${counter++}`, done: false }) },
    ],
    ['more than asked for', { read: () => batch(new Uint8Array(8 * 200_000), new Uint8Array(8 * 200_000)) }],
    [
      'wrong reductions',
      { catalog: () => longCatalog, reduce: () => reduction({ t: [t0, t0], column: ['f64', [1]] }) },
    ],
    ['reductions that fall', { catalog: () => longCatalog, reduce: () => reduction({ t: [t0 + 1, t0], column: ['f64', [1, 2]] }) }], // prettier-ignore
    ['reductions of nothing', { catalog: () => longCatalog, reduce: () => reduction(null) }],
    ['nothing, ever', { catalog: never, read: never, reduce: never, health: never }],
  ];

  const honestAnswers: Record<string, Answer> = {
    get_fields: () => goodFields,
    get_data: () => goodData,
    catalog: () => goodCatalog,
    read: () => goodChunk(),
    reduce: () => ({ fields: [], finalized_until: t0, revision: '' }),
    health: () => ({ ok: true, newest: t0, counters: {}, agents: [] }),
  };

  describe.each([
    ["by the original's procedures", [], lies],
    ['by ours', ['catalog', 'read', 'reduce', 'health'], ourLies],
  ])('%s', (_, features, told) => {
    beforeAll(async () => {
      Object.assign(answers, honestAnswers);
      await listed(features);
    });

    it('is believed while it is honest', async () => {
      const url = `${lab.url}/api/v1/series?field=${node}::v&from=${t0 - 10}&to=${t0 + 10}`;
      const value = await until('its samples', async () => {
        const { series } = await json<{ series: { value: number[] }[] }>(url);
        return series[0]?.value;
      });
      expect(value).toEqual([1, 2]);
    });

    it.each(told)('%s: contained', async (_lie, lie) => {
      Object.assign(answers, honestAnswers, lie);
      await contained();
      Object.assign(answers, honestAnswers);
    });
  });

  it('is in the metrics, and in the log without errors, stack traces or endless repetition', async () => {
    expect(await failures()).toBe(true);
    for (const part of Object.values(lab.parts)) {
      expect(badLines(part.log())).toEqual([]);
      expect(part.exitCode()).toBeNull();
    }
    const log = lab.parts.http.log();
    expect(repeatedTooSoon(log, ['node', 'code'])).toEqual([]);
    expect(log.filter((line) => line.level < 40).length).toBeLessThan(50);
    expect(lab.parts.http.rss()).toBeLessThan(500);
  });
});
