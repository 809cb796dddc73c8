import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Clock, SisockError } from '@sisock/core';
import { type Logger, type Metrics, pathCure } from '@sisock/runtime';
import { createTeller, reason } from './tell-once.js';
import { parseWeatherFile, type WeatherFile } from './weather-file.js';
import { groupTimelines, onlyGrew, type WeatherData } from './weather-timelines.js';

export interface WeatherArchiveOptions {
  readonly directory: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Seconds between two looks at the directory. */
  readonly checkEvery?: number;
  /** A last line without its end is used once the file rested so many seconds: it may still be being written. */
  readonly settle?: number;
  /** Larger files are left out, with a log line. */
  readonly maxFileBytes?: number;
}

/** A directory of weather files, held in memory as typed arrays. */
export interface WeatherArchive {
  /** What is there now; looks at the directory when the last look is old enough. */
  data(): Promise<WeatherData>;
  /** Changes whenever rows that were there changed; not when files grow. */
  revision(): string;
  /** What is wrong just now, null when all is well. */
  problem(): string | null;
  counters(): Readonly<Record<string, number>>;
}

interface HeldFile {
  readonly stamp: string;
  readonly file: WeatherFile;
  /** The last line was left out; look again when the file has rested. */
  readonly waiting: boolean;
}

const extension = '.dat';

/**
 * Opens a directory and reads all its `.dat` files.
 * @throws SisockError `bad_setting` when the directory can't be read.
 */
export async function openWeatherArchive(options: WeatherArchiveOptions): Promise<WeatherArchive> {
  const { directory, log, metrics, clock } = options;
  const { checkEvery = 2, settle = 10, maxFileBytes = 256e6 } = options;
  const { tell, forget, tellLines } = createTeller(log, metrics);
  const filesRead = metrics.counter('sisock_weather_files_read_total', 'Times a weather file was read');
  const counters = { files: 0, files_read: 0, samples: 0, damaged_lines: 0 };
  const born = clock();
  const apart = new Set<string>();
  let held = new Map<string, HeldFile>();
  let served: WeatherData = { fields: new Map(), timelines: new Map() };
  let changed = 0;
  let problem: string | null = null;
  let checkedAt = -Infinity;
  let looking: Promise<void> | null = null;

  const nothingThere = `WEATHER_DIRECTORY ${JSON.stringify(directory)} holds no ${extension} file; ${pathCure('ENOENT', 'read')}`;

  async function readOne(path: string, before: HeldFile | undefined): Promise<HeldFile | undefined> {
    const info = await stat(path);
    if (!info.isFile()) return undefined;
    const stamp = [info.ino, info.size, info.mtimeMs, info.ctimeMs].join(':');
    const rested = Math.abs(clock() - info.mtimeMs / 1000) >= settle;
    if (before?.stamp === stamp && !(before.waiting && rested)) return before;
    if (info.size > maxFileBytes) {
      tell(path, `left out: ${info.size} bytes, allowed are ${maxFileBytes}`, { file: path });
      return undefined;
    }
    const file = parseWeatherFile(await readFile(path), { useTail: rested });
    filesRead.inc();
    counters.files_read++;
    tellLines(path, file);
    if (before && !onlyGrew(before.file, file)) changed++;
    return { stamp, file, waiting: file.tail && !rested };
  }

  async function look(): Promise<void> {
    const names = (await readdir(directory)).filter((name) => name.endsWith(extension)).sort();
    const now = new Map<string, HeldFile>();
    for (const name of names) {
      const field = basename(name, extension);
      const path = join(directory, name);
      const before = held.get(field);
      try {
        const one = await readOne(path, before);
        if (one) now.set(field, one);
      } catch (error) {
        tell(path, `can't be read: ${reason(error)}`, { file: path });
        if (before) now.set(field, before);
      }
    }
    const same = now.size === held.size && [...now].every(([field, one]) => held.get(field) === one);
    if (same) return;
    if ([...held.keys()].some((field) => !now.has(field))) changed++;
    held = now;
    const files = new Map([...now].map(([field, one]) => [field, one.file]));
    served = groupTimelines(files, apart);
    const all = [...files.values()];
    counters.files = all.length;
    counters.samples = all.reduce((sum, file) => sum + file.t.length, 0);
    counters.damaged_lines = all.reduce((sum, file) => sum + file.damaged, 0);
    log.info({ directory, files: counters.files, samples: counters.samples }, 'weather files read');
  }

  async function lookAndTell(): Promise<void> {
    try {
      await look();
      problem = held.size > 0 ? null : nothingThere;
      if (problem === null) forget(directory);
      else tell(directory, problem, {});
    } catch (error) {
      const code = reason(error);
      problem = `WEATHER_DIRECTORY ${JSON.stringify(directory)} can't be read: ${code}; ${pathCure(code, 'read')}`;
      tell(directory, problem, {});
      throw new SisockError('bad_setting', problem, { cause: error });
    }
  }

  checkedAt = clock();
  await lookAndTell();
  return {
    async data() {
      const age = clock() - checkedAt;
      if (age >= checkEvery || age < 0) {
        checkedAt = clock();
        looking = lookAndTell()
          .catch(() => undefined) // what was read before is served on; health and the log tell
          .finally(() => (looking = null));
      }
      if (looking) await looking;
      return served;
    },
    revision: () => `${born}-${changed}`,
    problem: () => problem,
    counters: () => ({ ...counters }),
  };
}
