import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { code } from '../../packages/router/src/messages.js';
import { join, type Client } from '../../packages/router/test/support/autobahn.js';
import { RawPeer } from '../../packages/router/test/support/raw.js';
import { until } from '../interop/peers/until.js';
import { json } from '../support/stack-process.js';
import { type Lab, startLab } from './lab.js';

const feed = 'observatory.drill.feeds.long';
const field = `feeds::${feed}.text`;
/** Megabytes that a process may grow by while somebody does not read: its queue, and what garbage collection leaves. */
const room = 200;

describe('clients that never read', () => {
  let lab: Lab;
  let agent: Client;
  let rows = 0;
  beforeAll(async () => {
    lab = await startLab();
    await until('the bridge is up', async () => (await fetch(`${lab.url}/readyz`)).ok);
    agent = await join(lab.routerUrl);
    await until('the feed is listed', async () => {
      // What is published before the data-feed has subscribed reaches nobody.
      await publish(1);
      return (await json<string[]>(`${lab.url}/search`, {})).includes(field);
    });
  });
  afterAll(async () => {
    await agent?.close();
    await lab?.stop();
  });

  /** Rows of 10 kB each. */
  async function publish(count: number): Promise<void> {
    const timestamps = Array.from({ length: count }, () => Date.now() / 1000 - 60 + rows++ / 1000);
    const data = { text: timestamps.map((_, i) => `${i}`.padEnd(10_000, '.')) };
    const info = { agent_address: 'observatory.drill', feed_name: 'long', address: feed, record: true, session_id: '1', agent_class: 'D', agg_params: {} }; // prettier-ignore
    await agent.session.publish(
      feed,
      [[{ b: { block_name: 'b', data, timestamps } }, info]],
      {},
      { acknowledge: true },
    );
  }

  it('of events: the router drops them, counts and says so, and its memory is bounded', async () => {
    const deaf = await RawPeer.join(lab.routerUrl, 'cbor');
    await deaf.ask([code.SUBSCRIBE, 1, { match: 'wildcard' }, 'observatory..feeds.']);
    deaf.socket.pause();
    const before = lab.parts.router.rss();
    const dropped = () => lab.parts.router.log().filter((line) => line.msg === 'session dropped: it reads too slowly');
    for (let i = 0; i < 120 && dropped().length === 0; i++) await publish(100);
    await until('the router drops it', () => dropped().length === 1);
    expect(lab.parts.router.rss() - before).toBeLessThan(room);
    deaf.socket.terminate();
    expect((await fetch(`${lab.url}/readyz`)).ok).toBe(true);
  });

  it('of the live WebSocket: the bridge closes them, counts and says so, and its memory is bounded', async () => {
    const before = lab.parts.http.rss();
    const client = new WebSocket(`${lab.url.replace('http', 'ws')}/api/v1/live`);
    client.on('error', () => undefined);
    await new Promise((resolve) => client.once('open', resolve));
    client.send(JSON.stringify({ subscribe: [field], since: Date.now() / 1000 - 3600 }));
    client.pause();
    const slow = async () => {
      const text = await (await fetch(`${lab.url}/metrics`)).text();
      return text.includes('sisock_http_live_slow_total 1');
    };
    await until('the bridge closes it', slow);
    expect(lab.parts.http.rss() - before).toBeLessThan(room);
    expect(lab.parts.http.log().filter((line) => line.msg.startsWith('a live client takes nothing'))).toHaveLength(1);
    client.terminate();
  });

  it('of raw data over HTTP: nothing is gathered for them', async () => {
    const before = lab.parts.http.rss();
    const controllers = Array.from({ length: 8 }, () => new AbortController());
    const url = `${lab.url}/api/v1/series?raw=true&field=${field}&from=-3600`;
    const answers = await Promise.all(controllers.map(({ signal }) => fetch(url, { signal })));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    await publish(100);
    expect(lab.parts.http.rss() - before).toBeLessThan(room);
    for (const controller of controllers) controller.abort();
    expect(await json<string[]>(`${lab.url}/search`, {})).toContain(field);
  });
});
