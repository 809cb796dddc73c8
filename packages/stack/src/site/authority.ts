import { createPrivateKey, X509Certificate } from 'node:crypto';
import { SisockError } from '@sisock/core';
import { authorityCertificate, newKey } from './certificates.js';
import type { SiteReport } from './report.js';
import { modes, type SiteDirectory } from './site-directory.js';

export const authorityFiles = { key: '.ca/ca_key.pem', cert: '.ca/ca_cert.pem' } as const;

const day = 86_400;
const authorityDays = 3650;
/** Clocks of other machines may be behind. */
export const backdated = day;

/** The site's certificate authority. */
export interface Authority {
  readonly cert: string;
  readonly certificate: X509Certificate;
  /** Null where the key is kept elsewhere: nothing can be signed. */
  readonly key: string | null;
}

interface Wish {
  readonly renew: boolean;
  readonly now: number;
}

/**
 * The authority in `.ca`, made where there is none. Its key is made once; `renew` puts both aside and makes new ones.
 * @throws SisockError `bad_setting` for files that are not what they should be
 */
export async function ensureAuthority(
  site: SiteDirectory,
  name: string,
  { renew, now }: Wish,
  report: SiteReport,
): Promise<Authority> {
  const { key: keyPath, cert: certPath } = authorityFiles;
  const former = { key: site.read(keyPath), cert: site.read(certPath) };
  const aside = renew && former.key !== null ? site.setAside(keyPath) : null;
  if (renew && former.cert !== null) site.setAside(certPath);
  const kept = renew ? { key: null, cert: null } : former;
  if (kept.cert !== null) {
    const certificate = readAuthority(certPath, kept.cert);
    checkKey(kept, certificate);
    if (site.protect(keyPath, [])) report.changed(keyPath, 'mode 600 now: others could read it');
    else if (kept.key !== null) report.kept(keyPath);
    tellEnd(certificate, now, report);
    return { key: kept.key, cert: kept.cert, certificate };
  }
  const key = kept.key ?? newKey();
  const validity = { from: now - backdated, until: now + authorityDays * day };
  const cert = await authorityCertificate(key, `sisock ${name} CA`, validity).catch((error: unknown) => {
    throw new SisockError('bad_setting', `${keyPath} holds no P-256 key in PEM form`, { cause: error });
  });
  if (kept.key === null) {
    site.write(keyPath, key, modes.secret);
    report.made(keyPath, aside === null ? 'signs certificates: keep it to yourself' : `the former one is ${aside}`);
  }
  site.write(certPath, cert, modes.file);
  const certificate = new X509Certificate(cert);
  report.made(certPath, `until ${dateOf(certificate.validTo)}; clients that trust it trust the site`);
  return { key, cert, certificate };
}

/** `2028-11-20` of a certificate's date. */
export function dateOf(text: string): string {
  return new Date(text).toISOString().slice(0, 10);
}

function readAuthority(path: string, text: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(text);
  } catch (error) {
    throw new SisockError('bad_setting', `${path} holds no certificate in PEM form: move it away, or give --new-ca`, {
      cause: error,
    });
  }
  if (certificate.ca) return certificate;
  throw new SisockError('bad_setting', `${path} is no certificate of an authority: move it away, or give --new-ca`);
}

function checkKey({ key }: { readonly key: string | null }, certificate: X509Certificate): void {
  if (key === null) return;
  let fits = false;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // No key at all: told as one that does not fit.
  }
  if (fits) return;
  const { key: keyPath, cert } = authorityFiles;
  throw new SisockError(
    'bad_setting',
    `${keyPath} is not the key of ${cert}: take both from a backup, or give --new-ca`,
  );
}

function tellEnd({ validTo }: X509Certificate, now: number, report: SiteReport): void {
  const daysLeft = (Date.parse(validTo) / 1000 - now) / day;
  const { cert } = authorityFiles;
  if (daysLeft < 0) report.problem(cert, `has expired (${dateOf(validTo)}): --new-ca makes another`);
  else if (daysLeft < 90) report.kept(cert, `expires on ${dateOf(validTo)}: --new-ca makes another`);
  else report.kept(cert);
}
