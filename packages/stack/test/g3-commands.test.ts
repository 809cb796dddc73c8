import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Column } from '@sisock/core';
import { type HkBlock, writeFrame, writeHk } from '@sisock/codecs/g3';
import { g3Commands } from '../src/cli/g3-command.js';
import { main } from '../src/cli/main.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

let made: string[] = [];
afterEach(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
  made = [];
});

function file(parts: readonly Uint8Array[], name = 'a.g3'): string {
  const directory = mkdtempSync(join(tmpdir(), 'g3-commands-'));
  made.push(directory);
  writeFileSync(join(directory, name), Buffer.concat(parts));
  return join(directory, name);
}

/** Runs `sisock g3 <args>`; `read`: how many pieces of output are taken before nobody reads any more. */
async function g3(args: readonly string[], read = Infinity) {
  const said = { status: -1, out: '', err: '', pieces: 0 };
  said.status = await main(['g3', ...args], g3Commands, {
    env: {},
    out: (text) => (said.out += text),
    err: (text) => (said.err += text),
    pour: async (text) => {
      if (said.pieces >= read) return false;
      said.pieces++;
      said.out += text;
      return true;
    },
    isTerminal: false,
    version: '1',
  });
  return said;
}

async function json(args: readonly string[]): Promise<unknown> {
  const { status, out, err } = await g3([...args, '--json']);
  expect([status, err]).toEqual([0, '']);
  return JSON.parse(out);
}

const feed = 'observatory.a.feeds.x';
const session = writeHk({ kind: 'session', sessionId: 5n, startTime: 1, description: 'test' });
const status = writeHk({
  kind: 'status',
  sessionId: 5n,
  timestamp: 1,
  providers: [
    { id: 0n, description: feed },
    { id: 1n, description: 'observatory.b.feeds.y' },
  ],
});

function data(seconds: readonly number[], columns: Record<string, Column>, providerId = 0n): Uint8Array {
  const ticks = BigInt64Array.from(seconds, (s) => BigInt(Math.round(s * 1e8)));
  const block: Omit<HkBlock, 'index'> = { name: 'b', ticks, columns: new Map(Object.entries(columns)) };
  return writeHk({ kind: 'data', sessionId: 5n, providerId, timestamp: 1, blocks: [block] });
}

const f64 = (...v: number[]): Column => ({ kind: 'f64', v: Float64Array.from(v) });
const i64 = (...v: bigint[]): Column => ({ kind: 'i64', v: BigInt64Array.from(v) });
const str = (...v: string[]): Column => ({ kind: 'str', v });
const bool = (...v: number[]): Column => ({ kind: 'bool', v: Uint8Array.from(v) });

describe('sisock g3 fields', () => {
  it('lists full names, types, counts and times, over several files', async () => {
    const first = file([session, status, data([10, 11], { a: f64(1, 2), s: str('x', 'y') })]);
    const second = file([session, status, data([20.5], { a: i64(3n) }), data([1], { q: bool(1) }, 1n)]);
    expect(await json(['fields', first, second])).toEqual([
      { field: `${feed}.a`, type: 'number', count: 3, start: 10, end: 20.5 },
      { field: `${feed}.s`, type: 'string', count: 2, start: 10, end: 11 },
      { field: 'observatory.b.feeds.y.q', type: 'bool', count: 1, start: 1, end: 1 },
    ]);
    const { out } = await g3(['fields', first]);
    expect(out).toMatch(/^FIELD.*\nobservatory\.a\.feeds\.x\.a +number +2 +1970-01-01T00:00:10\.000Z/);
  });

  it.each(['v2_basic_gz.g3.gz', 'v2_basic_bz2.g3.bz2'])('reads %s as the plain file', async (name) => {
    expect(await json(['fields', fixture(name)])).toEqual(await json(['fields', fixture('v2_basic.g3')]));
  });

  it('lists a field of empty blocks without times', async () => {
    const path = file([session, status, data([], { a: f64() })]);
    expect(await json(['fields', path])).toEqual([
      { field: `${feed}.a`, type: 'number', count: 0, start: null, end: null },
    ]);
  });
});

