import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SisockError } from '@sisock/core';
import { readLedger } from './ledger.js';
import { SiteReport } from './report.js';
import { SiteDirectory } from './site-directory.js';
import { ensureTls, type TlsWish } from './site-tls.js';

/** What makes a directory one of a site. */
const marks = ['.site.json', 'docker-compose.yaml', '.crossbar'];

/**
 * The certificates of the site in a directory, as {@link ensureTls}; says what happens next where one is new.
 * @throws SisockError `bad_setting` where no site is there
 */
export async function renewTls(directory: string, wish: TlsWish): Promise<SiteReport> {
  if (!marks.some((mark) => existsSync(join(directory, mark)))) {
    throw new SisockError(
      'bad_setting',
      `${directory} is no site: it has none of ${marks.join(', ')} (sisock site init)`,
    );
  }
  const site = new SiteDirectory(directory);
  const report = new SiteReport();
  await ensureTls(site, readLedger(site)?.site ?? basename(site.root), wish, report);
  return report;
}
