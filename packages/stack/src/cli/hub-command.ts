import { join } from 'node:path';
import { startHub } from '@sisock/hub';
import { readSettings } from '@sisock/runtime';
import { command } from './command.js';
import { joinSettings, startJoined } from './join.js';
import { makeDataDirectory } from './make-directory.js';

/** `sisock hub` */
export const hubCommand = command(
  ['hub'],
  'the registry of data nodes',
  joinSettings,
  (env) => readSettings(joinSettings, env),
  (settings, context) => {
    const { log, metrics, clock } = context;
    const storeFile = join(makeDataDirectory(settings), 'hub.json');
    return startJoined(settings, context, (session) =>
      startHub({
        session,
        log: log.child({ part: 'hub' }),
        metrics,
        clock,
        storeFile,
      }),
    );
  },
);
