import { join, resolve } from 'node:path';
import { SisockError } from '@sisock/core';
import { chooseFeeds, type DataFeedSettings, startDataFeed } from '@sisock/data-feed-server';
import { startHub } from '@sisock/hub';
import { bridgeOptions, createBridge, openBridgeAccess } from '@sisock/http-bridge';
import { closeAll, type Logger, type Service, type SettingsOf } from '@sisock/runtime';
import { pageMounts } from '@sisock/viewer';
import { connectSession, type WampSession, WampSite } from '@sisock/wamp';
import { startWeather } from '@sisock/weather-servers';
import { banner } from './banner.js';
import { certificateFiles } from './certificate.js';
import type { PartContext } from './command.js';
import { startEmbeddedRouter } from './embedded-router.js';
import { routerSecrets, type SecretUser, secretsDirectory } from './secrets.js';
import type { upSettings } from './up-settings.js';

export type UpSettings = SettingsOf<typeof upSettings>;

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
  return { close: () => closeAll(started, log) };
}

async function startParts(settings: UpSettings, context: PartContext, started: Service[]) {
  const { log, metrics, clock } = context;
  const { WAMP_REALM: realm, ADDRESS_ROOT: addressRoots, SISOCK_DEMO: demo } = settings;
  const dataDirectory = resolve(settings.SISOCK_DATA_DIR);
  const files = certificateFiles(settings);
  const secrets = routerSecrets(settings.SISOCK_DATA_DIR, settings);
  const keep = <T extends Service>(service: T): T => {
    started.push(service);
    return service;
  };
  const part = (name: string): Logger => log.child({ part: name });
  const access = keep(openBridgeAccess(settings, { log: part('access'), clock }));

  const router = keep(
    await startEmbeddedRouter({
      host: settings.SISOCK_BIND,
      port: settings.CROSSBAR_OCS_PORT,
      ...(files && { tls: { host: settings.SISOCK_BIND, port: settings.CROSSBAR_TLS_PORT, files } }),
      realm,
      addressRoots,
      secrets,
      log: part('router'),
      metrics,
      clock,
    }),
  );
  const sessionOf = (name: string, user: SecretUser | null): WampSession =>
    keep(
      connectSession({
        url: router.url,
        realm,
        log: part(name),
        ...(user !== null && { authid: user, secret: secrets[user] }),
      }),
    );

  keep(await startHub({ session: sessionOf('hub', 'server'), log: part('hub'), metrics, clock }));
  const site = keep(
    await WampSite.start({ session: sessionOf('http', 'consumer'), log: part('http'), metrics, clock }),
  );
  const bridge = keep(
    createBridge({ ...bridgeOptions(settings), site, access, log: part('http'), metrics, clock, page: pageMounts() }),
  );
  const { url } = await bridge.listen();

  const nodes: string[] = [];
  const watch = (node: Service & { readonly name: string; readonly failed: Promise<never> }, about: string) => {
    keep(node);
    nodes.push(`${node.name} (${about})`);
    // One node that is refused leaves the others serving.
    node.failed.catch((error: unknown) => log.error({ node: node.name, err: error }, 'the data node stopped'));
  };
  for (const [i, root] of addressRoots.entries()) {
    const feed: DataFeedSettings = {
      TARGET: undefined,
      FEED: 'temperatures',
      FEED_PATTERN: `${root}..feeds.`,
      NAME: i === 0 ? undefined : `feeds_${root}`,
      DESCRIPTION: `Live feeds of the OCS agents of ${root}`,
      BUFFER_TIME: settings.BUFFER_TIME,
      ADDRESS_ROOT: [root],
    };
    const { name } = chooseFeeds(feed);
    const options = { settings: feed, log: part('feeds'), metrics, clock };
    watch(await startDataFeed({ ...options, session: sessionOf(name, 'server') }), `OCS agents of ${root}`);
  }
  if (demo) {
    const { startDemoAgents } = await import('../demo/start-demo-agents.js');
    const session = sessionOf('demo', null);
    await session.ready;
    keep(startDemoAgents({ session, addressRoot: addressRoots[0]!, clock, log: part('demo') }));
  }
  const weather = await weatherDirectory(settings, dataDirectory);
  if (weather) {
    const node = await startWeather({
      session: sessionOf('weather', 'server'),
      settings: {
        WEATHER_DIRECTORY: weather.directory,
        NAME: 'apex_archive',
        DESCRIPTION: weather.about,
        MAX_POINTS: undefined,
      },
      log: part('weather'),
      metrics,
      clock,
    });
    watch(node, weather.about);
  }
  return { url, router, dataDirectory, secretsDirectory: secretsDirectory(dataDirectory), nodes, demo };
}

/** The weather files to serve: the person's own, or generated ones. */
async function weatherDirectory({ WEATHER_DIRECTORY: own, SISOCK_DEMO: demo }: UpSettings, dataDirectory: string) {
  if (own !== undefined) return { directory: own, about: `weather files of ${own}` };
  if (!demo) return null;
  const { writeWeatherFiles } = await import('../demo/weather-files.js');
  const directory = join(dataDirectory, 'demo', 'weather');
  try {
    writeWeatherFiles(directory);
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error);
    throw new SisockError('bad_setting', `SISOCK_DATA_DIR: ${directory} can't be written: ${code}`, { cause: error });
  }
  return { directory, about: 'generated weather of July 2017, not measured' };
}
