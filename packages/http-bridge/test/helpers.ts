import { afterEach } from '@jest/globals';
import { WebSocket } from 'ws';
import { type Catalog, MemoryReader, MemorySite, type Reader } from '@sisock/core';
import { createMetrics, type Metrics, silentLogger } from '@sisock/runtime';
import { batchOf, type FakeClock, fakeClock, until } from '@sisock/testkit';
import { type Bridge, type BridgeOptions, createBridge } from '../src/index.js';

/** 2017-07-14T02:40:00Z */
export const t0 = 1_500_000_000;

export interface Running {
  readonly site: MemorySite;
  readonly clock: FakeClock;
  readonly metrics: Metrics;
  readonly bridge: Bridge;
  readonly url: string;
  post(path: string, body: unknown): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Value of a metric line, labels included as Prometheus writes them. */
  metric(line: string): Promise<number>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

/** A bridge over a site in memory, listening on any port; closed after the test. */
export async function start(
  nodes: Readonly<Record<string, Reader>>,
  options: Partial<BridgeOptions> = {},
): Promise<Running> {
  const clock = fakeClock(t0 + 3600);
  const site = new MemorySite(clock);
  for (const [name, reader] of Object.entries(nodes)) site.add(name, reader, `${name} node`);
  const metrics = createMetrics();
  const bridge = createBridge({ site, log: silentLogger(), metrics, clock, port: 0, ...options });
  running.push(bridge);
  const { url } = await bridge.listen();
  const answer = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    const json: unknown = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    site,
    clock,
    metrics,
    bridge,
    url,
    post: async (path, body) =>
      answer(
        await fetch(url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
        }),
      ),
    get: async (path, headers = {}) => answer(await fetch(url + path, { headers })),
    metric: async (line) => {
      const found = (await metrics.text()).split('\n').find((one) => one.startsWith(`${line} `));
      return found === undefined ? 0 : Number(found.slice(line.length + 1));
    },
  };
}

/** Ten minutes of weather, every 10 s: temperature 0.5, 1.5, ...; a boolean and a text beside it. */
export function weather(): MemoryReader {
  const n = 60;
  const t = Array.from({ length: n }, (_, i) => t0 + 10 * i);
  return new MemoryReader({
    timelines: [
      {
        name: 'tenths',
        interval: 10,
        fields: [
          { name: 'toco.temp', units: 'C', description: 'air' },
          { name: 'toco.wind', units: 'km/h' },
          { name: 'toco.open', description: 'the dome' },
          { name: 'toco.state' },
        ],
        batches: [
          batchOf(t, {
            'toco.temp': t.map((_, i) => i + 0.5),
            'toco.wind': t.map((_, i) => i * 2),
            'toco.open': t.map((_, i) => i >= 30),
            'toco.state': t.map((_, i) => (i < 20 ? 'calm' : 'storm "é"')),
          }),
        ],
      },
    ],
  });
}

/** One field `v`, a sample a second from t0. */
export function ramp(count: number, interval: number | null = 1): MemoryReader {
  const t = Float64Array.from({ length: count }, (_, i) => t0 + i);
  const v = Float64Array.from({ length: count }, (_, i) => Math.sin(i / 50));
  const batches = [{ t, columns: new Map([['v', { kind: 'f64', v } as const]]) }];
  return new MemoryReader({ timelines: [{ name: 'seconds', interval, fields: [{ name: 'v', units: 'K' }], batches }] });
}

export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** A reader that never answers, and never looks at its signal. */
export function hanging(): Reader {
  return { catalog: never<Catalog>, read: never, reduce: never };
}

/** A reader that does as another one but for what is given. */
export function like(reader: Reader, changes: Partial<Reader>): Reader {
  return {
    catalog: (range, signal) => reader.catalog(range, signal),
    read: (query, signal) => reader.read(query, signal),
    reduce: (query, signal) => reader.reduce(query, signal),
    ...changes,
  };
}

export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** The body of `POST /query` with nothing in it but what matters. */
export function query(targets: readonly string[], from: number, to: number, maxDataPoints?: number): object {
  return {
    range: { from: iso(from), to: iso(to) },
    targets: targets.map((target, i) => ({ target, refId: String.fromCharCode(65 + i), type: 'timeserie' })),
    ...(maxDataPoints !== undefined && { maxDataPoints }),
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Message = any;

export interface LiveClient {
  readonly socket: WebSocket;
  readonly messages: Message[];
  readonly closed: { code?: number };
  send(message: unknown): void;
  /** Waits for the first message that fits. */
  got(fits: (message: Message) => boolean): Promise<Message>;
}

/** A client of the live WebSocket; closed after the test. */
export async function live(url: string, headers: Record<string, string> = {}): Promise<LiveClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`, { headers });
  const messages: Message[] = [];
  const closed: { code?: number } = {};
  socket.on('message', (data) => messages.push(JSON.parse(String(data as Buffer))));
  socket.on('close', (code) => (closed.code = code));
  running.push({ close: async () => socket.terminate() });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    got: (fits) => until(() => messages.find(fits), { what: 'the message' }),
  };
}
