import type { ArchiveStore } from '@sisock/archive';
import type { BlockCache } from '@sisock/blocks';
import { type Clock, throwIfCancelled, toSisockError } from '@sisock/core';
import { type NodeLimits, serveReader, type ServedReader, type WampSession } from '@sisock/data-node-server';
import { ArchiveTiles, G3Reader } from '@sisock/g3-archive';
import { FrameFiles } from '@sisock/g3-files';
import { closeAll, createComplaints, type Logger, type Metrics, type Service } from '@sisock/runtime';
import type { G3ReaderSettings } from './settings.js';

export interface StartG3ReaderOptions {
  readonly session: WampSession;
  readonly settings: G3ReaderSettings;
  /** It is migrated here, and not closed. */
  readonly store: ArchiveStore;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly limits?: Partial<NodeLimits>;
  /** Keeps what reductions over long times are made of, out of the archive or made of frames. */
  readonly blocks?: BlockCache | undefined;
  /** Ends the wait for a database that is away. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two tries of it. */
  readonly retryMs?: number;
}

/**
 * A frame holds all fields of a feed: rows of one field cost as much to read as those of a hundred, so that a day's panel
 * is better made of tiles too. Those four times narrower are in the database for the newest days.
 */
const finerPowers = [2, 3];

export type G3ReaderNode = ServedReader & { readonly reader: G3Reader };

/**
 * Serves an archive of g3 files as a data node. While its database is away it waits for it.
 * @throws SisockError `name_taken` when another node has the name, and what the database says.
 */
export async function startG3Reader(options: StartG3ReaderOptions): Promise<G3ReaderNode> {
  const { session, settings, store, log, metrics, clock, limits, blocks } = options;
  const { NAME: name, DESCRIPTION: description, MAX_POINTS: maxPoints } = settings;
  const { CACHE_BYTES: cacheBytes, INDEX_CACHE_BYTES: indexCacheBytes } = settings;
  await migratePatiently(options);
  const files = new FrameFiles({});
  const reader = new G3Reader({ store, files, clock, log, metrics, cacheBytes, indexCacheBytes });
  const blockSource = new ArchiveTiles({ store, timeline: (timeline) => reader.timeline(timeline), log });
  const started: Service[] = [files, reader];
  try {
    const served = await serveReader({
      ...{ session, name, description, reader, maxPoints, log, metrics, clock, blocks, blockSource, finerPowers },
      ...(limits && { limits }),
      names: {
        find: (asked, { fields }) => {
          const full = reader.fullName(asked);
          return full === null ? undefined : fields.get(full);
        },
      },
    });
    started.push(served);
    log.info({ store: store.name }, `serving the archive as ${name}`);
    return { ...served, reader, close: () => closeAll(started.splice(0), log) };
  } catch (thrown) {
    await closeAll(started, log);
    throw thrown;
  }
}

async function migratePatiently({ store, log, signal, retryMs = 1_000 }: StartG3ReaderOptions): Promise<void> {
  const complaints = createComplaints(log);
  for (;;) {
    throwIfCancelled(signal);
    try {
      await store.migrate();
      return;
    } catch (thrown) {
      if (toSisockError(thrown).code !== 'unavailable') throw thrown;
      complaints.complain(
        'warn',
        'away',
        { err: thrown },
        `waiting for the archive's database: ${toSisockError(thrown).message}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}
