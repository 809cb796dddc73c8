import type { X509Certificate } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { SisockError } from '@sisock/core';
import type { TlsPair } from '@sisock/router';
import type { Logger, Service } from '@sisock/runtime';
import { optionalSetting, words } from '@sisock/runtime';
import { certificatesOf, crossbarDirectory, crossbarFiles, readIfThere } from '@sisock/wamp';

/** Settings of who presents the router's certificate. */
export const certificateSettings = {
  CROSSBAR_DIR: crossbarDirectory,
  CROSSBAR_CERT: optionalSetting(
    words,
    "PEM file of the router's certificate, its chain after it; unset: server_cert.pem in CROSSBAR_DIR, where it is",
  ),
  CROSSBAR_KEY: optionalSetting(words, 'PEM file of its private key; unset: server_key.pem in CROSSBAR_DIR'),
};

/** The two files, whether they are there or not. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

interface CertificateChoice {
  readonly CROSSBAR_DIR: string;
  readonly CROSSBAR_CERT: string | undefined;
  readonly CROSSBAR_KEY: string | undefined;
}

/**
 * The files of the router's certificate; null where there are none and none are asked for: then there is no TLS.
 * @throws SisockError `bad_setting` where only one of the two is there
 */
export function certificateFiles(choice: CertificateChoice): CertificateFiles | null {
  const { CROSSBAR_DIR: directory, CROSSBAR_CERT, CROSSBAR_KEY } = choice;
  const files = {
    cert: CROSSBAR_CERT ?? join(directory, crossbarFiles.certificate),
    key: CROSSBAR_KEY ?? join(directory, crossbarFiles.key),
  };
  const asked = CROSSBAR_CERT !== undefined || CROSSBAR_KEY !== undefined;
  if (!asked && !isThere(files.cert) && !isThere(files.key)) return null;
  return files;
}

/**
 * Certificate and key, checked: they can be read and belong together.
 * @throws SisockError `bad_setting` that names the file and the cure
 */
export function readCertificate({ cert, key }: CertificateFiles): TlsPair & { readonly certificate: X509Certificate } {
  const pair = { cert: mustRead(cert, 'CROSSBAR_CERT', 'certificate'), key: mustRead(key, 'CROSSBAR_KEY', 'key') };
  const [certificate] = certificatesOf(pair.cert);
  if (certificate === undefined) throw wrong(cert, 'CROSSBAR_CERT', 'holds no certificate in PEM form');
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(pair.key));
  } catch (error) {
    throw wrong(key, 'CROSSBAR_KEY', 'holds no private key in PEM form (without a password)', error);
  }
  if (!fits) {
    throw wrong(
      key,
      'CROSSBAR_KEY',
      `is not the key of ${JSON.stringify(cert)} (CROSSBAR_CERT): take both from one set-up`,
    );
  }
  return { ...pair, certificate };
}

/** What clients will say of the dates of a certificate; null where nothing. */
export function dateProblem({ validFrom, validTo }: X509Certificate, now: number): string | null {
  if (Date.parse(validTo) < now * 1000) return `has expired (${validTo}): clients refuse it until it is renewed`;
  if (Date.parse(validFrom) > now * 1000) return `is valid only from ${validFrom}: clients refuse it until then`;
  return null;
}

interface Watch {
  readonly files: CertificateFiles;
  readonly renew: (pair: TlsPair) => void;
  readonly log: Logger;
  readonly clock: () => number;
  readonly everyMs?: number;
}

/** Looks after the files: a pair that changed and is sound is used for who connects from then on, without a restart. */
export function watchCertificate({ files, renew, log, clock, everyMs = 2000 }: Watch): Service {
  let seen = stateOf(files);
  let problem = '';
  const timer = setInterval(() => {
    const state = stateOf(files);
    if (state === seen) return;
    try {
      const { certificate, ...pair } = readCertificate(files);
      renew(pair);
      seen = state;
      problem = '';
      log.info({ file: files.cert, until: certificate.validTo }, 'certificate renewed');
      tellDates(certificate, files, log, clock);
    } catch (error) {
      // Half of a pair may be written already: the former one serves until both fit.
      const { message } = error as Error;
      if (message !== problem) log.warn({ reason: message }, 'changed certificate not usable: the former one stays');
      problem = message;
    }
  }, everyMs);
  timer.unref();
  return { close: async () => clearInterval(timer) };
}

/** One line where clients will refuse the certificate for its dates. */
export function tellDates(certificate: X509Certificate, { cert }: CertificateFiles, log: Logger, clock: () => number) {
  const problem = dateProblem(certificate, clock());
  if (problem !== null) log.warn({ file: cert }, `certificate ${JSON.stringify(cert)} (CROSSBAR_CERT) ${problem}`);
}

/** A file as a configuration in `directory` names it: by its name alone where it is in there. */
export function nameWithin(directory: string, file: string): string {
  const inside = relative(directory, file);
  return inside.startsWith('..') || isAbsolute(inside) ? resolve(file) : inside;
}

function isThere(path: string): boolean {
  return stateOfFile(path) !== 'gone';
}

function stateOf({ cert, key }: CertificateFiles): string {
  return `${stateOfFile(cert)} ${stateOfFile(key)}`;
}

function stateOfFile(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    const { code = 'error' } = error as { code?: string };
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : code;
  }
}

function mustRead(path: string, name: string, what: string): string {
  const text = readIfThere(path, `${what} file ${JSON.stringify(path)} (${name})`);
  if (text === null)
    throw wrong(path, name, `is not there: make a ${what}, or set ${name} (docs/crossbar.md tells how)`);
  return text;
}

function wrong(path: string, name: string, problem: string, cause?: unknown): SisockError {
  return new SisockError('bad_setting', `${JSON.stringify(path)} (${name}) ${problem}`, { cause });
}
