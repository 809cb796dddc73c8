import { readSettings } from '@sisock/runtime';
import { command } from './command.js';
import { startUp } from './up.js';
import { upSettings } from './up-settings.js';

/** `sisock up`: everything in one process. */
export const upCommand = command(
  ['up'],
  'everything in one process: router, hub, data nodes, bridge, page, demo data (npm start)',
  upSettings,
  (env) => readSettings(upSettings, env),
  startUp,
);
