import { createPrivateKey, X509Certificate } from 'node:crypto';
import { SisockError } from '@sisock/core';
import { type Authority, authorityFiles, backdated, dateOf } from './authority.js';
import { newKey, serverCertificate } from './certificates.js';
import { hostName } from './names.js';
import type { SiteReport } from './report.js';
import { modes, type SiteDirectory } from './site-directory.js';

const day = 86_400;
const soonDays = 30;

/** Where the certificate of a server is, and for what names. */
export interface ServerPlan {
  readonly directory: string;
  /** What it always has. */
  readonly hosts: readonly string[];
  /** Names that were asked for: where one is missing, the certificate is made anew. */
  readonly asked: readonly string[];
  /** True where the authority stands behind it in the file: clients that trust this one file then need nothing else. */
  readonly chain: boolean;
  /** Groups whose members may read the key. */
  readonly groups: readonly number[];
}

export interface PairWish {
  readonly renew: boolean;
  readonly newKey: boolean;
  readonly days: number;
  readonly now: number;
}

/**
 * Key and certificate of a server, made where they are not there; a key is made once, a certificate again where `renew` or
 * a name ask for it. Its authority's certificate stands beside it, unless the certificate is another one's: then false is returned.
 * @throws SisockError `bad_setting` where one is to be made and can't
 */
export async function ensurePair(
  site: SiteDirectory,
  plan: ServerPlan,
  authority: Authority,
  wish: PairWish,
  report: SiteReport,
): Promise<boolean> {
  const paths = pathsOf(plan.directory);
  const key = readKey(site, paths.key);
  const cert = site.read(paths.cert);
  const certificate = cert === null ? null : parse(cert);
  const signed = certificate !== null && isSignedBy(certificate, authority);
  const fits = certificate !== null && (key === 'unreadable' || (key !== null && fitsKey(certificate, key)));
  if (site.protect(paths.key, plan.groups)) report.changed(paths.key, 'mode 600 now: others could read it');

  const missing = plan.asked.filter((host) => certificate === null || !hasHost(certificate, host));
  const renew = wish.renew || wish.newKey || (signed && fits && missing.length > 0);
  if (cert !== null && !renew) {
    tellKept({ paths, certificate, fits, signed, key, missing, now: wish.now }, report);
    if (signed) placeAuthority(site, paths.authority, authority, false, report);
    return signed;
  }
  if (authority.key === null) {
    throw new SisockError('bad_setting', `${authorityFiles.key} is not there: bring it back to sign ${paths.cert}`);
  }
  const end = Date.parse(authority.certificate.validTo) / 1000;
  const until = Math.min(wish.now + wish.days * day, end);
  if (until <= wish.now) throw new SisockError('bad_setting', `${authorityFiles.cert} has expired: give --new-ca`);
  let source: string;
  if (key === null || wish.newKey) {
    const made = newKey();
    const aside = key === null ? null : site.setAside(paths.key);
    site.write(paths.key, made, modes.secret);
    report.made(paths.key, aside === null ? undefined : `the former one is ${aside}`);
    source = made;
  } else if (key === 'unreadable') {
    // Another user's (the database's): its public half stands in the certificate.
    if (cert === null || certificate === null) throw new SisockError('bad_setting', `${paths.key} can't be read`);
    source = cert;
  } else {
    source = key;
  }
  const aside = cert !== null && !signed ? site.setAside(paths.cert) : null;
  const formerHosts = certificate === null ? [] : hostsOf(certificate);
  const hosts = [...new Set([...plan.hosts, ...formerHosts, ...plan.asked])];
  const made = await signedCertificate(
    paths.key,
    source,
    hosts,
    { ...authority, key: authority.key },
    {
      from: wish.now - backdated,
      until,
    },
  );
  site.write(paths.cert, plan.chain ? made + authority.cert : made, modes.file);
  const note = `until ${dateOf(new Date(until * 1000).toISOString())}; ${hosts.join(', ')}`;
  if (cert === null) report.made(paths.cert, note);
  else report.changed(paths.cert, `${note}${aside === null ? '' : `; the former one is ${aside}`}`);
  placeAuthority(site, paths.authority, authority, true, report);
  return true;
}

