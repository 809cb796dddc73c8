import { resolve } from 'node:path';
import { SisockError } from '@sisock/core';
import { crossbarFiles } from '@sisock/wamp';
import { configurationText } from '../cli/crossbar-config.js';
import { usualOcsPort, usualTlsPort } from '../cli/embedded-router.js';
import { ensureEnv, envValues } from './env-file.js';
import { readLedger, writeLedger } from './ledger.js';
import { addressRoot } from './names.js';
import { placeFile } from './place-file.js';
import { SiteReport } from './report.js';
import { modes, SiteDirectory } from './site-directory.js';
import { ensureSecrets, newSecret } from './site-secrets.js';
import { containerGroups, ensureTls, type TlsWish } from './site-tls.js';
import { sourceDirectory, type TemplateFile, templateFiles } from './templates.js';

export interface InitWish {
  readonly name: string;
  /** Unset: `./NAME`, or the working directory where it is that site's. */
  readonly directory: string | undefined;
  /** Unset: as `.env` has it, else /data, or ./data of the dev variant. */
  readonly data: string | undefined;
  readonly addressRoot: string | undefined;
  readonly dev: boolean;
  /** Paths whose edited files give way to the template's. */
  readonly replace: readonly string[];
  readonly version: string;
  readonly tls: TlsWish;
}

export interface InitResult {
  readonly root: string;
  readonly data: string;
  readonly isDev: boolean;
  readonly report: SiteReport;
}

const configPath = `.crossbar/${crossbarFiles.configuration}`;

/**
 * Makes the directory of a site, or completes the one that is there. What somebody edited, and every key and secret, stays.
 * @throws SisockError `bad_setting` for what can't be used, `bad_request` for wishes that don't fit the site
 */
export async function initSite(wish: InitWish): Promise<InitResult> {
  const { name } = wish;
  const site = new SiteDirectory(wish.directory ?? usualDirectory(name));
  const ledger = readLedger(site);
  if (ledger !== null && ledger.site !== name) {
    throw new SisockError(
      'bad_request',
      `${site.root} is the site ${ledger.site}: choose another --directory for ${name}`,
    );
  }
  const isDev = wish.dev || ledger?.dev === true;
  const report = new SiteReport();
  const env = envValues(site.read('.env') ?? '');
  const root = wish.addressRoot ?? env.get('ADDRESS_ROOT') ?? 'observatory';
  const data = wish.data ?? (isDev ? './data' : '/data');
  const files = templateFiles(name, isDev, {
    NAME: name,
    VERSION: wish.version,
    DATA: data,
    ADDRESS_ROOT: addressRoot(root),
    SQL_PASSWD: newSecret(),
    GF_SECURITY_ADMIN_PASSWORD: newSecret(),
    PROFILES: isDev ? 'demo,sensors' : '',
    TIME_PER_FILE: isDev ? '600' : '3600',
    SOURCE: sourceDirectory() ?? '',
  });
  const replaceable = [...files.map((file) => file.path).filter((path) => path !== '.env'), configPath];
  for (const path of wish.replace) {
    if (replaceable.includes(path)) continue;
    throw new SisockError('bad_request', `--replace ${JSON.stringify(path)} is none of ${replaceable.join(', ')}`);
  }

  const made: Record<string, string> = { ...ledger?.files };
  const place = (file: TemplateFile) => {
    const mark = placeFile(
      site,
      file,
      { former: ledger?.files[file.path], replace: wish.replace.includes(file.path) },
      report,
    );
    if (mark !== undefined) made[file.path] = mark;
  };
  for (const file of files) if (file.path !== '.env') place(file);
  const asked = {
    ...(wish.data !== undefined && { DATA: wish.data }),
    ...(wish.addressRoot !== undefined && { ADDRESS_ROOT: wish.addressRoot }),
    SISOCK_VERSION: wish.version,
  };
  ensureEnv(site, files.find((file) => file.path === '.env')?.text ?? '', asked, report);
  ensureLinks(site, name, report);
  const config = configuration(env.get('ADDRESS_ROOT') ?? root, ensureSecrets(site, report));
  place({ path: configPath, text: config, raw: config, mode: modes.secret });
  if (site.protect(configPath, [containerGroups.sisock])) {
    report.changed(configPath, 'mode 600 now: others could read it');
  }
  // Before the certificates, which may fail: what was made until now is known the next time.
  writeLedger(site, { site: name, dev: isDev, version: wish.version, files: made });
  await ensureTls(site, name, wish.tls, report);
  return { root: site.root, data: env.get('DATA') ?? data, isDev, report };
}

function usualDirectory(name: string): string {
  const here = new SiteDirectory('.');
  const isHere = here.standing('.site.json') === 'file' && readLedger(here)?.site === name;
  return isHere ? '.' : resolve(name);
}

/** The configuration of Crossbar inside its container: what is published of its ports, docker-compose.yaml says. */
function configuration(root: string, secrets: ReturnType<typeof ensureSecrets>): string {
  const everywhere = '0.0.0.0';
  const files = { cert: crossbarFiles.certificate, key: crossbarFiles.key };
  return configurationText(
    {
      // Crossbar finds files beside its configuration.
      CROSSBAR_DIR: '.',
      SISOCK_BIND: everywhere,
      CROSSBAR_OCS_BIND: everywhere,
      CROSSBAR_OCS_PORT: usualOcsPort,
      CROSSBAR_TLS_PORT: usualTlsPort,
      WAMP_REALM: 'test_realm',
      ADDRESS_ROOT: root.split(','),
    },
    files,
    secrets,
  );
}

/**
 * `default.yaml`, which OCS reads, is a link to the site's configuration. Containers are given `ocs/` alone, where no
 * secret is; the links beside docker-compose.yaml are for people and for clients on this machine.
 */
function ensureLinks(site: SiteDirectory, name: string, report: SiteReport): void {
  const links = [
    ['ocs/default.yaml', `${name}.yaml`],
    [`${name}.yaml`, `ocs/${name}.yaml`],
    ['default.yaml', `ocs/default.yaml`],
  ] as const;
  for (const [path, target] of links) {
    if (site.standing(path) === 'nothing') {
      site.link(path, target);
      report.made(path, `link to ${target}`);
    } else report.kept(path);
  }
}
