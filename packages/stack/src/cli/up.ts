import { resolve } from 'node:path';
import { BlockSite, openBlockCache } from '@sisock/blocks';
import { bridgeOptions, createBridge, openBridgeAccess } from '@sisock/http-bridge';
import { startHub } from '@sisock/hub';
import { closeAll, type Service } from '@sisock/runtime';
import { pageMounts } from '@sisock/viewer';
import { WampSite } from '@sisock/wamp';
import { banner } from './banner.js';
import { certificateFiles } from './certificate.js';
import type { PartContext } from './command.js';
import { startEmbeddedRouter } from './embedded-router.js';
import { routerSecrets, secretsDirectory } from './secrets.js';
import { archiveDirectories, startArchive } from './up-archive.js';
import { startDemo } from './up-demo.js';
import { startFeeds } from './up-feeds.js';
import { type UpParts, upParts, type UpSettings } from './up-parts.js';
import { startUpWeather } from './up-weather.js';

/**
 * Starts everything in this process: router, hub, data nodes, bridge, page and, unless it is turned off, the
 * demonstration. Each part joins the router by a session of its own, as it would from another machine.
 * @throws SisockError `bad_setting` for ports, directories and secrets that can't be used.
 */
export async function startUp(settings: UpSettings, context: PartContext): Promise<Service> {
  const { log, print } = context;
  const started: Service[] = [];
  try {
    print(banner(await startParts(settings, context, started)));
  } catch (error) {
    await closeAll(started, log);
    throw error;
  }
  return { close: () => closeAll(started.splice(0), log) };
}

async function startParts(settings: UpSettings, context: PartContext, started: Service[]) {
  const { log, metrics, clock } = context;
  const { WAMP_REALM: realm, ADDRESS_ROOT: addressRoots, SISOCK_DEMO: demo } = settings;
  const dataDirectory = resolve(settings.SISOCK_DATA_DIR);
  const files = certificateFiles(settings);
  const secrets = routerSecrets(settings.SISOCK_DATA_DIR, settings);
  const access = openBridgeAccess(settings, { log: log.child({ part: 'access' }), clock });
  started.push(access);

  const router = await startEmbeddedRouter({
    host: settings.SISOCK_BIND,
    port: settings.CROSSBAR_OCS_PORT,
    ...(files && { tls: { host: settings.SISOCK_BIND, port: settings.CROSSBAR_TLS_PORT, files } }),
    realm,
    addressRoots,
    secrets,
    log: log.child({ part: 'router' }),
    metrics,
    clock,
  });
  started.push(router);

  const blocks = openBlockCache(settings.BLOCK_CACHE_BYTES, metrics);
  const parts = upParts({ ...context, settings, dataDirectory, blocks, router: { url: router.url, realm, secrets } });
  started.push(parts);
  const { part, keep, sessionOf } = parts;
  keep(await startHub({ session: sessionOf('hub', 'server'), log: part('hub'), metrics, clock }));
  const nodesOfRouter = keep(
    await WampSite.start({ session: sessionOf('http', 'consumer'), log: part('http'), metrics, clock }),
  );
  const site = keep(new BlockSite(nodesOfRouter, parts.blocks, clock));
  const bridge = keep(
    createBridge({ ...bridgeOptions(settings), site, access, log: part('http'), metrics, clock, page: pageMounts() }),
  );
  const { url } = await bridge.listen();
  const nodes = await startNodes(parts);
  return { url, router, dataDirectory, secretsDirectory: secretsDirectory(dataDirectory), nodes, demo };
}

/** All data nodes and what feeds them. Returns a line about each node. */
async function startNodes(parts: UpParts): Promise<readonly string[]> {
  const { settings, dataDirectory } = parts;
  const feeds = await startFeeds(parts);
  const source = archiveDirectories(settings, dataDirectory);
  if (settings.SISOCK_DEMO) await startDemo(parts, source.isDemo);
  const names = feeds.map(({ name }) => name);
  const archive = await startArchive(parts, names, source);
  const weather = await startUpWeather(parts);
  return [...feeds, ...archive, ...(weather ? [weather] : [])].map(({ name, about }) => `${name} (${about})`);
}
