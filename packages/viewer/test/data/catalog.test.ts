import { describe, expect, it } from '@jest/globals';
import { catalogOf } from '../../page/data/catalog.js';
import { freshnessOf, freshnessWords } from '../../page/data/freshness.js';
import { createSearch, marksOf, wordsOf } from '../../page/data/search.js';
import type { DataNode, Field } from '../../page/data/site.js';

const node = (name: string, isLive: boolean): DataNode => {
  const none = { error: null, trouble: null, newest: null, counters: {}, agents: [] };
  return { name, description: '', isLive, reachable: true, ...none };
};
const nodes = [node('feeds', true), node('g3_reader', false), node('ocs', true), node('apex', false)];

const plain = (nodeName: string, name: string, more: Partial<Field> = {}): Field => {
  const base = { type: 'number', units: null, description: null, timeline: 't', labels: {} } as const;
  return { id: `${nodeName}::${name}`, node: nodeName, name, ...base, ...more };
};
const ocs = (nodeName: string, agent: string, feed: string, field: string, more: Partial<Field> = {}): Field => {
  const labels = {
    agent: `observatory.${agent}`,
    feed,
    block: 'b',
    field,
    ...(nodeName === 'ocs' && { joined: 'yes' }),
  };
  return plain(nodeName, `observatory.${agent}.feeds.${feed}.${field}`, { labels, ...more });
};
const everywhere = (agent: string, feed: string, field: string) =>
  ['feeds', 'g3_reader', 'ocs'].map((name) => ocs(name, agent, feed, field));

describe('the catalog', () => {
  it('shows what several nodes serve once, as the joined one, and knows the others', () => {
    const catalog = catalogOf([...everywhere('cryostat', 'temps', 'still'), plain('apex', 'apex_humidity')], nodes);
    expect(catalog.entries.map(({ field }) => field.id)).toEqual([
      'ocs::observatory.cryostat.feeds.temps.still',
      'apex::apex_humidity',
    ]);
    const [still] = catalog.entries;
    expect(still!.others.map((field) => field.node)).toEqual(['feeds', 'g3_reader']);
    expect([still!.leaf, still!.path]).toEqual(['still', ['ocs', 'cryostat', 'temps']]);
    expect(catalog.entryOf.get('g3_reader::observatory.cryostat.feeds.temps.still')).toBe(still);
    expect(catalog.parts.map(({ node: name, of, fields }) => [name, of, fields.length])).toEqual([
      ['feeds', 'ocs', 1],
      ['g3_reader', 'ocs', 1],
    ]);
  });

  it('shows the live one where none is joined', () => {
    const fields = [ocs('g3_reader', 'a', 'f', 'x'), ocs('feeds', 'a', 'f', 'x')];
    expect(catalogOf(fields, nodes).entries.map(({ field }) => field.node)).toEqual(['feeds']);
  });

  it('is ordered by node, agent and feed, numbers by their size, and fields as their node lists them', () => {
    const fields = [
      plain('apex', 'z'),
      plain('apex', 'a'),
      ocs('ocs', 'ls10', 'f', 'x'),
      ocs('ocs', 'ls9', 'f', 'y'),
      ocs('ocs', 'ls9', 'f', 'b'),
    ];
    expect(catalogOf(fields, nodes).entries.map(({ leaf }) => leaf)).toEqual(['y', 'b', 'x', 'z', 'a']);
  });
});

