import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { SisockError } from '@sisock/core';

/**
 * Lets a page open the WebSocket only from where it was served itself, or from an allowed origin: browsers ask no
 * permission for WebSockets, so any page could read along otherwise. The Host it was served under must be an address, a
 * name without dots or `localhost`: a public name that was pointed at this machine (DNS rebinding) has dots. Programs
 * send no Origin and are let in.
 * @throws SisockError `bad_request` naming the origin.
 */
export function checkOrigin(request: IncomingMessage, allowedOrigins: readonly string[]): void {
  const { origin, host = '' } = request.headers;
  if (origin === undefined || allowedOrigins.includes(origin)) return;
  const page = parse(origin);
  const here = parse(`http://${host}`);
  const own = page !== null && here !== null && page.host === here.host && isLocalName(here.hostname);
  if (own) return;
  throw new SisockError(
    'bad_request',
    `a page of ${JSON.stringify(origin.slice(0, 200))} may not open this WebSocket: allow it by SISOCK_ORIGINS`,
  );
}

function isLocalName(hostname: string): boolean {
  return !hostname.includes('.') || isIP(hostname) !== 0 || hostname.endsWith('.localhost');
}

function parse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
