import { setFlagsFromString } from 'node:v8';
import { archiveSettings, openArchive, readArchiveSettings } from '@sisock/archive';
import { SisockError } from '@sisock/core';
import {
  defaultWorkers,
  describeFill,
  describeReport,
  fillDepth,
  readScannerSettings,
  scannerSettings,
  startScanner,
  startTileFiller,
} from '@sisock/g3-file-scanner';
import {
  closeAll,
  createLogger,
  createMetrics,
  type Environment,
  optionalSetting,
  portNumber,
  readSettings,
  type Service,
  startHealthListener,
} from '@sisock/runtime';
import type { Command, PartContext } from './command.js';
import { bindSetting, commonSettings } from './common-settings.js';
import { makeDataDirectory } from './make-directory.js';
import { readAll } from './read-all.js';

const ownSettings = {
  ...commonSettings,
  METRICS_PORT: optionalSetting(portNumber, 'port of /healthz, /readyz and /metrics; unset: none'),
  SISOCK_BIND: bindSetting,
};

const read = (env: Environment) =>
  readAll(
    () => readScannerSettings(env),
    () =>
      readAll(
        () => readSettings(ownSettings, env),
        () => readArchiveSettings(env),
      ),
  );

type Settings = ReturnType<typeof read>;
type ScanContext = Pick<PartContext, 'log' | 'metrics' | 'clock' | 'terminal'>;

/** `sisock g3-file-scanner` */
export const g3FileScannerCommand: Command = {
  words: ['g3-file-scanner'],
  usage: '[--once]',
  summary: 'writes what g3 files hold into the archive database, and watches for more',
  settings: { ...scannerSettings, ...archiveSettings, ...ownSettings },
  prepare: (env, args) => {
    const wrong = args.find((arg) => arg !== '--once');
    if (wrong !== undefined) throw new SisockError('bad_request', `${JSON.stringify(wrong)} is not --once`);
    const settings = read(env);
    if (args.length === 0) return { process: settings, start: (context) => watch(settings, context) };
    return {
      run: ({ clock, print, terminal }) => {
        const log = createLogger({ level: settings.LOGLEVEL, readable: terminal !== undefined });
        return scanOnce(settings, { log, metrics: createMetrics(), clock, terminal }, print);
      },
    };
  },
};

async function watch(settings: Settings, context: PartContext): Promise<Service> {
  const log = context.log.child({ part: 'scanner' });
  const { scanner, started, fill } = await start(settings, { ...context, log }, settings.SCAN_INTERVAL);
  context.health.add(() => scanner.health().problem);
  try {
    const filler = fill();
    if (filler) started.push(filler);
    filler?.firstFill.then(
      (report) => context.terminal?.(describeFill(report)),
      (err: unknown) => log.debug({ err }, 'no tiles were filled'),
    );
    if (settings.METRICS_PORT !== undefined) {
      const { SISOCK_BIND: host, METRICS_PORT: port } = settings;
      const { health, metrics } = context;
      const listener = await startHealthListener({ host, port, settingName: 'METRICS_PORT', health, metrics });
      context.print(`metrics at ${listener.url}/metrics\n`);
      started.push(listener);
    }
    scanner.firstScan.then(
      (report) => context.terminal?.(describeReport(report)),
      () => undefined,
    );
    return { close: () => closeAll(started.splice(0), log) };
  } catch (error) {
    await closeAll(started, log);
    throw error;
  }
}

/** One scan, then the tiles that it leaves to be filled. Status 0 when everything that is there could be looked at. */
async function scanOnce(settings: Settings, context: ScanContext, print: (text: string) => void): Promise<number> {
  const { scanner, started, fill } = await start(settings, context, Infinity);
  try {
    const report = await scanner.firstScan;
    print(describeReport(report));
    const filler = fill(Infinity);
    if (filler) {
      started.push(filler);
      print(describeFill(await filler.firstFill));
    }
    return report.events.failed > 0 || report.unseen.length > 0 ? 1 : 0;
  } finally {
    await closeAll(started, context.log);
  }
}

async function start(settings: Settings, context: ScanContext, scanInterval: number) {
  const { log, metrics, clock, terminal } = context;
  // Rows of many files are short-lived: without this the heap grows to several times what lives in it.
  setFlagsFromString('--heap-growing-percent=20');
  const dataDirectory = makeDataDirectory(settings);
  const store = await openArchive(settings, { log, metrics, clock, dataDirectory });
  try {
    const scanner = await startScanner({
      ...{ store, log, metrics, clock, terminal, scanInterval },
      directories: settings.directories,
      workers: settings.SCAN_WORKERS ?? defaultWorkers(),
      ...(scanInterval === Infinity && { lookEvery: Infinity }),
    });
    log.info({ directories: settings.directories, archive: store.name }, 'scanning');
    const fill = (every?: number) =>
      settings.SCAN_BLOCKS
        ? startTileFiller({
            ...{ store, log, metrics, clock, terminal },
            // Where nobody waits for anything else, the memory of a second thread is saved.
            ...(every === undefined ? { archive: { archive: settings, dataDirectory } } : { every }),
            ...fillDepth(settings),
            isBusy: () => scanner.isBusy(),
          })
        : null;
    return { scanner, started: [store, scanner] as Service[], fill };
  } catch (error) {
    await closeAll([store], log);
    throw error;
  }
}
