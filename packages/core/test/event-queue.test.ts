import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Broadcast, EventQueue } from '@sisock/core';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

describe('an event queue', () => {
  it('gives what was pushed before and after it is asked, in order, to the end', async () => {
    const queue = new EventQueue<number>(10);
    queue.push(1);
    const got = all(queue);
    queue.push(2);
    queue.push(3);
    queue.close();
    expect(await got).toEqual([1, 2, 3]);
    expect(queue.push(4)).toBe(false);
  });

  it('loses its oldest item when it is full, and counts it', async () => {
    const queue = new EventQueue<number>(2);
    expect([1, 2, 3, 4].map((n) => queue.push(n))).toEqual([true, true, false, false]);
    expect([queue.dropped, queue.size]).toEqual([2, 2]);
    queue.close();
    expect(await all(queue)).toEqual([3, 4]);
  });

  it('ends at once when the signal fires, without an error', async () => {
    const controller = new AbortController();
    const queue = new EventQueue<number>(2, controller.signal);
    const waiting = queue.next();
    controller.abort();
    expect(await waiting).toEqual({ value: undefined, done: true });
    const late = new EventQueue<number>(2, controller.signal);
    expect([late.push(1), late.closed]).toEqual([false, true]);
  });
});

describe('an event queue that is closed', () => {
  it('leaves nothing behind on its signal', () => {
    const { signal } = new AbortController();
    const queue = new EventQueue<number>(2, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    queue.close();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('a broadcast', () => {
  it('tells every listener what happens from its subscription on', async () => {
    const source = new Broadcast<string>();
    const early = source.subscribe();
    source.publish('a');
    const late = source.subscribe();
    source.publish('b');
    source.close();
    expect(await Promise.all([all(early), all(late)])).toEqual([['a', 'b'], ['b']]);
    expect(await all(source.subscribe())).toEqual([]);
  });

  it('lets a slow listener lose, and nobody else', async () => {
    const source = new Broadcast<number>(2);
    const slow = source.subscribe();
    const quick = source.subscribe();
    for (let n = 0; n < 5; n++) {
      source.publish(n);
      expect(await quick.next()).toEqual({ value: n, done: false });
    }
    expect(source.dropped).toBe(3);
    expect(slow.dropped).toBe(3);
  });

  it('forgets who stopped listening', async () => {
    const source = new Broadcast<number>(1);
    const controller = new AbortController();
    source.subscribe(controller.signal);
    const other = source.subscribe();
    source.publish(1);
    source.publish(2);
    for await (const _ of other) break;
    expect(source.listeners).toBe(1);
    controller.abort();
    expect(source.listeners).toBe(0);
    expect(source.dropped).toBe(2);
    source.subscribe(controller.signal);
    expect(source.listeners).toBe(0);
  });
});
