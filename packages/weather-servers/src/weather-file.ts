import { type LineProblem, parseSampleLines, type SampleLines } from './sample-lines.js';

/** One weather file: one field. Its own header says what it is of. */
export interface WeatherFile extends SampleLines {
  readonly description: string | null;
  readonly timelineName: string | null;
  readonly units: string | null;
}

interface ParseOptions {
  /** Use a last line that has no line end yet. Right for a file that nobody writes to any more (default). */
  readonly useTail?: boolean;
}

const headerLines = 3;

/**
 * Reads a `.dat` file of the original's example-weather: comment lines with description, timeline name and units, then
 * `<UNIX seconds> <value>` a line; later comment lines (a date each) separate days. `nan` and `inf` are values. A line
 * that says something else is a problem and costs itself only. Never throws.
 */
export function parseWeatherFile(content: string | Uint8Array, { useTail = true }: ParseOptions = {}): WeatherFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const header: string[] = [];
  const file = parseSampleLines(bytes, {
    timeWords: 'UNIX seconds',
    toTime: (word) => word,
    useTail,
    onComment: (text, samplesBefore) => {
      if (samplesBefore === 0 && header.length < headerLines) header.push(text.replace(/^#+/, '').trim());
    },
  });
  const [description, timelineName, units] = header;
  const missing = bytes.length > 0 && header.length < headerLines ? [shortHeader(header.length)] : [];
  return {
    ...file,
    description: description || null,
    timelineName: timelineName || null,
    units: units || null,
    problems: [...file.problems, ...missing],
    damaged: file.damaged + missing.length,
  };
}

function shortHeader(lines: number): LineProblem {
  const message = `the header has ${lines} comment lines instead of ${headerLines}: description, timeline, units`;
  return { line: 1, message };
}
