import { describe, expect, it } from '@jest/globals';
import { ChangeList, type DataChange } from '@sisock/core';

const change = (timeline: string, start: number, end: number, revision: string): DataChange => ({
  timeline,
  range: { start, end },
  revision,
});

describe('a list of changes', () => {
  it('tells a listener that lags one change a timeline, that holds all of them, and no more than them', async () => {
    const list = new ChangeList();
    const controller = new AbortController();
    const told = list.subscribe(controller.signal);
    list.publish(change('a', 8, 9, '1'));
    list.publish(change('b', 5, 6, '1'));
    list.publish(change('a', 0, 0, '1b'));
    list.publish(change('b', 0, 0, '2'));
    list.publish(change('a', 10, 12, '2'));
    expect((await told.next()).value).toEqual(change('a', 8, 12, '2'));
    expect((await told.next()).value).toEqual(change('b', 5, 6, '2'));
    const next = told.next();
    controller.abort();
    expect(await next).toMatchObject({ done: true });
    expect(list.listeners).toBe(0);
  });

  it('ends what iterates and what would, when it is closed', async () => {
    const list = new ChangeList();
    const next = list.subscribe(new AbortController().signal).next();
    list.close();
    expect(await next).toMatchObject({ done: true });
    expect(await list.subscribe(new AbortController().signal).next()).toMatchObject({ done: true });
  });
});
