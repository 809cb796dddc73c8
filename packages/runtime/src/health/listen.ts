import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '../metrics.js';
import { listenError } from '../process.js';
import type { Service } from '../service.js';
import type { Health } from './health.js';

export interface HealthListenerOptions {
  readonly host: string;
  readonly port: number;
  /** The setting that `port` came from, for the message when it is taken. */
  readonly settingName: string;
  readonly health: Health;
  readonly metrics: Metrics;
}

export interface HealthListener extends Service {
  readonly url: string;
}

const connectionsAtMost = 100;

/**
 * Health and metrics of a process over HTTP: `/healthz` answers while it lives, `/readyz` 200 or 503 with a line for each
 * thing that is wrong, `/metrics` in Prometheus' text form.
 * @throws SisockError `bad_setting` when the port is taken.
 */
export async function startHealthListener(options: HealthListenerOptions): Promise<HealthListener> {
  const { host, port, settingName } = options;
  const server = createServer((request, response) => {
    const end = answer(response);
    const path = request.url?.split('?')[0] ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, 'GET only\n');
    give(path, options, end).catch(() => end(500, 'no answer\n'));
  });
  server.requestTimeout = 10_000;
  server.maxConnections = connectionsAtMost;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port, settingName)));
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close: () => closeServer(server) };
}

type End = (status: number, text: string, type?: string) => void;

function answer(response: ServerResponse): End {
  return (status, text, type = 'text/plain; charset=utf-8') => {
    response.writeHead(status, { 'Content-Type': type }).end(text);
  };
}

async function give(path: string, { health, metrics }: HealthListenerOptions, end: End): Promise<void> {
  if (path === '/healthz') return end(200, 'ok\n');
  if (path === '/metrics') return end(200, await metrics.text(), metrics.contentType);
  if (path !== '/readyz') return end(404, 'there are /healthz, /readyz and /metrics\n');
  const problems = await health.problems();
  end(problems.length === 0 ? 200 : 503, problems.length === 0 ? 'ok\n' : problems.map((p) => `${p}\n`).join(''));
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
