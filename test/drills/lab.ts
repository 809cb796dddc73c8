import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@sisock/testkit';
import { until } from '../interop/peers/until.js';
import { type SisockProcess, startSisock } from '../support/stack-process.js';

export const weatherDirectory = join(import.meta.dirname, '../fixtures/apex-weather');

/** One part in a process of its own, which may be killed and started again. */
export interface Part {
  readonly pid: number;
  /** What it wrote to standard error since its last start. */
  log(): LogLine[];
  /** The same as text. */
  stderr(): string;
  start(): void;
  signal(name: NodeJS.Signals): void;
  /** kill -9, and waits for its end. */
  kill(): Promise<void>;
  /** Exit status where it has ended. */
  exitCode(): number | null;
  /** Megabytes of memory that it holds. */
  rss(): number;
}

/** A line of a log as pino writes it: level 30 is info, 40 warn, 50 error, 60 fatal. */
export interface LogLine {
  readonly level: number;
  /** UNIX ms. */
  readonly time: number;
  readonly msg: string;
  readonly [key: string]: unknown;
}

export type PartName = 'router' | 'hub' | 'weather' | 'feeds' | 'http';

/** The parts of a site, each a process, on free ports of the loopback. */
export interface Lab {
  readonly url: string;
  readonly routerUrl: string;
  /** Secret of the router's user `server`. */
  secret(): string;
  readonly parts: Readonly<Record<PartName, Part>>;
  stop(): Promise<void>;
}

/** Starts all parts, the router last where `routerLast`. `env` is for every part. */
export async function startLab(env: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'sisock-drill-'));
  const [routerPort, httpPort] = [await freePort(), await freePort()];
  const common = {
    SISOCK_DATA_DIR: dataDirectory,
    CROSSBAR_OCS_PORT: String(routerPort),
    LOGLEVEL: 'info',
    HTTP_DEADLINE: '30',
    ...env,
  };
  const part = (words: readonly string[], own: Readonly<Record<string, string>> = {}) =>
    createPart(words, { ...common, ...own });
  const router = part(['router']);
  const secret = () => readFileSync(join(dataDirectory, 'secrets/server'), 'utf8').trim();
  router.start();
  await until('the router keeps its secrets', () => secret() !== '');
  const parts = {
    router,
    hub: part(['hub']),
    weather: part(['node', 'weather'], { WEATHER_DIRECTORY: weatherDirectory }),
    feeds: part(['node', 'data-feed'], { FEED_PATTERN: 'observatory..feeds.' }),
    http: part(['http'], { PORT: String(httpPort) }),
  };
  for (const name of ['hub', 'weather', 'feeds', 'http'] as const) parts[name].start();
  return {
    url: `http://127.0.0.1:${httpPort}`,
    routerUrl: `ws://127.0.0.1:${routerPort}/ws`,
    secret,
    parts,
    async stop() {
      await Promise.all(Object.values(parts).map((one) => one.kill()));
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

function createPart(words: readonly string[], env: Readonly<Record<string, string>>): Part {
  let process: SisockProcess | undefined;
  const running = () => {
    if (process === undefined) throw new Error(`sisock ${words.join(' ')} was never started`);
    return process;
  };
  return {
    get pid() {
      return running().child.pid!;
    },
    stderr: () => running().stderr(),
    log: () => parseLog(running().stderr()),
    start: () => void (process = startSisock(words, env)),
    signal: (name) => void running().child.kill(name),
    kill: async () => void (process && (await process.stop('SIGKILL'))),
    exitCode: () => running().child.exitCode,
    rss: () => rssOf(running().child.pid!),
  };
}

/** Lines that are no JSON fail here: a log is one line an event. */
export function parseLog(text: string): LogLine[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

/** Megabytes of memory of a process, as Linux tells it. */
export function rssOf(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/**
 * Warnings that were said again within the minute for which a line is held back; those of different `about` are not the same.
 * A drill may take minutes: how often a line is there says nothing.
 */
export function repeatedTooSoon(log: readonly LogLine[], about: readonly string[] = []): LogLine[] {
  const told = new Map<string, number>();
  return log.filter((line) => {
    if (line.level < 40) return false;
    const key = JSON.stringify([line.msg, ...about.map((name) => line[name])]);
    const before = told.get(key);
    told.set(key, line.time);
    return before !== undefined && line.time - before < 59_000;
  });
}

/** Lines that are wrong in any log of a technician: errors, and stack traces at info or warn. */
export function badLines(log: readonly LogLine[]): LogLine[] {
  return log.filter((line) => line.level >= 50 || JSON.stringify(line).includes('"stack"'));
}
