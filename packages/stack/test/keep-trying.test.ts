import { afterEach, describe, expect, it } from '@jest/globals';
import { SisockError } from '@sisock/core';
import { type Logger, type Service, silentLogger } from '@sisock/runtime';
import { until } from '@sisock/testkit';
import { keepTrying } from '../src/cli/keep-trying.js';

let lines: string[] = [];
let service: Service | undefined;
const told = (...words: unknown[]) => void lines.push(String(words.at(-1)));
const log = { ...silentLogger(), error: told, warn: told } as unknown as Logger;
afterEach(async () => {
  await service?.close();
  lines = [];
});

/** Places that count how many are open. */
function places() {
  const state = { open: 0, made: 0 };
  const place = () => {
    state.open++;
    state.made++;
    let isOpen = true;
    return {
      close: async () => {
        if (isOpen) state.open--;
        isOpen = false;
      },
    };
  };
  return { state, place };
}

describe('what may fail for a while', () => {
  it('is tried until it starts, with one line at first and one at the end, and nothing left of failed tries', async () => {
    const { state, place } = places();
    let fails = 3;
    service = keepTrying(
      'the archive',
      place,
      async () => {
        if (fails-- > 0) throw new SisockError('unavailable', 'the database is locked');
      },
      { log, everyMs: 1 },
    );
    await until(() => lines.length === 2);
    expect(lines).toEqual([
      'the archive could not be started: the database is locked (tried again)',
      'the archive has started',
    ]);
    expect(state).toEqual({ open: 1, made: 4 });
    await service.close();
    expect(state.open).toBe(0);
  });

  it('is given up when it is closed while it waits or starts', async () => {
    const { state, place } = places();
    service = keepTrying('the archive', place, async () => Promise.reject(new SisockError('bad_setting', 'no')), {
      log,
      everyMs: 1_000_000,
    });
    await until(() => lines.length === 1);
    await service.close();
    let finish = () => {};
    const starting = new Promise<void>((resolve) => (finish = resolve));
    service = keepTrying('the archive', place, () => starting, { log });
    const closed = service.close();
    finish();
    await closed;
    expect(state).toEqual({ open: 0, made: 2 });
    expect(lines).toHaveLength(1);
  });
});
