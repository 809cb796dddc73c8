import { afterEach, describe, expect, it } from '@jest/globals';
import { allTime, MemoryReader, type Reader, type Site, type SiteEvent } from '@sisock/core';
import { batchOf } from './batch-of.js';
import { until } from './until.js';

/** A site without nodes, and ways to change that from outside. */
export interface SiteUnderTest {
  readonly site: Site;
  /** Makes a reader a node of the site; resolves when it is on its way there. */
  readonly add: (name: string, reader: Reader, description: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The contract of `Site` as a suite of tests: every implementation runs it. */
export function siteContract(name: string, make: () => Promise<SiteUnderTest>): void {
  const reader = (value: number) => {
    const batches = [batchOf([1, 2], { level: [value, value + 1] })];
    return new MemoryReader({ timelines: [{ name: 'levels', batches }] });
  };

  describe(`${name} keeps the contract of Site`, () => {
    let made: SiteUnderTest;
    const listed = (node: string) => made.site.nodes().some((info) => info.name === node);
    afterEach(() => made.close());

    it('lists nodes while they are there, and hands out their readers', async () => {
      made = await make();
      const { site } = made;
      await until(() => site.connected());
      await made.add('tank', reader(5), 'Levels of the tank');
      await made.add('well', reader(7), 'Levels of the well');
      await until(() => listed('tank') && listed('well'));
      const tank = site.nodes().find((info) => info.name === 'tank');
      expect(tank).toMatchObject({ name: 'tank', description: 'Levels of the tank' });
      expect([...(await site.reader('tank').catalog(allTime)).fields.keys()]).toEqual(['level']);
      const query = { timeline: 'levels', fields: ['level'], range: allTime, maxSamples: 10 };
      const { batches } = await site.reader('well').read(query);
      expect([...batches[0]!.columns.get('level')!.v]).toEqual([7, 8]);
      await made.remove('tank');
      await until(() => !listed('tank'));
      expect(listed('well')).toBe(true);
    });

    it('refuses a node that is not there', async () => {
      made = await make();
      expect(() => made.site.reader('no_such_node')).toThrow(expect.objectContaining({ code: 'unknown_node' }));
    });

    it('tells of nodes that come and go, until the signal', async () => {
      made = await make();
      await until(() => made.site.connected());
      const controller = new AbortController();
      const told: SiteEvent[] = [];
      const telling = (async () => {
        for await (const event of made.site.events(controller.signal)) told.push(event);
      })();
      await made.add('tank', reader(5), 'Levels');
      await until(() => told.some((event) => event.kind === 'node-added' && event.node.name === 'tank'));
      await made.remove('tank');
      await until(() => told.some((event) => event.kind === 'node-removed' && event.name === 'tank'));
      for (const event of told) expect(Number.isFinite(event.time)).toBe(true);
      controller.abort();
      await telling;
    });

    it('says how each node is', async () => {
      made = await make();
      const failing: Reader = Object.assign(reader(1), { health: () => Promise.reject(new Error('broken')) });
      await made.add('tank', reader(5), 'Levels');
      await made.add('broken', failing, 'Never well');
      await until(() => listed('tank') && listed('broken'));
      const { connected, nodes } = await made.site.status();
      expect(connected).toBe(true);
      expect(nodes.find((node) => node.name === 'tank')).toMatchObject({ reachable: true, health: { newest: 2 } });
      expect(nodes.find((node) => node.name === 'broken')).toMatchObject({ reachable: false });
    });
  });
}
