import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import type { Clock } from '@sisock/core';
import { certificatesOf, crossbarFiles, readTrust } from '@sisock/wamp';
import { fail, type Finding, ok, skip, warn } from '../finding.js';
import type { Place } from '../place.js';

const soonDays = 30;
const renew = "renew server_cert.pem and server_key.pem in the router's .crossbar (docs/crossbar.md)";

interface CertificateOptions {
  readonly place: Place;
  readonly caFile: string | undefined;
  readonly directory: string;
  /** True where something says that the router is to be joined by TLS. */
  readonly wanted: boolean;
  readonly reachable: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Files that are trusted and what the router presents: dates, names, chain. */
export async function checkCertificates(options: CertificateOptions): Promise<readonly Finding[]> {
  const { place, caFile, directory, wanted, reachable } = options;
  if (!place.secure) return withoutTls(directory, wanted, place);
  const findings: Finding[] = [];
  // The directory of a router has its key too; one that has not is a part's, with what it needs to join.
  const has = (file: string) => existsSync(join(directory, file));
  if (has(crossbarFiles.key) && !has(crossbarFiles.configuration)) {
    findings.push(
      warn(
        'certificates',
        `${join(directory, crossbarFiles.configuration)} is not there`,
        'Crossbar needs it: sisock crossbar-config --write (the embedded router does not)',
      ),
    );
  }
  if (caFile !== undefined) {
    for (const certificate of certificatesOf(readTrust(caFile))) {
      findings.push(...dates(certificate, `certificate in ${caFile}`, options.clock()));
    }
  }
  if (!reachable) return [...findings, skip('certificates', 'what the router presents: it can not be reached')];
  return [...findings, ...(await presented(options))];
}

function withoutTls(directory: string, wanted: boolean, { url }: Place): readonly Finding[] {
  if (!wanted) return [ok('certificates', `none is needed: ${url} is plain ws`)];
  const what = existsSync(directory)
    ? `${directory} has no ${crossbarFiles.authority} or ${crossbarFiles.certificate}`
    : `the directory ${directory} is not there`;
  return [
    fail(
      'certificates',
      `${what}: parts join ${url} without TLS`,
      'copy the dot directory .crossbar of the site configuration (copying * leaves it out), or set CROSSBAR_DIR or CROSSBAR_CA',
    ),
  ];
}

async function presented({ place, caFile, clock, signal }: CertificateOptions): Promise<readonly Finding[]> {
  const what = `certificate of ${place.url}`;
  const { certificate, refusal } = await handshake(place, caFile, signal);
  if (certificate === null) {
    return [fail('certificates', `${place.url} speaks no TLS (${refusal})`, 'check CROSSBAR_TLS_PORT')];
  }
  const findings = [...dates(certificate, what, clock())];
  const fits = isIP(place.host) ? certificate.checkIP(place.host) : certificate.checkHost(place.host);
  if (fits === undefined) {
    const names = certificate.subjectAltName ?? certificate.subject;
    findings.push(
      fail(
        'certificates',
        `${what} is for other names than ${place.host}: ${names.replaceAll('\n', ', ')}`,
        'set CROSSBAR_HOST to a name it has, or make a certificate with this name (docs/crossbar.md)',
      ),
    );
  }
  if (refusal !== null && !/EXPIRED|NOT_YET_VALID|ALTNAME/.test(refusal)) {
    findings.push(
      fail(
        'certificates',
        `${what} is not signed by ${caFile ?? 'an authority of this system'} (${refusal})`,
        "give parts the router's server_cert.pem, or its CA as ca_cert.pem or CROSSBAR_CA",
      ),
    );
  }
  const isFine = findings.every((finding) => finding.status !== 'fail');
  return isFine ? [...findings, ok('certificates', `${what} fits ${place.host} and is trusted`)] : findings;
}

/** What is wrong, or soon will be, with the dates of a certificate; `now` in UNIX seconds. */
export function dates({ validFrom, validTo }: X509Certificate, what: string, now: number): Finding[] {
  const daysLeft = (Date.parse(validTo) / 1000 - now) / 86_400;
  if (daysLeft < 0) return [fail('certificates', `${what} has expired: it was valid until ${validTo}`, renew)];
  if (Date.parse(validFrom) / 1000 > now) {
    return [fail('certificates', `${what} is valid only from ${validFrom}`, "set this machine's clock, or wait")];
  }
  if (daysLeft >= soonDays) return [];
  return [warn('certificates', `${what} expires in ${Math.floor(daysLeft)} days (${validTo})`, renew)];
}

/** Looks at a certificate that may be wrong: nothing is sent over this connection. */
function handshake({ host, port }: Place, caFile: string | undefined, signal: AbortSignal) {
  return new Promise<{ certificate: X509Certificate | null; refusal: string | null }>((resolve) => {
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      ...(isIP(host) ? {} : { servername: host }),
      ...(caFile === undefined ? {} : { ca: readTrust(caFile), allowPartialTrustChain: true }),
    });
    const stop = () => socket.destroy(new Error('no answer in time'));
    signal.addEventListener('abort', stop);
    const finish = (certificate: X509Certificate | null, refusal: string | null) => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve({ certificate, refusal });
    };
    socket.once('secureConnect', () => {
      const peer: DetailedPeerCertificate = socket.getPeerCertificate(true);
      const error = socket.authorizationError as Error | string | null | undefined;
      const code = (error as { code?: string } | null | undefined)?.code ?? error;
      finish(new X509Certificate(peer.raw), code ? String(code) : null);
    });
    socket.once('error', (error: Error & { code?: string }) => finish(null, error.code ?? error.message));
  });
}
