import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { siteCommands } from '../../src/cli/site-command.js';
import { commandHelp } from '../../src/cli/help.js';
import { envValues } from '../../src/site/env-file.js';
import { freshSite, removeTemporary } from './site.js';

const repository = join(import.meta.dirname, '../../../..');
afterEach(removeTemporary);

interface Compose {
  readonly services: Readonly<Record<string, { readonly image?: string; readonly build?: object }>>;
}
const compose = (text: string) => parse(text, { merge: true }) as Compose;

describe('the templates of a site', () => {
  it('have the compose file of the sources without what builds the images', async () => {
    // Says itself what is to be done where it is not so.
    execFileSync(process.execPath, [join(repository, 'site-configs/make-compose.mjs'), '--check'], { stdio: 'pipe' });
    const { services } = compose(readFileSync(join(repository, 'docker-compose.yaml'), 'utf8'));
    const site = await freshSite('--dev');
    const expected = Object.entries(services).map(([name, { build: _, ...rest }]) => [name, rest]);
    expect(compose(site.read('docker-compose.yaml')).services).toEqual(Object.fromEntries(expected));
    const built = Object.entries(services).filter(([, { build }]) => build !== undefined);
    const { services: override } = compose(site.read('docker-compose.override.yaml'));
    expect(Object.keys(override)).toEqual(built.map(([name]) => name));
  });

  it('give compose every value that it asks for', async () => {
    const { read } = await freshSite();
    const env = envValues(read('.env'));
    const asked = new Set([...read('docker-compose.yaml').matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name!));
    expect([...asked].filter((name) => !env.has(name))).toEqual([]);
    const required = [...read('docker-compose.yaml').matchAll(/(?<!\$)\$\{(\w+):\?/g)].map(([, name]) => name!);
    expect(required.filter((name) => !env.get(name))).toEqual([]);
  });

  it('have every file that compose mounts', async () => {
    const { read, path } = await freshSite();
    const text = read('docker-compose.yaml');
    const mounted = [...text.matchAll(/(?:source: |- )(\.\/[^:\s]+)/g)].map(([, source]) => source!);
    expect(mounted.length).toBeGreaterThan(3);
    expect(mounted.filter((source) => !existsSync(path(source)))).toEqual([]);
    expect(read('.env')).toContain('OCS_CONFIG_DIR=./ocs\n');
  });

  it('configure OCS with an agent for each of its services', async () => {
    const { read } = await freshSite();
    const { hub, hosts } = parse(read('default.yaml')) as {
      hub: Record<string, string>;
      hosts: Record<string, { 'agent-instances': { 'instance-id': string; arguments: string[][] }[] }>;
    };
    expect(hub).toEqual({
      wamp_server: 'ws://localhost:8001/ws',
      wamp_http: 'http://localhost:8001/call',
      wamp_realm: 'test_realm',
      address_root: 'observatory',
      registry_address: 'observatory.registry',
    });
    const agents = hosts['ocs-docker']!['agent-instances'];
    expect(agents.map((agent) => agent['instance-id'])).toEqual(['registry', 'aggregator', 'fake-data1']);
    expect(agents[1]!.arguments).toEqual([
      ['--initial-state', 'record'],
      ['--time-per-file', '3600'],
      ['--data-dir', '/data/'],
    ]);
    const { services } = compose(read('docker-compose.yaml'));
    for (const agent of agents) {
      const id = agent['instance-id'];
      const service = Object.values(services).find(
        (one) => (one as { environment?: { INSTANCE_ID?: string } }).environment?.INSTANCE_ID === id,
      );
      expect([id, service]).toEqual([id, expect.objectContaining({ hostname: 'ocs-docker' })]);
    }
  });
});

describe('docs/site-set-up.md', () => {
  const document = readFileSync(join(repository, 'docs/site-set-up.md'), 'utf8');

  it.each(siteCommands.map((command) => [command.words.join(' '), command] as const))(
    'has the help of sisock %s',
    (_, command) => {
      expect(document).toContain(`\`\`\`text\n${commandHelp(command).trim()}\n\`\`\``);
    },
  );
});
