import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SisockError } from '@sisock/core';
import { certificatesOf } from '../crossbar-files.js';

/** The router and what its certificate is verified by. */
export interface TlsPeer {
  readonly url: string;
  readonly caFile: string | undefined;
  /** PEM text of `caFile`. */
  readonly ca: string | undefined;
}

const unknownAuthority: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);
const misnamed = 'ERR_TLS_CERT_ALTNAME_INVALID';
const outOfDate: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
]);

/**
 * What a failed handshake says of certificates, null for anything else. `bad_setting` where files or settings must be
 * changed, `unavailable` where a renewed certificate or the right time mends it.
 */
export function certificateFault(error: unknown, peer: TlsPeer): SisockError | null {
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  if (typeof code !== 'string') return null;
  const theirs = `the certificate of the router at ${peer.url}`;
  if (code === misnamed) {
    const why = typeof reason === 'string' ? reason.slice(0, 200) : code;
    const cure = 'set CROSSBAR_HOST (or WAMP_URI) to a name it has, or make one with this name';
    return new SisockError('bad_setting', `${theirs} is for other names: ${cure} (${why})`);
  }
  if (unknownAuthority.has(code)) {
    const [by, cure] =
      peer.caFile === undefined
        ? ['any authority of this system', 'set CROSSBAR_CA to the PEM file of its CA']
        : [JSON.stringify(peer.caFile), "put the certificate of the router's CA, or its self-signed one, there"];
    return new SisockError('bad_setting', `${theirs} is not signed by ${by} (CROSSBAR_CA): ${cure} (${code})`);
  }
  const state = outOfDate.get(code);
  if (state === undefined) return null;
  const now = Date.now();
  const own = certificatesOf(peer.ca ?? '').some((c) => Date.parse(c.validTo) < now || Date.parse(c.validFrom) > now);
  const which = own ? `a certificate in ${JSON.stringify(peer.caFile)} (CROSSBAR_CA)` : theirs;
  const cure = own ? 'put the renewed one there' : 'renew server_cert.pem of the router';
  return new SisockError('unavailable', `${which} ${state}: ${cure}, or set the clock of this machine (${code})`);
}

/** Failures that a port of the other kind, plain for TLS or TLS for plain, may have caused. */
export function mayBeWrongPort({ code, message }: { readonly code?: unknown; readonly message?: unknown }): boolean {
  if (typeof code === 'string' && /^(ECONNRESET|EPIPE|EPROTO|ERR_SSL_|HPE_)/.test(code)) return true;
  return typeof message === 'string' && /hang up|disconnected before secure|handshake has timed out/.test(message);
}

const probeMs = 2000;

/**
 * Asks a port that broke off our handshake whether it speaks the other protocol. Only what kind of bytes it answers is
 * looked at: nothing is sent that is worth anything.
 */
export async function wrongPort(peer: TlsPeer, signal: AbortSignal): Promise<SisockError | null> {
  const url = new URL(peer.url);
  const secure = url.protocol === 'wss:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (secure ? 443 : 80);
  if (!(await (secure ? speaksHttp : speaksTls)(host, port, signal))) return null;
  return new SisockError(
    'bad_setting',
    secure
      ? `the router at ${peer.url} speaks plain text there, no TLS: check CROSSBAR_TLS_PORT (or WAMP_URI)`
      : `the router at ${peer.url} speaks TLS there, no plain text: check CROSSBAR_OCS_PORT (or WAMP_URI), or set CROSSBAR_CA to join by TLS`,
  );
}

function speaksTls(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host, port }, () => finish(true));
    const finish = closer(socket, signal, resolve);
    // A certificate that we would refuse is one all the same.
    socket.on('error', (error) =>
      finish(certificateFault(error, { url: '', caFile: undefined, ca: undefined }) !== null),
    );
  });
}

function speaksHttp(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () =>
      socket.write('GET / HTTP/1.1\r\nHost: router\r\nConnection: close\r\n\r\n'),
    );
    const finish = closer(socket, signal, resolve);
    socket.on('data', (bytes: Buffer) => finish(bytes.subarray(0, 5).toString('latin1') === 'HTTP/'));
    socket.on('error', () => finish(false));
  });
}

/** Ends a probe, once: by its answer, the end of the connection, the deadline or the signal. */
function closer(
  socket: { destroy(): unknown; once(event: 'close', listener: () => void): unknown },
  signal: AbortSignal,
  resolve: (answer: boolean) => void,
) {
  const finish = (answer: boolean) => {
    clearTimeout(deadline);
    signal.removeEventListener('abort', stop);
    socket.destroy();
    resolve(answer);
  };
  const stop = () => finish(false);
  const deadline = setTimeout(stop, probeMs);
  signal.addEventListener('abort', stop);
  socket.once('close', stop);
  return finish;
}
