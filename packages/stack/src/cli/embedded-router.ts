import { readFileSync } from 'node:fs';
import { createRouter, type Listener, permissionsFrom } from '@sisock/router';
import type { Logger, Metrics, Service } from '@sisock/runtime';
import { BASE_URI } from '@sisock/wamp';
import { listenOn } from './ports.js';
import type { Secrets } from './secrets.js';

interface EmbeddedRouterOptions {
  readonly host: string;
  /** What was asked for; undefined takes 8001 or the next free one. */
  readonly port: number | undefined;
  readonly realm: string;
  readonly addressRoots: readonly string[];
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface EmbeddedRouter extends Service {
  readonly port: number;
  /** Of the WebSocket. */
  readonly url: string;
  /** Where OCS's clients call over HTTP. */
  readonly callUrl: string;
}

export const usualOcsPort = 8001;

/**
 * The embedded router as OCS and sisock expect it: agents join anonymously and may do all under their address roots,
 * users "server" and "consumer" prove themselves by WAMP-CRA, and OCS's clients call over HTTP at `/call`.
 * @throws SisockError `bad_setting` when it can't listen.
 */
export async function startEmbeddedRouter(options: EmbeddedRouterOptions): Promise<EmbeddedRouter> {
  const { host, port, realm, addressRoots, secrets, log, metrics } = options;
  const table: unknown = JSON.parse(readFileSync(new URL('../../../../crossbar/roles.json', import.meta.url), 'utf8'));
  const router = createRouter({
    roles: permissionsFrom(table, { addressRoots, baseUri: BASE_URI }),
    realms: [realm],
    // Everything stops within 3 s; who does not say goodbye in one is cut off.
    limits: { closeSec: 1 },
    log,
    metrics,
  });
  const listener: Listener = await listenOn(
    { host, asked: port, usual: usualOcsPort, name: 'CROSSBAR_OCS_PORT', log },
    (tried) =>
      router.listen({
        host,
        port: tried,
        auth: {
          anonymous: { role: 'iocs_agent' },
          wampcra: {
            users: {
              server: { role: 'server', secret: secrets.server },
              consumer: { role: 'consumer', secret: secrets.consumer },
            },
          },
        },
        http: {
          call: { path: '/call', role: 'iocs_controller' },
          publish: { path: '/publish', role: 'iocs_controller' },
        },
      }),
  );
  const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const shown = near.includes(':') ? `[${near}]` : near;
  const address = `${shown}:${listener.port}`;
  return {
    port: listener.port,
    url: `ws://${address}/ws`,
    callUrl: `http://${address}/call`,
    close: () => router.close(),
  };
}
