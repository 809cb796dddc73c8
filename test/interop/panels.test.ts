/** What is kept of an archive stays true when files change, on a real MariaDB as on an embedded file. */
import { afterAll, beforeAll } from '@jest/globals';
import { type ArchiveStore, openArchive, readArchiveSettings } from '@sisock/archive';
import { createMetrics, silentLogger } from '@sisock/runtime';
import { panelHistories } from '../../packages/g3-file-scanner/test/support/panel-histories.js';
import { type MariadbPeer, startMariadb } from './peers/mariadb.js';
import { stopAllProcesses } from './peers/peer-process.js';

let server: MariadbPeer;
let made = 0;

beforeAll(async () => {
  server = await startMariadb();
  await server.root(null, "create user scanner identified by 'a password'");
});
afterAll(async () => {
  await server?.stop();
  await stopAllProcesses();
});

async function emptyArchive(): Promise<ArchiveStore> {
  const name = `panels_${++made}`;
  await server.root(null, `create database ${name}`, `grant all on ${name}.* to scanner`);
  const settings = readArchiveSettings({
    SQL_HOST: '127.0.0.1',
    SQL_PORT: String(server.port),
    SQL_USER: 'scanner',
    SQL_PASSWD: 'a password',
    SQL_DB: name,
  });
  const parts = { log: silentLogger(), metrics: createMetrics(), clock: () => 1_600_000_000 };
  const store = await openArchive(settings, { ...parts, dataDirectory: '/nowhere', options: { connectMs: 60_000 } });
  await store.migrate();
  return store;
}

panelHistories('MariaDB', emptyArchive, 3);
