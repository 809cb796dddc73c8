import { portNumber, readSettings, setting, words } from '@sisock/runtime';
import { command } from './command.js';
import { certificateFiles, certificateSettings } from './certificate.js';
import {
  addressRootSetting,
  bindSetting,
  commonSettings,
  ocsBindSetting,
  routerSecretSettings,
} from './common-settings.js';
import { startEmbeddedRouter, usualOcsPort, usualTlsPort } from './embedded-router.js';
import { routerSecrets, secretsDirectory } from './secrets.js';

export const routerSettings = {
  ...commonSettings,
  SISOCK_BIND: bindSetting,
  CROSSBAR_OCS_PORT: setting(portNumber, 'port to listen on', { fallback: String(usualOcsPort) }),
  CROSSBAR_OCS_BIND: ocsBindSetting,
  CROSSBAR_TLS_PORT: setting(portNumber, 'port to listen on for wss, where there is a certificate', {
    fallback: String(usualTlsPort),
  }),
  ...certificateSettings,
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
  async (settings, { log, metrics, clock, print }) => {
    const files = certificateFiles(settings);
    const router = await startEmbeddedRouter({
      host: settings.CROSSBAR_OCS_BIND ?? settings.SISOCK_BIND,
      port: settings.CROSSBAR_OCS_PORT,
      ...(files && { tls: { host: settings.SISOCK_BIND, port: settings.CROSSBAR_TLS_PORT, files } }),
      realm: settings.WAMP_REALM,
      addressRoots: settings.ADDRESS_ROOT,
      secrets: routerSecrets(settings.SISOCK_DATA_DIR, settings),
      log: log.child({ part: 'router' }),
      metrics,
      clock,
    });
    const { url, tlsUrl } = router;
    print(
      `router at ${url}${tlsUrl === null ? '' : ` and ${tlsUrl}`}, secrets in ${secretsDirectory(settings.SISOCK_DATA_DIR)} unless they were set\n`,
    );
    return router;
  },
);
