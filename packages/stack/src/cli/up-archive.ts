import { type ArchiveStore, openArchive } from '@sisock/archive';
import { defaultWorkers, fillDepth, startScanner, startTileFiller } from '@sisock/g3-file-scanner';
import { startG3Reader } from '@sisock/g3-reader-server';
import { joinedSettings, startJoinedNode } from '@sisock/joined-server';
import { readSettings } from '@sisock/runtime';
import { WampSite } from '@sisock/wamp';
import { keepTrying } from './keep-trying.js';
import { demoTree } from './up-demo.js';
import type { UpParts, UpSettings } from './up-parts.js';

const readerName = 'g3_reader';

/** What of the archive runs in this process. */
export interface UpArchive {
  /** The trees of g3 files it serves; none: there is no archive. */
  readonly directories: readonly string[];
  /** The files are the demonstration's own. */
  readonly isDemo: boolean;
  readonly nodes: readonly { readonly name: string; readonly about: string }[];
}

/** The trees of g3 files to serve: the person's own, else the demonstration's, else none. */
export function archiveDirectories(
  { DATA_DIRECTORY, OCS_DATA_DIR, SISOCK_DEMO }: UpSettings,
  dataDirectory: string,
): Pick<UpArchive, 'directories' | 'isDemo'> {
  const own = DATA_DIRECTORY ?? OCS_DATA_DIR;
  if (own !== undefined) return { directories: own, isDemo: false };
  return SISOCK_DEMO ? { directories: [demoTree(dataDirectory)], isDemo: true } : { directories: [], isDemo: false };
}

/**
 * Database, scanner, the data node over g3 files, and the one that joins it with the live feeds of `feedNodes`. Where
 * something of it can't start, the rest of the process does, and it is tried again. `treeIsReady`: the scanner's trees
 * are there.
 */
export async function startArchive(
  parts: UpParts,
  feedNodes: readonly string[],
  { directories, isDemo }: Pick<UpArchive, 'directories' | 'isDemo'>,
): Promise<UpArchive['nodes']> {
  if (directories.length === 0) return [];
  const { keep, apart, part, health } = parts;
  keep(
    keepTrying('the archive', apart, async (own) => startStored(own, directories, isDemo), {
      log: part('archive'),
      health,
    }),
  );
  const { JOIN_NAME } = parts.settings;
  await startJoined(parts, feedNodes);
  const files = isDemo ? 'the g3 files that the demonstration writes' : `g3 files of ${directories.join(', ')}`;
  return [
    { name: readerName, about: files },
    { name: JOIN_NAME, about: `${readerName} and live feeds as one timeline: plot these` },
  ];
}

/** What needs the database. */
async function startStored(parts: UpParts, directories: readonly string[], isDemo: boolean): Promise<void> {
  const { settings, dataDirectory, keep, part, metrics, clock, blocks } = parts;
  const common = { metrics, clock };
  const store = keep(await openArchive(settings, { ...common, dataDirectory, log: part('archive') }));
  await store.migrate();
  const start = (own: UpParts) => startScanning(own, store, directories, isDemo);
  keep(keepTrying('the scanner', parts.apart, start, { log: part('scanner'), health: parts.health }));
  const { CACHE_BYTES, INDEX_CACHE_BYTES } = settings;
  const reader = await startG3Reader({
    ...common,
    session: parts.sessionOf('g3-reader', 'server'),
    settings: {
      NAME: readerName,
      DESCRIPTION: isDemo ? 'g3 files of the demonstration' : `g3 files of ${directories.join(', ')}`,
      MAX_POINTS: undefined,
      CACHE_BYTES,
      INDEX_CACHE_BYTES,
    },
    store,
    blocks,
    log: part('g3-reader'),
  });
  parts.watch({ ...reader, name: readerName });
}

async function startScanning(parts: UpParts, store: ArchiveStore, directories: readonly string[], isDemo: boolean) {
  const { settings, dataDirectory, keep, tell, part, metrics, clock } = parts;
  const { SCAN_INTERVAL, SCAN_WORKERS } = settings;
  const log = part('scanner');
  const scanner = keep(
    await startScanner({
      store,
      directories,
      workers: SCAN_WORKERS ?? (isDemo ? 0 : defaultWorkers()),
      scanInterval: SCAN_INTERVAL,
      log,
      metrics,
      clock,
    }),
  );
  tell(() => scanner.health().problem);
  if (!settings.SCAN_BLOCKS) return;
  keep(
    startTileFiller({
      ...{ store, log, metrics, clock, ...fillDepth(settings) },
      // A thread weighs more than the demonstration's few files.
      ...(!isDemo && { archive: { archive: settings, dataDirectory } }),
      isBusy: () => scanner.isBusy(),
    }),
  );
}

/** Needs no database: while there is none, it serves the live feeds. */
async function startJoined(parts: UpParts, feedNodes: readonly string[]): Promise<void> {
  const { settings, sessionOf, keep, watch, part, metrics, clock } = parts;
  const log = part('joined');
  const site = keep(await WampSite.start({ session: sessionOf('joined-site', 'server'), log, metrics, clock }));
  const session = sessionOf(settings.JOIN_NAME, 'server');
  const joined = {
    ...readSettings(joinedSettings, {}),
    ARCHIVE_NODES: [readerName],
    FEED_NODES: [...feedNodes],
    JOIN_NAME: settings.JOIN_NAME,
  };
  watch(await startJoinedNode({ session, site, settings: joined, log, metrics, clock }));
}
