import { describe, expect, it } from '@jest/globals';
import type { Column } from '@sisock/core';
import { ByteWriter } from '@sisock/codecs/packed';
import { compactSegment } from '../src/log/compact-segment.js';
import { type Damage, readSegment } from '../src/log/read-segment.js';
import { currentFormat, type Layout, writeHeader, writeLayout, writeRows } from '../src/log/records.js';
import { beginFrame, endFrame, magic } from '../src/log/segment-frames.js';

const feed = {
  address: 'a.b.feeds.f',
  agentAddress: 'a.b',
  feedName: 'f',
  agentClass: 'C',
  sessionId: '1',
  record: true,
};
const layoutOf = (id: number, block: string, columns: Layout['columns']): Layout => ({
  ...{ id, feed, blockName: block, columns, naming: 'full' },
  ring: { id: `run.${id}`, former: [] },
});
const layouts = [
  layoutOf(0, 'one', [{ own: 'v', kind: 'f64', served: 'a.b.feeds.f.v' }, { own: 's', kind: 'str', served: 's' }]),
  layoutOf(1, 'two', [{ own: 'b', kind: 'bool', served: 'b' }, { own: 'i', kind: 'i64', served: 'i' }]),
]; // prettier-ignore

/** Twelve frames: two blocks in turns, a row or two each. */
function segment(): Uint8Array {
  const out = new ByteWriter();
  out.raw(magic);
  const arrivals = [0, 0];
  for (let k = 0; k < 12; k++) {
    const at = beginFrame(out);
    if (k === 0) writeHeader(out, { format: currentFormat, packed: false });
    const which = k % 2;
    const layout = layouts[which]!;
    if (k < 2) writeLayout(out, layout);
    const n = 1 + (k % 3 === 0 ? 1 : 0);
    const t = Float64Array.from({ length: n }, (_, i) => 1000 + k + i / 2);
    const columns = new Map<string, Column>(
      which === 0
        ? [['v', { kind: 'f64', v: t.map((x) => x / 8) }], ['s', { kind: 'str', v: Array.from(t, String) }]]
        : [['b', { kind: 'bool', v: new Uint8Array(n).fill(k % 2) }], ['i', { kind: 'i64', v: new BigInt64Array(n).fill(BigInt(k)) }]],
    ); // prettier-ignore
    writeRows(out, layout, { t, columns, firstArrival: arrivals[which]!, revision: k }, null);
    arrivals[which]! += n;
    endFrame(out, at);
  }
  return Uint8Array.from(out.bytes);
}

/** Each row as text, by block, and what is damaged. */
function read(bytes: Uint8Array): { rows: string[]; damage: Damage[]; pieces: number } {
  const rows: string[] = [];
  const damage: Damage[] = [];
  let pieces = 0;
  const steps = readSegment(bytes, {
    rows: ({ blockName, ring }, { t, columns, firstArrival }) => {
      pieces++;
      t.forEach((time, i) => {
        const values = [...columns].map(([own, { v }]) => `${own}=${v[i]}`);
        rows.push([blockName, ring.id, firstArrival + i, time, ...values].join(' '));
      });
    },
  });
  for (const one of steps) if (one) damage.push(one);
  return { rows: rows.sort(), damage, pieces };
}

function run<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const whole = segment();
const all = read(whole);
const compact = run(compactSegment(whole))!;

describe.each([
  ['as written', whole],
  ['compacted', compact],
])('a file of the log %s', (_name, bytes) => {
  it('gives every row, in as few pieces as there are blocks', () => {
    expect(all.rows).toHaveLength(16);
    expect(read(bytes)).toEqual({ rows: all.rows, damage: [], pieces: 2 });
  });

  it('cut at any byte: the rows before are there, what is lost is named', () => {
    let before = 0;
    for (let length = 0; length < bytes.length; length++) {
      const { rows, damage } = read(bytes.subarray(0, length));
      expect(all.rows).toEqual(expect.arrayContaining(rows));
      expect(rows.length).toBeGreaterThanOrEqual(before);
      before = rows.length;
      for (const { offset, bytes: lost } of damage) expect(offset + lost).toBe(length);
      if (rows.length > 0) expect(damage.length).toBeLessThanOrEqual(1);
    }
  });

  it('with any bit flipped: named, and no row that was not there', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const { rows, damage } = read(flipped);
      expect(damage.length).toBeGreaterThan(0);
      const known = new Set(all.rows);
      expect(rows.filter((row) => !known.has(row))).toEqual([]);
      expect(new Set(rows).size).toBe(rows.length);
    }
  });

  it('with bytes in between that are damaged: the rows behind them are there', () => {
    const flipped = Uint8Array.from(whole);
    flipped[whole.length - 60]! ^= 255;
    const { rows, damage } = read(flipped);
    expect(damage).toHaveLength(1);
    expect(rows.length).toBeGreaterThanOrEqual(13);
  });
});

describe('compaction', () => {
  it('of a compacted file gives the same again, of a damaged one what is left, of nothing nothing', () => {
    expect(Buffer.from(run(compactSegment(compact))!)).toEqual(Buffer.from(compact));
    const cut = run(compactSegment(whole.subarray(0, whole.length - 3)))!;
    expect(read(cut).damage).toEqual([]);
    expect(read(cut).rows).toEqual(read(whole.subarray(0, whole.length - 3)).rows);
    expect(run(compactSegment(whole.subarray(0, 20)))).toBeNull();
  });

  it('leaves files of a newer format alone', () => {
    const out = new ByteWriter();
    out.raw(magic);
    const at = beginFrame(out);
    writeHeader(out, { format: currentFormat + 1, packed: false });
    endFrame(out, at);
    expect(run(compactSegment(out.bytes))).toBeNull();
    expect(read(out.bytes).rows).toEqual([]);
  });
});
