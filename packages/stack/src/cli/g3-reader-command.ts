import { resolve } from 'node:path';
import { archiveSettings, openArchive, readArchiveSettings } from '@sisock/archive';
import { blockSettings, openBlockCache } from '@sisock/blocks';
import { g3ReaderSettings, startG3Reader } from '@sisock/g3-reader-server';
import { closeAll, readSettings, type Service } from '@sisock/runtime';
import { command } from './command.js';
import { joinSettings, startJoined } from './join.js';
import { readAll } from './read-all.js';

const nodeSettings = { ...joinSettings, ...g3ReaderSettings, ...blockSettings };

/** `sisock node g3-reader` */
export const g3ReaderCommand = command(
  ['node', 'g3-reader'],
  'a data node over years of g3 files',
  { ...nodeSettings, ...archiveSettings },
  (env) =>
    readAll(
      () => readSettings(nodeSettings, env),
      () => readArchiveSettings(env),
    ),
  async (settings, context) => {
    const log = context.log.child({ part: 'g3-reader' });
    const dataDirectory = resolve(settings.SISOCK_DATA_DIR);
    const store = await openArchive(settings, { ...context, log, dataDirectory });
    const blocks = openBlockCache(settings.BLOCK_CACHE_BYTES, context.metrics);
    const started: Service[] = [store];
    context.health.add(async () => {
      await store.generation();
      return null;
    });
    try {
      const node = await startJoined(settings, context, (session) =>
        startG3Reader({ ...context, session, settings, store, blocks, log }),
      );
      started.push(node);
      return { failed: node.failed, close: () => closeAll(started.splice(0), log) };
    } catch (error) {
      await closeAll(started, log);
      throw error;
    }
  },
);
