import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { SisockError } from '@sisock/core';
import type { Logger, SettingsOf } from '@sisock/runtime';
import { crossbarFiles, crossbarSecret, readIfThere, trustFile } from '@sisock/wamp';
import { type CertificateFiles, certificateFiles, readCertificate } from '../cli/certificate.js';
import { configurationText } from '../cli/crossbar-config.js';
import type { crossbarSettings } from '../cli/crossbar-command.js';
import { routerSecrets, secretsDirectory } from '../cli/secrets.js';
import { type CrossbarPort, parseConfiguration, portsOf, realmsOf } from './listeners.js';
import { checkReadable } from './node-directory.js';

export type CrossbarSettings = SettingsOf<typeof crossbarSettings>;

/** What a site's directory makes of Crossbar and hub. */
export interface CrossbarSite {
  /** A configuration that was made, as the site has none; null: the site's own counts. */
  readonly configuration: string | null;
  readonly ports: readonly CrossbarPort[];
  /** Certificates it presents. */
  readonly certificates: readonly CertificateFiles[];
  /** How the hub joins. */
  readonly hub: { readonly url: string; readonly secret: string; readonly caFile: string | undefined };
}

const hubUser = 'server';

/**
 * Reads the site's directory and checks all that Crossbar and hub will need of it.
 * @throws SisockError `bad_setting` with a line for each thing that is missing or can't be used, and the cure
 */
export function readCrossbarSite(settings: CrossbarSettings, log: Logger): CrossbarSite {
  const { CROSSBAR_DIR: directory, WAMP_REALM: realm } = settings;
  const path = join(directory, crossbarFiles.configuration);
  checkReadable([directory, path, ...['server', 'consumer'].map((user) => join(directory, 'secrets', user))]);
  const own = readIfThere(path);
  if (own === null) checkMounted(settings);
  const made = own === null ? makeConfiguration(settings, log) : null;
  const configuration = parseConfiguration(made ?? own ?? '', path);
  const realms = realmsOf(configuration);
  if (!realms.includes(realm)) {
    throw wrong(path, `has no realm ${JSON.stringify(realm)} (WAMP_REALM); it has ${realms.join(', ') || 'none'}`);
  }
  const ports = portsOf(configuration, hubUser);
  const certificates = ports.flatMap(({ tls }) =>
    tls === null ? [] : [{ cert: resolve(directory, tls.cert), key: resolve(directory, tls.key) }],
  );
  checkReadable(certificates.flatMap(({ cert, key }) => [cert, key]));
  certificates.forEach((files) => readCertificate(files));
  return { configuration: made, ports, certificates, hub: hubAccess(settings, ports, path) };
}

/** A forgotten mount looks like an empty directory: parts elsewhere would never learn secrets made here. */
function checkMounted({ CROSSBAR_DIR: directory, WAMP_SECRET, CONSUMER_SECRET }: CrossbarSettings): void {
  if (WAMP_SECRET !== undefined && CONSUMER_SECRET !== undefined) return;
  const found = [crossbarFiles.certificate, 'secrets/server'].some(
    (name) => readIfThere(join(directory, name)) !== null,
  );
  if (found) return;
  throw new SisockError(
    'bad_setting',
    `${JSON.stringify(directory)} (CROSSBAR_DIR) has no config.json, certificate or secret: mount the site's directory ` +
      'there (./.crossbar:/app/.crossbar:ro); "sisock site init" makes one',
  );
}

function makeConfiguration(settings: CrossbarSettings, log: Logger): string {
  const files = certificateFiles(settings);
  if (files === null) log.warn(`no ${crossbarFiles.certificate} in ${settings.CROSSBAR_DIR}: wss is left out`);
  else checkReadable([files.cert, files.key]);
  return configurationText(settings, files, routerSecrets(settings.SISOCK_DATA_DIR, settings));
}

function hubAccess(settings: CrossbarSettings, ports: readonly CrossbarPort[], path: string): CrossbarSite['hub'] {
  const { CROSSBAR_DIR: directory, SISOCK_DATA_DIR } = settings;
  const open = ports.filter(({ paths }) => paths.length > 0);
  const port = open.find(({ tls }) => tls === null) ?? open[0];
  if (port === undefined) {
    throw wrong(
      path,
      `lets no user "${hubUser}" in on any WebSocket: the hub can't join; take it away, and one is made`,
    );
  }
  const kept = () => readIfThere(join(secretsDirectory(SISOCK_DATA_DIR), hubUser))?.trim();
  const secret = settings.WAMP_SECRET ?? crossbarSecret(directory, hubUser) ?? kept();
  if (secret === undefined || secret === '') {
    throw wrong(
      path,
      `holds no secret of "${hubUser}": set WAMP_SECRET, or put it into ${directory}/secrets/${hubUser}`,
    );
  }
  const host = port.tls === null ? port.host : nameFor(port, settings);
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  const url = `${port.tls === null ? 'ws' : 'wss'}://${shown}:${port.port}${port.paths[0]}`;
  const caFile = port.tls === null ? null : trustFile(directory, undefined);
  return { url, secret, caFile: caFile ?? undefined };
}

/** By which name of this machine its certificate can be verified. */
function nameFor({ host, tls }: CrossbarPort, { CROSSBAR_DIR, CROSSBAR_HOST }: CrossbarSettings): string {
  const files = { cert: resolve(CROSSBAR_DIR, tls!.cert), key: resolve(CROSSBAR_DIR, tls!.key) };
  const { certificate } = readCertificate(files);
  if (certificate.checkIP(host) !== undefined) return host;
  const name = ['localhost', CROSSBAR_HOST].find((one) => certificate.checkHost(one) !== undefined);
  if (name !== undefined) return name;
  throw wrong(files.cert, `is not for ${host}, localhost or ${CROSSBAR_HOST} (CROSSBAR_HOST): the hub can't verify it`);
}

function wrong(path: string, problem: string): SisockError {
  return new SisockError('bad_setting', `${JSON.stringify(path)} ${problem}`);
}
