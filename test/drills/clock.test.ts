import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../interop/peers/until.js';
import { json } from '../support/stack-process.js';
import { badLines, type Lab, startLab } from './lab.js';
import { followLive, type LiveFollower } from './live-client.js';
import { type Publisher, seqField, startPublisher } from './publisher.js';

describe('a clock that steps', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sisock-clock-'));
  const file = join(directory, 'offset');
  let lab: Lab;
  let publisher: Publisher;
  let live: LiveFollower;

  beforeAll(async () => {
    writeFileSync(file, '0');
    lab = await startLab({
      CLOCK_OFFSET_FILE: file,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'stepped-clock.mjs')}`,
      BUFFER_TIME: '86400',
    });
    publisher = startPublisher(lab.routerUrl);
    await until('the feed', async () => (await json<string[]>(`${lab.url}/search`, {})).includes(seqField));
    live = followLive(lab.url, seqField);
    await until('live samples', () => live.samples.length > 20);
  });
  afterAll(async () => {
    live?.stop();
    await publisher?.stop();
    await lab?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  // Backwards: what agents with right clocks send lies in the future then, so a step within what is believed of them.
  it.each([3600, 0, -30, 0])('to %i s off: no session is lost, no row is lost, live goes on', async (offset) => {
    const joined = () =>
      Object.values(lab.parts).map((one) => one.log().filter((line) => line.msg === 'joined').length);
    const before = joined();
    const count = live.samples.length;
    writeFileSync(file, String(offset));
    await until('live samples after the step', () => live.samples.length > count + 100);
    expect((await json<string[]>(`${lab.url}/search`, {})).length).toBeGreaterThan(6);
    expect((await fetch(`${lab.url}/readyz`)).ok).toBe(true);
    expect(joined()).toEqual(before);
    const seqs = live.samples.map(([, seq]) => seq as number);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => seqs[0]! + i));
    for (const part of Object.values(lab.parts)) expect(badLines(part.log())).toEqual([]);
  });
});
