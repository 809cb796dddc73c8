import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryReader } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import { catchUp } from '../src/live/catch-up.js';

let memory: MemoryReader;
let rows: number;
const append = () => memory.append('fast', batchOf([++rows], { level: [rows] }));
const present = async () => {
  const range = { start: -Infinity, end: Infinity };
  return (await memory.read({ timeline: 'fast', fields: ['level'], range, maxSamples: 1000 })).cursor;
};
const ask = (after: string, standing: () => { position: string; next: number }) =>
  catchUp(memory, { timeline: 'fast', fields: ['level'], after, bytes: 1e6 }, standing, new AbortController().signal);
const timesOf = ({ items }: Awaited<ReturnType<typeof ask>>) =>
  items.flatMap((item) => ('gap' in item ? [] : item.batches.flatMap(({ t }) => [...t])));

beforeEach(() => {
  rows = 0;
  memory = new MemoryReader();
  append();
});

describe('catching up with a topic', () => {
  it('is done where both have everything', async () => {
    const after = await present();
    append();
    const position = await present();
    const answer = await ask(after, () => ({ position, next: 5 }));
    expect([timesOf(answer), answer.cursor, answer.next]).toEqual([[2], position, 5]);
  });

  it('waits for a topic that is behind, and says so when that takes too long', async () => {
    const after = await present();
    append();
    const behind = await ask(after, () => ({ position: after, next: 5 }));
    expect([timesOf(behind), behind.cursor, behind.next]).toEqual([[2], await present(), null]);
    const position = await present();
    let asked = 0;
    const answer = await ask(after, () => (++asked < 3 ? { position: after, next: 5 } : { position, next: 6 }));
    expect([timesOf(answer), answer.cursor, answer.next]).toEqual([[2], position, 6]);
  });

  it('gives what comes between the reading and the look at the topic', async () => {
    const after = await present();
    append();
    let position = await present();
    let asked = 0;
    const standing = () => {
      if (++asked === 1) {
        append();
        // Where the topic has it already, and the reading has not.
        position = `m:0:${rows}:::`;
      }
      return { position, next: 5 };
    };
    const answer = await ask(after, standing);
    expect([timesOf(answer), answer.cursor, answer.next]).toEqual([[2, 3], await present(), 5]);
  });
});
