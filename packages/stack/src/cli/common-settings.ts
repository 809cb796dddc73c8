import {
  decimalNumber,
  healthPortSetting,
  logLevelSetting,
  optionalSetting,
  portNumber,
  secretSetting,
  setting,
  words,
} from '@sisock/runtime';
import { z } from 'zod';

/** Settings of every command. */
export const commonSettings = {
  LOGLEVEL: logLevelSetting,
  SISOCK_DATA_DIR: setting(words, 'directory for what is kept: secrets, demo data', { fallback: '.sisock' }),
  HEALTH_PORT: healthPortSetting,
  STOP_DEADLINE: setting(
    decimalNumber(0.1, 3600),
    'seconds to stop in after Ctrl-C or SIGTERM; then the process ends itself, with status 1',
    { fallback: '2.5' },
  ),
};

/** Where listeners listen. */
export const bindSetting = setting(words, 'address to listen on; other machines reach 0.0.0.0', {
  fallback: '127.0.0.1',
});

/** The plain port alone: anonymous agents use it, so it may stay on the loopback where TLS is for other machines. */
export const ocsBindSetting = optionalSetting(words, 'address for CROSSBAR_OCS_PORT alone; unset: SISOCK_BIND');

/** First parts of the addresses of OCS agents, as a list. */
export const addressRootSetting = setting(
  words
    .transform((text) => text.split(',').map((root) => root.trim()))
    .pipe(z.array(z.string().regex(/^[A-Za-z0-9_-]+$/, 'is no comma separated list of words'))),
  "first part of the OCS agents' addresses, as in their site configuration; several with commas between",
  { fallback: 'observatory' },
);

/** A port that moves on to the next free one where nobody asked for it. */
export const usualPort = (what: string, usual: number) =>
  optionalSetting(portNumber, `${what}; unset: ${usual}, or the next free one`);

/** Users of the embedded router. */
export const routerSecretSettings = {
  WAMP_SECRET: secretSetting(
    'secret of the router\'s user "server" (hub and data nodes); unset: from CROSSBAR_DIR, else made and kept',
  ),
  CONSUMER_SECRET: secretSetting(
    'secret of the router\'s user "consumer"; unset: from CROSSBAR_DIR, else made and kept',
  ),
};
