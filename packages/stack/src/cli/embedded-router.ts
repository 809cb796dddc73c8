import { readFileSync } from 'node:fs';
import type { Clock } from '@sisock/core';
import { createRouter, permissionsFrom, type RoleTable } from '@sisock/router';
import { closeAll, type Logger, type Metrics, type Service } from '@sisock/runtime';
import { BASE_URI } from '@sisock/wamp';
import { type CertificateFiles, readCertificate, tellDates, watchCertificate } from './certificate.js';
import { listenOn } from './ports.js';
import type { Secrets } from './secrets.js';

interface EmbeddedRouterOptions {
  readonly host: string;
  /** What was asked for; undefined takes 8001 or the next free one. */
  readonly port: number | undefined;
  /** Where and with what certificate it listens for wss; undefined: it does not. */
  readonly tls?: TlsListening | undefined;
  readonly realm: string;
  readonly addressRoots: readonly string[];
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export interface TlsListening {
  readonly host: string;
  /** undefined takes 8080 or the next free one. */
  readonly port: number | undefined;
  readonly files: CertificateFiles;
}

export interface EmbeddedRouter extends Service {
  readonly port: number;
  /** Of the WebSocket. */
  readonly url: string;
  /** Where OCS's clients call over HTTP. */
  readonly callUrl: string;
  /** Of the WebSocket over TLS, null without. */
  readonly tlsUrl: string | null;
}

export const usualOcsPort = 8001;
export const usualTlsPort = 8080;

/**
 * The embedded router as OCS and sisock expect it: agents join anonymously and may do all under their address roots,
 * users "server" and "consumer" prove themselves by WAMP-CRA, and OCS's clients call over HTTP at `/call`. Where there is
 * a certificate it listens for wss too, for those who prove themselves only, and follows the certificate's renewal.
 * @throws SisockError `bad_setting` when it can't listen or the certificate can't be used.
 */
export async function startEmbeddedRouter(options: EmbeddedRouterOptions): Promise<EmbeddedRouter> {
  const { host, port, tls, realm, addressRoots, secrets, log, metrics, clock } = options;
  const certified = tls && readCertificate(tls.files);
  const router = createRouter({
    roles: siteRoles(addressRoots),
    realms: [realm],
    // Everything stops within 3 s; who does not say goodbye in one is cut off.
    limits: { closeSec: 1 },
    log,
    metrics,
  });
  const { plain, secure } = siteListeners(secrets);
  try {
    const listener = await listenOn(
      { host, asked: port, usual: usualOcsPort, name: 'CROSSBAR_OCS_PORT', log },
      (tried) => router.listen({ host, port: tried, ...plain }),
    );
    let tlsUrl: string | null = null;
    let watch: Service | undefined;
    if (tls && certified) {
      const { certificate, ...pair } = certified;
      const secured = await listenOn(
        { host: tls.host, asked: tls.port, usual: usualTlsPort, name: 'CROSSBAR_TLS_PORT', log },
        (tried) => router.listen({ host: tls.host, port: tried, tls: pair, ...secure }),
      );
      tlsUrl = `wss://${near(tls.host)}:${secured.port}/ws`;
      tellDates(certificate, tls.files, log, clock);
      watch = watchCertificate({ files: tls.files, renew: (renewed) => secured.renew(renewed), log, clock });
    }
    const address = `${near(host)}:${listener.port}`;
    return {
      port: listener.port,
      url: `ws://${address}/ws`,
      callUrl: `http://${address}/call`,
      tlsUrl,
      close: () => closeAll([router, ...(watch ? [watch] : [])], log),
    };
  } catch (error) {
    await router.close();
    throw error;
  }
}

/** What a router listens with: agents and OCS's clients on the plain port, proven users on both. */
export function siteListeners(secrets: Secrets) {
  const wampcra = {
    users: {
      server: { role: 'server', secret: secrets.server },
      consumer: { role: 'consumer', secret: secrets.consumer },
    },
  };
  return {
    plain: {
      auth: { anonymous: { role: 'iocs_agent' }, wampcra },
      http: {
        call: { path: '/call', role: 'iocs_controller' },
        publish: { path: '/publish', role: 'iocs_controller' },
      },
    },
    secure: { auth: { wampcra } },
  };
}

/** The one table of roles, for these address roots. */
export function siteRoles(addressRoots: readonly string[]): RoleTable {
  const table: unknown = JSON.parse(readFileSync(new URL('../../../../crossbar/roles.json', import.meta.url), 'utf8'));
  return permissionsFrom(table, { addressRoots, baseUri: BASE_URI });
}

/** How this machine reaches what listens on a host. */
function near(host: string): string {
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return shown.includes(':') ? `[${shown}]` : shown;
}
