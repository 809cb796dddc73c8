import { describe, expect, it } from '@jest/globals';
import { MemoryReader, type Reader, SisockError } from '@sisock/core';
import { decodeReduced, reduceRequest } from '@sisock/wamp';
import { until } from '@sisock/testkit';
import { now, served, someData } from './harness.js';

const query = { timeline: 'fast', fields: ['level'], start: now - 100, width: 10, count: 10, want: 'm4' } as const;
const request = (ticket?: unknown) => ({ ...reduceRequest(query, 'binary'), ...(ticket !== undefined && { ticket }) });

/** A node whose reductions take as long as is wanted. */
function slowReader() {
  const inner = someData();
  const state = { begun: 0, ended: 0, finish: () => {} };
  const finished = new Promise<void>((resolve) => (state.finish = resolve));
  const reader: Reader = {
    catalog: (...args) => inner.catalog(...args),
    read: (...args) => inner.read(...args),
    async reduce(asked, signal) {
      state.begun++;
      await Promise.race([
        finished,
        new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error))),
      ]).finally(() => state.ended++);
      return inner.reduce(asked, signal);
    },
  };
  return { reader, state };
}

const quick = { ticketAnswerMs: 10, ticketWaitMs: 10, ticketDropMs: 50 };

describe('a question with a ticket', () => {
  it('is answered with one call where it is quick, as one without', async () => {
    const node = await served();
    const [plain, ticketed] = [await node.call('reduce', [request()]), await node.call('reduce', [request('t')])];
    expect(decodeReduced(ticketed, query)).toEqual(decodeReduced(plain, query));
    expect(node.hub.nodes.get('n')!.features).toContain('tickets');
    await node.close();
  });

  it('is worked on between the calls, once, until one of them gets the answer', async () => {
    const { reader, state } = slowReader();
    const node = await served(reader, { limits: { ...quick, ticketDropMs: 60_000 } });
    for (let k = 0; k < 5; k++) expect(await node.call('reduce', [request('t')])).toEqual({ pending: true });
    expect(state.begun).toBe(1);
    expect((await node.call('health')).counters).toMatchObject({ tickets: 1 });
    state.finish();
    const answer = await until(async () => {
      const one = await node.call('reduce', [request('t')]);
      return one.pending ? null : one;
    });
    expect(decodeReduced(answer, query).fields.has('level')).toBe(true);
    expect((await node.call('health')).counters).toMatchObject({ tickets: 0 });
    expect(await node.metrics.text()).toMatch(/requests_total{node="n",procedure="reduce",outcome="ok"} 1\b/);
    await node.close();
  });

  it('is dropped when nobody asks after it, and its work stops', async () => {
    const { reader, state } = slowReader();
    const node = await served(reader, { limits: quick });
    await node.call('reduce', [request('t')]);
    await until(() => state.ended === 1);
    await until(async () => (await node.call('health')).counters.tickets === 0);
    // Who comes back after all begins anew.
    expect(await node.call('reduce', [request('t')])).toEqual({ pending: true });
    expect(state.begun).toBe(2);
    await node.close();
    expect(state.ended).toBe(2);
  });

  it('fails with what its work fails with', async () => {
    const failing: Reader = Object.assign(new MemoryReader(), {
      reduce: async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        throw new SisockError('bad_data', 'a broken disk');
      },
    });
    const node = await served(failing, { limits: { ...quick, ticketDropMs: 60_000 } });
    const outcome = await until(async () => {
      try {
        return (await node.call('reduce', [request('t')])).pending ? null : 'answered';
      } catch (error) {
        return error;
      }
    });
    expect(outcome).toMatchObject({ code: 'bad_data', message: 'a broken disk' });
    await node.close();
  });

  it('must be one, of one question, and not too many', async () => {
    const { reader } = slowReader();
    const node = await served(reader, { limits: { ...quick, ticketDropMs: 60_000, tickets: 2 } });
    for (const wrong of ['', 7, 'x'.repeat(101), null]) {
      await expect(node.call('reduce', [request(wrong)])).rejects.toMatchObject({ code: 'bad_request' });
    }
    for (const name of ['a', 'b']) expect(await node.call('reduce', [request(name)])).toEqual({ pending: true });
    const other = { ...request('a'), count: 11 };
    await expect(node.call('reduce', [other])).rejects.toMatchObject({ code: 'bad_request' });
    await expect(node.call('reduce', [request('c')])).rejects.toMatchObject({ code: 'unavailable' });
    await node.close();
  });

  it('is not offered by replicas, whose calls go to any of them', async () => {
    const node = await served(undefined, { replica: true });
    expect(node.hub.nodes.get('n')!.features).not.toContain('tickets');
    await expect(node.call('reduce', [request('t')])).rejects.toMatchObject({ code: 'bad_request' });
    await node.close();
  });
});
