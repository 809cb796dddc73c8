import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startHub } from '@sisock/hub';
import { readSettings } from '@sisock/runtime';
import { command } from './command.js';
import { joinSettings, startJoined } from './join.js';

/** `sisock hub` */
export const hubCommand = command(
  ['hub'],
  'the registry of data nodes',
  joinSettings,
  (env) => readSettings(joinSettings, env),
  (settings, { log, metrics, clock }) => {
    mkdirSync(settings.SISOCK_DATA_DIR, { recursive: true });
    return startJoined(settings, log.child({ part: 'wamp' }), (session) =>
      startHub({
        session,
        log: log.child({ part: 'hub' }),
        metrics,
        clock,
        storeFile: join(settings.SISOCK_DATA_DIR, 'hub.json'),
      }),
    );
  },
);
