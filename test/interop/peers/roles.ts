import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryDir } from './peer-process.js';
import type { Role, RouterSetup } from './router-peer.js';

const all = { call: true, register: true, publish: true, subscribe: true };

/** Beside the roles of a site: one that may do everything under URIs of its own, and one that may do everything. */
const testRoles: readonly Role[] = [
  {
    name: 'tester',
    permissions: [
      { uri: 'test.', match: 'prefix', allow: all },
      { uri: 'observatory.test.', match: 'prefix', allow: all },
      { uri: 'wamp.', match: 'prefix', allow: { call: true, subscribe: true } },
    ],
  },
  { name: 'almighty', permissions: [{ uri: '', match: 'prefix', allow: all }] },
];

/** The project's one table of roles, for these address roots. */
export function siteRoles(addressRoots: readonly string[] = ['observatory']): readonly Role[] {
  const text = readFileSync(join(repositoryDir, 'crossbar/roles.json'), 'utf8');
  const { roles } = JSON.parse(text) as { roles: readonly Role[] };
  return roles.map(({ name, permissions }) => ({
    name,
    permissions: permissions.flatMap((p) => {
      const roots = p.uri.includes('{address_root}') ? addressRoots : [''];
      return roots.map((root) => ({
        ...p,
        uri: p.uri.replaceAll('{base_uri}', 'org.simonsobservatory').replaceAll('{address_root}', root),
      }));
    }),
  }));
}

/** The set-up of every router in these tests: the roles of a site, users of each, and the testers. */
export const interopSetup: RouterSetup = {
  realm: 'test_realm',
  roles: [...siteRoles(), ...testRoles],
  users: {
    server: { secret: 'secret of the server', role: 'server' },
    consumer: { secret: 'secret of the bridge', role: 'consumer' },
    tester: { secret: 'secret of the tester', role: 'tester' },
    tester2: { secret: 'secret of another tester', role: 'tester' },
    almighty: { secret: 'secret of the almighty', role: 'almighty' },
    salted: { secret: 'a salted secret', role: 'tester', salted: { salt: 'salt123', iterations: 1000, keylen: 32 } },
  },
  anonymousRole: 'iocs_agent',
  httpRole: 'iocs_controller',
};
