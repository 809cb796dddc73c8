import { join } from 'node:path';
import type { Clock } from '@sisock/core';
import { certificatesOf, crossbarFiles } from '@sisock/wamp';
import { readCertificate } from '../../cli/certificate.js';
import { dates } from '../checks/certificates.js';
import { fail, type Finding, ok } from '../finding.js';
import { accessFindings } from './access.js';
import { textOf } from './text-of.js';

interface PairPlan {
  readonly root: string;
  /** Where in the site the files are. */
  readonly directory: string;
  /** Names by which other services reach the server. */
  readonly names: readonly string[];
  /** Who has to read the key. */
  readonly user: number;
}

const make = './setup_tls in the directory of the site (sisock site tls DIR) makes what is missing; --renew a new one';

/** A server's certificate and key in a site: there, of one another and of the site's authority, valid, with its names. */
export function checkPair({ root, directory, names, user }: PairPlan, clock: Clock): Finding[] {
  const check = `certificate ${directory}`;
  const path = (name: string) => join(root, directory, name);
  const files = { cert: path(crossbarFiles.certificate), key: path(crossbarFiles.key) };
  const authorityPath = path(crossbarFiles.authority);
  const missing = [files.cert, files.key, authorityPath].flatMap((file) => {
    const { text, problem } = textOf(file);
    return text === null ? [fail(check, `${file} ${problem}`, make)] : [];
  });
  if (missing.length > 0) return missing;
  let certificate;
  try {
    ({ certificate } = readCertificate(files));
  } catch (error) {
    return [fail(check, (error as Error).message, make)];
  }
  const findings: Finding[] = dates(certificate, files.cert, clock()).map((finding) => ({
    ...finding,
    check,
    cure: make,
  }));
  const absent = names.filter((name) => certificate.checkHost(name) === undefined);
  if (absent.length > 0) findings.push(fail(check, `${files.cert} is not for ${absent.join(', ')}`, make));
  const [authority] = certificatesOf(textOf(authorityPath).text ?? '');
  if (authority === undefined) findings.push(fail(check, `${authorityPath} holds no certificate in PEM form`, make));
  else {
    findings.push(...dates(authority, authorityPath, clock()).map((finding) => ({ ...finding, check, cure: make })));
    const isOwn = certificate.fingerprint256 === authority.fingerprint256;
    if (!isOwn && !certificate.verify(authority.publicKey)) {
      findings.push(fail(check, `${files.cert} is not signed by ${authorityPath}`, make));
    }
  }
  findings.push(...accessFindings(check, files.key, user));
  if (findings.length > 0) return findings;
  return [ok(check, `${files.cert} is valid until ${certificate.validTo}, its key fits`)];
}