describe('sisock g3 cat', () => {
  const path = () =>
    file([
      session,
      status,
      data([10, 11, 12, 13], {
        a: f64(0.1, NaN, -Infinity, -0),
        s: str('x', 'a,"b"', 'é\n', ''),
        i: i64(1n, 2n ** 53n, -(2n ** 63n), 9007199254740991n),
        b: bool(0, 1, 1, 0),
      }),
      data([1], { a: f64(7) }, 1n),
    ]);

  it('gives times and values as JSON', async () => {
    const t = [10, 11, 12, 13];
    const p = path();
    expect(await json(['cat', p, '--field', `${feed}.a`])).toEqual({ t, v: [0.1, null, null, 0] });
    expect(await json(['cat', p, '--field', 'i'])).toEqual({
      t,
      v: [1, '9007199254740992', '-9223372036854775808', 9007199254740991],
    });
    expect(await json(['cat', p, '--field', 'x.s'])).toEqual({ t, v: ['x', 'a,"b"', 'é\n', ''] });
    expect(await json(['cat', p, '--field', 'b'])).toEqual({ t, v: [false, true, true, false] });
  });

  it('gives CSV that keeps what JSON can not', async () => {
    const p = path();
    expect((await g3(['cat', p, '--field', 'a.x.a'])).out).toBe(`t,${feed}.a\n10,0.1\n11,NaN\n12,-Infinity\n13,-0\n`);
    expect((await g3(['cat', p, '--field', 's'])).out).toBe(`t,${feed}.s\n10,x\n11,"a,""b"""\n12,"é\n"\n13,\n`);
  });

  it('cuts to start <= t < end, given as seconds or ISO', async () => {
    const p = path();
    const t = async (...range: string[]) => ((await json(['cat', p, '--field', 'i', ...range])) as { t: number[] }).t;
    expect(await t('--start', '11', '--end', '13')).toEqual([11, 12]);
    expect(await t('--start', '1970-01-01T00:00:12')).toEqual([12, 13]);
    expect(await t('--end', '1970-01-01T01:00:10.5+01:00')).toEqual([10]);
    expect(await t('--start', '1e9')).toEqual([]);
    for (const wrong of ['x', '', '2026-13-01', '12:00', 'NaN']) {
      const { status, err } = await g3(['cat', p, '--field', 'i', '--start', wrong]);
      expect([status, err]).toEqual([2, expect.stringContaining('--start')]);
    }
  });

  it('takes a short name that only one field has, an exact one first', async () => {
    const p = path();
    const two = await g3(['cat', p, '--field', 'observatory.feeds.a']);
    expect(two.status).toBe(1);
    expect(two.err).toContain(`"${feed}.a", "observatory.b.feeds.y.a"`);
    expect((await g3(['cat', p, '--field', 'y'])).out).toBe('t,observatory.b.feeds.y.a\n1,7\n');
    const none = await g3(['cat', p, '--field', 'q']);
    expect([none.status, none.out]).toEqual([1, '']);
    expect(none.err).toContain('there is no field "q"');
    expect((await g3(['cat', p])).status).toBe(2);
  });

  it('gives samples by their times, whatever the order of files and blocks', async () => {
    const first = file([session, status, data([20, 22, 24], { a: f64(1, 2, 3) }), data([10, 9], { a: f64(4, 5) })]);
    const second = file([session, status, data([21, 22], { a: i64(6n, 7n) }), data([5], { a: str('w') })]);
    expect(await json(['cat', first, second, '--field', 'a'])).toEqual({
      t: [5, 9, 10, 20, 21, 22, 22, 24],
      v: ['w', 5, 4, 1, 6, 2, 7, 3],
    });
  });

  it.each(['v2_basic_gz.g3.gz', 'v2_basic_bz2.g3.bz2'])('gives of %s what the plain file gives', async (name) => {
    for (const field of ['Channel_01', 'message', 'autoscan', 'raw_01', 'volt']) {
      const plain = (await json(['cat', fixture('v2_basic.g3'), '--field', field])) as { t: number[] };
      expect(plain.t.length).toBeGreaterThan(5);
      expect(await json(['cat', fixture(name), '--field', field])).toEqual(plain);
    }
  });

  it('ends quietly when nobody reads any more, and reads no further', async () => {
    const seconds = Array.from({ length: 40_000 }, (_, i) => i);
    const p = file([session, status, data(seconds, { a: f64(...seconds) })]);
    const { status: code, err, pieces } = await g3(['cat', p, '--field', 'a'], 2);
    expect([code, err, pieces]).toEqual([0, '', 2]);
    const whole = (await json(['cat', p, '--field', 'a'])) as { t: number[]; v: number[] };
    expect([whole.t, whole.v]).toEqual([seconds, seconds]);
  });
});

