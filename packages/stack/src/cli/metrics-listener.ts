import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError, type Metrics, type Service } from '@sisock/runtime';

interface MetricsListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  /** What is wrong just now; null when all is well. */
  readonly problem: () => string | null;
}

/**
 * Health and metrics of a part that has no HTTP interface of its own: `/healthz`, `/readyz`, `/metrics`.
 * @throws SisockError `bad_setting` when the port is taken.
 */
export async function startMetricsListener(
  options: MetricsListenerOptions,
): Promise<Service & { readonly url: string }> {
  const { host, port, metrics, problem } = options;
  const server = createServer((request, response) => {
    const end = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'Content-Type': type }).end(text);
    };
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') end(405, 'GET only\n');
    else if (path === '/healthz') end(200, 'ok\n');
    else if (path === '/readyz') end(problem() === null ? 200 : 503, `${problem() ?? 'ok'}\n`);
    else if (path !== '/metrics') end(404, 'there are /healthz, /readyz and /metrics\n');
    else {
      metrics.text().then(
        (text) => end(200, text, metrics.contentType),
        () => end(500, 'no metrics\n'),
      );
    }
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port, 'METRICS_PORT')));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