describe('a search', () => {
  const fields = [
    ...Array.from({ length: 16 }, (_, i) => `Channel_${String(i + 1).padStart(2, '0')}`).flatMap((name) => [
      ...everywhere('LSA22YE', 'temperatures', name),
      ocs('ocs', 'LSA22YE', 'voltages', name),
      ocs('ocs', 'psu7', 'output', name),
    ]),
    ocs('ocs', 'cryostat', 'temperatures', 'mixing_chamber', { units: 'K', description: 'the coldest plate' }),
    ocs('ocs', 'cryostat', 'temperatures', 'stage_4k'),
    plain('apex', 'apex_temperature', { units: 'C' }),
  ];
  const search = createSearch(catalogOf(fields, nodes));
  const first = (text: string) => search(text)[0]?.field.id;

  it('finds a channel of a temperature feed by a few letters', () => {
    const found = 'ocs::observatory.LSA22YE.feeds.temperatures.Channel_07';
    for (const text of ['ch 7 temp', 'temp ch07', 'CH 7 TMP', 'channel7 temperatures', 'lsa ch 7 tmp']) {
      expect([text, first(text)]).toEqual([text, found]);
    }
    expect(search('ch 7 temp')).toHaveLength(1);
  });

  it('finds by initials, parts, units and descriptions', () => {
    expect(first('mc')).toContain('mixing_chamber');
    expect(first('chamb')).toContain('mixing_chamber');
    expect(first('coldest')).toContain('mixing_chamber');
    expect(first('mixing K')).toContain('mixing_chamber');
    expect(first('4k')).toContain('stage_4k');
    expect(first('apex temp')).toBe('apex::apex_temperature');
  });

  it('puts the field before what merely belongs to it: 7 is the channel, not the power supply', () => {
    const [best] = search('7');
    expect(best!.field.name).toMatch(/Channel_07$/);
    expect(search('psu7 channel_03')[0]!.field.name).toBe('observatory.psu7.feeds.output.Channel_03');
  });

  it('wants every word, and finds everything for none', () => {
    expect(search('channel nothing')).toEqual([]);
    expect(search('  ')).toHaveLength(16 * 3 + 3);
    expect(search('.*[')).toHaveLength(16 * 3 + 3);
  });

  it('leads to the parts of a joined node where the node is named', () => {
    expect(search('feeds:: ch 7').map(({ field }) => field.node)).toEqual(['feeds']);
    expect(search('ocs::mc').map(({ field }) => field.node)).toEqual(['ocs']);
    expect(search('nobody:: ch')).toEqual([]);
  });

  it('splits words where letters, digits and cases meet, and marks them', () => {
    expect(wordsOf('LSA22YE heaterPower_007 Größe')).toEqual(['lsa', '22', 'ye', 'heater', 'power', '7', 'größe']);
    expect(marksOf('Channel_07', wordsOf('ch 7'))).toEqual([
      [0, 2],
      [8, 10],
    ]);
    expect(marksOf('Channel_17', wordsOf('7'))).toEqual([]);
    expect(marksOf('a.b', ['.'])).toEqual([]);
  });
});

describe('how new data are', () => {
  const live = node('feeds', true);
  const at = (age: number, interval: number | null = 1, of = live) =>
    freshnessOf({ interval, extent: { from: 0, to: 1e9 - age }, asOf: 1e9 }, of, 1e9 + 300);

  it('is judged by their own cadence', () => {
    expect([0, 14, 16, 59, 61].map((age) => at(age))).toEqual(['live', 'live', 'late', 'late', 'stale']);
    expect([100, 170, 190, 1000].map((age) => at(age, 60))).toEqual(['live', 'live', 'late', 'stale']);
    expect(at(10, null)).toBe('live');
  });

  it('is no question of an archive, nor of a feed that ended long ago', () => {
    expect(at(600, 1, node('g3_reader', false))).toBe('resting');
    expect(at(5, 1, node('g3_reader', false))).toBe('live');
    expect(at(30 * 86_400)).toBe('resting');
  });

  it('is unknown without data, and without the node', () => {
    expect(freshnessOf(undefined, live, 5)).toBe('none');
    expect(freshnessOf({ interval: 1, extent: null, asOf: 5 }, live, 5)).toBe('none');
    expect(at(0, 1, { ...live, reachable: false })).toBe('gone');
    expect(freshnessOf({ interval: 1, extent: null, asOf: 5 }, undefined, 5)).toBe('gone');
  });

  it('has words that tell what is behind it', () => {
    const agent = { address: 'o.a', agentClass: null, alive: false, lastSeen: 0, operations: { acq: 3 } };
    const words = (freshness: Parameters<typeof freshnessWords>[0], age: number, alive?: boolean, op = 3) => {
      const seen = alive === undefined ? undefined : { ...agent, alive, operations: { acq: op } };
      return freshnessWords(freshness, 1e9 - age, 1e9, seen);
    };
    expect(words('live', 0.4)).toBe('0.4 s ago');
    expect(words('late', 40)).toBe('late: nothing for 40 s');
    expect(words('stale', 600)).toBe('nothing for 10 min');
    expect(words('stale', 600, false)).toBe('nothing for 10 min: the agent is silent');
    expect(words('stale', 600, true, 5)).toBe('nothing for 10 min: no operation of the agent is running');
    expect(words('stale', 600, true)).toBe('nothing for 10 min, though the agent runs');
    expect(words('resting', 600)).toBe('newest 10 min ago');
    expect(freshnessWords('none', null, 1e9)).toBe('no data yet');
    expect(freshnessWords('gone', null, 1e9)).toBe('the data node does not answer');
  });
});
