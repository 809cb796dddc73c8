import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock } from '@sisock/core';
import { type Environment, readSettings, type SettingsSpec } from '@sisock/runtime';
import { isLoopback } from '@sisock/http-bridge';
import type { ConnectionSettings, WampSession } from '@sisock/wamp';
import { joinOptions } from '../cli/join.js';
import { demoTree } from '../cli/up-demo.js';
import { checkArchive } from './checks/archive.js';
import { checkBridge } from './checks/bridge.js';
import { checkCertificates } from './checks/certificates.js';
import { checkConfiguration } from './checks/configuration.js';
import { checkFeedLog } from './checks/feed-log.js';
import { checkNodes } from './checks/nodes.js';
import { type LoginTry, tryLogin, unreachable } from './checks/router.js';
import { fail, type Finding, ok, skip, within } from './finding.js';
import { knock, placeOf } from './place.js';
import { type DoctorSettings, doctorSettings } from './settings.js';
import { checkPorts } from './site/check-ports.js';
import { checkSite } from './site/check-site.js';

export interface DoctorContext {
  readonly env: Environment;
  readonly clock: Clock;
  /** Settings of every part, for what is set. */
  readonly parts: readonly SettingsSpec[];
  /** Directory of a site on this machine, to be looked at first. */
  readonly site?: string;
}

/** Looks at everything; findings come in the order of the way data take, those of a site's files first. */
export async function diagnose(context: DoctorContext): Promise<readonly Finding[]> {
  const { site, clock, env } = context;
  if (site === undefined) return diagnoseParts(context);
  const files = checkSite(site, clock);
  const ports = await within('ports', 10_000, (signal) => checkPorts(signal));
  // Where this machine reaches what the site publishes, with the site's own secrets: whatever an image has for its containers.
  const here = { CROSSBAR_DIR: join(resolve(site), '.crossbar'), CROSSBAR_HOST: '127.0.0.1' };
  const parts = await diagnoseParts({ ...context, env: { ...env, ...here } });
  return [...files, ...ports, ...parts];
}

async function diagnoseParts({ env, clock, parts }: DoctorContext): Promise<readonly Finding[]> {
  const configuration = checkConfiguration(env, [...parts, doctorSettings]);
  let settings: DoctorSettings;
  try {
    settings = readSettings(doctorSettings, env);
  } catch {
    return [...configuration, skip('everything else', 'not looked at: the settings are wrong')];
  }
  const deadlineMs = settings.DOCTOR_DEADLINE * 1000;
  const [live, stored, bridge] = await Promise.all([
    checkLive(settings, env, clock, deadlineMs),
    checkStored(settings, clock, deadlineMs),
    within('bridge', 4 * deadlineMs, (signal) => checkBridge({ ...bridgeOf(settings), signal })),
  ]);
  return [...configuration, ...live, ...stored, ...bridge];
}

/** What is kept on disks and in the database: none of it needs the router. */
async function checkStored(settings: DoctorSettings, clock: Clock, deadlineMs: number): Promise<readonly Finding[]> {
  const dataDirectory = resolve(settings.SISOCK_DATA_DIR);
  const demo = demoTree(dataDirectory);
  const directories = settings.DATA_DIRECTORY ?? settings.OCS_DATA_DIR ?? (existsSync(demo) ? [demo] : []);
  const { FEED_LOG: feedLog = join(dataDirectory, 'feed-log') } = settings;
  const found = await Promise.all([
    feedLog === 'off' ? [] : within('feed log', deadlineMs, async () => [await checkFeedLog(resolve(feedLog))]),
    within('archive', 4 * deadlineMs, (signal) =>
      checkArchive({ settings, dataDirectory, directories, clock, signal }),
    ),
  ]);
  return found.flat();
}

function bridgeOf(settings: DoctorSettings) {
  const { SISOCK_HTTP_TOKEN: token, SISOCK_HTTP_USER: user, SISOCK_HTTP_PASSWORD: password = '' } = settings;
  const basic = user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return {
    url: (settings.SISOCK_HTTP_URL ?? `http://127.0.0.1:${settings.PORT}`).replace(/\/+$/, ''),
    authorization: token === undefined ? basic : `Bearer ${token}`,
  };
}

/** Certificates, router, hub, nodes and agents: each needs the one before it. */
async function checkLive(
  settings: DoctorSettings,
  env: Environment,
  clock: Clock,
  deadlineMs: number,
): Promise<readonly Finding[]> {
  let server: ConnectionSettings;
  let consumer: ConnectionSettings;
  try {
    server = joinOptions({ ...settings, WAMP_USER: 'server' });
    const WAMP_SECRET = settings.CONSUMER_SECRET;
    consumer = joinOptions({ ...settings, WAMP_USER: 'consumer', WAMP_SECRET });
  } catch (error) {
    return [
      fail(
        'certificates',
        (error as Error).message,
        'mend the file, or set CROSSBAR_CA or CROSSBAR_DIR (docs/crossbar.md)',
      ),
      skip('router', 'not looked at: its files are wrong'),
    ];
  }
  const place = placeOf(server.url);
  const away = await knock(place, AbortSignal.timeout(deadlineMs));
  const certificates = await within('certificates', deadlineMs, (signal) =>
    checkCertificates({
      place,
      caFile: server.caFile,
      directory: settings.CROSSBAR_DIR,
      wanted: Boolean(env['CROSSBAR_TLS_PORT']) || !isLoopback(place.host),
      reachable: away === null,
      clock,
      signal,
    }),
  );
  const rest = (why: string) => [skip('hub', `not asked: ${why}`), skip('nodes', `not asked: ${why}`)];
  if (away !== null) return [...certificates, unreachable(place, away), ...rest('the router is away')];
  if (certificates.some((finding) => finding.status === 'fail')) {
    const why = 'the certificates are not in order';
    return [...certificates, ok('router', `${place.url} answers`), skip('logins', `not tried: ${why}`), ...rest(why)];
  }
  const tries: LoginTry[] = [
    { role: 'server', url: server.url, settings: server },
    { role: 'consumer', url: consumer.url, settings: consumer },
    // Agents join on the plain port.
    ...(place.secure ? [] : [{ role: 'anonymous' as const, url: server.url, settings: { realm: server.realm } }]),
  ];
  const logins = await Promise.all(tries.map((one) => tryLogin(one, deadlineMs)));
  try {
    const session = logins[1]?.session ?? logins[0]?.session ?? null;
    return [
      ...certificates,
      ok('router', `${place.url} answers`),
      ...logins.map((login) => login.finding),
      ...(session === null ? rest('no login was accepted') : await askNodes(session, settings, clock, deadlineMs)),
    ];
  } finally {
    await Promise.all(logins.map(async (login) => login.session?.close()));
  }
}

function askNodes(session: WampSession, settings: DoctorSettings, clock: Clock, deadlineMs: number) {
  return within('nodes', 4 * deadlineMs, () =>
    checkNodes({
      session,
      clock,
      maxAgeSec: settings.DOCTOR_MAX_AGE,
      archives: settings.DOCTOR_ARCHIVES,
      deadlineMs,
    }),
  );
}
