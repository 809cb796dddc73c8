import { createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { SisockError } from '@sisock/core';

/** What the router asks a session to sign (WAMP 14.2). */
export interface Challenge {
  readonly method: string;
  readonly extra: Readonly<Record<string, unknown>>;
}

export type OnChallenge = (challenge: Challenge) => string | Promise<string>;

const derive = promisify(pbkdf2);

/** A router that asks for more than this wants the CPU, not the key. */
const mostIterations = 1_000_000;
const longestKey = 1024;

/**
 * The signature of a WAMP-CRA challenge (WAMP 14.2.2), with the key derived first where the router salts it.
 * @throws SisockError `not_authorized` when the challenge is of another method or malformed
 */
export async function answerChallenge(
  secret: string | undefined,
  method: string,
  extra: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (secret === undefined || method !== 'wampcra') {
    throw new SisockError('not_authorized', `the router asks for authentication by ${String(method)}`);
  }
  const { challenge, salt } = extra;
  if (typeof challenge !== 'string') throw new SisockError('not_authorized', 'the challenge of the router is no text');
  const key = typeof salt === 'string' && salt !== '' ? await derivedKey(secret, salt, extra) : secret;
  return createHmac('sha256', key).update(challenge).digest('base64');
}

async function derivedKey(secret: string, salt: string, extra: Readonly<Record<string, unknown>>): Promise<string> {
  const { iterations = 1000, keylen = 32 } = extra;
  if (!within(iterations, mostIterations) || !within(keylen, longestKey)) {
    throw new SisockError(
      'not_authorized',
      'the challenge of the router has a wrong number of iterations or key length',
    );
  }
  return (await derive(secret, salt, iterations, keylen, 'sha256')).toString('base64');
}

function within(x: unknown, most: number): x is number {
  return typeof x === 'number' && Number.isInteger(x) && x >= 1 && x <= most;
}
