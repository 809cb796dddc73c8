/** What the guides name is there: files, headings, commands, settings, services; blocks to paste can be read. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { commands } from '../src/cli/commands.js';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const guides = ['docs/lab-guide.md', 'docs/coverage.md', 'docs/clients.md'];

const fence = /^```(\w*)\n([^]*?)^```$/gm;
/** Blocks to paste, and spans of code. */
function code(text: string): { language: string; body: string }[] {
  const blocks = [...text.matchAll(fence)].map(([, language, body]) => ({ language: language!, body: body! }));
  const spans = [...text.replace(fence, '').matchAll(/`([^`\n]+)`/g)].map(([, body]) => ({
    language: '',
    body: body!,
  }));
  return [...blocks, ...spans];
}

/** Anchors of the headings, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const headings = text.replace(fence, '').matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

const services = Object.keys((parse(read('docker-compose.yaml'), { merge: true }) as { services: object }).services);

/** Variables of other programs; those of ours stand in a settings table or in docker-compose.yaml. */
const foreign = [
  ...['INSTANCE_ID', 'SITE_HUB', 'SITE_HTTP', 'OCS_CONFIG_DIR', 'COMPOSE_PROFILES', 'MARIADB_PASSWORD'],
  ...['GF_SERVER_ROOT_URL', 'GF_INSTALL_PLUGINS', 'PYTHONUNBUFFERED', 'VERSION_CODENAME', 'MYSQL_'],
  // In the data source's file, in the guide's own blocks, and in tables of other documents.
  ...['SISOCK_PASSWORD', 'LAB_NET', 'BASE_URI', 'DOCKER_USER', 'SYS_ADMIN', 'NET_ADMIN'],
];
const secrets = ['WAMP_SECRET', 'CONSUMER_SECRET', 'SQL_PASSWD', 'ACCESS_PASSWORD'].map((name) => `${name}_FILE`);
const known = new Set([
  ...commands.flatMap((command) => Object.keys(command.settings)),
  ...[read('docker-compose.yaml'), read('site-configs/templates/env'), read('Dockerfile')].flatMap(
    (text) => text.match(/[A-Z][A-Z0-9]*_[A-Z0-9_]+/g) ?? [],
  ),
  ...secrets,
  ...foreign,
]);

describe.each(guides)('%s', (path) => {
  const text = read(path);

  it('links to files and headings that are there', () => {
    const links = [...text.replace(fence, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(5);
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchors(read(target)).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names commands that there are', () => {
    const calls = code(text).flatMap(({ body }) =>
      [
        ...body.matchAll(
          /(?:(?<![\w./:-])sisock|\bsisock:\S+)(?: | \\\n +)(?!sisock)([a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)*)/g,
        ),
      ].map(([, words]) => words!),
    );
    expect(calls.length).toBeGreaterThan(path.includes('clients') ? 0 : 5);
    const isKnown = (words: string) => commands.some((one) => `${words} `.startsWith(`${one.words.join(' ')} `));
    // `sisock g3`, `sisock node`: the first words of several.
    const isGroup = (words: string) => commands.some((one) => `${one.words.join(' ')} `.startsWith(`${words} `));
    expect(calls.filter((words) => !isKnown(words) && !isGroup(words))).toEqual([]);
  });

  it('names settings that there are', () => {
    const names = code(text).flatMap(({ body }) => body.match(/(?<![\w-])[A-Z][A-Z0-9]*_[A-Z0-9_]*(?![\w-])/g) ?? []);
    expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('has blocks that can be read', () => {
    for (const { language, body } of code(text)) {
      if (language === 'yaml') expect(() => parse(body) as unknown).not.toThrow();
      if (language !== 'sh') continue;
      const { status, stderr } = spawnSync('bash', ['-n'], { input: body, encoding: 'utf8' });
      expect([body, status, stderr]).toEqual([body, 0, '']);
    }
  });
});

describe('docs/lab-guide.md', () => {
  const text = read('docs/lab-guide.md');

  it('explains every service of docker-compose.yaml, and no other', () => {
    const [section = ''] = /^## 6\.[^]*?(?=^## 7\.)/m.exec(text) ?? [];
    const named = section
      .split('\n')
      .filter((line) => /^\| `/.test(line))
      .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([a-z][\w-]*)`(?! *\))/g)].map(([, name]) => name!));
    const profiles = ['demo', 'sensors', 'site-weather'];
    const told = named.filter((name) => services.includes(name) || !profiles.includes(name));
    expect([...new Set(told)].sort()).toEqual([...services].sort());
  });

  it('builds every image that docker-compose.yaml uses of ours, by targets that there are', () => {
    const [, list = ''] = /^for part in ([^;]+);/m.exec(text) ?? [];
    const built = list.split(/[\s\\]+/);
    const targets = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\S+)/gm)].map(([, target]) => target);
    expect(built.filter((target) => !targets.includes(target))).toEqual([]);
    const used = [...read('docker-compose.yaml').matchAll(/image: \$\{SISOCK_REGISTRY:-\}([\w-]+):/g)].map(
      ([, image]) => image,
    );
    expect(used.filter((image) => !built.includes(image!))).toEqual([]);
  });

  it('gives commands to services that there are', () => {
    const pattern =
      /docker compose (?:exec|restart|stop|start|logs|pull|build|up -d)((?: -{1,2}[\w-]+(?: \d+\w?|[ =]\S+=\S+)?)*) ([a-z][\w-]*)/g;
    const named = code(text).flatMap(({ body }) => [...body.matchAll(pattern)].map(([, , name]) => name!));
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !services.includes(name))).toEqual([]);
  });
});

describe('docs/coverage.md', () => {
  it('goes through every section of the manual', () => {
    const text = read('docs/coverage.md');
    const sections = [
      ...['1', '1.1', '1.1.1', '1.1.2', '1.1.3', '1.1.4', '1.1.5', '1.1.6', '1.1.7', '1.1.8'],
      ...['1.2', '1.2.1', '1.2.2', '1.2.3', '1.2.4', '1.3', '2', '3', '4'],
    ];
    const headings = [...text.matchAll(/^#+ ([\d.]+) /gm)].map(([, number]) => number);
    expect(headings).toEqual(sections);
    for (const row of ['1.3.1', '1.3.2', '1.3.3', '1.3.4', '1.3.5', '1.3.6', '2.1', '2.1.1', '2.1.2'])
      expect(text).toMatch(new RegExp(`^\\| ${row.replaceAll('.', '\\.')} `, 'm'));
  });
});
