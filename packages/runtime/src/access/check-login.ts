import { createHmac, randomBytes } from 'node:crypto';
import { type CheckLogin, type Clock, type Login, SisockError } from '@sisock/core';
import { countAttempts, networkOf } from './attempts.js';
import { verifySecret } from './hash-secret.js';

/** Every limit of logging in. */
export interface LoginLimits {
  /** A good login is taken for granted this long, so that each request doesn't cost a hash. */
  readonly rememberSec: number;
  /** Good logins remembered at once. */
  readonly remembered: number;
  /** Wrong logins of one name from one address in a window. */
  readonly failuresByName: number;
  /** Wrong logins of one address in a window, whatever the names. */
  readonly failuresByAddress: number;
  readonly windowSec: number;
  /** Addresses and names whose failures are remembered. */
  readonly counted: number;
  /** Hashes worked on or waited for at once. */
  readonly hashes: number;
  /** Longest secret that is looked at. */
  readonly secretLength: number;
}

export const defaultLoginLimits: LoginLimits = {
  rememberSec: 60,
  remembered: 1000,
  failuresByName: 10,
  failuresByAddress: 100,
  windowSec: 60,
  counted: 10_000,
  hashes: 32,
  secretLength: 1024,
};

interface CheckLoginOptions {
  readonly clock: Clock;
  readonly limits?: Partial<LoginLimits>;
  /** Stands in for the slow hash in tests. */
  readonly verify?: typeof verifySecret;
}

/**
 * Checks logins by their hashes. Good ones are remembered for a while, by a keyed digest and the hash they fitted: no
 * secret stays in memory, and a changed entry counts at once. Wrong ones are counted by address and name; a login that is
 * remembered passes all the same.
 */
export function loginChecker({ clock, limits: given, verify = verifySecret }: CheckLoginOptions): CheckLogin {
  const limits = { ...defaultLoginLimits, ...given };
  const { windowSec, counted: keys } = limits;
  const byName = countAttempts({ clock, most: limits.failuresByName, windowSec, keys });
  const byAddress = countAttempts({ clock, most: limits.failuresByAddress, windowSec, keys });
  const good = new Map<string, number>();
  const running = new Map<string, Promise<boolean>>();
  const digestKey = randomBytes(32);
  const digest = ({ kind, name, secret }: Login, hash: string | undefined) =>
    createHmac('sha256', digestKey)
      .update(JSON.stringify([kind, name, secret, hash ?? null]))
      .digest('base64');

  const isRemembered = (id: string) => {
    const left = (good.get(id) ?? 0) - clock();
    return left > 0 && left <= limits.rememberSec;
  };

  const hashOnce = async (id: string, login: Login, hash: string | undefined): Promise<boolean> => {
    const known = running.get(id);
    if (known !== undefined) return known;
    if (running.size >= limits.hashes) throw tooMany(`${limits.hashes} logins are checked already`, 1);
    const checking = verify(login.secret, hash);
    running.set(id, checking);
    try {
      return await checking;
    } finally {
      running.delete(id);
    }
  };

  return async (login, hash) => {
    if (login.secret.length > limits.secretLength || login.name.length > limits.secretLength) return false;
    const id = digest(login, hash);
    if (isRemembered(id)) return true;
    const address = networkOf(login.from);
    const name = JSON.stringify([address, login.kind, login.name]);
    const wait = Math.max(byName.wait(name), byAddress.wait(address));
    if (wait > 0) throw tooMany('too many wrong logins', wait);
    if (await hashOnce(id, login, hash)) {
      good.delete(id);
      good.set(id, clock() + limits.rememberSec);
      for (const oldest of good.keys()) {
        if (good.size <= limits.remembered) break;
        good.delete(oldest);
      }
      return true;
    }
    byName.failed(name);
    byAddress.failed(address);
    return false;
  };
}

function tooMany(what: string, seconds: number): SisockError {
  return new SisockError('too_many', `${what}: try again in ${seconds} s`);
}
