import { readSettings, setting, words } from '@sisock/runtime';
import { startCrossbarAndHub } from '../crossbar/start.js';
import { command } from './command.js';
import { commonSettings } from './common-settings.js';
import { crossbarConfigSettings } from './crossbar-config.js';

export const crossbarSettings = {
  ...commonSettings,
  ...crossbarConfigSettings,
  CROSSBAR_PROGRAM: setting(words, 'the program that is Crossbar', { fallback: 'crossbar' }),
  CROSSBAR_HOST: setting(words, "a name of this machine in the router's certificate, where that is not for localhost", {
    fallback: 'sisock-crossbar',
  }),
};

/** `sisock crossbar` */
export const crossbarCommand = command(
  ['crossbar'],
  'Crossbar, and the hub beside it, as one',
  crossbarSettings,
  (env) => readSettings(crossbarSettings, env),
  startCrossbarAndHub,
);
