import { describe, expect, it } from '@jest/globals';
import type { Field, SiteState } from '../page/api.js';
import { firstChoice } from '../page/choose.js';
import { matches } from '../page/field-list.js';
import { explain } from '../page/message.js';
import { lookOf } from '../page/status-line.js';

const field = (id: string, more: Partial<Field> = {}): Field => ({
  id,
  node: id.split('::')[0]!,
  name: id.split('::')[1]!,
  type: 'number',
  units: null,
  description: null,
  extent: null,
  ...more,
});
const node = { name: 'feeds', description: 'live', reachable: true, newest: 1000, agents: [] };
const site: SiteState = { connected: true, time: 1000, nodes: [node] };
const mapOf = (fields: readonly Field[]) => new Map(fields.map((f) => [f.id, f]));
const nothing = {
  view: { fields: ['w::humidity'], range: { kind: 'last', seconds: 300 }, log: false } as const,
  fields: mapOf([field('w::humidity', { extent: { from: 1_499_990_400, to: 1_501_200_000 } })]),
  readings: new Map(),
  site,
  loaded: true,
};

describe('the message in place of a plot', () => {
  it('says where data are when there are none in the range', () => {
    const words = explain(nothing);
    expect(words.what).toBe('No data in this range');
    expect(words.why).toBe('humidity has data from 2017-07-14 00:00:00 to 2017-07-28 00:00:00 UTC.');
    expect(words.extent).toEqual({ from: 1_499_990_400, to: 1_501_200_000 });
  });

  it.each([
    ['No session with the router', { fields: new Map(), site: { ...site, connected: false } }],
    ['No data node is there yet', { fields: new Map(), site: { ...site, nodes: [] } }],
    ['No fields yet', { fields: new Map() }],
    ['Nothing chosen', { view: { ...nothing.view, fields: [] } }],
    ['No such field', { view: { ...nothing.view, fields: ['gone::x'] } }],
    ['Loading …', { loaded: false }],
  ])('%s', (what, change) => expect(explain({ ...nothing, ...change }).what).toBe(what));
});

describe('the first view', () => {
  const fields = ['temperatures.a', 'temperatures.b', 'state.c'].map((n) => field(`f::o.cryostat.feeds.${n}`));
  const all = [field('f::o.compressor.feeds.x.p'), ...fields, field('w::humidity')];
  const readings = new Map(all.map((f) => [f.id, { t: f.node === 'w' ? 5 : 999, v: 1 }]));

  it('is the temperatures of a cryostat', () => {
    expect(firstChoice(all, readings, 1000)).toEqual(fields.slice(0, 2).map((f) => f.id));
  });

  it('is of the node that reaches back farthest where several serve the same feed', () => {
    const at = (node: string, from: number | null, to = 1000) =>
      field(`${node}::o.cryostat.feeds.temperatures.a`, { extent: from === null ? null : { from, to } });
    const served = [at('unknown', null), at('f', 400), at('joined', 10.5), at('files', 10, 960), at('late', 900)];
    const all = new Map(served.map((f) => [f.id, { t: 999, v: 1 }]));
    expect(firstChoice(served, all, 1000)).toEqual([served[2]!.id]);
  });

  it('is the first live feed otherwise, and nothing where nothing is live', () => {
    expect(firstChoice([all[0]!, field('w::humidity')], readings, 1000)).toEqual([all[0]!.id]);
    expect(firstChoice(all, readings, 100_000)).toEqual([]);
  });
});

describe('a search', () => {
  it('finds fields that have every word somewhere', () => {
    const found = field('feeds::o.cryostat.feeds.temperatures.still', { units: 'K' });
    expect(matches(found, 'cryo STILL')).toBe(true);
    expect(matches(found, 'cryo weather')).toBe(false);
    expect(matches(found, '')).toBe(true);
  });
});

describe('a node in the status line', () => {
  it.each([
    ['live', { newest: 995 }, false],
    ['late', { newest: 900 }, true],
    ['resting', { newest: 100 }, false],
    ['resting', { newest: null }, false],
    ['gone', { reachable: false }, true],
  ] as const)('is %s', (look, change, wasLive) => {
    expect(lookOf({ ...node, ...change }, 1000, wasLive)).toBe(look);
  });
});
