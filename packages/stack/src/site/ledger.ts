import { createHash } from 'node:crypto';
import { SisockError } from '@sisock/core';
import { z } from 'zod';
import { modes, type SiteDirectory } from './site-directory.js';

const path = '.site.json';

const ledgerSchema = z.object({
  site: z.string(),
  dev: z.boolean(),
  version: z.string(),
  files: z.record(z.string(), z.string()),
});

/** What was made for a site: tells a file that somebody edited from one that an older version made. */
export interface Ledger {
  readonly site: string;
  readonly dev: boolean;
  readonly version: string;
  /** SHA-256 of each file as it was made. */
  readonly files: Readonly<Record<string, string>>;
}

/** The ledger of a site, null where none was made yet. @throws SisockError `bad_setting` for one that can't be read */
export function readLedger(site: SiteDirectory): Ledger | null {
  const text = site.read(path);
  if (text === null) return null;
  try {
    return ledgerSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new SisockError('bad_setting', `${path} is damaged: delete it; what stands in the directory is kept then`, {
      cause: error,
    });
  }
}

export function writeLedger(site: SiteDirectory, ledger: Ledger): void {
  const text = `${JSON.stringify(ledger, null, 2)}\n`;
  if (site.read(path) !== text) site.write(path, text, modes.file);
}

export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
