import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../interop/peers/until.js';
import { json } from '../support/stack-process.js';
import { badLines, type Lab, startLab } from './lab.js';
import { followLive, type LiveFollower } from './live-client.js';
import { feedFields, flagField, flagOf, type Publisher, seqField, startPublisher, textField, textOf } from './publisher.js'; // prettier-ignore

interface Series {
  readonly complete: boolean;
  readonly blocks: readonly { readonly time: number[]; readonly values: Record<string, unknown[]> }[];
}

/** Between a start and the next kill, ms: from the middle of the replay to well behind it. */
const lives = [0, 150, 300, 450, 600, 900];
const kills = 20;

describe('kill -9 of a data-feed, again and again', () => {
  let lab: Lab;
  let publisher: Publisher;
  let live: LiveFollower;
  const since = Math.floor(Date.now() / 1000) - 1;
  /** Times of all rows that any client was shown, by number. */
  const seen = new Map<number, number>();

  beforeAll(async () => {
    lab = await startLab({ FEED_LOG_SYNC_INTERVAL: '0.1' });
    publisher = startPublisher(lab.routerUrl, { everyMs: 20 });
    await until('the feed', async () => (await json<string[]>(`${lab.url}/search`, {})).includes(seqField));
    live = followLive(lab.url, seqField);
    await until('live samples', () => live.samples.length > 20);
  });

  afterAll(async () => {
    live?.stop();
    await publisher?.stop();
    await lab?.stop();
  });

  /** Rows of the feed as a client gets them, each once, in order and as published; null where the node is away. */
  async function look(): Promise<Map<number, number> | null> {
    const query = feedFields.map((name) => `field=${encodeURIComponent(name)}`).join('&');
    const answer = await json<Series>(`${lab.url}/api/v1/series?raw=true&${query}&from=${since}&to=now%2B1m`).catch(() => null); // prettier-ignore
    if (!answer?.complete) return null;
    const rows = new Map<number, number>();
    let last = -1;
    for (const { time, values } of answer.blocks) {
      time.forEach((t, i) => {
        const seq = values[seqField]![i] as number;
        expect(seq).toBeGreaterThan(last);
        expect([values[textField]![i], values[flagField]![i]]).toEqual([textOf(seq), flagOf(seq)]);
        last = seq;
        rows.set(seq, t);
      });
    }
    return rows.size > 0 ? rows : null;
  }

  function agrees(rows: ReadonlyMap<number, number>): void {
    const lost = [...seen].filter(([seq, t]) => rows.get(seq) !== t).map(([seq]) => seq);
    expect(lost).toEqual([]);
    for (const [seq, t] of rows) seen.set(seq, t);
  }

  it('every row that a client has seen is there again, as it was, nothing twice; live goes on by its cursor', async () => {
    let looks = 0;
    for (let k = 0; k < kills; k++) {
      const life = sleep(lives[k % lives.length]! * (0.5 + Math.random()));
      let isOver = false;
      void life.then(() => (isOver = true));
      while (!isOver) {
        const rows = await Promise.race([look(), life.then(() => null)]);
        if (rows) {
          agrees(rows);
          looks++;
        }
      }
      await lab.parts.feeds.kill();
      for (const [t, seq] of live.samples) seen.set(seq as number, t);
      lab.parts.feeds.start();
      // Every third time it is killed whatever it is doing, in the midst of its start too.
      if (k % 3 !== 0) {
        agrees(await until('the node is back', async () => (await look()) ?? undefined));
        looks++;
      }
    }
    expect(looks).toBeGreaterThan(kills / 2);
    const count = live.samples.length;
    await until('live goes on', () => live.samples.length > count + 100);
    agrees(await until('the node is back', async () => (await look()) ?? undefined));
    const seqs = live.samples.map(([, seq]) => seq as number);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(live.gaps).toEqual([]);
    expect(badLines(lab.parts.feeds.log())).toEqual([]);
  });
});
