import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';
import { writeHk } from '@sisock/codecs/g3';

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

let made: string[] = [];
afterEach(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
  made = [];
});

/** A path in a directory of its own that is gone after the test. */
export function scratch(name = 'a.g3'): string {
  const directory = mkdtempSync(join(tmpdir(), 'g3-files-'));
  made.push(directory);
  return join(directory, name);
}

/** Steps of a generator, and what it returns. */
export async function all<T, R>(generator: AsyncGenerator<T, R>): Promise<{ steps: T[]; end: R }> {
  const steps: T[] = [];
  for (;;) {
    const { done, value } = await generator.next();
    if (done === true) return { steps, end: value };
    steps.push(value);
  }
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

export const session = writeHk({ kind: 'session', sessionId: 5n, startTime: 1, description: 'test' });
export const status = writeHk({
  kind: 'status',
  sessionId: 5n,
  timestamp: 1,
  providers: [{ id: 0n, description: 'observatory.a.feeds.x' }],
});

/** A data frame of `n` samples, one a second from `first` on. */
export function data(first: number, n = 10, providerId = 0n, sessionId = 5n): Uint8Array {
  const ticks = BigInt64Array.from({ length: n }, (_, i) => BigInt(first + i) * 100_000_000n);
  const v = Float64Array.from({ length: n }, (_, i) => first + i);
  const columns = new Map([['f', { kind: 'f64', v } as const]]);
  return writeHk({ kind: 'data', sessionId, providerId, timestamp: 1, blocks: [{ name: 'b', ticks, columns }] });
}
