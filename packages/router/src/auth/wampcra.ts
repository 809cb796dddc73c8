import { createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AuthMethod } from './authenticator.js';

/** A user of WAMP-CRA, in the form of Crossbar's configuration. */
export interface CraUser {
  readonly role: string;
  /** The password, salted or not: what is stored must be kept secret either way. */
  readonly secret: string;
  /** The key is derived from the password by PBKDF2 with this salt (WAMP specification, "Salted Passwords"). */
  readonly salt?: string;
  /** Default 1000. */
  readonly iterations?: number;
  /** Bytes of the derived key; default 32. */
  readonly keylen?: number;
}

/** How a client with a salted password makes its key: part of the challenge. */
interface Salting {
  readonly salt: string;
  readonly iterations: number;
  readonly keylen: number;
}

/**
 * Challenge and response with a shared secret (WAMP specification, "Challenge Response Authentication"). A name that
 * nobody has is challenged too, so that names cannot be found out by trying.
 */
export function wampcra(users: Readonly<Record<string, CraUser>>, now: () => number): AuthMethod {
  const known = new Map(
    Object.entries(users).map(([authid, user]) => {
      const salting = saltingOf(user);
      const key = salting === undefined ? user.secret : deriveKey(user.secret, salting);
      return [authid, { role: user.role, key, salting }];
    }),
  );
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
      const expected = sign(user?.key ?? randomBytes(32), challenge);
      return {
        kind: 'challenge',
        method: 'wampcra',
        extra: { challenge, ...user?.salting },
        check: (signature) => (user !== undefined && same(signature, expected) ? identity : undefined),
      };
    },
  };
}

/** The parameters of a salted user with their defaults, as Crossbar wants them written out. */
export function saltingOf({ salt, iterations = 1000, keylen = 32 }: CraUser): Salting | undefined {
  return salt === undefined ? undefined : { salt, iterations, keylen };
}

function deriveKey(password: string, { salt, iterations, keylen }: Salting): string {
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
