import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { batchOf, fakeClock, freePort, samplesOf, until } from '@sisock/testkit';

describe('batchOf', () => {
  it('makes columns of the kind of their values, and samplesOf undoes it', () => {
    const batch = batchOf([1, 2], { f: [1.5, NaN], i: [1n, 2n], b: [true, false], s: ['x', ''] });
    expect([...batch.columns.values()].map((column) => column.kind)).toEqual(['f64', 'i64', 'bool', 'str']);
    expect(samplesOf([batch, batch], 'b')).toEqual([[1, true], [2, false], [1, true], [2, false]]); // prettier-ignore
    expect(samplesOf([batch], 'none')).toEqual([]);
  });
});

describe('the fake clock', () => {
  it('moves only when told', () => {
    const clock = fakeClock(10);
    expect(clock()).toBe(10);
    clock.advance(2.5);
    expect(clock()).toBe(12.5);
    clock.set(1);
    expect(clock()).toBe(1);
  });
});

describe('a free port', () => {
  it('can be listened on, is given once, and is none that the system gives to others', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(new Set(ports).size).toBe(20);
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
    expect(ports.filter((port) => port >= range[0]! && port <= range[1]!)).toEqual([]);
    const server = createServer();
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(ports[0], '127.0.0.1', () => resolve()),
    );
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('until', () => {
  it('gives what the condition gave once it was true', async () => {
    let n = 0;
    expect(await until(() => (++n < 3 ? null : `after ${n}`))).toBe('after 3');
  });

  it('takes a condition that throws for one that is not true yet', async () => {
    let n = 0;
    const condition = async () => {
      if (++n < 3) throw new Error('not yet');
      return n;
    };
    expect(await until(condition)).toBe(3);
  });

  it('gives up, naming what it waited for and why', async () => {
    const never = () => Promise.reject(new Error('still closed'));
    const waiting = until(never, { withinMs: 20, what: 'the door' });
    await expect(waiting).rejects.toMatchObject({
      message: 'the door did not come true within 20 ms',
      cause: { message: 'still closed' },
    });
  });
});
