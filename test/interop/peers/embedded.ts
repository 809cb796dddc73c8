import { createRouter, permissionsFrom } from '@sisock/router';
import type { Listener, Router } from '@sisock/router';
import { freePort } from '@sisock/testkit';
import type { RouterPeer, RouterSetup } from './router-peer.js';

/** Starts the project's own router in this process, on a free port of the loopback. */
export async function startEmbedded(setup: RouterSetup): Promise<RouterPeer> {
  const port = await freePort();
  let router: Router;
  let listener: Listener;

  const users = Object.fromEntries(
    Object.entries(setup.users).map(([authid, { role, secret, salted }]) => [authid, { role, secret, ...salted }]),
  );
  const start = async (): Promise<void> => {
    router = createRouter({
      roles: permissionsFrom({ roles: setup.roles }, { addressRoots: [], baseUri: '' }),
      realms: [setup.realm],
    });
    listener = await router.listen({
      port,
      auth: { anonymous: { role: setup.anonymousRole }, wampcra: { users } },
      http: {
        call: { path: '/call', role: setup.httpRole },
        publish: { path: '/publish', role: setup.httpRole },
      },
    });
  };
  await start();

  return {
    kind: 'embedded',
    realm: setup.realm,
    wsUrl: listener!.url,
    httpUrl: `http://127.0.0.1:${port}`,
    restart: async () => {
      await router.close();
      await start();
    },
    stop: () => router.close(),
  };
}
