import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { SisockError } from '@sisock/core';
import type { SiteReport } from '../site/report.js';
import type { Command, TaskContext } from './command.js';

const text = { type: 'string' } as const;
const several = { type: 'string', multiple: true } as const;
const no = { type: 'boolean', default: false } as const;

const usualDays = 730;

/** `sisock site init` */
const init: Command = {
  words: ['site', 'init'],
  usage: 'NAME [--directory DIR] [--host NAME]... [--data DIR] [--address-root NAME] [--replace FILE]... [--dev]',
  summary: 'makes the directory of a lab with all that docker compose needs, or completes one that is there',
  notes: `Can be run again: what was edited, and every key and secret, stays; what was done and what differs is told.

  --directory DIR      where; unset: ./NAME
  --host NAME          a further name or address of this machine, for the router's certificate; may be repeated
  --data DIR           where the aggregator writes g3 files; unset: /data, with --dev ./data in the site's directory
  --address-root NAME  first part of the OCS agents' addresses; unset: observatory
  --replace FILE       takes this version's FILE where it was edited; the edited one is kept as FILE.before
  --dev                everything on one machine: simulated agent, images built from these sources`,
  settings: {},
  prepare: (_env, args) => {
    const options = { directory: text, host: several, data: text, 'address-root': text, replace: several, dev: no };
    const { values, positionals } = parsed(() =>
      parseArgs({ args: [...args], options, allowPositionals: true, strict: true }),
    );
    const [name, ...more] = positionals;
    if (name === undefined) throw new SisockError('bad_request', 'the NAME of the site is missing: yale, for example');
    if (more.length > 0) throw new SisockError('bad_request', `${more.join(' ')} is unknown: one NAME`);
    return {
      run: async (context) => {
        const names = await import('../site/names.js');
        const { initSite } = await import('../site/init-site.js');
        const { machineName } = await import('../site/site-tls.js');
        const root = values['address-root'];
        const result = await initSite({
          name: names.siteName(name),
          directory: values.directory,
          data: values.data === undefined ? undefined : names.dataPath(values.data),
          addressRoot: root === undefined ? undefined : names.addressRoot(root),
          dev: values.dev,
          replace: values.replace ?? [],
          version: ownVersion(),
          tls: {
            hosts: (values.host ?? []).map(names.hostName),
            renew: false,
            newKey: false,
            newCa: false,
            days: usualDays,
            now: context.clock(),
            machine: machineName(),
          },
        });
        const place = asSeenFromHere(result.root);
        context.print(`The site ${name} in ${place}:\n`);
        const status = tell(result.report, 'site init', context);
        context.print(
          [
            '',
            `Next, in ${place}:`,
            `  sudo ./init-docker-env.sh    user ocs, data directory ${result.data}, Grafana's volume, who may read which secret`,
            `  ocs/${name}.yaml`.padEnd(31) + 'your agents: uncomment an example, or add yours',
            `  docker compose ${result.isDev ? 'build && docker compose ' : ''}up -d`.padEnd(31) +
              (result.isDev
                ? ' starts everything, from these sources'
                : 'starts everything; docker compose ps shows it'),
            '  http://127.0.0.1:3000        Grafana: user admin, password GF_SECURITY_ADMIN_PASSWORD of .env',
            '',
          ].join('\n'),
        );
        return status;
      },
    };
  },
};

/** `sisock site tls` */
const tls: Command = {
  words: ['site', 'tls'],
  usage: '[DIR] [--host NAME]... [--renew] [--new-key] [--new-ca] [--days N]',
  summary: 'the certificates of a site: makes what is missing, tells when they expire, renews where asked',
  notes: `DIR is the site's directory; unset: this one. A key is made once and never replaced unasked.

  --host NAME  a further name or address of the router's machine; the certificate is made anew where it lacks it
  --renew      makes certificates anew, for the same keys and names
  --new-key    new keys for router and database, and certificates; the former keys are kept as server_key.pem.before
  --new-ca     a new authority, and certificates by it: whoever trusts the former ca_cert.pem needs the new one
  --days N     how long new certificates are valid, 1 to 3650; unset: ${usualDays}`,
  settings: {},
  prepare: (_env, args) => {
    const options = { host: several, renew: no, 'new-key': no, 'new-ca': no, days: text };
    const { values, positionals } = parsed(() => parseArgs({ args: [...args], options, allowPositionals: true }));
    const [directory = '.', ...more] = positionals;
    if (more.length > 0) throw new SisockError('bad_request', `${more.join(' ')} is unknown: one DIR`);
    const days = wholeDays(values.days ?? String(usualDays));
    return {
      run: async (context) => {
        const { hostName } = await import('../site/names.js');
        const { renewTls } = await import('../site/renew-tls.js');
        const { machineName } = await import('../site/site-tls.js');
        const report = await renewTls(directory, {
          hosts: (values.host ?? []).map(hostName),
          renew: values.renew,
          newKey: values['new-key'],
          newCa: values['new-ca'],
          days,
          now: context.clock(),
          machine: machineName(),
        });
        const status = tell(report, 'site tls', context);
        for (const step of stepsAfter(report)) context.print(`${step}\n`);
        return status;
      },
    };
  },
};

export const siteCommands: readonly Command[] = [init, tls];

/** Below the working directory: from there, since a container knows no other name of it that its user knows. */
function asSeenFromHere(path: string): string {
  const from = relative('', path);
  if (from === '') return 'this directory';
  return from.startsWith('..') || isAbsolute(from) ? path : from;
}

function tell(report: SiteReport, words: string, { print, complain }: TaskContext): number {
  for (const line of report.lines) print(`  ${line}\n`);
  for (const problem of report.problems) complain(`sisock ${words}: ${problem}\n`);
  return report.problems.length === 0 ? 0 : 1;
}

/** What makes new keys and certificates take effect. */
function stepsAfter(report: SiteReport): string[] {
  const servers = [
    ['.crossbar', 'sisock-crossbar'],
    ['.database', 'database'],
  ] as const;
  const touched = (file: string) => servers.filter(([directory]) => report.touched(`${directory}/${file}`));
  const restart = touched('server_cert.pem').map(([, service]) => service);
  return [
    ...(touched('server_key.pem').length > 0
      ? ['Next: sudo ./init-docker-env.sh, so that containers can read the keys']
      : []),
    ...(restart.length > 0 ? [`Next, where it runs: docker compose restart ${restart.join(' ')}`] : []),
  ];
}

function wholeDays(value: string): number {
  const days = Number(value);
  if (/^\d+$/.test(value) && days >= 1 && days <= 3650) return days;
  throw new SisockError('bad_request', `--days ${JSON.stringify(value)} is no whole number from 1 to 3650`);
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new SisockError('bad_request', (error as Error).message, { cause: error });
  }
}
