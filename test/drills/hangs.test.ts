import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../interop/peers/until.js';
import { json } from '../support/stack-process.js';
import { badLines, type Lab, repeatedTooSoon, startLab } from './lab.js';
import { followLive, type LiveFollower } from './live-client.js';
import { type Publisher, seqField, startPublisher } from './publisher.js';

const weatherField = 'apex_archive::apex_temperature';

interface Panel {
  readonly target: string;
  readonly datapoints: [number | null, number][];
  readonly meta: { readonly notices: { severity: string; text: string }[] };
}

describe('kill -STOP: a part that hangs', () => {
  let lab: Lab;
  let publisher: Publisher;
  let live: LiveFollower;

  beforeAll(async () => {
    // What a busy machine does not answer in this time is asked for again.
    lab = await startLab({ HTTP_DEADLINE: '2' });
    publisher = startPublisher(lab.routerUrl);
    await bothAnswer();
    live = followLive(lab.url, seqField);
    await until('live samples', () => live.samples.length > 0);
  });

  afterAll(async () => {
    live?.stop();
    await publisher?.stop();
    for (const part of Object.values(lab?.parts ?? {})) part.signal('SIGCONT');
    await lab?.stop();
  });

  const query = async (targets: readonly string[]) => {
    const response = await fetch(`${lab.url}/query`, {
      method: 'POST',
      body: JSON.stringify({
        range: { from: '2017-07-14T00:00:00Z', to: new Date(Date.now() + 1000) },
        maxDataPoints: 1000,
        targets: targets.map((target) => ({ target })),
      }),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: response.status, missing: response.headers.get('Sisock-Missing'), response };
  };
  const panels = async () => (await (await query([seqField, weatherField])).response.json()) as Panel[];
  const metric = async (name: string) => {
    const text = await (await fetch(`${lab.url}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  const servedSeqs = () =>
    until('a whole answer', async () => {
      const from = Math.min(...publisher.acknowledged.values());
      const url = `${lab.url}/api/v1/series?raw=true&field=${seqField}&from=${from}&to=now%2B1m`;
      const { blocks, complete } = await json<{ blocks: { values: Record<string, number[]> }[]; complete: boolean }>(
        url,
      );
      return complete && blocks.flatMap(({ values }) => values[seqField]!);
    });
  const bothAnswer = () =>
    until('both nodes answer', async () => (await panels()).every((one) => one.datapoints.length > 0));
  const newest = () => Math.max(...publisher.acknowledged.keys());

  it('of a node costs its own fields only, and the answer says so', async () => {
    const failures = await metric('sisock_http_node_failures_total{node="apex_archive"');
    lab.parts.weather.signal('SIGSTOP');
    const { status, response } = await until('an answer that has the feed', async () => {
      const answer = await query([seqField, weatherField]);
      return answer.missing === 'apex_archive' && answer;
    });
    expect(status).toBe(200);
    const [feed, weather] = (await response.json()) as [Panel, Panel];
    expect(feed.datapoints.length).toBeGreaterThan(0);
    expect(weather.datapoints).toEqual([]);
    expect(weather.meta.notices[0]).toMatchObject({ severity: 'error', text: expect.stringContaining('apex_archive') });
    expect(await metric('sisock_http_node_failures_total{node="apex_archive"')).toBeGreaterThan(failures);
  });

  it('of a node is not felt by who asks others only', async () => {
    await until('the feed while the weather is waited for', async () => {
      let isWaiting = true;
      const weather = query([weatherField]).finally(() => (isWaiting = false));
      const { missing } = await query([seqField]);
      const wasWaiting = isWaiting;
      await weather;
      return missing === null && wasWaiting;
    });
    const reachable = await until('a status that has the feed', async () => {
      const status = await json<{ nodes: { name: string; reachable: boolean }[] }>(`${lab.url}/api/v1/status`);
      const nodes = new Map(status.nodes.map((one) => [one.name, one.reachable]));
      return nodes.get('feeds') === true && nodes;
    });
    expect(reachable.get('apex_archive')).toBe(false);
  });

  it('of a node is told in the log once a minute, not once a request', async () => {
    for (let i = 0; i < 5; i++) await query([weatherField]);
    const told = lab.parts.http.log().filter((line) => line.level >= 40 && line['node'] === 'apex_archive');
    expect(told).not.toEqual([]);
    expect(repeatedTooSoon(told, ['code'])).toEqual([]);
  });

  it('of a node ends with the hang', async () => {
    lab.parts.weather.signal('SIGCONT');
    await bothAnswer();
  });

  it('of the data-feed loses nothing: the router keeps its events, live goes on', async () => {
    const rows = await servedSeqs();
    const gaps = live.gaps.length;
    lab.parts.feeds.signal('SIGSTOP');
    const before = newest();
    await until('more is published meanwhile', () => newest() > before + 100);
    lab.parts.feeds.signal('SIGCONT');
    const target = newest();
    await until('live samples come again', () => (live.samples.at(-1)?.[1] as number) >= target);
    const seqs = await servedSeqs();
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => rows[0]! + i));
    const liveSeqs = live.samples.map(([, seq]) => seq as number);
    expect(liveSeqs).toEqual(Array.from({ length: liveSeqs.length }, (_, i) => liveSeqs[0]! + i));
    expect(live.gaps).toHaveLength(gaps);
  });

  it('of the hub stops nobody who is listed; who comes meanwhile is listed after it', async () => {
    lab.parts.hub.signal('SIGSTOP');
    await bothAnswer();
    await lab.parts.weather.kill();
    lab.parts.weather.start();
    await until('the weather node has joined', () => lab.parts.weather.log().some((line) => line.msg === 'joined'));
    // The bridge knew it before: its data are there without the hub.
    await bothAnswer();
    lab.parts.hub.signal('SIGCONT');
    await until('the hub lists it', () => lab.parts.weather.log().some((line) => line.msg === 'listed by the hub'));
    await bothAnswer();
  });

  it('of the router: errors that say so while it lasts, and all comes back without a hand', async () => {
    const before = newest();
    lab.parts.router.signal('SIGSTOP');
    const { status, missing } = await query([seqField, weatherField]);
    expect([status, missing]).toEqual([200, 'feeds, apex_archive']);
    await until('the bridge has given the router up', async () => (await fetch(`${lab.url}/readyz`)).status === 503); // prettier-ignore
    lab.parts.router.signal('SIGCONT');
    await until('the bridge is back', async () => (await fetch(`${lab.url}/readyz`)).ok);
    await bothAnswer();
    const target = newest() + 50;
    await until('the feed grows', () => newest() > target);
    await until('it is served', async () => (await servedSeqs()).at(-1)! >= target);
    expect((await servedSeqs())[0]).toBeLessThan(before);
    await until('live goes on', () => (live.samples.at(-1)?.[1] as number) >= target);
    const liveSeqs = live.samples.map(([, seq]) => seq as number);
    expect(liveSeqs).toEqual([...new Set(liveSeqs)].sort((a, b) => a - b));
  });

  it('leaves no errors and no stack traces in the logs', () => {
    for (const part of Object.values(lab.parts)) expect(badLines(part.log())).toEqual([]);
  });
});
