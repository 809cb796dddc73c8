import type { Clock } from '@sisock/core';

interface AttemptsOptions {
  readonly clock: Clock;
  /** Failures within `windowSec` after which a key is refused. */
  readonly most: number;
  readonly windowSec: number;
  /** Keys that are remembered; the oldest go first. */
  readonly keys: number;
}

/** Counts failures by key, in windows that begin with the first failure. */
export interface Attempts {
  /** Seconds until the key may try again; 0 when it may now. */
  wait(key: string): number;
  failed(key: string): void;
}

export function countAttempts({ clock, most, windowSec, keys }: AttemptsOptions): Attempts {
  const counts = new Map<string, { readonly since: number; failures: number }>();
  const present = (key: string) => {
    const one = counts.get(key);
    // A clock that was set back begins a new window.
    const age = one === undefined ? Infinity : clock() - one.since;
    if (one !== undefined && age >= 0 && age < windowSec) return one;
    counts.delete(key);
    return undefined;
  };
  return {
    wait: (key) => {
      const one = present(key);
      return one === undefined || one.failures < most ? 0 : Math.max(1, Math.ceil(one.since + windowSec - clock()));
    },
    failed: (key) => {
      const one = present(key) ?? { since: clock(), failures: 0 };
      one.failures++;
      counts.set(key, one);
      for (const oldest of counts.keys()) {
        if (counts.size <= keys) break;
        counts.delete(oldest);
      }
    },
  };
}

/** Addresses of one network count as one: an IPv6 client has 2^64 of its own. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
