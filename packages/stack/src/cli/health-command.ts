import { portNumber, readSettings, setting } from '@sisock/runtime';
import { askHealth } from './ask-health.js';
import type { Command } from './command.js';

const settings = { HEALTH_PORT: setting(portNumber, 'port of the health of the part that is asked') };

/** `sisock health` */
export const healthCommand: Command = {
  words: ['health'],
  summary: 'asks the part on HEALTH_PORT whether it is ready; status 0 or 1, and one line why',
  settings,
  prepare: (env) => {
    const { HEALTH_PORT: port } = readSettings(settings, env);
    return {
      run: async ({ print }) => {
        const { ready, line } = await askHealth(port);
        print(`${line}\n`);
        return ready ? 0 : 1;
      },
    };
  },
};
