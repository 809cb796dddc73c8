/** g3 files between us and so3g: what one writes the other gives back, and `sisock g3` says what so3g says. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Column } from '@sisock/core';
import { type HkBlock, type HkFrameToWrite, writeHk } from '@sisock/codecs/g3';
import fc from 'fast-check';
import { stopAllProcesses } from './peers/peer-process.js';
import { type PythonPeer, startPython } from './peers/python.js';

const command = fileURLToPath(new URL('../../packages/stack/dist/bin/sisock.js', import.meta.url));
const minI64 = -(2n ** 63n);
const maxI64 = 2n ** 63n - 1n;
const feeds = ['observatory.a.feeds.x', 'observatory.b.feeds.é'] as const;

let python: PythonPeer;
let directory: string;
let files = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sisock-g3-'));
  python = await startPython('g3_files.py');
});

afterAll(async () => {
  await stopAllProcesses();
  rmSync(directory, { recursive: true, force: true });
});

function newPath(): string {
  return join(directory, `${files++}.g3`);
}

async function sisock(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [command, 'g3', ...args], {
    maxBuffer: 2 ** 28,
  });
  expect(stderr).toBe('');
  return stdout;
}

const i64 = fc.oneof(
  fc.bigInt({ min: minI64, max: maxI64 }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.constantFrom(minI64, maxI64, -128n, 127n, -32768n, 2147483648n),
);

function column(n: number): fc.Arbitrary<Column> {
  const of = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: n, maxLength: n });
  return fc.oneof(
    of(fc.double()).map((v): Column => ({ kind: 'f64', v: Float64Array.from(v) })),
    of(i64).map((v): Column => ({ kind: 'i64', v: BigInt64Array.from(v) })),
    of(fc.nat(1)).map((v): Column => ({ kind: 'bool', v: Uint8Array.from(v) })),
    of(fc.string({ unit: 'grapheme', maxLength: 8 })).map((v): Column => ({ kind: 'str', v })),
  );
}

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,12}$/);
const block: fc.Arbitrary<Omit<HkBlock, 'index'>> = fc.nat(10).chain((n) =>
  fc.record({
    name,
    ticks: fc.array(i64, { minLength: n, maxLength: n }).map((ticks) => BigInt64Array.from(ticks)),
    columns: fc.array(fc.tuple(name, column(n)), { minLength: 1, maxLength: 5 }).map((columns) => new Map(columns)),
  }),
);
const dataFrame = fc.record({ provider: fc.nat(1), blocks: fc.array(block, { maxLength: 3 }) });

function hex(values: NodeJS.ArrayBufferView): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');
}

/** A double's bytes, all NaNs alike. */
function exact(column: Column): unknown[] {
  return [column.kind, column.kind === 'str' ? column.v : hex(column.v)];
}

describe('a file of our writer', () => {
  it('is given back by so3g as it was written, whatever the values', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(dataFrame, { maxLength: 5 }), i64, async (data, sessionId) => {
        const ids = [0n, 7n] as const;
        const providers = feeds.map((description, i) => ({ id: ids[i]!, description }));
        const written: HkFrameToWrite[] = [
          { kind: 'session', sessionId, startTime: 1.6e9, description: 'ours' },
          { kind: 'status', sessionId, timestamp: 1.6e9, providers },
          ...data.map(({ provider, blocks }): HkFrameToWrite => {
            const providerId = ids[provider]!;
            return { kind: 'data', sessionId, providerId, timestamp: 1.6e9, address: feeds[provider]!, blocks };
          }),
        ];
        const path = newPath();
        writeFileSync(path, Buffer.concat(written.map(writeHk)));
        const read = await python.ask({ do: 'frames', path });
        const common = { session: String(sessionId), provider: null, providers: [], address: null, blocks: [] };
        expect(read).toEqual([
          { ...common, type: 0 },
          { ...common, type: 1, providers: providers.map(({ id, description }) => [String(id), description]) },
          ...data.map(({ provider, blocks }) => ({
            ...common,
            type: 2,
            provider: String(ids[provider]),
            address: feeds[provider],
            blocks: blocks.map(({ name, ticks, columns }) => ({
              name,
              ticks: hex(ticks),
              columns: Object.fromEntries([...columns].map(([field, values]) => [field, exact(values)])),
            })),
          })),
        ]);
      }),
      { numRuns: 150 },
    );
  });

  it('is the same to sisock g3 and to so3g, over frames, blocks and providers', async () => {
    const sessionId = 123456789012345678n;
    const at = (frame: number, n: number) =>
      BigInt64Array.from({ length: n }, (_, i) => 160_000_000_012_345_678n + BigInt(frame * n + i) * 33_333_333n);
    const parts = [
      writeHk({ kind: 'session', sessionId, startTime: 1.6e9, description: 'ours' }),
      writeHk({
        kind: 'status',
        sessionId,
        timestamp: 1.6e9,
        providers: feeds.map((description, i) => ({ id: BigInt(i), description })),
      }),
    ];
    for (let frame = 0; frame < 6; frame++) {
      const n = 50;
      const fill = <T>(make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(frame * n + i));
      const columns = new Map<string, Column>([
        [
          'temp',
          { kind: 'f64', v: Float64Array.from(fill((i) => (i % 17 === 0 ? NaN : Math.sin(i) * 10 ** (i % 9)))) },
        ],
        ['Channel_01', { kind: 'i64', v: BigInt64Array.from(fill((i) => BigInt(i - 20) ** BigInt(1 + (i % 7)))) }],
        ['on', { kind: 'bool', v: Uint8Array.from(fill((i) => (i % 3) & 1)) }],
        ['state', { kind: 'str', v: fill((i) => `é${i % 5}`) }],
      ]);
      const other = new Map<string, Column>([['temp', { kind: 'f64', v: Float64Array.from(fill(Number)) }]]);
      const blocks = [{ name: 'main', ticks: at(frame, n), columns }];
      parts.push(writeHk({ kind: 'data', sessionId, providerId: 0n, timestamp: 1.6e9, address: feeds[0], blocks }));
      const two = [{ name: 'other', ticks: at(frame, n), columns: other }];
      parts.push(writeHk({ kind: 'data', sessionId, providerId: 1n, timestamp: 1.6e9, blocks: two }));
    }
    const path = newPath();
    writeFileSync(path, Buffer.concat(parts));
    await saysAsSo3g([path], 5);
  });
});