function pathsOf(directory: string) {
  return {
    key: `${directory}/server_key.pem`,
    cert: `${directory}/server_cert.pem`,
    authority: `${directory}/ca_cert.pem`,
  };
}

function readKey(site: SiteDirectory, path: string): string | null {
  try {
    return site.read(path);
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code === 'EACCES') return 'unreadable';
    throw error;
  }
}

function parse(cert: string): X509Certificate | null {
  try {
    return new X509Certificate(cert);
  } catch {
    return null;
  }
}

function isSignedBy(certificate: X509Certificate, { certificate: authority }: Authority): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function fitsKey(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function signedCertificate(
  keyPath: string,
  source: string,
  hosts: readonly string[],
  authority: { readonly key: string; readonly cert: string },
  validity: { readonly from: number; readonly until: number },
): Promise<string> {
  try {
    return await serverCertificate(source, hosts, authority, validity);
  } catch (error) {
    if (error instanceof SisockError) throw error;
    throw new SisockError(
      'bad_setting',
      `${keyPath} holds no private key in PEM form (without a password): --new-key makes another`,
      { cause: error },
    );
  }
}

/** Names and addresses of a certificate. */
export function hostsOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.split(', ').flatMap((entry) => {
    const [, host] = /^(?:DNS|IP Address):([^"]+)$/.exec(entry) ?? [];
    return host === undefined ? [] : [hostName(host)];
  });
}

function hasHost(certificate: X509Certificate, host: string): boolean {
  return hostsOf(certificate).includes(host);
}

interface KeptPair {
  readonly paths: ReturnType<typeof pathsOf>;
  readonly certificate: X509Certificate | null;
  readonly fits: boolean;
  readonly signed: boolean;
  readonly key: string | null;
  readonly missing: readonly string[];
  readonly now: number;
}

function tellKept({ paths, certificate, fits, signed, key, missing, now }: KeptPair, report: SiteReport): void {
  if (certificate === null) {
    report.problem(paths.cert, 'holds no certificate in PEM form: --renew makes one');
    return;
  }
  if (!fits) {
    report.problem(
      paths.key,
      `is ${key === null ? 'not there' : 'not the key of server_cert.pem'}: bring it back, or give --renew`,
    );
    return;
  }
  const daysLeft = (Date.parse(certificate.validTo) / 1000 - now) / day;
  const end = dateOf(certificate.validTo);
  if (daysLeft < 0) {
    report.problem(paths.cert, `has expired (${end}): --renew makes another`);
    return;
  }
  const notes = [
    ...(daysLeft < soonDays ? [`expires on ${end}: --renew makes another`] : []),
    ...(missing.length === 0 ? [] : [`without ${missing.join(', ')}`]),
    ...(signed ? [] : [`not signed by ${authorityFiles.cert}: --renew makes one that is`]),
  ];
  report.kept(paths.key);
  report.kept(paths.cert, notes.length > 0 ? notes.join('; ') : `until ${end}`);
}

function placeAuthority(
  site: SiteDirectory,
  path: string,
  authority: Authority,
  replace: boolean,
  report: SiteReport,
): void {
  const there = site.read(path);
  if (there === authority.cert) {
    report.kept(path);
    return;
  }
  if (there !== null && !replace) {
    report.problem(path, `is not ${authorityFiles.cert}, which signed server_cert.pem: --renew puts it there`);
    return;
  }
  const aside = there === null ? null : site.setAside(path);
  site.write(path, authority.cert, modes.file);
  if (aside === null) report.made(path);
  else report.changed(path, `the former one is ${aside}`);
}
