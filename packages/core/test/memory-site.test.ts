import { describe, expect, it } from '@jest/globals';
import { MemoryReader, MemorySite, type Reader, SisockError, type SiteEvent } from '@sisock/core';
import { fakeClock } from '@sisock/testkit';

describe('a memory site', () => {
  it('hands out the readers of its nodes', () => {
    const site = new MemorySite(fakeClock());
    const reader = new MemoryReader();
    site.add('weather', reader, 'Weather', ['read']);
    expect(site.nodes()).toEqual([{ name: 'weather', description: 'Weather', features: ['read'] }]);
    expect(site.reader('weather')).toBe(reader);
    expect(() => site.reader('wether')).toThrow('no data node "wether": there are "weather"');
    expect(() => site.reader('wether')).toThrow(expect.objectContaining({ code: 'unknown_node' }));
    expect(() => site.add('weather', reader)).toThrow(expect.objectContaining({ code: 'name_taken' }));
    expect([site.remove('weather'), site.remove('weather')]).toEqual([true, false]);
    expect(site.nodes()).toEqual([]);
  });

  it('tells what happens', async () => {
    const clock = fakeClock(100);
    const site = new MemorySite(clock);
    const controller = new AbortController();
    const events = site.events(controller.signal)[Symbol.asyncIterator]();
    site.add('weather', new MemoryReader());
    clock.advance(5);
    site.setConnected(false);
    site.setConnected(false);
    site.remove('weather');
    const got: SiteEvent[] = [];
    for (let i = 0; i < 3; i++) got.push((await events.next()).value as SiteEvent);
    expect(got.map((event) => [event.kind, event.time])).toEqual([['node-added', 100], ['disconnected', 105], ['node-removed', 105]]); // prettier-ignore
    expect(site.connected()).toBe(false);
    controller.abort();
    expect((await events.next()).done).toBe(true);
  });

  it('asks all nodes how they are; one that fails or hangs is one that fails or hangs', async () => {
    const site = new MemorySite(fakeClock());
    const with_ = (health: Reader['health']) => Object.assign(new MemoryReader(), { health });
    site.add('good', new MemoryReader());
    site.add(
      'bad',
      with_(() => Promise.reject(new SisockError('unavailable', 'gone'))),
    );
    site.add(
      'hanging',
      with_(() => new Promise(() => {})),
    );
    site.add('mute', { ...with_(undefined), health: undefined } as unknown as Reader);
    const controller = new AbortController();
    const asked = site.status(controller.signal);
    controller.abort(new DOMException('x', 'TimeoutError'));
    const { nodes, connected } = await asked;
    expect(connected).toBe(true);
    const byName = Object.fromEntries(nodes.map((n) => [n.name, [n.reachable, n.error]]));
    expect(byName).toMatchObject({ hanging: [false, 'took too long'], mute: [true, undefined] });
    expect(byName['bad']![0]).toBe(false);
    const late = await site.status(controller.signal);
    expect(late.nodes.find((n) => n.name === 'hanging')).toMatchObject({ reachable: false });
    const later = await site.status(AbortSignal.timeout(50));
    expect(later.nodes.find((n) => n.name === 'good')).toMatchObject({ reachable: true, health: { ok: true } });
    expect(later.nodes.find((n) => n.name === 'bad')).toMatchObject({ reachable: false, error: 'gone' });
  });
});
