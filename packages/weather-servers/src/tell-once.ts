import type { Logger, Metrics } from '@sisock/runtime';
import type { SampleLines } from './sample-lines.js';

/** Tells each thing once. */
export interface Teller {
  /** Warns, unless the last text told under that key was the same. */
  readonly tell: (key: string, text: string, details: object) => void;
  /** Forgets what was told under the key: it is news again. */
  readonly forget: (key: string) => void;
  /** Tells and counts the damaged lines of a file, each once however often the file is read. */
  readonly tellLines: (path: string, lines: SampleLines) => void;
}

/** Most things remembered as told already; after that they may be told again. */
const toldKept = 10_000;

export function createTeller(log: Logger, metrics: Metrics): Teller {
  const told = new Map<string, string>();
  const damagedLines = metrics.counter(
    'sisock_weather_damaged_lines_total',
    'Lines of weather files that were left out',
  );
  const tell = (key: string, text: string, details: object): boolean => {
    if (told.get(key) === text) return false;
    if (told.size >= toldKept) told.clear();
    told.set(key, text);
    log.warn(details, text);
    return true;
  };
  return {
    tell,
    forget: (key) => void told.delete(key),
    tellLines(path, { problems, damaged }) {
      for (const { line, message } of problems) {
        if (tell(`${path}:${line}`, message, { file: path, line })) damagedLines.inc();
      }
      const untold = damaged - problems.length;
      if (untold > 0) tell(path, `${untold} more damaged lines`, { file: path });
    },
  };
}

/** Why a file or directory could not be used, in a word. */
export function reason(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}
