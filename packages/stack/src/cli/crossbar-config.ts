import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SisockError } from '@sisock/core';
import { crossbarConfig } from '@sisock/router';
import { pathCure, pathErrorCode, portNumber, readSettings, setting, type SettingsOf, words } from '@sisock/runtime';
import { crossbarFiles, readIfThere } from '@sisock/wamp';
import {
  type CertificateFiles,
  certificateFiles,
  certificateSettings,
  dateProblem,
  nameWithin,
  readCertificate,
} from './certificate.js';
import type { Command, TaskContext } from './command.js';
import { addressRootSetting, bindSetting, ocsBindSetting, routerSecretSettings } from './common-settings.js';
import { siteListeners, siteRoles, usualOcsPort, usualTlsPort } from './embedded-router.js';
import { routerSecrets, type Secrets } from './secrets.js';

/** What a configuration is made of. */
export const crossbarConfigSettings = {
  ...certificateSettings,
  SISOCK_BIND: bindSetting,
  CROSSBAR_OCS_PORT: setting(portNumber, 'port for plain ws', { fallback: String(usualOcsPort) }),
  CROSSBAR_OCS_BIND: ocsBindSetting,
  CROSSBAR_TLS_PORT: setting(portNumber, 'port for wss, where there is a certificate', {
    fallback: String(usualTlsPort),
  }),
  WAMP_REALM: setting(words, 'WAMP realm', { fallback: 'test_realm' }),
  ADDRESS_ROOT: addressRootSetting,
  ...routerSecretSettings,
};

/** `sisock crossbar-config [--write]` */
export const crossbarConfigCommand: Command = {
  words: ['crossbar-config'],
  usage: '[--write]',
  summary: 'the configuration of a Crossbar in place of "sisock router"; --write puts it into CROSSBAR_DIR',
  settings: crossbarConfigSettings,
  prepare: (env, args) => {
    const write = args.length === 1 && args[0] === '--write';
    if (args.length > 0 && !write) {
      throw new SisockError('bad_request', `${args.join(' ')} is unknown: crossbar-config takes --write or nothing`);
    }
    const values = readSettings(crossbarConfigSettings, env);
    return { run: async (context) => configure(values, write, context) };
  },
};

/** @throws SisockError `bad_setting` for certificates, secrets and directories that can't be used */
function configure(
  values: SettingsOf<typeof crossbarConfigSettings>,
  write: boolean,
  { clock, print, complain }: TaskContext,
): number {
  const { CROSSBAR_DIR: directory } = values;
  const files = certificateFiles(values);
  if (files === null) {
    complain(
      `sisock crossbar-config: no ${crossbarFiles.certificate} in ${directory}: wss is left out (docs/crossbar.md)\n`,
    );
  } else {
    const problem = dateProblem(readCertificate(files).certificate, clock());
    if (problem !== null) complain(`sisock crossbar-config: ${files.cert} ${problem}\n`);
  }
  // Secrets are made where every part of the site looks for them.
  const text = configurationText(values, files, routerSecrets(directory, values, 'CROSSBAR_DIR'));
  if (write) print(`${save(directory, text)}\n`);
  else print(text);
  return 0;
}

type ConfigurationValues = Pick<
  SettingsOf<typeof crossbarConfigSettings>,
  | 'CROSSBAR_DIR'
  | 'SISOCK_BIND'
  | 'CROSSBAR_OCS_BIND'
  | 'CROSSBAR_OCS_PORT'
  | 'CROSSBAR_TLS_PORT'
  | 'WAMP_REALM'
  | 'ADDRESS_ROOT'
>;

/** Text of a Crossbar configuration with the roles, ports and users of `sisock router`; without `files` there is no wss. */
export function configurationText(
  values: ConfigurationValues,
  files: CertificateFiles | null,
  secrets: Secrets,
): string {
  const { CROSSBAR_DIR: directory, SISOCK_BIND: host } = values;
  const { plain, secure } = siteListeners(secrets);
  const config = crossbarConfig({
    realm: values.WAMP_REALM,
    roles: siteRoles(values.ADDRESS_ROOT),
    listeners: [
      { host: values.CROSSBAR_OCS_BIND ?? host, port: values.CROSSBAR_OCS_PORT, ...plain },
      ...(files === null
        ? []
        : [
            {
              host,
              port: values.CROSSBAR_TLS_PORT,
              ...secure,
              tls: { key: nameWithin(directory, files.key), certificate: nameWithin(directory, files.cert) },
            },
          ]),
    ],
  });
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Only its owner may read it: it holds the secrets. What stood there before is kept beside it. */
function save(directory: string, text: string): string {
  const path = join(directory, crossbarFiles.configuration);
  try {
    mkdirSync(directory, { recursive: true });
    const before = readIfThere(path);
    if (before === text) return `${path} is as it should be`;
    if (before !== null) renameSync(path, `${path}.before`);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return `${path} written${before === null ? '' : `; the former one is ${path}.before`}`;
  } catch (error) {
    if (error instanceof SisockError) throw error;
    const code = pathErrorCode(error);
    const problem = `CROSSBAR_DIR: ${path} can't be written: ${code}`;
    throw new SisockError('bad_setting', `${problem}; ${pathCure(code, 'write')}`, { cause: error });
  }
}
