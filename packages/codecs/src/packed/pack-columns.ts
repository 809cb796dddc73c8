import type { Column, ColumnKind } from '@sisock/core';
import { broken, type ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readNumbers, writeNumbers } from './pack-numbers.js';

/** Writes a column compactly, and exactly. */
export function writePacked(out: ByteWriter, column: Column): void {
  switch (column.kind) {
    case 'f64':
      return writeNumbers(out, column.v);
    case 'i64':
      return writeWhole(out, column.v);
    case 'bool':
      return writeRuns(out, column.v.length, (i) => column.v[i]!);
    case 'str':
      return writeTexts(out, column.v);
  }
}

/** Reads back `n` rows. @throws SisockError `bad_data` for bytes that are no such column. */
export function readPacked(from: ByteReader, kind: ColumnKind, n: number): Column {
  switch (kind) {
    case 'f64': {
      const v = new Float64Array(n);
      readNumbers(from, v);
      return { kind, v };
    }
    case 'i64': {
      const v = new BigInt64Array(n);
      readWhole(from, v);
      return { kind, v };
    }
    case 'bool': {
      const v = new Uint8Array(n);
      readRuns(from, n, (a, b, x) => v.fill(x, a, b));
      return { kind, v };
    }
    case 'str':
      return { kind, v: readTexts(from, n) };
  }
}

/** Differences, wrapped to 64 bits, as zigzag varints. */
function writeWhole(out: ByteWriter, v: BigInt64Array): void {
  let before = 0n;
  for (const x of v) {
    const d = BigInt.asIntN(64, x - before);
    before = x;
    let z = BigInt.asUintN(64, (d << 1n) ^ (d >> 63n));
    while (z >= 128n) {
      out.byte(Number(z & 127n) | 128);
      z >>= 7n;
    }
    out.byte(Number(z));
  }
}

function readWhole(from: ByteReader, v: BigInt64Array): void {
  let before = 0n;
  for (let i = 0; i < v.length; i++) {
    let z = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (shift > 63n) throw broken('a whole number is longer than 64 bits');
      const byte = from.byte();
      z |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    before = BigInt.asIntN(64, before + ((z >> 1n) ^ -(z & 1n)));
    v[i] = before;
  }
}

/** Values and how often each stands there in a row. */
function writeRuns(out: ByteWriter, n: number, at: (row: number) => number): void {
  for (let i = 0; i < n;) {
    const x = at(i);
    let end = i + 1;
    while (end < n && at(end) === x) end++;
    // Runs of one are most of those of values that change: the bit saves their second byte.
    out.varint(2 * x + (end - i > 1 ? 1 : 0));
    if (end - i > 1) out.varint(end - i - 2);
    i = end;
  }
}

function readRuns(from: ByteReader, n: number, fill: (a: number, b: number, x: number) => void): void {
  for (let i = 0; i < n;) {
    const z = from.varint();
    const end = i + (z % 2 === 1 ? from.varint() + 2 : 1);
    if (end > n) throw broken(`a run of ${end - i} where ${n - i} values are left`);
    fill(i, end, Math.floor(z / 2));
    i = end;
  }
}

/** Each different text once, then which one each row has. */
function writeTexts(out: ByteWriter, v: readonly string[]): void {
  const numbers = new Map<string, number>();
  const rows = new Float64Array(v.length);
  for (let i = 0; i < v.length; i++) {
    const text = v[i]!;
    let number = numbers.get(text);
    if (number === undefined) numbers.set(text, (number = numbers.size));
    rows[i] = number;
  }
  out.varint(numbers.size);
  for (const text of numbers.keys()) out.text(text);
  writeRuns(out, rows.length, (i) => rows[i]!);
}

function readTexts(from: ByteReader, n: number): string[] {
  const texts = Array.from({ length: from.count() }, () => from.text());
  const v = new Array<string>(n);
  readRuns(from, n, (a, b, x) => {
    if (x >= texts.length) throw broken(`text ${x} of ${texts.length}`);
    v.fill(texts[x]!, a, b);
  });
  return v;
}