describe('files of so3g, cast as OCS does', () => {
  it('are the same to sisock g3 and to so3g', async () => {
    const paths = [newPath(), newPath()];
    for (const [file, path] of paths.entries()) {
      const frames = [0, 1, 2].flatMap((frame) => {
        const times = Array.from({ length: 20 }, (_, i) => 1.6e9 + file * 100 + frame * 30 + i + 0.123456789);
        const over = <T>(make: (t: number) => T) => times.map((_, i) => make(file * 1000 + frame * 100 + i));
        return [
          [
            0,
            'temps',
            times,
            { Channel_01: over((i) => ({ $float: String(i / 3) })), raw: over((i) => i * 1_000_003) },
          ],
          [
            0,
            'flags',
            times.slice(0, 7),
            { on: over((i) => i % 2 === 0).slice(0, 7), text: over((i) => `v ${i} é`).slice(0, 7) },
          ],
          [
            1,
            'big',
            times,
            {
              n: over((i) => ({ $int: String(BigInt(i) * 10n ** 15n) })),
              odd: over((i) => ({ $float: i % 2 ? 'nan' : 'inf' })),
            },
          ],
        ];
      });
      await python.ask({ do: 'write', path, providers: [...feeds], frames });
    }
    await saysAsSo3g(paths, 6);
    expect(JSON.parse(await sisock('check', ...paths, '--json'))).toEqual([]);
  });
});

describe('the output of sisock g3', () => {
  it('may be left unread', async () => {
    const path = newPath();
    const times = Array.from({ length: 60_000 }, (_, i) => 1.6e9 + i);
    const frames = [[0, 'b', times, { a: times.map((_, i) => i) }]];
    await python.ask({ do: 'write', path, providers: [...feeds], frames });
    const script = 'set -o pipefail; "$0" "$1" g3 cat "$2" --field a | head -n 2';
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script, process.execPath, command, path]);
    expect([stdout, stderr]).toEqual([`t,${feeds[0]}.a\n1600000000,0\n`, '']);
  });
});

/** Every field of the files, with all of its samples. */
async function saysAsSo3g(paths: readonly string[], count: number): Promise<void> {
  type Samples = { readonly t: readonly number[]; readonly v: readonly unknown[] };
  const archive = (await python.ask({ do: 'archive', paths })) as Record<string, Samples>;
  expect(Object.keys(archive)).toHaveLength(count);
  const listed = JSON.parse(await sisock('fields', ...paths, '--json')) as Record<string, unknown>[];
  const types: Record<string, string> = { number: 'number', string: 'string', boolean: 'bool' };
  const expected = Object.entries(archive).map(([field, { t, v }]) => {
    const isBig = v.some((value) => typeof value === 'string' && /^-?\d{16,}$/.test(value));
    const sample = v.find((value) => value !== null);
    const type = isBig || sample === undefined ? 'number' : types[typeof sample];
    return { field, type, count: v.length, start: t[0], end: t.at(-1) };
  });
  expect(sorted(listed)).toEqual(sorted(expected));
  for (const [field, samples] of Object.entries(archive)) {
    expect(JSON.parse(await sisock('cat', ...paths, '--field', field, '--json'))).toEqual(samples);
  }
}

function sorted(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return [...rows].sort((a, b) => (String(a['field']) < String(b['field']) ? -1 : 1));
}
