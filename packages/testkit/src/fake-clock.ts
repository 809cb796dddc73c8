import type { Clock } from '@sisock/core';

/** A clock that stands still until told. UNIX seconds. */
export type FakeClock = Clock & {
  advance(seconds: number): void;
  set(time: number): void;
};

export function fakeClock(start = 1_500_000_000): FakeClock {
  let now = start;
  return Object.assign(() => now, {
    advance: (seconds: number) => {
      now += seconds;
    },
    set: (time: number) => {
      now = time;
    },
  });
}
