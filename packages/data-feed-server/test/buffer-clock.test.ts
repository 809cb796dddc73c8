import { describe, expect, it } from '@jest/globals';
import { allTime, collect } from '@sisock/core';
import { silentLogger } from '@sisock/runtime';
import { fakeClock, samplesOf } from '@sisock/testkit';
import { BufferClock } from '../src/buffer-clock.js';
import { FeedReader } from '../src/index.js';
import { blockOf, eventOf } from './events.js';

const feed = 'observatory.agent1.feeds.temps';

/** A clock that may step, and one that only runs. */
function clocks(start = 100_000) {
  const wall = fakeClock(start);
  const monotonic = fakeClock(7);
  return {
    ...{ wall, monotonic, step: (seconds: number) => wall.advance(seconds) },
    pass: (seconds: number) => [wall, monotonic].forEach((one) => one.advance(seconds)),
  };
}

describe('the present of a buffer of 100 s', () => {
  it('follows the clock, slewed or stepped back', () => {
    const { wall, monotonic, step, pass } = clocks();
    const buffer = new BufferClock(wall, monotonic, 100);
    for (const seconds of [0, 1, -0.5, 1.5, -3600]) {
      pass(10);
      step(seconds);
      expect(buffer.now()).toBe(wall());
    }
  });

  it('goes on as before for 100 s when the clock steps forward, then follows', () => {
    const { wall, monotonic, step, pass } = clocks();
    const buffer = new BufferClock(wall, monotonic, 100);
    buffer.now();
    step(5000);
    const before = wall() - 5000;
    expect(buffer.now()).toBe(before);
    pass(60);
    step(7000);
    expect(buffer.now()).toBe(before + 60);
    pass(41);
    expect(buffer.now()).toBe(before + 5000 + 101);
    pass(60);
    expect(buffer.now()).toBe(wall());
  });

  it('is right again at once when the step is taken back', () => {
    const { wall, monotonic, step, pass } = clocks();
    const buffer = new BufferClock(wall, monotonic, 100);
    buffer.now();
    step(5000);
    buffer.now();
    pass(50);
    step(-5000);
    expect(buffer.now()).toBe(wall());
    pass(500);
    expect(buffer.now()).toBe(wall());
  });
});

describe('a clock that steps forward by more than BUFFER_TIME', () => {
  it('does not empty the buffer, nor keep samples with right stamps out; they go when they are old', async () => {
    const { wall, monotonic, step, pass } = clocks();
    const reader = new FeedReader({ naming: 'full', clock: wall, monotonic, log: silentLogger(), store: { bufferSec: 100 } }); // prettier-ignore
    const send = (t: number) => reader.accept(eventOf(blockOf([t], { v: [t] })));
    const times = async () => {
      const query = { timeline: `${feed}.block`, fields: [`${feed}.v`], range: allTime };
      return samplesOf((await collect(reader, query, { maxRows: 100 })).batches, `${feed}.v`).map(([t]) => t);
    };
    const start = wall();
    send(start);
    step(100_000);
    reader.trim();
    pass(10);
    send(start + 10);
    expect(await times()).toEqual([start, start + 10]);
    send(wall());
    pass(80);
    reader.trim();
    expect(await times()).toEqual([start, start + 10, start + 100_010]);
    pass(11);
    reader.trim();
    expect(await times()).toEqual([start + 100_010]);
  });
});
