import { environmentProblems } from '@sisock/archive';
import { SisockError } from '@sisock/core';
import { type Environment, readSettings } from '@sisock/runtime';
import { command } from './command.js';
import { readAll } from './read-all.js';
import { startUp } from './up.js';
import { upSettings } from './up-settings.js';

/** `sisock up`: everything in one process. */
export const upCommand = command(
  ['up'],
  'everything in one process: router, hub, data nodes, archive, bridge, page, demo data (npm start)',
  upSettings,
  (env) =>
    readAll(
      () => readSettings(upSettings, env),
      () => checkTogether(env),
    ),
  startUp,
);

/** What is wrong with settings that are each right by themselves. */
function checkTogether(env: Environment): object {
  const problems = environmentProblems(env);
  if (problems.length > 0) throw new SisockError('bad_setting', problems.join('\n'));
  return {};
}
