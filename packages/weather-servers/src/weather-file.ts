/** A line of a weather file that can't be used. `line` counts from 1. */
export interface WeatherProblem {
  readonly line: number;
  readonly message: string;
}

/**
 * One weather file: one field. `t` holds UNIX seconds in rising order (equal times stay as they are), `v` as many values.
 * `problems` lists the first damaged lines, `damaged` counts them all. `tail`: the file's last line has no end yet.
 */
export interface WeatherFile {
  readonly description: string | null;
  readonly timelineName: string | null;
  readonly units: string | null;
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly problems: readonly WeatherProblem[];
  readonly damaged: number;
  readonly tail: boolean;
}

interface ParseOptions {
  /** Use a last line that has no line end yet. Right for a file that nobody writes to any more (default). */
  readonly useTail?: boolean;
}

const headerLines = 3;
const problemsKept = 20;
const shownCharacters = 60;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Reads a `.dat` file of the original's example-weather: comment lines with description, timeline name and units, then
 * `<UNIX seconds> <value>` a line; later comment lines (a date each) separate days. `nan` and `inf` are values. A line
 * that says something else is a problem and costs itself only. Never throws.
 */
export function parseWeatherFile(content: string | Uint8Array, { useTail = true }: ParseOptions = {}): WeatherFile {
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  const lines = text.split('\n');
  const tail = lines.at(-1) !== '';
  if (!tail || !useTail) lines.pop();

  const header: string[] = [];
  const problems: WeatherProblem[] = [];
  const t = new Float64Array(lines.length);
  const v = new Float64Array(lines.length);
  let rows = 0;
  let damaged = 0;
  let sorted = true;
  const report = (line: number, message: string) => {
    damaged++;
    if (problems.length < problemsKept) problems.push({ line, message });
  };

  lines.forEach((raw, index) => {
    const line = raw.trim();
    if (line === '') return;
    if (line.startsWith('#')) {
      if (rows === 0 && header.length < headerLines) header.push(line.replace(/^#+/, '').trim());
      return;
    }
    const sample = parseSample(line);
    if (typeof sample === 'string') return report(index + 1, sample);
    if (rows > 0 && sample[0] < t[rows - 1]!) sorted = false;
    [t[rows], v[rows]] = sample;
    rows++;
  });

  const [description, timelineName, units] = header;
  if (lines.length > 0 && header.length < headerLines) {
    report(1, `the header has ${header.length} comment lines instead of ${headerLines}: description, timeline, units`);
  }
  return {
    description: description || null,
    timelineName: timelineName || null,
    units: units || null,
    ...(sorted ? { t: t.slice(0, rows), v: v.slice(0, rows) } : sortedRows(t.subarray(0, rows), v)),
    problems,
    damaged,
    tail,
  };
}

function parseSample(line: string): [number, number] | string {
  const parts = line.split(/\s+/);
  if (parts.length !== 2) return `${shown(line)} is not "<UNIX seconds> <value>"`;
  const time = parseNumber(parts[0]!);
  if (time === null || !Number.isFinite(time)) return `${shown(parts[0]!)} is not a time in UNIX seconds`;
  const value = parseNumber(parts[1]!);
  if (value === null) return `${shown(parts[1]!)} is not a value`;
  return [time, value];
}

function parseNumber(word: string): number | null {
  if (decimal.test(word)) return Number(word);
  switch (word.toLowerCase()) {
    case 'nan':
    case '+nan':
    case '-nan':
      return NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
      return Infinity;
    case '-inf':
    case '-infinity':
      return -Infinity;
    default:
      return null;
  }
}

/** Rows by time; rows of equal times keep the order they had. */
function sortedRows(t: Float64Array, v: Float64Array): { t: Float64Array; v: Float64Array } {
  const order = Uint32Array.from(t.keys()).sort((a, b) => t[a]! - t[b]! || a - b);
  return { t: Float64Array.from(order, (i) => t[i]!), v: Float64Array.from(order, (i) => v[i]!) };
}

function shown(text: string): string {
  return JSON.stringify(text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text);
}
