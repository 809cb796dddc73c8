import { parseNumber } from './number-words.js';

/** A line that can't be used. `line` counts from 1. */
export interface LineProblem {
  readonly line: number;
  readonly message: string;
}

/** Samples by time, as many values as times. */
export interface Samples {
  readonly t: Float64Array;
  readonly v: Float64Array;
}

/**
 * The samples of a file. `t` rises (equal times stay as they are). `problems` lists the first damaged lines, `damaged`
 * counts them all. `tail`: the file's last line has no end yet.
 */
export interface SampleLines extends Samples {
  readonly problems: readonly LineProblem[];
  readonly damaged: number;
  readonly tail: boolean;
}

export interface LineRules {
  /** What the first word of a line is, for messages: `UNIX seconds`. */
  readonly timeWords: string;
  /** The first word's number as UNIX seconds; a text tells what is wrong with it. */
  readonly toTime: (word: number) => number | string;
  /** Lines at the top that are no samples whatever they hold (default 0). */
  readonly headerLines?: number;
  /** A value of NaN stands for none (default: it is a value). */
  readonly skipNaN?: boolean;
  /** Use a last line that has no line end yet (default: yes). Wrong for a file that somebody still writes. */
  readonly useTail?: boolean;
  /** Told of each comment line, a line that begins with `#`, and of the samples before it. */
  readonly onComment?: (text: string, samplesBefore: number) => void;
}

const problemsKept = 20;
const shownBytes = 60;
const newline = 10;
const blank = 32;
const hash = 35;

/**
 * Reads `<time> <value>` a line. Blank lines and comments are no samples; a line that says something else is a problem and
 * costs itself only. Never throws.
 */
export function parseSampleLines(bytes: Uint8Array, rules: LineRules): SampleLines {
  const { toTime, timeWords, headerLines = 0, skipNaN = false, useTail = true, onComment } = rules;
  const tail = bytes.length > 0 && bytes.at(-1) !== newline;
  const length = tail && !useTail ? bytes.lastIndexOf(newline) + 1 : bytes.length;
  const lines = countLines(bytes, length);
  const t = new Float64Array(lines);
  const v = new Float64Array(lines);
  const problems: LineProblem[] = [];
  let rows = 0;
  let damaged = 0;
  let sorted = true;
  const report = (line: number, message: string) => {
    damaged++;
    if (problems.length < problemsKept) problems.push({ line, message });
  };

  for (let line = 1, next = 0, at = 0; at < length; line++, at = next + 1) {
    next = bytes.indexOf(newline, at);
    if (next < 0 || next > length) next = length;
    if (line <= headerLines) continue;
    let from = at;
    let to = next;
    while (from < to && bytes[from]! <= blank) from++;
    while (to > from && bytes[to - 1]! <= blank) to--;
    if (from === to) continue;
    if (bytes[from] === hash) {
      onComment?.(textOf(bytes, from, to), rows);
      continue;
    }
    let wordEnd = from;
    while (wordEnd < to && bytes[wordEnd]! > blank) wordEnd++;
    let valueAt = wordEnd;
    while (valueAt < to && bytes[valueAt]! <= blank) valueAt++;
    if (valueAt === to || hasBlank(bytes, valueAt, to)) {
      report(line, `${shown(bytes, from, to)} is not "<${timeWords}> <value>"`);
      continue;
    }
    const word = parseNumber(bytes, from, wordEnd);
    if (word === null || !Number.isFinite(word)) {
      report(line, `${shown(bytes, from, wordEnd)} is not a time in ${timeWords}`);
      continue;
    }
    const value = parseNumber(bytes, valueAt, to);
    if (value === null) {
      report(line, `${shown(bytes, valueAt, to)} is not a value`);
      continue;
    }
    const time = toTime(word);
    if (typeof time === 'string') {
      report(line, `${shown(bytes, from, wordEnd)} ${time}`);
      continue;
    }
    if (skipNaN && Number.isNaN(value)) continue;
    if (rows > 0 && time < t[rows - 1]!) sorted = false;
    t[rows] = time;
    v[rows] = value;
    rows++;
  }
  const samples = sorted ? { t: t.slice(0, rows), v: v.slice(0, rows) } : sortedSamples(t.subarray(0, rows), v);
  return { ...samples, problems, damaged, tail };
}

function countLines(bytes: Uint8Array, length: number): number {
  let lines = 1;
  for (let at = bytes.indexOf(newline); at >= 0 && at < length; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}

function hasBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i]! <= blank) return true;
  return false;
}

/** Samples by time; those of equal times keep the order they had. */
function sortedSamples(t: Float64Array, v: Float64Array): Samples {
  const order = Uint32Array.from(t.keys()).sort((a, b) => t[a]! - t[b]! || a - b);
  return { t: Float64Array.from(order, (i) => t[i]!), v: Float64Array.from(order, (i) => v[i]!) };
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, to));
}

function shown(bytes: Uint8Array, from: number, to: number): string {
  const cut = to - from > shownBytes;
  return JSON.stringify(textOf(bytes, from, cut ? from + shownBytes : to) + (cut ? '...' : ''));
}
