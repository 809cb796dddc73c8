import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { ensureAuthority } from './authority.js';
import { hostName } from './names.js';
import type { SiteReport } from './report.js';
import { ensurePair } from './server-pair.js';
import { modes, type SiteDirectory } from './site-directory.js';

/** Groups that containers read keys by: ours run as 9000, MariaDB's as 999 (init-docker-env.sh). */
export const containerGroups = { sisock: 9000, mariadb: 999 } as const;

export interface TlsWish {
  /** Further names and addresses of the router's machine. */
  readonly hosts: readonly string[];
  readonly renew: boolean;
  readonly newKey: boolean;
  readonly newCa: boolean;
  readonly days: number;
  readonly now: number;
  /** This machine's own name; null where it says nothing, as in a container. */
  readonly machine: string | null;
}

/** The original's Python parts take one certificate from here, which must be the authority's. */
const pythonTrust = '.crossbar-python/server_cert.pem';

/**
 * The site's authority and the certificates of router and database: what is missing is made, the rest is kept.
 * @throws SisockError `bad_setting`
 */
export async function ensureTls(site: SiteDirectory, name: string, wish: TlsWish, report: SiteReport): Promise<void> {
  const authority = await ensureAuthority(site, name, { renew: wish.newCa, now: wish.now }, report);
  const pairWish = { ...wish, renew: wish.renew || wish.newCa };
  const local = ['localhost', '127.0.0.1', '::1'];
  const isSigned = await ensurePair(
    site,
    {
      directory: '.crossbar',
      hosts: ['sisock-crossbar', 'sisock_crossbar', ...local, ...(wish.machine === null ? [] : [wish.machine])],
      asked: wish.hosts,
      chain: true,
      groups: [containerGroups.sisock],
    },
    authority,
    pairWish,
    report,
  );
  await ensurePair(
    site,
    {
      directory: '.database',
      hosts: ['database', ...local],
      asked: [],
      chain: false,
      groups: [containerGroups.mariadb],
    },
    authority,
    pairWish,
    report,
  );
  if (!isSigned) return;
  if (site.read(pythonTrust) === authority.cert) report.kept(pythonTrust);
  else {
    const isNew = site.read(pythonTrust) === null;
    site.write(pythonTrust, authority.cert, modes.file);
    if (isNew) report.made(pythonTrust, "for parts of the Python sisock: the authority's certificate");
    else report.changed(pythonTrust, "the authority's certificate");
  }
}

/** The name of this machine, null in a container, whose name nobody else knows. */
export function machineName(): string | null {
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) return null;
  try {
    return hostName(hostname());
  } catch {
    return null;
  }
}
