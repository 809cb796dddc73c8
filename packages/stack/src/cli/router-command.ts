import { portNumber, readSettings, setting, words } from '@sisock/runtime';
import { command } from './command.js';
import { addressRootSetting, bindSetting, commonSettings, routerSecretSettings } from './common-settings.js';
import { startEmbeddedRouter, usualOcsPort } from './embedded-router.js';
import { routerSecrets, secretsDirectory } from './secrets.js';

export const routerSettings = {
  ...commonSettings,
  SISOCK_BIND: bindSetting,
  CROSSBAR_OCS_PORT: setting(portNumber, 'port to listen on', { fallback: String(usualOcsPort) }),
  WAMP_REALM: setting(words, 'WAMP realm', { fallback: 'test_realm' }),
  ADDRESS_ROOT: addressRootSetting,
  ...routerSecretSettings,
};

/** `sisock router`: the embedded router alone. */
export const routerCommand = command(
  ['router'],
  'the embedded WAMP router alone',
  routerSettings,
  (env) => readSettings(routerSettings, env),
  async (settings, { log, metrics, print }) => {
    const router = await startEmbeddedRouter({
      host: settings.SISOCK_BIND,
      port: settings.CROSSBAR_OCS_PORT,
      realm: settings.WAMP_REALM,
      addressRoots: settings.ADDRESS_ROOT,
      secrets: routerSecrets(settings.SISOCK_DATA_DIR, settings),
      log: log.child({ part: 'router' }),
      metrics,
    });
    print(`router at ${router.url}, secrets in ${secretsDirectory(settings.SISOCK_DATA_DIR)} unless they were set\n`);
    return router;
  },
);