describe('sisock g3 info and frames', () => {
  it('tell what a file holds', async () => {
    expect(await json(['info', fixture('v2_basic.g3')])).toMatchObject([
      { goodBytes: 9606, frames: 10, types: { H: 10 }, hkVersions: [2], passedFrames: 0, damage: null },
    ]);
    const frames = (await json(['frames', fixture('v2_basic_gz.g3.gz'), '--values'])) as Record<string, unknown>[];
    expect(frames).toHaveLength(10);
    expect(frames[0]).toMatchObject({ offset: 0, type: 'H', hk: { kind: 'session', sessionId: '423547394588684345' } });
    expect(frames[0]!['keys']).toMatchObject({ session_id: { class: 'G3Int', value: '423547394588684345' } });
    expect((await g3(['frames', fixture('v2_basic.g3')])).out.split('\n')).toHaveLength(11);
    expect((await g3(['info', fixture('v2_basic.g3')])).out).toContain('observatory.psu1.feeds.psu_output');
  });

  it('let nothing of a file into the terminal', async () => {
    const evil = writeHk({ kind: 'session', sessionId: 5n, startTime: 1, description: '\u001b[2J\u009b1m\nx' });
    const path = file([evil, writeFrame('T', new Map([['\u001b[31m', new Uint8Array(2)]]))]);
    for (const command of ['info', 'frames', 'fields', 'check']) {
      // eslint-disable-next-line no-control-regex
      expect((await g3([command, path])).out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
    // eslint-disable-next-line no-control-regex
    expect((await g3(['frames', path, '--values'])).out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('sisock g3 check', () => {
  const bytes = readFileSync(fixture('v2_basic.g3'));

  it('finds nothing wrong with whole files', async () => {
    const files = ['v2_basic.g3', 'v2_basic_gz.g3.gz', 'v2_basic_bz2.g3.bz2'].map(fixture);
    expect(await json(['check', ...files])).toEqual([]);
    expect((await g3(['check', ...files])).out).toMatch(/^.*v2_basic\.g3: 10 frames, 9606 good bytes\n/);
  });

  it('lists damage by file, offset and kind, and ends with status 1', async () => {
    const cut = file([bytes.subarray(0, 9600)]);
    const odd = file([session, status, data([1], { a: f64(1) }, 9n), data([2], { a: f64(2) })]);
    const { status: code, out } = await g3(['check', cut, fixture('v2_basic.g3'), odd, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual([
      { file: cut, offset: expect.any(Number), kind: 'truncated', message: expect.any(String) },
      { file: odd, offset: session.length + status.length, kind: 'schema', message: expect.any(String) },
    ]);
    expect((await g3(['check', odd])).status).toBe(1);
  });

  it('goes on with the next file where one can not be opened, and ends with status 1', async () => {
    const { status: code, out, err } = await g3(['check', '/nowhere.g3', fixture('v2_basic.g3'), '--json']);
    expect([code, JSON.parse(out)]).toEqual([1, []]);
    expect(err).toBe('sisock g3: there is no file "/nowhere.g3"\n');
  });
});

describe('the g3 commands', () => {
  it('show what stands before damage, tell the damage, and fail only where there is nothing', async () => {
    const whole = [session, status, data([1, 2], { a: f64(1, 2) })];
    const cut = file([...whole, data([3], { a: f64(3) }).subarray(0, 50)]);
    for (const command of ['info', 'frames', 'fields', 'cat']) {
      const { status: code, err } = await g3([command, cut, ...(command === 'cat' ? ['--field', 'a'] : []), '--json']);
      expect([command, code]).toEqual([command, 0]);
      expect(err).toContain('truncated');
    }
    const text = file([Buffer.from('This is no g3 file, but some text of more than a few bytes.\n')]);
    for (const command of ['info', 'frames', 'fields', 'check', 'cat']) {
      const { status: code, err } = await g3([command, text, ...(command === 'cat' ? ['--field', 'a'] : [])]);
      expect([command, code]).toEqual([command, 1]);
      if (command !== 'check') expect(err).toContain('structure');
    }
  });

  it('say what is wrong with a command line', async () => {
    for (const args of [['info'], ['cat', 'x', '--nonsense'], ['fields', '--json'], ['cat', 'x', '--field']]) {
      const { status: code, err } = await g3(args);
      expect(code).toBe(2);
      expect(err).toMatch(/^sisock g3 \w+: .+\n$/);
    }
  });
});
