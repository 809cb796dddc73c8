import { createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AuthMethod } from './authenticator.js';

/** A user of WAMP-CRA, in the form of Crossbar's configuration. */
export interface CraUser {
  readonly role: string;
  /** With a salt: the key that `deriveKey` makes of the password, not the password itself. */
  readonly secret: string;
  readonly salt?: string;
  /** Default 1000. */
  readonly iterations?: number;
  /** Bytes; default 32. */
  readonly keylen?: number;
}

const defaultIterations = 1000;
const defaultKeyLength = 32;

/**
 * Challenge and response with a shared secret (WAMP specification, "Challenge Response Authentication"). A name that
 * nobody has is challenged too, so that names cannot be found out by trying.
 */
export function wampcra(users: Readonly<Record<string, CraUser>>, now: () => number): AuthMethod {
  const known = new Map(Object.entries(users));
  return {
    name: 'wampcra',
    begin(authid, session) {
      const user = authid === undefined ? undefined : known.get(authid);
      const identity = {
        authid: authid ?? '',
        authrole: user?.role ?? '',
        authmethod: 'wampcra',
        authprovider: 'static',
      };
      const challenge = JSON.stringify({
        ...identity,
        nonce: randomBytes(18).toString('base64'),
        timestamp: new Date(now() * 1000).toISOString(),
        session,
      });
      const expected = sign(user?.secret ?? randomBytes(32), challenge);
      const { salt, iterations = defaultIterations, keylen = defaultKeyLength } = user ?? {};
      return {
        kind: 'challenge',
        method: 'wampcra',
        extra: { challenge, ...(salt !== undefined && { salt, iterations, keylen }) },
        check: (signature) => (user !== undefined && same(signature, expected) ? identity : undefined),
      };
    },
  };
}

/** The secret of a salted user: PBKDF2 with SHA-256, as base64 (WAMP specification, "Salted Passwords"). */
export function deriveKey(
  password: string,
  salt: string,
  iterations = defaultIterations,
  keylen = defaultKeyLength,
): string {
  return pbkdf2Sync(password, salt, iterations, keylen, 'sha256').toString('base64');
}

function sign(secret: string | Buffer, challenge: string): string {
  return createHmac('sha256', secret).update(challenge).digest('base64');
}

function same(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
