import type { IncomingMessage } from 'node:http';
import { type Credentials, SisockError } from '@sisock/core';

/**
 * The credentials of a request's Authorization header (RFC 6750 Bearer, RFC 7617 Basic).
 * @throws SisockError `not_authorized` for another scheme or one that can't be read.
 */
export function credentialsOf(request: IncomingMessage): Credentials {
  const header = request.headers.authorization;
  if (header === undefined) return { kind: 'none' };
  const [, scheme = '', rest = ''] = /^(\S+) +(\S+)$/.exec(header.trim()) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', token: rest };
  if (scheme.toLowerCase() === 'basic') {
    const text = Buffer.from(rest, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon >= 0) return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  throw new SisockError('not_authorized', 'the Authorization header is neither Basic nor Bearer with its credentials');
}
