import { describe, expect, it } from '@jest/globals';
import { catalogOf } from '../../page/data/catalog.js';
import { createSearch } from '../../page/data/search.js';
import type { DataNode, Field } from '../../page/data/site.js';
import { foundRows, type Row, treeRows } from '../../page/panels/tree-rows.js';

const node = (name: string, isLive: boolean): DataNode => {
  const none = { error: null, trouble: null, newest: null, counters: {}, agents: [] };
  return { name, description: '', isLive, reachable: true, ...none };
};
const nodes = [node('feeds', true), node('ocs', true), node('apex', false)];
const field = (of: string, agent: string, feed: string, name: string): Field => ({
  id: `${of}::o.${agent}.feeds.${feed}.${name}`,
  node: of,
  name: `o.${agent}.feeds.${feed}.${name}`,
  type: 'number',
  units: null,
  description: null,
  timeline: 't',
  labels: { agent: `o.${agent}`, feed, field: name, ...(of === 'ocs' && { joined: 'yes' }) },
});
const plain: Field = { ...field('apex', 'a', 'f', 'x'), id: 'apex::humidity', name: 'humidity', labels: {} };
const both = (agent: string, feed: string, name: string) => [
  field('feeds', agent, feed, name),
  field('ocs', agent, feed, name),
];
const fields = [...both('cryo', 'temps', 'a'), ...both('cryo', 'temps', 'b'), ...both('cryo', 'state', 'c'), plain];
const shown = (rows: readonly Row[]) =>
  rows.map((row) =>
    row.kind === 'group'
      ? `${'  '.repeat(row.depth)}${row.isOpen ? '-' : '+'} ${row.label} ${row.count}${row.note ? ` (${row.note})` : ''}`
      : `${'  '.repeat(row.depth)}${row.field.node}::${row.entry.leaf}`,
  );

describe('the tree', () => {
  const catalog = catalogOf(fields, nodes);

  it('holds nodes, agents, feeds and fields; what is part of a joined node stands below, closed', () => {
    expect(shown(treeRows(catalog, new Set()))).toEqual([
      '- ocs 3',
      '  - cryo 3',
      '    - state 1',
      '      ocs::c',
      '    - temps 2',
      '      ocs::a',
      '      ocs::b',
      '- apex 1',
      '  apex::humidity',
      '+ feeds 3 (part of ocs)',
    ]);
  });

  it('is opened and closed group by group', () => {
    expect(shown(treeRows(catalog, new Set(['ocs\ncryo\ntemps', 'apex', 'part\nfeeds'])))).toEqual([
      '- ocs 3',
      '  - cryo 3',
      '    - state 1',
      '      ocs::c',
      '    + temps 2',
      '+ apex 1',
      '- feeds 3 (part of ocs)',
      '  feeds::a',
      '  feeds::b',
      '  feeds::c',
    ]);
    expect(shown(treeRows(catalog, new Set(['ocs\ncryo'])))[1]).toBe('  + cryo 3');
  });

  it('of thousands of fields shows its agents first', () => {
    const many = Array.from({ length: 5000 }, (_, i) => field('ocs', `agent${i % 50}`, 'feed', `x${i}`));
    const rows = treeRows(catalogOf(many, nodes), new Set());
    expect(rows).toHaveLength(51);
    expect(shown(rows).slice(0, 3)).toEqual(['- ocs 5000', '  + agent0 100', '  + agent1 100']);
  });

  it('gives way to what a search finds', () => {
    expect(shown(foundRows(createSearch(catalog)('cryo b')))).toEqual(['ocs::b']);
  });
});
